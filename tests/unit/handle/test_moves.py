"""Ten thousand cases are moved at random; each does what a table written by hand says.

And each guard is taken out in turn: then at least one of the cases does something else.
"""

from __future__ import annotations

import hashlib
import os
import random
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from move_bench import Bench, Dispatch, case_of
from move_model import ABOVE, AT, EVERY, LINES, Diary, Turn, result_of

from chengyun.engine.commands import Command
from chengyun.engine.deadletters import DEAD_LETTERS
from chengyun.handle import rules
from chengyun.handle.deferring import DecideDeferral, DeferCase, ResumeCase
from chengyun.handle.evidence import AddEvidence
from chengyun.handle.extending import AskExtension, DecideExtension
from chengyun.handle.handlers import ReportWork, ReturnCase, VerifyCase
from chengyun.handle.joint import FinishPart, GivePart, OpenJointDuty, ReturnPart, Share
from chengyun.handle.ledger import LedgerCase, TakeUpCase
from chengyun.handle.objecting import DecideAppeal, MakeAppeal
from chengyun.handle.policy import Processes
from chengyun.handle.receiving import AcceptCase, ContactReporter
from chengyun.handle.reclassifying import ReclassifyCase
from chengyun.handle.reopening import ReopenCase
from chengyun.handle.steps import step_of
from chengyun.handle.supervising import AnswerSupervision, SuperviseCase
from chengyun.handle.waiting import CLOCKS
from chengyun.kernel.instants import HOUR_US, Instant

SEQUENCES = 10_000
MOST_TURNS = 28
A_BENCH = 100
"""Cases moved on one engine before the next one begins."""

ACTORS = ("account:a", "account:b", "account:c")
UNITS = ("A", "B", "C")


ONWARD = {
    "file": "dispatch", "receive": "accept", "contact": "contact", "handle": "report_work",
    "check": "pass", "closed": "reopen",
}  # fmt: skip
"""The short way round and round, which one case in five mostly goes."""


def drawn(dice: random.Random, diary: Diary, *, brisk: bool) -> Turn:
    """Draw what somebody tries next: mostly what the step has, by those who may."""
    move = dice.choice(AT[diary.step] if dice.random() < 0.8 else EVERY)
    if brisk and dice.random() < 0.7:
        move = ONWARD.get(diary.step, move)
    if diary.step == "check" and diary.photo_at < diary.checked_from and dice.random() < 0.5:
        move = "photo"
    if diary.step == "handle" and dice.random() < 0.15:
        move = "extend"
    if diary.step == "deferred" and dice.random() < 0.5:
        move = dice.choice(("resume", "dispatch", "supervise"))
    if diary.asks and dice.random() < 0.15:
        kind = dice.choice(sorted(diary.asks))
        move = "answer" if kind == "supervision" else f"decide_{kind}"
    if diary.parts and dice.random() < 0.3:
        move = dice.choice(("finish_part", "return_part", "give_part"))
    unit = diary.unit if diary.unit and dice.random() < 0.6 else dice.choice(UNITS)
    part = dice.randint(1, len(diary.parts) + 1)
    mine = [number for number, (state, _) in diary.parts.items() if state == "open"]
    if move in ("finish_part", "return_part") and mine and dice.random() < 0.8:
        part = dice.choice(mine)
        unit = diary.parts[part][1]
    if move in ("pass", "fail") and dice.random() < 0.7:
        unit = dice.choice([one for one in UNITS if one != diary.unit])
    return Turn(
        move=move,
        actor=dice.choice(ACTORS),
        unit=unit,
        hours=dice.choice((-1, 0, 1, 5, 12, 24, 25, 60, 100, 150, 201)),
        part=part,
        type=dice.choice(("a", "b", "other")),
        yes=dice.random() < 0.6,
        says_why=dice.random() < 0.9,
        fills_in=dice.random() < (0.2 if diary.step == "file" else 0.8),
    )


class Try(NamedTuple):
    """What the fields of a command are made of."""

    case: str
    report: str
    now: Instant
    why: str
    form: dict[str, str]
    later: Instant


