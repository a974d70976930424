"""Areas by number: the tree as arrays, so that millions of rows find their way up without objects.

Numbers are given level by level from the city down, so a parent always has a smaller number than
its children.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from chengyun.kernel.areas import AreaLevel, AreaTree

RANK: Final = {level.value: rank for rank, level in enumerate(AreaLevel)}
"""The levels from the city (0) down."""

NOWHERE: Final = -1


class AreaIndex:
    """The areas of a city and its registered unit grids under dense numbers."""

    def __init__(self, tree: AreaTree, grids: Iterable[str] = ()) -> None:
        """A grid belongs to the area with the longest code that begins its own, or to the city."""
        listed = [(RANK[area.level.value], area.code, area.parent) for area in tree]
        known = {code for _, code, _ in listed}
        root = min(listed)[1] if listed else ""
        for code in grids:
            if code not in known:
                listed.append((RANK["unit_grid"], code, home_of(code, known) or root))
        listed.sort()
        self.codes: tuple[str, ...] = tuple(code for _, code, _ in listed)
        self.number: Mapping[str, int] = {code: place for place, code in enumerate(self.codes)}
        self.rank: NDArray[np.int8] = np.array([rank for rank, _, _ in listed], np.int8)
        parents = [self.number.get(parent, NOWHERE) for _, _, parent in listed]
        self.parent: NDArray[np.int32] = np.array(parents, np.int32)

    def __len__(self) -> int:
        return len(self.codes)

    def at_depth(self, rank: int) -> NDArray[np.int32]:
        """Return for each area the number of itself or of what stands above it, at most ``rank``.

        Numbers grow with the rank, so areas down to ``rank`` are the first ``count(rank)``.
        """
        above = np.arange(len(self.codes), dtype=np.int32)
        for _ in RANK:
            deeper = self.rank[above] > rank
            if not deeper.any():
                break
            above[deeper] = self.parent[above[deeper]]
        return above

    def count(self, rank: int) -> int:
        """Return how many areas stand at ``rank`` or above."""
        return int(np.searchsorted(self.rank, rank, side="right"))

    def level(self, rank: int) -> tuple[int, int]:
        """Return the first number of the areas of ``rank``, and the one after their last."""
        return self.count(rank - 1), self.count(rank)


def home_of(grid: str, known: Container[str]) -> str:
    """Return the area with the longest code that begins that of ``grid``; empty where none does."""
    lengths = range(len(grid) - 1, 0, -1)
    return next((grid[:length] for length in lengths if grid[:length] in known), "")
