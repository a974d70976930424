"""``application/senml+json``: records of RFC 8428, resolved with their base fields.

The sensor is ``bn`` and ``n`` together, the time ``bt`` and ``t``, the value ``bv`` and ``v``; a
time below 2^28 seconds is counted from now. Units are not converted: a sensor speaks in the unit
of its property. Base fields hold for all records behind them, so one that is wrong refuses all.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

import msgspec

from chengyun.facts.columns import Batch, Refused
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import SECOND_US, Instant
from chengyun.kernel.limits import MAX_ID_CHARS
from chengyun.sense.wire import cells, json_text
from chengyun.sense.wire.faults import Fault
from chengyun.sense.wire.judging import LATEST, check_rows, judged
from chengyun.sense.wire.rows import Rows, shown

VERSION: Final = 10
"""The version of SenML that RFC 8428 defines; a newer one may mean anything."""

RELATIVE_BELOW_S: Final = 2**28

_RECORDS: Final = msgspec.json.Decoder(list[dict[str, object]])
_VALUES: Final = ("v", "vb", "vs", "vd")


class Base:
    """The base fields as they stand at the record at hand."""

    def __init__(self) -> None:
        self.name = ""
        self.time_s = 0.0
        self.value = 0.0

    def take(self, record: dict[str, object]) -> None:
        """Take the base fields of a record; raise ``Rejected`` over one that is wrong."""
        if "bn" in record:
            name = record["bn"]
            if not isinstance(name, str):
                raise _bad_base("bn")
            self.name = name
        if "bt" in record:
            self.time_s = _base_number(record, "bt")
        if "bv" in record:
            self.value = _base_number(record, "bv")
        version = record.get("bver", VERSION)
        if isinstance(version, bool) or not isinstance(version, int) or not 0 < version <= VERSION:
            raise Rejected(
                "other_version",
                "the message is written in another version of SenML",
                remedy=f"write version {VERSION} (RFC 8428)",
                params={"limit": str(VERSION)},
            )


def read(content: bytes, now: Instant) -> Batch:
    """Return the observations of a pack of records; ``now`` is what relative times relate to."""
    rows, base = Rows(), Base()
    for index, record in enumerate(_records(content)):
        check_rows(index + 1)
        if not isinstance(record, dict):
            rows.refuse(index, Fault.NOT_A_ROW)
            continue
        unknown = _must_be_understood(record)
        base.take(record)
        if unknown:
            rows.refused.append(Refused(index, "unknown_field", {"field": shown(unknown)}))
            continue
        name, at, value = _name(base, record), _time(base, record, now), _value(base, record)
        rows.take(index, (name, at, value, math.nan, math.nan))
    return judged(rows.said())


def _records(content: bytes) -> Iterable[object]:
    try:
        return _RECORDS.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return json_text.items_of(content)
    except RecursionError:
        raise json_text.too_deep() from None


def _must_be_understood(record: dict[str, object]) -> str:
    """Return the name of a field that the RFC forbids to ignore, if the record has one."""
    unknown = next((field for field in record if field.endswith("_")), "")
    if unknown.startswith("b"):
        raise _bad_base(shown(unknown))
    return unknown


def _name(base: Base, record: dict[str, object]) -> str | Fault:
    name = record.get("n", "")
    if not isinstance(name, str):
        return Fault.BAD_ID
    if len(base.name) + len(name) > MAX_ID_CHARS:
        return Fault.ID_TOO_LONG
    return (base.name + name) or Fault.MISSING_ID


def _time(base: Base, record: dict[str, object], now: Instant) -> int | Fault:
    said = record.get("t", 0)
    offset_s = Fault.BAD_TIME if isinstance(said, bool) else cells.number_of(said)
    if isinstance(offset_s, Fault):
        return Fault.BAD_TIME
    time_s = base.time_s + offset_s
    if not abs(time_s) * SECOND_US < LATEST:  # NaN too
        return Fault.BAD_TIME
    at = round(time_s * SECOND_US)
    return max(at + now, -1) if time_s < RELATIVE_BELOW_S else at


def _value(base: Base, record: dict[str, object]) -> float | Fault:
    said = [field for field in _VALUES if field in record]
    if len(said) != 1:
        return Fault.NOT_A_NUMBER if said else Fault.MISSING_VALUE
    value = record[said[0]]
    if said[0] == "vb":
        return float(value) if isinstance(value, bool) else Fault.NOT_A_NUMBER
    if said[0] != "v" or isinstance(value, bool):
        return Fault.NOT_A_NUMBER
    number = cells.number_of(value)
    return number if isinstance(number, Fault) else base.value + number


def _base_number(record: dict[str, object], field: str) -> float:
    said = record[field]
    number = Fault.NOT_A_NUMBER if isinstance(said, bool) else cells.number_of(said)
    if isinstance(number, Fault) or not math.isfinite(number):
        raise _bad_base(field)
    return number


def _bad_base(field: str) -> Rejected:
    return Rejected(
        "bad_base",
        f"the base field {field!a} is wrong or not known, and all records behind it need it",
        remedy="write base fields as RFC 8428 defines them",
        params={"field": field},
    )
