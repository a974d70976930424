"""Reads rows by a declared mapping: types, zones, units, required, allowed.

Pure: a row of text in, a ``ReportRow`` or ``ObservationRow`` out, or ``Rejected`` with the field
and the reason. What a source recorded about the handling of a request is read apart
(``read_outcome``), so that nobody sees it before its time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

import msgspec

from chengyun.facts.places import Place
from chengyun.kernel import crs, ids, instants
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import SECOND_US, Instant
from chengyun.kernel.limits import MAX_TEXT_CHARS
from chengyun.kernel.units import convert_micro
from chengyun.sense.policy import Column, Feed

EARLIEST_YEAR: Final = 1990
LATEST_YEAR: Final = 2100
_EARLIEST: Final = instants.from_datetime(datetime(EARLIEST_YEAR, 1, 1, tzinfo=UTC))
_LATEST: Final = instants.from_datetime(datetime(LATEST_YEAR + 1, 1, 1, tzinfo=UTC))


class Registers(msgspec.Struct, frozen=True):
    """What a value may be: the pack's types, areas by name, and the city's box in degrees."""

    types: Collection[str]
    area_of: Callable[[str], str | None]
    box: tuple[float, float, float, float]
    """West, south, east, north."""


class ReportRow(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it was when it entered."""

    id: str
    opened_at: Instant
    due_at: Instant | None
    type: str
    title: str
    text: str
    channel: str
    area: str
    place: Place | None
    place_text: str
    attributes: dict[str, str]
    personal: dict[str, str]
    notes: list[str]


class ToldRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a row tells, before anything of it is believed."""

    number: str
    at: Instant | None
    due_at: Instant | None
    type: str
    title: str
    text: str
    channel: str
    area: str
    lon: str
    lat: str
    words: str
    attributes: dict[str, str]
    personal: dict[str, str]


class ObservationRow(msgspec.Struct, frozen=True, kw_only=True):
    """A measured value over an interval; known when the interval is over."""

    id: str
    area: str
    value_micro: int
    from_at: Instant
    until_at: Instant


class OutcomeRow(msgspec.Struct, frozen=True, kw_only=True):
    """What the source recorded about the handling; hidden until ``closed_at``."""

    closed_at: Instant
    unit: str
    outcome: str
    duplicate_of: str
    text: str
    notes: list[str]


class Reading:
    """A feed's mapping bound to the columns of one file."""

    def __init__(self, feed: Feed, columns: Sequence[str], registers: Registers) -> None:
        self._feed = feed
        self._zone = instants.zone(feed.zone)
        self._crs = crs.crs(feed.crs)
        self._registers = registers
        self._place_of_column = {name: place for place, name in enumerate(columns)}
        missing = self._missing(feed.columns)
        if missing:
            raise Rejected(
                "other_schema",
                f"the file has no column for {', '.join(missing)}; it has {', '.join(columns)}",
                remedy="give a file of this feed's schema, or map these columns in the pack",
                params={"missing": ", ".join(missing), "columns": ", ".join(columns)[:500]},
            )
        self._at = {name: self._where(column.from_) for name, column in feed.columns.items()}
        self._attributes = [
            (name, place)
            for name, sources in feed.attributes.items()
            if (place := self._where(sources)) is not None
        ]

    def _missing(self, columns: Mapping[str, Column]) -> list[str]:
        return [
            f"{name} ({' or '.join(column.from_)})"
            for name, column in columns.items()
            if column.required and self._where(column.from_) is None
        ]

    def _where(self, sources: Sequence[str]) -> int | None:
        for source in sources:
            if source in self._place_of_column:
                return self._place_of_column[source]
        return None

    # --- requests -----------------------------------------------------------------------------

    def report(self, values: Sequence[str]) -> ReportRow:
        """Read a request, without anything the source learned later."""
        notes: list[str] = []
        opened_at = self._time("opened_at", values, notes)
        if opened_at is None:
            raise _missing_value("opened_at")
        personal = {
            name: value
            for name, column in self._feed.columns.items()
            if column.personal and (value := self._text(name, values))
        }
        return ReportRow(
            id=ids.outside(self._raw("id", values), field="id"),
            opened_at=opened_at,
            due_at=self._time("due_at", values, notes),
            type=self._type(values),
            title=self._public_text("title", values),
            text=self._public_text("text", values),
            channel=self._public_text("channel", values) or self._feed.channel,
            area=self._area(values, notes),
            place=self._place(values),
            place_text=self._public_text("place_text", values),
            attributes={
                name: value for name, place in self._attributes if (value := values[place].strip())
            },
            personal=personal,
            notes=notes,
        )

    def told(self, values: Sequence[str]) -> ToldRow:
        """Read what somebody told, as it stands: only its number and its time must be readable."""
        notes: list[str] = []
        return ToldRow(
            number=ids.outside(self._raw("id", values), field="id"),
            at=self._time("opened_at", values, notes),
            due_at=self._time("due_at", values, notes),
            type=self._raw("type", values),
            title=self._public_raw("title", values),
            text=self._public_raw("text", values),
            channel=self._public_raw("channel", values) or self._feed.channel,
            area=self._raw("area", values),
            lon=self._raw("lon", values),
            lat=self._raw("lat", values),
            words=self._public_raw("place_text", values),
            attributes={
                name: value for name, place in self._attributes if (value := values[place].strip())
            },
            personal={
                name: value
                for name, column in self._feed.columns.items()
                if column.personal and (value := self._raw(name, values))
            },
        )

    def _public_raw(self, name: str, values: Sequence[str]) -> str:
        column = self._feed.columns.get(name)
        return "" if column is None or column.personal else self._raw(name, values)

    def _type(self, values: Sequence[str]) -> str:
        found = self._text("type", values)
        if not found:
            raise _missing_value("type")
        if found not in self._registers.types:
            raise Rejected(
                "unknown_type",
                f"{found[:80]!r} is no case type of this city",
                where="type",
                remedy="add it to case_types.csv, or correct it at the sender",
                params={"field": "type", "value": found[:80]},
            )
        return found

    def _area(self, values: Sequence[str], notes: list[str]) -> str:
        named = self._text("area", values)
        if not named:
            return ""
        area = self._registers.area_of(named)
        if area is None:
            notes.append(f"unknown_area:{named[:80]}")
            return ""
        return area

    def _place(self, values: Sequence[str]) -> Place | None:
        lon, lat = self._raw("lon", values), self._raw("lat", values)
        if not lon and not lat:
            return None
        try:
            point = crs.to_inside(self._crs, float(lon), float(lat))
        except ValueError as wrong:
            raise Rejected(
                "not_a_coordinate",
                f"{lon[:40]!r}, {lat[:40]!r} are no coordinates",
                where="lon, lat",
                remedy="give both as decimal numbers, or leave both empty",
                params={"field": "lon, lat", "value": f"{lon[:40]}, {lat[:40]}"},
            ) from wrong
        except Rejected as wrong:
            raise _in_field("lon, lat", wrong) from wrong
        west, south, east, north = self._registers.box
        if not (west <= point.lon_e7 / 1e7 <= east and south <= point.lat_e7 / 1e7 <= north):
            raise Rejected(
                "outside_city",
                f"{lon[:40]}, {lat[:40]} lies outside the city",
                where="lon, lat",
                remedy="correct it at the sender, or the bounds and crs in the pack",
                params={"field": "lon, lat", "value": f"{lon[:40]}, {lat[:40]}"},
            )
        return Place(lon_e7=point.lon_e7, lat_e7=point.lat_e7)

    # --- recorded handling --------------------------------------------------------------------

    def outcome(self, values: Sequence[str]) -> OutcomeRow | None:
        """Read what was recorded about the handling, or ``None`` where nothing closed it."""
        declared = self._feed.outcome
        if declared is None:
            return None
        notes: list[str] = []
        closed_at = self._time_of("closed_at", declared.closed_at, values, notes)
        if closed_at is None:
            return None
        text = self._value_of(declared.text, values) if declared.text else ""
        outcome = self._value_of(declared.outcome, values) or _outcome_in(text, declared.kinds)
        duplicate_of = declared.duplicate_of
        return OutcomeRow(
            closed_at=closed_at,
            unit=self._value_of(declared.unit, values),
            outcome=outcome or "other",
            duplicate_of=self._value_of(duplicate_of, values) if duplicate_of else "",
            text=text,
            notes=notes,
        )

    def recorded_unit(self, values: Sequence[str]) -> str:
        """Return the unit that the source recorded; for scoring only, never for the platform."""
        declared = self._feed.outcome
        return "" if declared is None else self._value_of(declared.unit, values)

    # --- observations -------------------------------------------------------------------------

    def observation(self, values: Sequence[str]) -> ObservationRow:
        """Read a measured value and the interval it was gathered in."""
        notes: list[str] = []
        from_at = self._time("observed_at", values, notes)
        if from_at is None:
            raise _missing_value("observed_at")
        number = self._number("value", values)
        if number is None:
            raise _missing_value("value")
        source_unit = self._feed.columns["value"].unit or self._feed.unit
        return ObservationRow(
            id=str(from_at),
            area=self._area(values, notes) or self._feed.area,
            value_micro=convert_micro(number, source_unit, self._feed.unit),
            from_at=from_at,
            until_at=Instant(from_at + self._feed.interval_s * SECOND_US),
        )

    # --- values -------------------------------------------------------------------------------

    def _raw(self, name: str, values: Sequence[str]) -> str:
        place = self._at.get(name)
        value = "" if place is None else values[place].strip()
        return value if value and value not in self._feed.columns[name].empty else ""

    def _text(self, name: str, values: Sequence[str]) -> str:
        column = self._feed.columns.get(name)
        return "" if column is None else self._checked(name, column, self._raw(name, values))

    def _public_text(self, name: str, values: Sequence[str]) -> str:
        column = self._feed.columns.get(name)
        return "" if column is None or column.personal else self._text(name, values)

    def _value_of(self, column: Column, values: Sequence[str]) -> str:
        place = self._where(column.from_)
        raw = "" if place is None else values[place].strip()
        return self._checked(column.from_[0], column, raw)

    @staticmethod
    def _checked(name: str, column: Column, value: str) -> str:
        if value in column.empty:
            value = ""
        if column.required and not value:
            raise _missing_value(name)
        if len(value) > MAX_TEXT_CHARS:
            raise Rejected(
                "too_long",
                f"{name} has {len(value)} characters, at most {MAX_TEXT_CHARS} are allowed",
                where=name,
                remedy="shorten it at the sender",
                params={"field": name, "chars": str(len(value)), "limit": str(MAX_TEXT_CHARS)},
            )
        if column.allowed and value and value not in column.allowed:
            said = "what was said" if column.personal else repr(value[:80])
            raise Rejected(
                "not_allowed",
                f"{said} is not one of the values allowed for {name}",
                where=name,
                remedy=f"allowed are {', '.join(column.allowed[:20])}",
                params={"field": name} | ({} if column.personal else {"value": value[:80]}),
            )
        return value

    def _number(self, name: str, values: Sequence[str]) -> Decimal | None:
        text = self._text(name, values)
        if not text:
            return None
        try:
            number = Decimal(text)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or abs(number) > Decimal(10) ** 12:
            raise Rejected(
                "not_a_number",
                f"{text[:40]!r} is no number",
                where=name,
                remedy="write it with digits and a point",
                params={"field": name, "value": text[:40]},
            )
        return number

    def _time(self, name: str, values: Sequence[str], notes: list[str]) -> Instant | None:
        column = self._feed.columns.get(name)
        return None if column is None else self._time_of(name, column, values, notes)

    def _time_of(
        self, name: str, column: Column, values: Sequence[str], notes: list[str]
    ) -> Instant | None:
        place = self._where(column.from_)
        text = "" if place is None else values[place].strip()
        if not text or text in column.empty:
            if column.required:
                raise _missing_value(name)
            return None
        try:
            if column.as_ == "iso_time":
                return possible(name, text, instants.from_text(text))
            moment = wall_clock(name, text, column)
            instant, ambiguous = instants.from_local(moment, self._zone)
        except Rejected as wrong:
            raise _in_field(name, wrong) from wrong
        if ambiguous:
            notes.append(f"ambiguous_local_time:{name}:first")
        return instant


