"""The other moves of a case and what they do to its marks: later deadlines, ledger, appeals."""

from __future__ import annotations

from collections.abc import Iterable

from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change
from chengyun.facts.envelope import Fact
from chengyun.facts.handle import (
    AppealDecided,
    AppealMade,
    CaseDeferred,
    CaseLedgered,
    CaseMerged,
    CaseParted,
    CaseReclassified,
    CaseRecurred,
    CaseReopened,
    CaseResumed,
    CaseSupervised,
    CaseTakenUp,
    CaseTookOver,
    ExtensionDecided,
)
from chengyun.learn import marks
from chengyun.learn.marking import Marking, falls_due, is_handled, marking, open_again


def _move_deadline(case: Marking, due_at: int | None) -> None:
    """Another deadline stands for this run; one that was missed is forgiven by a later one."""
    if due_at == case.life.due_at or case.life.closed:
        return
    case.take_back(case.last(marks.DUE))
    overdue = case.last(marks.OVERDUE)
    if overdue is not None and (due_at is None or due_at > case.at):
        case.take_back(overdue)
    falls_due(case, due_at)


def mark_extended(fact: Fact[ExtensionDecided], rows: Rows) -> Iterable[Change]:
    """A later deadline was granted, or not."""
    case = marking(fact.subject, rows, fact)
    if case is not None and fact.body.granted:
        case.add(marks.EXTENDED, unit=fact.body.unit)
        _move_deadline(case, fact.body.due_at)
        yield from case.done()


def mark_deferred(fact: Fact[CaseDeferred], rows: Rows) -> Iterable[Change]:
    """Put off; where its clock stands, nothing is due until it goes on."""
    case = marking(fact.subject, rows, fact)
    if case is not None:
        case.add(marks.DEFERRED, unit=fact.body.unit)
        _move_deadline(case, None if fact.body.clock_stops else fact.body.due_at)
        yield from case.done()


def mark_ledgered(fact: Fact[CaseLedgered], rows: Rows) -> Iterable[Change]:
    """On the ledger; the same for its clock."""
    case = marking(fact.subject, rows, fact)
    if case is not None:
        case.add(marks.LEDGERED, unit=fact.body.unit)
        _move_deadline(case, None if fact.body.clock_stops else fact.body.due_at)
        yield from case.done()


def mark_going_on(fact: Fact[CaseResumed] | Fact[CaseTakenUp], rows: Rows) -> Iterable[Change]:
    """It goes on with the deadline that stands from now on."""
    case = marking(fact.subject, rows, fact)
    if case is not None:
        _move_deadline(case, fact.body.due_at)
        yield from case.done()


def mark_supervised(fact: Fact[CaseSupervised], rows: Rows) -> Iterable[Change]:
    """Somebody above wants an answer."""
    case = marking(fact.subject, rows, fact)
    if case is not None:
        case.add(marks.SUPERVISED, unit=fact.body.unit)
        yield from case.done()


def mark_reopened(fact: Fact[CaseReopened], rows: Rows) -> Iterable[Change]:
    """Another run of the case begins."""
    case, again = marking(fact.subject, rows, fact), fact.body
    if case is not None:
        open_again(case, again.unit, again.due_at, came_back=again.code == "came_back")
        yield from case.done()


def mark_recurred(fact: Fact[CaseRecurred], rows: Rows) -> Iterable[Change]:
    """What was closed came back as this case."""
    case = marking(fact.subject, rows, fact)
    if case is not None:
        case.add(marks.CAME_BACK, about=fact.body.of)
        yield from case.done()


def mark_merged(fact: Fact[CaseMerged], rows: Rows) -> Iterable[Change]:
    """It is the same as another case, and is counted with that one alone."""
    case = marking(fact.subject, rows, fact)
    if case is not None:
        case.count_no_more()
        yield from case.done()


def mark_parted(fact: Fact[CaseParted], rows: Rows) -> Iterable[Change]:
    """It is a case of its own again."""
    case = marking(fact.subject, rows, fact)
    if case is not None and case.life.merged_at is not None:
        case.count_again()
        yield from case.done()


def mark_took_over(fact: Fact[CaseTookOver], rows: Rows) -> Iterable[Change]:
    """It goes on for both, under the earlier deadline."""
    case = marking(fact.subject, rows, fact)
    if case is not None:
        _move_deadline(case, fact.body.due_at)
        yield from case.done()


def mark_reclassified(fact: Fact[CaseReclassified], rows: Rows) -> Iterable[Change]:
    """It is of another type, and always was; its deadline is another one from now on."""
    case = marking(fact.subject, rows, fact)
    if case is not None:
        _move_deadline(case, fact.body.due_at)
        case.retype(fact.body.type)
        yield from case.done()


def mark_appealed(fact: Fact[AppealMade], rows: Rows) -> Iterable[Change]:
    """The unit objects."""
    case = marking(fact.subject, rows, fact)
    if case is not None:
        case.add(marks.APPEALED, about=str(fact.body.number), unit=fact.body.unit)
        yield from case.done()


def mark_appeal_decided(fact: Fact[AppealDecided], rows: Rows) -> Iterable[Change]:
    """What an upheld appeal was made against counts no longer."""
    case, appeal = marking(fact.subject, rows, fact), fact.body
    if case is None or not appeal.upheld:
        return
    case.amend(case.last(marks.APPEALED, str(appeal.number)), met_at=case.known_at)
    if appeal.against == "rating":
        case.take_back(case.last(marks.RESOLUTION, appeal.about))
        case.take_back(case.last(marks.SATISFACTION, appeal.about))
    elif appeal.against == "verdict" and case.life.failed:
        _vindicated(case)
    yield from case.done()


def _vindicated(case: Marking) -> None:
    """A check failed wrongly: the work was done when it was reported back before that check."""
    case.take_back(case.last(marks.SENT_BACK))
    stood_at = case.gone_from(marks.HANDLED)
    case.change(failed=case.life.failed - 1, stood_at=stood_at)
    if case.life.handled_at is not None and stood_at is not None:
        is_handled(case, stood_at)
