"""Working calendars: when a time limit runs out, and how much working time lies between.

Time limits follow the Civil Code of China, articles 200 to 203:

* in hours, they run from the moment itself; in **working hours** only while work is done;
* in days, the day of the start does not count, and the last day ends when business ends: a limit
  of N **working days** is due at the close of the Nth working day after the day of the start;
* **calendar days** end at 24:00 of the Nth day after it. They are not put off by a holiday
  (article 203 would do so for contracts): a city sets them where it does not want to wait.

What starts outside working time starts, for working hours and working days, at the next working
moment. So Friday after closing counts as Monday, and one working day later is Tuesday's close.

All of it is integer microseconds between instants; hours of the wall clock become instants day by
day, so a change of the clocks makes a day longer or shorter by what really passes. A boundary the
clock skips lies at the change; one that comes twice lies at the first of the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

import msgspec

from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import (
    HOUR_US,
    SECOND_US,
    Instant,
    from_datetime,
    to_datetime,
)

MAX_IDLE_DAYS: Final = 400
"""Longest stretch without working time; a calendar with a longer one is not usable there."""

MAX_CALENDAR_DAYS: Final = 10_000
"""Most days walked for one answer, and the largest amount of a time limit."""

MAX_CACHED_DAYS: Final = 4_096
"""Most days whose working time is kept ready, for each calendar."""

FIRST_INSTANT: Final = from_datetime(datetime(1900, 1, 1, tzinfo=UTC))
LAST_INSTANT: Final = from_datetime(datetime(2200, 1, 1, tzinfo=UTC))

Hours: TypeAlias = Sequence[tuple[int, int]]
"""Working time of a day as (start, end) in minutes of the wall clock, 0 to 1440."""

Unit = Literal["working_hours", "working_days", "calendar_hours", "calendar_days"]
_Spans: TypeAlias = tuple[tuple[int, int], ...]


class TimeLimit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long something may take: a whole, positive number of a unit."""

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        if not 1 <= self.amount <= MAX_CALENDAR_DAYS:
            raise Rejected(
                "bad_time_limit",
                f"{self.amount} {self.unit} is no time limit",
                remedy=f"give 1 to {MAX_CALENDAR_DAYS}",
                params={"amount": str(self.amount), "unit": self.unit},
            )


class WorkingCalendar:
    """Working time of an authority: hours a weekday, holidays, and make-up days (调休).

    ``hours`` maps the weekday (0 is Monday) to its spans in order; a gap is a break. A holiday has
    no working time. A make-up day has the hours of its weekday, and where that has none, those of
    the first weekday that has some (Monday, as a rule). Refuses with ``bad_calendar``.
    """

    def __init__(
        self,
        zone: ZoneInfo,
        hours: Mapping[int, Hours],
        *,
        holidays: Set[date] = frozenset(),
        make_up_days: Set[date] = frozenset(),
    ) -> None:
        _check(hours, holidays, make_up_days)
        self.zone = zone
        self._hours = {weekday: tuple(spans) for weekday, spans in sorted(hours.items()) if spans}
        self._make_up_hours = next(iter(self._hours.values()))
        self._holidays = frozenset(day.toordinal() for day in holidays)
        self._make_up_days = frozenset(day.toordinal() for day in make_up_days)
        self._cache: dict[int, _Spans] = {}

    def spans_of(self, day: int) -> _Spans:
        """Return the working time of the day with this ordinal, as instants in order."""
        spans = self._cache.get(day)
        if spans is None:
            if len(self._cache) >= MAX_CACHED_DAYS:
                self._cache.clear()
            spans = self._cache[day] = tuple(
                (start, end)
                for start, end in (
                    (self.at(day, start_min), self.at(day, end_min))
                    for start_min, end_min in self._hours_of(day)
                )
                if start < end
            )
        return spans

    def day_of(self, at: Instant) -> int:
        """Return the ordinal of the local date at ``at``; refuse far past and future."""
        if not FIRST_INSTANT <= at <= LAST_INSTANT:
            raise Rejected(
                "instant_out_of_range",
                f"{at} µs lies outside the years 1900 to 2200",
                remedy="check the unit and the zone at the sender",
                params={"at_us": str(at)},
            )
        return to_datetime(at, self.zone).toordinal()

    def at(self, day: int, minute: int) -> Instant:
        """Return the first instant at which the wall clock shows ``minute`` of ``day`` or later."""
        wall = datetime.fromordinal(day) + timedelta(minutes=minute)
        first = wall.replace(tzinfo=self.zone)
        instant = from_datetime(first)
        if to_datetime(instant, self.zone).replace(tzinfo=None) == wall:
            return instant
        return self._change_before(instant, from_datetime(first.replace(fold=1)))

    def _change_before(self, after: Instant, before: Instant) -> Instant:
        """Return the second of the clock change between ``before`` and ``after``, by bisection."""
        low, high = before // SECOND_US, after // SECOND_US
        offset = to_datetime(after, self.zone).utcoffset()
        while high - low > 1:
            middle = (low + high) // 2
            if to_datetime(Instant(middle * SECOND_US), self.zone).utcoffset() == offset:
                high = middle
            else:
                low = middle
        return Instant(high * SECOND_US)

    def _hours_of(self, day: int) -> Hours:
        if day in self._holidays:
            return ()
        weekday_hours = self._hours.get((day - 1) % 7, ())
        if not weekday_hours and day in self._make_up_days:
            return self._make_up_hours
        return weekday_hours


