"""Handle alone on an engine in memory, and a city of three units whose limits are easy to reckon.

Dispatch is a stand-in that gives a case to whom it is told to. Nothing is committed: what is
tried here is what the moves do, a hundred thousand of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any, ClassVar, Final

from chengyun.app.platform import adopt
from chengyun.engine.commands import Command, Outcome
from chengyun.engine.engine import Engine
from chengyun.engine.known import Known
from chengyun.engine.ports import Head
from chengyun.engine.stage import Stage
from chengyun.engine.tables import Drop
from chengyun.engine.timers import TIMERS, TimerRow
from chengyun.facts.dispatch import CaseDispatched, CaseFiled
from chengyun.facts.envelope import Draft
from chengyun.facts.sense import ReportReceived
from chengyun.handle import evidence, handlers, recurring, views
from chengyun.kernel.clock import VirtualClock
from chengyun.kernel.errors import Rejected
from chengyun.kernel.ids import under
from chengyun.kernel.instants import DAY_US, HOUR_US, Instant

START: Final = Instant(20_000 * DAY_US)

MOVES: Final = {
    "file": {"dispatch": "receive"},
    "receive": {
        "accept": "contact", "return": "file", "supervise": "receive", "appeal": "receive",
        "reclassify": "receive",
    },
    "contact": {"contact": "handle", "return": "file"},
    "handle": {
        "report_back": "check", "return": "file", "join": "handle", "extend": "handle",
        "defer": "deferred", "ledger": "ledger", "supervise": "handle", "appeal": "handle",
        "reclassify": "handle",
    },
    "deferred": {"resume": "handle", "supervise": "deferred"},
    "ledger": {"take_up": "handle", "ledger": "ledger"},
    "check": {"pass": "verify", "fail": "handle"},
    "verify": {"close": "closed"},
    "closed": {"reopen": "handle"},
}  # fmt: skip
PROCESS: Final = {
    "name": {"en": "Bench"},
    "start": "file",
    "steps": {
        name: {"role": "crew", "moves": moves, "ends": name == "closed"}
        for name, moves in MOVES.items()
    },
    "max_rework": 1,
    "max_reopened": 1,
    "form": {"cause": {"name": {"en": "Cause"}}},
    "tiers": {"t": {"name": {}, "limit": "48 calendar_hours", "contact": "4 calendar_hours"}},
    "contact": {"attempts": 3},
    "extension": {
        "times": 1, "longest": "24 calendar_hours", "decided_within": "8 calendar_hours",
    },
    "deferral": {
        "longest": "100 calendar_hours", "clock": "stops", "decided_within": "12 calendar_hours",
    },
    "ledger": {"longest": "200 calendar_hours", "clock": "stops"},
    "supervision": "10 calendar_hours",
    "appeal": {
        "against": ["verdict", "dispatch"], "times": 2, "decided_within": "20 calendar_hours",
    },
    "soon_percent": 75,
    "escalation": ["at once", "6 calendar_hours"],
    "source": "made up",
}  # fmt: skip
PROCESS["steps"]["receive"]["within"] = "2 calendar_hours"  # type: ignore[index]
PROCESS["steps"]["check"]["within"] = "5 calendar_hours"  # type: ignore[index]
PROCESS["steps"]["check"]["evidence"] = {"pass": ["photo"]}  # type: ignore[index]
PROCESS["steps"]["handle"]["demands"] = {"report_back": ["cause"]}  # type: ignore[index]
TYPES: Final = {"a": 48, "b": 96}
"""The hours that a case of a type may take."""


def _pack() -> bytes:
    types = {
        name: {"name": name, "time_limit": f"{hours} calendar_hours", "process": "bench"}
        for name, hours in TYPES.items()
    }
    types["other"] = {"name": "other", "process": "elsewhere"}
    units = {
        "A": {"name": "A", "parent": "top"}, "B": {"name": "B"}, "C": {"name": "C"},
        "top": {"name": "top", "parent": "crown"}, "crown": {"name": "crown"},
    }  # fmt: skip
    bounds = {"west": 0, "south": 0, "east": 1, "north": 1}
    sections = {
        "city": {
            "id": "bench", "name": {"en": "B"}, "zone": "UTC", "languages": ["en"],
            "crs": "WGS-84", "bounds": bounds, "source": "made up",
        },
        "calendar": {"hours": {"mon": ["09:00-17:00"]}, "source": "made up"},
        "units": {"units": units},
        "case_types": {"types": types},
        "processes": {"processes": {"bench": PROCESS, "elsewhere": PROCESS}},
    }  # fmt: skip
    return json.dumps(sections, sort_keys=True).encode()


PACK: Final = _pack()


class File(Command, frozen=True, kw_only=True):
    """A report comes in, and is filed."""

    NEEDS: ClassVar[str] = "bench"
    report: str


class Dispatch(Command, frozen=True, kw_only=True):
    """A case is given to a unit while it is on the desk."""

    NEEDS: ClassVar[str] = "bench"
    case: str
    unit: str


def take_in(command: File, known: Known) -> Iterable[Draft]:
    yield Draft(
        id=command.report, happened_at=known.now, subject=command.report,
        body=ReportReceived(
            feed="f", channel="", type="a", title="", text="", place=None, place_text="",
            attributes={}, due_at=None, file="", row=0, silent_after_s=0, notes=[],
        ),
    )  # fmt: skip


def file(fact: Any, known: Known) -> Iterable[Draft]:
    name = case_of(fact.subject)
    yield Draft(
        id=name, happened_at=fact.happened_at, subject=name,
        body=CaseFiled(
            incident=f"incident:{fact.subject}", report=fact.subject, type="a", process="bench",
            due_at=fact.happened_at + TYPES["a"] * HOUR_US, due_code="time_limit",
        ),
    )  # fmt: skip


def dispatch(command: Dispatch, known: Known) -> Iterable[Draft]:
    case = known.get(views.CASES, command.case)
    assert case is not None
    if not case.open:
        raise Rejected("move_not_allowed", "it is on no desk")
    yield Draft(
        id=under("assigned", case.case, case.revision), happened_at=known.now, subject=case.case,
        body=CaseDispatched(type="a", unit=command.unit, code="person", params={}, hops=case.hops),
    )  # fmt: skip


def case_of(report: str) -> str:
    return f"case:{report}"


class Everybody:
    """A gate that is open: what is refused here, handle refuses."""

    def check(self, *_given: object) -> None:
        return None


class Memory:
    """A store that forgets: nothing is committed."""

    def heads(self, _partition: str) -> dict[str, Head]:
        return {}

    def resident(self, *_given: object) -> tuple[()]:
        return ()

    def __getattr__(self, _name: str) -> Any:
        return lambda *_given, **_more: None


class Bench:
    """One engine, and cases on it one after another."""

    def __init__(self) -> None:
        self.clock = VirtualClock(START)
        stages = (
            Stage(name="sense", orders={File: take_in}),
            Stage(
                name="dispatch", orders={Dispatch: dispatch}, listens={ReportReceived: (file,)}
            ),
            Stage(
                name="handle", orders=handlers.ORDERS, listens=handlers.LISTENS,
                follows=handlers.FOLLOWS,
                tables=(*views.TABLES, *evidence.TABLES, *recurring.TABLES),
            ),
        )  # fmt: skip
        self.engine = Engine(
            partition="bench", stages=stages, store=Memory(), clock=self.clock, gate=Everybody(),
            sealer=SimpleNamespace(seal=lambda *_given: b""), ports={},
            within=lambda outer, inner: outer == inner,
        )  # fmt: skip
        adopt(self.engine, PACK, pack="bench", effective_from=START)
        self._filed = 0

    @property
    def now(self) -> Instant:
        return self.clock.now()

    def opens(self) -> str:
        """File a case; return its report."""
        self._filed += 1
        report = f"report:{self._filed}"
        self.does(File(report=report), "feed:f")
        return report

    def does(self, command: Command, actor: str) -> Outcome:
        outcome = self.engine.execute(command, actor=actor)
        assert outcome.refused is None or isinstance(outcome.refused, Rejected), outcome.refused
        return outcome

    def passes(self, hours: int) -> None:
        """Let time pass; what came due on the way fires."""
        self.clock.advance_to(Instant(self.now + hours * HOUR_US))
        self.settle()

    def settle(self) -> None:
        while self.engine.fire_next(self.now):
            pass

    def case(self, report: str) -> views.CaseRow:
        found = self.engine.rows.get(views.CASES, case_of(report))
        assert found is not None
        return found

    def timers(self, report: str) -> dict[str, TimerRow]:
        """Return the timers of a case by purpose, without the stage's name."""
        case = case_of(report)
        waiting = [row for row in self.engine.rows.each(TIMERS) if row.subject == case]
        found = {row.purpose.removeprefix("handle."): row for row in waiting}
        assert len(found) == len(waiting)
        return found

    def forget(self, report: str) -> None:
        """Stop the timers of a case that is over with: the next one's time is its own."""
        gone = [Drop(TIMERS, row.id) for row in self.timers(report).values()]
        self.engine.rows.apply(gone)
