"""What the payloads of frames say: groups and registrations as Arrow, ticks as JSON.

A group is an Arrow IPC stream with one record batch, its columns compressed with LZ4; the batches
it came in stand in the metadata of its schema, so that a message sent again is known again.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

import msgspec
import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from chengyun.facts.columns import Group
from chengyun.facts.sensors import BatchTaken, SensorEntry, TickRecord

S = TypeVar("S", bound=msgspec.Struct)

_FIELDS: Final = (
    ("handle", pa.int32(), np.int32),
    ("at", pa.int64(), np.int64),
    ("value", pa.int64(), np.int64),
    ("area", pa.int32(), np.int32),
    ("flags", pa.uint8(), np.uint8),
    ("verdict", pa.uint8(), np.uint8),
)
_OPTIONS: Final = pa.ipc.IpcWriteOptions(compression="lz4")
_BATCHES: Final = b"batches"
_encode = msgspec.json.Encoder().encode


def group_payload(group: Group, batches: list[BatchTaken]) -> bytes:
    """Return a group with what was answered for the batches in it."""
    schema = pa.schema(
        [(name, kind) for name, kind, _ in _FIELDS], metadata={_BATCHES: _encode(batches)}
    )
    columns = [pa.array(column) for column in group]
    return _stream(pa.record_batch(columns, schema=schema))


def group_of(payload: bytes) -> tuple[Group, list[BatchTaken]]:
    """Return the columns of a group and its batches."""
    table = pa.ipc.open_stream(pa.py_buffer(payload)).read_next_batch()
    columns = [
        np.asarray(table.column(place).to_numpy(zero_copy_only=True), kind)
        for place, (_, _, kind) in enumerate(_FIELDS)
    ]
    metadata: dict[bytes, bytes] = table.schema.metadata or {}
    batches = msgspec.json.decode(metadata.get(_BATCHES, b"[]"), type=list[BatchTaken])
    return Group(*columns), batches


def register_payload(sensors: list[SensorEntry]) -> bytes:
    """Return sensors that are registered, a column a field."""
    names = SensorEntry.__struct_fields__
    columns = {name: pa.array([getattr(one, name) for one in sensors]) for name in names}
    return _stream(pa.record_batch(columns))


def register_of(payload: bytes) -> dict[str, list[Any]]:
    """Return the columns of registered sensors, by field of ``SensorEntry``."""
    read: dict[str, list[Any]] = pa.ipc.open_stream(pa.py_buffer(payload)).read_all().to_pydict()
    return read


def tick_payload(tick: TickRecord) -> bytes:
    """Return a tick."""
    return _encode(tick)


def tick_of(payload: bytes) -> TickRecord:
    """Return the tick of a payload."""
    return msgspec.json.decode(payload, type=TickRecord)


def _stream(batch: pa.RecordBatch) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema, options=_OPTIONS) as writer:
        writer.write_batch(batch)
    return sink.getvalue().to_pybytes()  # type: ignore[no-any-return]
