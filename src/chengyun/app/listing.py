"""Lists by place: the store is told where areas lie, and a scope becomes a question to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chengyun.adapters.sql.listing import Part
from chengyun.engine.commands import Command, Outcome
from chengyun.engine.engine import Engine
from chengyun.engine.ports import Group
from chengyun.engine.tables import Paths
from chengyun.facts.registers import Areas, UnitGridRegister, Units
from chengyun.guard.deciding import Scope
from chengyun.guard.places import Places, places_of
from chengyun.kernel.clock import Clock


class Placing:
    """Tells the store where areas lie, whenever a pack takes effect; an audience of the server."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    @property
    def places(self) -> Places:
        """The trees of the pack that is in force."""
        policies = self._engine.policies
        version = policies.version(at=self._clock.now())
        return policies.built(places_of, (Areas, Units, UnitGridRegister), version)

    def place(self) -> None:
        """Place every listed row by the pack in force; nothing is done where that is so already."""
        if self._engine.policies.version(at=self._clock.now()):
            places = self.places
            places.areas_in(places.root)  # the way down is found once, not while somebody waits
            self._engine.place_listed(paths_of(places))

    def committed(self, groups: Sequence[Group], took_s: float) -> None:
        """Look whether a pack took effect."""
        if any(entry.kind == "PolicyTookEffect" for group in groups for entry in group.entries):
            self.place()

    def executed(self, command: Command, outcome: Outcome) -> None:
        """Commands are of no interest here, only what took effect."""


def paths_of(places: Places) -> Paths:
    """Return where every area and unit lies."""
    areas = {}
    for area in places.areas:
        up1, up2, *_ = (*places.way_down(area), "", "")
        areas[area] = (up1, up2)
    return Paths(areas, {unit: places.way_to(unit)[:2][-1] for unit in places.units})


def parts_of(
    scope: Scope, area: str, unit: str, places: Places, *, of_nobody: tuple[str, ...] = ()
) -> tuple[Part, ...]:
    """Return what of ``area`` and ``unit`` (empty is everything) lies within a scope.

    ``of_nobody`` stands for the unit of rows without one, which every holder of their area sees.
    """
    pairs = set()
    for held_area, held_unit in scope.pairs:
        inner_area = _inner(held_area, places.area_or_city(area), places.area_in)
        inner_unit = _inner(held_unit, unit, places.unit_in)
        if inner_area is not None and inner_unit is not None:
            pairs.add((inner_area, inner_unit))
    parts = [_part(*pair, places) for pair in sorted(pairs)]
    if of_nobody and not unit:
        areas = sorted({area for area, held in pairs if held})
        parts += [_part(area, "", places)._replace(units=of_nobody) for area in areas]
    return tuple(parts)


def _inner(one: str, other: str, lies_in: Callable[[str, str], bool]) -> str | None:
    """Return which of two lies in the other, ``None`` where they have nothing in common."""
    if lies_in(one, other):
        return other
    return one if lies_in(other, one) else None


def _part(area: str, unit: str, places: Places) -> Part:
    part = _of_unit(unit, places) if unit else Part()
    up1, up2, *deeper = (*(places.way_down(area) if area else ()), "", "")
    if not up2:
        return part._replace(up1=up1)
    is_whole = not any(deeper)
    return part._replace(up2=up2, areas=() if is_whole else places.areas_in(area))


def _of_unit(unit: str, places: Places) -> Part:
    """A department is one piece, what stands above it is several, a crew below it is itself."""
    depth = len(places.way_to(unit))
    if depth > 2:
        return Part(units=places.units_in(unit))
    below = [one for one in places.units_in(unit) if len(places.way_to(one)) == 2]
    return Part(tops=(unit, *(one for one in below if one != unit)))
