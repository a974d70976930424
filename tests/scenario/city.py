"""A small city on the virtual clock, driven through the doors that its users have.

``city.at("2026-05-07 16:30").reports("manhole", at=FERRY_STEPS, id="r1")`` moves the clock (every
timer on the way fires), sends a row of the hotline through the feed's own mapping, and commits. A
refusal is raised. ``city.expect_by("17:00", filed("r1"))`` lets the time pass and looks for facts.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.system.entropy import SeededEntropy
from chengyun.app import intake, packs, platform
from chengyun.app.figuring import FigureSource, Question, lines, registers_of
from chengyun.app.tracing import chain_of
from chengyun.assess.handlers import SplitReport
from chengyun.citypack.resolving import Resolved, resolve
from chengyun.command.handlers import DecideResponse
from chengyun.command.views import RESPONSES
from chengyun.dispatch.handlers import DecideRoute
from chengyun.engine import codec
from chengyun.engine.adoption import AdoptPolicy
from chengyun.engine.commands import Command, Outcome
from chengyun.engine.engine import Engine
from chengyun.facts.envelope import Fact
from chengyun.facts.places import Place
from chengyun.facts.twin import CrewState
from chengyun.guard.deciding import EVERYTHING
from chengyun.handle.calling_back import CallBack
from chengyun.handle.handlers import FinishTask, ReportWork, ReturnCase, VerifyCase
from chengyun.handle.ratings import RateReport
from chengyun.handle.views import CASES, CaseRow
from chengyun.kernel.clock import VirtualClock
from chengyun.kernel.instants import Instant, from_datetime, to_text
from chengyun.learn.figures import FIGURES as FIGURES_OF_CASES
from chengyun.learn.figures import Number
from chengyun.learn.handlers import DecideProposal
from chengyun.learn.periods import day_of, period
from chengyun.learn.views import FIGURES
from chengyun.sense.policy import Feeds
from chengyun.sense.rules import Reading
from chengyun.twin.handlers import ReportCrew

PACK = Path(__file__).parent / "pack"
FEED = "hotline"
ZONE = ZoneInfo("Asia/Shanghai")

FERRY_STEPS = (121.4705, 31.2305)
GATE = (121.47065, 31.2305)
ORCHARD = (121.4805, 31.2305)
FERRY_QUARTER = "319901001001"
ORCHARD_QUARTER = "319902001001"


def moment(local: str) -> Instant:
    """Return the instant of a wall clock in the city: ``2026-05-07 16:30``."""
    return from_datetime(datetime.fromisoformat(local).replace(tzinfo=ZONE))


class Expected(NamedTuple):
    """A fact that shall be there: its kind and what it says, envelope or body."""

    kind: str
    says: dict[str, Any]

    def is_met_by(self, fact: Fact[Any]) -> bool:
        """Tell whether ``fact`` is the one."""
        return fact.kind == self.kind and all(
            getattr(fact.body, name, getattr(fact, name, None)) == value
            for name, value in self.says.items()
        )


def a(kind: str, **says: Any) -> Expected:
    """Expect a fact of ``kind`` that says this."""
    return Expected(kind, says)


def report(id_: str) -> str:
    return f"report:{FEED}:{id_}"


def incident(id_: str) -> str:
    return f"incident:{FEED}:{id_}"


def case(id_: str) -> str:
    return f"case:{FEED}:{id_}"


def located(id_: str, **says: Any) -> Expected:
    return a("ReportLocated", report=report(id_), **says)


def filed(id_: str, *, due: str | None = None, **says: Any) -> Expected:
    if due is not None:
        says["due_at"] = moment(due)
    return a("CaseFiled", subject=case(id_), **says)


def merged(id_: str, *, into: str) -> Expected:
    return a("ReportMerged", report=report(id_), incident=incident(into))


def dispatched(id_: str, *, to: str, **says: Any) -> Expected:
    return a("CaseDispatched", subject=case(id_), unit=to, **says)


def asked(id_: str, **says: Any) -> Expected:
    return a("DecisionAsked", subject=case(id_), **says)


def fell_due(id_: str, *, at: str) -> Expected:
    return a("CaseFellDue", subject=case(id_), due_at=moment(at), happened_at=moment(at))


def warned(type_: str, **says: Any) -> Expected:
    return a("WarningRaised", type=type_, **says)


def cleared(type_: str, **says: Any) -> Expected:
    return a("WarningCleared", type=type_, **says)


@cache
def the_pack() -> Resolved:
    """Return the pack of this folder; it is checked once."""
    return packs.loaded(PACK)


def changed(pack: Resolved, *sections: msgspec.Struct) -> Resolved:
    """Return ``pack`` with some sections replaced."""
    named = {type(one).SECTION: one for one in sections}  # type: ignore[attr-defined]
    return resolve((pack.sections | named).values())


class City:
    """The city of ``tests/scenario/pack`` from ``opens`` on, in a store of its own."""

    def __init__(
        self,
        folder: Path,
        *,
        opens: str = "2026-05-01 00:00",
        from_: str = "",
        begun: bool = False,
        pack: Resolved | None = None,
    ) -> None:
        self._folder = folder
        self.pack = pack or the_pack()
        self.clock = VirtualClock(moment(opens))
        self._stack = ExitStack()
        self._calls = 0
        self.engine = self._opened()
        if begun:
            return
        in_force = moment(from_) if from_ else self.clock.now()
        platform.adopt(self.engine, self.pack.content, pack="xiaocheng", effective_from=in_force)
        self.engine.commit()

    def _opened(self) -> Engine:
        entropy = SeededEntropy(1)
        opened = platform.opened(
            self._folder, partition="xiaocheng", clock=self.clock, entropy=entropy
        )
        return self._stack.enter_context(opened).engine

    def close(self) -> None:
        """Close the store."""
        self._stack.close()

    # --- time ---------------------------------------------------------------------------------

    def at(self, local: str) -> City:
        """Let the time pass until ``local``; a clock alone is of the day that it is."""
        self._pass_until(self._instant(local))
        return self

    def down_until(self, local: str) -> City:
        """Stop the platform now and start it again at ``local``: nothing ran in between."""
        at = self._instant(local)
        self._stack.close()
        self._stack = ExitStack()
        self.clock = VirtualClock(at)
        self.engine = self._opened()
        while self.engine.fire_next(at):
            pass
        self.engine.commit()
        return self

    def _instant(self, local: str) -> Instant:
        today = datetime.fromtimestamp(self.clock.now() / 1_000_000, ZONE)
        return moment(local if "-" in local else f"{today:%Y-%m-%d} {local}")

    def _pass_until(self, at: Instant) -> None:
        while (due := self.engine.next_due()) is not None and due <= at:
            self.clock.advance_to(max(due, self.clock.now()))
            self.engine.fire_next(at)
        self.clock.advance_to(at)
        self.engine.commit()

    # --- what people do -----------------------------------------------------------------------

    def does(self, command: Command, *, actor: str = "person:test") -> Outcome:
        """Send any command; a refusal is raised."""
        outcome = self.engine.execute(command, actor=actor)
        self.engine.commit()
        if outcome.refused is not None:
            raise outcome.refused
        return outcome

    def reports(
        self,
        type_: str,
        *,
        id: str,  # noqa: A002 - as the story says it
        at: tuple[float, float] | None = None,
        place: str = "",
        area: str = FERRY_QUARTER,
        feed: str = FEED,
        **cells: str,
    ) -> City:
        """Somebody calls the hotline; what was taken down goes through the feed's mapping."""
        lon, lat = ("", "") if at is None else (f"{at[0]:.7f}", f"{at[1]:.7f}")
        now = datetime.fromtimestamp(self.clock.now() / 1_000_000, ZONE)
        row = {
            "number": id,
            "received": f"{now:%Y-%m-%d %H:%M}",
            "type": type_,
            "address": place,
            "area": area,
            "lon": lon,
            "lat": lat,
            **cells,
        }
        declared = packs.section(self.pack, Feeds).feeds[feed]
        reading = Reading(declared, tuple(row), packs.registers_of(self.pack))
        read = reading.report(tuple(row.values()))
        self._calls += 1
        self.does(intake.report_command(feed, "calls", self._calls, read), actor=f"feed:{feed}")
        return self

    def crew(self, unit: str, id_: str, *, outcome: str = "resolved", same_as: str = "") -> City:
        """A crew says what it did about a report."""
        work = ReportWork(
            report=report(id_),
            unit=unit,
            outcome=outcome,
            duplicate_of=same_as,
            text="",
            at=self.clock.now(),
        )
        self.does(work, actor=f"crew:{unit}")
        return self

    def finishes(self, unit: str, task: str) -> City:
        """A crew says that a task of a response is done."""
        done = FinishTask(case=task, unit=unit, outcome="done", text="", at=self.clock.now())
        self.does(done, actor=f"crew:{unit}")
        return self

    def rates(self, id_: str, *, solved: bool, satisfied: bool, text: str = "") -> City:
        """The reporter is called back and says how it went."""
        verdict = RateReport(
            report=report(id_),
            solved=solved,
            satisfied=satisfied,
            text=text,
            at=self.clock.now(),
        )
        self.does(verdict, actor="person:agent")
        return self

    def calls_back(
        self,
        id_: str,
        *,
        reached: bool = True,
        solved: bool | None = None,
        satisfied: bool | None = None,
        text: str = "",
    ) -> City:
        """An agent calls the reporter back."""
        call = CallBack(
            report=report(id_),
            reached=reached,
            solved=solved,
            satisfied=satisfied,
            text=text,
            at=self.clock.now(),
        )
        self.does(call, actor="person:agent")
        return self

    def crew_is(
        self, unit: str, state: CrewState, at: tuple[float, float] | None = None, task: str = ""
    ) -> City:
        """A crew says where it is and what it is doing."""
        self.does(self.word(unit, state, at, task), actor=f"crew:{unit}")
        return self

    def word(
        self, unit: str, state: CrewState, at: tuple[float, float] | None = None, task: str = ""
    ) -> ReportCrew:
        """Return what a crew would say now."""
        place = None if at is None else Place(lon_e7=round(at[0] * 1e7), lat_e7=round(at[1] * 1e7))
        return ReportCrew(unit=unit, state=state, place=place, case=task, at=self.clock.now())

    def returns(self, unit: str, id_: str, reason: str) -> City:
        """A unit gives a case back."""
        return self.returns_case(unit, case(id_), reason)

    def returns_case(self, unit: str, name: str, reason: str) -> City:
        """A unit gives a case or a task back."""
        self.does(ReturnCase(case=name, unit=unit, reason=reason), actor=f"unit:{unit}")
        return self

    def checks(self, unit: str, id_: str, *, passed: bool, reason: str = "looked at it") -> City:
        """A unit checks the work of another."""
        return self.checks_case(unit, case(id_), passed=passed, reason=reason)

    def checks_case(
        self, unit: str, name: str, *, passed: bool, reason: str = "looked at it"
    ) -> City:
        """A unit checks a case or a task."""
        command = VerifyCase(case=name, by_unit=unit, passed=passed, reason=reason)
        self.does(command, actor=f"unit:{unit}")
        return self

    def decides(self, id_: str, *, unit: str, reason: str) -> City:
        """A dispatcher says whose case it is."""
        self.does(DecideRoute(case=case(id_), unit=unit, reason=reason), actor="person:dispatcher")
        return self

    def splits(self, id_: str, reason: str) -> City:
        """A dispatcher takes a report out of its incident."""
        self.does(SplitReport(report=report(id_), reason=reason), actor="person:dispatcher")
        return self

    def responds(self, proposal: str, *, approved: bool, reason: str) -> City:
        """The duty officer decides on a proposed response."""
        command = DecideResponse(proposal=proposal, approved=approved, reason=reason)
        self.does(command, actor="person:duty-officer")
        return self

    def answers(self, proposal: str, *, accepted: bool, reason: str) -> City:
        """A policy maker decides on a proposed policy."""
        command = DecideProposal(proposal=proposal, accepted=accepted, reason=reason)
        self.does(command, actor="person:policy-maker")
        return self

    def adopts(self, pack: Resolved, *, from_: str, scope: str = "") -> City:
        """A policy maker puts a version of the pack in force."""
        version = self.engine.keep_artefact(pack.content)
        command = AdoptPolicy(
            version=version, pack="xiaocheng", effective_from=moment(from_), scope=scope
        )
        self.does(command, actor="person:policy-maker")
        self.pack = pack
        return self

    def changed(self, *sections: msgspec.Struct) -> Resolved:
        """Return the pack with some sections replaced."""
        return changed(self.pack, *sections)

    # --- what is to be seen -------------------------------------------------------------------

    def chain(self, name: str) -> list[Fact[Any]]:
        """Return the causal chain of a fact or subject."""
        with StoreReader(self._folder) as reader:
            return [codec.read(one) for one in chain_of(reader, "xiaocheng", name)]

    def facts(self, kind: str = "") -> list[Fact[Any]]:
        """Return everything on the chain, or all facts of one kind, in order."""
        with StoreReader(self._folder) as reader:
            found = [codec.read(one) for one in reader.facts("xiaocheng")]
        return [fact for fact in found if not kind or fact.kind == kind]

    def expect_by(self, local: str, *expected: Expected) -> Fact[Any]:
        """Let the time pass until ``local``; by then each expected fact has happened.

        Returns the last fact that met the last expectation.
        """
        self.at(local)
        return self.expect(*expected)

    def expect(self, *expected: Expected) -> Fact[Any]:
        """Each expected fact has happened by now; return the newest that met the last one."""
        facts = self.facts()
        found: list[Fact[Any]] = []
        for one in expected:
            found = [fact for fact in facts if one.is_met_by(fact)]
            assert found, f"no {one.kind} says {one.says}; there were:\n{self._told(facts, one)}"
        return found[-1]

    def never(self, expected: Expected) -> None:
        """No such fact has happened."""
        found = [fact for fact in self.facts() if expected.is_met_by(fact)]
        assert not found, f"there is one: {found[0]}"

    def count(self, expected: Expected) -> int:
        """Return how many such facts there are."""
        return sum(expected.is_met_by(fact) for fact in self.facts())

    def _told(self, facts: list[Fact[Any]], about: Expected) -> str:
        near = [fact for fact in facts if fact.kind == about.kind] or facts[-20:]
        return "\n".join(f"  {to_text(fact.happened_at, ZONE)} {fact}" for fact in near)

    def case(self, id_: str) -> CaseRow:
        """Return where a case stands."""
        found = self.engine.rows.get(CASES, case(id_))
        assert found is not None, f"there is no {case(id_)}"
        return found

    def responses(self) -> list[Any]:
        """Return the responses that are open."""
        return list(self.engine.rows.each(RESPONSES))

    def figure_source(self, reader: StoreReader) -> FigureSource:
        """Return where figures are read."""
        registers = registers_of(self.engine.policies, self.clock.now())
        return FigureSource(reader, "xiaocheng", registers, EVERYTHING)

    def number(self, name: str, **asked: Any) -> Number:
        """Return a figure of cases over all days until now."""
        today = day_of(self.clock.now(), ZONE)
        whole = period(date(2026, 1, 1), today, ZONE)
        question = Question((FIGURES_OF_CASES[name],), whole, self.clock.now(), **asked)
        with StoreReader(self._folder) as reader:
            return lines(question, self.figure_source(reader))[0].numbers[name]

    def figures(self) -> dict[str, int]:
        """Return the sums of all counts of reports."""
        rows = [msgspec.structs.asdict(row) for row in self.engine.rows.each(FIGURES)]
        keys = ("type", "area", "unit", "period")
        return {name: sum(row[name] for row in rows) for name in rows[0] if name not in keys}

    def was_aware_of_nothing_wrong(self) -> None:
        """No unit of the loop was set aside."""
        failed = self.facts("UnitFailed")
        assert not failed, failed


def days(first: str, count: int) -> list[str]:
    """Return ``count`` dates from ``first`` on."""
    start = datetime.fromisoformat(first)
    return [f"{start + timedelta(days=day):%Y-%m-%d}" for day in range(count)]
