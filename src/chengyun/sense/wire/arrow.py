"""``application/vnd.apache.arrow.stream``: columns as they stand in memory, nothing per row.

A column ``handle`` (any integers) or ``sensor`` (texts, also by dictionary), ``at`` (timestamps of
any unit, or microseconds), ``value`` (numbers of any kind, or true and false), and if there is one
``lon`` and ``lat``. The schema's metadata may name the ``register`` of the handles.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

from chengyun.facts.columns import Batch, Bytes, Longs
from chengyun.kernel.errors import Rejected
from chengyun.sense.wire import arrow_frames, arrow_ids
from chengyun.sense.wire.faults import Fault
from chengyun.sense.wire.judging import BAD_TIME, LATEST, Doubles, Said, checked_register, judged

UNREADABLE: Final = (pa.ArrowException, OSError, ValueError, OverflowError)
"""What pyarrow raises over a stream that is none."""

_FORM: Final = (
    "handle (integers) or sensor (texts); at (timestamp or int64 in microseconds); value "
    "(numbers); and if you like lon and lat"
)
_US_A_UNIT: Final = {"s": 1_000_000, "ms": 1_000, "us": 1}
_NS_A_US: Final = 1_000


def read(content: bytes) -> Batch:
    """Return the observations of a stream."""
    batches, schema = batches_of(content)
    check_schema(schema)
    return judged(_said(batches, schema))


def batches_of(content: bytes) -> tuple[list[Any], Any]:
    """Return the record batches of a stream and its schema; their buffers are not checked yet."""
    arrow_frames.check(content)
    try:
        with pa.ipc.open_stream(pa.py_buffer(content)) as stream:
            schema = stream.schema
            _ = schema.names, [str(kind) for kind in schema.types]  # raises over broken UTF-8
            return list(stream), schema
    except UNREADABLE as wrong:
        raise arrow_frames.broken(str(wrong).partition("\n")[0][:120]) from None


def check_schema(schema: Any) -> None:
    """Refuse columns that are not those of observations."""
    names = schema.names
    if len(set(names)) != len(names):
        raise _other_schema("a column comes twice")
    wrong = [name for name in names if not _fits(name, schema.field(name).type)]
    if wrong:
        kinds = ", ".join(f"{name} ({schema.field(name).type})" for name in wrong)
        raise _other_schema(f"it has {kinds[:200]!a}")
    if ("handle" in names) == ("sensor" in names):
        raise _other_schema("it has handle and sensor, or neither of them")
    if ("lon" in names) != ("lat" in names):
        raise _other_schema("it has one of lon and lat, not both")
    missing = [name for name in ("at", "value") if name not in names]
    if missing:
        raise _other_schema(f"it lacks {' and '.join(missing)}")


def _other_schema(what: str) -> Rejected:
    return Rejected(
        "other_schema",
        f"the stream has another schema: {what}",
        remedy=f"give the columns {_FORM}",
        params={"expected": _FORM},
    )


def _fits(name: str, kind: Any) -> bool:
    """Tell whether a column of this name may have this type."""
    numbers = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    if name == "handle":
        return bool(pa.types.is_integer(kind))
    if name == "sensor":
        return arrow_ids.can_be_read(kind)
    if name == "at":
        return bool(pa.types.is_timestamp(kind) or kind == pa.int64())
    if name == "value":
        return bool(numbers or pa.types.is_boolean(kind))
    return name in ("lon", "lat") and bool(numbers)


# --- columns ----------------------------------------------------------------------------------
def _said(batches: list[Any], schema: Any) -> Said:
    rows = sum(batch.num_rows for batch in batches)
    wrong = np.zeros(rows, np.uint8)
    named = "sensor" in schema.names
    placed = "lon" in schema.names
    try:
        sensors = (
            arrow_ids.ids_of([one.column("sensor") for one in batches], wrong) if named else None
        )
        return Said(
            handles=None if named else _handles(_joined(batches, "handle"), wrong),
            sensors=sensors,
            at=_times(_joined(batches, "at"), wrong),
            value=_values(_joined(batches, "value"), wrong),
            lon=_degrees(_joined(batches, "lon")) if placed else None,
            lat=_degrees(_joined(batches, "lat")) if placed else None,
            wrong=wrong,
            register=_register(schema.metadata),
        )
    except UNREADABLE as wrong_stream:
        raise arrow_frames.broken(str(wrong_stream).partition("\n")[0][:120]) from None


def _register(metadata: dict[bytes, bytes] | None) -> str:
    return checked_register(
        (metadata or {}).get(b"register", b"").decode("utf-8", "surrogateescape")
    )


def _joined(batches: list[Any], name: str) -> Any:
    """Return a column of all batches as one; its buffers hold what they say."""
    parts = [batch.column(name) for batch in batches]
    for part in parts:
        part.validate(full=True)
    if len(parts) == 1:
        return parts[0]
    return pa.concat_arrays(parts) if parts else pa.array([], pa.int64())


def _without_nulls(column: Any, wrong: Bytes, fault: Fault) -> Any:
    """Enter ``fault`` for rows without a value, and return the column with something in them."""
    if not column.null_count:
        return column
    null = column.is_null().to_numpy(zero_copy_only=False)
    wrong[null & (wrong == 0)] = fault
    return pc.fill_null(column, pa.scalar(0).cast(column.type))


def _handles(column: Any, wrong: Bytes) -> Longs:
    column = _without_nulls(column, wrong, Fault.MISSING_ID)
    numbers = column.to_numpy(zero_copy_only=False)
    return np.asarray(numbers, np.int64)  # one beyond 2^63 becomes negative, and no handle


def _times(column: Any, wrong: Bytes) -> Longs:
    column = _without_nulls(column, wrong, Fault.MISSING_AT)
    unit = column.type.unit if pa.types.is_timestamp(column.type) else "us"
    numbers = np.asarray(column.view(pa.int64()).to_numpy(zero_copy_only=False), np.int64)
    if unit == "ns":
        return numbers // _NS_A_US
    factor = _US_A_UNIT[unit]
    if factor == 1:
        return numbers
    outside = (numbers < 0) | (numbers >= LATEST // factor)
    return np.where(outside, BAD_TIME, numbers * factor)


def _values(column: Any, wrong: Bytes) -> Doubles:
    plain = _without_nulls(_plain(column), wrong, Fault.MISSING_VALUE)
    return np.asarray(plain.to_numpy(zero_copy_only=False), np.float64)


def _degrees(column: Any) -> Doubles:
    """Return degrees, NaN where none stands."""
    degrees = pc.fill_null(_plain(column).cast(pa.float64(), safe=False), np.nan)
    return np.asarray(degrees.to_numpy(zero_copy_only=False), np.float64)


def _plain(column: Any) -> Any:
    return column.cast(pa.float64()) if pa.types.is_decimal(column.type) else column
