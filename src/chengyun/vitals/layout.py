"""How the sensor signs of a pack lie in memory: compiled once a version, asked every second.

A *plane* holds, for one property, what was measured in the areas down to a depth, pane by pane.
Signs that differ only in how they read a plane share it. A *block* is one sign at one level: so
many values one after another, an area each. A *window* is so many panes of a plane together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chengyun.facts.columns import Handles, Longs
from chengyun.facts.registers import PropertyEntry
from chengyun.kernel.area_index import RANK, AreaIndex
from chengyun.kernel.instants import SECOND_US
from chengyun.kernel.limits import MAX_AHEAD_S
from chengyun.vitals.policy import Composite, SensorSign, SensorSigns

MICRO: Final = 1_000_000
HOWS: Final = ("sum", "mean", "max", "min", "count", "rate", "quantile", "share")
PERS: Final = ("", "resident", "m2")
UNKNOWN: Final = -(2**63)
"""The value of an area of which nothing is known; never a number, never zero."""


class Planes(NamedTuple):
    """All planes, sorted by property; a column each."""

    property: Handles
    depth: Handles
    """The rank of the finest level it holds."""
    pane_us: Longs
    slots: Longs
    """How many panes are kept: the longest window, what may come late, and what is ahead."""
    cells: Longs
    """How many areas it has."""
    base: Longs
    """Where its first cell stands; its panes follow one another."""
    weighted: NDArray[np.bool_]
    bins: Longs
    """Bins of its histograms; 0 where no sign asks for a quantile."""
    bin_base: Longs
    low: Longs
    high: Longs
    first_of: Longs
    """By property: its first plane; the one after its last is that of the next property."""


class Windows(NamedTuple):
    """All windows, sorted by plane; a column each."""

    plane: Handles
    panes: Longs
    extremes: NDArray[np.bool_]
    """Whether a sign asks for its smallest or largest value."""
    base: Longs
    """Where its cells stand among those of all windows."""
    bin_base: Longs
    first_of: Longs
    """By plane: its first window."""


class Blocks(NamedTuple):
    """All blocks, a column each."""

    sign: Handles
    """The number of the sign, sensor signs first, then composites."""
    window: Handles
    """-1 for shares and composites."""
    how: Handles
    property: Handles
    share: Handles
    """For shares: the number of the state; else -1."""
    rank: Handles
    first: Longs
    """The number of the first area."""
    areas: Longs
    """How many areas there are at its level."""
    start: Longs
    """Where its first value stands."""
    per: Handles
    scale: Longs
    """For quantiles the millionths asked for; for rates the seconds told for."""
    tumbling: NDArray[np.bool_]
    least_ppm: Longs


class States(NamedTuple):
    """The states that shares are asked of, sorted by property."""

    property: Handles
    at_least: Longs
    at_most: Longs
    first_of: Longs


class Layout(NamedTuple):
    """Everything about the sensor signs of a pack that does not change with what is measured."""

    names: tuple[str, ...]
    """Every sign by number."""
    properties: tuple[str, ...]
    planes: Planes
    windows: Windows
    blocks: Blocks
    states: States
    composites: tuple[Composite, ...]
    above: NDArray[np.int32]
    """``[rank, area]``: the area itself, or the one above it at that rank or higher."""

    @property
    def values(self) -> int:
        """How many values there are in all blocks."""
        return int(self.blocks.start[-1] + self.blocks.areas[-1]) if len(self.blocks.start) else 0

    @property
    def sensor_signs(self) -> int:
        """How many of the signs are made from sensors; composites come after them."""
        return len(self.names) - len(self.composites)

    def window_s(self, block: int) -> int:
        """Return how long the window of a block is; 0 for what has none."""
        window = int(self.blocks.window[block])
        if window < 0:
            return 0
        pane_us = int(self.planes.pane_us[self.windows.plane[window]])
        return pane_us * int(self.windows.panes[window]) // SECOND_US

    def block_of(self, sign: str, rank: int) -> int | None:
        """Return the number of the block of a sign at a level, None where it has none."""
        number = self.names.index(sign) if sign in self.names else -1
        found = np.flatnonzero((self.blocks.sign == number) & (self.blocks.rank == rank))
        return int(found[0]) if len(found) else None


class _Plane(NamedTuple):
    property: int
    pane_us: int
    weighted: bool
    bins: int


class _Reader(NamedTuple):
    sign: int
    policy: SensorSign
    key: _Plane
    panes: int


def layout_of(
    signs: SensorSigns, properties: Mapping[str, PropertyEntry], areas: AreaIndex
) -> Layout:
    """Compile the sensor signs of a pack; the pack is checked already."""
    codes = tuple(sorted(properties))
    names = (*sorted(signs.signs), *sorted(signs.composites))
    readers = [
        _reader(number, signs.signs[name], codes)
        for number, name in enumerate(names)
        if name in signs.signs
    ]
    windowed = [one for one in readers if one.policy.how != "share"]
    planes, keys = _planes(windowed, [properties[code] for code in codes], areas)
    windows, places = _windows(windowed, planes, keys)
    states, shares = _states(readers, len(codes))
    blocks = _blocks(readers, places, shares, signs, names, areas)
    above = np.stack([areas.at_depth(rank) for rank in range(len(RANK))])
    composites = tuple(signs.composites[name] for name in sorted(signs.composites))
    return Layout(names, codes, planes, windows, blocks, states, composites, above)


def _reader(number: int, sign: SensorSign, codes: tuple[str, ...]) -> _Reader:
    key = _Plane(
        codes.index(sign.property),
        sign.pane_s * SECOND_US,
        sign.weighted and sign.how == "mean",
        sign.bins if sign.how == "quantile" else 0,
    )
    return _Reader(number, sign, key, sign.window_s // sign.pane_s)


def micro(value: float) -> int:
    """Return a value of a pack in millionths."""
    return round(value * MICRO)


def _planes(
    readers: list[_Reader], entries: list[PropertyEntry], areas: AreaIndex
) -> tuple[Planes, list[_Plane]]:
    keys = sorted({one.key for one in readers})
    columns: list[list[int]] = [[] for _ in range(8)]
    base = bin_base = 0
    for key in keys:
        mine = [one for one in readers if one.key == key]
        depth = max(RANK[level] for one in mine for level in one.policy.levels)
        entry = entries[key.property]
        late = -(-entry.lateness_s * SECOND_US // key.pane_us)
        ahead = -(-MAX_AHEAD_S * SECOND_US // key.pane_us)
        slots = max(one.panes + one.policy.tumbling for one in mine) + late + ahead + 1
        cells = areas.count(depth)
        row = (depth, slots, cells, base, bin_base, micro(entry.low), micro(entry.high), key.bins)
        for column, value in zip(columns, row, strict=True):
            column.append(value)
        base += slots * cells
        bin_base += slots * cells * key.bins
    depth_, slots_, cells_, base_, bins_at, low, high, bins = (
        np.array(c, np.int64) for c in columns
    )
    owner = np.array([key.property for key in keys], np.int32)
    planes = Planes(
        property=owner,
        depth=depth_.astype(np.int32),
        pane_us=np.array([key.pane_us for key in keys], np.int64),
        slots=slots_,
        cells=cells_,
        base=base_,
        weighted=np.array([key.weighted for key in keys], np.bool_),
        bins=bins,
        bin_base=bins_at,
        low=low,
        high=high,
        first_of=np.searchsorted(owner, np.arange(len(entries) + 1)).astype(np.int64),
    )
    return planes, keys


def _windows(
    readers: list[_Reader], planes: Planes, keys: list[_Plane]
) -> tuple[Windows, dict[tuple[_Plane, int], int]]:
    wanted = sorted({(keys.index(one.key), one.panes) for one in readers})
    extreme = {
        (keys.index(one.key), one.panes) for one in readers if one.policy.how in ("min", "max")
    }
    plane = np.array([number for number, _ in wanted], np.int32)
    cells, bins = planes.cells[plane], planes.bins[plane]
    windows = Windows(
        plane=plane,
        panes=np.array([panes for _, panes in wanted], np.int64),
        extremes=np.array([one in extreme for one in wanted], np.bool_),
        base=_starts(cells),
        bin_base=_starts(cells * bins),
        first_of=np.searchsorted(plane, np.arange(len(keys) + 1)).astype(np.int64),
    )
    places = {(keys[number], panes): at for at, (number, panes) in enumerate(wanted)}
    return windows, places


def _starts(counts: Longs) -> Longs:
    return np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64) if len(counts) else counts


def _states(readers: Iterable[_Reader], properties: int) -> tuple[States, dict[int, int]]:
    asked = sorted(
        (
            (one.key.property, one.sign, one.policy.state)
            for one in readers
            if one.policy.how == "share" and one.policy.state is not None
        ),
        key=lambda state: state[:2],
    )
    owner = np.array([number for number, _, _ in asked], np.int32)
    states = States(
        property=owner,
        at_least=np.array([micro(state.at_least) for _, _, state in asked], np.int64),
        at_most=np.array([micro(state.at_most) for _, _, state in asked], np.int64),
        first_of=np.searchsorted(owner, np.arange(properties + 1)).astype(np.int64),
    )
    return states, {sign: place for place, (_, sign, _) in enumerate(asked)}


def _blocks(
    readers: list[_Reader],
    places: Mapping[tuple[_Plane, int], int],
    shares: Mapping[int, int],
    signs: SensorSigns,
    names: tuple[str, ...],
    areas: AreaIndex,
) -> Blocks:
    rows: list[tuple[int, ...]] = []
    for sign, policy, key, panes in readers:
        scale = {"quantile": micro(policy.quantile), "rate": policy.rate_s}.get(policy.how, 0)
        for rank in sorted(RANK[level] for level in policy.levels):
            rows.append(
                (
                    sign,
                    places.get((key, panes), -1) if policy.how != "share" else -1,
                    HOWS.index(policy.how),
                    key.property,
                    shares.get(sign, -1),
                    rank,
                    PERS.index(policy.per),
                    scale,
                    policy.tumbling,
                    micro(policy.min_coverage),
                )
            )
    for name, composite in sorted(signs.composites.items()):
        for rank in sorted(RANK[level] for level in composite.levels):
            rows.append((names.index(name), -1, -1, -1, -1, rank, 0, 0, False, 0))
    columns = [np.array(column) for column in zip(*rows, strict=True)] or [np.zeros(0)] * 10
    sign_, window, how, owner, share, rank_, per, scale_, tumbling, least = columns
    spans = [areas.level(int(rank)) for rank in rank_]
    areas_ = np.array([end - first for first, end in spans], np.int64)
    return Blocks(
        sign=sign_.astype(np.int32),
        window=window.astype(np.int32),
        how=how.astype(np.int32),
        property=owner.astype(np.int32),
        share=share.astype(np.int32),
        rank=rank_.astype(np.int32),
        first=np.array([first for first, _ in spans], np.int64),
        areas=areas_,
        start=_starts(areas_),
        per=per.astype(np.int32),
        scale=scale_.astype(np.int64),
        tumbling=tumbling.astype(np.bool_),
        least_ppm=least.astype(np.int64),
    )
