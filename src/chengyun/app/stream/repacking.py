"""A lane goes on under another version of the city pack.

Whatever still exists is carried over, found again by its codes: sensors by property and area, who
is in which state, panes by property and area, and what stands by sign and area. What stands where
nothing stands any more ends as unknown at the next tick, so that the engine keeps nothing open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from chengyun.facts.columns import Handles, Longs
from chengyun.facts.vitals import Crossing
from chengyun.kernel.area_index import NOWHERE, AreaIndex
from chengyun.twin.sensors import NEVER, NONE, NOT_DUE, SPEAKS
from chengyun.vitals.layout import Layout
from chengyun.vitals.panes import Panes
from chengyun.warn.levels import Standing
from chengyun.warn.rules import LEVELS

if TYPE_CHECKING:
    from chengyun.app.stream.city import CityOfSensors
    from chengyun.app.stream.lane import Lane

_NOT_THERE: Final = -1


def adopt(lane: Lane, city: CityOfSensors) -> None:
    """Let ``lane`` go on under ``city``; the change of it is on disk."""
    old = lane.city
    if old.digest == city.digest:
        return
    panes, standing, triggers = lane.panes, lane.standing, lane.triggers.pane
    marks = lane.speakers.marks[: len(lane.register.sensors)].copy()
    believed_at = lane.speakers.believed_at[: len(marks)].copy()
    place_of = _places(old, city)
    lane.ended += _ended(old, standing, place_of)
    lane.furnish(city)
    areas = _numbers(old.areas.codes, city.areas.codes)
    _carry_sensors(lane, old, areas)
    _carry_states(lane, old.layout, marks, believed_at)
    planes = _planes(old.layout, city.layout)
    _carry_panes(panes, lane.panes, (old.layout, city.layout), planes, (old.areas, city.areas))
    kept = np.flatnonzero(place_of != _NOT_THERE)
    to = place_of[kept]
    lane.standing.level[to] = standing.level[kept]
    lane.standing.below_since[to] = standing.below_since[kept]
    same = planes[_plane_of(old.layout, kept)] == _plane_of(city.layout, to)
    lane.triggers.pane[to] = np.where(same[:, np.newaxis], triggers[kept], 0)


def _numbers(old: tuple[str, ...], new: tuple[str, ...]) -> Handles:
    """Return by old number the number of the same code now; -1 for what is gone, also of -1."""
    place = {code: number for number, code in enumerate(new)}
    return np.array([*(place.get(code, NONE) for code in old), NONE], np.int32)


# --- what stands ------------------------------------------------------------------------------


def _places(old: CityOfSensors, new: CityOfSensors) -> Longs:
    """Return by old place of a value where the same sign and area stand now; -1 for nowhere.

    A sign that has no band any more stands nowhere.
    """
    found = np.full(old.layout.values, _NOT_THERE, np.int64)
    blocks = new.layout.blocks
    areas = _numbers(old.areas.codes, new.areas.codes)
    for block, sign in enumerate(old.layout.blocks.sign.tolist()):
        other = new.layout.block_of(old.layout.names[sign], int(old.layout.blocks.rank[block]))
        if other is None or not new.thresholds.is_banded[other]:
            continue
        first, count = int(old.layout.blocks.first[block]), int(old.layout.blocks.areas[block])
        step = areas[first : first + count] - blocks.first[other]
        there = (step >= 0) & (step < blocks.areas[other])
        start = int(old.layout.blocks.start[block])
        found[start : start + count] = np.where(there, blocks.start[other] + step, _NOT_THERE)
    return found


def _ended(old: CityOfSensors, standing: Standing, place_of: Longs) -> list[Crossing]:
    """Return what stands and is no longer there, as ended unknown."""
    layout, blocks = old.layout, old.layout.blocks
    places = np.flatnonzero((standing.level > 0) & (place_of == _NOT_THERE))
    found = np.searchsorted(blocks.start, places, side="right") - 1
    areas = blocks.first[found] + places - blocks.start[found]
    return [
        Crossing(
            sign=layout.names[blocks.sign[block]],
            area=old.areas.codes[area],
            kind="unknown",
            from_level=LEVELS[standing.level[place]],
            level=LEVELS[0],
            value_micro=None,
            window_s=layout.window_s(block),
            coverage_ppm=0,
            dwell_s=0,
        )
        for place, block, area in zip(places.tolist(), found.tolist(), areas.tolist(), strict=True)
    ]


def _plane_of(layout: Layout, places: Longs) -> Handles:
    """Return the plane of each place of a value, -1 for one without a window."""
    block = np.searchsorted(layout.blocks.start, places, side="right") - 1
    window = layout.blocks.window[block]
    if not len(layout.windows.plane):
        return np.full(len(places), NONE, np.int32)
    return np.where(window >= 0, layout.windows.plane[window], NONE).astype(np.int32)


# --- sensors ----------------------------------------------------------------------------------


def _carry_sensors(lane: Lane, old: CityOfSensors, areas: Handles) -> None:
    """Number properties and areas anew, and count again who there is and who speaks."""
    sensors, count = lane.register.sensors, len(lane.register.sensors)
    records = sensors.records[:count]
    kinds = _numbers(old.layout.properties, lane.city.layout.properties)
    records["property"] = kinds[records["property"]]
    records["area"] = areas[records["area"]]
    gone = records["property"] == NONE
    records["state"][gone] = NEVER
    sensors.due_s[:count][gone] = NOT_DUE
    woken = lane.silences.woken
    lane.silences.put_back(woken[records["property"][woken] != NONE])
    known = np.flatnonzero(~gone).astype(np.int32)
    kind = records["property"][known].astype(np.int32)
    lane.speakers.registered(kind, records["area"][known], 1)


def _carry_states(lane: Lane, old: Layout, marks: NDArray[np.uint8], believed_at: Longs) -> None:
    """Find out again in which states sensors are, and count who speaks.

    A state that was asked before is as it was; a new one is that of the newest value, where that
    is believed, and shows else with the next.
    """
    new = lane.city.layout
    count = len(marks)
    records = lane.register.sensors.records[:count]
    speakers = lane.speakers
    speakers.marks[:count], speakers.believed_at[:count] = 0, believed_at
    believed = (records["flags"] == 0) & (records["at"] > 0)
    for number, code in enumerate(new.properties):
        here = records["property"] == number
        before = _states_of(old, code)
        for bit, state in enumerate(_states_of(new, code)):
            if state in before:
                is_in = (marks >> before.index(state) & 1).astype(np.bool_)
            else:
                value = records["value"]
                is_in = believed & (value >= state[0]) & (value <= state[1])
                fresh = here & believed & (speakers.believed_at[:count] == 0)
                speakers.believed_at[:count][fresh] = records["at"][fresh]
            speakers.marks[:count] |= (here & is_in).astype(np.uint8) << bit
    speaks = (records["property"] != NONE) & (records["state"] == SPEAKS)
    known = np.flatnonzero(speaks).astype(np.int32)
    kind = records["property"][known].astype(np.int32)
    speakers.spoke(known, kind, records["area"][known], 1)


def _states_of(layout: Layout, code: str) -> list[tuple[int, int]]:
    """Return the states that are asked of a property, in the order of their bits."""
    if code not in layout.properties:
        return []
    number, states = layout.properties.index(code), layout.states
    bits = slice(int(states.first_of[number]), int(states.first_of[number + 1]))
    return list(zip(states.at_least[bits].tolist(), states.at_most[bits].tolist(), strict=True))


# --- panes ------------------------------------------------------------------------------------


def _planes(old: Layout, new: Layout) -> Handles:
    """Return by old plane the plane now that holds the same; -1 for none, also of -1."""
    place = {_described(new, plane): plane for plane in range(len(new.planes.base))}
    found = [place.get(_described(old, plane), NONE) for plane in range(len(old.planes.base))]
    return np.array([*found, NONE], np.int32)


def _described(layout: Layout, plane: int) -> tuple[object, ...]:
    planes = layout.planes
    bins = int(planes.bins[plane])
    spread = (int(planes.low[plane]), int(planes.high[plane])) if bins else ()
    code = layout.properties[planes.property[plane]]
    return code, int(planes.pane_us[plane]), bool(planes.weighted[plane]), bins, spread


def _carry_panes(
    old: Panes,
    new: Panes,
    layouts: tuple[Layout, Layout],
    planes: Handles,
    areas: tuple[AreaIndex, AreaIndex],
) -> None:
    """Copy every pane that still has a plane, area by area."""
    numbers = _numbers(areas[0].codes, areas[1].codes)
    for before, plane in enumerate(planes[:-1].tolist()):
        if plane == NONE:
            continue
        here = numbers[: int(layouts[0].planes.cells[before])]
        held = np.flatnonzero((here != NOWHERE) & (here < layouts[1].planes.cells[plane]))
        new.carry(old, before, plane, (held, here[held]))
    touched = old.touched.copy()
    touched[:, 0] = planes[touched[:, 0]]
    touched[:, 2] = numbers[touched[:, 2]]
    new.put_back(touched[(touched[:, 0] != NONE) & (touched[:, 2] != NOWHERE)])
