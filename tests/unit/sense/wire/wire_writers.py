"""Writes and reads messages of observations for the tests of the wire."""

import csv
import io
import json
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pytest

from chengyun.facts.columns import NO_PLACE, Batch
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant
from chengyun.sense.wire.reading import read

JSON = "application/json"
SENML = "application/senml+json"
ARROW = "application/vnd.apache.arrow.stream"
CSV = "text/csv"
NOW = Instant(1_790_000_000_000_000)
AT = 1_789_999_999_000_000


class Row(NamedTuple):
    """An observation as the platform holds it, its ``place`` in steps of 1e-7 degree."""

    name: int | str
    at: int
    micro: int
    place: tuple[int, int] | None = None


def taken(content: bytes | str, kind: str = JSON, encoding: str = "") -> Batch:
    content = content.encode() if isinstance(content, str) else content
    return read(content, kind, encoding, now=NOW)


def rows_of(batch: Batch) -> dict[int, Row]:
    """Return the rows of a batch by their place in the message; all columns have one length."""
    assert (batch.handles is None) != (batch.sensors is None)
    names = batch.handles if batch.sensors is None else batch.sensors
    assert names is not None
    assert len(names) == len(batch.at) == len(batch.value) == len(batch.index)
    assert batch.at.dtype == batch.value.dtype == batch.index.dtype == np.int64
    places: list[tuple[int, int] | None] = [None] * len(batch)
    if batch.lon_e7 is not None and batch.lat_e7 is not None:
        both = zip(batch.lon_e7.tolist(), batch.lat_e7.tolist(), strict=True)
        places = [None if one == (NO_PLACE, NO_PLACE) else one for one in both]
    found = {}
    for place, index in enumerate(batch.index.tolist()):
        name = int(names[place]) if batch.sensors is None else batch.sensors.text_of(place)
        found[index] = Row(name, int(batch.at[place]), int(batch.value[place]), places[place])
    return found


def refused_of(batch: Batch) -> dict[int, str]:
    assert [one.index for one in batch.refused] == sorted(one.index for one in batch.refused)
    return {one.index: one.code for one in batch.refused}


def code_of(content: bytes | str, kind: str = JSON, encoding: str = "") -> str:
    """Return the code of a message that is refused whole."""
    with pytest.raises(Rejected) as caught:
        taken(content, kind, encoding)
    assert caught.value.what
    assert caught.value.remedy
    return caught.value.code


# --- writers ----------------------------------------------------------------------------------
def value_of(row: Row) -> float:
    return row.micro / 1e6


def degrees_of(row: Row) -> tuple[float, float] | None:
    return None if row.place is None else (row.place[0] / 1e7, row.place[1] / 1e7)


def key_of(rows: list[Row]) -> str:
    return "sensor" if rows and isinstance(rows[0].name, str) else "handle"


def objects(rows: list[Row]) -> bytes:
    items = []
    for row in rows:
        item = {key_of(rows): row.name, "at": row.at, "value": value_of(row)}
        degrees = degrees_of(row)
        items.append(item | ({"lon": degrees[0], "lat": degrees[1]} if degrees else {}))
    return json.dumps(items).encode()


def columns(rows: list[Row]) -> bytes:
    degrees = [degrees_of(row) or (None, None) for row in rows]
    said = {
        key_of(rows) + "s": [row.name for row in rows],
        "at": [row.at for row in rows],
        "value": [value_of(row) for row in rows],
        "lon": [one[0] for one in degrees],
        "lat": [one[1] for one in degrees],
    }
    return json.dumps(said).encode()


def senml(rows: list[Row]) -> bytes:
    """Without places, which SenML does not have."""
    items = [{"n": row.name, "t": row.at / 1e6, "v": value_of(row)} for row in rows]
    return json.dumps(items).encode()


def table(rows: list[Row]) -> pa.Table:
    degrees = [degrees_of(row) or (None, None) for row in rows]
    kind = pa.string() if key_of(rows) == "sensor" else pa.int64()
    return pa.table(
        {
            key_of(rows): pa.array([row.name for row in rows], kind),
            "at": pa.array([row.at for row in rows], pa.int64()),
            "value": pa.array([value_of(row) for row in rows], pa.float64()),
            "lon": pa.array([one[0] for one in degrees], pa.float64()),
            "lat": pa.array([one[1] for one in degrees], pa.float64()),
        }
    )


def stream(said: pa.Table, *, compression: str | None = None, chunk: int | None = None) -> bytes:
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with pa.ipc.new_stream(sink, said.schema, options=options) as writer:
        writer.write_table(said, max_chunksize=chunk)
    return sink.getvalue().to_pybytes()


def arrow(rows: list[Row]) -> bytes:
    return stream(table(rows))


def lines(rows: list[Row]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([key_of(rows), "at", "value", "lon", "lat"])
    for row in rows:
        writer.writerow([row.name, row.at, value_of(row), *(degrees_of(row) or ("", ""))])
    return text.getvalue().encode()


WRITERS = {
    "objects": (JSON, objects),
    "columns": (JSON, columns),
    "senml": (SENML, senml),
    "arrow": (ARROW, arrow),
    "csv": (CSV, lines),
}
