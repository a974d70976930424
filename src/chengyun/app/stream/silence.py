"""Who fell silent and who speaks again, in groups: a dead gateway is one fact, not ten thousand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from chengyun.app.stream.city import CityOfSensors
from chengyun.app.stream.registering import Register
from chengyun.facts.columns import Bytes, Handles, Longs
from chengyun.facts.twin import SensorGroup
from chengyun.kernel.area_index import RANK
from chengyun.kernel.instants import SECOND_US
from chengyun.twin.observing import silence_behind

MOST_NAMED: Final = 20
"""How many sensors of a group are named; the rest are counted."""

_GATEWAY_CADENCES: Final = 2
"""A gateway is dead when nothing behind it spoke for so many of its shortest cadences."""

_GROUPED_AT: Final = RANK["subdistrict"]


class Silences:
    """What happened since the last tick, and which gateways are dead."""

    def __init__(self) -> None:
        self._woken: list[Handles] = []
        self.dead: NDArray[np.bool_] = np.zeros(64, np.bool_)

    def woke(self, handles: Handles, again: Bytes) -> None:
        """Remember who speaks again until the next tick."""
        if len(handles) and again.any():
            self._woken.append(handles[again == 1])

    @property
    def woken(self) -> Handles:
        """Who speaks again since the last tick."""
        return np.concatenate([np.zeros(0, np.int32), *self._woken])

    def put_back(self, woken: Handles) -> None:
        """Take up what was kept."""
        self._woken = [woken]

    def take_woken(self) -> Handles:
        """Return who speaks again since the last call."""
        woken, self._woken = self.woken, []
        return woken

    def gateways(self, register: Register, now: int) -> tuple[Handles, Handles]:
        """Return the gateways that just died, and the sensors that fell silent behind them."""
        count = len(register.sensors.gateways.codes)
        if len(self.dead) < count:
            self.dead = np.concatenate([self.dead, np.zeros(count, np.bool_)])
        heard, cadence = register.gateways_s[:count], register.gateway_cadence_s[:count]
        due = heard.astype(np.int64) + cadence * _GATEWAY_CADENCES
        late = (heard > 0) & (due < now // SECOND_US)
        died = late & ~self.dead[:count]
        self.dead[:count] = late
        if not died.any():
            return np.zeros(0, np.int32), np.zeros(0, np.int32)
        return np.flatnonzero(died).astype(np.int32), silence_behind(register.sensors, died)


def by_gateway(handles: Handles, register: Register) -> list[SensorGroup]:
    """Return the sensors behind each gateway as a group."""
    owner = register.sensors.records["gateway"][handles].astype(np.int64)
    return [
        SensorGroup(
            gateway=register.sensors.gateways.codes[gateway],
            count=len(mine),
            sensors=_named(mine, register),
        )
        for gateway, mine in _grouped(handles, owner)
    ]


def by_place(handles: Handles, register: Register, city: CityOfSensors) -> list[SensorGroup]:
    """Return sensors in groups of one property in one subdistrict."""
    records = register.sensors.records
    kind = records["property"][handles].astype(np.int64)
    area = city.layout.above[_GROUPED_AT, records["area"][handles]].astype(np.int64)
    area[records["area"][handles] < 0] = -1
    groups = []
    for key, mine in _grouped(handles, kind * (len(city.areas) + 1) + area + 1):
        number, place = divmod(key, len(city.areas) + 1)
        groups.append(
            SensorGroup(
                property=city.layout.properties[number],
                area=city.areas.codes[place - 1] if place else "",
                count=len(mine),
                sensors=_named(mine, register),
            )
        )
    return groups


def _grouped(handles: Handles, keys: Longs) -> Iterator[tuple[int, Handles]]:
    """Yield the handles of each key, in order of the keys."""
    order = np.argsort(keys, kind="stable")
    found, first = np.unique(keys[order], return_index=True)
    ends = [*first[1:].tolist(), len(keys)]
    for key, start, end in zip(found.tolist(), first.tolist(), ends, strict=False):
        yield key, handles[order[start:end]]


def _named(handles: Handles, register: Register) -> list[str]:
    ids = register.sensors.table.ids
    return [ids.text_of(handle) for handle in np.sort(handles)[:MOST_NAMED].tolist()]
