"""Pure rules of dispatch: the duty list, deadlines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

import msgspec

from chengyun.dispatch.policy import Duty, DutyList
from chengyun.facts.registers import CalendarPolicy, City
from chengyun.kernel.calendars import TimeLimit, WorkingCalendar, due_at
from chengyun.kernel.instants import Instant, zone

_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def duties_by_type(duty_list: DutyList) -> Mapping[str, list[Duty]]:
    """Return the duty list by type."""
    found: dict[str, list[Duty]] = {}
    for _, duty in sorted(duty_list.duties.items()):
        found.setdefault(duty.type, []).append(duty)
    return found


def duty_for(duties: list[Duty], ancestors: tuple[str, ...]) -> Duty | None:
    """Return the line for the smallest of ``ancestors`` (the area itself first), or ``None``."""
    for area in (*ancestors, ""):
        for duty in duties:
            if duty.area == area:
                return duty
    return None


def calendar_of(policy: CalendarPolicy, city: City) -> WorkingCalendar:
    """Return the working calendar that the pack declares."""
    return WorkingCalendar(
        zone=zone(city.zone),
        hours={
            _WEEKDAYS.index(day): tuple(_minutes(span) for span in spans)
            for day, spans in policy.hours.items()
        },
        holidays={date.fromisoformat(day) for day in policy.holidays},
        make_up_days={date.fromisoformat(day) for day in policy.make_up_days},
    )


def _minutes(span: str) -> tuple[int, int]:
    start, end = (
        60 * int(hour) + int(minute)
        for hour, minute in (clock.split(":") for clock in span.split("-"))
    )
    return start, end


def deadline(start: Instant, limit: str, calendar: WorkingCalendar) -> Instant:
    """Return when a case filed at ``start`` is due under a limit such as ``4 working_hours``."""
    amount, unit = limit.split()
    parsed = msgspec.convert({"amount": int(amount), "unit": unit}, TimeLimit)
    return due_at(start, parsed, calendar)
