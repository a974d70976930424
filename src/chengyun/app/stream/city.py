"""What the lane takes from a city pack: areas by number, properties, signs, bands, sizes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

import msgspec
import numpy as np

from chengyun.app import packs
from chengyun.citypack.resolving import Resolved
from chengyun.facts.columns import Handles
from chengyun.facts.registers import (
    Areas,
    AssetEntry,
    AssetRegister,
    Properties,
    PropertyEntry,
    UnitGridRegister,
    tree_of,
)
from chengyun.kernel.area_index import NOWHERE, RANK, AreaIndex
from chengyun.kernel.grids import UnitGrids
from chengyun.kernel.instants import SECOND_US
from chengyun.twin.rules import registered_grids
from chengyun.twin.sensors import Rules
from chengyun.vitals.gauging import Sizes
from chengyun.vitals.layout import Layout, layout_of, micro
from chengyun.vitals.policy import SensorSigns
from chengyun.warn.levels import Thresholds, thresholds_of
from chengyun.warn.policy import Bands


class CityOfSensors(NamedTuple):
    """Everything of a pack that the lane asks for, compiled once."""

    areas: AreaIndex
    grids: UnitGrids | None
    grid_numbers: Handles
    """The area number of each grid, in the order of their codes."""
    properties: Mapping[str, PropertyEntry]
    assets: Mapping[str, AssetEntry]
    rules: Rules
    layout: Layout
    thresholds: Thresholds
    sizes: Sizes
    digest: str
    """Names everything that the numbers in a snapshot depend on."""

    def area_numbers(self, lon_e7: Handles, lat_e7: Handles) -> Handles:
        """Return the unit grid of each point by number; the city itself where there is none."""
        if self.grids is None:
            return np.zeros(len(lon_e7), np.int32)
        places = self.grids.places_of(lon_e7, lat_e7)
        return np.where(places >= 0, self.grid_numbers[places], NOWHERE).astype(np.int32)


def city_of_sensors(pack: Resolved) -> CityOfSensors:
    """Compile a resolved pack."""
    entries = packs.section(pack, Areas)
    register = packs.section(pack, UnitGridRegister)
    properties = packs.section(pack, Properties).properties
    signs = packs.section(pack, SensorSigns)
    bands = packs.section(pack, Bands)
    grids = registered_grids(register)
    areas = AreaIndex(tree_of(entries), register.grids)
    layout = layout_of(signs, properties, areas)
    blocks = zip(layout.blocks.sign, layout.blocks.rank, strict=True)
    level_of = list(RANK)
    banded = [
        bands.bands[layout.names[sign]].levels.get(level_of[rank])
        if layout.names[sign] in bands.bands
        else None
        for sign, rank in blocks
    ]
    sizes = Sizes(*np.zeros((2, len(areas)), np.int64))
    for code, entry in entries.areas.items():
        sizes.residents[areas.number[code]] = entry.residents
        sizes.area_m2[areas.number[code]] = entry.area_m2
    parts = (areas.codes, list(properties.items()), signs, bands)
    return CityOfSensors(
        areas=areas,
        grids=grids,
        grid_numbers=np.array([areas.number[code] for code in sorted(register.grids)], np.int32),
        properties=properties,
        assets=packs.section(pack, AssetRegister).assets,
        rules=_rules([properties[code] for code in layout.properties]),
        layout=layout,
        thresholds=thresholds_of(banded),
        sizes=sizes,
        digest=hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest(),
    )


def _rules(entries: list[PropertyEntry]) -> Rules:
    columns = [
        (
            micro(entry.low),
            micro(entry.high),
            entry.stuck_after_s * SECOND_US,
            micro(entry.max_step),
            entry.lateness_s * SECOND_US,
            round(entry.silent_after * 1_000),
        )
        for entry in entries
    ]
    return Rules(*np.array(columns, np.int64).reshape(len(entries), len(Rules._fields)).T.copy())
