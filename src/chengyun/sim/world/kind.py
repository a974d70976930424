"""What a kind of event is, and the rhythms of the day in which things happen."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

Signal = Literal["", "rain", "underpass_depth", "crowd", "tide"]

FLAT: Final = (1.0,) * 24
DAY: Final = (
    *(0.1, 0.1, 0.1, 0.1, 0.1, 0.3, 0.8, 1.4, 1.9, 2.0, 1.9, 1.6),
    *(1.3, 1.5, 1.8, 1.8, 1.7, 1.6, 1.3, 1.0, 0.7, 0.5, 0.3, 0.2),
)
EVENING: Final = (
    *(1.2, 0.8, 0.4, 0.2, 0.2, 0.3, 0.5, 0.6, 0.6, 0.6, 0.6, 0.7),
    *(0.7, 0.6, 0.6, 0.7, 0.8, 1.0, 1.4, 1.9, 2.4, 2.8, 2.6, 1.9),
)
RUSH: Final = (
    *(0.1, 0.1, 0.1, 0.1, 0.2, 0.5, 1.2, 2.4, 2.6, 1.6, 1.2, 1.3),
    *(1.3, 1.2, 1.2, 1.3, 1.7, 2.5, 2.6, 1.7, 1.0, 0.7, 0.4, 0.2),
)
DARK: Final = (
    *(0.8, 0.5, 0.3, 0.2, 0.2, 0.4, 0.3, 0.2, 0.2, 0.2, 0.2, 0.2),
    *(0.2, 0.2, 0.2, 0.2, 0.4, 1.2, 2.4, 3.2, 3.2, 2.6, 1.8, 1.2),
)


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of event, and how it makes itself felt."""

    code: str
    zh: str
    en: str
    type: str = ""
    """The case type it truly is; empty where it is only measured."""
    places: tuple[str, ...] = ("building",)
    per_day: float = 0.0
    """How many a day and 100,000 residents, on average."""
    hours: tuple[float, ...] = FLAT
    weekend: float = 1.0
    reporters: float = 1.0
    """How many citizens report it on average, at middle severity; at least one where it is > 0."""
    notice_min: float = 20.0
    """Mean minutes until a citizen has noticed and written."""
    sensed: float = 0.0
    """Share of events that a device notices."""
    alarm_min: float = 2.0
    signal: Signal = ""
    """The measurement that shows it."""
    lasts_h: float = 24.0
    """Hours until it is over where nobody comes."""
    work_min: tuple[int, int] = (20, 60)
    urgent: bool = False
    mistaken: tuple[str, ...] = ()
    """Types that an agent on the phone may take it for."""
    causes: tuple[str, ...] = ("wear",)
    real: bool = True
    """False for what turns out to be nothing."""
