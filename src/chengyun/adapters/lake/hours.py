"""Hourly sums: for each area and hour of a file the count, sum, least and greatest believed value.

They stand beside every file of rows and are made from exactly its rows, so whenever a day is merged
again they are made again; what is added over the files of a day is what its rows add up to.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import ibis  # type: ignore[import-untyped]
import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
from numpy.typing import NDArray

from chengyun.adapters.lake.columns import BACKFILLED, KEPT, Rows
from chengyun.adapters.lake.exact import HIGH, Table, floor_div, micros
from chengyun.facts.columns import Longs
from chengyun.kernel.instants import HOUR_US

_HIGH_BITS: Final = 32

SCHEMA: Final = pa.schema(
    [
        ("hour", pa.int64()),
        ("area", pa.int32()),
        ("backfilled", pa.bool_()),
        ("n", pa.int64()),
        ("total_high", pa.int64()),
        ("total_low", pa.int64()),
        ("low", pa.int64()),
        ("high", pa.int64()),
    ]
)
"""The sum is ``total_high · 2^32 + total_low``; ``area`` is the one the rows carry."""


class Hours(NamedTuple):
    """Sums as arrays of one length, in the order of hour, area and ``backfilled``."""

    hour: Longs
    area: NDArray[np.int32]
    backfilled: NDArray[np.bool_]
    n: Longs
    total_high: Longs
    total_low: Longs
    low: Longs
    high: Longs


def hours_of(rows: Rows) -> Hours:
    """Return the hourly sums of believed rows."""
    believed = rows.take(np.flatnonzero((rows.flags == 0) & (rows.verdict <= max(KEPT))))
    each = Hours(
        hour=believed.at // HOUR_US,
        area=believed.area,
        backfilled=believed.verdict == BACKFILLED,
        n=np.ones(believed.size, np.int64),
        total_high=believed.value >> _HIGH_BITS,
        total_low=believed.value & (HIGH - 1),
        low=believed.value,
        high=believed.value,
    )
    return merged([each])


def merged(parts: list[Hours]) -> Hours:
    """Return the sums of several parts as one; at least one part is given."""
    whole = Hours(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    if not len(whole.hour):
        return whole
    cell = (whole.area.astype(np.int64) + 1) * 2 + whole.backfilled
    order = np.lexsort((cell, whole.hour))
    hour, cell = whole.hour[order], cell[order]
    starts = np.flatnonzero(
        np.concatenate(([True], (hour[1:] != hour[:-1]) | (cell[1:] != cell[:-1])))
    )
    return Hours(
        hour=hour[starts],
        area=whole.area[order][starts],
        backfilled=whole.backfilled[order][starts],
        n=np.add.reduceat(whole.n[order], starts),
        total_high=np.add.reduceat(whole.total_high[order], starts),
        total_low=np.add.reduceat(whole.total_low[order], starts),
        low=np.minimum.reduceat(whole.low[order], starts),
        high=np.maximum.reduceat(whole.high[order], starts),
    )


def hours_table(hours: Hours) -> pa.Table:
    """Return sums as Arrow."""
    return pa.table([pa.array(column) for column in hours], schema=SCHEMA)


def summed(rows: Table) -> Table:
    """Return the expression of the hourly sums of rows that have none yet."""
    believed = rows.filter(rows.flags == 0, rows.verdict.isin(KEPT))
    high = floor_div(believed.value, HIGH)
    each = believed.select(
        "area",
        "value",
        hour=floor_div(micros(believed.at), HOUR_US),
        backfilled=believed.verdict == BACKFILLED,
        total_high=high,
        total_low=believed.value - high * HIGH,
    )
    return each.group_by("hour", "area", "backfilled").agg(
        n=each.count(),
        total_high=each.total_high.sum(),
        total_low=each.total_low.sum(),
        low=each.value.min(),
        high=each.value.max(),
    )


def both(kept: Table, fresh: Table) -> Table:
    """Return the sums that are kept and those of rows that have none yet as one table."""
    return ibis.union(kept.select(*SCHEMA.names), fresh.select(*SCHEMA.names))
