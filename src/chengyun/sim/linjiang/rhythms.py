"""Rhythms: how demand and crowds go with the hour, the weekday, the season and the festivals.

Pure functions of an instant, and of the seed where chance is part of it: asked twice they say the
same, in any order and at any speed.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from math import cos, exp, pi
from typing import Final

from chengyun.kernel.instants import Instant, to_datetime, zone
from chengyun.sim.linjiang.case_types import KIND_BY_CODE
from chengyun.sim.linjiang.festivals import holiday_of, is_worked
from chengyun.sim.linjiang.seeds import share

ZONE: Final = zone("Asia/Shanghai")
REPORTS_A_THOUSAND_A_DAY: Final = 1.2
"""30,000 cases a day in a city of 25 million (VOCABULARY: sizes to design for)."""


def _shape(hours: str) -> tuple[int, ...]:
    return tuple(map(int, hours.split()))


_HOURS: Final = {
    "office": _shape("2 1 1 1 2 4 12 30 62 82 84 72 48 56 76 78 70 58 46 40 34 24 12 5"),
    "night": _shape("40 24 12 6 4 6 10 14 16 18 18 18 24 18 16 16 18 24 34 52 74 88 82 62"),
    "home": _shape("8 5 4 4 6 16 40 66 58 42 38 44 46 36 34 36 44 62 78 80 70 52 30 14"),
    "always": _shape("30 27 25 25 28 34 42 48 50 50 50 50 50 50 50 50 50 52 52 50 48 44 38 33"),
}
"""Shapes of the day, local hours 0 to 23; only their proportions count."""

_SHAPE_OF: Final = {
    "noise": "night",
    "street_light": "night",
    "water_outage": "home",
    "power_cut": "home",
    "gas_smell": "home",
    "elder_check": "home",
    "lift_trapped": "home",
    "device_fault": "always",
    "fallen_tree": "always",
    "street_flooding": "always",
    "crowd_control": "night",
}
_OFF_DAY: Final = {"office": 0.55, "night": 1.25, "home": 1.10, "always": 1.0}
"""Demand of a day off against that of a working day, by shape."""

_SUMMER: Final = {"water_outage": 0.25, "power_cut": 0.45, "exposed_rubbish": 0.20, "noise": 0.20}
"""How much more the height of summer brings, and midwinter less, as a share."""
_WINTER: Final = {"gas_smell": 0.30, "elder_check": 0.25}


def local_day(at: Instant) -> date:
    """Return the date in the city."""
    return to_datetime(at, ZONE).date()


def local_hour(at: Instant) -> float:
    """Return the hour of the local day, with its fraction."""
    local = to_datetime(at, ZONE)
    return local.hour + local.minute / 60 + local.second / 3_600


def summer(day: date) -> float:
    """Return 1 at the height of summer (20 July), -1 in midwinter."""
    return cos(2 * pi * (day.timetuple().tm_yday - 201) / 365.25)


def demand_factor(at: Instant, case_type: str = "") -> float:
    """Return how many reports come in now against the average of an ordinary working day.

    ``case_type`` gives the rhythm of one type; without it that of office hours.
    """
    shape = _SHAPE_OF.get(case_type, "office")
    day, hour = local_day(at), local_hour(at)
    return _hourly(shape, hour) * _daily(shape, day) * _seasonal(case_type, day)


def _hourly(shape: str, hour: float) -> float:
    """Interpolate between the middles of hours, so that nothing jumps."""
    hours = _HOURS[shape]
    place = hour - 0.5
    before = int(place // 1)
    part = place - before
    value = hours[before % 24] * (1 - part) + hours[(before + 1) % 24] * part
    return value * 24 / sum(hours)


def _daily(shape: str, day: date) -> float:
    return 1.0 if is_worked(day) else _OFF_DAY[shape]


def _seasonal(case_type: str, day: date) -> float:
    height = summer(day)
    return 1.0 + _SUMMER.get(case_type, 0.0) * height - _WINTER.get(case_type, 0.0) * height


def reports_an_hour(residents: int, at: Instant, case_type: str) -> float:
    """Return the expected reports an hour of one type from so many residents."""
    a_day = residents * REPORTS_A_THOUSAND_A_DAY / 1_000
    share_of = KIND_BY_CODE[case_type].per_million / 1_000_000
    return a_day / 24 * share_of * demand_factor(at, case_type)


# --- people on the embankment -----------------------------------------------------------------
ORDINARY_EVENING: Final = 12_000
"""People on the busiest stretch of embankment at the peak of an ordinary Sunday."""


@lru_cache(maxsize=4_096)
def pull_of(seed: int, area: str) -> float:
    """Return how much a stretch of embankment draws people, 0.1 to 1; few draw many."""
    return 0.1 + 0.9 * share(seed, "pull", area) ** 3


def people_at(seed: int, area: str, at: Instant, *, rain_mm: float = 0.0) -> int:
    """Return how many people are on a stretch of embankment.

    ``rain_mm`` is the rain of the last 10 minutes: it drives people away, half of them by 1 mm.
    """
    day, hour = local_day(at), local_hour(at)
    evening = exp(-(((hour - 19.6) / 2.1) ** 2)) + 0.22 * exp(-(((hour - 15.0) / 3.2) ** 2)) + 0.02
    holiday = holiday_of(day)
    outing = holiday.outing if holiday else (0.45 if is_worked(day) else 1.0)
    outing *= 1 + 0.25 * summer(day)
    noise = 0.9 + 0.2 * share(seed, "people", area, int(at) // 600_000_000)
    dry = 1 / (1 + max(0.0, rain_mm))
    return round(ORDINARY_EVENING * pull_of(seed, area) * evening * outing * noise * dry)
