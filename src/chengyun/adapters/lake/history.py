"""Questions to the history of the stream lane: lake and tail together, read-only, bounded.

One DuckDB in memory reads the files that the manifest names. A question that needs more memory than
it has is refused; one during which compaction put other files in place begins again.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import TypeVar

import duckdb
import ibis  # type: ignore[import-untyped]
import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from chengyun.adapters.lake import hours
from chengyun.adapters.lake.columns import BACKFILLED, SCHEMA, Rows, table_of
from chengyun.adapters.lake.exact import Table, instant, micros
from chengyun.adapters.lake.expressions import from_hours, over_hours, over_rows
from chengyun.adapters.lake.ground import Ground, Place
from chengyun.adapters.lake.manifest import HOURS, ROWS, DayFile, Manifest, read_manifest
from chengyun.adapters.lake.runs import Observed
from chengyun.adapters.lake.spans import Span, span_of
from chengyun.adapters.lake.tail import Tail, Wanted
from chengyun.facts.registers import PropertyEntry
from chengyun.kernel.errors import Rejected, Retryable
from chengyun.kernel.instants import DAY_US, SECOND_US, Instant
from chengyun.kernel.limits import (
    MAX_AHEAD_S,
    MAX_HISTORY_MB,
    MAX_HISTORY_TRIES,
    MAX_LOOK_BACK_S,
)
from chengyun.vitals.policy import SensorSign

T = TypeVar("T")


class History:
    """Lake and log of one partition. May be asked from several threads, one at a time."""

    def __init__(
        self,
        folder: Path,
        log: Path,
        *,
        memory_mb: int = MAX_HISTORY_MB,
        threads: int = 1,
    ) -> None:
        self._folder = folder
        self._tail = Tail(log, folder)
        self._lock = Lock()
        self._duck = ibis.duckdb.connect(
            threads=threads,
            memory_limit=f"{memory_mb}MB",
            temp_directory="",
            autoinstall_known_extensions=False,
            preserve_insertion_order=False,
        )

    def close(self) -> None:
        """Let go of the memory."""
        self._duck.disconnect()

    def sensor(self, observed: Observed, handle: int, since: Instant, until: Instant) -> pa.Table:
        """Return what one sensor said with ``at`` in [since, until): at, value, flags, in order."""
        wanted = Wanted(property_of(observed, handle), since, until, handle)

        def ask(manifest: Manifest) -> pa.Table:
            rows = self._rows(manifest, observed, wanted)
            return self._duck.to_pyarrow(rows.select("at", "value", "flags").order_by("at"))

        return self._answer(ask)

    def sign(
        self,
        sign: SensorSign,
        entry: PropertyEntry,
        observed: Observed,
        ground: Ground,
        place: Place,
        since: Instant,
        until: Instant,
        *,
        backfilled: bool = False,
        by_hours: bool = True,
    ) -> pa.Table:
        """Return ``sign`` for the panes that begin in [since, until), as ``expressions`` says.

        Hourly sums are read instead of rows where they give the same; not with ``by_hours`` False.
        """
        span = span_of(sign, since, until)

        def ask(manifest: Manifest) -> pa.Table:
            if by_hours and from_hours(sign):
                sums = self._hours(manifest, observed, _reach(sign, span))
                found = over_hours(sign, sums, ground, place, span, backfilled=backfilled)
            else:
                rows = self._rows(manifest, observed, _reach(sign, span))
                found = over_rows(sign, entry, rows, ground, place, span, backfilled=backfilled)
            return self._duck.to_pyarrow(found)

        return self._answer(ask)

    # --- how it is answered -------------------------------------------------------------------

    def _answer(self, ask: Callable[[Manifest], T]) -> T:
        """Ask with the manifest of now; again when what it names was replaced meanwhile."""
        with self._lock:
            for _ in range(MAX_HISTORY_TRIES):
                try:
                    return ask(read_manifest(self._folder))
                except (Retryable, duckdb.IOException, FileNotFoundError) as gone:
                    replaced = gone
                except duckdb.OutOfMemoryException as full:
                    raise Rejected(
                        "too_much_history",
                        "the question needs more memory than history may take",
                        remedy="ask for a shorter time or one area",
                    ) from full
        raise Retryable(
            f"the files of the lake could not be read: {replaced}",
            where=str(self._folder),
            remedy="ask again; if it stays so, files that the manifest names are missing",
        )

    def _rows(self, manifest: Manifest, observed: Observed, wanted: Wanted) -> Table:
        """Return the wanted rows of lake and tail as an expression."""
        files = _files(manifest, wanted)
        tail = self._tail.recent(manifest, observed, wanted)
        lake = self._lake(files, wanted)
        if lake is None:
            return ibis.memtable(table_of(tail))
        fresh = self._fresh(lake, tail)
        return lake if not fresh.size else ibis.union(lake, ibis.memtable(table_of(fresh)))

    def _lake(self, files: list[DayFile], wanted: Wanted) -> Table | None:
        if not files:
            return None
        lake = self._read(ROWS, files).select(*SCHEMA.names)
        lake = lake.filter(lake.at >= instant(wanted.since_us), lake.at < instant(wanted.until_us))
        return lake.filter(lake.handle == wanted.handle) if wanted.handle >= 0 else lake

    def _fresh(self, lake: Table, tail: Rows) -> Rows:
        """Return the rows of the tail that the lake does not have."""
        places = np.flatnonzero(tail.verdict == BACKFILLED)
        if not places.size:
            return tail
        late = tail.take(places)
        keys = ibis.memtable(pa.table({"handle": late.handle, "at_us": late.at}))
        there = lake.select("handle", at_us=micros(lake.at)).semi_join(keys, ["handle", "at_us"])
        found = self._duck.to_pyarrow(there).to_pydict()
        doubled = set(zip(found["handle"], found["at_us"], strict=True))
        fresh = np.ones(tail.size, np.bool_)
        pairs = zip(late.handle.tolist(), late.at.tolist(), strict=True)
        fresh[places] = [pair not in doubled for pair in pairs]
        return tail.take(np.flatnonzero(fresh))

    def _hours(self, manifest: Manifest, observed: Observed, wanted: Wanted) -> Table:
        """Return the hourly sums of lake and tail as an expression."""
        files = _files(manifest, wanted)
        tail = self._tail.recent(manifest, observed, wanted)
        if not files:
            return hours.summed(ibis.memtable(table_of(tail)))
        if tail.size:
            lake = self._lake(files, wanted)
            tail = self._fresh(lake, tail)
        kept = self._read(HOURS, files)
        return hours.both(kept, hours.summed(ibis.memtable(table_of(tail)))) if tail.size else kept

    def _read(self, kind: str, files: list[DayFile]) -> Table:
        """Return files as a table; its name is used again by the next question."""
        paths = [str(one.below(self._folder, kind)) for one in files]
        return self._duck.read_parquet(paths, table_name=f"lake_{kind}", hive_partitioning=False)


def property_of(observed: Observed, handle: int) -> str:
    """Return the property that a sensor observes; refuse a sensor that there is not."""
    known = 0 <= handle < len(observed.property_of)
    place = int(observed.property_of[handle]) if known else -1
    if place < 0:
        raise Rejected(
            "unknown_sensor",
            f"no sensor has the handle {handle}",
            remedy="ask for one that is registered",
            params={"handle": str(handle)},
        )
    return observed.names[place]


def _files(manifest: Manifest, wanted: Wanted) -> list[DayFile]:
    last = (wanted.until_us - 1) // DAY_US
    return manifest.of(wanted.property, wanted.since_us // DAY_US, last)


def _reach(sign: SensorSign, span: Span) -> Wanted:
    """Return the rows that a sign over ``span`` may depend on."""
    if sign.how != "share" and not sign.min_coverage:
        return Wanted(sign.property, span.since_us, span.until_us)
    since = span.since_us - MAX_LOOK_BACK_S * SECOND_US
    return Wanted(sign.property, since, span.until_us + MAX_AHEAD_S * SECOND_US + 1)
