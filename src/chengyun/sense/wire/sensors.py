"""Registrations of sensors: the fields of ``SensorEntry`` as JSON, CSV or an Arrow stream.

An array of objects, or a table with a column a field; a field that is left out or empty has its
default. One entry that is wrong is refused with its place, its field and what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from operator import attrgetter, itemgetter
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from chengyun.facts.columns import Ids, Refused, ids_of
from chengyun.facts.sensors import SensorEntry
from chengyun.sense.wire import arrow, arrow_frames, arrow_ids, ids, json_text
from chengyun.sense.wire.csv_cells import cells_of, other_schema
from chengyun.sense.wire.faults import REASON, Fault
from chengyun.sense.wire.judging import check_rows, check_values
from chengyun.sense.wire.reading import checked_type
from chengyun.sense.wire.rows import shown
from chengyun.sense.wire.unpacking import unpacked

FIELDS: Final = SensorEntry.__struct_fields__
REQUIRED: Final = ("id", "property", "feed")
TEXTS: Final = ("property", "feed", "area", "asset", "gateway")

_FORM: Final = f"give a column for {', '.join(REQUIRED)}, and if you like for {', '.join(FIELDS)}"
_ENTRIES: Final = msgspec.json.Decoder(list[SensorEntry])
_FIELD: Final = re.compile(r"at `\$(?:\[\d+\])?\.(\w+)`")
_NAMED: Final = re.compile(r"(unknown|required) field `([^`]*)`")

Placed = tuple[int, SensorEntry]


class Registrations(NamedTuple):
    """Entries by their place in the message, and the ones that are none."""

    taken: list[Placed]
    refused: list[Refused]


def read(content: bytes, content_type: str, content_encoding: str) -> Registrations:
    """Return the sensors that a message registers; raise ``Rejected`` where it cannot be read."""
    reader = READERS[checked_type(content_type, READERS)]
    return _judged(*reader(unpacked(content, content_encoding)))


# --- formats ----------------------------------------------------------------------------------
def _json(content: bytes) -> Registrations:
    content = json_text.bare(content)
    check_values(content)
    try:
        entries = _ENTRIES.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return _one_by_one(enumerate(json_text.items_of(content)), strict=True)
    check_rows(len(entries))
    return Registrations(list(enumerate(entries)), [])


def _csv(content: bytes) -> Registrations:
    check_values(content)
    cells = cells_of(content)
    _check_names(cells.header)
    lines = zip(cells.lines.tolist(), zip(*cells.columns, strict=True), strict=True)
    rows = ((line, _without_empty(cells.header, row)) for line, row in lines)
    read_all = _one_by_one(rows, strict=False)
    return Registrations(read_all.taken, [*read_all.refused, *cells.refused])


def _arrow(content: bytes) -> Registrations:
    batches, schema = arrow.batches_of(content)
    _check_names(schema.names)
    for name in schema.names:
        if not _fits(name, schema.field(name).type):
            raise other_schema(f"{name} is of type {str(schema.field(name).type)[:60]}", _FORM)
    wrong: dict[int, Refused] = {}
    try:
        columns = [
            _column(name, [batch.column(name) for batch in batches], wrong) for name in schema.names
        ]
    except arrow.UNREADABLE as damage:
        raise arrow_frames.broken(str(damage).partition("\n")[0][:120]) from None
    rows = enumerate(zip(*columns, strict=True))
    good = ((place, _without_empty(schema.names, row)) for place, row in rows if place not in wrong)
    read_all = _one_by_one(good, strict=False)
    return Registrations(read_all.taken, [*read_all.refused, *wrong.values()])


def _fits(name: str, kind: Any) -> bool:
    plain = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)
    return bool(plain or arrow_ids.can_be_read(kind)) and name in FIELDS


def _column(name: str, parts: list[Any], wrong: dict[int, Refused]) -> list[Any]:
    """Return a column as a list; texts that are too long to be spelled out are refused."""
    if parts and arrow_ids.can_be_read(parts[0].type):
        faults = np.zeros(sum(map(len, parts)), np.uint8)
        texts = arrow_ids.ids_of(parts, faults)
        for place in np.flatnonzero(faults == Fault.ID_TOO_LONG).tolist():
            long = Refused(place, "bad_field", {"field": name, "problem": "too long"})
            wrong.setdefault(place, _refused(place, Fault.ID_TOO_LONG) if name == "id" else long)
        return _texts(texts)
    for part in parts:
        part.validate(full=True)
    return [cell for part in parts for cell in part.to_pylist()]


def _texts(block: Ids) -> list[str]:
    content, ends = block.text.tobytes(), block.ends.tolist()
    starts = [0, *ends[:-1]]
    cut = [content[start:end] for start, end in zip(starts, ends, strict=True)]
    return [text.decode("utf-8", "surrogateescape") for text in cut]


def _check_names(names: Sequence[str]) -> None:
    if unknown := [name for name in names if name not in FIELDS]:
        raise other_schema(f"it has {unknown[0][:40]!a}", _FORM)
    if len(set(names)) != len(names):
        raise other_schema("a column comes twice", _FORM)
    if missing := [name for name in REQUIRED if name not in names]:
        raise other_schema(f"it lacks {' and '.join(missing)}", _FORM)


def _without_empty(names: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    if "" not in row and None not in row:
        return dict(zip(names, row, strict=True))
    return {name: cell for name, cell in zip(names, row, strict=True) if cell not in ("", None)}


# --- entries ----------------------------------------------------------------------------------
def _one_by_one(items: Iterable[tuple[int, object]], *, strict: bool) -> Registrations:
    taken: list[Placed] = []
    refused: list[Refused] = []
    for count, (place, item) in enumerate(items):
        check_rows(count + 1)
        try:
            taken.append((place, msgspec.convert(item, SensorEntry, strict=strict)))
        except msgspec.ValidationError as wrong:
            refused.append(_reason(place, str(wrong)))
    return Registrations(taken, refused)


def _reason(place: int, problem: str) -> Refused:
    """Return why an entry is refused, out of msgspec's words."""
    if named := _NAMED.search(problem):
        code = "unknown_field" if named[1] == "unknown" else "missing"
        return Refused(place, code, {"field": shown(named[2])})
    found = _FIELD.search(problem)
    if found is None:
        return _refused(place, Fault.NOT_A_ROW)
    field = found[1]
    if field == "id":
        return _refused(place, Fault.ID_TOO_LONG if "<=" in problem else Fault.BAD_ID)
    if field in ("lon", "lat"):
        return _refused(place, Fault.BAD_PLACE)
    return Refused(place, "bad_field", {"field": field, "problem": shown(problem)})


