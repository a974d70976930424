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
from chengyun.facts.gridding import registered_grids
from chengyun.facts.privacy import Keep, Privacy
from chengyun.facts.registers import (
    Areas,
    AssetEntry,
    AssetRegister,
    Properties,
    PropertyEntry,
    SenderEntry,
    UnitGridRegister,
    tree_of,
)
from chengyun.kernel.area_index import NOWHERE, RANK, AreaIndex
from chengyun.kernel.grids import UnitGrids
from chengyun.kernel.instants import SECOND_US
from chengyun.twin.sensors import Rules
from chengyun.vitals.gauging import Sizes
from chengyun.vitals.layout import Layout, layout_of, micro
from chengyun.vitals.policy import SensorSigns
from chengyun.warn.levels import Thresholds, thresholds_of
from chengyun.warn.policy import Band, Bands


class CityOfSensors(NamedTuple):
    """Everything of a pack that the lane asks for, compiled once."""

    areas: AreaIndex
    grids: UnitGrids | None
    grid_numbers: Handles
    """The area number of each grid, in the order of their codes."""
    properties: Mapping[str, PropertyEntry]
    senders: Mapping[str, SenderEntry]
    assets: Mapping[str, AssetEntry]
    rules: Rules
    signs: SensorSigns
    layout: Layout
    thresholds: Thresholds
    sizes: Sizes
    digest: str
    """Names everything that the lane took from the pack: the SHA-256 of ``content``."""
    content: bytes
    """All of it, from which ``city_of_content`` compiles the same."""
    refused_days: int = Keep().refused_days
    """How long messages with refused rows are kept for correction."""

    def area_numbers(self, lon_e7: Handles, lat_e7: Handles) -> Handles:
        """Return the unit grid of each point by number; the city itself where there is none."""
        if self.grids is None:
            return np.zeros(len(lon_e7), np.int32)
        places = self.grids.places_of(lon_e7, lat_e7)
        return np.where(places >= 0, self.grid_numbers[places], NOWHERE).astype(np.int32)


class _Content(msgspec.Struct, frozen=True, kw_only=True):
    areas: Areas
    grids: UnitGridRegister
    properties: Properties
    assets: AssetRegister
    signs: SensorSigns
    bands: Bands


def city_of_content(content: bytes) -> CityOfSensors:
    """Compile what a lane took from a pack that was in force."""
    return _compiled(msgspec.json.decode(content, type=_Content), content)


def city_of_sensors(pack: Resolved) -> CityOfSensors:
    """Compile a resolved pack."""
    city = compiled_city(
        areas=packs.section(pack, Areas),
        grids=packs.section_or_empty(pack, UnitGridRegister),
        properties=packs.section_or_empty(pack, Properties),
        assets=packs.section_or_empty(pack, AssetRegister),
        signs=packs.section_or_empty(pack, SensorSigns),
        bands=packs.section(pack, Bands),
    )
    keep = packs.section_or_empty(pack, Privacy).keep
    return city._replace(refused_days=keep.refused_days)


def compiled_city(
    *,
    areas: Areas,
    grids: UnitGridRegister,
    properties: Properties,
    assets: AssetRegister,
    signs: SensorSigns,
    bands: Bands,
) -> CityOfSensors:
    """Compile the sections of a pack that the lane asks for."""
    pack = _Content(
        areas=areas, grids=grids, properties=properties, assets=assets, signs=signs, bands=bands
    )
    return _compiled(pack, msgspec.json.encode(pack, order="deterministic"))


def _compiled(pack: _Content, content: bytes) -> CityOfSensors:
    grids, signs = pack.grids, pack.signs
    index = AreaIndex(tree_of(pack.areas), grids.grids)
    entries = pack.properties.properties
    layout = layout_of(signs, entries, index)
    sizes = Sizes(*np.zeros((2, len(index)), np.int64))
    for code, area in pack.areas.areas.items():
        sizes.residents[index.number[code]] = area.residents
        sizes.area_m2[index.number[code]] = area.area_m2
    return CityOfSensors(
        areas=index,
        grids=registered_grids(grids),
        grid_numbers=np.array([index.number[code] for code in sorted(grids.grids)], np.int32),
        properties=entries,
        senders=pack.properties.senders,
        assets=pack.assets.assets,
        rules=_rules([entries[code] for code in layout.properties]),
        signs=signs,
        layout=layout,
        thresholds=thresholds_of(_bands_of(layout, pack.bands)),
        sizes=sizes,
        digest=hashlib.sha256(content).hexdigest(),
        content=content,
    )


def _bands_of(layout: Layout, bands: Bands) -> list[Band | None]:
    """Return the band of every block of values, None for one that never warns."""
    levels = list(RANK)
    found: list[Band | None] = []
    for sign, rank in zip(layout.blocks.sign, layout.blocks.rank, strict=True):
        of_sign = bands.bands.get(layout.names[sign])
        found.append(None if of_sign is None else of_sign.levels.get(levels[rank]))
    return found


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
