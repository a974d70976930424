"""A small city with sensors, and a lane of it that is fed by hand."""

from __future__ import annotations

import numpy as np

from chengyun.app.stream.city import compiled_city
from chengyun.app.stream.keeping import kept, restore
from chengyun.app.stream.lane import Lane
from chengyun.app.stream.registering import Register
from chengyun.app.stream.repacking import adopt
from chengyun.engine.stream import Incoming
from chengyun.facts.columns import NO_PLACE, Batch, ids_of
from chengyun.facts.registers import (
    AreaEntry,
    Areas,
    AssetRegister,
    Properties,
    PropertyEntry,
    UnitGridRegister,
)
from chengyun.facts.sensors import SensorEntry
from chengyun.kernel.instants import SECOND_US
from chengyun.vitals.layout import UNKNOWN
from chengyun.vitals.policy import Composite, InState, Part, SensorSign, SensorSigns
from chengyun.warn.policy import Band, Bands, SignBands

T0 = 1_800_000_000 * SECOND_US
"""A whole minute: 2027-01-15 08:00 UTC."""
MICRO = 1_000_000
AREAS = Areas(
    areas={
        "c": AreaEntry(level="city", name="c", residents=1_000, area_m2=50),
        "d1": AreaEntry(level="district", parent="c", name="d1", residents=7),
        "d2": AreaEntry(level="district", parent="c", name="d2"),
        "s1": AreaEntry(level="subdistrict", parent="d1", name="s1"),
        "n1": AreaEntry(level="neighbourhood", parent="s1", name="n1"),
        "n2": AreaEntry(level="neighbourhood", parent="s1", name="n2"),
    }
)
PROPERTIES = {
    "meter": PropertyEntry(
        name={}, unit="count", low=-100, high=100, lateness_s=120, cadence_s=60, source=""
    ),
    "probe": PropertyEntry(
        name={}, unit="count", low=0, high=1_000, max_step=50, stuck_after_s=600, cadence_s=60,
        lateness_s=600, source="",
    ),
}  # fmt: skip


def sign(how, property_="meter", **more):
    levels = more.pop("levels", ["city", "district", "subdistrict", "neighbourhood"])
    state = InState(at_least=10, at_most=50) if how == "share" else None
    return SensorSign(
        name={}, property=property_, how=how, unit="count", levels=levels, state=state,
        owner="", source="", **more,
    )  # fmt: skip


SIGNS = {
    **{how: sign(how, pane_s=60, window_s=180) for how in ("sum", "mean", "max", "min", "count")},
    "rate": sign("rate", pane_s=60, window_s=180, rate_s=3_600),
    "quantile": sign("quantile", pane_s=60, window_s=180, quantile=0.9, bins=64),
    "share": sign("share"),
    "fine": sign("sum", pane_s=5, window_s=30),
    "whole": sign("sum", pane_s=60, window_s=60, tumbling=True),
    "weighed": sign("mean", pane_s=60, window_s=60, weighted=True),
    "per_head": sign("sum", pane_s=60, window_s=60, per="resident"),
    "per_m2": sign("sum", pane_s=60, window_s=60, per="m2"),
    "covered": sign("sum", pane_s=60, window_s=60, min_coverage=0.6),
    "probed": sign("max", "probe", pane_s=60, window_s=60),
}
COMPOSITES = {
    "health": Composite(
        name={}, levels=["city", "district"], owner="", source="",
        parts={"mean": Part(bad=100, good=0), "probed": Part(weight=3, bad=0, good=1_000)},
    ),
}  # fmt: skip
BAND = Band(judge="value", up={"blue": 20, "orange": 40}, down=10, dwell_s=120)


def city(
    *,
    properties=PROPERTIES,
    signs=SIGNS,
    composites=COMPOSITES,
    banded=("max",),
    band=BAND,
    areas=AREAS,
):
    levels = dict.fromkeys(("city", "district", "subdistrict", "neighbourhood"), band)
    return compiled_city(
        areas=areas,
        grids=UnitGridRegister(),
        properties=Properties(properties=properties),
        assets=AssetRegister(),
        signs=SensorSigns(signs=signs, composites=composites),
        bands=Bands(bands={name: SignBands(levels=levels, source="") for name in banded}),
    )


