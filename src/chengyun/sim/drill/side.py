"""One run of an evening, read when it is over: truth, record, what waited, and the judge."""

from __future__ import annotations

from pathlib import Path

from chengyun.app import packs
from chengyun.citypack.resolving import Resolved
from chengyun.facts.registers import City
from chengyun.kernel.instants import MINUTE_US, Instant
from chengyun.sim.drill.debrief import Course
from chengyun.sim.drill.deeds import Asked, Deeds, read_deeds
from chengyun.sim.drill.held import TRUTH
from chengyun.sim.kept import STORE
from chengyun.sim.scoring.judging import Judge
from chengyun.sim.scoring.record import Case, Record, Warned, read_record
from chengyun.sim.scoring.rules import Rules, rules_of
from chengyun.sim.scoring.truth import Event, Truth, read_truth
from chengyun.sim.world.truth import FILE as TRUTH_FILE

MOST_TASKS = 50


class Side:
    """A run up to its end; knows of every question and event how it went."""

    def __init__(
        self, truth: Truth, record: Record, deeds: Deeds, rules: Rules, ended_at: int
    ) -> None:
        self.truth, self.record, self.deeds, self.ended_at = truth, record, deeds, ended_at
        self.judge = Judge(truth, record, rules)
        self.events = [one for one in truth.events.values() if one.starts_at < ended_at]
        self.by_subject = {one.subject: one for one in deeds.asked if one.was_asked}
        """The last question about each case or proposal."""

    # --- events -------------------------------------------------------------------------------

    def arranged(self, event: Event) -> bool:
        """Tell whether it is one of the evening's own, or follows from one."""
        family = self.truth.events.get(event.family)
        return event.injected or (family is not None and family.injected)

    def lasted_min(self, event: Event) -> float:
        """Return how long it was on, until the drill ended at most."""
        return minutes(event.starts_at, min(event.ends_at, self.ended_at))

    def course(self, event: Event) -> Course:
        """Return how it went in this run."""
        found_at = self.judge.found_at(event)
        case = self.judge.first_case(event)
        owned = case is not None and bool(case.units) and bool(event.units) and event.real
        return Course(
            found_at=found_at,
            found_by=self._found_by(event, found_at),
            minutes_to_find=None if found_at is None else minutes(event.starts_at, found_at),
            right_owner=case.units[0] in event.units if owned and case is not None else None,
            hops=0 if case is None else len(case.units),
            over=event.ends_at <= self.ended_at,
            lasted_min=self.lasted_min(event),
            case="" if case is None else case.name,
        )

    def _found_by(self, event: Event, found_at: int | None) -> str:
        if found_at is None:
            return ""
        taken = {join.report: join.at for join in self.record.joins}
        if found_at in {taken.get(one.report) for one in event.reports}:
            return "report"
        warned = self.judge.warning_of(event)
        if warned is not None and found_at == max(warned.at, event.starts_at):
            return "warning"
        return "silence"

    def event_of_case(self, name: str) -> Event | None:
        """Return the event that a case was opened for."""
        case = self.record.cases.get(name)
        return None if case is None else self.truth.events.get(self.truth.about.get(case.first, ""))

    def event_of_response(self, asked: Asked) -> Event | None:
        """Return the event that the warning behind a response was truly about."""
        warned = self.warning_of(asked)
        return None if warned is None else self.judge.event_of(warned)

    # --- questions ----------------------------------------------------------------------------

    def is_right(self, asked: Asked, unit: str) -> bool | None:
        """Tell whether a unit is truly responsible; unknown where nothing real stands behind it."""
        event = self.event_of_case(asked.subject)
        if event is None or not event.real or not event.units:
            return None
        return unit in event.units

    def tasks_of(self, asked: Asked) -> list[Case]:
        """Return the tasks of a response, in the order of its measures."""
        names = (f"case:{asked.subject}:{number}" for number in range(1, MOST_TASKS))
        return [case for name in names if (case := self.record.cases.get(name)) is not None]

    def waited_min(self, asked: Asked) -> float:
        """Return how long it waited: until it was settled, or until the drill ended."""
        return minutes(asked.at, asked.until or self.ended_at)

    def warning_of(self, asked: Asked) -> Warned | None:
        """Return the warning that a response was proposed for."""
        return self.record.warnings.get(asked.warning)

    # --- cases --------------------------------------------------------------------------------

    @property
    def cases(self) -> list[Case]:
        """The cases that people or devices reported; tasks aside."""
        return [case for case in self.record.cases.values() if case.first]

    @property
    def tasks(self) -> list[Case]:
        """The tasks of approved responses."""
        return [case for case in self.record.cases.values() if not case.first]

    @property
    def overdue(self) -> list[Case]:
        """The cases and tasks that fell due."""
        return [case for case in self.record.cases.values() if case.fell_due_at]


def minutes(since: int, until: int) -> float:
    """Return the minutes between two instants, to a tenth."""
    return round((until - since) / MINUTE_US, 1)


def read_side(folder: Path, pack: Resolved, ended_at: int) -> Side:
    """Read the store and the truth of a run that has ended."""
    partition = packs.section(pack, City).id
    return Side(
        truth=read_truth(folder / TRUTH / TRUTH_FILE),
        record=read_record(folder / STORE, partition),
        deeds=read_deeds(folder / STORE, partition),
        rules=rules_of(pack, Instant(ended_at)),
        ended_at=ended_at,
    )
