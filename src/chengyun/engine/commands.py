"""Commands: requests in the imperative, each with the permission it needs."""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar, get_type_hints

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
    """Refuse a command with a number that no database holds, however deep: 64 bits, with a sign."""
    field = _too_large(command)
    if field:
        raise Rejected(
            "too_large",
            f"{field} is beyond 64 bits",
            where=type(command).__name__,
            remedy="correct it at the sender",
            params={"field": field},
        )


def _too_large(value: Any) -> str:
    """Return the name of the first field below ``value`` whose number is too large, or nothing."""
    shape: type[msgspec.Struct] = type(value)
    for field in _holding_numbers(shape):
        found = getattr(value, field)
        if type(found) is int:
            if not MIN_NUMBER <= found <= MAX_NUMBER:
                return field
        elif found is not None and _is_too_large_in(found):
            return field
    return ""


def _is_too_large_in(value: Any) -> bool:
    if type(value) is int:
        return not MIN_NUMBER <= value <= MAX_NUMBER
    if isinstance(value, msgspec.Struct):
        return bool(_too_large(value))
    if isinstance(value, dict):
        return any(map(_is_too_large_in, value.values()))
    return isinstance(value, list | tuple) and any(map(_is_too_large_in, value))


@cache
def _holding_numbers(shape: type[msgspec.Struct]) -> tuple[str, ...]:
    """Return the fields of a shape that may hold numbers: all but texts and truths."""
    hints = get_type_hints(shape, include_extras=True)
    plain = (str, bool, list[str], tuple[str, ...], dict[str, str])
    return tuple(one.name for one in msgspec.structs.fields(shape) if hints[one.name] not in plain)


class Outcome(msgspec.Struct, frozen=True):
    """What became of a command; durable once the engine has committed."""

    facts: tuple[str, ...] = ()
    """The ids of the facts the command itself recorded; empty where all were known already."""
    refused: ChengyunError | None = None
    known_at: Instant = Instant(0)
    repeated: bool = False
    """Whether this was answered before, to the same request under its key."""
