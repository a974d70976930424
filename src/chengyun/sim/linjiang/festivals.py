"""The calendar of Linjiang: holidays, days worked in exchange, and what kind of day a date is.

The tables of 2026 and 2027 are those of the simulated city: festivals stand on their days, the days
off around them and the days worked in exchange (调休) are made up.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import msgspec


class Holiday(msgspec.Struct, frozen=True):
    """A festival: its days off, and how many are out and about, 1 on an ordinary Sunday."""

    name_en: str
    name_zh: str
    first: date
    days: int
    outing: float

    def holds(self, day: date) -> bool:
        """Tell whether ``day`` is one of its days off."""
        return self.first <= day < self.first + timedelta(days=self.days)


HOLIDAYS: Final = (
    Holiday("New Year", "元旦", date(2026, 1, 1), 3, 1.8),
    Holiday("Spring Festival", "春节", date(2026, 2, 15), 9, 1.6),
    Holiday("Qingming", "清明节", date(2026, 4, 4), 3, 1.2),
    Holiday("Labour Day", "劳动节", date(2026, 5, 1), 5, 2.0),
    Holiday("Dragon Boat Festival", "端午节", date(2026, 6, 19), 3, 1.4),
    Holiday("Mid-Autumn", "中秋节", date(2026, 9, 25), 3, 1.5),
    Holiday("National Day", "国庆节", date(2026, 10, 1), 7, 2.6),
    Holiday("New Year", "元旦", date(2027, 1, 1), 3, 1.8),
    Holiday("Spring Festival", "春节", date(2027, 2, 5), 8, 1.6),
    Holiday("Qingming", "清明节", date(2027, 4, 3), 3, 1.2),
    Holiday("Labour Day", "劳动节", date(2027, 5, 1), 5, 2.0),
    Holiday("Dragon Boat Festival", "端午节", date(2027, 6, 9), 1, 1.4),
    Holiday("Mid-Autumn", "中秋节", date(2027, 9, 15), 1, 1.5),
    Holiday("National Day", "国庆节", date(2027, 10, 1), 7, 2.6),
)
"""All festivals with their days off."""

MAKE_UP_DAYS: Final = frozenset(
    {
        date(2026, 1, 4),
        date(2026, 2, 14),
        date(2026, 2, 28),
        date(2026, 5, 9),
        date(2026, 9, 20),
        date(2026, 10, 10),
        date(2027, 2, 14),
        date(2027, 2, 20),
        date(2027, 5, 8),
        date(2027, 9, 26),
        date(2027, 10, 9),
    }
)
"""Days of the weekend that are worked in exchange."""


def holiday_of(day: date) -> Holiday | None:
    """Return the festival that ``day`` is off for, None on any other day."""
    return next((holiday for holiday in HOLIDAYS if holiday.holds(day)), None)


def is_worked(day: date) -> bool:
    """Tell whether people go to work on ``day``.

    >>> is_worked(date(2026, 10, 1)), is_worked(date(2026, 10, 10)), is_worked(date(2026, 10, 11))
    (False, True, False)
    """
    if holiday_of(day) is not None:
        return False
    return day.weekday() < 5 or day in MAKE_UP_DAYS


def days_off() -> list[date]:
    """Return all days off of the tables, in order."""
    return sorted(
        holiday.first + timedelta(days=number)
        for holiday in HOLIDAYS
        for number in range(holiday.days)
    )
