"""Grants: who holds which role, where, for which unit and purpose, and until when.

A grant lapses by itself: whoever decides looks at its end, and a timer makes it a fact, so that
screens see it. What a giver may give is decided twice: by the gate for the area and the unit, here
for the role.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import ClassVar, Final, Literal

import msgspec

from chengyun.engine.about import CITY, About
from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change, Listed, Put, Table
from chengyun.engine.timers import set_timer, stop_timer
from chengyun.facts.engine import TimerFired
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.guard import GrantGiven, GrantLapsed, GrantWithdrawn
from chengyun.facts.registers import Areas, UnitGridRegister, Units
from chengyun.guard.accounts import ACCOUNTS
from chengyun.guard.places import Places, places_of
from chengyun.guard.roles import Roles, exclude
from chengyun.kernel.errors import Conflict, Forbidden, Rejected
from chengyun.kernel.ids import join, under
from chengyun.kernel.instants import DAY_US, Instant
from chengyun.kernel.limits import (
    MAX_GRANTS_AN_ACCOUNT,
    MAX_GROUND_CHARS,
    MAX_TEMPORARY_GRANT_D,
)

ACCOUNT: Final = "account:"
"""How an actor begins who signed in; all others come from the machine itself."""
LAPSE: Final = "guard.lapse"
Nature = Literal["standing", "emergency", "stand_in"]

_NAME: Final = re.compile(r"[a-z0-9]{8,32}")
_ACCOUNT: Final = re.compile(r"account:[A-Za-z0-9_.~-]{1,64}")


class GiveGrant(Command, frozen=True, kw_only=True):
    """Let an account hold a role; ``grant`` is a name drawn by whoever sends this."""

    NEEDS: ClassVar[str] = "grant:give"
    MAY_WAIT: ClassVar[bool] = True
    grant: str
    account: str
    role: str
    area: str = ""
    unit: str = ""
    purpose: str = ""
    from_at: int = 0
    """0 is now."""
    until_at: int | None = None
    nature: Nature = "standing"
    ground: str = ""


class WithdrawGrant(Command, frozen=True, kw_only=True):
    """Take a grant back, from now on."""

    NEEDS: ClassVar[str] = "grant:withdraw"
    MAY_WAIT: ClassVar[bool] = True
    grant: str
    reason: str


class GrantRow(msgspec.Struct, frozen=True):
    """A grant, in force or over."""

    grant: str
    account: str
    role: str
    area: str
    unit: str
    purpose: str
    from_at: int
    until_at: int | None
    nature: str
    ground: str
    by: str
    state: str
    """``given``, ``withdrawn`` or ``lapsed``."""
    open: bool


class Holder(msgspec.Struct, frozen=True):
    """An account that was ever given something; ``version`` is the last fact about its grants."""

    account: str
    version: int


GRANTS = Table(
    "grants",
    GrantRow,
    key=("grant",),
    indexes=(("account",),),
    resident=("open", True),
    listed=Listed(
        area="area",
        unit="unit",
        at="from_at",
        due="until_at",
        by=("account", "role", "state"),
        beside=("role",),
    ),
)
HOLDERS = Table("grant_holders", Holder, key=("account",))


def about_given(command: GiveGrant, known: Known) -> About:
    """Who gives must hold the area and the unit himself; everything is the whole city's."""
    places = _places(known)
    return About(places.area_or_city(command.area), (command.unit,))


def about_withdrawn(command: WithdrawGrant, known: Known) -> About:
    """The same for taking back."""
    row = known.get(GRANTS, command.grant)
    return CITY if row is None else About(row.area, (row.unit,))


def give_grant(command: GiveGrant, known: Known) -> Iterable[Draft]:
    """Record a grant that makes sense, that its giver may give, and that nobody excludes."""
    before = known.get(GRANTS, command.grant)
    if before is not None:
        if _content(before, command, known):
            return
        raise Conflict(command.grant)
    _check_form(command, known)
    _check_giver(command, known)
    _check_held(command, known)
    _check_account(command, known)
    yield Draft(
        id=join("grant", command.grant),
        happened_at=known.now,
        subject=command.account,
        area=_places(known).area_or_city(command.area),
        body=GrantGiven(
            grant=command.grant,
            account=command.account,
            role=command.role,
            unit=command.unit,
            purpose=command.purpose,
            from_at=command.from_at or known.now,
            until_at=command.until_at,
            nature=command.nature,
            ground=command.ground,
        ),
    )


