"""Reads rows of a recorded table of sensor data by its declared mapping.

Pure: cells in; out comes when a row was said and what by whom, or ``Rejected``. What a value is
worth is not judged here: its text goes on to the wire as it stands, and is refused there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from chengyun.kernel import instants
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import SECOND_US, Instant
from chengyun.kernel.limits import MAX_VALUE
from chengyun.kernel.units import MICRO, convert_micro
from chengyun.sense.policy import Column, NamedSensors, RecordedTable, RecordedTime
from chengyun.sense.rules import possible, wall_clock

NOTHING: Final = ""


class RowSaid(NamedTuple):
    """What a row of the table says."""

    at: Instant
    """The instant of its values: the end of the interval they were gathered in."""
    due: Instant
    """When it comes in; never before ``at``, unless the table says so."""
    values: list[tuple[str, str]]
    """Sensor and text of its value, ready for the wire."""
    unsaid: list[str]
    """Sensors of which the row says nothing."""
    is_ambiguous: bool
    """Its local time exists twice; the first of the two is taken."""


class _Cell(NamedTuple):
    sensor: str
    place: int
    source: str
    target: str


class RecordedRows:
    """A mapping bound to the columns of one file."""

    def __init__(self, table: RecordedTable, columns: Sequence[str], units: dict[str, str]) -> None:
        """``units`` is the unit of each property; raises ``Rejected`` (``other_schema``)."""
        self._table = table
        self._zone = instants.zone(table.zone)
        self._place = {name: place for place, name in enumerate(columns)}
        self._check(columns)
        self._empty = frozenset([NOTHING, *table.empty])
        self._at = _TimeCells(table.at, "at", self._place)
        received = table.received
        self._received = received and _TimeCells(received, "received", self._place)
        self._units = units
        self._cells = [
            _Cell(sensor, self._place[one.from_], one.unit, units[one.property])
            for sensor, one in table.sensors.items()
        ]
        self._newest: tuple[str, tuple[Instant, bool]] = ("", (Instant(0), False))

    def _check(self, columns: Sequence[str]) -> None:
        table, named = self._table, self._table.named
        wanted = [*table.at.from_, *(table.received.from_ if table.received else ())]
        wanted += [one.from_ for one in table.sensors.values()]
        wanted += [named.id, named.value] if named else []
        missing = [name for name in dict.fromkeys(wanted) if name not in self._place]
        if missing:
            raise Rejected(
                "other_schema",
                f"the file has no column {', '.join(missing)}; it has {', '.join(columns)[:300]}",
                remedy="give a file of this recording's schema, or correct the mapping in the pack",
                params={"missing": ", ".join(missing)[:500], "columns": ", ".join(columns)[:500]},
            )

    def row(self, cells: Sequence[str]) -> RowSaid:
        """Read one row; raises ``Rejected`` where nobody can tell when or by whom it was said."""
        at, is_ambiguous = self._instant(cells)
        due = at
        if self._received:
            due, _ = self._received.read(cells, self._zone)
        said: list[tuple[str, str]] = []
        unsaid: list[str] = []
        for sensor, text, source, target in self._told(cells):
            if text in self._empty:
                unsaid.append(sensor)
            else:
                said.append((sensor, _in_unit(text, source, target)))
        return RowSaid(at, due, said, unsaid, is_ambiguous)

    def _instant(self, cells: Sequence[str]) -> tuple[Instant, bool]:
        """Return the instant of a row; rows of one instant mostly follow one another."""
        text = self._at.text(cells)
        if text != self._newest[0]:
            at, is_ambiguous = self._at.read(cells, self._zone)
            said_at = Instant(at + self._table.interval_s * SECOND_US)
            self._newest = text, (said_at, is_ambiguous)
        return self._newest[1]

    def _told(self, cells: Sequence[str]) -> Iterator[tuple[str, str, str, str]]:
        """Yield sensor, text, unit of the table and unit inside."""
        for one in self._cells:
            yield one.sensor, _one_line(cells[one.place].strip(), "value"), one.source, one.target
        named = self._table.named
        if named is not None:
            sensor = self._sensor(cells, named)
            text = _one_line(cells[self._place[named.value]].strip(), "value")
            yield sensor, text, named.unit, self._units[named.property]

    def _sensor(self, cells: Sequence[str], named: NamedSensors) -> str:
        name = _one_line(cells[self._place[named.id]].strip(), "sensor")
        if name in self._empty:
            raise Rejected(
                "missing",
                "the row names no sensor",
                where=named.id,
                remedy="name it at the sender",
                params={"field": "sensor", "value": name},
            )
        return named.prefix + name


class _TimeCells:
    """The cells of a row that together are a time."""

    def __init__(self, declared: RecordedTime, field: str, place: dict[str, int]) -> None:
        self._declared = declared
        self._field = field
        self._places = [place[name] for name in declared.from_]
        self._column = Column(from_=declared.from_, formats=declared.formats)

    def text(self, cells: Sequence[str]) -> str:
        return " ".join(cells[place].strip() for place in self._places)

    def read(self, cells: Sequence[str], zone: ZoneInfo) -> tuple[Instant, bool]:
        """Return the instant, and whether its local time exists twice."""
        text = self.text(cells)
        try:
            if self._declared.as_ == "iso_time":
                return possible(self._field, text, instants.from_text(text)), False
            return instants.from_local(wall_clock(self._field, text, self._column), zone)
        except Rejected as wrong:
            params = wrong.params | {"field": self._field}
            raise Rejected(
                wrong.code, wrong.what, where=self._field, remedy=wrong.remedy, params=params
            ) from wrong


def _one_line(text: str, field: str) -> str:
    """Refuse a cell that would break the line of a message."""
    if "\n" in text or "\r" in text:
        raise Rejected(
            "line_break",
            f"the cell of the {field} holds a line break",
            where=field,
            remedy="remove it at the sender",
            params={"field": field},
        )
    return text


def _in_unit(text: str, source: str, target: str) -> str:
    """Return the text of a value in the unit inside; what is no number stays as it is."""
    if not source or source == target:
        return text
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    if not number.is_finite() or abs(number) > MAX_VALUE:
        return text
    return format(Decimal(convert_micro(number, source, target)) / MICRO, "f")
