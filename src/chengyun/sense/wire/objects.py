"""``application/json``, an object a row: ``{"sensor": "s1", "at": 1790000000000000, "value": 2}``.

The first row tells the shape; a message whose rows all have it is decoded in one go. Any other is
read row by row, and only what is wrong is refused.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from operator import attrgetter
from typing import Any, Final, TypeAlias

import msgspec
import numpy as np

from chengyun.facts.columns import Batch, Refused, ids_of
from chengyun.sense.wire import cells, json_text
from chengyun.sense.wire.faults import Fault
from chengyun.sense.wire.judging import Said, check_rows, judged
from chengyun.sense.wire.rows import Row, Rows, shown
from chengyun.sense.wire.times import instants_of

FIELDS: Final = frozenset({"sensor", "handle", "at", "value", "lon", "lat"})

Shape: TypeAlias = tuple[str, type[int] | type[str], bool]
"""The field that names the sensor, the type of ``at``, and whether rows say where they are."""

_ANY: Final = msgspec.json.Decoder(dict[str, object])


def _decoder(shape: Shape) -> msgspec.json.Decoder[list[Any]]:
    name, at, placed = shape
    fields: list[Any] = [(name, str if name == "sensor" else int), ("at", at)]
    fields.append(("value", float | bool))
    if placed:
        fields += [("lon", float, math.nan), ("lat", float, math.nan)]
    row = msgspec.defstruct("Row", fields, gc=False, forbid_unknown_fields=True)
    return msgspec.json.Decoder(list[row])  # type: ignore[valid-type]


_DECODERS: Final[dict[Shape, msgspec.json.Decoder[list[Any]]]] = {
    shape: _decoder(shape)
    for name in ("sensor", "handle")
    for at in (int, str)
    for placed in (False, True)
    if (shape := (name, at, placed))
}
_AT: Final = attrgetter("at")
_VALUE: Final = attrgetter("value")
_LON: Final = attrgetter("lon")
_LAT: Final = attrgetter("lat")
_SENSOR: Final = attrgetter("sensor")
_HANDLE: Final = attrgetter("handle")


def read(content: bytes) -> Batch:
    """Return the observations of an array of objects."""
    said = _at_once(content)
    return judged(_row_by_row(json_text.items_of(content)) if said is None else said)


def read_one(content: bytes) -> Batch | None:
    """Return the observation that one object is; nothing where it is not that simple."""
    said = _at_once(b"[" + content + b"]")
    return None if said is None or len(said.at) > 1 else judged(said)


def read_item(item: object) -> Batch:
    """Return the observation that one decoded object is, or its refusal."""
    return judged(_row_by_row([item]))


def shape_of(content: bytes) -> Shape | None:
    """Return the shape of the first row, or nothing where it has none."""
    start = content.find(b"{")
    try:
        first = _ANY.decode(content[start : content.find(b"}", start) + 1])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    name = "sensor" if "sensor" in first else "handle"
    return name, str if isinstance(first.get("at"), str) else int, "lon" in first or "lat" in first


# --- the fast path ----------------------------------------------------------------------------
def _at_once(content: bytes) -> Said | None:
    """Decode a message without a fault; nothing where it has one, or rows of several shapes."""
    shape = shape_of(content)
    if shape is None:
        return None
    try:
        rows = _DECODERS[shape].decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    check_rows(len(rows))
    try:
        return _columns(rows, shape)
    except OverflowError:  # an integer that no column holds
        return None


def _columns(rows: list[Any], shape: Shape) -> Said:
    name, at, placed = shape
    count = len(rows)
    named = name == "sensor"
    return Said(
        handles=None if named else np.fromiter(map(_HANDLE, rows), np.int64, count),
        sensors=ids_of(list(map(_SENSOR, rows))) if named else None,
        at=instants_of(list(map(_AT, rows)))
        if at is str
        else np.fromiter(map(_AT, rows), np.int64, count),
        value=np.fromiter(map(_VALUE, rows), np.float64, count),
        lon=np.fromiter(map(_LON, rows), np.float64, count) if placed else None,
        lat=np.fromiter(map(_LAT, rows), np.float64, count) if placed else None,
    )


# --- row by row -------------------------------------------------------------------------------
def _row_by_row(items: Iterable[object]) -> Said:
    rows = Rows()
    for index, row in enumerate(items):
        check_rows(index + 1)
        if not isinstance(row, dict):
            rows.refuse(index, Fault.NOT_A_ROW)
            continue
        unknown = next((name for name in row if name not in FIELDS), None)
        if unknown is None:
            rows.take(index, _read(row))
        else:
            params = {"field": shown(unknown)}
            rows.refused.append(Refused(index, "unknown_field", params))
    return rows.said()


def _read(row: dict[str, object]) -> Row | Fault:
    named = "sensor" in row
    if named == ("handle" in row):
        return Fault.MIXED_IDS if named else Fault.MISSING_ID
    return (
        cells.sensor_of(row["sensor"]) if named else cells.handle_of(row["handle"]),
        cells.time_of(row["at"]) if "at" in row else Fault.MISSING_AT,
        cells.number_of(row["value"]) if "value" in row else Fault.MISSING_VALUE,
        cells.degrees_of(row.get("lon")),
        cells.degrees_of(row.get("lat")),
    )
