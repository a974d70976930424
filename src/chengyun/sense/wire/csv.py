"""``text/csv``: a header of ``sensor`` or ``handle``, ``at``, ``value`` and if you like places."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from chengyun.facts.columns import Batch, Bytes, Longs, ids_of
from chengyun.sense.wire.cells import BEYOND
from chengyun.sense.wire.csv_cells import cells_of, other_schema
from chengyun.sense.wire.faults import Fault
from chengyun.sense.wire.judging import BAD_TIME, Doubles, Said, judged
from chengyun.sense.wire.times import instant_of, instants_of

NAMES: Final = ("sensor", "handle", "at", "value", "lon", "lat")
_FORM: Final = "write a header of sensor or handle, at, value, and if you like lon and lat"

_DIGITS: Final = re.compile(r"[0-9]{1,18}")
# possessive, so that a long cell is walked once
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?")
_NO_NUMBER: Final = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)
_BAD_HANDLE: Final = -1


def read(content: bytes) -> Batch:
    """Return the observations of a table."""
    cells = cells_of(content)
    _check_header(cells.header)
    column = dict(zip(cells.header, cells.columns, strict=True))
    wrong = np.zeros(len(cells.lines), np.uint8)
    named, placed = "sensor" in column, "lon" in column
    ids = column["sensor" if named else "handle"]
    _enter_empty(ids, wrong, Fault.MISSING_ID)
    _enter_empty(column["at"], wrong, Fault.MISSING_AT)
    _enter_empty(column["value"], wrong, Fault.MISSING_VALUE)
    return judged(
        Said(
            handles=None if named else _longs(ids, _handle_of),
            sensors=ids_of(list(ids)) if named else None,
            at=_instants(column["at"]),
            value=_numbers(column["value"], wrong, Fault.NOT_A_NUMBER),
            lon=_degrees(column["lon"], wrong) if placed else None,
            lat=_degrees(column["lat"], wrong) if placed else None,
            index=cells.lines,
            wrong=wrong,
            refused=cells.refused,
        )
    )


def _check_header(header: list[str]) -> None:
    if unknown := [name for name in header if name not in NAMES]:
        raise other_schema(f"it has {unknown[0][:40]!a}", _FORM)
    if len(set(header)) != len(header):
        raise other_schema("a column comes twice", _FORM)
    if ("sensor" in header) == ("handle" in header):
        raise other_schema("it has sensor and handle, or neither of them", _FORM)
    if ("lon" in header) != ("lat" in header):
        raise other_schema("it has one of lon and lat, not both", _FORM)
    if missing := [name for name in ("at", "value") if name not in header]:
        raise other_schema(f"it lacks {' and '.join(missing)}", _FORM)


def _enter_empty(column: Sequence[str], wrong: Bytes, fault: Fault) -> None:
    if "" in column:
        empty = np.fromiter((not cell for cell in column), np.bool_, len(column))
        wrong[empty & (wrong == 0)] = fault


# --- text to numbers --------------------------------------------------------------------------
def _longs(column: Sequence[str], read_one: Callable[[str], int]) -> Longs:
    """Return whole numbers: all at once where all are plain digits, else one by one."""
    if "".join(column).isdecimal():  # Arrow also reads 0x1F
        try:
            return np.array(pa.array(column, pa.string()).cast(pa.int64()), np.int64)
        except pa.ArrowInvalid:
            pass
    return np.fromiter(map(read_one, column), np.int64, len(column))


def _handle_of(cell: str) -> int:
    return int(cell) if _DIGITS.fullmatch(cell) else _BAD_HANDLE


def _instants(column: Sequence[str]) -> Longs:
    """Return instants, said in microseconds or as text; mixed ones are read one by one."""
    if any(map(str.isdecimal, column)):
        return _longs(column, _instant_of)
    return instants_of(list(column))


def _instant_of(cell: str) -> int:
    if cell.isdecimal():
        return int(cell) if _DIGITS.fullmatch(cell) else BAD_TIME
    return instant_of(cell)


def _degrees(column: Sequence[str], wrong: Bytes) -> Doubles:
    """Return degrees, NaN where the cell is empty."""
    said = [cell or "nan" for cell in column] if "" in column else column
    return _numbers(said, wrong, Fault.BAD_PLACE)


def _numbers(column: Sequence[str], wrong: Bytes, fault: Fault) -> Doubles:
    """Return numbers; ``fault`` is entered where a cell is none."""
    try:
        numbers = np.array(pa.array(column, pa.string()).cast(pa.float64()), np.float64)
    except (pa.ArrowInvalid, UnicodeEncodeError):
        numbers = np.zeros(len(column))
        for place, cell in enumerate(column):
            if _NUMBER.fullmatch(cell) or _NO_NUMBER.fullmatch(cell):
                numbers[place] = float(cell)
            else:
                wrong[place] = wrong[place] or fault
    for place in np.flatnonzero(np.isinf(numbers)).tolist():
        if _NUMBER.fullmatch(column[place]):
            numbers[place] = BEYOND
    return numbers
