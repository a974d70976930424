"""How units and accounts are reached: addresses that stand in seals, set by who keeps them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import ClassVar, Final

from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.facts.envelope import Draft
from chengyun.facts.notices import ContactRemoved, ContactSet
from chengyun.facts.registers import Units
from chengyun.kernel.errors import Rejected
from chengyun.kernel.ids import under
from chengyun.notices.policy import Way
from chengyun.notices.views import CONTACTS

_SHAPES: Final[dict[Way, re.Pattern[str]]] = {
    "phone": re.compile(r"\+?[0-9][0-9 -]{3,18}[0-9]", re.ASCII),
    "email": re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,8}"),
    "wecom": re.compile(r"[A-Za-z0-9._@-]{1,64}", re.ASCII),
}
_HOLDER: Final = re.compile(r"(unit|account):\S{1,128}")


class SetContact(Command, frozen=True, kw_only=True):
    """Say how a unit or an account is reached; what was said before counts no more."""

    NEEDS: ClassVar[str] = "contact:set"
    holder: str
    """``unit:<code>`` or ``account:<id>``."""
    way: Way
    address: str


class RemoveContact(Command, frozen=True, kw_only=True):
    """Let a unit or an account be reached in this way no longer."""

    NEEDS: ClassVar[str] = "contact:set"
    holder: str
    way: Way


def set_contact(command: SetContact, known: Known) -> Iterable[Draft]:
    """Seal an address; no refusal repeats it."""
    _check_holder(command.holder, known)
    if not _SHAPES[command.way].fullmatch(command.address):
        raise Rejected(
            "bad_address",
            f"this is no address of the way {command.way!r}",
            where="address",
            remedy="give a number, an e-mail address or a user's id at the provider",
            params={"way": command.way},
        )
    before = known.get(CONTACTS, (command.holder, command.way))
    yield Draft(
        id=under("contact", command.holder, command.way, 0 if before is None else before.changes),
        happened_at=known.now,
        subject=command.holder,
        body=ContactSet(holder=command.holder, way=command.way),
        sealed={"address": command.address},
        sealed_for=sealed_for(command.holder),
    )


def remove_contact(command: RemoveContact, known: Known) -> Iterable[Draft]:
    """Forget an address, where there is one."""
    _check_holder(command.holder, known)
    before = known.get(CONTACTS, (command.holder, command.way))
    if before is None or not before.fact:
        return
    yield Draft(
        id=under("contact", command.holder, command.way, before.changes),
        happened_at=known.now,
        subject=command.holder,
        body=ContactRemoved(holder=command.holder, way=command.way),
    )


def sealed_for(holder: str) -> str:
    """Return under whose key an address is sealed: with an account, it goes when that is erased.

    >>> sealed_for("account:7"), sealed_for("unit:roads")
    ('account:7', 'contact:unit:roads')
    """
    return holder if holder.startswith("account:") else under("contact", holder)


def _check_holder(holder: str, known: Known) -> None:
    if not _HOLDER.fullmatch(holder):
        raise _unknown(holder)
    kind, _, code = holder.partition(":")
    if kind == "unit" and code not in known.policy(Units).units:
        raise _unknown(holder)


def _unknown(holder: str) -> Rejected:
    return Rejected(
        "unknown_holder",
        f"{holder[:80]!r} is neither a unit nor an account",
        where="holder",
        remedy="write unit: and its code, or account: and its id",
        params={"holder": holder[:80]},
    )
