"""Handle: what crews report, what is checked, what falls due."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final

import msgspec

from chengyun.engine.about import Abouts
from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.engine.stage import Follows, Listens, Orders
from chengyun.facts.assess import IncidentsMerged, ReportMerged, ReportSplit
from chengyun.facts.dispatch import CaseDispatched, CaseFiled
from chengyun.facts.engine import TimerFired
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.guard import PersonalDataExpired, PersonErased
from chengyun.facts.handle import (
    AppealDecided,
    AppealMade,
    CalledBack,
    CaseAccepted,
    CaseClosed,
    CaseDeferred,
    CaseDueSoon,
    CaseEscalated,
    CaseFellDue,
    CaseLedgered,
    CaseMerged,
    CaseParted,
    CaseReclassified,
    CaseReopened,
    CaseReportedBack,
    CaseResumed,
    CaseReturned,
    CaseReworked,
    CaseSupervised,
    CaseTakenUp,
    CaseTookOver,
    CaseVerified,
    ClockRanOut,
    ClockStarted,
    ClockStopped,
    DeferralAsked,
    DeferralRefused,
    EvidenceAdded,
    ExtensionAsked,
    ExtensionDecided,
    JointDutyOpened,
    JointPartDone,
    JointPartGiven,
    JointPartReturned,
    ReportClosed,
    ReporterContacted,
    ReportRated,
    SupervisionAnswered,
    WorkReported,
    WrongMergeSuspected,
)
from chengyun.facts.registers import Units
from chengyun.facts.sense import ReportReceived
from chengyun.facts.twin import ReportLocated
from chengyun.facts.warn import WarningRetracted, WarningRevised
from chengyun.handle import abouts, clocks, evidence, merging, moved, recurring, rules, views
from chengyun.handle.calling_back import CallBack, call_back, note_called_back
from chengyun.handle.deferring import (
    DecideDeferral,
    DeferCase,
    ResumeCase,
    decide_deferral,
    defer_case,
    resume_case,
)
from chengyun.handle.extending import (
    AskExtension,
    DecideExtension,
    ask_extension,
    decide_extension,
)
from chengyun.handle.forms import made_ready
from chengyun.handle.joint import (
    FinishPart,
    GivePart,
    OpenJointDuty,
    ReturnPart,
    finish_part,
    give_part,
    on_part_done,
    open_joint_duty,
    return_part,
)
from chengyun.handle.ledger import LedgerCase, TakeUpCase, ledger_case, take_up_case
from chengyun.handle.objecting import (
    DecideAppeal,
    MakeAppeal,
    decide_appeal,
    make_appeal,
    on_appeal_decided,
)
from chengyun.handle.policy import Move
from chengyun.handle.ratings import RateReport, note_verdict, on_verdict, rate_report
from chengyun.handle.receiving import AcceptCase, ContactReporter, accept_case, contact_reporter
from chengyun.handle.reclassifying import ReclassifyCase, reclassify_case
from chengyun.handle.reopening import ReopenCase, reopen_case
from chengyun.handle.reporting import again, report_closed, reported_back
from chengyun.handle.steps import standing, workers_of
from chengyun.handle.supervising import (
    AnswerSupervision,
    SuperviseCase,
    answer_supervision,
    supervise_case,
)
from chengyun.handle.telling import on_warning_corrected
from chengyun.kernel.errors import Rejected
from chengyun.kernel.ids import under
from chengyun.kernel.instants import Instant

_UNDISPATCHED: Final = ("filed", "returned")
"""A crew may have done what nobody had given it yet."""


class ReportWork(Command, frozen=True, kw_only=True):
    """A crew reports what it did about a report."""

    NEEDS: ClassVar[str] = "case:report_work"
    report: str
    unit: str
    outcome: str
    duplicate_of: str
    text: str
    at: Instant
    form: dict[str, str] = msgspec.field(default_factory=dict)


class FinishTask(Command, frozen=True, kw_only=True):
    """A crew reports that a task of a response is done."""

    NEEDS: ClassVar[str] = "case:report_work"
    case: str
    unit: str
    outcome: str
    text: str
    at: Instant
    form: dict[str, str] = msgspec.field(default_factory=dict)


class ReturnCase(Command, frozen=True, kw_only=True):
    """A unit gives a case back, with a reason."""

    NEEDS: ClassVar[str] = "case:return"
    case: str
    unit: str
    reason: str
    form: dict[str, str] = msgspec.field(default_factory=dict)


class VerifyCase(Command, frozen=True, kw_only=True):
    """Another unit than the handler checked the work."""

    NEEDS: ClassVar[str] = "case:verify"
    MAY_WAIT: ClassVar[bool] = True
    case: str
    by_unit: str
    passed: bool
    reason: str
    form: dict[str, str] = msgspec.field(default_factory=dict)


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
    stands = standing(member.case, known)
    case = stands.case
    if case.open:
        if case.state not in _UNDISPATCHED:
            stands.moved("report_back")
        rules.parts_done(case)
        yield from made_ready(stands, "report_back", command.form, known)
    yield Draft(
        id=under("work", command.report, *again(case)),
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
    stands = standing(command.case, known)
    case = stands.case
    stands.moved("report_back")
    if case.members:
        raise Rejected(
            "no_task",
            f"{case.case} has reporters: it ends with the last of their reports",
            remedy="report the work on each report instead",
            params={"case": case.case},
        )
    rules.holds(case, command.unit)
    rules.parts_done(case)
    yield from made_ready(stands, "report_back", command.form, known)
    yield Draft(
        id=under("work", case.case, case.round),
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
            yield reported_back(task, work.unit, work.outcome, fact.happened_at)
        return
    member = known.get(views.MEMBERS, work.report)
    case = None if member is None else known.get(views.CASES, member.case)
    if member is None or case is None or not case.open:
        return
    if not member.open:
        if case.round and case.open_members == 0:
            yield reported_back(case, work.unit, work.outcome, fact.happened_at)
        return
    yield report_closed(
        member,
        case,
        fact.happened_at,
        unit=work.unit,
        outcome=work.outcome,
        duplicate_of=work.duplicate_of,
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
        yield reported_back(case, work.unit, work.outcome, fact.happened_at)


def on_report_split(fact: Fact[ReportSplit], known: Known) -> Iterable[Draft]:
    """A merged case comes back; if only handled members are left, the case they leave is done."""
    yield from merging.parted(fact, known)
    case = next(known.find(views.CASES, 0, fact.body.from_incident), None)
    if case is not None and case.open_members == 0:
        yield reported_back(case, case.first_unit, case.first_outcome, fact.happened_at)


# --- returning and checking -------------------------------------------------------------------


def return_case(command: ReturnCase, known: Known) -> Iterable[Draft]:
    """Give a case back; dispatch looks for another owner."""
    stands = standing(command.case, known)
    case = stands.case
    stands.moved("return")
    rules.holds(case, command.unit)
    yield from made_ready(stands, "return", command.form, known)
    yield Draft(
        id=under("returned", case.case, case.hops, *again(case)),
        happened_at=known.now,
        subject=case.case,
        area=case.area,
        body=CaseReturned(type=case.type, unit=command.unit, reason=command.reason),
    )


def verify_case(command: VerifyCase, known: Known) -> Iterable[Draft]:
    """Record the check of a case that was reported back, by somebody else than its handler."""
    stands = standing(command.case, known)
    case = stands.case
    move: Move = "pass" if command.passed else "fail"
    stands.moved(move)
    if command.by_unit not in known.policy(Units).units:
        raise Rejected(
            "unknown_unit",
            f"{command.by_unit!r} is no unit of this city",
            remedy="say which unit checked it, as in units.csv",
            params={"unit": command.by_unit},
        )
    rules.other_unit(case, command.by_unit)
    rules.other_worker(case, known.actor, workers_of(case, known))
    if not command.passed:
        rules.reworkable(case, stands.process)
    yield from made_ready(stands, move, command.form, known)
    yield Draft(
        id=under("verified", case.case, case.round),
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
        name = under("ended", case.case, *again(case))
    else:
        body = CaseReworked(
            type=case.type, incident=case.incident, unit=case.unit, round=case.round + 1
        )
        name = under("rework", case.case, case.round + 1)
    yield Draft(id=name, happened_at=fact.happened_at, subject=case.case, area=case.area, body=body)


ORDERS: Final[Orders] = {
    ReportWork: report_work,
    FinishTask: finish_task,
    RateReport: rate_report,
    CallBack: call_back,
    ReturnCase: return_case,
    VerifyCase: verify_case,
    evidence.AddEvidence: evidence.add_evidence,
    AcceptCase: accept_case,
    ContactReporter: contact_reporter,
    AskExtension: ask_extension,
    DecideExtension: decide_extension,
    DeferCase: defer_case,
    DecideDeferral: decide_deferral,
    ResumeCase: resume_case,
    LedgerCase: ledger_case,
    TakeUpCase: take_up_case,
    SuperviseCase: supervise_case,
    AnswerSupervision: answer_supervision,
    ReopenCase: reopen_case,
    ReclassifyCase: reclassify_case,
    MakeAppeal: make_appeal,
    DecideAppeal: decide_appeal,
    OpenJointDuty: open_joint_duty,
    FinishPart: finish_part,
    ReturnPart: return_part,
    GivePart: give_part,
}
_BY_UNIT: Final = (
    *(AcceptCase, ContactReporter, AskExtension, DeferCase, ResumeCase, AnswerSupervision),
    *(MakeAppeal, ReturnCase, FinishTask),
)
_BY_OTHERS: Final = (
    *(DecideExtension, DecideDeferral, LedgerCase, TakeUpCase, SuperviseCase, ReopenCase),
    *(ReclassifyCase, DecideAppeal, OpenJointDuty),
)
ABOUTS: Final[Abouts] = {
    ReportWork: abouts.of_report,
    RateReport: abouts.of_rating,
    CallBack: abouts.of_rating,
    VerifyCase: abouts.of_check,
    evidence.AddEvidence: evidence.about_evidence,
    FinishPart: abouts.of_part,
    ReturnPart: abouts.of_part,
    GivePart: abouts.of_case_alone,
    **dict.fromkeys(_BY_UNIT, abouts.of_case),
    **dict.fromkeys(_BY_OTHERS, abouts.of_case_alone),
}
_MOVED: Final = (clocks.on_moved,)
LISTENS: Final[Listens] = {
    CaseFiled: (*_MOVED, recurring.on_case_filed),
    CaseDispatched: _MOVED,
    CaseAccepted: _MOVED,
    ReporterContacted: _MOVED,
    ExtensionDecided: _MOVED,
    CaseDeferred: _MOVED,
    CaseResumed: _MOVED,
    CaseLedgered: _MOVED,
    CaseTakenUp: _MOVED,
    CaseReturned: _MOVED,
    CaseReworked: _MOVED,
    CaseReopened: _MOVED,
    CaseReclassified: _MOVED,
    CaseReportedBack: _MOVED,
    WorkReported: (on_work_reported,),
    JointPartDone: (on_part_done,),
    AppealDecided: (on_appeal_decided,),
    ReportSplit: (on_report_split,),
    IncidentsMerged: (merging.on_incidents_merged,),
    CaseTookOver: _MOVED,
    CaseParted: _MOVED,
    CaseVerified: (on_case_verified,),
    ReportRated: (on_verdict,),
    CalledBack: (on_verdict,),
    CaseFellDue: (clocks.on_fell_due,),
    ClockRanOut: (clocks.on_ran_out,),
    WarningRevised: (on_warning_corrected,),
    WarningRetracted: (on_warning_corrected,),
    TimerFired: (clocks.on_timer,),
}
FOLLOWS: Final[Follows] = {
    ReportReceived: (views.note_report,),
    WorkReported: (views.note_worker,),
    ReportLocated: (recurring.note_place,),
    CaseFiled: (views.note_filed,),
    ReportMerged: (views.note_merged,),
    ReportSplit: (views.note_split, merging.note_came_back),
    IncidentsMerged: (merging.note_incidents_merged,),
    CaseMerged: (merging.note_merged_into,),
    CaseTookOver: (merging.note_took_over,),
    CaseParted: (merging.note_parted,),
    CaseDispatched: (views.note_dispatched,),
    CaseReturned: (views.note_returned,),
    ReportClosed: (views.note_report_closed,),
    CaseReportedBack: (views.note_reported_back,),
    CaseVerified: (views.note_verified,),
    CaseReworked: (views.note_reworked,),
    CaseClosed: (views.note_closed, recurring.note_ended),
    CaseFellDue: (views.note_fell_due,),
    CalledBack: (note_called_back, note_verdict),
    ReportRated: (note_verdict,),
    EvidenceAdded: (evidence.note_added,),
    PersonErased: (evidence.note_erased,),
    PersonalDataExpired: (evidence.note_expired,),
    CaseAccepted: (moved.note_accepted, views.note_worker),
    ReporterContacted: (moved.note_contacted,),
    ExtensionAsked: (moved.note_extension_asked,),
    ExtensionDecided: (moved.note_extension_decided,),
    DeferralAsked: (moved.note_deferral_asked,),
    DeferralRefused: (moved.note_deferral_refused,),
    CaseDeferred: (moved.note_deferred,),
    CaseResumed: (moved.note_resumed,),
    CaseLedgered: (moved.note_ledgered,),
    CaseTakenUp: (moved.note_taken_up,),
    CaseSupervised: (moved.note_supervised,),
    SupervisionAnswered: (moved.note_answered,),
    CaseReopened: (moved.note_reopened,),
    AppealMade: (moved.note_appeal,),
    AppealDecided: (moved.note_judged,),
    JointDutyOpened: (moved.note_joint,),
    JointPartDone: (moved.note_part_done, views.note_worker),
    JointPartReturned: (moved.note_part_returned,),
    JointPartGiven: (moved.note_part_given,),
    CaseReclassified: (moved.note_reclassified,),
    ClockStarted: (clocks.note_started,),
    ClockStopped: (clocks.note_stopped,),
    CaseDueSoon: (clocks.note_soon,),
    ClockRanOut: (clocks.note_ran_out,),
    CaseEscalated: (clocks.note_escalated,),
}
