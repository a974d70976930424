"""What happened to a case becomes its marks: one follower a fact, pure, the same on a rebuild."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change, Put
from chengyun.facts.dispatch import CaseDispatched, CaseFiled
from chengyun.facts.envelope import Fact
from chengyun.facts.handle import (
    CalledBack,
    CaseAccepted,
    CaseClosed,
    CaseFellDue,
    CaseReportedBack,
    CaseReturned,
    CaseReworked,
    ClockStarted,
    ReporterContacted,
    ReportRated,
)
from chengyun.kernel.instants import SECOND_US
from chengyun.learn import marks
from chengyun.learn.marks import (
    CASE_MARKS,
    LIVES,
    OPEN_REPORTS,
    CaseLife,
    CaseMark,
    Kept,
    Mark,
)

NOBODY_COMPLAINED: Final = frozenset(
    {"response", "officer", "grid_officer", "sensor", "camera", "inspection"}
)
"""Channels of what was found before anybody complained (未诉先办)."""


class Marking:
    """The marks of one case while one fact changes them."""

    def __init__(self, life: CaseLife, rows: Rows, fact: Fact[Any]) -> None:
        self.life = life
        self.at = int(fact.happened_at)
        self.known_at = int(fact.known_at)
        self._rows = rows
        self._changed: dict[int, CaseMark] = {}

    def change(self, **fields: Any) -> None:
        """Remember something else of the case."""
        self.life = msgspec.structs.replace(self.life, **fields)

    def add(self, mark: Mark, *, at: int | None = None, about: str = "", **more: Any) -> None:
        """One mark more, by default of now and of the unit that has the case."""
        life, at = self.life, self.at if at is None else at
        n = len(life.kept)
        columns = {"unit": life.unit, "met_at": None, "also_at": None, "took_s": 0, "hands": 0}
        self._changed[n] = CaseMark(
            mark=mark.name,
            at=at,
            case=life.case,
            n=n,
            about=about,
            run=life.run,
            type=life.type,
            area=life.area,
            channel=life.channel,
            since_at=self.known_at,
            gone_at=None,
            **(columns | more),
        )
        kept = Kept(mark.name, at, life.run, about, is_gone=False)
        self.change(kept=[*life.kept, kept])

    def last(self, mark: Mark, about: str = "") -> CaseMark | None:
        """Return the newest mark of this run that is not gone."""
        life = self.life
        for n in range(len(life.kept) - 1, -1, -1):
            kept = life.kept[n]
            if kept.run != life.run:
                return None
            if kept.mark == mark.name and kept.about == about and not kept.is_gone:
                return self._row(n)
        return None

    def amend(self, row: CaseMark | None, **fields: Any) -> None:
        """Say more about a mark that is there."""
        if row is not None:
            self._changed[row.n] = msgspec.structs.replace(row, **fields)

    def take_back(self, row: CaseMark | None) -> None:
        """A mark is not so any more, as is known from now on."""
        if row is not None:
            self.amend(row, gone_at=self.known_at)
            kept = list(self.life.kept)
            kept[row.n] = msgspec.structs.replace(kept[row.n], is_gone=True)
            self.change(kept=kept)

    def count_no_more(self) -> None:
        """It is the same as another case: nothing of it counts, as is known from now on."""
        for n, kept in enumerate(self.life.kept):
            if not kept.is_gone:
                self.take_back(self._row(n))
        self.change(merged_at=self.known_at)

    def count_again(self) -> None:
        """It is a case of its own after all: what counted before it was merged counts again."""
        kept = list(self.life.kept)
        for n in range(len(kept)):
            row = self._row(n)
            if row is not None and row.gone_at == self.life.merged_at:
                self.amend(row, gone_at=None)
                kept[n] = msgspec.structs.replace(kept[n], is_gone=False)
        self.change(merged_at=None, kept=kept)

    def retype(self, type_: str) -> None:
        """Everything about the case is counted under another type, as if it always had been."""
        self.change(type=type_)
        for n in range(len(self.life.kept)):
            row = self._row(n)
            if row is not None:
                self.amend(row, type=type_)

    def took_s(self, at: int) -> int:
        """Return how long this run had taken by an instant."""
        return max(0, at - self.life.began_at) // SECOND_US

    def gone_from(self, mark: Mark) -> int | None:
        """Return the instant of the newest mark of this run that is gone."""
        gone = [one for one in self.life.kept if one.mark == mark.name and one.is_gone]
        return gone[-1].at if gone and gone[-1].run == self.life.run else None

    def done(self) -> Iterable[Change]:
        """Return what changed."""
        yield Put(LIVES, self.life)
        for row in self._changed.values():
            yield Put(CASE_MARKS, row)

    def _row(self, n: int) -> CaseMark | None:
        kept = self.life.kept[n]
        return self._changed.get(n) or self._rows.get(
            CASE_MARKS, (kept.mark, kept.at, self.life.case, n)
        )


def marking(case: str, rows: Rows, fact: Fact[Any]) -> Marking | None:
    """Return the marks of a case; ``None`` for one that was never filed."""
    life = rows.get(LIVES, case)
    return None if life is None else Marking(life, rows, fact)


def falls_due(case: Marking, due_at: int | None) -> None:
    """The deadline of this run is ``due_at`` from now on; one that passed comes at once."""
    case.change(due_at=due_at)
    if due_at is not None:
        case.add(marks.DUE, at=max(due_at, case.life.began_at))


# --- filed and given --------------------------------------------------------------------------


def mark_filed(fact: Fact[CaseFiled], rows: Rows) -> Iterable[Change]:
    """A case begins; whose it is stands when it is given to somebody."""
    filed = fact.body
    report = rows.get(OPEN_REPORTS, filed.report) if filed.report else None
    channel = "response" if not filed.report else "" if report is None else report.channel
    life = CaseLife(
        case=fact.subject,
        type=filed.type,
        area=fact.area,
        channel=channel,
        unit="",
        run=0,
        began_at=fact.happened_at,
        due_at=None,
        hands=0,
        handled_at=None,
        stood_at=None,
        failed=0,
        closed=False,
        merged_at=None,
        kept=[],
        open=True,
    )
    case = Marking(life, rows, fact)
    found = case.known_at if channel in NOBODY_COMPLAINED else None
    case.add(marks.FILED, met_at=found)
    falls_due(case, filed.due_at)
    yield from case.done()


def mark_given(fact: Fact[CaseDispatched], rows: Rows) -> Iterable[Change]:
    """A unit has it: what is filed is its, and what is due unless the deadline is over."""
    case, unit = marking(fact.subject, rows, fact), fact.body.unit
    if case is None:
        return
    _lost(case)
    case.change(unit=unit, hands=case.life.hands + 1)
    filed, due = case.last(marks.FILED), case.last(marks.DUE)
    if filed is not None and not filed.unit:
        case.amend(filed, unit=unit)
    if due is not None and (not due.unit or due.at >= case.at):
        case.amend(due, unit=unit)
    case.add(marks.GIVEN)
    yield from case.done()


def mark_returned(fact: Fact[CaseReturned], rows: Rows) -> Iterable[Change]:
    """The unit gave it back: it was not for this unit."""
    case = marking(fact.subject, rows, fact)
    if case is not None:
        case.add(marks.RETURNED, unit=fact.body.unit)
        _lost(case)
        case.change(unit="")
        yield from case.done()


def _lost(case: Marking) -> None:
    given = case.last(marks.GIVEN)
    if given is not None and given.also_at is None:
        case.amend(given, also_at=case.known_at)


# --- handled ----------------------------------------------------------------------------------


def mark_accepted(fact: Fact[CaseAccepted], rows: Rows) -> Iterable[Change]:
    """The unit took it on."""
    case = marking(fact.subject, rows, fact)
    if case is not None:
        _responded(case)
        yield from case.done()


def _responded(case: Marking) -> None:
    given = case.last(marks.GIVEN)
    if given is not None and given.met_at is None:
        case.amend(given, met_at=case.known_at)


def mark_clock(fact: Fact[ClockStarted], rows: Rows) -> Iterable[Change]:
    """A reporter is to be contacted by an instant; a clock that is set anew moves it."""
    case = marking(fact.subject, rows, fact) if fact.body.clock == "contact" else None
    if case is None:
        return
    before = case.last(marks.CONTACT)
    if before is None or before.met_at is None:
        case.take_back(before)
        case.add(marks.CONTACT, at=fact.body.due_at)
        yield from case.done()


def mark_contacted(fact: Fact[ReporterContacted], rows: Rows) -> Iterable[Change]:
    """The unit spoke to a reporter; whoever could not be reached was not contacted."""
    case = marking(fact.subject, rows, fact)
    if case is None or not fact.body.reached:
        return
    _responded(case)
    contact = case.last(marks.CONTACT)
    if contact is not None and contact.met_at is None and case.at <= contact.at:
        case.amend(contact, met_at=case.known_at)
    yield from case.done()


def mark_handled(fact: Fact[CaseReportedBack], rows: Rows) -> Iterable[Change]:
    """The unit says that it is done; of several times in a run the last one counts."""
    case = marking(fact.subject, rows, fact)
    if case is None:
        return
    _responded(case)
    case.change(open=False, unit=fact.body.unit or case.life.unit)
    is_handled(case, case.at if case.life.stood_at is None else case.life.stood_at)
    yield from case.done()


def is_handled(case: Marking, at: int) -> None:
    """The work of this run was done at an instant."""
    case.take_back(case.last(marks.HANDLED))
    case.change(handled_at=at, stood_at=None)
    case.add(
        marks.HANDLED,
        at=at,
        met_at=case.known_at if case.life.failed else None,
        took_s=case.took_s(at),
        hands=case.life.hands,
    )


def mark_overdue(fact: Fact[CaseFellDue], rows: Rows) -> Iterable[Change]:
    """The deadline came and the work was not done: the unit that had it then is late."""
    case = marking(fact.subject, rows, fact)
    if case is not None:
        case.take_back(case.last(marks.OVERDUE))
        at = max(fact.body.due_at, case.life.began_at)
        case.add(marks.OVERDUE, at=at, unit=fact.body.unit)
        yield from case.done()


# --- checked ----------------------------------------------------------------------------------


def mark_reworked(fact: Fact[CaseReworked], rows: Rows) -> Iterable[Change]:
    """A check failed, and the work is not done; what was closed already is opened again."""
    case = marking(fact.subject, rows, fact)
    if case is None:
        return
    if case.life.closed:
        open_again(case, fact.body.unit, case.life.due_at)
    else:
        case.take_back(case.last(marks.HANDLED))
        case.change(unit=fact.body.unit, handled_at=None, failed=case.life.failed + 1, open=True)
        case.add(marks.SENT_BACK)
    yield from case.done()


def mark_closed(fact: Fact[CaseClosed], rows: Rows) -> Iterable[Change]:
    """Checked and closed. It was on time where the work that passed was done by the deadline."""
    case = marking(fact.subject, rows, fact)
    if case is None:
        return
    life = case.life
    done_at = case.at if life.handled_at is None else life.handled_at
    is_on_time = life.due_at is not None and done_at <= life.due_at
    case.amend(
        case.last(marks.DUE),
        met_at=case.known_at,
        also_at=case.known_at if is_on_time else None,
    )
    case.change(closed=True, open=False)
    case.add(marks.CLOSED, unit=fact.body.unit, took_s=case.took_s(case.at), hands=life.hands)
    yield from case.done()


def open_again(case: Marking, unit: str, due_at: int | None, *, came_back: bool = False) -> None:
    """Another run begins: it falls due, is handled and is closed once more."""
    case.change(
        unit=unit,
        run=case.life.run + 1,
        began_at=case.at,
        hands=int(bool(unit)),
        handled_at=None,
        stood_at=None,
        failed=0,
        closed=False,
        open=True,
    )
    case.add(marks.REOPENED)
    if came_back:
        case.add(marks.CAME_BACK)
    falls_due(case, due_at)


# --- what the reporters say -------------------------------------------------------------------


def mark_rated(fact: Fact[ReportRated], rows: Rows) -> Iterable[Change]:
    """A reporter says by himself how it went."""
    case = marking(fact.body.case, rows, fact)
    if case is not None:
        rated = fact.body
        _verdict(case, rated.report, solved=rated.solved, satisfied=rated.satisfied)
        yield from case.done()


def mark_called(fact: Fact[CalledBack], rows: Rows) -> Iterable[Change]:
    """A reporter was called back; where he was reached, he may have said how it went."""
    called = fact.body
    case = marking(called.case, rows, fact)
    if case is None:
        return
    case.add(marks.CALLED, about=called.report, met_at=case.known_at if called.reached else None)
    _verdict(case, called.report, solved=called.solved, satisfied=called.satisfied)
    yield from case.done()


def _verdict(case: Marking, report: str, *, solved: bool | None, satisfied: bool | None) -> None:
    """Of one reporter the last answer about a run counts, to each of the two questions."""
    for mark, answer in ((marks.RESOLUTION, solved), (marks.SATISFACTION, satisfied)):
        if answer is not None:
            case.take_back(case.last(mark, report))
            case.add(mark, about=report, met_at=case.known_at if answer else None)
