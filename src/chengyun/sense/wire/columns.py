"""``application/json``, an array a column: ``{"handles": [3], "at": [17], "value": [2.5]}``.

Times may be said as ``{"start": .., "step": ..}``. Nobody can tell the rows of columns of different
lengths, so the whole is refused then; what is wrong with one value refuses its row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeGuard, TypeVar

import msgspec
import numpy as np

from chengyun.facts.columns import Batch, Bytes, Longs, ids_of
from chengyun.kernel.errors import Rejected
from chengyun.sense.wire import cells
from chengyun.sense.wire.faults import Fault
from chengyun.sense.wire.judging import (
    BAD_TIME,
    LATEST,
    Said,
    check_rows,
    checked_register,
    judged,
)
from chengyun.sense.wire.times import instants_of

T = TypeVar("T", int, float, str)

NAMES: Final = ("handles", "sensors", "at", "value", "lon", "lat", "register")
_FORM: Final = (
    "give handles or sensors, at (a list, or an object of start and step), value, and if you like "
    "lon, lat, register"
)


class Every(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Instants at even distances, in microseconds."""

    start: int
    step: int


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    at: msgspec.Raw
    value: list[float | bool | None]
    handles: list[int] | None = None
    sensors: list[str] | None = None
    lon: list[float | None] | None = None
    lat: list[float | None] | None = None
    register: str = ""


_MESSAGE: Final = msgspec.json.Decoder(_Message)
_EVERY: Final = msgspec.json.Decoder(Every)
_LONGS: Final = msgspec.json.Decoder(list[int])
_TEXTS: Final = msgspec.json.Decoder(list[str])


def read(content: bytes) -> Batch | None:
    """Return the observations of an object of columns; nothing where it is not as it should be."""
    try:
        said = _at_once(_MESSAGE.decode(content))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, OverflowError):
        return None
    return judged(said)


def read_item(item: Mapping[str, object]) -> Batch:
    """Return the observations of decoded columns, value by value."""
    return judged(_patiently(item))


def is_meant(item: object) -> TypeGuard[dict[str, object]]:
    """Tell whether a decoded object is meant to be columns, not one observation."""
    if not isinstance(item, dict) or "sensor" in item or "handle" in item:
        return False
    listed = isinstance(item.get("value"), list) or isinstance(item.get("at"), list | dict)
    return listed or "handles" in item or "sensors" in item


# --- as it should be --------------------------------------------------------------------------
def _at_once(message: _Message) -> Said:
    rows = len(message.value)
    check_rows(rows)
    times = _times_of(message.at)
    _check_lengths(
        {
            "handles": message.handles,
            "sensors": message.sensors,
            "at": times,
            "value": message.value,
            "lon": message.lon,
            "lat": message.lat,
        }
    )
    value = np.array(message.value, np.float64)
    wrong = np.zeros(rows, np.uint8)
    wrong[np.isnan(value)] = Fault.NOT_A_NUMBER  # only null becomes NaN here
    handles, sensors = message.handles, message.sensors
    return Said(
        handles=None if handles is None else np.array(handles, np.int64),
        sensors=None if sensors is None else ids_of(sensors),
        at=_every(times, rows) if isinstance(times, Every) else times,
        value=value,
        lon=None if message.lon is None else np.array(message.lon, np.float64),
        lat=None if message.lat is None else np.array(message.lat, np.float64),
        wrong=wrong,
        register=checked_register(message.register),
    )


def _times_of(said: msgspec.Raw) -> Every | Longs:
    content = bytes(said)
    if content.startswith(b"{"):
        return _EVERY.decode(content)
    if content[1:].lstrip().startswith(b'"'):
        return instants_of(_TEXTS.decode(content))
    return np.array(_LONGS.decode(content), np.int64)


