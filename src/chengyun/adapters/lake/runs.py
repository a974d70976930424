"""Runs: what was taken from the log, sorted by property, day, sensor and instant in bounded memory.

A run is as many rows as are sorted at once. Each of its parts, the rows of one property and day, is
an Arrow file in a folder of its own, which holds nothing that is not in the log.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
from numpy.typing import NDArray

from chengyun.adapters.lake.columns import (
    KEPT,
    SCHEMA,
    Rows,
    day_of,
    joined,
    key_of,
    rows_of,
    table_of,
)
from chengyun.facts.columns import Longs
from chengyun.kernel.errors import Bug
from chengyun.kernel.limits import MAX_RUN_ROWS

_BATCH_ROWS: Final = 65_536
_OPTIONS: Final = pa.ipc.IpcWriteOptions(compression="lz4")


class Observed(NamedTuple):
    """Which property each handle observes: a place in ``names``."""

    property_of: NDArray[np.int16]
    names: tuple[str, ...]


def save(observed: Observed, path: Path) -> None:
    """Write who observes what for a process of its own."""
    np.savez(path, property_of=observed.property_of, names=np.array(observed.names))


def loaded(path: Path) -> Observed:
    """Return what ``save`` wrote."""
    with np.load(path) as kept:
        return Observed(kept["property_of"], tuple(kept["names"].tolist()))


class DayRun(NamedTuple):
    """The rows of one property and day in one run."""

    property: str
    day: int
    path: Path
    rows: int
    backfilled: bool
    """Whether a row in it may be in the lake already."""


class Runs:
    """Gathers rows and writes a run whenever there are enough of them."""

    def __init__(self, folder: Path, observed: Observed, *, most_rows: int = MAX_RUN_ROWS) -> None:
        self._folder = folder
        self._observed = observed
        self._most_rows = most_rows
        self._waiting: list[Rows] = []
        self._count = 0
        self.written: list[DayRun] = []
        self.doubled = 0
        """Rows left out because their sensor and instant came twice."""

    def add(self, rows: Rows) -> None:
        """Take rows of the log in its order; refused ones are left out."""
        kept = np.isin(rows.verdict, KEPT)
        taken = rows if kept.all() else rows.take(np.flatnonzero(kept))
        self._waiting.append(taken)
        self._count += taken.size
        if self._count >= self._most_rows:
            self.finish()

    def finish(self) -> None:
        """Write what has been gathered."""
        rows = joined(self._waiting) if self._count else None
        self._waiting, self._count = [], 0
        if rows is not None:
            self._write(rows)

    def _write(self, rows: Rows) -> None:
        """Sort rows into their days and write each part."""
        place, day = self._places(rows), day_of(rows.at)
        first = int(day.min())
        part = place.astype(np.int64) * (int(day.max()) - first + 1) + (day - first)
        order = np.argsort(part, kind="stable")
        part = part[order]
        starts = np.flatnonzero(np.concatenate(([True], part[1:] != part[:-1])))
        for start, end in zip(starts, [*starts[1:], len(part)], strict=True):
            one = rows.take(order[start:end])
            whole, doubled = in_order(one)
            self.doubled += doubled
            where = int(order[start])
            self._write_part(self._observed.names[int(place[where])], int(day[where]), whole)

    def _places(self, rows: Rows) -> NDArray[np.int16]:
        known = self._observed.property_of
        inside = (rows.handle >= 0) & (rows.handle < len(known))
        place = np.full(rows.size, -1, np.int16)
        place[inside] = known[rows.handle[inside]]
        if (place < 0).any():
            raise Bug(
                f"handle {int(rows.handle[np.argmin(place)])} has no property",
                remedy="compact with the properties of all sensors that the log registers",
            )
        return place

    def _write_part(self, name: str, day: int, rows: Rows) -> None:
        path = self._folder / f"{len(self.written):09d}.arrow"
        with pa.ipc.new_file(str(path), SCHEMA, options=_OPTIONS) as writer:
            writer.write_table(table_of(rows), max_chunksize=_BATCH_ROWS)
        backfilled = bool((rows.verdict == KEPT[-1]).any())
        self.written.append(DayRun(name, day, path, rows.size, backfilled))


def in_order(rows: Rows) -> tuple[Rows, int]:
    """Return the rows of a day in the order of their keys, and how many doubled ones were left out.

    Of rows with one key the one known first stays; known at the same instant, the first given.
    """
    key = key_of(rows.handle, rows.at)
    order = np.argsort(key, kind="stable")
    sorted_key = key[order]
    again = np.concatenate(([False], sorted_key[1:] == sorted_key[:-1]))
    if not again.any():
        return rows.take(order), 0
    order = np.lexsort((rows.known_at, key))  # stable: the first given stays
    sorted_key = key[order]
    again = np.concatenate(([False], sorted_key[1:] == sorted_key[:-1]))
    return rows.take(order[~again]), int(again.sum())


def rows_in(run: DayRun) -> Iterator[Rows]:
    """Yield the rows of a part in their order, piece by piece."""
    with pa.memory_map(str(run.path)) as file:
        reader = pa.ipc.open_file(file)
        for number in range(reader.num_record_batches):
            yield rows_of(pa.Table.from_batches([reader.get_batch(number)]))


def keys_of(rows: Rows) -> Longs:
    """Return the keys of rows."""
    return key_of(rows.handle, rows.at)