def _check_account(command: GiveGrant, known: Known) -> None:
    """Refuse a role to an account that is not let in as the role wants it."""
    row = known.get(ACCOUNTS, command.account.removeprefix(ACCOUNT))
    role = known.policy(Roles).roles[command.role]
    if row is None or row.kind != "person":
        return
    if role.power and row.power != f"{role.power}_administrator":
        raise Rejected(
            "other_power",
            f"{command.role} is for an account that was opened for this power",
            where="account",
            remedy="open another account for it: the three powers are three accounts",
            params={"role": command.role},
        )
    if role.second_factor and not row.second_factor:
        raise Rejected(
            "second_factor_wanted",
            f"{command.role} is for accounts that are let in with a second factor only",
            where="account",
            remedy="open the account anew, with a second factor",
            params={"role": command.role},
        )


def withdraw_grant(command: WithdrawGrant, known: Known) -> Iterable[Draft]:
    """Record that a grant is taken back; one that is over already is left as it is."""
    row = known.get(GRANTS, command.grant)
    if row is None:
        raise Rejected(
            "unknown_grant",
            f"there is no grant {command.grant[:40]!r}",
            where="grant",
            remedy="list the grants again",
        )
    _check_text(command.reason, "reason")
    if row.open:
        yield Draft(
            id=under("withdrawn", join("grant", row.grant)),
            happened_at=known.now,
            subject=row.account,
            area=row.area,
            body=GrantWithdrawn(grant=row.grant, account=row.account, reason=command.reason),
        )


def on_grant_end(fact: Fact[TimerFired], known: Known) -> Iterable[Draft]:
    """The time of a grant is over."""
    row = known.get(GRANTS, fact.subject) if fact.body.purpose == LAPSE else None
    if row is not None and row.open and row.until_at == fact.body.due_at:
        yield Draft(
            id=under("lapsed", join("grant", row.grant)),
            happened_at=fact.happened_at,
            subject=row.account,
            area=row.area,
            body=GrantLapsed(grant=row.grant, account=row.account),
        )


# --- what is checked --------------------------------------------------------------------------


def _content(row: GrantRow, command: GiveGrant, known: Known) -> bool:
    """Tell whether a grant was given by the same command."""
    area = _places(known).area_or_city(command.area)
    return (
        (row.account, row.role, row.area, row.unit, row.purpose, row.until_at, row.nature)
        == (
            *(command.account, command.role, area, command.unit, command.purpose),
            *(command.until_at, command.nature),
        )
        and command.from_at in (0, row.from_at)
        and row.ground == command.ground
    )


def _check_form(command: GiveGrant, known: Known) -> None:
    roles, places = known.policy(Roles), _places(known)
    role = roles.roles.get(command.role)
    if not _NAME.fullmatch(command.grant):
        raise _wrong("bad_grant", "grant", "the name of the grant is malformed")
    if not _ACCOUNT.fullmatch(command.account):
        raise _wrong("bad_account", "account", "this is no account")
    if role is None:
        raise _wrong("unknown_role", "role", f"{command.role[:80]!r} is no role of this city")
    if command.area and not places.knows_area(command.area):
        raise _wrong("unknown_area", "area", f"{command.area[:80]!r} is no area of this city")
    if command.unit and not places.knows_unit(command.unit):
        raise _wrong("unknown_unit", "unit", f"{command.unit[:80]!r} is no unit of this city")
    if command.purpose and command.purpose not in role.purposes:
        raise _wrong("unknown_purpose", "purpose", f"{command.role!r} has no such purpose")
    _check_text(command.ground, "ground")
    _check_time(command, known.now)


def _check_time(command: GiveGrant, now: Instant) -> None:
    begins = command.from_at or now
    if command.until_at is not None and command.until_at <= max(begins, now):
        raise _wrong("bad_span", "until_at", "the grant would be over before it begins")
    if command.nature == "standing":
        return
    if not command.ground.strip():
        raise _wrong("no_ground", "ground", "a temporary power has a ground")
    longest = MAX_TEMPORARY_GRANT_D * DAY_US
    if command.until_at is None or command.until_at - begins > longest:
        what = f"a temporary power ends within {MAX_TEMPORARY_GRANT_D} days"
        raise _wrong("too_long_a_power", "until_at", what)


