"""Notices: what it takes, hears and follows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final

from chengyun.engine.about import CITY, About, Abouts, of_row
from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.engine.stage import Follows, Listens, Orders
from chengyun.facts.assess import ReportMerged, ReportSplit
from chengyun.facts.command import ResponseProposed
from chengyun.facts.dispatch import CaseDispatched, CaseFiled, DecisionAsked
from chengyun.facts.engine import PolicyTookEffect, TimerFired
from chengyun.facts.envelope import Body, Draft, Fact
from chengyun.facts.guard import GrantGiven, GrantLapsed, GrantWithdrawn
from chengyun.facts.handle import (
    AppealDecided,
    AppealMade,
    CaseAccepted,
    CaseClosed,
    CaseDeferred,
    CaseDueSoon,
    CaseEscalated,
    CaseFellDue,
    CaseLedgered,
    CaseReclassified,
    CaseReopened,
    CaseReportedBack,
    CaseResumed,
    CaseReturned,
    CaseReworked,
    CaseSupervised,
    CaseTakenUp,
    CaseTold,
    CaseVerified,
    ClockRanOut,
    DeferralAsked,
    DeferralRefused,
    ExtensionAsked,
    ExtensionDecided,
    JointDutyOpened,
    JointPartDone,
    JointPartGiven,
    JointPartReturned,
    ReportClosed,
    SupervisionAnswered,
)
from chengyun.facts.notices import (
    ContactRemoved,
    ContactSet,
    IncidentReportExpected,
    IncidentReportIssued,
    IncidentReportOverdue,
    NoticeAsked,
    NoticeDelivered,
    NoticeEscalated,
    NoticeFailed,
    NoticeRead,
    NoticeRetried,
    NoticesConfigured,
    NoticeSent,
)
from chengyun.facts.sense import IntakeEscalated, ReportDiverted, ReportReceived, ReportTaken
from chengyun.facts.warn import WarningCleared, WarningRaised
from chengyun.kernel.errors import Rejected
from chengyun.kernel.ids import under
from chengyun.notices import contacts, noting, series, views, whose
from chengyun.notices.asking import on_timer, on_told
from chengyun.notices.policy import Notices

TOLD_OF: Final[tuple[type[Body], ...]] = (
    ReportTaken,
    ReportDiverted,
    IntakeEscalated,
    ReportReceived,
    WarningRaised,
    WarningCleared,
    ReportMerged,
    ReportSplit,
    ResponseProposed,
    CaseFiled,
    CaseDispatched,
    DecisionAsked,
    CaseReturned,
    CaseReportedBack,
    CaseVerified,
    CaseReworked,
    CaseClosed,
    CaseFellDue,
    CaseTold,
    ReportClosed,
    CaseAccepted,
    CaseDueSoon,
    ClockRanOut,
    CaseEscalated,
    CaseSupervised,
    SupervisionAnswered,
    ExtensionAsked,
    ExtensionDecided,
    DeferralAsked,
    DeferralRefused,
    CaseDeferred,
    CaseResumed,
    CaseLedgered,
    CaseTakenUp,
    CaseReopened,
    CaseReclassified,
    AppealMade,
    AppealDecided,
    JointDutyOpened,
    JointPartDone,
    JointPartGiven,
    JointPartReturned,
    IncidentReportExpected,
    IncidentReportIssued,
    IncidentReportOverdue,
)
"""The kinds of facts that a rule of a pack may tell of."""


class ReadNotice(Command, frozen=True, kw_only=True):
    """Say that one has read a notice, on the screen or behind its link."""

    NEEDS: ClassVar[str] = "notice:read"
    notice: str


class RetryNotice(Command, frozen=True, kw_only=True):
    """Have a notice tried again that no channel could send."""

    NEEDS: ClassVar[str] = "notice:retry"
    notice: str


def read_notice(command: ReadNotice, known: Known) -> Iterable[Draft]:
    """Record that it was read, once; nobody reads for another account or for a reporter."""
    row = _row(command.notice, known)
    person, actor = row.recipient.partition(":")[0], known.actor
    is_another = person == "account" and actor.startswith("account:") and actor != row.recipient
    if person == "report" or is_another:
        raise Rejected(
            "not_yours",
            "this notice is for somebody else",
            where="notice",
            remedy="read those that are for you and for your unit",
            params={"notice": row.notice},
        )
    if row.state != "read":
        yield noting.read(row, "screen", known.now)


def retry_notice(command: RetryNotice, known: Known) -> Iterable[Draft]:
    """Let it wait again, from its first channel on."""
    row = _row(command.notice, known)
    if row.state not in ("dead", "unreachable"):
        raise Rejected(
            "not_failed",
            f"this notice is {row.state}",
            where="notice",
            remedy="only what no channel could send is tried again",
            params={"notice": row.notice, "state": row.state},
        )
    yield Draft(
        id=under("retried", row.notice, row.round),
        happened_at=known.now,
        subject=row.notice,
        area=row.area,
        body=NoticeRetried(notice=row.notice, round=row.round + 1),
    )


def _row(name: str, known: Known) -> views.NoticeRow:
    row = known.get(views.NOTICES, name)
    if row is None:
        raise Rejected(
            "unknown",
            f"no notice {name[:200]!r} is known",
            where="notice",
            remedy="list the notices again",
            params={"name": name[:200]},
        )
    return row


def on_policy(fact: Fact[PolicyTookEffect], known: Known) -> Iterable[Draft]:
    """Begin or end remembering whom cases belong to, when the pack begins or ends telling."""
    kinds = sorted({rule.on for rule in known.policy(Notices).rules.values()})
    configured = known.get(views.CONFIG, views.CONFIGURED)
    before = [] if configured is None else configured.kinds
    if kinds != before:
        yield Draft(
            id=under("notices", fact.id),
            happened_at=fact.happened_at,
            subject="notices",
            area=fact.area,
            body=NoticesConfigured(kinds=kinds),
        )


def _of_contact(command: contacts.SetContact | contacts.RemoveContact, known: Known) -> About:
    """The contact of a unit is that unit's; one of an account is the whole city's."""
    kind, _, code = command.holder.partition(":")
    return About(units=(code,)) if kind == "unit" else CITY


ORDERS: Final[Orders] = {
    ReadNotice: read_notice,
    RetryNotice: retry_notice,
    contacts.SetContact: contacts.set_contact,
    contacts.RemoveContact: contacts.remove_contact,
    series.IssueIncidentReport: series.issue_incident_report,
    noting.NoteSent: noting.note_sent,
    noting.NoteFailed: noting.note_failed,
    noting.NoteReceipt: noting.note_receipt,
}
ABOUTS: Final[Abouts] = {
    ReadNotice: of_row(views.NOTICES, "notice"),
    RetryNotice: of_row(views.NOTICES, "notice"),
    contacts.SetContact: _of_contact,
    contacts.RemoveContact: _of_contact,
    **series.ABOUTS,
}
LISTENS: Final[Listens] = {
    **dict.fromkeys(TOLD_OF, (on_told,)),
    CaseFiled: (on_told, series.on_case_filed),
    PolicyTookEffect: (on_policy,),
    TimerFired: (on_timer, series.on_report_clock),
}
FOLLOWS: Final[Follows] = {
    NoticesConfigured: (views.note_configured,),
    ContactSet: (views.note_contact,),
    ContactRemoved: (views.note_no_contact,),
    NoticeAsked: (views.note_asked,),
    NoticeSent: (views.note_sent,),
    NoticeDelivered: (views.note_delivered,),
    NoticeRead: (views.note_read,),
    NoticeFailed: (views.note_failed,),
    NoticeRetried: (views.note_retried,),
    NoticeEscalated: (views.note_escalated,),
    ReportTaken: (whose.note_taken,),
    ReportReceived: (whose.note_report,),
    IncidentReportExpected: (series.note_expected,),
    IncidentReportIssued: (series.note_issued,),
    CaseFiled: (whose.note_filed, series.note_case),
    ReportMerged: (whose.note_merged,),
    ReportSplit: (whose.note_split,),
    CaseDispatched: (whose.note_dispatched,),
    CaseReturned: (whose.note_returned,),
    CaseReopened: (whose.note_reopened,),
    CaseReclassified: (whose.note_reclassified,),
    JointDutyOpened: (whose.note_joint,),
    ExtensionDecided: (whose.note_due,),
    CaseDeferred: (whose.note_due,),
    CaseResumed: (whose.note_due,),
    CaseLedgered: (whose.note_due,),
    CaseTakenUp: (whose.note_due,),
    CaseClosed: (whose.note_closed,),
    GrantGiven: (whose.note_given,),
    GrantWithdrawn: (whose.note_ended,),
    GrantLapsed: (whose.note_ended,),
}
TABLES: Final = (
    views.NOTICES,
    views.NOTICE_KEYS,
    views.CONFIG,
    views.CONTACTS,
    whose.TOLD_REPORTS,
    whose.TOLD_CASES,
    whose.POST_HOLDERS,
    series.INCIDENT_REPORTS,
)
