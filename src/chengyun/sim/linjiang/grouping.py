"""Groups of places that lie near one another, and whole numbers shared by weight."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from chengyun.sim.linjiang.ground import Floats, Ints

_ROUNDS: Final = 25


def grouped(middles: Floats, banks: NDArray[np.int8], count: int, rng: np.random.Generator) -> Ints:
    """Return a group for every block, each on one bank; one group alone has both."""
    if count == 1:
        return np.zeros(len(middles), np.int32)
    sides = np.array([np.sum(banks > 0), np.sum(banks < 0)])
    shares = apportioned(sides.astype(np.float64), count)
    groups = np.zeros(len(middles), np.int32)
    first = 0
    for bank, many in zip((1, -1), shares, strict=True):
        ours = np.flatnonzero(banks == bank)
        if not len(ours):
            continue
        groups[ours] = first + nearest_middles(middles[ours], int(many), rng)
        first += int(many)
    return _by_distance(groups, middles)


def _by_distance(groups: Ints, middles: Floats) -> Ints:
    """Number groups from the middle of the city outwards."""
    count = int(groups.max()) + 1
    size = np.bincount(groups, minlength=count)
    far = np.hypot(
        np.bincount(groups, middles[:, 0]) / size, np.bincount(groups, middles[:, 1]) / size
    )
    rank = np.empty(count, np.int32)
    rank[np.argsort(far, kind="stable")] = np.arange(count, dtype=np.int32)
    return rank[groups]


def apportioned(weights: Floats, total: int) -> NDArray[np.int64]:
    """Share ``total`` by weight with the largest remainders, at least 1 where there is weight."""
    room = total - int(np.sum(weights > 0))
    exact = weights / weights.sum() * room
    shares = np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - shares), kind="stable")
    shares[order[: room - int(shares.sum())]] += 1
    whole: NDArray[np.int64] = shares + (weights > 0)
    return whole


def nearest_middles(points: Floats, count: int, rng: np.random.Generator) -> Ints:
    """Group points around ``count`` middles by Lloyd's algorithm; no group is empty.

    Middles begin as far apart as can be (Gonzalez 1985), from a point drawn at random.
    """
    middles = points[rng.integers(len(points))][None, :]
    for _ in range(count - 1):
        away = np.min(_squares(points, middles), axis=1)
        middles = np.vstack((middles, points[int(np.argmax(away))]))
    groups = np.zeros(len(points), np.int64)
    for _ in range(_ROUNDS):
        groups = np.argmin(_squares(points, middles), axis=1)
        size = np.bincount(groups, minlength=count)
        if not size.all():
            break
        middles = np.stack(
            [np.bincount(groups, points[:, axis], count) / size for axis in (0, 1)], axis=1
        )
    return _filled(groups, points, middles).astype(np.int32)


def _filled(groups: NDArray[np.int64], points: Floats, middles: Floats) -> NDArray[np.int64]:
    """Give every empty group the point nearest to its middle, from a group that can spare it."""
    for empty in np.flatnonzero(np.bincount(groups, minlength=len(middles)) == 0):
        spare = np.bincount(groups, minlength=len(middles))[groups] > 1
        away = np.where(spare, np.sum(np.square(points - middles[empty]), axis=1), np.inf)
        groups[int(np.argmin(away))] = empty
    return groups


def _squares(points: Floats, middles: Floats) -> Floats:
    squares: Floats = np.sum(np.square(points[:, None, :] - middles[None, :, :]), axis=2)
    return squares
