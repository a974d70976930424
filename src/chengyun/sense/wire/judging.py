"""What all formats have in common: columns as they were said become a batch, or rows are refused.

A format only says what stands in the message. Whether a value, time, place or id can be one is
judged here, for whole columns; a column without a fault is looked at once.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from chengyun.facts.columns import NO_PLACE, Batch, Bytes, Handles, Ids, Longs, Refused
from chengyun.kernel.crs import E7
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import from_datetime
from chengyun.kernel.limits import MAX_BATCH_ROWS, MAX_BATCH_VALUES, MAX_VALUE
from chengyun.sense.wire import ids
from chengyun.sense.wire.faults import REASON, Fault

Doubles: TypeAlias = NDArray[np.float64]
Marks: TypeAlias = NDArray[np.bool_]

MICRO: Final = 1_000_000
LATEST_YEAR: Final = 2200
LATEST: Final = from_datetime(datetime(LATEST_YEAR + 1, 1, 1, tzinfo=UTC))
"""The first instant that is no time of an observation; the first that is one is 1970 (0)."""

BAD_TIME: Final = -1
"""Stands for a time that could not be read."""

_COMMA: Final = ord(",")
_MAX_HANDLE: Final = 2**31 - 1


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """The columns of a message, types checked and nothing else.

    One of ``handles`` and ``sensors`` is given. ``lon`` and ``lat`` are degrees, NaN where none
    stands. ``index`` is the place of each row in the message; without it the rows are all there,
    in order. ``wrong`` has a ``Fault`` where a row was found unreadable on the way.
    """

    handles: Longs | None = None
    sensors: Ids | None = None
    at: Longs
    value: Doubles
    lon: Doubles | None = None
    lat: Doubles | None = None
    index: Longs | None = None
    wrong: Bytes | None = None
    refused: list[Refused] = []
    register: str = ""


def judged(said: Said) -> Batch:
    """Return the rows that can be observations; the others stand in ``refused`` by place."""
    count = len(said.at)
    wrong = np.zeros(count, np.uint8) if said.wrong is None else said.wrong
    if count:
        _judge(said, wrong)
    index = np.arange(count, dtype=np.int64) if said.index is None else said.index
    if not wrong.any():
        return _batch(said, index, said.refused)
    refused = [*said.refused]
    for place in np.flatnonzero(wrong).tolist():
        code, params = REASON[Fault(int(wrong[place]))]
        refused.append(Refused(int(index[place]), code, params))
    refused.sort(key=_place_of)
    return _batch(_kept(said, wrong == 0), index[wrong == 0], refused)


def check_rows(rows: int) -> None:
    """Refuse a message with more rows than a batch may have."""
    if rows > MAX_BATCH_ROWS:
        raise Rejected(
            "too_many_rows",
            f"the message has {rows:,} rows or more",
            remedy=f"send at most {MAX_BATCH_ROWS:,} in one message",
            params={"limit": str(MAX_BATCH_ROWS)},
        )


def check_values(content: bytes) -> None:
    """Refuse JSON or CSV with more values than any batch needs, before they are built."""
    if len(content) <= MAX_BATCH_VALUES:
        return
    commas = int(np.count_nonzero(np.frombuffer(content, np.uint8) == _COMMA))
    if commas > MAX_BATCH_VALUES:
        raise Rejected(
            "too_many_rows",
            f"the message holds {commas:,} values or more",
            remedy=f"send at most {MAX_BATCH_VALUES:,} values in one message",
            params={"limit": str(MAX_BATCH_VALUES)},
        )


def checked_register(name: object) -> str:
    """Return the name of a register, which has the form of an id or is empty."""
    if isinstance(name, str):
        content = name.encode("utf-8", "surrogatepass")
        one = Ids(np.frombuffer(content, np.uint8), np.array([len(content)], np.int64))
        if not content or ids.faults_of(one) is None:
            return name
    raise Rejected(
        "bad_register",
        "the register is no name",
        remedy="give the name that came with the handles, or leave it out",
    )


def _place_of(refused: Refused) -> int:
    return refused.index


def _judge(said: Said, wrong: Bytes) -> None:
    """Enter the first fault of each row, in the order id, time, value, place."""
    if said.sensors is not None:
        faults = ids.faults_of(said.sensors)
        if faults is not None:
            _enter(wrong, faults != 0, faults)
    elif said.handles is not None:
        low, high = said.handles.min(), said.handles.max()
        if low < 0 or high > _MAX_HANDLE:
            _enter(wrong, (said.handles < 0) | (said.handles > _MAX_HANDLE), Fault.BAD_ID)
    if said.at.min() < 0 or said.at.max() >= LATEST:
        _enter(wrong, (said.at < 0) | (said.at >= LATEST), Fault.BAD_TIME)
    if not (said.value.min() >= -MAX_VALUE and said.value.max() <= MAX_VALUE):  # NaN spreads
        _enter(wrong, ~np.isfinite(said.value), Fault.NOT_FINITE)
        _enter(wrong, np.abs(said.value) > MAX_VALUE, Fault.TOO_LARGE)
    if said.lon is not None and said.lat is not None:
        lon, lat = said.lon, said.lat
        outside = (np.abs(lon) > 180) | (np.abs(lat) > 90)
        _enter(wrong, outside | (np.isnan(lon) != np.isnan(lat)), Fault.BAD_PLACE)


def _enter(wrong: Bytes, where: Marks, fault: Fault | Bytes) -> None:
    free = where & (wrong == 0)
    wrong[free] = fault[free] if isinstance(fault, np.ndarray) else fault


def _kept(said: Said, keep: Marks) -> Said:
    return Said(
        handles=None if said.handles is None else said.handles[keep],
        sensors=None if said.sensors is None else ids.kept_of(said.sensors, keep),
        at=said.at[keep],
        value=said.value[keep],
        lon=None if said.lon is None else said.lon[keep],
        lat=None if said.lat is None else said.lat[keep],
        register=said.register,
    )


def _batch(said: Said, index: Longs, refused: list[Refused]) -> Batch:
    micro = said.value * MICRO
    np.rint(micro, out=micro)
    lon_e7 = lat_e7 = None
    if said.lon is not None and said.lat is not None and not np.isnan(said.lon).all():
        lon_e7, lat_e7 = _steps(said.lon), _steps(said.lat)
    return Batch(
        handles=said.handles,
        sensors=said.sensors,
        at=said.at,
        value=micro.astype(np.int64),
        lon_e7=lon_e7,
        lat_e7=lat_e7,
        index=index,
        refused=refused,
        register=said.register,
    )


def _steps(degrees: Doubles) -> Handles:
    return np.where(np.isnan(degrees), NO_PLACE, np.rint(degrees * E7)).astype(np.int32)
