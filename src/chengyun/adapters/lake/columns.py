"""The columns of the lake, and the one number that orders its rows.

A row of the lake is a row of the segment log with the moment it became known. Within the file of a
day rows stand in the order of ``key_of``: by sensor, then by instant.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from chengyun.facts.columns import Bytes, Handles, Longs, Verdict
from chengyun.kernel.instants import DAY_US

_INSTANT: Final = pa.timestamp("us", tz="UTC")

SCHEMA: Final = pa.schema(
    [
        ("handle", pa.int32()),
        ("at", _INSTANT),
        ("value", pa.int64()),
        ("area", pa.int32()),
        ("flags", pa.uint8()),
        ("verdict", pa.uint8()),
        ("known_at", _INSTANT),
    ]
)
"""Values are millionths of the property's unit; ``area`` is -1 where the row lies in none."""

COUNTED: Final = (int(Verdict.ACCEPTED), int(Verdict.LATE))
"""Verdicts of the rows that signs are made of, here as in the live kernel."""
BACKFILLED: Final = int(Verdict.BACKFILLED)
KEPT: Final = (*COUNTED, BACKFILLED)
"""Verdicts of the rows that history keeps."""

_AT_BITS: Final = 37
"""A day has fewer than 2^37 microseconds; handles stay below 2^25 (``MAX_SENSORS``)."""


class Rows(NamedTuple):
    """Rows as arrays of one length; instants are microseconds."""

    handle: Handles
    at: Longs
    value: Longs
    area: Handles
    flags: Bytes
    verdict: Bytes
    known_at: Longs

    @property
    def size(self) -> int:
        """How many rows there are."""
        return len(self.at)

    def take(self, places: Longs | slice) -> Rows:
        """Return the rows at ``places``, in that order."""
        taken: list[Any] = [column[places] for column in self]
        return Rows(*taken)


def joined(parts: list[Rows]) -> Rows:
    """Return the rows of all parts, one after another; at least one part is given."""
    return Rows(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def none() -> Rows:
    """Return no rows."""
    return rows_of(SCHEMA.empty_table())


def table_of(rows: Rows) -> pa.Table:
    """Return rows as Arrow, in the schema of the lake."""
    columns = [
        pa.array(column).cast(field.type) for column, field in zip(rows, SCHEMA, strict=True)
    ]
    return pa.table(columns, schema=SCHEMA)


def rows_of(table: pa.Table) -> Rows:
    """Return Arrow in the schema of the lake as arrays."""
    columns = []
    for field in SCHEMA:
        column = table.column(field.name).combine_chunks()
        if field.type == _INSTANT:
            column = column.cast(pa.int64())
        columns.append(column.to_numpy(zero_copy_only=False))
    return Rows(*columns)


def day_of(at: Longs) -> Longs:
    """Return the number of the UTC day of each instant, since 1970-01-01."""
    return at // DAY_US


def key_of(handle: Handles, at: Longs) -> Longs:
    """Return one number for (sensor, instant) within a day; its order is the order of a file."""
    return (handle.astype(np.int64) << _AT_BITS) | (at % DAY_US)
