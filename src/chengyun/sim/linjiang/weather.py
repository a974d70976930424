"""Weather and tide: rain by district and 10 minutes, temperature, water level at the gauge.

Pure functions of seed and instant. Rain comes in storms that are drawn for each day; a storm
moves over the city, so districts get it one after another and not equally.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from math import cos, exp, pi, sin
from typing import Final

import msgspec

from chengyun.kernel.instants import Instant
from chengyun.sim.linjiang.rhythms import local_day, local_hour, summer
from chengyun.sim.linjiang.seeds import share

TEN_MINUTES_US: Final = 600_000_000
_WET_DAYS: Final = (0.24, 0.27, 0.34, 0.33, 0.33, 0.48, 0.38, 0.40, 0.33, 0.22, 0.24, 0.22)
"""Share of days with rain, January to December; June has the plum rains."""
_PEAKS_MM: Final = (1.0, 1.2, 1.8, 2.2, 2.6, 4.5, 5.5, 6.0, 4.5, 2.2, 1.5, 1.0)
"""Usual peak of a storm, mm in 10 minutes, by month."""
_TYPHOON_MONTHS: Final = {7: 0.015, 8: 0.03, 9: 0.02}
"""Chance that a typhoon passes on a day."""


class Storm(msgspec.Struct, frozen=True, kw_only=True):
    """A storm: hours are of the local day it begins on and may go beyond 24."""

    begins_h: float
    lasts_h: float
    peak_mm: float
    """In 10 minutes, where it is heaviest."""
    typhoon: bool


@lru_cache(maxsize=1_024)
def storms_of(seed: int, day: date) -> tuple[Storm, ...]:
    """Return the storms that begin on a local day; most days have none."""
    month = day.month
    told = day.isoformat()
    storms = []
    if share(seed, "typhoon", told) < _TYPHOON_MONTHS.get(month, 0.0):
        begins = 24 * share(seed, "typhoon at", told)
        peak = 6 + 8 * share(seed, "eye", told)
        storms.append(Storm(begins_h=begins, lasts_h=14.0, peak_mm=peak, typhoon=True))
    if share(seed, "wet", told) < _WET_DAYS[month - 1]:
        for number in range(1 + (share(seed, "twice", told) < 0.3)):
            draw = share(seed, "peak", told, number)
            peak = _PEAKS_MM[month - 1] * (0.15 + 1.6 * draw**3.5)
            begins = 24 * share(seed, "begins", told, number)
            lasts = 0.7 + 3.6 * share(seed, "lasts", told, number)
            storms.append(Storm(begins_h=begins, lasts_h=lasts, peak_mm=peak, typhoon=False))
    return tuple(storms)


def rain_mm(seed: int, district: str, at: Instant) -> float:
    """Return the rain in mm of the 10 minutes of the clock that hold ``at``, in a district."""
    start = Instant(int(at) // TEN_MINUTES_US * TEN_MINUTES_US)
    day, hour = local_day(start), local_hour(start)
    total = 0.0
    for back in (0, 1):
        begun = day - timedelta(days=back)
        for number, storm in enumerate(storms_of(seed, begun)):
            part = (begun.isoformat(), number, district)
            late = 0.8 * share(seed, "late", *part)
            strength = 0.5 + 0.5 * share(seed, "strength", *part)
            place = (hour + 24 * back - storm.begins_h - late) / storm.lasts_h
            if 0 <= place < 1:
                gust = 0.55 + 0.9 * share(seed, "gust", *part, int(start))
                total += storm.peak_mm * strength * sin(pi * place) ** 4 * gust
    return round(total, 1)


def temperature_c(seed: int, at: Instant) -> float:
    """Return the temperature in degrees Celsius, to a tenth."""
    day, hour = local_day(at), local_hour(at)
    weather = 6 * share(seed, "air", day.isoformat()) - 3
    tomorrow = 6 * share(seed, "air", (day + timedelta(days=1)).isoformat()) - 3
    usual = 17.0 + 12.0 * summer(day) + 4.0 * cos(2 * pi * (hour - 15) / 24)
    return round(usual + weather + (tomorrow - weather) * hour / 24, 1)


# --- tide -------------------------------------------------------------------------------------
_TIDES: Final = ((1_060, 12.4206012), (430, 12.0), (210, 23.93447213), (160, 25.81933871))
"""Amplitude in mm and period in hours of M2, S2, K1 and O1; the amplitudes are made up."""
_MEAN_MM: Final = 2_350
_HOUR_US: Final = 3_600_000_000


def tide_mm(seed: int, at: Instant) -> int:
    """Return the water level in mm above the gauge's zero: four tides, and the surge of typhoons.

    Without a typhoon it stays below the blue level of 4,550 mm.
    """
    hours = int(at) / _HOUR_US
    level = float(_MEAN_MM)
    for amplitude, period in _TIDES:
        level += amplitude * cos(2 * pi * (hours / period + share(seed, "tide", amplitude)))
    return round(level + surge_mm(seed, at))


def surge_mm(seed: int, at: Instant) -> float:
    """Return by how much typhoons raise the water, up to about 1.2 m."""
    day, hour = local_day(at), local_hour(at)
    surge = 0.0
    for back in (0, 1):
        for storm in storms_of(seed, day - timedelta(days=back)):
            if storm.typhoon:
                middle = storm.begins_h + storm.lasts_h / 2
                away = (hour + 24 * back - middle) / 5
                surge += 75 * storm.peak_mm * exp(-(away**2))
    return surge