def command_of(turn: Turn, report: str, now: Instant) -> Command:
    """Return the command that tries it."""
    one = Try(
        case_of(report),
        report,
        now,
        "because" if turn.says_why else " ",
        {"cause": "age"} if turn.fills_in else {},
        Instant(now + turn.hours * HOUR_US),
    )
    return COMMANDS[turn.move](turn, one)


def _report(turn: Turn, one: Try) -> Command:
    return ReportWork(
        report=one.report, unit=turn.unit, outcome="done", duplicate_of="", text="", at=one.now,
        form=one.form,
    )  # fmt: skip


def _join(turn: Turn, one: Try) -> Command:
    shares = [Share(unit="B", task="dig"), Share(unit="C", task="pave")]
    return OpenJointDuty(case=one.case, lead=turn.unit, shares=shares, reason=one.why)


def _verify(turn: Turn, one: Try) -> Command:
    passed = turn.move == "pass"
    return VerifyCase(case=one.case, by_unit=turn.unit, passed=passed, reason=one.why)


def _contact(turn: Turn, one: Try) -> Command:
    return ContactReporter(
        case=one.case, unit=turn.unit, report=one.report, reached=turn.yes, text=""
    )


def _extend(turn: Turn, one: Try) -> Command:
    limit = f"{max(1, turn.hours)} calendar_hours"
    return AskExtension(case=one.case, unit=turn.unit, limit=limit, reason=one.why)


def _appeal(turn: Turn, one: Try) -> Command:
    against = turn.move.removeprefix("appeal_")
    return MakeAppeal(case=one.case, unit=turn.unit, against=against, reason=one.why)


def _finish(turn: Turn, one: Try) -> Command:
    return FinishPart(
        case=one.case, part=turn.part, unit=turn.unit, outcome="done", text="", form=one.form
    )


def _photo(turn: Turn, one: Try) -> Command:
    digest = hashlib.sha256(f"{one.now}{turn}".encode()).hexdigest()
    return AddEvidence(case=one.case, kind="photo", digest=digest, media_type="image/png")


def _by_unit(shape: Any, **more: str) -> Callable[[Turn, Try], Command]:
    said = more or {"reason": "why"}
    return lambda turn, one: shape(
        case=one.case, unit=turn.unit, **{name: getattr(one, of) for name, of in said.items()}
    )


def _by_part(shape: Any) -> Callable[[Turn, Try], Command]:
    return lambda turn, one: shape(case=one.case, part=turn.part, unit=turn.unit, reason=one.why)


def _decides(shape: Any, field: str) -> Callable[[Turn, Try], Command]:
    return lambda turn, one: shape(case=one.case, reason=one.why, **{field: turn.yes})


def _said(shape: Any, **more: str) -> Callable[[Turn, Try], Command]:
    return lambda _turn, one: shape(
        case=one.case, reason=one.why, **{name: getattr(one, of) for name, of in more.items()}
    )


COMMANDS: dict[str, Callable[[Turn, Try], Command]] = {
    "dispatch": lambda turn, one: Dispatch(case=one.case, unit=turn.unit),
    "accept": lambda turn, one: AcceptCase(case=one.case, unit=turn.unit),
    "contact": _contact,
    "return": _by_unit(ReturnCase),
    "report_work": _report,
    "pass": _verify,
    "fail": _verify,
    "reopen": _said(ReopenCase),
    "extend": _extend,
    "decide_extension": _decides(DecideExtension, "granted"),
    "defer": _by_unit(DeferCase, reason="why", until="later"),
    "decide_deferral": _decides(DecideDeferral, "granted"),
    "resume": _by_unit(ResumeCase),
    "ledger": _said(LedgerCase, review="later"),
    "take_up": _said(TakeUpCase),
    "supervise": _said(SuperviseCase),
    "answer": _by_unit(AnswerSupervision, text="why"),
    "appeal_dispatch": _appeal,
    "appeal_verdict": _appeal,
    "decide_appeal": _decides(DecideAppeal, "upheld"),
    "reclassify": lambda turn, one: ReclassifyCase(case=one.case, type=turn.type, reason=one.why),
    "join": _join,
    "photo": _photo,
    "finish_part": _finish,
    "return_part": _by_part(ReturnPart),
    "give_part": _by_part(GivePart),
}


