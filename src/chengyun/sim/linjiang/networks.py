"""Streets, bridges, metro lines and bus stops, as lines in the lattice and in coordinates.

Streets run along the edges of blocks: local ones between blocks, every few an arterial, the road
on the embankment of each bank, and rings. Arterials and rings that go on beyond the river cross it
on bridges.
"""

from __future__ import annotations

import msgspec

from chengyun.sim.linjiang.division import Division
from chengyun.sim.linjiang.ground import Ground, Ints
from chengyun.sim.linjiang.lines import Lines, Points
from chengyun.sim.linjiang.streets import (
    STREET_KINDS,
    bridges_of,
    rings_of,
    street_by_row,
    street_lines,
    streets_across,
    streets_along,
)
from chengyun.sim.linjiang.transit import bus_stops_of, crossings_of, metro_of


class Networks(msgspec.Struct, frozen=True):
    """All that runs through the city.

    ``street_at`` gives the street on the river's side of a row of cells, by bank and row.
    """

    streets: Lines
    bridges: Lines
    metro: Lines
    stations: Points
    bus_stops: Points
    crossings: Points
    """Where arterials cross streets along the river; ``line`` is the arterial."""
    street_at: tuple[Ints, Ints]


def networks_of(ground: Ground, division: Division, seed: int) -> Networks:
    """Return the networks of a divided ground."""
    across = list(streets_across(ground, division))
    along = list(streets_along(ground, division))
    paths = [*rings_of(ground), *along, *across]
    order = sorted(range(len(paths)), key=lambda one: STREET_KINDS.index(paths[one].kind))
    paths = [paths[one] for one in order]
    streets = street_lines(ground, paths, seed)
    return Networks(
        streets,
        bridges_of(ground, paths, streets),
        *metro_of(ground, division),
        bus_stops_of(ground, division, paths),
        crossings_of(ground, division, paths),
        street_by_row(ground, paths),
    )
