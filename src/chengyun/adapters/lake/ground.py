"""What a question needs of the registers, as arrays by number: areas, sizes, weights, silence."""

from __future__ import annotations

from typing import NamedTuple

import ibis  # type: ignore[import-untyped]
import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
from numpy.typing import NDArray

from chengyun.adapters.lake.exact import Table
from chengyun.kernel.area_index import NOWHERE, RANK, AreaIndex
from chengyun.kernel.errors import Rejected

_NONE = np.zeros(0, np.int64)


class Ground(NamedTuple):
    """The registers behind a question. Arrays by area follow ``areas``, others the handles."""

    areas: AreaIndex
    residents: NDArray[np.int64] = _NONE
    """How many live in each area; 0 is not known."""
    area_m2: NDArray[np.int64] = _NONE
    """The size of each area; 0 is not known."""
    weight: NDArray[np.int64] = _NONE
    """How much each sensor counts in a weighted mean."""
    silence_us: NDArray[np.int64] = _NONE
    """How old the last word of each sensor may be before it is unknown."""
    home: NDArray[np.int32] = np.zeros(0, np.int32)
    """The area of each sensor of the property in question; -1 for all others."""


class Place(NamedTuple):
    """Where a question looks: all areas of a level, or one area of it."""

    level: str
    area: int = NOWHERE


def upward(ground: Ground, place: Place) -> Table:
    """Return the table (area, up): which area of the question each area counts for."""
    low, high = ground.areas.level(RANK[place.level])
    above = ground.areas.at_depth(RANK[place.level])
    counts = (above >= low) & (above < high)
    if place.area != NOWHERE:
        if not low <= place.area < high:
            raise Rejected(
                "other_level",
                f"area {place.area} does not stand at level {place.level}",
                remedy="ask for an area with its own level",
                params={"area": str(place.area), "level": place.level},
            )
        counts = above == place.area
    below = np.flatnonzero(counts).astype(np.int32)
    return ibis.memtable(pa.table({"area": below, "up": above[below]}))


def asked(ground: Ground, place: Place) -> int:
    """Return how many areas can have an answer."""
    low, high = ground.areas.level(RANK[place.level])
    return 1 if place.area != NOWHERE else high - low


def by_area(values: NDArray[np.int64]) -> Table:
    """Return the table (up, size) of the areas whose size is known."""
    known = np.flatnonzero(values > 0)
    return ibis.memtable(pa.table({"up": known.astype(np.int32), "size": values[known]}))


def registered(ground: Ground, place: Place) -> Table:
    """Return the table (up, there): how many sensors each area of the question has, if any."""
    above = ground.areas.at_depth(RANK[place.level])
    counts = np.bincount(above[ground.home[ground.home >= 0]], minlength=len(above))
    known = np.flatnonzero(counts)
    return ibis.memtable(pa.table({"up": known.astype(np.int32), "there": counts[known]}))


def by_handle(values: NDArray[np.int64], name: str) -> Table:
    """Return the table (handle, ``name``)."""
    handles = np.arange(len(values), dtype=np.int32)
    return ibis.memtable(pa.table({"handle": handles, name: values}))