def check(bench: Bench, report: str, diary: Diary) -> None:
    """Compare a case with its diary, and its timers with the moments that have to come."""
    case = bench.case(report)
    process = bench.engine.policies.pinned(Processes, case.policy_version).processes["bench"]
    found = {
        "step": step_of(case, process), "open": case.open, "due": case.due_at,
        "fell_due": case.fell_due, "stopped_at": case.stopped_at, "rework": case.rework,
        "round": case.round, "extensions": case.extensions, "open_parts": case.open_parts,
        "unit": case.unit, "type": case.type,
    }  # fmt: skip
    _same(found, {name: getattr(diary, name) for name in found})
    timers = bench.timers(report)
    told = {name for name in timers if name.startswith("soon.") or name == "escalation"}
    _same({name: row.due_at for name, row in timers.items() if name not in told}, diary.ahead())
    clocks = {row.clock: row for row in bench.engine.rows.find(CLOCKS, 0, case.case)}
    runs = {name: row.due_at for name, row in clocks.items() if not row.ran_out and name != "due"}
    assert runs == {
        name: timers[name].due_at for name in timers if name in clocks and name != "due"
    }
    soon = {f"soon.{name}": row.soon_at for name, row in clocks.items() if row.soon_at is not None}
    _same(soon, {name: timers[name].due_at for name in timers if name.startswith("soon.")})
    climbs = case.escalated < ABOVE.get(case.unit, 0)
    if case.open and case.fell_due and case.stopped_at is None and climbs:
        assert "escalation" in timers, "nobody above will hear it"


def _same(found: dict[str, object], expected: dict[str, object]) -> None:
    assert found == expected, f"{found} is not {expected}"


def moved(bench: Bench, dice: random.Random, seen: Counter[tuple[str, str]]) -> None:
    """Move one case at random until it has been tried often enough."""
    report = bench.opens()
    diary, brisk = Diary(bench.now), dice.random() < 0.2
    for _ in range(dice.randint(4, MOST_TURNS)):
        if dice.random() < 0.2:
            bench.passes(dice.choice((1, 1, 3, 8, 13, 30)))
            diary.passes(bench.now)
            check(bench, report, diary)
            continue
        turn = drawn(dice, diary, brisk=brisk)
        result = result_of(diary.step, turn.move, diary.who(turn), diary.holds(turn, bench.now))
        outcome = bench.does(command_of(turn, report, bench.now), turn.actor)
        refused = None if outcome.refused is None else outcome.refused.code  # type: ignore[attr-defined]
        seen[turn.move, result] += 1
        expected = result if result not in AT else None
        assert refused == expected, f"{turn} is {refused}, not {expected}"
        if refused is None:
            diary.goes(turn, result, bench.now)
            bench.settle()
            diary.passes(bench.now)
            check(bench, report, diary)
    failed = [row.error for row in bench.engine.rows.each(DEAD_LETTERS)]
    assert not failed, failed
    bench.forget(report)


def run(seed: int, sequences: int) -> Counter[tuple[str, str]]:
    """Move so many cases; a failure names the seed, the case and what was tried."""
    seen: Counter[tuple[str, str]] = Counter()
    bench = Bench()
    for number in range(sequences):
        if number % A_BENCH == 0:
            bench = Bench()
        try:
            moved(bench, random.Random(f"{seed}:{number}"), seen)
        except AssertionError as wrong:
            raise AssertionError(f"seed {seed}, case {number}: {wrong}") from wrong
    return seen


def test_ten_thousand_sequences_do_what_the_table_says():
    seen = run(int(os.environ.get("CHENGYUN_SEED", "6")), SEQUENCES)
    lines = {(move, result) for move, result in seen if result != "move_not_allowed"}
    wanted = {(line[1], line[4]) for line in LINES if line[4] != "same"}
    assert wanted <= lines, f"never tried: {sorted(wanted - lines)}"


@pytest.mark.parametrize("guard", rules.GUARDS, ids=lambda guard: guard.__name__)
def test_without_any_one_guard_a_case_does_something_else(guard, monkeypatch):
    monkeypatch.setattr(rules, guard.__name__, lambda *_given, **_more: None)
    with pytest.raises(AssertionError, match="seed 6, case"):
        run(6, 10_000)
