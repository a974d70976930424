"""Instants: integer microseconds since 1970-01-01T00:00Z, shown in the city's zone.

All state and all decisions use ``Instant``; a zone is used only to read what people write and to
show what people read. Local times that exist twice (the end of summer time) take the first of
the two; those that never exist (its beginning) are refused.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final, NewType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from chengyun.kernel.errors import Bug, Rejected

Instant = NewType("Instant", int)
"""Microseconds since the Unix epoch, UTC."""

SECOND_US: Final = 1_000_000
MINUTE_US: Final = 60 * SECOND_US
HOUR_US: Final = 60 * MINUTE_US
DAY_US: Final = 24 * HOUR_US
WEEK_US: Final = 7 * DAY_US

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - the wall clock of UTC
_MICROSECOND: Final = timedelta(microseconds=1)


def zone(name: str) -> ZoneInfo:
    """Return the IANA zone ``name``; refuse an unknown one."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise Rejected(
            "unknown_zone",
            f"{name!r} is no time zone",
            remedy="use a name of the IANA table, such as Asia/Shanghai",
            params={"zone": name},
        ) from unknown


def from_datetime(moment: datetime) -> Instant:
    """Turn an aware datetime into an instant.

    >>> from_datetime(datetime(1970, 1, 2, tzinfo=UTC)) == DAY_US
    True
    """
    if moment.tzinfo is None:
        raise Rejected("no_zone", f"{moment} names no zone", remedy="declare the feed's zone")
    return Instant((moment - _EPOCH) // _MICROSECOND)


def to_datetime(at: Instant, city_zone: ZoneInfo) -> datetime:
    """Return the wall clock of ``city_zone`` at ``at``."""
    return (_EPOCH + timedelta(microseconds=at)).astimezone(city_zone)


def to_text(at: Instant, city_zone: ZoneInfo) -> str:
    """Render ``at`` for people and exports: ISO 8601 with offset, whole seconds.

    >>> to_text(Instant(0), ZoneInfo("Asia/Shanghai"))
    '1970-01-01T08:00:00+08:00'
    """
    return to_datetime(at, city_zone).isoformat(timespec="seconds")


def from_text(text: str) -> Instant:
    """Read an ISO 8601 moment that carries its offset.

    >>> from_text("1970-01-01T08:00:00+08:00")
    0
    """
    try:
        return from_datetime(datetime.fromisoformat(text))
    except ValueError as wrong:
        raise Rejected(
            "not_a_time",
            f"{text[:40]!r} is no moment",
            remedy="write it as 2026-05-01T09:00:00+08:00",
            params={"value": text[:40]},
        ) from wrong


def from_local(moment: datetime, local_zone: ZoneInfo) -> tuple[Instant, bool]:
    """Return the instant of a naive wall-clock ``moment``, and whether it was ambiguous.

    Of two possible instants the first is taken (``fold=0``). A moment that the clock skipped is
    refused.
    """
    first = moment.replace(tzinfo=local_zone, fold=0)
    before, after = local_zone.utcoffset(first), local_zone.utcoffset(first.replace(fold=1))
    if before is None:
        raise Bug(f"{local_zone.key} knows no offset for {moment}")
    instant = Instant((moment - _NAIVE_EPOCH - before) // _MICROSECOND)
    if before == after:
        return instant, False
    if to_datetime(instant, local_zone).replace(tzinfo=None) != moment:
        raise Rejected(
            "skipped_local_time",
            f"{moment} does not exist in {local_zone.key}: the clock was put forward",
            remedy="correct the time at the sender",
            params={"value": str(moment), "zone": str(local_zone.key)},
        )
    return instant, True
