"""The world by itself: the same seed, the same week; what it sends lies in its step."""

import json
import stat
from collections import Counter
from pathlib import Path

import pytest
from towns import town

from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import DAY_US, HOUR_US, MINUTE_US, Instant, from_text
from chengyun.sim.world.kinds import KINDS
from chengyun.sim.world.protocol import Injected, Move, Step, Told
from chengyun.sim.world.truth import FILE, Truth
from chengyun.sim.world.world import World

START = from_text("2026-06-01T00:00:00+08:00")


def world(seed: int = 7, truth: Path | None = None) -> World:
    return World(town(), seed=seed, start=START, truth=Truth(truth))


def lived(one: World, minutes: int, first: int = 1) -> list[Move]:
    moves: list[Move] = []
    for number in range(first, first + minutes):
        until = START + number * MINUTE_US
        commands = one.step(Step(until=until)).commands
        assert all(until - MINUTE_US <= move.at <= until for move in commands)
        assert [move.at for move in commands] == sorted(move.at for move in commands)
        moves += commands
    return moves


def test_the_same_seed_lives_the_same_day_and_another_one_does_not() -> None:
    day = DAY_US // MINUTE_US
    first = lived(world(), day)
    assert first == lived(world(), day)
    assert first != lived(world(8), day)


def test_a_week_has_every_kind_and_every_report_has_a_truth(tmp_path: Path) -> None:
    moves = lived(world(truth=tmp_path / "truth"), 7 * DAY_US // MINUTE_US)
    lines = [json.loads(line) for line in (tmp_path / "truth" / FILE).open()]
    kinds = Counter(line["kind"] for line in lines if line["record"] == "event")
    assert set(kinds) == {kind.code for kind in KINDS}
    sent = {
        f"report:{move.fields['feed']}:{move.fields['id']}"
        for move in moves
        if move.command == "ReceiveReport"
    }
    told = {line["report"] for line in lines if line["record"] == "report"}
    assert sent == told
    assert len(sent) > 500


def test_nothing_that_is_sent_shows_the_truth(tmp_path: Path) -> None:
    moves = lived(world(truth=tmp_path / "truth"), DAY_US // MINUTE_US)
    lines = [json.loads(line) for line in (tmp_path / "truth" / FILE).open()]
    names = {line["event"] for line in lines if line["record"] == "event"}
    sent = json.dumps([move.fields for move in moves], ensure_ascii=False)
    assert [name for name in names if name in sent] == []
    assert [word for word in ("false_report", "device_glitch", "prank") if word in sent] == []


def test_an_alarm_for_nothing_looks_like_any_other(tmp_path: Path) -> None:
    moves = lived(world(truth=tmp_path / "truth"), 7 * DAY_US // MINUTE_US)
    lines = [json.loads(line) for line in (tmp_path / "truth" / FILE).open()]
    real = {line["event"]: line["real"] for line in lines if line["record"] == "event"}
    about = {line["report"]: line["event"] for line in lines if line["record"] == "report"}
    titles: dict[str, set[tuple[str, str]]] = {"True": set(), "False": set()}
    for move in moves:
        if move.command == "ReceiveReport" and move.fields["feed"] == "devices":
            event = about[f"report:devices:{move.fields['id']}"]
            said = (move.fields["type"], move.fields["title"])
            titles[str(real[event])].add(said)
    kinds = dict(titles["True"])
    assert titles["False"]
    assert all(kinds.get(type_, title) == title for type_, title in titles["False"])


def test_only_its_owner_may_enter_the_folder_of_the_truth(tmp_path: Path) -> None:
    folder = tmp_path / "truth"
    Truth(folder).close()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / FILE).stat().st_mode) == 0o600
    (folder / FILE).unlink()
    folder.chmod(0o755)
    with pytest.raises(Rejected, match="others may look"):
        Truth(folder)


def test_what_is_injected_happens_in_the_step_and_is_noticed() -> None:
    one = world()
    one.step(Step(until=START + MINUTE_US))
    until = START + 2 * MINUTE_US
    moves = list(
        one.step(Step(until=until, inject=[Injected(kind="gas_smell", area="n2")])).commands
    )
    moves += lived(one, 120, first=3)
    smells = [
        move
        for move in moves
        if move.command == "ReceiveReport"
        and move.fields["type"] == "gas_smell"
        and move.fields["area"] == "n2"
    ]
    assert smells


def test_an_unknown_kind_cannot_be_injected() -> None:
    for wish in (Injected(kind="dragon"), Injected(kind="noise", area="atlantis")):
        refused = world().step(Step(until=START + MINUTE_US, inject=[wish])).refused
        assert "cannot be made to happen" in refused[0]


def test_a_crew_answers_a_dispatch_at_the_earliest_in_the_next_step() -> None:
    one = world()
    moves = lived(one, 10 * HOUR_US // MINUTE_US)
    first = next(move for move in moves if move.command == "ReceiveReport")
    report = f"report:{first.fields['feed']}:{first.fields['id']}"
    case = report.replace("report:", "case:", 1)
    now = START + 10 * HOUR_US
    told = [
        fact(1, "CaseFiled", case, {"report": report, "type": first.fields["type"]}, now),
        fact(2, "CaseDispatched", case, {"unit": "crew-1", "code": "proposed"}, now),
    ]
    answers = list(one.step(Step(until=now + MINUTE_US, told=told)).commands)
    answers += lived(one, 24 * 60, first=10 * 60 + 2)
    about = [move for move in answers if case in (move.fields.get("case"),)]
    assert {move.command for move in about} & {"ReportCrew", "ReturnCase"}
    assert min(move.at for move in about) > now
    if any(move.command == "ReportCrew" for move in about):
        assert any(
            move.command == "ReportWork" and move.fields["report"] == report for move in answers
        )


def test_a_person_who_was_faster_is_left_alone() -> None:
    now = START + MINUTE_US
    one = world()
    one.step(Step(until=now))
    proposed = fact(1, "ResponseProposed", "response:x", {}, now)
    decided = fact(2, "ResponseDecided", "response:x", {}, now)
    one.step(Step(until=now + MINUTE_US, told=[proposed, decided]))
    assert not [move for move in lived(one, 120, first=3) if move.command == "DecideResponse"]
    other = world()
    other.step(Step(until=now))
    other.step(Step(until=now + MINUTE_US, told=[proposed]))
    assert [move for move in lived(other, 120, first=3) if move.command == "DecideResponse"]


def test_facts_of_what_it_does_not_know_leave_the_world_alone() -> None:
    one, now = world(), START + MINUTE_US
    one.step(Step(until=now))
    strange = [
        fact(1, "CaseFiled", "case:x", {"report": "report:x", "type": "dragon"}, now),
        fact(2, "CaseDispatched", "case:x", {"unit": "nobody", "code": ""}, now),
        fact(3, "CaseReworked", "case:x", {"unit": "nobody", "round": 1}, now),
        fact(4, "DecisionAsked", "case:x", {"candidates": []}, now),
        fact(5, "CaseDispatched", "case:x", {"unit": "crew-1", "code": "person"}, now),
        fact(6, "ReportMerged", "report:y", {"report": "report:y", "incident": "incident:x"}, now),
        fact(7, "ReportSplit", "report:y", {"report": "report:y"}, now),
        fact(8, "CaseReportedBack", "case:none", {}, now),
        fact(9, "CaseClosed", "case:none", {}, now),
        fact(10, "ResponseLapsed", "response:none", {}, now),
        fact(11, "SomethingNew", "x", {}, now),
    ]
    one.step(Step(until=now + MINUTE_US, told=strange))
    assert lived(one, 600, first=3)


def test_a_crew_whose_case_somebody_else_closed_goes_home() -> None:
    one, now = world(), START + MINUTE_US
    one.step(Step(until=now))
    filed = fact(1, "CaseFiled", "case:x", {"report": "report:x", "type": "gas_smell"}, now)
    given = fact(2, "CaseDispatched", "case:x", {"unit": "crew-1", "code": "fallback_owner"}, now)
    one.step(Step(until=now + MINUTE_US, told=[filed, given]))
    lived(one, 5, first=3)
    at = START + 8 * MINUTE_US
    back = fact(3, "CaseReportedBack", "case:x", {}, at)
    moves = list(one.step(Step(until=at, told=[back])).commands) + lived(one, 240, first=9)
    ours = [move for move in moves if "x" in str(move.fields.get("case", ""))]
    assert not [move for move in moves if move.fields.get("report") == "report:x"]
    assert [move.command for move in ours if move.command == "VerifyCase"] == ["VerifyCase"]
    states = [move.fields["state"] for move in moves if move.actor == "crew:crew-1"]
    assert states[-1] == "free"


def fact(seq: int, kind: str, subject: str, body: dict[str, object], at: int) -> Told:
    return Told(
        seq=seq, kind=kind, subject=subject, area="n1", happened_at=at, known_at=at, body=body
    )


def test_the_world_does_not_go_back() -> None:
    one = world()
    one.step(Step(until=START + MINUTE_US))
    with pytest.raises(Rejected, match="stands at"):
        one.step(Step(until=Instant(START)))
