"""The room of a drill: what it notes of the clock, and that it ends once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from stories import BEGAN, at, held

from chengyun.kernel.errors import Rejected
from chengyun.sim.drill.held import read_held
from chengyun.sim.drill.room import DrillRoom
from chengyun.sim.drill.writing import write_debrief


class City:
    """A watched city of which only the clock is looked at."""

    def __init__(self) -> None:
        self.at, self.rate, self.finished, self.is_over = BEGAN, 10.0, 0, False

    def finish(self) -> None:
        self.finished += 1

    def close(self) -> None:
        """The world leaves at once."""


class Wall:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def city() -> City:
    return City()


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def room(city: City, wall: Wall, tmp_path: Path) -> DrillRoom:
    stand_in: Any = city
    return DrillRoom(held().plan, tmp_path, stand_in, stand_in, monotonic=wall)


def noted(room: DrillRoom) -> Any:
    return room._held()


def test_pauses_are_noted_with_how_long_the_wall_went_on(
    room: DrillRoom, city: City, wall: Wall
) -> None:
    city.at = at(20)
    room.noted_pace(10.0, paused=True)
    wall.now_s += 30
    room.noted_pace(10.0, paused=True)
    wall.now_s += 5.04
    room.noted_pace(10.0, paused=False)
    room.noted_pace(10.0, paused=False)
    assert [(one.at, one.wall_s) for one in noted(room).pauses] == [(at(20), 35.0)]


def test_who_ends_it_while_it_stands_has_paused_until_then(room: DrillRoom, wall: Wall) -> None:
    room.noted_pace(10.0, paused=True)
    wall.now_s += 12
    room.end("operator")
    assert [one.wall_s for one in noted(room).pauses] == [12.0]


def test_changes_of_pace_are_noted_and_none_after_the_end(room: DrillRoom, city: City) -> None:
    city.at = at(7)
    room.noted_pace(60.0, paused=False)
    room.noted_pace(60.0, paused=False)
    room.end("operator")
    room.noted_pace(600.0, paused=True)
    assert [(one.at, one.rate) for one in noted(room).paces] == [(BEGAN, 10.0), (at(7), 60.0)]
    assert noted(room).pauses == []


def test_it_ends_once(room: DrillRoom, city: City) -> None:
    assert (room.state, room.is_over) == ("running", False)
    room.end("operator")
    room.end("stopped")
    assert (room.state, room.is_over, city.finished) == ("debriefing", True, 1)
    assert noted(room).ended_by == "operator"


def test_what_it_noted_is_read_again_and_no_other_folder_is(tmp_path: Path) -> None:
    drill = held()
    drill.write(tmp_path)
    assert read_held(tmp_path) == drill
    with pytest.raises(Rejected) as refused:
        read_held(tmp_path / "elsewhere")
    assert refused.value.code == "no_drill"
    assert "drill.json" in refused.value.where


def test_a_drill_without_its_truth_cannot_be_told(tmp_path: Path) -> None:
    held().write(tmp_path)
    with pytest.raises(Rejected) as refused:
        write_debrief(tmp_path)
    assert refused.value.code == "no_truth"
    assert refused.value.where.endswith("truth.jsonl")
    assert [one.name for one in tmp_path.iterdir()] == ["drill.json"]


class Serving:
    """A server of which nothing waits."""

    queued = 0

    def __init__(self) -> None:
        self.why = ""

    def shut(self, why: Rejected) -> None:
        self.why = why.code


def test_a_debrief_that_cannot_be_made_is_said_with_how_to_try_again(
    city: City, tmp_path: Path
) -> None:
    stand_in: Any = city
    server: Any = Serving()
    said: list[str] = []
    room = DrillRoom(held().plan, tmp_path, stand_in, stand_in, ended=lambda: said.append("ended"))

    async def hold() -> None:
        async with room.door(server):
            room.end("operator")

    asyncio.run(hold())
    assert (server.why, said, room.state) == ("drill_over", ["ended"], "failed")
    assert room.problem is not None
    assert room.problem.code == "no_debrief"
    assert "what truly happened was not written down" in room.problem.what
    assert "python -m chengyun.sim.drill" in room.problem.remedy
    assert read_held(tmp_path).ended_by == "operator"
