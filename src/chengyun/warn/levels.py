"""Bands over columns: which of a million values crosses into a level, and which stays below.

The same rules as for single readings (``warn.rules``): a level begins at its threshold and only
rises; a warning ends when the value stayed below ``down`` for the whole dwell, or became unknown.
Only crossings leave this file.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chengyun.engine.compiled import compiled, inlined
from chengyun.facts.columns import Bytes, Handles, Longs
from chengyun.kernel.instants import SECOND_US
from chengyun.warn.policy import Band
from chengyun.warn.rules import LEVELS

_NEVER: Final = 2**63 - 1
_UNKNOWN: Final = -(2**63)
MICRO: Final = 1_000_000


class Crossed(IntEnum):
    """What a value did."""

    RAISED = 0
    CHANGED = 1
    BELOW = 2
    """Below ``down`` from now on."""
    HOT_AGAIN = 3
    CLEARED = 4
    """Below for the whole dwell."""
    UNKNOWN = 5
    """No longer known: a standing warning ends as unknown."""


_NOTHING: Final = -1
_RAISED: Final = int(Crossed.RAISED)
_CHANGED: Final = int(Crossed.CHANGED)
_BELOW: Final = int(Crossed.BELOW)
_HOT_AGAIN: Final = int(Crossed.HOT_AGAIN)
_CLEARED: Final = int(Crossed.CLEARED)
_GONE: Final = int(Crossed.UNKNOWN)


class Thresholds(NamedTuple):
    """The band of each block of values; a column each, thresholds in millionths."""

    up: NDArray[np.int64]
    """``[block, level]``, from blue to red."""
    down: Longs
    dwell_us: Longs
    is_banded: NDArray[np.bool_]


class Standing(NamedTuple):
    """What stands at each value."""

    level: Bytes
    below_since: Longs
    """0 while it is not below."""


class Crossings(NamedTuple):
    """What crossed in one look; columns of one length."""

    place: Handles
    kind: Bytes
    before: Bytes
    level: Bytes
    """Which level it stands at now, as a place in ``warn.rules.LEVELS``."""


def thresholds_of(bands: list[Band | None]) -> Thresholds:
    """Compile one band a block; None is a block that never warns."""
    up = np.full((len(bands), len(LEVELS) - 1), _NEVER, np.int64)
    down = np.full(len(bands), _NEVER, np.int64)
    dwell = np.zeros(len(bands), np.int64)
    for block, band in enumerate(bands):
        if band is not None:
            begins: Mapping[str, float] = {str(level): value for level, value in band.up.items()}
            for place, level in enumerate(LEVELS[1:]):
                if level in begins:
                    up[block, place] = round(begins[level] * MICRO)
            down[block] = round(band.down * MICRO)
            dwell[block] = band.dwell_s * SECOND_US
    return Thresholds(up, down, dwell, np.array([band is not None for band in bands], np.bool_))


def standing_of(size: int) -> Standing:
    """Return room for so many values, nothing standing."""
    return Standing(np.zeros(size, np.uint8), np.zeros(size, np.int64))


def cross(
    thresholds: Thresholds,
    standing: Standing,
    start: Longs,
    count: Longs,
    value: Longs,
    now: int,
) -> Crossings:
    """Judge all values of all blocks at ``now`` and move ``standing`` on."""
    size = len(value)
    room = Crossings(
        np.empty(size, np.int32),
        np.empty(size, np.uint8),
        np.empty(size, np.uint8),
        np.empty(size, np.uint8),
    )
    found = _cross(thresholds, standing, start, count, value, now, room)
    return Crossings(
        room.place[:found].copy(),
        room.kind[:found].copy(),
        room.before[:found].copy(),
        room.level[:found].copy(),
    )


# --- compiled ---------------------------------------------------------------------------------


@inlined
def level_reached(up: NDArray[np.int64], value: int) -> int:
    """Return the highest level whose threshold ``value`` reaches, 0 for none."""
    level = 0
    for place in range(len(up)):
        if value >= up[place]:
            level = place + 1
    return level


@inlined
def _moved(
    thresholds: Thresholds, standing: Standing, block: int, place: int, value: int, now: int
) -> tuple[int, int]:
    """Return what one value did, or -1, and the level it stands at now."""
    level, since = int(standing.level[place]), standing.below_since[place]
    reached = level_reached(thresholds.up[block], value)
    is_below = value < thresholds.down[block]
    kind, after = _NOTHING, level
    if value == _UNKNOWN:
        kind, after = (_GONE if level else _NOTHING), 0
    elif level and since and now >= since + thresholds.dwell_us[block]:
        kind, after = _CLEARED, 0
    elif reached > level:
        kind, after = (_CHANGED if level else _RAISED), reached
    elif level and is_below and not since:
        kind = _BELOW
    elif level and since and not is_below:
        kind = _HOT_AGAIN
    return kind, after


@compiled
def _cross(
    thresholds: Thresholds,
    standing: Standing,
    start: Longs,
    count: Longs,
    value: Longs,
    now: int,
    out: Crossings,
) -> int:
    # Arrays by names of their own: a field of a tuple counts references each time it is read.
    up, is_banded = thresholds.up, thresholds.is_banded
    standing_at, below_since = standing
    places, kinds, befores, levels = out
    found = 0
    for block in range(len(start)):
        if not is_banded[block]:
            continue
        lowest = up[block].min()
        for place in range(start[block], start[block] + count[block]):
            if value[place] < lowest and not standing_at[place]:
                continue  # nothing stands and nothing begins: so it is nearly everywhere
            kind, level = _moved(thresholds, standing, block, place, value[place], now)
            if kind == _NOTHING:
                continue
            places[found] = place
            kinds[found] = kind
            befores[found] = standing_at[place]
            levels[found] = level
            found += 1
            standing_at[place] = level
            below_since[place] = now if kind == _BELOW else 0
    return found
