"""Counts that go out to everybody: small ones are not told, nor what would give them away.

A count from 1 to k-1 tells of few people (k-anonymity) and is left out. That is not enough where
totals are told: the sum of a row less its other cells is the cell that was left out. So for every
small cell three more are left out, which make a rectangle with it (complementary suppression, Cox
1980). Adding t at two corners and taking it away at the others changes no total that is told;
where t can take at least k values, so can the cell, for all that anybody can reckon. Totals are
cells like others: where no rectangle inside the table protects, one through the totals always does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from chengyun.learn.views import Figures

MEASURES: Final = ("reports", "closed")
"""What is told. Neither is a sum or a part of the other within a period, so that one does not give
away what was left out of the other."""

Counts = NDArray[np.float64]


class Protected(msgspec.Struct, frozen=True, kw_only=True):
    """A table of counts by area and type with its totals; ``None`` is left out."""

    cells: dict[str, dict[str, int | None]]
    """By area and type; a cell that is not there counts nothing."""
    areas: dict[str, int | None]
    types: dict[str, int | None]
    total: int | None


class PublicFigures(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of a finished period."""

    period: int
    k: int
    level: str
    reports: Protected
    closed: Protected


def published(
    figures: Iterable[Figures], area_of: Mapping[str, str], *, period: int, k: int, level: str
) -> PublicFigures:
    """Return what may be told of a finished period; ``area_of`` lifts an area to ``level``.

    A period is told once, at one level and with one k: two tables of the same people that are
    cut differently would give away what each of them leaves out.
    """
    sums: dict[str, dict[tuple[str, str], int]] = {measure: {} for measure in MEASURES}
    for row in figures:
        place = (area_of.get(row.area, row.area), row.type)
        for measure, counted in sums.items():
            counted[place] = counted.get(place, 0) + getattr(row, measure)
    reports, closed = (protect(sums[measure], k=k) for measure in MEASURES)
    return PublicFigures(period=period, k=k, level=level, reports=reports, closed=closed)


def protect(counted: Mapping[tuple[str, str], int], *, k: int) -> Protected:
    """Return counts by area and type with every small one protected; counts are never negative."""
    areas = sorted({area for (area, _), count in counted.items() if count})
    types = sorted({kind for (_, kind), count in counted.items() if count})
    counts = np.zeros((len(areas) + 1, len(types) + 1))
    for (area, kind), count in counted.items():
        if count:
            counts[areas.index(area), types.index(kind)] = count
    counts[-1, :] = counts.sum(axis=0)
    counts[:, -1] = counts.sum(axis=1)
    hidden = suppressed(counts, k)
    return _told(counts, hidden, areas, types)


def suppressed(counts: Counts, k: int) -> NDArray[np.bool_]:
    """Return which cells are left out; the last row and column of ``counts`` are the totals."""
    small = (counts > 0) & (counts < k)
    hidden = small.copy()
    room = counts - 1.0
    room[-1, :] = room[:, -1] = np.inf  # a total goes down with what it is the sum of
    for row, column in np.argwhere(small):
        _hide_rectangle(counts, hidden, room, (int(row), int(column)), k)
    return hidden


def _hide_rectangle(
    counts: Counts, hidden: NDArray[np.bool_], room: Counts, small: tuple[int, int], k: int
) -> None:
    """Leave out the cheapest rectangle at a small cell that lets it take at least k values.

    Corners of one row keep its sum if they move against each other, and a total moves along with
    its cells; whoever reckons knows that what is left out is at least 1.
    """
    row, column = small
    rows, columns = counts.shape
    along = np.where((np.arange(columns) == columns - 1) | (column == columns - 1), 1, -1)
    down = np.where((np.arange(rows) == rows - 1) | (row == rows - 1), 1, -1)[:, None]
    corners = (
        (np.broadcast_to(along, counts.shape), np.broadcast_to(room[row], counts.shape)),
        (np.broadcast_to(down, counts.shape), np.broadcast_to(room[:, [column]], counts.shape)),
        (along * down, room),
    )
    up = np.minimum.reduce([np.where(sign < 0, left, np.inf) for sign, left in corners])
    back = np.minimum.reduce([np.where(sign > 0, left, np.inf) for sign, left in corners])
    values = up + np.minimum(back, room[row, column]) + 1
    price = np.where(hidden, 0.0, counts)
    price = np.where(counts == 0, np.inf, price)  # nothing can be taken from what is told as 0
    cost = price[row][None, :] + price[:, column][:, None] + price
    cost[row, :] = cost[:, column] = np.inf
    cost[values < k] = np.inf
    other_row, other_column = np.unravel_index(int(np.argmin(cost)), cost.shape)
    hidden[row, other_column] = hidden[other_row, column] = True
    hidden[other_row, other_column] = True


def _told(
    counts: Counts, hidden: NDArray[np.bool_], areas: Sequence[str], types: Sequence[str]
) -> Protected:
    def cell(row: int, column: int) -> int | None:
        return None if hidden[row, column] else int(counts[row, column])

    return Protected(
        cells={
            area: {
                kind: cell(row, column)
                for column, kind in enumerate(types)
                if counts[row, column] > 0
            }
            for row, area in enumerate(areas)
        },
        areas={area: cell(row, -1) for row, area in enumerate(areas)},
        types={kind: cell(-1, column) for column, kind in enumerate(types)},
        total=cell(-1, -1),
    )
