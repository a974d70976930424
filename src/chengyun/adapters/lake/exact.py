"""Integer arithmetic in Ibis that ends in the same digits as Python's.

DuckDB sums 64-bit numbers in 128 bits and divides towards zero; Ibis' own ``//`` goes through
floating point. A result that does not fit 64 bits raises in the end instead of wrapping.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias

import ibis  # type: ignore[import-untyped]
import ibis.expr.datatypes as dt  # type: ignore[import-untyped]

Expr: TypeAlias = Any
"""An Ibis column or scalar; Ibis has no types that mypy can read."""
Table: TypeAlias = Any
"""An Ibis table."""

HIGH: Final = 2**32
"""A sum of 64-bit numbers is kept as two: ``high · HIGH + low``, neither of which overflows."""

_INSTANT: Final = dt.Timestamp("UTC")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@ibis.udf.scalar.builtin(name="divide", signature=((dt.int64, dt.int64), dt.int64))  # type: ignore[untyped-decorator]
def _divide(over: Expr, under: Expr) -> Expr:
    """DuckDB's ``//``: whole numbers, towards zero, in 128 bits where an operand has them."""


@ibis.udf.scalar.builtin(name="epoch_us", signature=((_INSTANT,), dt.int64))  # type: ignore[untyped-decorator]
def micros(at: Expr) -> Expr:
    """Return the microseconds since the epoch of an instant."""


@ibis.udf.agg.builtin(name="arg_max", signature=((dt.int64, dt.int64), dt.int64))  # type: ignore[untyped-decorator]
def at_greatest(value: Expr, by: Expr) -> Expr:
    """Return ``value`` where ``by`` is greatest; rows whose value is null do not count."""


def floor_div(over: Expr, under: Expr | int) -> Expr:
    """Return what Python's ``over // under`` is, for ``under`` greater than zero."""
    return _divide(over, under) - (over % under < 0).ifelse(1, 0)


def instant(at_us: int) -> Expr:
    """Return a constant that DuckDB compares with the statistics of a file."""
    return ibis.literal(_EPOCH + timedelta(microseconds=at_us), type=_INSTANT)


def whole(value: Expr) -> Expr:
    """Return a number that was computed in 128 bits as 64 bits; too large a one raises."""
    return value.cast("decimal(38, 0)").cast("int64")