def due_at(start: Instant, limit: TimeLimit, calendar: WorkingCalendar) -> Instant:
    """Return the instant at which ``limit`` runs out; being done at that instant is in time.

    Refuses where the calendar has no working time for ``MAX_IDLE_DAYS`` (``no_working_time``) or
    the answer lies more than ``MAX_CALENDAR_DAYS`` away (``too_many_days``).
    """
    day = calendar.day_of(start)
    if limit.unit == "calendar_hours":
        return Instant(start + limit.amount * HOUR_US)
    if limit.unit == "calendar_days":
        return calendar.at(day + limit.amount + 1, 0)
    if limit.unit == "working_hours":
        return after_working_us(start, limit.amount * HOUR_US, calendar)
    for number, spans in enumerate(_working_days(calendar, start, day)):
        if number == limit.amount:
            return Instant(spans[-1][1])
    raise _too_many_days()


def limit_of(text: str) -> TimeLimit:
    """Return the limit that is written as ``4 working_hours``; ``bad_time_limit`` for another."""
    amount, _, unit = text.partition(" ")
    try:
        return msgspec.convert({"amount": int(amount), "unit": unit}, TimeLimit)
    except (ValueError, msgspec.ValidationError) as wrong:
        raise Rejected(
            "bad_time_limit",
            f"{text[:100]!r} is no time limit",
            remedy="write it as 4 working_hours, 2 working_days, 24 calendar_hours",
            params={"limit": text[:100]},
        ) from wrong


def deadline(start: Instant, limit: str, calendar: WorkingCalendar) -> Instant:
    """Return when what began at ``start`` is due under a limit such as ``4 working_hours``."""
    return due_at(start, limit_of(limit), calendar)


def after_working_us(start: Instant, us: int, calendar: WorkingCalendar) -> Instant:
    """Return the instant by which ``us`` of working time have passed since ``start``.

    ``start`` itself where nothing is left. What a stopped clock had left begins again with it.
    """
    if us <= 0:
        return start
    for spans in _working_days(calendar, start, calendar.day_of(start)):
        for begin, end in spans:
            if us <= end - begin:
                return Instant(begin + us)
            us -= end - begin
    raise _too_many_days()


def working_us_between(a: Instant, b: Instant, calendar: WorkingCalendar) -> int:
    """Return the working time from ``a`` to ``b`` in microseconds, negative if ``b`` is earlier."""
    if b < a:
        return -working_us_between(b, a, calendar)
    first, last = calendar.day_of(a), calendar.day_of(b)
    if last - first > MAX_CALENDAR_DAYS:
        raise _too_many_days()
    total = 0
    # One day more than the dates say: where clocks go back over midnight, the next day's first
    # hours have begun when its eve comes a second time.
    for day in range(first, last + 2):
        for begin, end in calendar.spans_of(day):
            total += max(0, min(end, b) - max(begin, a))
    return total


def next_working_moment(at: Instant, calendar: WorkingCalendar) -> Instant:
    """Return ``at`` if work is done then, else the beginning of the next working time."""
    spans = next(_working_days(calendar, at, calendar.day_of(at)))
    return Instant(spans[0][0])


def _working_days(calendar: WorkingCalendar, start: Instant, day: int) -> Iterator[_Spans]:
    """Yield what is left of each working day from ``start`` on; never an empty one."""
    idle = 0
    for current in range(day, day + MAX_CALENDAR_DAYS):
        spans = calendar.spans_of(current)
        if spans and spans[0][0] < start:
            spans = tuple((max(begin, start), end) for begin, end in spans if end > start)
        if spans:
            idle = 0
            yield spans
            continue
        idle += 1
        if idle > MAX_IDLE_DAYS:
            raise Rejected(
                "no_working_time",
                f"there is no working time for {MAX_IDLE_DAYS} days",
                remedy="correct the holidays of the calendar",
                params={"days": str(MAX_IDLE_DAYS)},
            )


def _too_many_days() -> Rejected:
    return Rejected(
        "too_many_days",
        f"the answer lies more than {MAX_CALENDAR_DAYS} days away",
        remedy="shorten the limit, or correct the calendar",
        params={"days": str(MAX_CALENDAR_DAYS)},
    )


def _check(hours: Mapping[int, Hours], holidays: Set[date], make_up_days: Set[date]) -> None:
    problems = [
        f"{weekday} is no weekday, 0 is Monday and 6 Sunday"
        for weekday in hours
        if not 0 <= weekday <= 6
    ]
    for weekday, spans in hours.items():
        last = 0
        for start, end in spans:
            if not last <= start < end <= 24 * 60:
                problems.append(f"weekday {weekday}: {start} to {end} is out of order")
            last = end
    if not any(hours.values()):
        problems.append("it has no working time at all")
    problems += [
        f"{day} is a holiday and a make-up day" for day in sorted(set(holidays) & set(make_up_days))
    ]
    if problems:
        raise Rejected(
            "bad_calendar",
            "; ".join(problems),
            where="working calendar",
            remedy="give the spans of a day in order, in minutes from 0 to 1440",
            params={"problems": str(len(problems))},
        )
