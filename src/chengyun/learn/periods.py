"""Periods of whole days in the city's zone: days, weeks from Monday, months, quarters, years.

A day begins at the local midnight; one that the clock skips begins at the change.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant, from_datetime, to_datetime
from chengyun.kernel.limits import MAX_FIGURE_PERIODS

Step = Literal["day", "week", "month", "quarter", "year"]
_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 2200


class Period(NamedTuple):
    """Whole days: ``first`` is the first one, ``after`` the one after the last."""

    first: date
    after: date
    from_at: Instant
    until_at: Instant
    """When ``after`` begins; no longer part of the period."""

    @property
    def last(self) -> date:
        """The last day."""
        return self.after - timedelta(days=1)


def midnight(day: date, city_zone: ZoneInfo) -> Instant:
    """Return when a day begins in the city.

    >>> midnight(date(1970, 1, 2), ZoneInfo("Asia/Shanghai")) == 16 * 3_600 * 1_000_000
    True
    """
    return from_datetime(datetime(day.year, day.month, day.day, tzinfo=city_zone))


def day_of(at: Instant, city_zone: ZoneInfo) -> date:
    """Return the day of an instant in the city."""
    return to_datetime(at, city_zone).date()


def period(first: date, last: date, city_zone: ZoneInfo) -> Period:
    """Return the days from ``first`` to ``last``, both included; the wrong way round is refused."""
    if not _FIRST_YEAR <= first.year <= last.year <= _LAST_YEAR or first > last:
        raise Rejected(
            "bad_period",
            f"{first} to {last} is no period",
            where="until",
            remedy="give the first day and the last, the earlier one first",
            params={"from": str(first), "until": str(last)},
        )
    after = last + timedelta(days=1)
    return Period(first, after, midnight(first, city_zone), midnight(after, city_zone))


def begun(day: date, step: Step) -> date:
    """Return the first day of the period of ``step`` in which ``day`` lies.

    >>> begun(date(2026, 5, 7), "quarter"), begun(date(2026, 5, 7), "week")
    (datetime.date(2026, 4, 1), datetime.date(2026, 5, 4))
    """
    if step == "week":
        return day - timedelta(days=day.weekday())
    if step == "month":
        return day.replace(day=1)
    if step == "quarter":
        return day.replace(month=day.month - (day.month - 1) % 3, day=1)
    if step == "year":
        return day.replace(month=1, day=1)
    return day


def following(first: date, step: Step) -> date:
    """Return the first day of the next period, ``first`` being that of one."""
    if step == "day":
        return first + timedelta(days=1)
    if step == "week":
        return first + timedelta(days=7)
    months = {"month": 1, "quarter": 3, "year": 12}[step]
    month = first.month - 1 + months
    return first.replace(year=first.year + month // 12, month=month % 12 + 1)


def split(whole: Period, step: Step, city_zone: ZoneInfo) -> tuple[Period, ...]:
    """Return ``whole`` in periods of ``step``; the first and the last may be cut short."""
    found: list[Period] = []
    for first, last in _cuts(whole, step):
        if len(found) == MAX_FIGURE_PERIODS:
            raise Rejected(
                "too_many_periods",
                f"that is more than {MAX_FIGURE_PERIODS} periods",
                where="period",
                remedy="ask for longer periods, or for fewer days",
                params={"most": str(MAX_FIGURE_PERIODS)},
            )
        found.append(period(first, last, city_zone))
    return tuple(found)


def _cuts(whole: Period, step: Step) -> Iterator[tuple[date, date]]:
    first = whole.first
    while first < whole.after:
        after = min(following(begun(first, step), step), whole.after)
        yield first, after - timedelta(days=1)
        first = after
