"""What was measured, pane by pane and area by area: every value enters its area and all above it.

Count, sum, smallest and largest are whole numbers, so the order in which values come makes no
difference, and a late value changes its pane to what it would have been. ``closed`` holds for each
window the panes before the running one together; with the running pane that is the window.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chengyun.engine.compiled import compiled, inlined
from chengyun.facts.columns import Bytes, Handles, Longs, Verdict
from chengyun.vitals.layout import Layout, Planes, Windows

CELL: Final = np.dtype([("count", "<i8"), ("sum", "<i8"), ("low", "<i8"), ("high", "<i8")])
"""``count`` is the sum of weights where the plane is weighted, ``sum`` that of weight times value.
"""
_MOST: Final = 2**63 - 1
_LEAST: Final = -(2**63) + 1
_LATE: Final = int(Verdict.LATE)

MAX_TOUCHED: Final = 65_536
"""Most late values of one tick by which warnings are judged again."""


class Held(NamedTuple):
    """The numbers themselves; flat, found by the bases of planes and windows."""

    cells: NDArray[np.void]
    bins: Handles
    closed: NDArray[np.void]
    closed_bins: Handles
    pane_of: NDArray[np.int64]
    """``[plane, slot]``: which pane stands there, -1 for none."""
    running: Longs
    """By plane: the number of the running pane."""
    touched: NDArray[np.int64]
    """``[row] = plane, pane, area`` of late values since the last tick."""
    touched_count: Longs


class Panes:
    """The panes of all planes of a layout."""

    def __init__(self, layout: Layout, parent: Handles) -> None:
        self._layout = layout
        self._parent = parent
        planes, windows = layout.planes, layout.windows
        cells = int((planes.cells * planes.slots).sum())
        bins = int((planes.cells * planes.slots * planes.bins).sum())
        shut = planes.cells[windows.plane]
        most = int(planes.slots.max()) if len(planes.slots) else 0
        self.held = Held(
            cells=_empty(cells),
            bins=np.zeros(bins, np.int32),
            closed=_empty(int(shut.sum())),
            closed_bins=np.zeros(int((shut * planes.bins[windows.plane]).sum()), np.int32),
            pane_of=np.full((len(planes.slots), most), -1, np.int64),
            running=np.full(len(planes.slots), -1, np.int64),
            touched=np.zeros((MAX_TOUCHED, 3), np.int64),
            touched_count=np.zeros(1, np.int64),
        )

    def add(self, rows: Rows) -> None:
        """Enter all rows that are believed and not too late."""
        _add(self.held, self._layout.planes, self._layout.windows, self._layout.above,
             self._parent, rows)  # fmt: skip

    def advance(self, now: int) -> None:
        """Let the panes run that ``now`` lies in."""
        for plane, pane_us in enumerate(self._layout.planes.pane_us):
            pane = now // int(pane_us)
            if pane != self.held.running[plane]:
                _advance(self.held, self._layout.planes, self._layout.windows, plane, pane)

    def carry(self, old: Panes, before: int, plane: int, areas: tuple[Longs, Handles]) -> None:
        """Take the panes of a plane of ``old`` into an empty one; ``areas`` are old and new ones.

        Panes that have no room here are older than every window.
        """
        theirs, mine = old._layout.planes, self._layout.planes
        bins = int(mine.bins[plane])
        from_, to = areas
        kept = old.held.pane_of[before]
        for slot in np.argsort(kept, kind="stable").tolist():
            pane = int(kept[slot])
            if pane < 0:
                continue
            place = pane % int(mine.slots[plane])
            self.held.pane_of[plane, place] = pane
            first = int(theirs.base[before]) + slot * int(theirs.cells[before])
            base = int(mine.base[plane]) + place * int(mine.cells[plane])
            cells = self.held.cells[base : base + int(mine.cells[plane])]
            cells[:] = _empty(len(cells))
            cells[to] = old.held.cells[first + from_]
            if bins:
                start = int(theirs.bin_base[before]) + slot * int(theirs.cells[before]) * bins
                end = start + int(theirs.cells[before]) * bins
                counts = old.held.bins[start:end].reshape(-1, bins)
                start = int(mine.bin_base[plane]) + place * len(cells) * bins
                spread = self.held.bins[start : start + len(cells) * bins].reshape(-1, bins)
                spread[:] = 0
                spread[to] = counts[from_]
        if (running := int(old.held.running[before])) >= 0:
            _advance(self.held, mine, self._layout.windows, plane, running)

    @property
    def touched(self) -> NDArray[np.int64]:
        """Plane, pane and area of the late values since the last tick; a view."""
        return self.held.touched[: min(int(self.held.touched_count[0]), MAX_TOUCHED)]

    def put_back(self, touched: NDArray[np.int64]) -> None:
        """Take up the late values that were kept."""
        self.held.touched[: len(touched)] = touched
        self.held.touched_count[0] = len(touched)

    def take_touched(self) -> NDArray[np.int64]:
        """Return plane, pane and area of the late values since the last call, each once.

        With more than ``MAX_TOUCHED`` the last ones are missing; warnings stand on those.
        """
        touched = np.unique(self.touched, axis=0)
        self.held.touched_count[0] = 0
        return touched

    def window(self, number: int, area: int, last: int) -> tuple[int, int, int, int]:
        """Return count, sum, smallest and largest of the window that ends with the pane ``last``.

        As far as its panes are still there; counted anew from them.
        """
        plane = int(self._layout.windows.plane[number])
        base, cells = int(self._layout.planes.base[plane]), int(self._layout.planes.cells[plane])
        slots = self._slots(number, last)
        found = [self.held.cells[base + slot * cells + area] for slot in slots]
        if not found:
            return 0, 0, _MOST, _LEAST
        return (
            sum(int(cell["count"]) for cell in found),
            sum(int(cell["sum"]) for cell in found),
            min(int(cell["low"]) for cell in found),
            max(int(cell["high"]) for cell in found),
        )

    def histogram(self, number: int, area: int, last: int) -> Longs:
        """Return the bins of the window that ends with the pane ``last``, as ``window`` does."""
        plane, planes = int(self._layout.windows.plane[number]), self._layout.planes
        bins, cells = int(planes.bins[plane]), int(planes.cells[plane])
        seen = np.zeros(bins, np.int64)
        for slot in self._slots(number, last):
            start = int(planes.bin_base[plane]) + (slot * cells + area) * bins
            seen += self.held.bins[start : start + bins]
        return seen

    def _slots(self, number: int, last: int) -> list[int]:
        """Return where the panes of a window stand that are still there."""
        windows, planes = self._layout.windows, self._layout.planes
        plane = int(windows.plane[number])
        return [
            pane % int(planes.slots[plane])
            for pane in range(last - int(windows.panes[number]) + 1, last + 1)
            if self.held.pane_of[plane, pane % int(planes.slots[plane])] == pane
        ]


class Rows(NamedTuple):
    """The rows that vitals looks at; columns of one length."""

    property: Handles
    """-1 for what is not to be counted."""
    area: Handles
    at: Longs
    value: Longs
    weight: Longs
    verdict: Bytes


def _empty(size: int) -> NDArray[np.void]:
    cells = np.zeros(size, CELL)
    cells["low"], cells["high"] = _MOST, _LEAST
    return cells


# --- compiled ---------------------------------------------------------------------------------


@inlined
def _clear(held: Held, planes: Planes, plane: int, slot: int) -> None:
    cells, bins = planes.cells[plane], planes.bins[plane]
    first = planes.base[plane] + slot * cells
    for place in range(first, first + cells):
        cell = held.cells[place]
        cell.count, cell.sum, cell.low, cell.high = 0, 0, _MOST, _LEAST
    start = planes.bin_base[plane] + slot * cells * bins
    held.bins[start : start + cells * bins] = 0


@inlined
def _enter(cell: Any, weight: int, value: int) -> None:
    cell.count += weight
    cell.sum += weight * value
    cell.low = min(cell.low, value)
    cell.high = max(cell.high, value)


@inlined
def _bin(planes: Planes, plane: int, value: int) -> int:
    bins = planes.bins[plane]
    width = planes.high[plane] - planes.low[plane]
    return int(min(bins - 1, (value - planes.low[plane]) * bins // width))


@inlined
def _enter_up(
    held: Held,
    planes: Planes,
    windows: Windows,
    parent: Handles,
    plane: int,
    pane: int,
    area: int,
    weight: int,
    value: int,
) -> None:
    """Enter a value into its pane, and into the windows that hold the pane, up to the city."""
    slot = pane % planes.slots[plane]
    bins = planes.bins[plane]
    place = _bin(planes, plane, value) if bins else 0
    base = planes.base[plane] + slot * planes.cells[plane]
    bin_base = planes.bin_base[plane] + slot * planes.cells[plane] * bins
    running = held.running[plane]
    here = area
    while here >= 0:
        _enter(held.cells[base + here], weight, value)
        if bins:
            held.bins[bin_base + here * bins + place] += 1
        if pane < running:
            for window in range(windows.first_of[plane], windows.first_of[plane + 1]):
                if pane > running - windows.panes[window]:
                    _enter(held.closed[windows.base[window] + here], weight, value)
                    if bins:
                        held.closed_bins[windows.bin_base[window] + here * bins + place] += 1
        here = parent[here]


@compiled
def _add(
    held: Held,
    planes: Planes,
    windows: Windows,
    above: NDArray[np.int32],
    parent: Handles,
    rows: Rows,
) -> None:
    for row in range(len(rows.area)):
        kind = rows.property[row]
        if kind < 0:
            continue
        for plane in range(planes.first_of[kind], planes.first_of[kind + 1]):
            pane = rows.at[row] // planes.pane_us[plane]
            slot = pane % planes.slots[plane]
            if held.pane_of[plane, slot] != pane:
                if held.pane_of[plane, slot] > pane:
                    continue
                _clear(held, planes, plane, slot)
                held.pane_of[plane, slot] = pane
            area = above[planes.depth[plane], rows.area[row]]
            weight = rows.weight[row] if planes.weighted[plane] else 1
            _enter_up(held, planes, windows, parent, plane, pane, area, weight, rows.value[row])
            if pane < held.running[plane]:
                count = held.touched_count[0]
                if count < MAX_TOUCHED:
                    held.touched[count, 0] = plane
                    held.touched[count, 1] = pane
                    held.touched[count, 2] = area
                held.touched_count[0] = count + 1


@inlined
def _take(held: Held, planes: Planes, windows: Windows, window: int, pane: int, sign: int) -> None:
    """Add a pane to the closed part of a window, or with -1 take its counts and sums out."""
    plane = windows.plane[window]
    slot = pane % planes.slots[plane]
    if held.pane_of[plane, slot] != pane:
        return
    cells, bins = planes.cells[plane], planes.bins[plane]
    first = planes.base[plane] + slot * cells
    to = windows.base[window]
    for place in range(cells):
        cell, one = held.closed[to + place], held.cells[first + place]
        cell.count += sign * one.count
        cell.sum += sign * one.sum
        cell.low = min(cell.low, one.low)
        cell.high = max(cell.high, one.high)
    start = planes.bin_base[plane] + slot * cells * bins
    bins_to = windows.bin_base[window]
    for place in range(cells * bins):
        held.closed_bins[bins_to + place] += sign * held.bins[start + place]


@inlined
def _shut(held: Held, planes: Planes, windows: Windows, window: int) -> None:
    """Empty the closed part of a window."""
    cells = planes.cells[windows.plane[window]]
    for place in range(windows.base[window], windows.base[window] + cells):
        cell = held.closed[place]
        cell.count, cell.sum, cell.low, cell.high = 0, 0, _MOST, _LEAST
    bins = planes.bins[windows.plane[window]]
    start = windows.bin_base[window]
    held.closed_bins[start : start + cells * bins] = 0


@compiled
def _advance(held: Held, planes: Planes, windows: Windows, plane: int, pane: int) -> None:
    """Let ``pane`` run. A step of one changes counts and sums by two panes; else all are added."""
    before = held.running[plane]
    held.running[plane] = pane
    for window in range(windows.first_of[plane], windows.first_of[plane + 1]):
        panes = windows.panes[window]
        if panes == 1:
            continue
        if before >= 0 and pane == before + 1 and not windows.extremes[window]:
            _take(held, planes, windows, window, before, 1)
            _take(held, planes, windows, window, pane - panes, -1)
        else:
            _shut(held, planes, windows, window)
            for old in range(pane - panes + 1, pane):
                _take(held, planes, windows, window, old, 1)
