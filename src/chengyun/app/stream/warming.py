"""Compiles every loop of the lane before the first batch comes, on a city of two areas.

The machine code is kept, so only the first start of an installation takes its time.
"""

from __future__ import annotations

from typing import get_args

import numpy as np

from chengyun.app.stream.city import CityOfSensors, compiled_city
from chengyun.app.stream.keeping import kept, restore
from chengyun.app.stream.lane import Lane
from chengyun.app.stream.registering import Register
from chengyun.engine.stream import Incoming
from chengyun.facts.columns import Batch, Ids, ids_of
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
from chengyun.vitals.policy import How, InState, SensorSign, SensorSigns
from chengyun.warn.policy import Band, Bands, SignBands

_PROPERTY = "warming"
_AT = 1_800_000_000 * SECOND_US


def warm() -> None:
    """Let a small lane do everything once."""
    city = _city()
    lane = Lane(city, Register("warming", (1, 2)), None)
    sensors = [
        SensorEntry(id=f"s{number}", property=_PROPERTY, feed="f", area="d", gateway="g")
        for number in range(3)
    ]
    lane.enrol(sensors, _AT)
    for step, second in enumerate((0, 30, 90, 60)):
        at = _AT + second * SECOND_US
        for ids, handles in ((ids_of(["s0", "s1"]), None), (None, np.array([2, 9]))):
            lane.take([_incoming(at, 10 * step, ids, handles)], _AT + 90 * SECOND_US)
        lane.tick(at if step < 3 else _AT + 91 * SECOND_US)
    lane.tick(_AT + 90_000 * SECOND_US)
    again = Lane(city, Register("warming", (1, 2)), None)
    facts, columns = kept(lane)
    restore(again, facts, {name: column.copy() for name, column in columns.items()})


def _incoming(at: int, value: int, ids: Ids | None, handles: np.ndarray | None) -> Incoming:
    batch = Batch(
        handles=handles,
        sensors=ids,
        at=np.array([at, at + 1]),
        value=np.array([value, value]) * 1_000_000,
        index=np.arange(2),
        refused=[],
    )
    return Incoming(feed="f", batch=batch)


def _city() -> CityOfSensors:
    entry = PropertyEntry(name={}, unit="count", low=0, high=100, max_step=50, source="")
    signs = {
        how: SensorSign(
            name={},
            property=_PROPERTY,
            how=how,
            unit="count",
            levels=["city", "district"],
            state=InState(at_least=1) if how == "share" else None,
            per="" if how != "count" else "resident",
            owner="",
            source="",
        )
        for how in get_args(How)
    }
    band = Band(judge="value", up={"blue": 5}, down=1, dwell_s=60)
    bands = SignBands(levels={"city": band, "district": band}, source="")
    return compiled_city(
        areas=Areas(
            areas={
                "c": AreaEntry(level="city", name="c"),
                "d": AreaEntry(level="district", parent="c", name="d"),
            }
        ),
        grids=UnitGridRegister(),
        properties=Properties(properties={_PROPERTY: entry}),
        assets=AssetRegister(),
        signs=SensorSigns(signs=signs),
        bands=Bands(bands=dict.fromkeys(("max", "sum"), bands)),
    )
