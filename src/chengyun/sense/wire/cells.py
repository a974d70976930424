"""One value of a JSON message at a time, for messages that hold something wrong.

A function returns the value or a ``Fault``; whether a number can be a value or a place is judged
later, for the column.
"""

from __future__ import annotations

import math
from typing import Final

from chengyun.sense.wire.faults import Fault
from chengyun.sense.wire.judging import BAD_TIME
from chengyun.sense.wire.times import instant_of

BEYOND: Final = 1e300
"""Stands for a number too large for a double: it is too large, and still finite."""

_MOST: Final = 2**63 - 1
_LEAST: Final = -(2**63)


def number_of(said: object) -> float | Fault:
    """Return a number, true as 1 and false as 0; NaN where the message says NaN or Infinity."""
    if isinstance(said, float):
        return math.copysign(BEYOND, said) if math.isinf(said) else said
    if isinstance(said, int):
        return float(said) if _LEAST <= said <= _MOST else math.copysign(BEYOND, said)
    return Fault.NOT_A_NUMBER


def time_of(said: object) -> int | Fault:
    """Return an instant, said in microseconds or as text."""
    if isinstance(said, str):
        at = instant_of(said)
        return Fault.BAD_TIME if at == BAD_TIME else at
    if isinstance(said, int) and not isinstance(said, bool) and 0 <= said <= _MOST:
        return said
    return Fault.BAD_TIME


def handle_of(said: object) -> int | Fault:
    """Return a handle."""
    if isinstance(said, int) and not isinstance(said, bool) and 0 <= said <= _MOST:
        return said
    return Fault.BAD_ID


def sensor_of(said: object) -> str | Fault:
    """Return an id of a sensor."""
    return said if isinstance(said, str) else Fault.BAD_ID


def degrees_of(said: object) -> float | Fault:
    """Return a longitude or latitude, NaN where none stands."""
    if said is None:
        return math.nan
    if isinstance(said, bool) or not isinstance(said, int | float):
        return Fault.BAD_PLACE
    number = number_of(said)
    return Fault.BAD_PLACE if math.isnan(number) else number
