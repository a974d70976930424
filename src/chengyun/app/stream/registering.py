"""From what is said of sensors to numbers: the register, and the checks before it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chengyun.app.stream.city import CityOfSensors
from chengyun.facts.columns import Handles, Refused, ids_of
from chengyun.facts.sensors import SensorEntry
from chengyun.kernel.area_index import NOWHERE
from chengyun.kernel.crs import E7
from chengyun.kernel.growing import grown
from chengyun.twin.sensors import NONE, Binding, Sensors


class Register:
    """All sensors, and when each gateway was last heard."""

    def __init__(self, name: str, key: tuple[int, int]) -> None:
        self.name = name
        """Handles are told by it from those of another register."""
        self.sensors = Sensors(key)
        self.gateways_s: NDArray[np.uint32] = np.zeros(64, np.uint32)
        self.gateway_cadence_s: Handles = np.zeros(64, np.int32)
        """The shortest cadence behind each gateway; 0 for none."""

    def handle_of(self, sensor: str) -> int:
        """Return the handle of a sensor, -1 if it is not registered."""
        return int(self.sensors.table.find(ids_of([sensor]))[0])

    def note_gateways(self, gateway: Handles, cadence_s: Handles) -> None:
        """Remember how soon each gateway must be heard again."""
        count = len(self.sensors.gateways.codes)
        self.gateways_s = grown(self.gateways_s, count)
        self.gateway_cadence_s = grown(self.gateway_cadence_s, count)
        behind = gateway >= 0
        longest = np.iinfo(np.int32).max
        shortest = np.where(self.gateway_cadence_s == 0, longest, self.gateway_cadence_s)
        np.minimum.at(shortest, gateway[behind], cadence_s[behind])
        self.gateway_cadence_s = np.where(shortest == longest, 0, shortest).astype(np.int32)


class Checked(NamedTuple):
    """Entries that can be registered with their places in the message, and those that cannot."""

    places: list[int]
    entries: list[SensorEntry]
    refused: list[Refused]


def checked(entries: Iterable[tuple[int, SensorEntry]], feed: str, city: CityOfSensors) -> Checked:
    """Check what the registers of the city know; a sender registers sensors of its feed alone."""
    found = Checked([], [], [])
    for place, entry in entries:
        wrong = _mistake(entry, feed, city)
        if wrong is None:
            found.places.append(place)
            found.entries.append(entry)
        else:
            found.refused.append(Refused(place, *wrong))
    return found


def _mistake(
    entry: SensorEntry, feed: str, city: CityOfSensors
) -> tuple[str, dict[str, str]] | None:
    if entry.feed != feed:
        return "other_feed", {"feed": entry.feed}
    if entry.property not in city.properties:
        return "unknown_property", {"property": entry.property}
    if entry.area and entry.area not in city.areas.number:
        return "unknown_area", {"area": entry.area}
    if entry.asset and not entry.area and entry.asset not in city.assets:
        return "unknown_asset", {"asset": entry.asset}
    if not (entry.area or entry.asset or entry.moving or entry.lon is not None):
        return "no_place", {}
    return None


def bound_of(entries: list[SensorEntry], register: Register, city: CityOfSensors) -> Binding:
    """Return checked entries as numbers; names that are new are entered.

    Played again under another pack, a property may be gone: its sensors measure nothing then.
    """
    sensors = register.sensors
    cadences = {code: entry.cadence_s for code, entry in city.properties.items()}
    kinds = {code: number for number, code in enumerate(city.layout.properties)}

    def column(values: Iterable[int]) -> Handles:
        return np.fromiter(values, np.int32, len(entries))

    return Binding(
        ids=ids_of([one.id for one in entries]),
        property=column(kinds.get(one.property, NONE) for one in entries),
        feed=column(sensors.feeds.number(one.feed) for one in entries),
        area=_areas(entries, city),
        gateway=column(sensors.gateways.number(one.gateway) for one in entries),
        asset=column(sensors.assets.number(one.asset) for one in entries),
        cadence_s=column(one.cadence_s or cadences.get(one.property, 0) for one in entries),
        weight=column(one.weight for one in entries),
        moving=np.fromiter((one.moving for one in entries), np.bool_, len(entries)),
    )


def _areas(entries: list[SensorEntry], city: CityOfSensors) -> Handles:
    """Return the area of each: as named, else where its asset or it itself stands."""
    areas = np.fromiter(
        (city.areas.number.get(one.area, NOWHERE) for one in entries), np.int32, len(entries)
    )
    points = [
        (row, point)
        for row, one in enumerate(entries)
        if areas[row] == NOWHERE and (point := _point(one, city)) is not None
    ]
    if points:
        rows = np.array([row for row, _ in points])
        steps = np.rint(np.array([point for _, point in points]) * E7).astype(np.int32)
        areas[rows] = city.area_numbers(steps[:, 0], steps[:, 1])
    return areas


def _point(entry: SensorEntry, city: CityOfSensors) -> tuple[float, float] | None:
    if entry.lon is not None and entry.lat is not None:
        return entry.lon, entry.lat
    asset = city.assets.get(entry.asset)
    if asset is None or asset.lon is None or asset.lat is None:
        return None
    return asset.lon, asset.lat
