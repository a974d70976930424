"""Handle: what crews report, what is checked, what falls due."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final

from chengyun.engine.about import Abouts
from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.engine.stage import Follows, Listens, Orders
from chengyun.facts.assess import ReportMerged, ReportSplit
from chengyun.facts.dispatch import CaseDispatched, CaseFiled
from chengyun.facts.engine import TimerFired
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.handle import (
    CalledBack,
    CaseClosed,
    CaseFellDue,
    CaseReportedBack,
    CaseReturned,
    CaseReworked,
    CaseVerified,
    ReportClosed,
    ReportRated,
    WorkReported,
    WrongMergeSuspected,
)
from chengyun.facts.registers import Units
from chengyun.facts.sense import ReportReceived
from chengyun.facts.warn import WarningRetracted, WarningRevised
from chengyun.handle import abouts, rules, views
from chengyun.handle.calling_back import CALL_BACKS, CallBack, call_back, note_called_back
from chengyun.handle.policy import Move
from chengyun.handle.ratings import RateReport, on_verdict, rate_report
from chengyun.handle.steps import process_of, step_of
from chengyun.handle.telling import on_warning_corrected
from chengyun.kernel.errors import Rejected
from chengyun.kernel.ids import under
from chengyun.kernel.instants import Instant


class ReportWork(Command, frozen=True, kw_only=True):
    """A crew reports what it did about a report."""

    NEEDS: ClassVar[str] = "case:report_work"
    report: str
    unit: str
    outcome: str
    duplicate_of: str
    text: str
    at: Instant


class FinishTask(Command, frozen=True, kw_only=True):
    """A crew reports that a task of a response is done."""

    NEEDS: ClassVar[str] = "case:report_work"
    case: str
    unit: str
    outcome: str
    text: str
    at: Instant


class ReturnCase(Command, frozen=True, kw_only=True):
    """A unit gives a case back, with a reason."""

    NEEDS: ClassVar[str] = "case:return"
    case: str
    unit: str
    reason: str


class VerifyCase(Command, frozen=True, kw_only=True):
    """Another unit than the handler checked the work."""

    NEEDS: ClassVar[str] = "case:verify"
    MAY_WAIT: ClassVar[bool] = True
    case: str
    by_unit: str
    passed: bool
    reason: str


def _open_case(name: str, known: Known) -> views.CaseRow:
    case = known.get(views.CASES, name)
    if case is None:
        raise Rejected(
            "unknown_case",
            f"{name!r} is no case",
            remedy="look it up again",
            params={"case": name},
        )
    return case


def _not_yours(case: views.CaseRow, unit: str) -> Rejected:
    return Rejected(
        "not_yours",
        f"{case.case} is with {case.unit!r}, not with {unit!r}",
        remedy="only the unit that has a case reports on it or returns it",
        params={"case": case.case, "unit": unit},
    )


# --- what crews report ------------------------------------------------------------------------


def report_work(command: ReportWork, known: Known) -> Iterable[Draft]:
    """Take in a crew's report about a report that is still open."""
    member = known.get(views.MEMBERS, command.report)
    if member is None or not member.case:
        raise Rejected(
            "unknown_report",
            f"{command.report!r} belongs to no case",
            remedy="send the report first",
            params={"report": command.report},
        )
    if command.at < member.received_at:
        raise Rejected(
            "closed_before_opened",
            f"{command.report!r} was handled before it came in",
            remedy="correct the time at the sender",
            params={"report": command.report},
        )
    case = known.get(views.CASES, member.case)
    again = [case.rework] if case is not None and case.rework else []
    yield Draft(
        id=under("work", command.report, *again),
        happened_at=command.at,
        subject=member.case,
        area=member.area,
        body=WorkReported(
            report=command.report,
            unit=command.unit,
            outcome=command.outcome,
            duplicate_of=command.duplicate_of,
            text=command.text,
        ),
    )


