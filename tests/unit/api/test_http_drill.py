"""The doors of a drill: how far it is, its end, and no debrief before it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from served import Served, report

from chengyun.api.demonstration import EventKind
from chengyun.api.drills import DrillAbout
from chengyun.api.live import Pace
from chengyun.kernel.errors import Rejected

OPERATING = Path(__file__).parents[3] / "docs" / "operating.md"


class Held:
    """A drill that a test ends."""

    def __init__(self) -> None:
        self.ended = 0
        self.is_ready = False

    def about(self) -> DrillAbout:
        return DrillAbout(
            scenario="quiet_night",
            title={"zh": "平静的夜", "en": "A quiet night"},
            brief={"zh": "晴", "en": "Dry"},
            began_at=1,
            until_at=2,
            state="ready" if self.is_ready else "debriefing" if self.ended else "running",
            done_min=0,
            of_min=60,
            pages={},
            problem=None,
        )

    def end(self) -> None:
        self.ended += 1

    def debrief(self) -> bytes:
        if not self.is_ready:
            raise Rejected("drill_goes_on", "not yet", remedy="end it")
        return b'{"figures": []}'

    def page(self, lang: str) -> bytes | None:
        self.debrief()
        return b"<!DOCTYPE html>" if lang == "zh" else None


class Standing:
    """A demonstration in which nothing can be let happen, as a drill is one."""

    seed, scale = 7, "district"
    events: tuple[EventKind, ...] = ()

    def pace(self) -> Pace:
        return Pace()

    def lag_s(self) -> float:
        return 0.0

    def set_pace(self, *, rate: float | None, paused: bool | None) -> None:
        pass

    def begin(self, kind: str, area: str) -> None:
        raise AssertionError("nothing may be let happen")


@pytest.fixture
def drill() -> Held:
    return Held()


@pytest.fixture
def city(serve: Callable[..., Served], drill: Held) -> Served:
    return serve(demonstration=Standing(), drill=drill)


def test_a_city_at_work_has_no_drill(serve: Callable[..., Served]) -> None:
    answer = serve().get("/api/v1/drill")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_route")


def test_the_drill_is_ended_and_says_so(city: Served, drill: Held) -> None:
    assert city.get("/api/v1/drill").json()["state"] == "running"
    answer = city.post("/api/v1/drill/end", json={})
    assert (answer.json()["state"], drill.ended) == ("debriefing", 1)


@pytest.mark.parametrize("path", ["/api/v1/drill/debrief", "/debrief.zh.html", "/debrief.en.html"])
def test_before_the_end_there_is_no_debrief(city: Served, path: str) -> None:
    answer = city.get(path)
    assert (answer.status_code, answer.json()["code"]) == (409, "drill_goes_on")


def test_afterwards_there_is(city: Served, drill: Held) -> None:
    drill.is_ready = True
    assert city.get("/api/v1/drill/debrief").json() == {"figures": []}
    page = city.get("/debrief.zh.html")
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["cache-control"] == "no-store"
    unknown = city.get("/debrief.fr.html")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "no_route")


def test_nothing_can_be_let_happen(city: Served) -> None:
    answer = city.post("/api/v1/demo/event", json={"kind": "rainstorm"})
    assert (answer.status_code, answer.json()["code"]) == (422, "events_off")


def test_after_the_end_nothing_more_is_taken(city: Served) -> None:
    city.server.shut(Rejected("drill_over", "it has ended", remedy="read the debrief"))
    answer = city.post("/api/v1/commands/ReceiveReport", json=report("1"))
    assert (answer.status_code, answer.json()["code"]) == (409, "drill_over")
    assert city.get("/api/v1/live").status_code == 200


def test_every_door_of_a_drill_is_in_the_handbook(city: Served) -> None:
    text = OPERATING.read_text(encoding="utf-8")
    missing = [d.path for d in city.api.doors if f"`{re.sub(':path', '', d.path)}`" not in text]
    assert missing == []
    assert all(door.needs.count(":") == 1 for door in city.api.doors)
