"""What a case should do, told without a machine: ``moves.csv``, and a naive diary of one case.

The table says what becomes of a move at a step, who makes it, and under which circumstance; its
first line that fits holds, and a move that has none is not allowed. The diary knows the
circumstances and keeps the time, by plain arithmetic on hours.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from move_bench import MOVES, TYPES

from chengyun.kernel.instants import HOUR_US

with (Path(__file__).parent / "moves.csv").open(encoding="utf-8") as _file:
    LINES: Final = [tuple(line.values()) for line in csv.DictReader(_file)]
AT: Final = {step: [line[1] for line in LINES if line[0] in (step, "*")] for step in MOVES}
EVERY: Final = sorted({line[1] for line in LINES})
ABOVE: Final = {"A": 2}
"""How many units are above; the others have none."""


class Turn(NamedTuple):
    """One thing that somebody tries."""

    move: str
    actor: str
    unit: str
    hours: int
    part: int
    type: str
    yes: bool
    says_why: bool
    fills_in: bool


class Ask(NamedTuple):
    """What waits for a decision."""

    actor: str
    unit: str
    decide_by: int
    until: int = 0
    against: str = ""


def result_of(step: str, move: str, who: str, holds: set[str]) -> str:
    """Return what the table says: a step, ``same``, or the code of a refusal."""
    for at, made, by, condition, result in LINES:
        fits = at in (step, "*") and made == move and by in (who, "*")
        if fits and (not condition or condition in holds):
            return step if result == "same" else result
    return "move_not_allowed"


@dataclass
class Diary:
    """One case, as a clerk would keep it on paper."""

    filed: int
    step: str = "file"
    type: str = "a"
    unit: str = ""
    coordinator: str = ""
    due: int = 0
    fell_due: bool = False
    counted_from: int = 0
    stopped_at: int | None = None
    photo_at: int = -1
    checked_from: int = 0
    tries: int = 0
    rework: int = 0
    round: int = 0
    reopened: int = 0
    extensions: int = 0
    appeals: int = 0
    workers: set[str] = field(default_factory=set)
    reported: dict[int, tuple[str, int]] = field(default_factory=dict)
    parts: dict[int, list[str]] = field(default_factory=dict)
    asks: dict[str, Ask] = field(default_factory=dict)
    alarms: dict[str, int] = field(default_factory=dict)
    """Moments still ahead besides those of asks and the deadline."""

    def __post_init__(self) -> None:
        self.counted_from = self.filed
        self.due = self.filed + TYPES["a"] * HOUR_US
        self.alarms = {"contact": self.filed + 4 * HOUR_US}

    @property
    def open(self) -> bool:
        return self.step not in ("check", "closed")

    @property
    def open_parts(self) -> int:
        return sum(state != "done" for state, _ in self.parts.values())

    # --- what is asked of the table -----------------------------------------------------------

    def who(self, turn: Turn) -> str:
        if turn.move.startswith("decide_"):
            ask = self.asks.get(turn.move.removeprefix("decide_"))
            return "asker" if ask is not None and ask.actor == turn.actor else "another"
        if turn.unit == self.unit:
            return "holder"
        return "coordinator" if turn.unit == self.coordinator else "other"

    def holds(self, turn: Turn, now: int) -> set[str]:
        """Return every circumstance of a turn."""
        return {name for name, is_so in self._circumstances(turn, now) if is_so}

    def _circumstances(self, turn: Turn, now: int) -> Iterator[tuple[str, Any]]:
        move = turn.move
        kind = {"extend": "extension", "defer": "deferral", "answer": "supervision"}.get(
            move, move.removeprefix("decide_").partition("_")[0].replace("supervise", "supervision")
        )
        ask = self.asks.get(kind)
        yield "no_reason", not turn.says_why
        yield "asked", ask is not None
        yield "none_asked", ask is None
        yield "refuses", not turn.yes
        yield "worker", turn.actor in self.workers
        yield "form", turn.fills_in
        yield "no_form", not turn.fills_in
        yield "parts_open", self.open_parts
        said = self.reported.get(self.round, (turn.unit, now))
        yield "reported_otherwise", said != (turn.unit, now)
        yield "no_photo", self.photo_at < self.checked_from
        yield "settles", turn.yes or self.tries >= 2
        yield "overdue", self.fell_due or now > self.due
        yield "too_long", turn.hours > 24
        yield "not_ahead", not 0 < turn.hours <= (200 if move == "ledger" else 100)
        yield "never_failed", self.rework == 0
        yield "other_process", turn.type in (self.type, "other")
        most = {
            "fail": (self.rework, 1), "reopen": (self.reopened, 1),
            "extend": (self.extensions, 1), "appeal_dispatch": (self.appeals, 2),
            "appeal_verdict": (self.appeals, 2),
        }.get(move, (0, 1))  # fmt: skip
        yield "used_up", most[0] >= most[1]
        state, unit = self.parts.get(turn.part, ["none", ""])
        yield "no_part", state != "open" or unit != turn.unit
        yield "not_given_back", state != "returned"
        yield "last", self.open_parts == 1
        yield "last_no_form", self.open_parts == 1 and not turn.fills_in
        upheld = ask is not None and turn.yes and ask.unit == self.unit and self.open
        yield "upholds_dispatch", upheld and ask is not None and ask.against == "dispatch"
        yield (
            "upholds_verdict",
            upheld and ask is not None and ask.against == "verdict" and not self.open_parts,
        )

    # --- what comes of it ---------------------------------------------------------------------

    def goes(self, turn: Turn, to: str, now: int) -> None:
        """Write down a move that was allowed."""
        before, self.step = self.step, to
        getattr(self, f"_{turn.move}", lambda *_given: None)(turn, now)
        if turn.move == "report_work" and before != to:
            self.unit = turn.unit
        if to == "closed" and before != "closed":
            self.asks, self.alarms = {}, {}
            self.workers = set()
        elif to == "check" and before != "check":
            self.checked_from = now
            self._reported_back()
        self._step_clock(before, to, now, again=turn.move in ("fail", "reopen"))

    def _step_clock(self, before: str, to: str, now: int, *, again: bool) -> None:
        within = {"receive": 2, "check": 5}.get(to)
        if within is None:
            self.alarms.pop("step", None)
        elif before != to or again:
            self.alarms["step"] = now + within * HOUR_US

    def _reported_back(self) -> None:
        self.stopped_at = None
        for kind in ("extension", "deferral"):
            self.asks.pop(kind, None)
        for name in ("contact", "resume", "review"):
            self.alarms.pop(name, None)

    def _dispatch(self, turn: Turn, now: int) -> None:
        self.unit = turn.unit
        self.coordinator = self.coordinator or turn.unit

    def _photo(self, turn: Turn, now: int) -> None:
        self.photo_at = now

    def _accept(self, turn: Turn, now: int) -> None:
        self.workers.add(turn.actor)

    def _contact(self, turn: Turn, now: int) -> None:
        self.tries += 1
        if turn.yes or self.tries >= 3:
            self.alarms.pop("contact", None)

    def _return(self, turn: Turn, now: int) -> None:
        self.unit = ""

    def _report_work(self, turn: Turn, now: int) -> None:
        if self.round not in self.reported:  # the same word twice is one
            self.workers.add(turn.actor)
            self.reported[self.round] = turn.unit, now

    def _fail(self, turn: Turn, now: int) -> None:
        self.rework += 1
        self.round += 1

    def _reopen(self, turn: Turn, now: int) -> None:
        self.reopened += 1
        self.round += 1
        self.counted_from = now
        self.due, self.fell_due = now + TYPES[self.type] * HOUR_US, False

    def _extend(self, turn: Turn, now: int) -> None:
        until = self.due + max(1, turn.hours) * HOUR_US
        self.asks["extension"] = Ask(turn.actor, turn.unit, now + 8 * HOUR_US, until)

    def _decide_extension(self, turn: Turn, now: int) -> None:
        ask = self.asks.pop("extension")
        if turn.yes:
            self.extensions += 1
            self.due, self.fell_due = max(self.due, ask.until), False

    def _defer(self, turn: Turn, now: int) -> None:
        until = now + turn.hours * HOUR_US
        by = min(until, now + 12 * HOUR_US)
        self.asks["deferral"] = Ask(turn.actor, turn.unit, by, until)

    def _decide_deferral(self, turn: Turn, now: int) -> None:
        ask = self.asks.pop("deferral")
        if turn.yes:
            self.stopped_at = now
            self.alarms["resume"] = ask.until

    def _resume(self, turn: Turn | None, now: int) -> None:
        self.alarms.pop("resume", None)
        self._goes_on(now)

    def _goes_on(self, now: int) -> None:
        if self.stopped_at is not None and not self.fell_due:
            self.due += now - self.stopped_at
        self.stopped_at = None

    def _ledger(self, turn: Turn, now: int) -> None:
        for kind in ("extension", "deferral"):
            self.asks.pop(kind, None)
        self.alarms["review"] = now + turn.hours * HOUR_US
        if self.stopped_at is None:
            self.stopped_at = now

    def _take_up(self, turn: Turn, now: int) -> None:
        self.alarms.pop("review", None)
        self._goes_on(now)

    def _supervise(self, turn: Turn, now: int) -> None:
        self.asks["supervision"] = Ask(turn.actor, self.unit, now + 10 * HOUR_US)

    def _answer(self, turn: Turn, now: int) -> None:
        del self.asks["supervision"]

    def _appeal_dispatch(self, turn: Turn, now: int) -> None:
        self.appeals += 1
        against = turn.move.removeprefix("appeal_")
        self.asks["appeal"] = Ask(turn.actor, turn.unit, now + 20 * HOUR_US, against=against)

    _appeal_verdict = _appeal_dispatch

    def _decide_appeal(self, turn: Turn, now: int) -> None:
        ask = self.asks.pop("appeal")
        if turn.yes and ask.against == "verdict":
            self.rework = max(0, self.rework - 1)
        if self.step == "file" and turn.yes and ask.against == "dispatch":
            self.unit = ""

    def _reclassify(self, turn: Turn, now: int) -> None:
        self.type = turn.type
        self.due, self.fell_due = self.counted_from + TYPES[turn.type] * HOUR_US, False

    def _join(self, turn: Turn, now: int) -> None:
        first = len(self.parts) + 1
        self.parts |= {first: ["open", "B"], first + 1: ["open", "C"]}

    def _finish_part(self, turn: Turn, now: int) -> None:
        self.workers.add(turn.actor)
        self.parts[turn.part][0] = "done"

    def _return_part(self, turn: Turn, now: int) -> None:
        self.parts[turn.part] = ["returned", ""]

    def _give_part(self, turn: Turn, now: int) -> None:
        self.parts[turn.part] = ["open", turn.unit]

    # --- time ---------------------------------------------------------------------------------

    def ahead(self) -> dict[str, int]:
        """Return every moment that has to come, by its name."""
        found = dict(self.alarms)
        found |= {kind: ask.decide_by for kind, ask in self.asks.items() if ask.decide_by}
        if self.open and not self.fell_due and self.stopped_at is None:
            found["due"] = self.due
        return found

    def passes(self, now: int) -> None:
        """Let the time pass until ``now``."""
        while due := sorted((at, name) for name, at in self.ahead().items() if at <= now):
            at, name = due[0]
            if name == "due":
                self.fell_due = True
            elif name == "supervision":
                self.asks[name] = self.asks[name]._replace(decide_by=0)
            elif name in self.asks:
                del self.asks[name]
            else:
                del self.alarms[name]
                if name == "resume":
                    self.step = "handle"
                    self._goes_on(at)
