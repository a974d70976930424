"""Declared evenings: the same seed the same evening, another one another; and what tasks end."""

import json
from pathlib import Path
from typing import Any

import pytest
from towns import town

from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import MINUTE_US, Instant, from_text
from chengyun.sim.world.evenings import evening_of, evenings
from chengyun.sim.world.kinds import BY_CODE, WEEKLY
from chengyun.sim.world.protocol import Move, Step, Told
from chengyun.sim.world.truth import FILE, Truth
from chengyun.sim.world.world import World

START = from_text("2026-09-18T18:00:00+08:00")


def lived(
    name: str,
    folder: Path | None = None,
    *,
    seed: int = 7,
    told: dict[int, list[Told]] | None = None,
) -> list[Move]:
    evening = evening_of(name)
    one = World(town(), seed=seed, start=START, truth=Truth(folder), evening=evening)
    moves: list[Move] = []
    for minute in range(1, evening.minutes + 1):
        until = Instant(START + minute * MINUTE_US)
        moves += one.step(Step(until=until, told=(told or {}).get(minute, []))).commands
    return moves


def truth(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / FILE).open()]


@pytest.mark.parametrize("name", list(evenings()))
def test_what_is_declared_can_happen_and_is_worded_twice(name: str) -> None:
    evening = evening_of(name)
    assert all(one.kind in BY_CODE for one in evening.happens)
    assert all(one.from_pct <= one.to_pct for one in evening.happens)
    assert all((one.beside or 0) < max(1, at) for at, one in enumerate(evening.happens))
    for words in (evening.title, evening.brief):
        assert set(words) == {"zh", "en"}


@pytest.mark.parametrize("name", list(evenings()))
def test_the_declared_events_begin_where_in_the_evening_they_may(name: str, tmp_path: Path) -> None:
    lived(name, tmp_path / "truth")
    evening = evening_of(name)
    events = [one for one in truth(tmp_path / "truth") if one["record"] == "event"]
    found = {one["event"]: one for one in events if one["injected"]}
    assert len(found) == len(evening.happens)
    for number, one in enumerate(evening.happens):
        event = found[f"{one.kind}:evening:{number}"]
        part = 100 * (event["starts_at"] - START) / (evening.minutes * MINUTE_US)
        assert one.from_pct <= part <= one.to_pct
        assert one.severity[0] <= event["severity"] <= one.severity[1]
    shared = [one for one in events if one["kind"] in WEEKLY and not one["injected"]]
    assert shared == []


def test_the_seed_decides_when_and_where() -> None:
    first = lived("power_cut")
    assert first == lived("power_cut")
    assert first != lived("power_cut", seed=8)


def test_an_unknown_evening_is_refused_with_the_known_ones() -> None:
    with pytest.raises(Rejected, match="no evening that can be drilled") as refused:
        evening_of("apocalypse")
    assert refused.value.code == "unknown_scenario"
    assert "quiet_night" in refused.value.remedy


def ordered(area: str, type_: str) -> dict[int, list[Told]]:
    """Return a task that is ordered in minute 60."""
    at = START + 59 * MINUTE_US
    case = f"case:warn:x/{area}:1"
    filed = {"report": "", "type": type_}
    given = {"unit": "crew-1", "code": "plan"}
    return {
        60: [
            Told(
                seq=1,
                kind="CaseFiled",
                subject=case,
                area=area,
                happened_at=at,
                known_at=at,
                body=filed,
            ),
            Told(
                seq=2,
                kind="CaseDispatched",
                subject=case,
                area=area,
                happened_at=at,
                known_at=at,
                body=given,
            ),
        ]
    }


@pytest.mark.parametrize(
    ("type_", "ends"), [("task_crowd", True), ("task_pump", False), ("task_notice", False)]
)
def test_the_right_measure_ends_what_it_is_for(type_: str, ends: bool, tmp_path: Path) -> None:
    lived("waterfront_rain", tmp_path / "before")
    surge = next(
        one
        for one in truth(tmp_path / "before")
        if one["record"] == "event" and one["event"] == "crowd_surge:evening:0"
    )
    lived("waterfront_rain", tmp_path / "after", told=ordered(surge["area"], type_))
    ended = [one for one in truth(tmp_path / "after") if one["record"] == "ended"]
    assert ("crowd_surge:evening:0" in [one["event"] for one in ended]) is ends


def test_a_measure_elsewhere_changes_nothing(tmp_path: Path) -> None:
    lived("waterfront_rain", tmp_path / "truth", told=ordered("n5", "task_crowd"))
    assert [one for one in truth(tmp_path / "truth") if one["record"] == "ended"] == []


def test_what_is_unplaced_is_reported_without_a_place_and_by_no_device(tmp_path: Path) -> None:
    moves = lived("quiet_night", tmp_path / "truth")
    ours = {
        one["report"]
        for one in truth(tmp_path / "truth")
        if one["record"] == "report" and one["event"] == "gas_smell:evening:0"
    }
    sent = [
        move.fields
        for move in moves
        if move.command == "ReceiveReport"
        and f"report:{move.fields['feed']}:{move.fields['id']}" in ours
    ]
    assert len(sent) == len(ours) > 0
    assert {(one["place"], one["area"], one["feed"]) for one in sent} == {(None, "city", "hotline")}
    assert all(one["text"] for one in sent)