def _every(times: Every, rows: int) -> Longs:
    last = times.start + times.step * max(rows - 1, 0)
    if 0 <= times.start < LATEST and 0 <= last < LATEST:
        return times.start + times.step * np.arange(rows, dtype=np.int64)
    instants = (times.start + times.step * place for place in range(rows))
    bounded = (at if 0 <= at < LATEST else BAD_TIME for at in instants)
    return np.fromiter(bounded, np.int64, rows)


def _check_lengths(columns: Mapping[str, Any]) -> None:
    given = {name: column for name, column in columns.items() if column is not None}
    if ("handles" in given) == ("sensors" in given):
        raise _other_form("it names handles and sensors, or neither of them")
    if ("lon" in given) != ("lat" in given):
        raise _other_form("it has one of lon and lat, not both")
    lengths = {name: len(one) for name, one in given.items() if not isinstance(one, Every)}
    shortest = min(lengths, key=lambda name: lengths[name])
    longest = max(lengths, key=lambda name: lengths[name])
    if lengths[shortest] != lengths[longest]:
        raise Rejected(
            "columns_differ",
            f"{shortest} has {lengths[shortest]:,} values, {longest} has {lengths[longest]:,}",
            remedy="send one value a row in every column",
            params={
                "shorter": shortest,
                "longer": longest,
                "values": str(lengths[shortest]),
                "expected": str(lengths[longest]),
            },
        )


def _other_form(what: str) -> Rejected:
    return Rejected("other_schema", f"the message is no columns: {what}", remedy=_FORM)


# --- value by value ---------------------------------------------------------------------------
def _patiently(item: Mapping[str, object]) -> Said:
    unknown = next((name for name in item if name not in NAMES), None)
    if unknown is not None:
        raise _other_form(f"{unknown[:64]!a} is none of them")
    lists: dict[str, list[Any] | Every | None] = {name: _list_of(item, name) for name in NAMES[:-1]}
    at, value = lists["at"], lists["value"]
    if at is None or not isinstance(value, list):
        raise _other_form("it has no at or no value")
    rows = len(value)
    check_rows(rows)
    _check_lengths(lists)
    wrong = np.zeros(rows, np.uint8)
    handles, sensors, lon, lat = (lists[name] for name in ("handles", "sensors", "lon", "lat"))
    named = _each(sensors, cells.sensor_of, "", wrong)
    counted = _each(handles, cells.handle_of, 0, wrong)
    times = (
        _every(at, rows) if isinstance(at, Every) else _longs(_each(at, cells.time_of, 0, wrong))
    )
    return Said(
        handles=None if handles is None else _longs(counted),
        sensors=None if sensors is None else ids_of(named),
        at=times,
        value=np.array(_each(value, cells.number_of, 0.0, wrong), np.float64),
        lon=None if lon is None else np.array(_each(lon, cells.degrees_of, 0.0, wrong), np.float64),
        lat=None if lat is None else np.array(_each(lat, cells.degrees_of, 0.0, wrong), np.float64),
        wrong=wrong,
        register=checked_register(item.get("register", "")),
    )


def _list_of(item: Mapping[str, object], name: str) -> list[Any] | Every | None:
    said = item.get(name)
    if said is None or isinstance(said, list):
        return said
    if name == "at" and isinstance(said, dict):
        start, step = said.get("start"), said.get("step")
        if set(said) == {"start", "step"} and type(start) is int and type(step) is int:
            return Every(start, step)
    raise _other_form(f"{name} is no list")


def _each(
    column: list[Any] | Every | None,
    read_one: Callable[[object], T | Fault],
    empty: T,
    wrong: Bytes,
) -> list[T]:
    """Read each value; a fault is entered where none stands yet, with ``empty`` in its place."""
    read_all: list[T] = []
    for place, said in enumerate(column if isinstance(column, list) else ()):
        found = read_one(said)
        if isinstance(found, Fault):
            wrong[place] = wrong[place] or found
            found = empty
        read_all.append(found)
    return read_all


def _longs(column: list[int]) -> Longs:
    return np.array(column, np.int64)
