"""Figures as they are asked for: by unit, area, type, category or channel, and by period.

A question becomes ranges of marks (``adapters/sql/counting.py``); what is counted there by the unit
or area of each mark is summed to those directly below the one that is asked for, each with
everything below it. The same question gives the cases behind each number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

from chengyun.adapters.sql.counting import By, Counted, Piece, Place, Wanted
from chengyun.adapters.sql.reading import StoreReader
from chengyun.engine.policies import Policies
from chengyun.facts.registers import Areas, CaseTypes, City, UnitGridRegister, Units
from chengyun.guard.deciding import Scope
from chengyun.guard.places import Places, places_of
from chengyun.kernel.instants import Instant, zone
from chengyun.learn import figures
from chengyun.learn.figures import Figure, Number, Of
from chengyun.learn.marks import CaseMark
from chengyun.learn.periods import Period, Step, split

Told = Literal["", "unit", "area", "type", "category", "channel"]
"""What figures are told apart by; empty is nothing."""

Part = Literal["numerator", "denominator"]
"""Of a rate; a count is all numerator, a mean and a median are all denominator."""
Only = Literal["", "area", "unit"]

_COLUMN: Final[Mapping[Told, By]] = {
    "": "",
    "unit": "unit",
    "area": "area",
    "channel": "channel",
    "type": "type",
    "category": "type",
}


class Registers(NamedTuple):
    """What of the pack in force figures are read with."""

    city: City
    areas: Areas
    units: Units
    types: CaseTypes
    places: Places
    zone: ZoneInfo


class Question(NamedTuple):
    """What is asked: which figures, of which cases and days, told apart by what."""

    figures: tuple[Figure, ...]
    whole: Period
    now: Instant
    """What lies later has not come: it is not counted yet."""
    by: Told = ""
    step: Step | None = None
    area: str = ""
    """With everything below it; empty is the whole city."""
    unit: str = ""
    """The same; empty is every unit."""
    only: Only = ""
    """Of the area or the unit itself alone, and of none below it."""
    type: str | None = None
    category: str | None = None
    channel: str | None = None
    known_at: Instant | None = None
    """As it was known then; ``None`` is as it is known now."""


class Line(NamedTuple):
    """The figures of one unit, area, type, category or channel in one period."""

    key: str
    period: Period
    numbers: dict[str, Number]
    narrows: dict[str, str]
    """What to ask for besides, to get the cases behind a number."""


class FigureSource(NamedTuple):
    """Where figures are read, and how far whoever asks sees."""

    reader: StoreReader
    partition: str
    registers: Registers
    scope: Scope


def registers_of(policies: Policies, at: Instant) -> Registers:
    """Return what of the pack in force figures are read with."""
    version = policies.version(at=at)
    city, areas, units, types = (
        policies.pinned(City, version),
        policies.pinned(Areas, version),
        policies.pinned(Units, version),
        policies.pinned(CaseTypes, version),
    )
    places = policies.built(places_of, (Areas, Units, UnitGridRegister), version)
    return Registers(city, areas, units, types, places, zone(city.zone))


def lines(asked: Question, read: FigureSource) -> list[Line]:
    """Return a line for each period and each key in it that has any of the marks asked for."""
    whole = asked.whole
    periods = (whole,) if asked.step is None else split(whole, asked.step, read.registers.zone)
    return [line for one in periods for line in _lines_of(one, asked, read)]


def _lines_of(period: Period, asked: Question, read: FigureSource) -> Iterator[Line]:
    lift = _lifting(asked, read.registers)
    counted: dict[str, dict[str, Counted]] = {}
    spreads: dict[str, dict[str, dict[int, int]]] = {}
    for figure in asked.figures:
        name, column = figure.mark.name, _COLUMN[asked.by]
        wanted = wanted_of(figure, "", period, asked, read)
        if figure.kind == "median":
            found = read.reader.marks_spread(read.partition, wanted, column)
            spreads[figure.name] = _lifted_spread(found, lift)
        elif name not in counted:
            counted[name] = _lifted(read.reader.marks_counted(read.partition, wanted, column), lift)
    keys = {key for by_key in counted.values() for key in by_key}
    keys.update(key for by_key in spreads.values() for key in by_key)
    if not asked.by:
        keys.add("")
    for key in sorted(keys):
        numbers = {
            figure.name: figures.median(spreads[figure.name].get(key, {}))
            if figure.kind == "median"
            else number_of(figure, counted[figure.mark.name].get(key, Counted()))
            for figure in asked.figures
        }
        yield Line(key, period, numbers, _narrows(key, asked, read.registers))


def cases(
    figure: Figure,
    part: Part,
    asked: Question,
    read: FigureSource,
    *,
    after: Place | None = None,
    limit: int,
) -> list[CaseMark]:
    """Return the marks behind a number of ``figure``, the first ones first, at most ``limit``."""
    of: Of = "" if part == "denominator" else figure.of
    wanted = wanted_of(figure, of, asked.whole, asked, read)
    return read.reader.marks(read.partition, wanted, after=after, limit=limit)


def number_of(figure: Figure, counted: Counted) -> Number:
    """Return a figure of what was counted of its marks."""
    part = {
        "": counted.marks,
        "met": counted.met,
        "also": counted.also,
        "not_also": counted.marks - counted.also,
    }[figure.of]
    if figure.kind == "rate":
        return figures.rate(part, counted.marks)
    if figure.kind == "mean":
        return figures.mean(counted.hands, counted.marks)
    return figures.count(part)


def wanted_of(
    figure: Figure, of: Of, period: Period, asked: Question, read: FigureSource
) -> Wanted:
    """Return the marks of a figure in a period that are asked for; ``of`` is which of them."""
    known_at = asked.known_at
    come = asked.now if known_at is None else known_at
    return Wanted(
        mark=figure.mark.name,
        from_at=period.from_at,
        until_at=min(period.until_at, come + 1),
        pieces=pieces_of(asked, read.scope, read.registers.places),
        types=_types(asked, read.registers.types),
        channel=asked.channel,
        known_at=known_at,
        of=of,
    )


def pieces_of(asked: Question, scope: Scope, places: Places) -> tuple[Piece, ...]:
    """Return which areas and units are asked for and seen at once."""
    found: set[Piece] = set()
    wanted = places.area_or_city(asked.area)
    for held_area, held_unit in scope.pairs:
        area = _shared(places.area_or_city(held_area), wanted, places.area_in)
        unit = _shared(held_unit, asked.unit, places.unit_in)
        if area is None or unit is None:
            continue
        areas = places.areas_in(area) if area else None
        units = places.units_in(unit) if unit else None
        if asked.only == "area":
            areas = (area,) if area else ("", places.root)
        elif asked.only == "unit":
            units = (unit,)
        is_whole = (asked.only != "area" or area == wanted) and (
            asked.only != "unit" or unit == asked.unit
        )
        if is_whole:
            found.add(Piece(areas, units))
    return tuple(sorted(found, key=lambda piece: (piece.areas or (), piece.units or ())))


def _shared(held: str, wanted: str, lies_in: Callable[[str, str], bool]) -> str | None:
    """Return which of two lies in the other, ``None`` where they have nothing in common."""
    if lies_in(held, wanted):
        return wanted
    return held if lies_in(wanted, held) else None


def _types(asked: Question, types: CaseTypes) -> tuple[str, ...] | None:
    if asked.category is None:
        return None if asked.type is None else (asked.type,)
    of_category = tuple(
        code for code, entry in sorted(types.types.items()) if entry.category == asked.category
    )
    return tuple(code for code in of_category if asked.type in (None, code))


# --- what lies below what is asked for --------------------------------------------------------


def _lifting(asked: Question, registers: Registers) -> Callable[[str], str]:
    """Return how the unit, area or type of a mark becomes the key of its line."""
    places = registers.places
    if asked.by == "unit":
        outer = _outer_unit(asked, places)
        return lambda unit: _next_on(places.way_to(unit), outer) if unit else ""
    if asked.by == "area":
        outer = asked.area or places.root
        return lambda area: _next_on((places.root, *_way_down(places, area)), outer)
    if asked.by == "category":
        types = registers.types.types
        return lambda code: types[code].category if code in types else ""
    return lambda key: key


def _way_down(places: Places, area: str) -> tuple[str, ...]:
    return places.way_down(area) if area else ()


def _outer_unit(asked: Question, places: Places) -> str:
    """Return what is asked for, or the one unit that all others belong to."""
    if asked.unit:
        return asked.unit
    uppermost = {places.way_to(unit)[0] for unit in places.units}
    return uppermost.pop() if len(uppermost) == 1 else ""


def _next_on(way: tuple[str, ...], outer: str) -> str:
    """Return what comes after ``outer`` on the way down; itself at the end, the first without it.

    >>> _next_on(("city", "roads", "crew"), "city"), _next_on(("city",), "city")
    ('roads', 'city')
    """
    if outer not in way:
        return way[0]
    return way[min(way.index(outer) + 1, len(way) - 1)]


def _lifted(found: Mapping[str, Counted], lift: Callable[[str], str]) -> dict[str, Counted]:
    lifted: dict[str, Counted] = {}
    for code, counted in found.items():
        key = lift(code)
        lifted[key] = lifted.get(key, Counted()).plus(counted)
    return lifted


def _lifted_spread(
    found: Mapping[str, Mapping[int, int]], lift: Callable[[str], str]
) -> dict[str, dict[int, int]]:
    lifted: dict[str, dict[int, int]] = {}
    for code, spread in found.items():
        into = lifted.setdefault(lift(code), {})
        for value, count in spread.items():
            into[value] = into.get(value, 0) + count
    return lifted


def _narrows(key: str, asked: Question, registers: Registers) -> dict[str, str]:
    if not asked.by:
        return {}
    own = {
        "unit": ("", _outer_unit(asked, registers.places)),
        "area": (asked.area or registers.places.root,),
    }
    is_own = key in own.get(asked.by, ())
    return {asked.by: key, "only": asked.by} if is_own else {asked.by: key}
