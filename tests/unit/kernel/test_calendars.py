"""Working calendars: due dates as an official would count them, on both sides of a clock change."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengyun.kernel import calendars
from chengyun.kernel.calendars import (
    FIRST_INSTANT,
    LAST_INSTANT,
    TimeLimit,
    WorkingCalendar,
    due_at,
    next_working_moment,
    working_us_between,
)
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import (
    DAY_US,
    HOUR_US,
    MINUTE_US,
    Instant,
    from_datetime,
    to_datetime,
)

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
MORNING, AFTERNOON = (510, 720), (810, 1050)  # 8:30 to 12:00, 13:30 to 17:30: 7.5 hours
OFFICE = dict.fromkeys(range(5), (MORNING, AFTERNOON))
ROUND_THE_CLOCK = dict.fromkeys(range(7), ((0, 1440),))

# National Day 2025 as ordered by the State Council: 1 to 8 October off, 28 September (Sunday) and
# 11 October (Saturday) made up.
OCTOBER = WorkingCalendar(
    SHANGHAI,
    OFFICE,
    holidays={date(2025, 10, day) for day in range(1, 9)},
    make_up_days={date(2025, 9, 28), date(2025, 10, 11)},
)
PLAIN = WorkingCalendar(SHANGHAI, OFFICE)
BOSTON = WorkingCalendar(NEW_YORK, OFFICE)
ALWAYS = WorkingCalendar(NEW_YORK, ROUND_THE_CLOCK)


def on(text: str, zone: ZoneInfo = SHANGHAI, fold: int = 0) -> Instant:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold))


def due(start: str, amount: int, unit, calendar: WorkingCalendar) -> str:
    """The local wall clock at which the limit runs out."""
    at = due_at(on(start, calendar.zone), TimeLimit(amount, unit), calendar)
    return to_datetime(at, calendar.zone).isoformat(" ", "minutes")[:16]


def refusal(call, *arguments, **named) -> Rejected:
    with pytest.raises(Rejected) as caught:
        call(*arguments, **named)
    return caught.value


@pytest.mark.parametrize(
    ("start", "hours", "expected"),
    [
        ("2026-03-04 09:00", 2, "2026-03-04 11:00"),
        ("2026-03-04 09:00", 3, "2026-03-04 12:00"),  # ends with the morning, not after lunch
        ("2026-03-04 11:00", 2, "2026-03-04 14:30"),  # over lunch
        ("2026-03-04 12:30", 1, "2026-03-04 14:30"),  # begins at lunch
        ("2026-03-04 16:30", 1, "2026-03-04 17:30"),  # ends with the day
        ("2026-03-04 16:30", 2, "2026-03-05 09:30"),
        ("2026-03-04 06:00", 1, "2026-03-04 09:30"),  # before opening
        ("2026-03-04 17:30", 1, "2026-03-05 09:30"),  # at closing
        ("2026-03-06 17:00", 1, "2026-03-09 09:00"),  # Friday to Monday
        ("2026-03-07 12:00", 15, "2026-03-10 17:30"),  # Saturday, two full days
        ("2026-03-02 08:30", 75, "2026-03-13 17:30"),
    ],
)
def test_working_hours(start: str, hours: int, expected: str) -> None:
    assert due(start, hours, "working_hours", PLAIN) == expected


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        ("2026-03-04 09:00", 1, "2026-03-05 17:30"),  # the day of the start does not count
        ("2026-03-04 17:29", 1, "2026-03-05 17:30"),
        ("2026-03-04 12:30", 1, "2026-03-05 17:30"),
        ("2026-03-04 17:30", 1, "2026-03-06 17:30"),  # at closing: counts as Thursday
        ("2026-03-06 17:29", 1, "2026-03-09 17:30"),  # Friday
        ("2026-03-06 17:31", 1, "2026-03-10 17:30"),  # Friday after closing counts as Monday
        ("2026-03-08 10:00", 1, "2026-03-10 17:30"),  # so does Sunday
        ("2026-03-04 09:00", 5, "2026-03-11 17:30"),
    ],
)
def test_working_days(start: str, days: int, expected: str) -> None:
    assert due(start, days, "working_days", PLAIN) == expected


@pytest.mark.parametrize(
    ("start", "amount", "unit", "expected"),
    [
        ("2025-09-26 16:30", 2, "working_hours", "2025-09-28 09:30"),  # made-up Sunday
        ("2025-09-26 09:00", 1, "working_days", "2025-09-28 17:30"),
        ("2025-09-30 17:00", 1, "working_hours", "2025-10-09 09:00"),
        ("2025-09-30 09:00", 1, "working_days", "2025-10-09 17:30"),
        ("2025-10-03 09:00", 1, "working_days", "2025-10-10 17:30"),
        ("2025-10-10 09:00", 1, "working_days", "2025-10-11 17:30"),  # made-up Saturday
        ("2025-10-10 09:00", 2, "working_days", "2025-10-13 17:30"),
        ("2025-10-01 09:00", 2, "calendar_days", "2025-10-04 00:00"),  # not put off
        ("2025-10-01 09:00", 48, "calendar_hours", "2025-10-03 09:00"),
    ],
)
def test_holidays_and_make_up_days(start: str, amount: int, unit, expected: str) -> None:
    assert due(start, amount, unit, OCTOBER) == expected


def test_a_make_up_day_has_the_hours_of_its_weekday_or_else_of_the_first() -> None:
    saturday, sunday = date(2026, 3, 7), date(2026, 3, 8)
    half_saturday = WorkingCalendar(
        SHANGHAI,
        {5: (MORNING,), 1: (AFTERNOON,), 0: (), 2: (MORNING,)},
        make_up_days={saturday, sunday},
    )
    assert half_saturday.spans_of(saturday.toordinal()) == (
        (on("2026-03-07 08:30"), on("2026-03-07 12:00")),
    )
    assert half_saturday.spans_of(sunday.toordinal()) == (
        (on("2026-03-08 13:30"), on("2026-03-08 17:30")),
    )


@pytest.mark.parametrize(
    ("start", "amount", "unit", "expected"),
    [
        # Clocks forward on 8 March 2026 at 2:00, back on 1 November 2026 at 2:00.
        ("2026-03-07 12:00", 24, "calendar_hours", "2026-03-08 13:00"),
        ("2026-03-07 12:00", 1, "calendar_days", "2026-03-09 00:00"),
        ("2026-10-31 12:00", 24, "calendar_hours", "2026-11-01 11:00"),
        ("2026-03-06 16:30", 2, "working_hours", "2026-03-09 09:30"),
        ("2026-10-30 16:30", 2, "working_hours", "2026-11-02 09:30"),
        ("2026-10-30 16:30", 1, "working_days", "2026-11-02 17:30"),
    ],
)
def test_changing_the_clocks(start: str, amount: int, unit, expected: str) -> None:
    assert due(start, amount, unit, BOSTON) == expected


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-08", 23), ("2026-11-01", 25), ("2026-06-01", 24)]
)
def test_a_day_round_the_clock_is_as_long_as_it_is(day: str, hours: int) -> None:
    start = on(day, NEW_YORK)
    assert working_us_between(start, Instant(start + 2 * DAY_US), ALWAYS) == 2 * DAY_US
    ((begin, end),) = ALWAYS.spans_of(date.fromisoformat(day).toordinal())
    assert (begin, end - begin) == (start, hours * HOUR_US)


@pytest.mark.parametrize(
    ("spans", "lengths_min"),
    [
        (((0, 150),), [120]),  # to 2:30, which is skipped: ends at the change
        (((150, 240),), [60]),  # from 2:30: begins at the change, 3:00
        (((125, 175),), []),  # wholly skipped
        (((0, 125), (130, 190)), [120, 10]),
    ],
)
def test_boundaries_that_the_clock_skips_lie_at_the_change(spans, lengths_min) -> None:
    calendar = WorkingCalendar(NEW_YORK, {6: spans})
    found = calendar.spans_of(date(2026, 3, 8).toordinal())
    assert [(end - begin) // MINUTE_US for begin, end in found] == lengths_min


def test_boundaries_that_come_twice_lie_at_the_first() -> None:
    calendar = WorkingCalendar(NEW_YORK, {6: ((30, 90), (90, 180))})
    (first, second) = calendar.spans_of(date(2026, 11, 1).toordinal())
    assert first == (on("2026-11-01 00:30", NEW_YORK), on("2026-11-01 01:30", NEW_YORK))
    assert second[1] - second[0] == 150 * MINUTE_US


def test_a_day_that_never_was_has_no_working_time() -> None:
    # Samoa went from 29 to 31 December 2011 over the date line.
    samoa = WorkingCalendar(ZoneInfo("Pacific/Apia"), ROUND_THE_CLOCK)
    assert samoa.spans_of(date(2011, 12, 30).toordinal()) == ()
    start = on("2011-12-29 12:00", samoa.zone)
    at = due_at(start, TimeLimit(24, "working_hours"), samoa)
    assert at == start + DAY_US
    assert to_datetime(at, samoa.zone).day == 31


def test_clocks_that_go_back_over_midnight() -> None:
    # St John's, 1 November 2009: at 0:01 back to 23:01 of the day before.
    night = WorkingCalendar(ZoneInfo("America/St_Johns"), ROUND_THE_CLOCK)
    start = on("2009-10-31 12:00", night.zone)
    for minutes in (719, 720, 721, 750, 779, 780, 781, 800):
        later = Instant(start + minutes * MINUTE_US)
        assert working_us_between(start, later, night) == minutes * MINUTE_US
        assert due_at(later, TimeLimit(1, "working_hours"), night) == later + HOUR_US


@pytest.mark.parametrize(
    ("at", "moment"),
    [
        ("2026-03-04 09:00", "2026-03-04 09:00"),
        ("2026-03-04 12:00", "2026-03-04 13:30"),
        ("2026-03-06 17:30", "2026-03-09 08:30"),
        ("2026-03-08 09:00", "2026-03-09 08:30"),
    ],
)
def test_next_working_moment(at: str, moment: str) -> None:
    assert next_working_moment(on(at), PLAIN) == on(moment)


@pytest.mark.parametrize(
    ("a", "b", "minutes"),
    [
        ("2026-03-04 09:00", "2026-03-04 10:00", 60),
        ("2026-03-04 11:30", "2026-03-04 14:00", 60),
        ("2026-03-04 12:10", "2026-03-04 13:20", 0),
        ("2026-03-06 17:00", "2026-03-09 09:00", 60),
        ("2026-03-02 00:00", "2026-03-16 00:00", 10 * 450),
        ("2026-03-04 10:00", "2026-03-04 09:00", -60),
    ],
)
def test_working_time_between(a: str, b: str, minutes: int) -> None:
    assert working_us_between(on(a), on(b), PLAIN) == minutes * MINUTE_US


calendars_drawn = st.sampled_from([PLAIN, OCTOBER, BOSTON, ALWAYS])
moments = st.integers(on("2025-01-01 00:00"), on("2027-01-01 00:00")).map(Instant)


@given(moments, st.integers(1, 300), calendars_drawn)
def test_working_hours_are_the_working_time_until_due(start, hours, calendar) -> None:
    at = due_at(start, TimeLimit(hours, "working_hours"), calendar)
    assert working_us_between(start, at, calendar) == hours * HOUR_US
    assert working_us_between(start, Instant(at - 1), calendar) == hours * HOUR_US - 1


@given(st.lists(moments, min_size=3, max_size=3).map(sorted), calendars_drawn)
def test_working_time_adds_up(three, calendar) -> None:
    a, b, c = three
    first, second = working_us_between(a, b, calendar), working_us_between(b, c, calendar)
    assert working_us_between(a, c, calendar) == first + second
    assert working_us_between(c, a, calendar) == -(first + second)
    assert 0 <= first <= b - a


@given(moments, st.integers(1, 60), calendars_drawn)
def test_working_days_end_at_the_close_of_the_nth_day_after(start, days, calendar) -> None:
    at = due_at(start, TimeLimit(days, "working_days"), calendar)
    begun = calendar.day_of(next_working_moment(start, calendar))
    closed = calendar.day_of(Instant(at - 1))
    worked = [day for day in range(begun + 1, closed + 1) if calendar.spans_of(day)]
    assert len(worked) == days
    assert at == calendar.spans_of(closed)[-1][1]


@given(moments, moments, st.integers(1, 40), calendars_drawn)
def test_what_starts_later_is_never_due_earlier(a, b, amount, calendar) -> None:
    for unit in ("working_hours", "working_days", "calendar_hours", "calendar_days"):
        limit = TimeLimit(amount, unit)
        first, second = sorted((a, b))
        assert due_at(first, limit, calendar) <= due_at(second, limit, calendar)
        assert due_at(first, limit, calendar) > first


@pytest.mark.parametrize(
    ("hours", "holidays", "make_up_days"),
    [
        ({}, set(), set()),
        ({0: (), 1: ()}, set(), {date(2026, 3, 7)}),
        ({7: (MORNING,)}, set(), set()),
        ({-1: (MORNING,)}, set(), set()),
        ({0: ((720, 510),)}, set(), set()),
        ({0: ((510, 510),)}, set(), set()),
        ({0: (AFTERNOON, MORNING)}, set(), set()),
        ({0: ((510, 720), (700, 800))}, set(), set()),
        ({0: ((-1, 720),)}, set(), set()),
        ({0: ((510, 1441),)}, set(), set()),
        (OFFICE, {date(2026, 3, 7)}, {date(2026, 3, 7)}),
    ],
)
def test_a_senseless_calendar_is_refused(hours, holidays, make_up_days) -> None:
    refused = refusal(
        WorkingCalendar, SHANGHAI, hours, holidays=holidays, make_up_days=make_up_days
    )
    assert refused.code == "bad_calendar"
    assert refused.params["problems"] == "1"


@pytest.mark.parametrize("amount", [0, -1, calendars.MAX_CALENDAR_DAYS + 1])
def test_a_senseless_limit_is_refused(amount: int) -> None:
    assert refusal(TimeLimit, amount, "working_days").code == "bad_time_limit"


def closed_for(days: int) -> WorkingCalendar:
    first = date(2026, 3, 5)
    return WorkingCalendar(
        SHANGHAI,
        ROUND_THE_CLOCK,
        holidays={first + timedelta(days=count) for count in range(days)},
    )


def test_working_time_after_the_longest_allowed_break_is_found() -> None:
    start = on("2026-03-05 00:00")
    reopened = Instant(start + 400 * DAY_US)
    assert next_working_moment(start, closed_for(400)) == reopened


@pytest.mark.parametrize("unit", ["working_hours", "working_days"])
def test_no_working_time_for_more_than_400_days_is_refused(unit) -> None:
    refused = refusal(due_at, on("2026-03-04 23:30"), TimeLimit(1, unit), closed_for(401))
    assert refused.code == "no_working_time"


def test_an_answer_too_far_away_is_refused() -> None:
    start = on("2026-03-04 09:00")
    limit = TimeLimit(calendars.MAX_CALENDAR_DAYS, "working_days")
    assert refusal(due_at, start, limit, PLAIN).code == "too_many_days"
    later = Instant(start + (calendars.MAX_CALENDAR_DAYS + 1) * DAY_US)
    assert refusal(working_us_between, start, later, PLAIN).code == "too_many_days"


@pytest.mark.parametrize("at", [FIRST_INSTANT - 1, LAST_INSTANT + 1, 10**18, -(10**18)])
@pytest.mark.parametrize("unit", ["working_hours", "calendar_hours"])
def test_an_instant_of_another_century_is_refused(at: int, unit) -> None:
    limit = TimeLimit(1, unit)
    assert refusal(due_at, Instant(at), limit, PLAIN).code == "instant_out_of_range"


def test_what_is_kept_ready_is_bounded_and_changes_nothing(monkeypatch) -> None:
    monkeypatch.setattr(calendars, "MAX_CACHED_DAYS", 3)
    small, start = WorkingCalendar(SHANGHAI, OFFICE), on("2026-03-04 09:00")
    for amount in range(1, 40):
        limit = TimeLimit(amount, "working_hours")
        assert due_at(start, limit, small) == due_at(start, limit, PLAIN)
    assert len(small._cache) <= 3
