"""The duty list, and deadlines by the city's calendar."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from chengyun.dispatch.policy import Duty, DutyList
from chengyun.dispatch.rules import centres_by_area, duties_by_type, duty_for, next_owner
from chengyun.facts.registers import Bounds, CalendarPolicy, City, UnitEntry, Units, calendar_of
from chengyun.kernel.calendars import deadline
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant, from_datetime, to_datetime

ZONE = ZoneInfo("Asia/Shanghai")
CITY = City(
    id="c",
    name={"en": "C"},
    zone="Asia/Shanghai",
    languages=["en"],
    crs="WGS-84",
    bounds=Bounds(west=121, south=31, east=122, north=32),
    source="test",
)
DAY = ["09:00-12:00", "13:30-17:30"]
CALENDAR = CalendarPolicy(
    hours={"mon": DAY, "tue": DAY, "wed": DAY, "thu": DAY, "fri": DAY},  # type: ignore[dict-item]
    holidays=["2026-05-08"],
    make_up_days=["2026-05-09"],
    source="test",
)


def duty(area: str, unit: str) -> Duty:
    return Duty(type="manhole", area=area, unit=unit, source="test")


@pytest.mark.parametrize(
    ("duties", "unit"),
    [
        ([], None),
        ([duty("", "city-wide")], "city-wide"),
        ([duty("", "city-wide"), duty("district", "of-district")], "of-district"),
        ([duty("quarter", "of-quarter"), duty("district", "of-district")], "of-quarter"),
        ([duty("district", "of-district"), duty("quarter", "of-quarter")], "of-quarter"),
        ([duty("elsewhere", "other")], None),
        ([duty("elsewhere", "other"), duty("", "city-wide")], "city-wide"),
    ],
)
def test_the_line_for_the_smallest_area_holds(duties: list[Duty], unit: str | None) -> None:
    found = duty_for(duties, ("quarter", "district", "city"))
    assert (None if found is None else found.unit) == unit


def test_lines_are_found_by_type_whatever_their_order() -> None:
    one, other = duty("", "a"), Duty(type="lamp", unit="b", source="test")
    by_type = duties_by_type(DutyList(duties={"z": one, "a": other}))
    assert by_type == {"manhole": [one], "lamp": [other]}
    assert duties_by_type(DutyList()) == {}


UNITS = Units(
    units={
        "city-centre": UnitEntry(name="City Centre", kind="center"),
        "district-centre": UnitEntry(name="District Centre", kind="center", area="district"),
        "yard": UnitEntry(name="Yard", kind="crew", area="quarter"),
    }
)


@pytest.mark.parametrize(
    ("fallback", "tried", "expected"),
    [
        ("office", ["yard"], ("office", "fallback_owner")),
        ("office", ["yard", "office"], ("district-centre", "centre_of_area")),
        ("", ["yard"], ("district-centre", "centre_of_area")),
        ("", ["yard", "district-centre"], ("city-centre", "centre_of_area")),
        ("", ["district-centre", "city-centre"], ("", "")),
        ("city-centre", ["city-centre", "district-centre"], ("", "")),
    ],
    ids=["fallback", "district", "none-named", "city", "all-tried", "never-twice"],
)
def test_what_is_given_back_goes_up_level_by_level_and_to_nobody_twice(
    fallback: str, tried: list[str], expected: tuple[str, str]
) -> None:
    centres = centres_by_area(UNITS)
    assert next_owner(fallback, centres, ("quarter", "district", "city"), tried) == expected


def at(local: str) -> Instant:
    return from_datetime(datetime.fromisoformat(local).replace(tzinfo=ZONE))


@pytest.mark.parametrize(
    ("filed", "limit", "due"),
    [
        ("2026-05-07 16:30", "4 working_hours", "2026-05-09 12:00"),
        ("2026-05-07 16:30", "1 working_hours", "2026-05-07 17:30"),
        ("2026-05-07 11:00", "2 working_hours", "2026-05-07 14:30"),
        ("2026-05-07 23:00", "1 working_hours", "2026-05-09 10:00"),
        ("2026-05-07 10:00", "1 working_days", "2026-05-09 17:30"),
        ("2026-05-07 10:00", "2 working_days", "2026-05-11 17:30"),
        ("2026-05-08 10:00", "1 working_days", "2026-05-11 17:30"),
        ("2026-05-07 16:30", "24 calendar_hours", "2026-05-08 16:30"),
        ("2026-05-07 16:30", "1 calendar_days", "2026-05-09 00:00"),
    ],
)
def test_a_deadline_crosses_holidays_and_make_up_days(filed: str, limit: str, due: str) -> None:
    found = deadline(at(filed), limit, calendar_of(CALENDAR, CITY))
    assert to_datetime(found, ZONE).strftime("%Y-%m-%d %H:%M") == due


@pytest.mark.parametrize("limit", ["0 working_hours", "10001 calendar_days"])
def test_a_limit_that_is_none_is_refused(limit: str) -> None:
    with pytest.raises(Rejected):
        deadline(at("2026-05-07 10:00"), limit, calendar_of(CALENDAR, CITY))