def _check_text(text: str, field: str) -> None:
    if len(text) > MAX_GROUND_CHARS:
        what = f"{field} has {len(text)} characters, at most {MAX_GROUND_CHARS} are allowed"
        raise _wrong("too_long", field, what)


def _check_giver(command: GiveGrant, known: Known) -> None:
    """Nobody gives to himself, and nobody gives a role that none of his own may give."""
    giver = known.actor
    if giver == command.account:
        raise Forbidden(
            "own_grant",
            "nobody gives a grant to himself",
            where="account",
            remedy="let another security administrator give it",
        )
    if not giver.startswith(ACCOUNT):
        return
    if command.role not in may_give(known.find(GRANTS, 0, giver), known.policy(Roles), known.now):
        raise Forbidden(
            "beyond_your_power",
            f"your role may not give the role {command.role!r}",
            where="role",
            remedy="let somebody give it whose role names it under gives in roles.yaml",
            params={"role": command.role},
        )


def _check_held(command: GiveGrant, known: Known) -> None:
    """What the account holds already, now or later, does not exclude the role."""
    roles = known.policy(Roles)
    held = list(known.find(GRANTS, 0, command.account))
    if len(held) >= MAX_GRANTS_AN_ACCOUNT:
        what = f"{command.account} holds {len(held)} grants already"
        raise _wrong("too_many_grants", "account", what)
    for row in held:
        if exclude(row.role, command.role, roles):
            raise Rejected(
                "exclusive_roles",
                f"nobody holds {command.role!r} beside {row.role!r}",
                where="role",
                remedy="give it to another account, or withdraw the other one first",
                params={"role": command.role, "other": row.role},
            )


def may_give(held: Iterable[GrantRow], roles: Roles, at: int) -> frozenset[str]:
    """Return the roles that whoever holds these grants may give to others."""
    own = (roles.roles.get(row.role) for row in held if holds_at(row, at))
    return frozenset(code for role in own if role is not None for code in role.gives)


def holds_at(row: GrantRow, at: int) -> bool:
    """Tell whether a grant is in force at an instant."""
    return row.open and row.from_at <= at and (row.until_at is None or at < row.until_at)


def _places(known: Known) -> Places:
    return known.built(places_of, Areas, Units, UnitGridRegister)


def _wrong(code: str, field: str, what: str) -> Rejected:
    return Rejected(code, what, where=field, remedy="correct it and send it again")


# --- what is remembered -----------------------------------------------------------------------


def note_given(fact: Fact[GrantGiven], rows: Rows) -> Iterable[Change]:
    """An account holds a grant."""
    one = fact.body
    yield Put(
        GRANTS,
        GrantRow(
            one.grant, one.account, one.role, fact.area, one.unit, one.purpose, one.from_at,
            one.until_at, one.nature, one.ground, fact.actor, "given", open=True,
        ),
    )  # fmt: skip
    yield Put(HOLDERS, Holder(one.account, fact.seq))
    if one.until_at is not None:
        yield set_timer(LAPSE, one.grant, one.until_at, fact, area=fact.area)


def note_withdrawn(fact: Fact[GrantWithdrawn], rows: Rows) -> Iterable[Change]:
    """An account holds a grant no longer."""
    yield from _over(fact, rows, "withdrawn")
    yield stop_timer(LAPSE, fact.body.grant)


def note_lapsed(fact: Fact[GrantLapsed], rows: Rows) -> Iterable[Change]:
    """The time of a grant is over."""
    yield from _over(fact, rows, "lapsed")


def _over(
    fact: Fact[GrantWithdrawn] | Fact[GrantLapsed], rows: Rows, state: str
) -> Iterable[Change]:
    row = rows.get(GRANTS, fact.body.grant)
    if row is not None:
        yield Put(GRANTS, msgspec.structs.replace(row, state=state, open=False))
        yield Put(HOLDERS, Holder(row.account, fact.seq))