def finish_task(command: FinishTask, known: Known) -> Iterable[Draft]:
    """Take in a crew's report about a task, which has no reporter."""
    case = _open_case(command.case, known)
    process = process_of(case, known)
    rules.moved(process, step_of(case, process), "report_back", case=case.case)
    if case.members:
        raise Rejected(
            "no_task",
            f"{case.case} has reporters: it ends with the last of their reports",
            remedy="report the work on each report instead",
            params={"case": case.case},
        )
    if command.unit != case.unit:
        raise _not_yours(case, command.unit)
    yield Draft(
        id=under("work", case.case, case.rework),
        happened_at=max(command.at, Instant(case.filed_at)),
        subject=case.case,
        area=case.area,
        body=WorkReported(
            report="",
            unit=command.unit,
            outcome=command.outcome,
            duplicate_of="",
            text=command.text,
        ),
    )


def on_work_reported(fact: Fact[WorkReported], known: Known) -> Iterable[Draft]:
    """Close the report for its reporter; the case is reported back with its last member.

    What the crew found never opens or closes an incident by itself: a report that was closed as
    a duplicate is closed as a report, and nothing else.
    """
    work = fact.body
    if not work.report:
        task = known.get(views.CASES, fact.subject)
        if task is not None and task.open:
            yield _reported_back(task, work.unit, work.outcome, fact.happened_at)
        return
    member = known.get(views.MEMBERS, work.report)
    case = None if member is None else known.get(views.CASES, member.case)
    if member is None or case is None or not case.open:
        return
    if not member.open:
        if case.rework and case.open_members == 0:
            yield _reported_back(case, work.unit, work.outcome, fact.happened_at)
        return
    yield Draft(
        id=under("closed", work.report),
        happened_at=fact.happened_at,
        subject=work.report,
        area=fact.area,
        body=ReportClosed(
            report=work.report,
            incident=case.incident,
            type=member.type,
            unit=work.unit,
            outcome=work.outcome,
            duplicate_of=work.duplicate_of,
            due_at=member.due_at,
            filed_at=member.received_at,
            first=member.first,
        ),
    )
    doubt = None
    if not member.first:
        doubt = rules.handled_differently(
            work.outcome, work.unit, case.first_outcome, case.first_unit
        )
    if doubt is not None:
        yield Draft(
            id=under("doubt", work.report),
            happened_at=fact.happened_at,
            subject=work.report,
            area=fact.area,
            body=WrongMergeSuspected(
                report=work.report,
                type=member.type,
                incident=case.incident,
                code=doubt,
                params={
                    "unit": work.unit,
                    "outcome": work.outcome,
                    "first_unit": case.first_unit,
                    "first_outcome": case.first_outcome,
                },
            ),
        )
    if case.open_members == 1:
        yield _reported_back(case, work.unit, work.outcome, fact.happened_at)


def _reported_back(case: views.CaseRow, unit: str, outcome: str, at: Instant) -> Draft:
    return Draft(
        id=under("back", case.case, case.rework),
        happened_at=at,
        subject=case.case,
        area=case.area,
        body=CaseReportedBack(
            type=case.type,
            incident=case.incident,
            unit=unit,
            outcome=outcome,
            members=case.members,
        ),
    )


def on_report_split(fact: Fact[ReportSplit], known: Known) -> Iterable[Draft]:
    """If only handled members are left, the case they belong to is done."""
    case = next(known.find(views.CASES, 0, fact.body.from_incident), None)
    if case is not None and case.open_members == 0:
        yield _reported_back(case, case.first_unit, case.first_outcome, fact.happened_at)


# --- returning and checking -------------------------------------------------------------------


def return_case(command: ReturnCase, known: Known) -> Iterable[Draft]:
    """Give a case back; dispatch looks for another owner."""
    case = _open_case(command.case, known)
    process = process_of(case, known)
    rules.moved(process, step_of(case, process), "return", case=case.case)
    if command.unit != case.unit:
        raise _not_yours(case, command.unit)
    yield Draft(
        id=under("returned", case.case, case.hops),
        happened_at=known.now,
        subject=case.case,
        area=case.area,
        body=CaseReturned(type=case.type, unit=command.unit, reason=command.reason),
    )


