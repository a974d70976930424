"""Clocks that somebody turns, calendars with holidays, and clocks of the wall that change."""

from __future__ import annotations

import random
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from move_bench import Bench, Dispatch, case_of

from chengyun.handle.deferring import DecideDeferral, DeferCase
from chengyun.handle.extending import AskExtension
from chengyun.handle.receiving import AcceptCase, ContactReporter
from chengyun.handle.views import CASES
from chengyun.kernel.calendars import (
    WorkingCalendar,
    after_working_us,
    deadline,
    limit_of,
    working_us_between,
)
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import DAY_US, HOUR_US, Instant, from_datetime

WEEK = dict.fromkeys(range(5), ((540, 720), (810, 1050)))


class Turned:
    """A clock that somebody turns, forward and back."""

    def __init__(self, at: Instant) -> None:
        self.at = at

    def now(self) -> Instant:
        return self.at


def turned_bench() -> tuple[Bench, Turned]:
    bench = Bench()
    clock = Turned(bench.now)
    bench.engine._clock = clock  # the machine's own is turned under it
    return bench, clock


def at_work(bench: Bench) -> str:
    """Return a report whose case is with unit A, accepted and spoken about."""
    report = bench.opens()
    case = case_of(report)
    for command in (
        Dispatch(case=case, unit="A"),
        AcceptCase(case=case, unit="A"),
        ContactReporter(case=case, unit="A", report=report, reached=True, text=""),
    ):
        assert bench.does(command, "account:a").refused is None
    return report


def test_a_clock_that_runs_ahead_and_is_set_back_tells_everything_once():
    bench, clock = turned_bench()
    report = at_work(bench)
    started = clock.at
    clock.at = Instant(started + 3 * DAY_US)
    while bench.engine.fire_next(clock.now()):
        pass
    told = bench.case(report)
    assert (told.fell_due, told.overdues, told.escalated) == (True, 1, 2)
    for back in (HOUR_US, 2 * DAY_US, 4 * DAY_US):
        clock.at = Instant(started + back)
        while bench.engine.fire_next(clock.now()):
            pass
    assert bench.case(report).overdues == 1
    assert bench.timers(report) == {}


def test_a_clock_set_back_moves_no_deadline_and_nothing_is_asked_in_the_past():
    bench, clock = turned_bench()
    report = at_work(bench)
    due_at = bench.case(report).due_at
    clock.at = Instant(clock.at - 30 * DAY_US)
    ask = AskExtension(case=case_of(report), unit="A", limit="5 calendar_hours", reason="rain")
    assert bench.does(ask, "account:a").refused is None
    assert bench.case(report).due_at == due_at
    # What waits is reckoned from the last moment that is known, not from the clock.
    assert bench.timers(report)["extension"].due_at == due_at - 40 * HOUR_US
    clock.at = Instant(due_at + DAY_US)
    while bench.engine.fire_next(clock.now()):
        pass
    assert bench.case(report).fell_due
    assert set(bench.timers(report)) == set()


def test_deferred_in_the_middle_of_a_jump_it_resumes_when_it_was_to():
    bench, clock = turned_bench()
    report = at_work(bench)
    case, until = case_of(report), Instant(clock.at + 20 * HOUR_US)
    bench.does(DeferCase(case=case, unit="A", until=until, reason="flood"), "account:a")
    bench.does(DecideDeferral(case=case, granted=True, reason="so"), "account:b")
    due_at = bench.case(report).due_at
    clock.at = Instant(clock.at + 10 * DAY_US)
    while bench.engine.fire_next(clock.now()):
        pass
    row = bench.engine.rows.get(CASES, case)
    assert row.due_at == due_at + 20 * HOUR_US
    assert row.fell_due, "the later deadline passed within the jump too"


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "Australia/Lord_Howe"])
def test_what_is_left_of_a_stopped_clock_is_left_again(zone):
    calendar = WorkingCalendar(
        ZoneInfo(zone),
        WEEK,
        holidays={date(2026, 10, day) for day in range(1, 8)} | {date(2026, 5, 1)},
        make_up_days={date(2026, 10, 10), date(2026, 5, 9)},
    )
    dice = random.Random(zone)
    begins = from_datetime(datetime(2026, 1, 1, tzinfo=ZoneInfo(zone)))
    for _ in range(300):
        start = Instant(begins + dice.randrange(360 * DAY_US))
        left = dice.randrange(1, 60 * HOUR_US)
        ends = after_working_us(start, left, calendar)
        assert working_us_between(start, ends, calendar) == left
        assert working_us_between(start, Instant(ends - 1), calendar) == left - 1
    assert after_working_us(begins, 0, calendar) == begins


def test_hours_of_the_clock_are_hours_that_pass_where_clocks_change():
    zone = ZoneInfo("America/New_York")
    calendar = WorkingCalendar(zone, WEEK)
    start = from_datetime(datetime(2026, 3, 7, 12, tzinfo=zone))
    assert deadline(start, "24 calendar_hours", calendar) - start == 24 * HOUR_US
    # The night has an hour less, and the day after ends at its own midnight.
    end = from_datetime(datetime(2026, 3, 9, 0, tzinfo=zone))
    assert deadline(start, "1 calendar_days", calendar) == end
    assert end - start == 35 * HOUR_US


@pytest.mark.parametrize("text", ["", "4", "4 days", "x working_days", "0 working_days", "1e3 a"])
def test_what_is_no_time_limit_is_refused(text):
    with pytest.raises(Rejected, match="is no time limit"):
        limit_of(text)
