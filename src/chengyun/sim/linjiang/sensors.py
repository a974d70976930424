"""Sensors of 20 kinds, each on a place: ten million of them are eight arrays, not ten million
objects."""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from chengyun.sim.linjiang.division import Division
from chengyun.sim.linjiang.ground import Ground, Ints, Longs
from chengyun.sim.linjiang.grouping import apportioned
from chengyun.sim.linjiang.places import PlaceTable
from chengyun.sim.linjiang.seeds import stream


class SensorKind(msgspec.Struct, frozen=True):
    """A kind: where it hangs, how often it speaks, and its share of all that is not counted.

    ``each`` is how many hang on every place of its host; 0 means that the kind gets its ``share``
    of the sensors that are left.
    """

    code: str
    host: str
    cadence_s: int
    share: float = 0.0
    each: int = 0


SENSOR_KINDS: Final = (
    SensorKind("smoke_detector", "building", 300, share=0.24),
    SensorKind("water_meter", "building", 900, share=0.16),
    SensorKind("power_meter", "building", 900, share=0.16),
    SensorKind("gas_detector", "building", 300, share=0.09),
    SensorKind("door_contact", "building", 3_600, share=0.04),
    SensorKind("motion_detector", "building", 3_600, share=0.03),
    SensorKind("lift_monitor", "lift", 60, share=0.03),
    SensorKind("manhole_tilt", "manhole", 600, share=0.07),
    SensorKind("street_light_controller", "street_light", 900, share=0.09),
    SensorKind("hydrant_pressure", "hydrant", 600, share=0.02),
    SensorKind("water_pipe_pressure", "water_pipe", 60, share=0.03),
    SensorKind("drain_level", "drain", 300, share=0.02),
    SensorKind("noise_meter", "rubbish_point", 60, share=0.01),
    SensorKind("air_quality", "bus_stop", 300, share=0.01),
    SensorKind("underpass_depth", "underpass", 60, each=2),
    SensorKind("pump_state", "pump", 60, each=1),
    SensorKind("rain_gauge", "community_centre", 600, share=0.0, each=0),
    SensorKind("people_counter", "embankment", 60, each=4),
    SensorKind("hazard_gas", "firm", 60, each=6),
    SensorKind("tide_gauge", "embankment", 600, share=0.0, each=0),
)
"""All kinds; a number in a table is a place in this tuple."""

RAIN_GAUGES_A_SUBDISTRICT: Final = 2
TIDE_GAUGES: Final = 3
_SCATTER_E7: Final = 60
"""How far a sensor lies from the point of its place, in 1e-7 degree: about half a metre."""


class SensorTable(msgspec.Struct, frozen=True):
    """All sensors, by kind and then by place; columns of one length.

    ``asset`` is the number of the place it hangs on, ``area`` that place's neighbourhood.
    """

    kind: NDArray[np.uint8]
    lon_e7: Longs
    lat_e7: Longs
    area: Ints
    asset: Ints
    cadence_s: Ints

    def __len__(self) -> int:
        return len(self.kind)

    def of(self, kind: str) -> Ints:
        """Return the numbers of the sensors of a kind, which stand together."""
        number = [one.code for one in SENSOR_KINDS].index(kind)
        first, last = np.searchsorted(self.kind, (number, number + 1))
        return np.arange(first, last, dtype=np.int32)


def sensors_of(ground: Ground, division: Division, places: PlaceTable, seed: int) -> SensorTable:
    """Hang exactly the scale's number of sensors on the places."""
    total = ground.scale.sensors
    counts = _counts(division, places, total)
    kind = np.repeat(np.arange(len(SENSOR_KINDS), dtype=np.uint8), counts)
    asset = np.empty(total, np.int32)
    lon, lat = np.empty(total, np.int64), np.empty(total, np.int64)
    end = np.cumsum(counts)
    for number, one in enumerate(SENSOR_KINDS):
        here = slice(int(end[number] - counts[number]), int(end[number]))
        hosts = _hosts(places, places.of(one.host), int(counts[number]))
        rng = stream(seed, ground.scale.name, "sensors", one.code)
        asset[here] = hosts
        lon[here] = places.lon_e7[hosts]
        lat[here] = places.lat_e7[hosts]
        for column in (lon, lat):
            column[here] += rng.integers(-_SCATTER_E7, _SCATTER_E7 + 1, len(hosts), dtype=np.int16)
    cadence = np.array([one.cadence_s for one in SENSOR_KINDS], np.int32)
    return SensorTable(kind, lon, lat, places.area[asset], asset, cadence[kind])


def _counts(division: Division, places: PlaceTable, total: int) -> NDArray[np.int64]:
    """Return how many of each kind there are; together ``total``."""
    subdistricts = len(division.areas.at_level("subdistrict"))
    fixed = {
        "rain_gauge": RAIN_GAUGES_A_SUBDISTRICT * subdistricts,
        "tide_gauge": TIDE_GAUGES,
    }
    counts = np.array(
        [fixed.get(one.code, one.each * len(places.of(one.host))) for one in SENSOR_KINDS],
        np.int64,
    )
    shares = np.array([one.share for one in SENSOR_KINDS])
    return counts + apportioned(shares, total - int(counts.sum()))


def _hosts(places: PlaceTable, hosts: Ints, count: int) -> Ints:
    """Return the place of each of ``count`` sensors, more where there are more floors, in order."""
    weight = np.cumsum(places.floors[hosts].astype(np.int64) + 1)
    wanted = (np.arange(count, dtype=np.int64) * 2 + 1) * int(weight[-1]) // (2 * count)
    return hosts[np.searchsorted(weight, wanted, side="right")]
