"""When a value becomes a warning, and when a warning ends. Thresholds are inclusive."""

from __future__ import annotations

from typing import Final

from chengyun.facts.vitals import Reading
from chengyun.warn.policy import Band

LEVELS: Final = ("", "blue", "yellow", "orange", "red")
RANK: Final = {level: rank for rank, level in enumerate(LEVELS)}


def judged_milli(reading: Reading, band: Band) -> int:
    """Return what the band looks at, in thousandths: the surprise, or the value in its unit."""
    if band.judge == "surprise":
        return (reading.surprise_milli or 0) * 1_000
    return reading.value_micro // 1_000


def level_of(value_milli: int, band: Band, days_known: int) -> str:
    """Return the highest level whose threshold ``value_milli`` reaches, or empty.

    >>> band = Band(judge="value", up={"blue": 25.0, "red": 250.0}, down=20.0, dwell_s=0)
    >>> level_of(24_999, band, 0), level_of(25_000, band, 0), level_of(300_000, band, 0)
    ('', 'blue', 'red')
    """
    extra = band.ramp_extra if days_known < band.ramp_days else 0.0
    reached = [
        level for level, begins in band.up.items() if value_milli >= round((begins + extra) * 1_000)
    ]
    return max(reached, key=RANK.__getitem__, default="")


def is_below(value_milli: int, band: Band) -> bool:
    """Tell whether a standing warning may begin to end."""
    return value_milli < round(band.down * 1_000)


def capped(level: str, others: list[str], at_most: str) -> str:
    """Return the level of a warning beside ``others`` of the same type.

    Where one of them stands as high already, the matter is known: this one only says that it is
    wider, and rises no higher than ``at_most``.
    """
    if any(RANK[other] >= RANK[level] for other in others):
        return min(level, at_most, key=RANK.__getitem__)
    return level
