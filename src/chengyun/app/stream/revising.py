"""Late data and warnings: what a warning was raised by is judged again when its pane changed.

A warning stands on the window that ended with the pane in which it crossed. While late values may
still enter that window it is computed anew from its panes; if it no longer reaches the level, and
what is measured now does not either, the warning is revised or retracted by a fact of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chengyun.facts.columns import Handles, Longs
from chengyun.vitals.gauging import Values
from chengyun.vitals.layout import HOWS, MICRO, Layout
from chengyun.vitals.panes import Panes
from chengyun.warn.levels import Crossed, Crossings, Standing, Thresholds, level_reached

_JUDGED_AGAIN: Final = tuple(
    HOWS.index(how) for how in ("sum", "mean", "max", "min", "count", "rate")
)


class Revision(NamedTuple):
    """A warning at a place that late data took down to ``level`` (0: altogether)."""

    place: int
    before: int
    level: int
    value: int


class Triggers:
    """The pane in which each standing warning last crossed upward; 0 for none."""

    def __init__(self, layout: Layout, parent: Handles) -> None:
        self._layout = layout
        self._parent = parent
        self.pane: Longs = np.zeros(layout.values, np.int64)
        windowed = np.isin(layout.blocks.how, _JUDGED_AGAIN) & (layout.blocks.per == 0)
        planes = np.full(len(windowed), -1)
        planes[windowed] = layout.windows.plane[layout.blocks.window[windowed]]
        self._blocks_of = {
            plane: np.flatnonzero(windowed & (planes == plane))
            for plane in range(len(layout.planes.base))
        }

    def note(self, crossings: Crossings, running: Longs) -> None:
        """Remember in which pane each warning crossed upward."""
        layout = self._layout
        up = np.flatnonzero(crossings.kind <= Crossed.CHANGED)
        places = crossings.place[up]
        blocks = np.searchsorted(layout.blocks.start, places, side="right") - 1
        windows = layout.blocks.window[blocks]
        known = windows >= 0
        planes = layout.windows.plane[windows[known]]
        tumbling = layout.blocks.tumbling[blocks[known]]
        self.pane[places[known]] = running[planes] - tumbling

    def revised(
        self,
        touched: NDArray[np.int64],
        panes: Panes,
        values: Values,
        standing: Standing,
        thresholds: Thresholds,
    ) -> list[Revision]:
        """Judge again what late values touched, move ``standing`` on, and return what changed."""
        found = []
        for place, block in sorted(set(self._candidates(touched, standing))):
            before = int(standing.level[place])
            now = int(level_reached(thresholds.up[block], values.value[place]))
            value = self._value(place, block, panes)
            level = max(now, int(level_reached(thresholds.up[block], value)))
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
                    last = int(self.pane[place])
                    panes = int(windows.panes[blocks.window[block]])
                    if standing.level[place] and last - panes < pane <= last:
                        yield place, block
                area = int(self._parent[area])

    def _value(self, place: int, block: int, panes: Panes) -> int:
        """Return what the window of a warning says with all that is known by now."""
        blocks, windows = self._layout.blocks, self._layout.windows
        area = int(blocks.first[block]) + place - int(blocks.start[block])
        window = int(blocks.window[block])
        count, total, low, high = panes.window(window, area, int(self.pane[place]))
        if not count:
            return 0
        plane = windows.plane[window]
        window_s = int(self._layout.planes.pane_us[plane] * windows.panes[window]) // MICRO
        return {
            "sum": total,
            "mean": total // count,
            "max": high,
            "min": low,
            "count": count * MICRO,
            "rate": total * int(blocks.scale[block]) // window_s,
        }[HOWS[int(blocks.how[block])]]
