"""The twin's state: areas, units, assets, and what is known of each exact point."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change, Put, Table
from chengyun.facts.dispatch import CaseDispatched
from chengyun.facts.engine import FactArrived
from chengyun.facts.envelope import Fact
from chengyun.facts.handle import ReportClosed
from chengyun.facts.learn import FiguresShared
from chengyun.facts.twin import AssetRegistered, CrewMoved, DefaultGeocodeFound, ReportLocated


class AreaState(msgspec.Struct, frozen=True):
    """What an area looks like now."""

    area: str
    reports: int
    open_reports: int
    last_report_at: int


class UnitState(msgspec.Struct, frozen=True):
    """What a unit has been given and what it has closed."""

    unit: str
    dispatched: int
    closed: int


class AssetRow(msgspec.Struct, frozen=True):
    """A component of the register."""

    code: str
    type: str
    name: str
    owner: str
    lon_e7: int
    lat_e7: int
    cell: str


class PointRow(msgspec.Struct, frozen=True):
    """An exact point and the streets that reports put there; many streets mean: no place."""

    lon_e7: int
    lat_e7: int
    streets: list[str]
    is_default: bool


class PartitionFigures(msgspec.Struct, frozen=True):
    """The latest figures that a partition below shared."""

    source: str
    until_at: int
    counts: dict[str, int]


class CrewRow(msgspec.Struct, frozen=True):
    """Where a crew last said it was, and what it is doing."""

    unit: str
    state: str
    """``free``, ``under_way`` or ``on_site``."""
    lon_e7: int | None
    lat_e7: int | None
    case: str
    since_at: int


AREAS = Table("area_states", AreaState, key=("area",))
UNITS = Table("unit_states", UnitState, key=("unit",))
ASSETS = Table("assets", AssetRow, key=("code",), indexes=(("type", "cell"),))
POINTS = Table("points", PointRow, key=("lon_e7", "lat_e7"))
FIGURES_BELOW = Table("partition_figures", PartitionFigures, key=("source",))
CREWS = Table("crews", CrewRow, key=("unit",))
TABLES = (AREAS, UNITS, ASSETS, POINTS, FIGURES_BELOW, CREWS)


def note_report(fact: Fact[ReportLocated], rows: Rows) -> Iterable[Change]:
    """Count a report in its area."""
    state = rows.get(AREAS, fact.area) or AreaState(fact.area, 0, 0, 0)
    yield Put(
        AREAS,
        AreaState(fact.area, state.reports + 1, state.open_reports + 1, fact.happened_at),
    )


def note_street(fact: Fact[ReportLocated], rows: Rows) -> Iterable[Change]:
    """Remember which street a report put at a point that is still believed."""
    place, street = fact.body.place, fact.body.street
    if place is None or not street:
        return
    point = rows.get(POINTS, (place.lon_e7, place.lat_e7))
    if point is None:
        yield Put(POINTS, PointRow(place.lon_e7, place.lat_e7, [street], is_default=False))
    elif street not in point.streets:
        yield Put(POINTS, msgspec.structs.replace(point, streets=[*point.streets, street]))


def note_default(fact: Fact[DefaultGeocodeFound], rows: Rows) -> Iterable[Change]:
    """From now on nothing is believed to lie at this point."""
    place = fact.body.place
    yield Put(POINTS, PointRow(place.lon_e7, place.lat_e7, [], is_default=True))


def note_asset(fact: Fact[AssetRegistered], rows: Rows) -> Iterable[Change]:
    """Enter a component into the register."""
    yield Put(ASSETS, asset_row(fact.body))


def asset_row(asset: AssetRegistered) -> AssetRow:
    """Return the row of a component; one without a place lies in no cell."""
    place = asset.place
    lon, lat = (0, 0) if place is None else (place.lon_e7, place.lat_e7)
    return AssetRow(asset.code, asset.type, asset.name, asset.owner, lon, lat, asset.cell)


def note_dispatched(fact: Fact[CaseDispatched], rows: Rows) -> Iterable[Change]:
    """Count a case given to a unit."""
    unit = fact.body.unit
    state = rows.get(UNITS, unit) or UnitState(unit, 0, 0)
    yield Put(UNITS, msgspec.structs.replace(state, dispatched=state.dispatched + 1))


def note_closed(fact: Fact[ReportClosed], rows: Rows) -> Iterable[Change]:
    """Count a report that ended, in its area and for the unit that handled it."""
    state = rows.get(AREAS, fact.area)
    if state is not None:
        yield Put(AREAS, msgspec.structs.replace(state, open_reports=state.open_reports - 1))
    unit = fact.body.unit
    if unit:
        seen = rows.get(UNITS, unit) or UnitState(unit, 0, 0)
        yield Put(UNITS, msgspec.structs.replace(seen, closed=seen.closed + 1))


def note_crew(fact: Fact[CrewMoved], rows: Rows) -> Iterable[Change]:
    """The latest word of a crew counts; one that comes late changes nothing."""
    moved = fact.body
    before = rows.get(CREWS, moved.unit)
    if before is not None and before.since_at > fact.happened_at:
        return
    lon, lat = (None, None) if moved.place is None else (moved.place.lon_e7, moved.place.lat_e7)
    yield Put(CREWS, CrewRow(moved.unit, moved.state, lon, lat, moved.case, fact.happened_at))


def note_figures_below(fact: Fact[FactArrived], rows: Rows) -> Iterable[Change]:
    """Keep the latest figures of a partition below; nothing else of it is known here."""
    if fact.body.kind == FiguresShared.__name__:
        shared = msgspec.json.decode(fact.body.content, type=FiguresShared)
        yield Put(FIGURES_BELOW, PartitionFigures(fact.body.source, shared.until_at, shared.counts))
