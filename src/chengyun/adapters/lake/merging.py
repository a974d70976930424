"""Merging sorted rows from several places into one, a piece of each in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chengyun.adapters.lake.columns import Rows, joined, key_of
from chengyun.adapters.lake.runs import in_order
from chengyun.facts.columns import Longs


class _Source:
    """One sorted place with the piece of it that is in memory."""

    def __init__(self, pieces: Iterator[Rows]) -> None:
        self._pieces = pieces
        self.rows: Rows | None = None
        self.key: Longs = np.zeros(0, np.int64)
        self._next()

    def _next(self) -> None:
        self.rows = next((piece for piece in self._pieces if piece.size), None)
        if self.rows is not None:
            self.key = key_of(self.rows.handle, self.rows.at)

    def take(self, bound: int) -> Rows | None:
        """Remove and return what is in memory up to and with ``bound``."""
        if self.rows is None:
            return None
        end = int(np.searchsorted(self.key, bound, side="right"))
        taken = self.rows.take(slice(0, end)) if end else None
        if end == self.rows.size:
            self._next()
        elif end:
            self.rows, self.key = self.rows.take(slice(end, None)), self.key[end:]
        return taken


class Merge:
    """The rows of sorted places in one order; of doubled ones the first known stays."""

    def __init__(self, places: list[Iterator[Rows]]) -> None:
        self._sources = [_Source(pieces) for pieces in places]
        self.doubled = 0
        """Rows left out so far."""

    def __iter__(self) -> Iterator[Rows]:
        while True:
            ends = [int(one.key[-1]) for one in self._sources if one.rows is not None]
            if not ends:
                return
            # All rows up to the least of the last keys are in memory, doubled ones too.
            bound = min(ends)
            parts = [part for one in self._sources if (part := one.take(bound)) is not None]
            whole, doubled = in_order(joined(parts))
            self.doubled += doubled
            yield whole
