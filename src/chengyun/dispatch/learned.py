"""What closings taught the router: a closing is the one moment at which it learns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

import msgspec

from chengyun.dispatch import homes, routing
from chengyun.dispatch.views import SIGHTINGS
from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change, Drop, Key, Put, Table
from chengyun.facts.dispatch import RouterConfigured
from chengyun.facts.envelope import Fact
from chengyun.facts.handle import ReportClosed

R = TypeVar("R", bound=msgspec.Struct)

OVERALL: Final = ""
"""The record over all types stands under this name."""

NAMED: Final = "named"
"""The cell that counts how often the unit named by the words was the one."""

RIGHT: Final = "right"
WRONG: Final = "wrong"

_UNKNOWN_WORTH: Final = 2
"""A name speaks like a cell in which one of two closings was its unit's."""


class RouteCell(msgspec.Struct, frozen=True):
    """One context of the router, with what closings counted in it."""

    key: str
    total: int
    counts: list[tuple[str, int]]


class RouteRecord(msgspec.Struct, frozen=True):
    """How well each context foretold the unit, for one type or over all."""

    type: str
    marks: list[tuple[int, int]]


class RouteHome(msgspec.Struct, frozen=True):
    """Where a unit's closings lay, and the place that is its own, if one is."""

    unit: str
    total: int
    places: list[tuple[str, int]]
    home: str


class RoutePlace(msgspec.Struct, frozen=True):
    """The units that have this place for their own, with their closings in it."""

    place: str
    at_home: list[tuple[str, int]]


class RouterRow(msgspec.Struct, frozen=True):
    """What the router looks at, and the last closing it learned from."""

    name: str
    contexts: list[list[str]]
    home_field: str
    home_contexts: list[list[str]]
    learned_seq: int
    """Together with the chain this names the model: it is a function of the log up to here."""


ROUTE_CELLS = Table("route_cells", RouteCell, key=("key",))
ROUTE_RECORDS = Table("route_records", RouteRecord, key=("type",))
ROUTE_HOMES = Table("route_homes", RouteHome, key=("unit",))
ROUTE_PLACES = Table("route_places", RoutePlace, key=("place",))
ROUTER = Table("router", RouterRow, key=("name",))
TABLES = (ROUTE_CELLS, ROUTE_RECORDS, ROUTE_HOMES, ROUTE_PLACES, ROUTER)

Get = Callable[[Table[RouteCell], Key], RouteCell | None]


class Heard(msgspec.Struct, frozen=True):
    """What the router knows of one report: a cell for each context, or none.

    First the contexts of the pack, then those of the place's own unit, last the names.
    """

    keys: list[str]
    home_keys: list[str]
    cells: list[routing.Seen | None]


def heard(
    features: dict[str, str],
    named: Sequence[str],
    router: RouterRow,
    cell: Callable[[str], RouteCell | None],
    own: str,
) -> Heard:
    """Gather what is known; ``own`` is the unit of the report's place, empty where none is."""
    keys = routing.keys_of(features, router.contexts)
    home_keys = ["own|" + key for key in routing.keys_of(features, router.home_contexts)]
    cells: list[routing.Seen | None] = [cell(key) for key in keys]
    cells += [homes.resolved(cell(key), own) for key in home_keys]
    counts = [(unit, 1) for unit in reversed(named)]
    cells.append(routing.Cell(_UNKNOWN_WORTH, counts) if counts else None)
    return Heard(keys, home_keys, cells)


def place_of(features: dict[str, str], router: RouterRow) -> str:
    """Return the value of the field that tells whose place a report lies in; may be empty."""
    return features.get(router.home_field, "") if router.home_field else ""


def note_router(fact: Fact[RouterConfigured], rows: Rows) -> Iterable[Change]:
    """Look at other contexts from now on; their records begin anew, cells are kept by name."""
    body, before = fact.body, rows.get(ROUTER, OVERALL)
    yield Put(
        ROUTER, RouterRow(OVERALL, body.contexts, body.home_field, body.home_contexts, fact.seq)
    )
    for record in rows.each(ROUTE_RECORDS):
        yield Drop(ROUTE_RECORDS, record.type)
    if before is not None and before.home_field != body.home_field:
        yield from (Drop(ROUTE_HOMES, home.unit) for home in rows.each(ROUTE_HOMES))
        yield from (Drop(ROUTE_PLACES, place.place) for place in rows.each(ROUTE_PLACES))


def learn(fact: Fact[ReportClosed], rows: Rows) -> Iterable[Change]:
    """A closing tells who handled it: mark the contexts, then count."""
    seen = rows.get(SIGHTINGS, fact.body.report)
    if seen is None:
        return
    yield Put(SIGHTINGS, msgspec.structs.replace(seen, open=False))
    unit, router = fact.body.unit, rows.get(ROUTER, OVERALL)
    if not unit or router is None:
        return
    place = place_of(seen.features, router)
    at_home = rows.get(ROUTE_PLACES, place) if place else None
    own = "" if at_home is None else homes.own_unit(at_home.at_home)
    known = heard(seen.features, seen.named, router, lambda key: rows.get(ROUTE_CELLS, key), own)
    costs = routing.costs_of(known.cells, unit)
    for name, memory in ((seen.type, routing.RECORD_MEMORY), (OVERALL, routing.OVERALL_MEMORY)):
        record = rows.get(ROUTE_RECORDS, name)
        before = None if record is None else record.marks
        yield Put(ROUTE_RECORDS, RouteRecord(name, routing.marked(before, costs, memory)))
    for key in known.keys:
        yield _counted(key, unit, rows)
    for key in known.home_keys:
        yield _counted(key, homes.OWN if unit == own else unit, rows)
    if seen.named:
        yield _counted(NAMED, RIGHT if unit == seen.named[0] else WRONG, rows)
    if place:
        yield from _settled(unit, place, rows)
    yield Put(ROUTER, msgspec.structs.replace(router, learned_seq=fact.seq))


def _counted(key: str, unit: str, rows: Rows) -> Change:
    now = routing.counted(rows.get(ROUTE_CELLS, key), unit)
    return Put(ROUTE_CELLS, RouteCell(key, now.total, now.counts))


def _settled(unit: str, place: str, rows: Rows) -> Iterable[Change]:
    """Count where a unit's closings lie; it may have a place of its own now, or none any more."""
    before = rows.get(ROUTE_HOMES, unit) or RouteHome(unit, 0, [], "")
    places = dict(before.places)
    places[place] = places.get(place, 0) + 1
    now = list(places.items())
    home = homes.home_of(before.total + 1, now)
    yield Put(ROUTE_HOMES, RouteHome(unit, before.total + 1, now, home))
    if before.home and before.home != home:
        yield _at_home(before.home, unit, 0, rows)
    if home and (home == place or home != before.home):
        yield _at_home(home, unit, places[home], rows)


def _at_home(place: str, unit: str, count: int, rows: Rows) -> Change:
    row = rows.get(ROUTE_PLACES, place)
    return Put(
        ROUTE_PLACES,
        RoutePlace(place, homes.moved([] if row is None else row.at_home, unit, count)),
    )
