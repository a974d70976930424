"""The files of the lake: rows of one property and day in Parquet, hourly sums of them beside.

Rows are written in groups small enough that one sensor's day is found by their statistics; what a
file holds is read back in its order, piece by piece.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from chengyun.adapters.lake.columns import SCHEMA, Rows, joined, rows_of, table_of
from chengyun.adapters.lake.durable import TEMPORARY, make_folder, put
from chengyun.adapters.lake.hours import SCHEMA as HOURS_SCHEMA
from chengyun.adapters.lake.hours import Hours, hours_of, hours_table, merged
from chengyun.adapters.lake.manifest import HOURS, ROWS, DayFile
from chengyun.kernel.limits import MAX_ROW_GROUP_ROWS

_PIECE_ROWS: Final = 8 * MAX_ROW_GROUP_ROWS
_OPTIONS: Final[dict[str, Any]] = {
    "compression": "zstd",
    "compression_level": 3,
    "use_dictionary": ["area", "flags", "verdict"],
    "write_statistics": ["handle", "at", "area"],
    "version": "2.6",
}


def write_day(folder: Path, name: str, day: int, number: int, pieces: Iterator[Rows]) -> DayFile:
    """Write sorted rows of a property and day as a file that is there whole or not at all.

    The lake does not have it before the manifest names it.
    """
    file = DayFile(property=name, day=day, number=number, rows=0)
    path = file.below(folder, ROWS)
    make_folder(path.parent)
    rows, hours = 0, [hours_of(rows_of(SCHEMA.empty_table()))]
    part = path.with_name(path.name + TEMPORARY)
    with pq.ParquetWriter(str(part), SCHEMA, **_OPTIONS) as writer:
        for piece in in_pieces(pieces):
            writer.write_table(table_of(piece), row_group_size=MAX_ROW_GROUP_ROWS)
            hours = [merged([*hours, hours_of(piece)])]
            rows += piece.size
    put(path)
    _write_hours(file.below(folder, HOURS), hours[0])
    return DayFile(property=name, day=day, number=number, rows=rows)


def in_pieces(pieces: Iterator[Rows]) -> Iterator[Rows]:
    """Yield the same rows in pieces that fill their row groups, but for the last."""
    waiting: list[Rows] = []
    for piece in pieces:
        waiting.append(piece)
        if sum(one.size for one in waiting) < _PIECE_ROWS:
            continue
        whole = joined(waiting)
        end = whole.size // _PIECE_ROWS * _PIECE_ROWS
        yield whole.take(slice(0, end))
        waiting = [whole.take(slice(end, None))]
    if waiting and (rest := joined(waiting)).size:
        yield rest


def read_day(folder: Path, file: DayFile) -> Iterator[Rows]:
    """Yield the rows of a file in their order, piece by piece."""
    with pq.ParquetFile(str(file.below(folder, ROWS))) as opened:
        for batch in opened.iter_batches(batch_size=2 * MAX_ROW_GROUP_ROWS):
            yield rows_of(pa.Table.from_batches([batch]).cast(SCHEMA))


def _write_hours(path: Path, hours: Hours) -> None:
    make_folder(path.parent)
    part = path.with_name(path.name + TEMPORARY)
    with pq.ParquetWriter(str(part), HOURS_SCHEMA, compression="zstd") as writer:
        writer.write_table(hours_table(hours))
    put(path)