def possible(name: str, text: str, instant: Instant) -> Instant:
    """Return ``instant``, or refuse one so far away that it must be a mistake."""
    if not _EARLIEST <= instant < _LATEST:
        raise Rejected(
            "impossible_time",
            f"{text[:40]!r} is no possible time",
            where=name,
            remedy=f"write one of the years {EARLIEST_YEAR} to {LATEST_YEAR}",
            params={"value": text[:40]},
        )
    return instant


def wall_clock(name: str, text: str, column: Column) -> datetime:
    """Return the local time that ``text`` says in a format of the column; refuse any other."""
    for form in column.formats or ["%Y-%m-%d %H:%M:%S"]:
        try:
            moment = (
                datetime.fromisoformat(text)
                if form == "%Y-%m-%d %H:%M:%S"
                else datetime.strptime(text, form)  # noqa: DTZ007 - the feed's zone is put on later
            )
        except ValueError:
            continue
        if moment.tzinfo is None and EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
            return moment
    raise Rejected(
        "impossible_time",
        f"{text[:40]!r} is no possible time",
        where=name,
        remedy=f"write it as {', '.join(column.formats) or 'YYYY-MM-DD HH:MM:SS'}",
        params={"field": name, "value": text[:40]},
    )


def _outcome_in(text: str, kinds: Mapping[str, Sequence[str]]) -> str:
    folded = text.casefold()
    for outcome, patterns in sorted(kinds.items()):
        if any(re.search(pattern, folded) for pattern in patterns):
            return outcome
    return ""


def _in_field(name: str, wrong: Rejected) -> Rejected:
    """Return a refusal from below with the field it happened in."""
    params = wrong.params | {"field": name}
    return Rejected(wrong.code, wrong.what, where=name, remedy=wrong.remedy, params=params)


def _missing_value(name: str) -> Rejected:
    return Rejected(
        "missing",
        f"{name} is empty",
        where=name,
        remedy="every record needs one",
        params={"field": name},
    )