def _refused(place: int, fault: Fault) -> Refused:
    code, params = REASON[fault]
    return Refused(place, code, params)


def _judged(taken: list[Placed], refused: list[Refused]) -> Registrations:
    """Leave out entries whose texts or places cannot be what they should be."""
    wrong: dict[int, Refused] = {}
    _mark(taken, wrong, _bad_ids(taken), lambda place, fault: _refused(place, Fault(fault)))
    for name, unclean in _unclean_texts(taken):
        _mark(taken, wrong, unclean, partial(_unclean, name))
    for place, entry in taken:
        if (entry.lon is None) != (entry.lat is None):
            wrong.setdefault(place, _refused(place, Fault.BAD_PLACE))
    if wrong:
        taken = [one for one in taken if one[0] not in wrong]
    refused = sorted([*refused, *wrong.values()], key=lambda one: one.index)
    return Registrations(taken, refused)


def _unclean_texts(taken: list[Placed]) -> Iterator[tuple[str, Any]]:
    """Yield the fields in which a control character or broken UTF-8 stands, and in which rows."""
    texts = [list(map(attrgetter(name), map(itemgetter(1), taken))) for name in TEXTS]
    if ids.unclean_of(ids_of(["".join(column) for column in texts])) is None:
        return
    for name, column in zip(TEXTS, texts, strict=True):
        unclean = ids.unclean_of(ids_of(column))
        if unclean is not None:
            yield name, unclean


def _unclean(name: str, place: int, _mark: int) -> Refused:
    params = {"field": name, "problem": "control characters or broken UTF-8"}
    return Refused(place, "bad_field", params)


def _bad_ids(taken: list[Placed]) -> Any:
    return ids.faults_of(ids_of([entry.id for _, entry in taken]))


def _mark(
    taken: list[Placed],
    wrong: dict[int, Refused],
    marks: Any,
    reason: Callable[[int, int], Refused],
) -> None:
    if marks is None:
        return
    for row in np.flatnonzero(marks).tolist():
        place = taken[row][0]
        wrong.setdefault(place, reason(place, int(marks[row])))


READERS: Final[dict[str, Callable[[bytes], Registrations]]] = {
    "application/json": _json,
    "application/vnd.apache.arrow.stream": _arrow,
    "text/csv": _csv,
}
"""A reader for each content type."""
