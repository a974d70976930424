"""Late data and warnings: what a warning rose by is judged again when its panes changed.

A warning stands on the windows that ended with the panes in which it reached its levels. While
late values may still enter one of them they are computed anew from their panes; if none reaches the
level any more, and what is measured now does not either, the warning is revised to the highest that
is still reached, or retracted, by a fact of its own. Shares tell of a moment and composites of
several signs: they are not judged again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chengyun.facts.columns import Handles, Longs
from chengyun.kernel.instants import SECOND_US
from chengyun.kernel.limits import MAX_AHEAD_S
from chengyun.vitals.gauging import Sizes, Values
from chengyun.vitals.layout import HOWS, MICRO, UNKNOWN, Layout
from chengyun.vitals.panes import Panes
from chengyun.warn.levels import Crossed, Crossings, Standing, Thresholds, level_reached
from chengyun.warn.rules import LEVELS

_JUDGED_AGAIN: Final = tuple(
    HOWS.index(how) for how in ("sum", "mean", "max", "min", "count", "rate", "quantile")
)
_ZERO_IS_KNOWN: Final = ("sum", "count", "rate")
_LONGEST: Final = 2**63 - 1


class Revision(NamedTuple):
    """A warning at a place that late data took down to ``level`` (0: altogether)."""

    place: int
    before: int
    level: int
    value: int


class Triggers:
    """The pane in which each standing warning reached each of its levels."""

    def __init__(self, layout: Layout, parent: Handles, sizes: Sizes) -> None:
        self._layout = layout
        self._parent = parent
        self._sizes = (None, sizes.residents, sizes.area_m2)
        self.pane: Longs = np.zeros((layout.values, len(LEVELS) - 1), np.int64)
        """``[place, level - 1]``; says something up to the level that stands."""
        windowed = np.isin(layout.blocks.how, _JUDGED_AGAIN)
        planes = np.full(len(windowed), -1)
        planes[windowed] = layout.windows.plane[layout.blocks.window[windowed]]
        self._blocks_of = {
            plane: np.flatnonzero(windowed & (planes == plane))
            for plane in range(len(layout.planes.base))
        }

    def note(self, crossings: Crossings, running: Longs) -> None:
        """Remember in which pane each warning reached which levels."""
        layout = self._layout
        up = np.flatnonzero(crossings.kind <= Crossed.CHANGED)
        places = crossings.place[up]
        blocks = np.searchsorted(layout.blocks.start, places, side="right") - 1
        known = layout.blocks.window[blocks] >= 0
        up, places, blocks = up[known], places[known], blocks[known]
        panes = running[layout.windows.plane[layout.blocks.window[blocks]]]
        panes = panes - layout.blocks.tumbling[blocks]
        self.pane[places[crossings.kind[up] == Crossed.RAISED]] = 0
        for level in range(1, len(LEVELS)):
            reached = (crossings.before[up] < level) & (level <= crossings.level[up])
            self.pane[places[reached], level - 1] = panes[reached]

    def revised(
        self,
        touched: NDArray[np.int64],
        panes: Panes,
        values: Values,
        standing: Standing,
        thresholds: Thresholds,
    ) -> list[Revision]:
        """Judge again what late values touched, move ``standing`` on, and return what changed.

        A warning stands as high as any of the windows by which it rose still reaches, or what is
        measured now.
        """
        found = []
        for place, block in sorted(set(self._candidates(touched, standing))):
            before, up = int(standing.level[place]), thresholds.up[block]
            rose = self.pane[place, :before].tolist()
            said = [
                self._value(place, block, pane, panes)
                for pane in sorted(set(rose))
                if self._is_open(pane, block, panes)
            ]
            value = max(said)
            # What no value may enter any more stands as it was judged.
            past = max(
                (n for n, pane in enumerate(rose, 1) if not self._is_open(pane, block, panes)),
                default=0,
            )
            level = max(past, int(level_reached(up, max(value, int(values.value[place])))))
            if level < before:
                standing.level[place] = level
                if not level:
                    standing.below_since[place] = 0
                found.append(Revision(place, before, level, value))
        return found

    def _candidates(
        self, touched: NDArray[np.int64], standing: Standing
    ) -> Iterator[tuple[int, int]]:
        blocks, windows = self._layout.blocks, self._layout.windows
        for plane, pane, leaf in touched.tolist():
            area = leaf
            while area >= 0:
                for block in self._blocks_of[plane].tolist():
                    step = area - int(blocks.first[block])
                    if not 0 <= step < blocks.areas[block]:
                        continue
                    place = int(blocks.start[block]) + step
                    count = int(windows.panes[blocks.window[block]])
                    rose = self.pane[place, : standing.level[place]]
                    if ((rose - count < pane) & (pane <= rose)).any():
                        yield place, block
                area = int(self._parent[area])

    def _is_open(self, last: int, block: int, panes: Panes) -> bool:
        """Tell whether the window that ends with pane ``last`` is still there as a whole."""
        planes, window = self._layout.planes, self._layout.blocks.window[block]
        plane = self._layout.windows.plane[window]
        first = last - int(self._layout.windows.panes[window]) + 1
        ahead = -(-MAX_AHEAD_S * SECOND_US // int(planes.pane_us[plane]))
        return first > int(panes.held.running[plane]) + ahead - int(planes.slots[plane])

    def _value(self, place: int, block: int, last: int, panes: Panes) -> int:
        """Return what the window that ends with pane ``last`` says with all known by now."""
        blocks = self._layout.blocks
        area = int(blocks.first[block]) + place - int(blocks.start[block])
        window, how = int(blocks.window[block]), HOWS[int(blocks.how[block])]
        if how == "quantile":
            value = self._quantile(panes.histogram(window, area, last), block)
        else:
            value = self._said(how, block, panes.window(window, area, last))
        sizes = self._sizes[blocks.per[block]]
        if sizes is None or value == UNKNOWN:
            return value
        return value // int(sizes[area]) if sizes[area] else UNKNOWN

    def _said(self, how: str, block: int, window: tuple[int, int, int, int]) -> int:
        count, total, low, high = window
        if not count:
            return 0 if how in _ZERO_IS_KNOWN else UNKNOWN
        value = {
            "sum": total,
            "mean": total // count,
            "max": high,
            "min": low,
            "count": count * MICRO,
            "rate": total
            * int(self._layout.blocks.scale[block])
            // max(1, self._layout.window_s(block)),
        }[how]
        return value if abs(value) <= _LONGEST else UNKNOWN

    def _quantile(self, seen: Longs, block: int) -> int:
        """Return the middle of the bin with the rank asked for, as ``vitals.gauging`` does."""
        planes = self._layout.planes
        plane = self._layout.windows.plane[self._layout.blocks.window[block]]
        total = int(seen.sum())
        if not total:
            return UNKNOWN
        wanted = (total * int(self._layout.blocks.scale[block]) + MICRO - 1) // MICRO
        reached = int(np.flatnonzero((np.cumsum(seen) >= wanted) & (seen > 0))[0])
        low, high, bins = int(planes.low[plane]), int(planes.high[plane]), int(planes.bins[plane])
        return low + (2 * reached + 1) * (high - low) // (2 * bins)
