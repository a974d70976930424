"""What can be asked of a lane: what signs say in an area and why, sensors, feeds.

Every answer says how old it is and what it is made of; nothing here changes the lane.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np

from chengyun.app.stream.lane import Lane
from chengyun.app.stream.tallying import FeedView
from chengyun.facts.columns import Flag
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import SECOND_US
from chengyun.twin.sensors import NEVER, SILENT, SPEAKS
from chengyun.vitals.layout import HOWS, UNKNOWN
from chengyun.vitals.policy import SensorSign
from chengyun.warn.rules import LEVELS

MOST_SENSORS: Final = 50
"""How many sensors an explanation names; the rest are counted."""

_STATES: Final = {NEVER: "never_spoke", SPEAKS: "speaks", SILENT: "silent"}


class SignValue(msgspec.Struct, frozen=True, kw_only=True):
    """What a sign says in an area."""

    sign: str
    name: dict[str, str]
    how: str
    """As the pack says; ``composite`` for one made of other signs."""
    unit: str
    area: str
    value_micro: int | None
    """None is unknown."""
    level: str
    """The warning level that stands; empty for none."""
    coverage_ppm: int
    number: int
    rank_error_ppm: int
    at: int
    """The tick it was judged at."""
    window_s: int


class SensorView(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a sensor now."""

    id: str
    property: str
    feed: str
    area: str
    asset: str
    gateway: str
    state: str
    value_micro: int | None
    at: int | None
    heard_at: int | None
    flags: list[str]
    cadence_s: int
    weight: int


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Where a value comes from."""

    value: SignValue
    property: str
    how: str
    registered: int
    speaking: int
    parts: list[SignValue]
    """The signs a composite is made of; for others the areas directly below."""
    sensors: list[SensorView]
    more_sensors: int


class PropertyView(msgspec.Struct, frozen=True, kw_only=True):
    """How many sensors of a property there are in an area, and speak."""

    property: str
    name: dict[str, str]
    area: str
    registered: int
    speaking: int


def signs_in(lane: Lane, area: str) -> list[SignValue]:
    """Return what every sign says in an area that has a value there."""
    number = _area(lane, area)
    blocks = lane.city.layout.blocks
    rank = int(lane.city.areas.rank[number])
    return [_value(lane, block, number) for block in np.flatnonzero(blocks.rank == rank).tolist()]


def explained(lane: Lane, sign: str, area: str) -> Explanation:
    """Return where the value of a sign in an area comes from; its sensors are asked for apart."""
    number = _area(lane, area)
    layout = lane.city.layout
    block = layout.block_of(sign, int(lane.city.areas.rank[number]))
    if block is None:
        raise Rejected(
            "unknown_sign",
            f"no sign {sign[:80]!r} is measured at the level of {area[:40]!r}",
            where="sign",
            remedy="ask for /api/v1/sensing/signs of the area first",
            params={"sign": sign[:80], "area": area[:40]},
        )
    kind = int(layout.blocks.property[block])
    parts = list(_parts(lane, block, sign, number))
    if kind < 0:
        return Explanation(
            value=_value(lane, block, number),
            property="",
            how="composite",
            registered=0,
            speaking=0,
            parts=parts,
            sensors=[],
            more_sensors=0,
        )
    counts = lane.speakers.counts
    return Explanation(
        value=_value(lane, block, number),
        property=layout.properties[kind],
        how=HOWS[int(layout.blocks.how[block])],
        registered=int(counts.registered[kind, number]),
        speaking=int(counts.speaking[kind, number]),
        parts=parts,
        sensors=[],
        more_sensors=0,
    )


class Behind(NamedTuple):
    """Some of the sensors behind a sign: how many there are, and those with the largest values."""

    number: int
    largest: list[SensorView]


def behind(lane: Lane, kind: str, area: str, part: slice) -> Behind:
    """Return the sensors of a property in an area among those with handles in ``part``."""
    number, known = _area(lane, area), len(lane.register.sensors)
    records = lane.register.sensors.records[:known][part]
    above = lane.city.layout.above[int(lane.city.areas.rank[number])]
    wanted = lane.city.layout.properties.index(kind)
    mine = np.flatnonzero((records["property"] == wanted) & (records["area"] >= 0))
    mine = mine[above[records["area"][mine]] == number]
    order = np.argsort(-records["value"][mine], kind="stable")[:MOST_SENSORS]
    return Behind(len(mine), [_sensor(lane, part.start + row) for row in mine[order].tolist()])


def with_sensors(found: Explanation, parts: list[Behind]) -> Explanation:
    """Return an explanation with the sensors of all parts, the largest newest values first."""
    largest = sorted(
        (view for one in parts for view in one.largest), key=lambda view: -(view.value_micro or 0)
    )[:MOST_SENSORS]
    count = sum(one.number for one in parts)
    return msgspec.structs.replace(found, sensors=largest, more_sensors=count - len(largest))


def sensor_of(lane: Lane, sensor: str) -> SensorView:
    """Return what is known of a sensor."""
    handle = lane.register.handle_of(sensor)
    if handle < 0:
        raise unknown_sensor(sensor)
    return _sensor(lane, handle)


def unknown_sensor(sensor: str) -> Rejected:
    """Return the refusal of a sensor that is not there, or not for whoever asks."""
    return Rejected(
        "unknown",
        f"there is no sensor {sensor[:128]!r}",
        where="sensor",
        remedy="register it at /ingest/v1/sensors",
        params={"sensor": sensor[:128]},
    )


Senders = Counter[tuple[str, int]]
"""How many sensors there are by feed and state."""


def senders(lane: Lane, part: slice) -> Senders:
    """Return how many of the sensors with handles in ``part`` are of which feed and state."""
    records = lane.register.sensors.records[: len(lane.register.sensors)][part]
    codes = lane.register.sensors.feeds.codes
    kinds, counts = np.unique(
        records["feed"].astype(np.int64) * len(_STATES) + records["state"], return_counts=True
    )
    found: Senders = Counter()
    for kind, count in zip(kinds.tolist(), counts.tolist(), strict=True):
        feed, state = divmod(kind, len(_STATES))
        found[codes[feed], state] = count
    return found


def feeds(lane: Lane, now: int, counted: Senders) -> list[FeedView]:
    """Return how every feed is doing; ``counted`` are all its sensors."""
    named = {code: entry.name for code, entry in lane.city.senders.items()}
    return [
        lane.tallies.view(
            feed,
            named.get(feed, {}),
            now,
            sum(counted[feed, state] for state in _STATES),
            counted[feed, SPEAKS],
            counted[feed, SILENT],
        )
        for feed in sorted({*lane.register.sensors.feeds.codes, *lane.tallies.feeds})
    ]


def properties_in(lane: Lane, area: str) -> list[PropertyView]:
    """Return how many sensors of each property there are in an area, and speak."""
    number = _area(lane, area)
    counts = lane.speakers.counts
    return [
        PropertyView(
            property=code,
            name=lane.city.properties[code].name,
            area=area,
            registered=int(counts.registered[kind, number]),
            speaking=int(counts.speaking[kind, number]),
        )
        for kind, code in enumerate(lane.city.layout.properties)
        if counts.registered[kind, number]
    ]


def _area(lane: Lane, area: str) -> int:
    number = lane.city.areas.number.get(area or lane.city.areas.codes[0])
    if number is None:
        raise Rejected(
            "unknown_area",
            f"{area[:80]!r} is no area of this city",
            where="area",
            remedy="give the code of an area or unit grid",
            params={"area": area[:80]},
        )
    return number


def _value(lane: Lane, block: int, area: int) -> SignValue:
    layout, values = lane.city.layout, lane.values
    place = int(layout.blocks.start[block]) + area - int(layout.blocks.first[block])
    value = int(values.value[place])
    sign = layout.names[int(layout.blocks.sign[block])]
    signs = lane.city.signs
    policy = signs.signs.get(sign) or signs.composites[sign]
    return SignValue(
        sign=sign,
        name=policy.name,
        how=policy.how if isinstance(policy, SensorSign) else "composite",
        unit=policy.unit if isinstance(policy, SensorSign) else "index",
        area=lane.city.areas.codes[area],
        value_micro=None if value == UNKNOWN else value,
        level=LEVELS[int(lane.standing.level[place])],
        coverage_ppm=int(values.coverage_ppm[place]),
        number=int(values.number[place]),
        rank_error_ppm=int(values.rank_error_ppm[place]),
        at=lane.ticked_at,
        window_s=layout.window_s(block),
    )


def _parts(lane: Lane, block: int, sign: str, area: int) -> Iterator[SignValue]:
    layout, areas = lane.city.layout, lane.city.areas
    if layout.blocks.how[block] < 0:
        composite = layout.composites[layout.names.index(sign) - layout.sensor_signs]
        for part in composite.parts:
            found = layout.block_of(part, int(layout.blocks.rank[block]))
            if found is not None:
                yield _value(lane, found, area)
        return
    for below in np.flatnonzero(areas.parent == area).tolist():
        found = layout.block_of(sign, int(areas.rank[below]))
        if found is not None:
            yield _value(lane, found, below)


def _sensor(lane: Lane, handle: int) -> SensorView:
    sensors, city = lane.register.sensors, lane.city
    one: Any = sensors.records[handle]
    spoke = int(one["at"]) != 0
    return SensorView(
        id=sensors.table.ids.text_of(handle),
        property=city.layout.properties[int(one["property"])] if one["property"] >= 0 else "",
        feed=sensors.feeds.codes[int(one["feed"])],
        area=city.areas.codes[int(one["area"])] if one["area"] >= 0 else "",
        asset=sensors.assets.codes[int(sensors.asset[handle])]
        if sensors.asset[handle] >= 0
        else "",
        gateway=sensors.gateways.codes[int(one["gateway"])] if one["gateway"] >= 0 else "",
        state=_STATES[int(one["state"])],
        value_micro=int(one["value"]) if spoke else None,
        at=int(one["at"]) if spoke else None,
        heard_at=int(one["heard_s"]) * SECOND_US if spoke else None,
        flags=[flag.name.lower() for flag in Flag if one["flags"] & flag and flag.name],
        cadence_s=int(one["cadence_s"]),
        weight=int(one["weight"]),
    )
