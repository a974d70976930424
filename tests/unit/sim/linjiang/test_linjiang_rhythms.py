"""Rhythms, festivals, weather and tide: pure functions of seed and instant."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from chengyun.kernel.instants import Instant, from_datetime
from chengyun.sim.linjiang import festivals, rhythms, weather
from chengyun.sim.linjiang.case_types import CASE_KINDS, REPORTED
from chengyun.sim.linjiang.units import CREWS

SHANGHAI = ZoneInfo("Asia/Shanghai")
TEN_MINUTES = weather.TEN_MINUTES_US


def at(text):
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI))


# --- festivals --------------------------------------------------------------------------------
def test_make_up_days_are_days_of_the_weekend_and_no_holidays():
    for day in festivals.MAKE_UP_DAYS:
        assert day.weekday() >= 5
        assert festivals.holiday_of(day) is None
        assert festivals.is_worked(day)


def test_no_day_is_off_twice_and_both_years_have_both_great_festivals():
    days = festivals.days_off()
    assert len(days) == len(set(days))
    for year in (2026, 2027):
        names = {one.name_en for one in festivals.HOLIDAYS if one.first.year == year}
        assert {"Spring Festival", "National Day"} <= names
        assert not festivals.is_worked(date(year, 10, 1))


# --- demand -----------------------------------------------------------------------------------
def test_shares_of_types_make_a_whole_and_every_type_has_a_crew():
    assert sum(kind.per_million for kind in CASE_KINDS) == 1_000_000
    assert {kind.crew for kind in CASE_KINDS} <= set(CREWS)
    assert len(REPORTED) == 16


@pytest.mark.parametrize("type_", ["", *(kind.code for kind in REPORTED)])
def test_an_ordinary_working_day_averages_one_before_the_season(type_):
    day = [at(f"2026-04-20T{hour:02d}:{minute:02d}") for hour in range(24) for minute in (15, 45)]
    mean = sum(rhythms.demand_factor(one, type_) for one in day) / len(day)
    assert mean == pytest.approx(1, abs=0.05)


def test_demand_follows_hour_weekday_and_season():
    assert rhythms.demand_factor(at("2026-06-01T10:00")) > 5 * rhythms.demand_factor(
        at("2026-06-01T03:00")
    )
    assert rhythms.demand_factor(at("2026-06-01T10:00")) > rhythms.demand_factor(
        at("2026-06-07T10:00")
    )
    noise = [rhythms.demand_factor(at(f"2026-06-01T{hour}:00"), "noise") for hour in (10, 22)]
    assert noise[1] > 3 * noise[0]
    outage = [
        rhythms.demand_factor(at(f"2026-{day}T19:00"), "power_cut") for day in ("01-20", "07-20")
    ]
    assert outage[1] > 1.5 * outage[0]
    make_up, sunday = at("2026-10-10T10:00"), at("2026-10-11T10:00")
    assert rhythms.demand_factor(make_up) > rhythms.demand_factor(sunday)


def test_a_thousand_residents_send_about_what_is_published():
    day = [at(f"2026-04-20T{hour:02d}:30") for hour in range(24)]
    reports = sum(
        rhythms.reports_an_hour(120_000, one, kind.code) for one in day for kind in REPORTED
    )
    assert reports == pytest.approx(144, rel=0.05)


# --- people -----------------------------------------------------------------------------------
def test_the_embankment_fills_on_national_day_and_empties_in_the_rain():
    areas = [f"319901001{one:03d}" for one in range(1, 21)]
    busiest = max(areas, key=lambda area: rhythms.pull_of(7, area))
    evening, night = at("2026-10-01T19:30"), at("2026-10-01T04:00")
    ordinary = at("2026-10-13T19:30")
    people = rhythms.people_at(7, busiest, evening)
    assert people > 3 * rhythms.people_at(7, busiest, ordinary) > 0
    assert people > 20 * rhythms.people_at(7, busiest, night)
    assert rhythms.people_at(7, busiest, evening, rain_mm=1.0) == pytest.approx(people / 2, abs=1)
    assert rhythms.people_at(7, busiest, evening) == people


# --- weather ----------------------------------------------------------------------------------
def year_of(step_min):
    first = int(at("2026-01-01T00:00"))
    step = step_min * 60_000_000
    return [Instant(first + number * step) for number in range(365 * 1_440 // step_min)]


def test_rain_is_the_same_all_through_ten_minutes_and_differs_by_district():
    wet = next(one for one in year_of(10) if weather.rain_mm(7, "319901", one) > 2)
    inside = Instant(wet + TEN_MINUTES - 1)
    assert weather.rain_mm(7, "319901", inside) == weather.rain_mm(7, "319901", wet)
    storm = [Instant(wet + number * TEN_MINUTES) for number in range(12)]
    assert [weather.rain_mm(7, "319901", one) for one in storm] != [
        weather.rain_mm(7, "319902", one) for one in storm
    ]
    assert weather.rain_mm(8, "319901", wet) != weather.rain_mm(7, "319901", wet)


def test_a_year_has_plausible_rain_mostly_in_summer():
    rain = {one: weather.rain_mm(7, "319901", one) for one in year_of(10)}
    total = sum(rain.values())
    summer = sum(mm for one, mm in rain.items() if 5 <= rhythms.local_day(one).month <= 9)
    assert 700 < total < 3_000
    assert summer > 0.6 * total
    assert sum(mm > 0 for mm in rain.values()) < 0.15 * len(rain)
    assert min(rain.values()) >= 0


def test_a_year_has_plausible_temperatures():
    warm = [weather.temperature_c(7, one) for one in year_of(180)]
    assert -8 < min(warm) < 5
    assert 30 < max(warm) < 42
    assert weather.temperature_c(7, at("2026-07-01T15:00")) > weather.temperature_c(
        7, at("2026-01-15T05:00")
    )


@pytest.mark.parametrize("seed", [7, 8, 9])
def test_the_tide_turns_twice_a_day_and_stays_below_blue_without_a_typhoon(seed):
    calm = [one for one in year_of(30) if weather.surge_mm(seed, one) < 1]
    levels = [weather.tide_mm(seed, one) for one in calm]
    assert max(levels) < 4_550
    assert min(levels) > 0
    start = int(at("2026-03-01T00:00"))
    days = [weather.tide_mm(seed, Instant(start + n * 2 * TEN_MINUTES)) for n in range(14 * 72)]
    turns = sum((b - a) * (c - b) < 0 for a, b, c in zip(days, days[1:], days[2:], strict=False))
    assert 14 * 3 <= turns <= 14 * 4
