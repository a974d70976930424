"""Deadlines of a case, by the calendar and the limits of the version it was filed under."""

from __future__ import annotations

from chengyun.engine.known import Known
from chengyun.facts.registers import CalendarPolicy, CaseTypes, City, calendar_of
from chengyun.handle.views import CaseRow
from chengyun.kernel.calendars import (
    WorkingCalendar,
    after_working_us,
    deadline,
    limit_of,
    working_us_between,
)
from chengyun.kernel.instants import Instant


def calendar_for(case: CaseRow, known: Known) -> WorkingCalendar:
    """Return the working calendar of the case's version."""
    return known.built_under(case.policy_version, calendar_of, CalendarPolicy, City)


def limit_for(case: CaseRow, known: Known) -> str:
    """Return the time limit of the case's type in its version, empty where it has none."""
    return known.pinned(CaseTypes, case.policy_version).types[case.type].time_limit


def due_after(start: int, limit: str, case: CaseRow, known: Known) -> Instant:
    """Return when what began at ``start`` is due under ``limit``."""
    return deadline(Instant(start), limit, calendar_for(case, known))


def due_when_resumed(case: CaseRow, at: Instant, known: Known) -> int | None:
    """Return the deadline of a case whose clock goes on at ``at``.

    What was left when it stopped is left again: of working time where the limit is one, else of
    time. A deadline that had passed, or was not stopped, stays.
    """
    due_at, stopped_at = case.due_at, case.stopped_at
    if due_at is None or stopped_at is None or case.fell_due:
        return due_at
    limit = limit_for(case, known)
    if case.due_code == "time_limit" and limit_of(limit).unit.startswith("working"):
        calendar = calendar_for(case, known)
        left = working_us_between(Instant(stopped_at), Instant(due_at), calendar)
        return after_working_us(at, left, calendar)
    return due_at + (at - stopped_at)
