"""Commands: requests in the imperative, each with the permission it needs."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from chengyun.facts.envelope import OPERATIONS
from chengyun.kernel.errors import ChengyunError, Rejected
from chengyun.kernel.instants import Instant
from chengyun.kernel.limits import MAX_NUMBER, MIN_NUMBER


class Command(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody wants done. ``NEEDS`` is the permission its door asks for.

    ``CHAIN`` is where its facts stand. Those on the audit chain (who logged in, who looked) change
    no row and are heard by nobody. ``MAY_WAIT`` says that its fields hold nothing personal and no
    secret, so that they may be kept in a fact until a second person approves.
    ``BY_NAME`` is whether whoever has the permission may send it by its name over HTTP; other
    commands have a door of their own, or are sent at the machine.
    """

    NEEDS: ClassVar[str] = ""
    CHAIN: ClassVar[str] = OPERATIONS
    MAY_WAIT: ClassVar[bool] = False
    BY_NAME: ClassVar[bool] = True


def check_numbers(command: Command) -> None:
    """Refuse a command with a number that no database holds: 64 bits, with a sign."""
    for field in command.__struct_fields__:
        value = getattr(command, field)
        if type(value) is int and not MIN_NUMBER <= value <= MAX_NUMBER:
            raise Rejected(
                "too_large",
                f"{field} is beyond 64 bits",
                where=type(command).__name__,
                remedy="correct it at the sender",
                params={"field": field},
            )


class Outcome(msgspec.Struct, frozen=True):
    """What became of a command; durable once the engine has committed."""

    facts: tuple[str, ...] = ()
    """The ids of the facts the command itself recorded; empty where all were known already."""
    refused: ChengyunError | None = None
    known_at: Instant = Instant(0)
