"""Residents as a population: how many live where, by age and need. There are no persons."""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np

from chengyun.sim.linjiang.division import Division
from chengyun.sim.linjiang.ground import Ground, Longs
from chengyun.sim.linjiang.grouping import apportioned
from chengyun.sim.linjiang.places import PlaceTable
from chengyun.sim.linjiang.seeds import stream

AGE_BANDS: Final = ("0-5", "6-17", "18-59", "60-79", "80+")
AGE_SHARES: Final = (0.038, 0.092, 0.600, 0.220, 0.050)
"""Of the simulated city, about those of an old mega-city; not a count of any real one."""

NEEDS: Final = ("lives_alone_60_79", "lives_alone_80", "disabled", "home_oxygen", "dialysis")
_OF_BAND: Final = {"lives_alone_60_79": (3, 0.08), "lives_alone_80": (4, 0.19)}
_OF_ALL: Final = {"disabled": 0.024, "home_oxygen": 0.0006, "dialysis": 0.0007}


class Residents(msgspec.Struct, frozen=True):
    """Counts by neighbourhood; rows are in the order of ``Linjiang.neighbourhoods``."""

    total: Longs
    by_age: Longs
    """Shape (neighbourhoods, ``AGE_BANDS``)."""
    by_need: Longs
    """Shape (neighbourhoods, ``NEEDS``); one resident may have several needs."""


def residents_of(ground: Ground, division: Division, places: PlaceTable, seed: int) -> Residents:
    """Share the scale's residents over the neighbourhoods by the floors of their buildings."""
    scale = ground.scale
    rng = stream(seed, scale.name, "residents")
    buildings = places.of("building")
    floors = np.bincount(
        places.area[buildings], places.floors[buildings] + 0.0, len(division.areas)
    )
    neighbourhoods = division.areas.at_level("neighbourhood")
    weights = (floors[neighbourhoods] + 3.0) * rng.gamma(30, 1 / 30, len(neighbourhoods))
    total = apportioned(weights, scale.residents)
    older = rng.beta(30, 30, len(neighbourhoods)) * 2
    shares = np.tile(np.asarray(AGE_SHARES), (len(total), 1))
    shares[:, 3:] *= older[:, None]
    shares /= shares.sum(axis=1, keepdims=True)
    by_age = rng.multinomial(total, shares)
    needs = []
    for need in NEEDS:
        band, share = _OF_BAND.get(need, (-1, _OF_ALL.get(need, 0.0)))
        needs.append(rng.binomial(by_age[:, band] if band >= 0 else total, share))
    return Residents(total, by_age.astype(np.int64), np.stack(needs, axis=1).astype(np.int64))