def verify_case(command: VerifyCase, known: Known) -> Iterable[Draft]:
    """Record the check of a case that was reported back, by somebody else than its handler."""
    case = _open_case(command.case, known)
    process = process_of(case, known)
    move: Move = "pass" if command.passed else "fail"
    rules.moved(process, step_of(case, process), move, case=case.case)
    if command.by_unit not in known.policy(Units).units:
        raise Rejected(
            "unknown_unit",
            f"{command.by_unit!r} is no unit of this city",
            remedy="say which unit checked it, as in units.csv",
            params={"unit": command.by_unit},
        )
    if command.by_unit == case.unit:
        raise Rejected(
            "own_work",
            f"{command.by_unit!r} handled {case.case} and cannot check it",
            remedy="let another unit check it",
            params={"case": case.case, "unit": command.by_unit},
        )
    if not command.passed and case.rework >= process.max_rework:
        raise Rejected(
            "too_much_rework",
            f"{case.case} failed its check {case.rework} times already",
            remedy="a leader decides how it goes on",
            params={"case": case.case},
        )
    yield Draft(
        id=under("verified", case.case, case.rework),
        happened_at=known.now,
        subject=case.case,
        area=case.area,
        body=CaseVerified(passed=command.passed, reason=command.reason),
    )


def on_case_verified(fact: Fact[CaseVerified], known: Known) -> Iterable[Draft]:
    """A passed check closes the case; a failed one sends it back to its crew."""
    case = known.get(views.CASES, fact.subject)
    if case is None:
        return
    body: CaseClosed | CaseReworked
    if fact.body.passed:
        body = CaseClosed(type=case.type, incident=case.incident, unit=case.unit)
        again = [case.rework] if case.rework else []
        name = under("ended", case.case, *again)
    else:
        body = CaseReworked(
            type=case.type, incident=case.incident, unit=case.unit, round=case.rework + 1
        )
        name = under("rework", case.case, case.rework + 1)
    yield Draft(id=name, happened_at=fact.happened_at, subject=case.case, area=case.area, body=body)


def on_timer(fact: Fact[TimerFired], known: Known) -> Iterable[Draft]:
    """The deadline of a case came while it was open."""
    case = known.get(views.CASES, fact.subject)
    if case is not None and case.open and case.due_at == fact.body.due_at:
        yield Draft(
            id=under("due", case.case, fact.body.due_at),
            happened_at=fact.happened_at,
            subject=case.case,
            area=case.area,
            body=CaseFellDue(due_at=fact.body.due_at, unit=case.unit),
        )


ORDERS: Final[Orders] = {
    ReportWork: report_work,
    FinishTask: finish_task,
    RateReport: rate_report,
    CallBack: call_back,
    ReturnCase: return_case,
    VerifyCase: verify_case,
}
ABOUTS: Final[Abouts] = {
    ReportWork: abouts.of_report,
    FinishTask: abouts.of_case,
    RateReport: abouts.of_rating,
    CallBack: abouts.of_rating,
    ReturnCase: abouts.of_case,
    VerifyCase: abouts.of_check,
}
LISTENS: Final[Listens] = {
    WorkReported: (on_work_reported,),
    ReportSplit: (on_report_split,),
    CaseVerified: (on_case_verified,),
    ReportRated: (on_verdict,),
    CalledBack: (on_verdict,),
    WarningRevised: (on_warning_corrected,),
    WarningRetracted: (on_warning_corrected,),
    TimerFired: (on_timer,),
}
FOLLOWS: Final[Follows] = {
    ReportReceived: (views.note_report,),
    WorkReported: (views.note_worker,),
    CaseFiled: (views.note_filed,),
    ReportMerged: (views.note_merged,),
    ReportSplit: (views.note_split,),
    CaseDispatched: (views.note_dispatched,),
    CaseReturned: (views.note_returned,),
    ReportClosed: (views.note_report_closed,),
    CaseReportedBack: (views.note_reported_back,),
    CaseVerified: (views.note_verified,),
    CaseReworked: (views.note_reworked,),
    CaseClosed: (views.note_closed,),
    CaseFellDue: (views.note_fell_due,),
    CalledBack: (note_called_back,),
}
TABLES: Final = (*views.TABLES, CALL_BACKS)
