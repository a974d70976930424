"""What the doctor asks of the stream lane: log, snapshots and lake, and if they fit the facts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from chengyun.adapters.segments.reading import Position, frames_behind, segments_in
from chengyun.adapters.segments.snapshots import is_whole, snapshots_in
from chengyun.adapters.sql.reading import StoreReader
from chengyun.app.findings import Finding, bad, ok, warn
from chengyun.app.stages import TABLES
from chengyun.app.stream.backing_up import lane_staying, mark_of
from chengyun.app.stream.opening import FOLDER, LOG, SNAPSHOTS
from chengyun.facts.envelope import OPERATIONS
from chengyun.vitals.views import STREAM


def lane(store: Path, reader: StoreReader, *, whole: bool) -> Iterator[Finding]:
    """The lane can be opened, and reaches as far as the facts say; nothing without sensors."""
    folder, is_current = store / FOLDER, reader.is_current(TABLES)
    recorded = max(
        (
            row.tick
            for partition, chain, _ in reader.chains()
            if chain == OPERATIONS and is_current
            for row in reader.rows(STREAM, partition)
        ),
        default=0,
    )
    with lane_staying(store):
        mark = mark_of(store)
        if mark is None and recorded == 0:
            return
        reached = 0 if mark is None else mark.tick
        if reached < recorded:
            yield bad("stream", f"facts tell of tick {recorded:,}, the lane ends with {reached:,}",
                      folder, "restore database and stream/ of one backup")  # fmt: skip
        else:
            yield ok("stream", f"the lane ends with tick {reached:,}, facts tell of {recorded:,}")
        for path in snapshots_in(folder / SNAPSHOTS):
            if not is_whole(path):
                yield warn(
                    "snapshot",
                    "it is not as it was written; an earlier one and the log behind it serve",
                    path,
                    "look at the disk; a new snapshot comes by itself",
                )
        if whole and mark is not None:
            log = folder / LOG
            first = Position(segments_in(log)[0], 0)
            rows = sum(frame.rows for _, frame in frames_behind(log, first))
            yield ok("segments", f"every byte of {rows:,} rows is as it was written", log)
