"""From panes to values: what every sensor sign says, everywhere, at this moment.

A value carries how much of its sensors speak, and how many values it is made of. Where no sensor
speaks now it is ``UNKNOWN``, whatever was said before: unknown is neither zero nor normal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chengyun.engine.compiled import compiled, inlined
from chengyun.facts.columns import Handles, Longs
from chengyun.vitals.layout import (
    HOWS,
    MICRO,
    PERS,
    UNKNOWN,
    Blocks,
    Layout,
    Planes,
    Windows,
    micro,
)
from chengyun.vitals.panes import Held
from chengyun.vitals.policy import Part

_SUM: Final = HOWS.index("sum")
_MEAN: Final = HOWS.index("mean")
_MAX: Final = HOWS.index("max")
_MIN: Final = HOWS.index("min")
_COUNT: Final = HOWS.index("count")
_RATE: Final = HOWS.index("rate")
_QUANTILE: Final = HOWS.index("quantile")
_SHARE: Final = HOWS.index("share")
_RESIDENT: Final = PERS.index("resident")
_M2: Final = PERS.index("m2")
_LONGEST: Final = 2**63 - 1
_MILLI: Final = 1_000
_FULL_SCORE: Final = 100 * _MILLI


class Speaking(NamedTuple):
    """How many sensors there are, speak, and are in a state: ``[property or state, area]``."""

    registered: NDArray[np.int32]
    speaking: NDArray[np.int32]
    in_state: NDArray[np.int32]


class Sizes(NamedTuple):
    """What is known of every area: residents and square metres; 0 is not known."""

    residents: Longs
    area_m2: Longs


class Values(NamedTuple):
    """What the signs say, by block and area; columns of one length."""

    value: Longs
    coverage_ppm: Handles
    number: Longs
    """How many values (or weights) it is made of; for shares how many sensors speak."""
    rank_error_ppm: Handles
    """For quantiles: the share of values in the bin that was named; the rank is at most so wrong.
    """


def values_of(size: int) -> Values:
    """Return room for so many values, all unknown."""
    return Values(
        np.full(size, UNKNOWN, np.int64),
        np.zeros(size, np.int32),
        np.zeros(size, np.int64),
        np.zeros(size, np.int32),
    )


def gauge(layout: Layout, held: Held, speaking: Speaking, sizes: Sizes, into: Values) -> None:
    """Write what every sign says now into ``into``, composites last."""
    _gauge(layout.blocks, layout.planes, layout.windows, held, speaking, sizes, into)
    _compose(layout, into)


def _compose(layout: Layout, into: Values) -> None:
    blocks = layout.blocks
    for place in np.flatnonzero(blocks.how < 0):
        composite = layout.composites[int(blocks.sign[place]) - layout.sensor_signs]
        here = slice(int(blocks.start[place]), int(blocks.start[place] + blocks.areas[place]))
        size = int(blocks.areas[place])
        covered = np.full(size, MICRO, np.int64)
        parts: list[tuple[Part, Longs | None]] = []
        for part_name, part in composite.parts.items():
            block = layout.block_of(part_name, int(blocks.rank[place]))
            if block is None:
                parts.append((part, None))
                continue
            start = int(blocks.start[block])
            parts.append((part, into.value[start : start + size]))
            covered = np.minimum(covered, into.coverage_ppm[start : start + size])
        into.value[here], into.number[here] = scored(parts, size, composite.min_known)
        into.coverage_ppm[here] = covered


def scored(
    parts: Sequence[tuple[Part, Longs | None]], size: int, min_known: float
) -> tuple[Longs, Longs]:
    """Return the index that ``size`` values of each part come to, and the weight that is known.

    A part without values is unknown everywhere. The index is in millionths of a hundredth, the
    weight in thousandths.
    """
    score, weight = np.zeros(size, np.int64), np.zeros(size, np.int64)
    total = 0
    for part, value in parts:
        part_weight = round(part.weight * _MILLI)
        total += part_weight
        if value is None:
            continue
        known = value != UNKNOWN
        bad, good = micro(part.bad), micro(part.good)
        between = np.clip(value, min(bad, good), max(bad, good)) - bad
        scaled = between * _FULL_SCORE // (good - bad)
        score += np.where(known, scaled * part_weight, 0)
        weight += np.where(known, part_weight, 0)
    enough = (weight > 0) & (weight * MICRO >= micro(min_known) * total)
    value = np.where(enough, score * _MILLI // np.maximum(weight, 1), UNKNOWN)
    return value.astype(np.int64), weight


# --- compiled ---------------------------------------------------------------------------------
# Block by block with slices of the columns: what is the same for a whole block is looked up once.


@compiled
def _gauge(
    blocks: Blocks,
    planes: Planes,
    windows: Windows,
    held: Held,
    speaking: Speaking,
    sizes: Sizes,
    into: Values,
) -> None:
    for block in range(len(blocks.sign)):
        how, kind = blocks.how[block], blocks.property[block]
        if how < 0:
            continue
        areas = slice(blocks.first[block], blocks.first[block] + blocks.areas[block])
        here = slice(blocks.start[block], blocks.start[block] + blocks.areas[block])
        value, count, error = into.value[here], into.number[here], into.rank_error_ppm[here]
        speak, covered = speaking.speaking[kind, areas], into.coverage_ppm[here]
        _cover(speaking.registered[kind, areas], speak, covered)
        if how == _SHARE:
            _share(speaking.in_state[blocks.share[block], areas], speak, value, count)
        else:
            _windowed(blocks, block, planes, windows, held, speak, value, count, error)
        if blocks.least_ppm[block]:
            _leave_out(value, covered, blocks.least_ppm[block])
        if blocks.per[block] == _RESIDENT:
            _divide(value, sizes.residents[areas])
        elif blocks.per[block] == _M2:
            _divide(value, sizes.area_m2[areas])


@compiled
def _cover(there: Handles, speak: Handles, covered: Handles) -> None:
    for place in range(len(there)):
        if speak[place] == there[place]:
            covered[place] = MICRO if there[place] else 0
        else:
            covered[place] = speak[place] * MICRO // there[place] if there[place] else 0


@compiled
def _share(in_state: Handles, speak: Handles, value: Longs, count: Longs) -> None:
    for place in range(len(speak)):
        count[place] = speak[place]
        value[place] = in_state[place] * MICRO // speak[place] if speak[place] else UNKNOWN


@compiled
def _leave_out(value: Longs, has: Handles, least: int) -> None:
    """Where there is less than the least, nothing is known."""
    for place in range(len(value)):
        if has[place] < least:
            value[place] = UNKNOWN


@compiled
def _divide(value: Longs, sizes: Longs) -> None:
    for place in range(len(value)):
        if value[place] != UNKNOWN:
            value[place] = value[place] // sizes[place] if sizes[place] else UNKNOWN


@compiled
def _windowed(
    blocks: Blocks,
    block: int,
    planes: Planes,
    windows: Windows,
    held: Held,
    speak: Handles,
    value: Longs,
    count: Longs,
    error: Handles,
) -> None:
    """Say what a window says in the areas of one block."""
    how, window, first = blocks.how[block], blocks.window[block], blocks.first[block]
    size = blocks.areas[block]
    plane = windows.plane[window]
    bins, cells = planes.bins[plane], planes.cells[plane]
    pane = held.running[plane] - (1 if blocks.tumbling[block] else 0)
    slot = pane % planes.slots[plane]
    open_at = planes.base[plane] + slot * cells + first
    running = held.cells[open_at : open_at + size]
    if held.pane_of[plane, slot] != pane:
        running = held.cells[:0]
    closed_at = windows.base[window] + first
    closed = held.closed[closed_at : closed_at + size]
    if windows.panes[window] == 1:
        closed = held.closed[:0]
    most = max(abs(planes.low[plane]), abs(planes.high[plane]), 1)
    if how == _QUANTILE:
        start = planes.bin_base[plane] + (slot * cells + first) * bins
        shut = windows.bin_base[window] + first * bins
        _quantiles(
            held.bins[start : start + len(running) * bins],
            held.closed_bins[shut : shut + len(closed) * bins],
            bins,
            blocks.scale[block],
            planes.low[plane],
            planes.high[plane],
            value,
            count,
            error,
        )
        _leave_out(value, speak, 1)
        return
    window_s = planes.pane_us[plane] * windows.panes[window] // MICRO
    if how == _RATE:
        most = most * (blocks.scale[block] // window_s + 1)
    zero_is_known = how in (_SUM, _COUNT, _RATE)
    for place in range(size):
        number, total, low, high = 0, 0, _LONGEST, -_LONGEST
        if len(closed):
            number, total = closed[place].count, closed[place].sum
            low, high = closed[place].low, closed[place].high
        if len(running):
            number, total = number + running[place].count, total + running[place].sum
            low, high = min(low, running[place].low), max(high, running[place].high)
        count[place] = number
        if not speak[place] or number > _LONGEST // most or not (number or zero_is_known):
            value[place] = UNKNOWN
        else:
            value[place] = _told(how, number, total, low, high, blocks.scale[block], window_s)


@inlined
def _told(how: int, count: int, total: int, low: int, high: int, rate_s: int, window_s: int) -> int:
    """Return what a window says of which something is known."""
    if how == _SUM:
        told = total
    elif how == _MEAN:
        told = total // count
    elif how == _MAX:
        told = high
    elif how == _MIN:
        told = low
    elif how == _COUNT:
        told = count * MICRO
    else:
        told = total // window_s * rate_s + total % window_s * rate_s // window_s
    return told


@compiled
def _quantiles(
    running: Handles,
    closed: Handles,
    bins: int,
    asked: int,
    low: int,
    high: int,
    value: Longs,
    count: Longs,
    error: Handles,
) -> None:
    """Say the middle of the bin with the rank that was asked for, and its share in ppm."""
    seen = np.zeros(bins, np.int64)
    whole, rest = (high - low) // (2 * bins), (high - low) % (2 * bins)
    for place in range(len(value)):
        seen[:] = 0
        if len(running):
            seen += running[place * bins : (place + 1) * bins]
        if len(closed):
            seen += closed[place * bins : (place + 1) * bins]
        total = seen.sum()
        count[place], value[place], error[place] = total, UNKNOWN, 0
        wanted = (total * asked + MICRO - 1) // MICRO
        reached = 0
        for one in range(bins):
            reached += seen[one]
            if seen[one] and reached >= wanted:
                value[place] = low + (2 * one + 1) * whole + (2 * one + 1) * rest // (2 * bins)
                error[place] = seen[one] * MICRO // total
                break