def entry(id_, area="n1", **more):
    return SensorEntry(id=id_, property=more.pop("property", "meter"), feed="f", area=area, **more)


class Kept:
    """A log in memory."""

    def __init__(self):
        self.records = []

    def group(self, group, batches, now):
        copied = type(group)(*(column.copy() for column in group))
        self.records.append(("group", copied, batches, now))

    def registration(self, sensors, now):
        self.records.append(("registration", sensors, now))

    def tick(self, tick):
        self.records.append(("tick", tick))
        return 1, len(self.records)


class Fed:
    """A lane and its log, with words for what comes in."""

    def __init__(self, of=None, key=(1, 2)):
        self.first = of or city()
        self.log = Kept()
        self.lane = Lane(self.first, Register("here", key), self.log)
        self.now = T0

    def at(self, second):
        self.now = T0 + round(second * SECOND_US)
        return self

    def enrols(self, *entries):
        return self.lane.enrol(list(entries), self.now).tolist()

    def says(self, *rows, feed="f", id_="", digest="", lon=None):
        """Take rows of (sensor, second, value); answer with counts and codes of the refused."""
        answer = self.lane.take([incoming(rows, feed, id_, digest, lon)], self.now)[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def ticks(self, second):
        return self.at(second).lane.tick(self.now)

    def adopts(self, of):
        self.log.records.append(("pack", of))
        adopt(self.lane, of)

    def value(self, name, area="c"):
        lane = self.lane
        block = lane.city.layout.block_of(
            name, int(lane.city.areas.rank[lane.city.areas.number[area]])
        )
        blocks = lane.city.layout.blocks
        place = blocks.start[block] + lane.city.areas.number[area] - blocks.first[block]
        found = int(lane.values.value[place])
        return None if found == UNKNOWN else found / MICRO

    def sensor(self, id_):
        return self.lane.register.sensors.records[self.lane.register.handle_of(id_)]

    def again(self, upto=0):
        """Return a lane that was restored after ``upto`` records, then replayed."""
        other = Fed(self.first, key=(7, 8))
        other.lane.log = None
        play(other.lane, self.log.records[:upto])
        if upto:
            facts, columns = kept(other.lane)
            restored = Fed(other.lane.city, key=(9, 10))
            restore(restored.lane, facts, {name: one.copy() for name, one in columns.items()})
            restored.lane.log = None
            other = restored
        told = play(other.lane, self.log.records[upto:])
        other.lane.log = other.log
        return other, told


def incoming(rows, feed="f", id_="", digest="", lon=None):
    batch = Batch(
        handles=None,
        sensors=ids_of([sensor for sensor, _, _ in rows]),
        at=np.array([T0 + round(second * SECOND_US) for _, second, _ in rows], np.int64),
        value=np.array([round(value * MICRO) for _, _, value in rows], np.int64),
        lon_e7=None
        if lon is None
        else np.array([NO_PLACE if x is None else x for x in lon], np.int32),
        lat_e7=None
        if lon is None
        else np.array([NO_PLACE if x is None else 0 for x in lon], np.int32),
        index=np.arange(len(rows)),
        refused=[],
    )
    return Incoming(feed=feed, batch=batch, id=id_, digest=digest)


def play(lane, records):
    told = []
    for kind, *record in records:
        if kind == "group":
            lane.replay(*record)
        elif kind == "registration":
            lane.enrol(*record)
        elif kind == "pack":
            adopt(lane, *record)
        else:
            told.append(lane.ticked(record[0], 0, 0))
    return told


def state(lane):
    """Return everything that is kept of a lane, comparable."""
    facts, columns = kept(lane)
    found = {name: column.tobytes() for name, column in columns.items()}
    for name in ("young", "old"):
        found[name] = sorted(columns[name].tolist())
    return facts, found
