"""Parameters of a question as typed values; one that is malformed is refused with its name."""

from __future__ import annotations

from starlette.requests import Request

from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant, from_text
from chengyun.kernel.limits import MAX_ID_CHARS, MAX_NUMBER

_DIGITS = 19


def text_of(request: Request, name: str) -> str:
    """Return a parameter as it stands, empty where it is not given."""
    given = request.query_params.get(name, "")
    if len(given) > 8 * MAX_ID_CHARS or "\0" in given:
        raise _bad(name, given, "give an id as the platform gave it")
    return given


def number_of(
    request: Request, name: str, default: int, *, least: int = 0, most: int = MAX_NUMBER
) -> int:
    """Return a parameter as a whole number between two bounds."""
    given = request.query_params.get(name)
    if given is None:
        return default
    if not (given.isascii() and given.isdigit() and len(given) <= _DIGITS):
        raise _bad(name, given, f"give a whole number from {least} to {most}")
    if not least <= int(given) <= most:
        raise _bad(name, given, f"give a whole number from {least} to {most}")
    return int(given)


def instant_of(request: Request, name: str, default: int) -> Instant:
    """Return a parameter as an instant: microseconds since 1970, or ISO 8601 with its zone."""
    given = request.query_params.get(name)
    if given is None:
        return Instant(default)
    remedy = "give microseconds since 1970 or 2026-11-26T08:00:00+08:00"
    try:
        is_number = given.isascii() and given.isdigit() and len(given) <= _DIGITS
        found = int(given) if is_number else from_text(given)
    except (ValueError, OverflowError, Rejected) as wrong:
        raise _bad(name, given, remedy, code="bad_time") from wrong
    if not -MAX_NUMBER <= found <= MAX_NUMBER:
        raise _bad(name, given, remedy, code="bad_time")
    return Instant(found)


def _bad(name: str, given: str, remedy: str, *, code: str = "bad_parameter") -> Rejected:
    return Rejected(
        code,
        f"{given[:40]!r} is not what {name} can be",
        where=name,
        remedy=remedy,
        params={"name": name, "value": given[:40]},
    )
