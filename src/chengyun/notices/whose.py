"""Whose a case is: its reporters, its units, and who holds a post where it lies.

Kept only while the pack tells anybody of anything; a report counts as having a reporter when
something is sealed in it.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change, Put, Table
from chengyun.facts.assess import ReportMerged, ReportSplit
from chengyun.facts.dispatch import CaseDispatched, CaseFiled
from chengyun.facts.envelope import Fact
from chengyun.facts.guard import GrantGiven, GrantLapsed, GrantWithdrawn
from chengyun.facts.handle import (
    CaseClosed,
    CaseDeferred,
    CaseLedgered,
    CaseReclassified,
    CaseReopened,
    CaseResumed,
    CaseReturned,
    CaseTakenUp,
    ExtensionDecided,
    JointDutyOpened,
)
from chengyun.facts.sense import ReportReceived, ReportTaken
from chengyun.kernel.limits import MAX_TOLD_REPORTERS
from chengyun.notices.policy import ROLES
from chengyun.notices.views import CONFIG, CONFIGURED


class ToldReport(msgspec.Struct, frozen=True):
    """A report whose reporter can be told, and where it says how."""

    report: str
    incident: str
    sealed_in: str
    kind: str
    """The kind of the fact whose seal it is."""
    sealed_for: str
    type: str
    area: str
    open: bool


class ToldCase(msgspec.Struct, frozen=True):
    """A case, with whom it is and was, and whose reports are in it."""

    case: str
    incident: str
    type: str
    area: str
    unit: str
    first_unit: str
    lead: str
    """Which unit coordinates a joint duty; empty without one."""
    due_at: int | None
    reports: list[str]
    more: int
    """How many reporters there are beyond those."""
    open: bool


class PostHolder(msgspec.Struct, frozen=True):
    """An account that holds a role by which somebody is told."""

    grant: str
    account: str
    role: str
    area: str
    unit: str
    from_at: int
    until_at: int | None
    open: bool


TOLD_REPORTS = Table("told_reports", ToldReport, key=("report",), resident=("open", True))
TOLD_CASES = Table(
    "told_cases", ToldCase, key=("case",), indexes=(("incident",),), resident=("open", True)
)
POST_HOLDERS = Table(
    "post_holders", PostHolder, key=("grant",), indexes=(("role",),), resident=("open", True)
)


def is_on(rows: Rows) -> bool:
    """Tell whether the pack tells anybody of anything."""
    configured = rows.get(CONFIG, CONFIGURED)
    return configured is not None and bool(configured.kinds)


def _case(name: str, rows: Rows) -> ToldCase | None:
    """Return a case; where nobody is told of anything the store is not asked for it."""
    return rows.get(TOLD_CASES, name) if is_on(rows) else None


def _report(name: str, rows: Rows) -> ToldReport | None:
    return rows.get(TOLD_REPORTS, name) if is_on(rows) else None


def note_report(fact: Fact[ReportReceived], rows: Rows) -> Iterable[Change]:
    """Somebody reported something and said how he is reached, now or when it was taken."""
    taken = _report(fact.subject, rows)
    if taken is not None:
        yield Put(TOLD_REPORTS, msgspec.structs.replace(taken, type=fact.body.type, area=fact.area))
    elif fact.sealed is not None and is_on(rows):
        yield Put(
            TOLD_REPORTS,
            ToldReport(
                report=fact.subject,
                incident="",
                sealed_in=fact.id,
                kind=fact.kind,
                sealed_for=fact.sealed_for,
                type=fact.body.type,
                area=fact.area,
                open=True,
            ),
        )


def note_taken(fact: Fact[ReportTaken], rows: Rows) -> Iterable[Change]:
    """Somebody told the city something at one of its desks and said how he is reached."""
    if fact.sealed is not None and is_on(rows):
        yield Put(
            TOLD_REPORTS,
            ToldReport(
                report=fact.subject,
                incident="",
                sealed_in=fact.id,
                kind=fact.kind,
                sealed_for=fact.sealed_for,
                type=fact.body.type,
                area=fact.area,
                open=True,
            ),
        )


def note_filed(fact: Fact[CaseFiled], rows: Rows) -> Iterable[Change]:
    """A case begins with the reporter who was first."""
    if not is_on(rows):
        return
    filed = fact.body
    told = _report(filed.report, rows) if filed.report else None
    if told is not None:
        yield Put(TOLD_REPORTS, msgspec.structs.replace(told, incident=filed.incident))
    yield Put(
        TOLD_CASES,
        ToldCase(
            case=fact.subject,
            incident=filed.incident,
            type=filed.type,
            area=fact.area,
            unit="",
            first_unit="",
            lead="",
            due_at=filed.due_at,
            reports=[] if told is None else [filed.report],
            more=0,
            open=True,
        ),
    )


def note_merged(fact: Fact[ReportMerged], rows: Rows) -> Iterable[Change]:
    """One more reporter of the same thing."""
    told = _report(fact.body.report, rows)
    case = next(rows.find(TOLD_CASES, 0, fact.body.incident), None)
    if told is None or case is None or fact.body.report in case.reports:
        return
    yield Put(TOLD_REPORTS, msgspec.structs.replace(told, incident=case.incident))
    if len(case.reports) < MAX_TOLD_REPORTERS:
        reports = [*case.reports, fact.body.report]
        yield Put(TOLD_CASES, msgspec.structs.replace(case, reports=reports))
    else:
        yield Put(TOLD_CASES, msgspec.structs.replace(case, more=case.more + 1))


def note_split(fact: Fact[ReportSplit], rows: Rows) -> Iterable[Change]:
    """His matter is another one: he hears nothing more of this."""
    case = next(rows.find(TOLD_CASES, 0, fact.body.from_incident), None)
    if case is not None and fact.body.report in case.reports:
        reports = [one for one in case.reports if one != fact.body.report]
        yield Put(TOLD_CASES, msgspec.structs.replace(case, reports=reports))


def note_dispatched(fact: Fact[CaseDispatched], rows: Rows) -> Iterable[Change]:
    """It is with a unit; the first one stays the first receiver (首接负责)."""
    case = _case(fact.subject, rows)
    if case is not None:
        first = case.first_unit or fact.body.unit
        yield Put(TOLD_CASES, msgspec.structs.replace(case, unit=fact.body.unit, first_unit=first))


def note_returned(fact: Fact[CaseReturned], rows: Rows) -> Iterable[Change]:
    """It is nobody's."""
    case = _case(fact.subject, rows)
    if case is not None:
        yield Put(TOLD_CASES, msgspec.structs.replace(case, unit=""))


def note_closed(fact: Fact[CaseClosed], rows: Rows) -> Iterable[Change]:
    """It is over, and need not stay in memory."""
    case = _case(fact.subject, rows)
    if case is None:
        return
    yield Put(TOLD_CASES, msgspec.structs.replace(case, open=False))
    for name in case.reports:
        told = _report(name, rows)
        if told is not None:
            yield Put(TOLD_REPORTS, msgspec.structs.replace(told, open=False))


def note_reopened(fact: Fact[CaseReopened], rows: Rows) -> Iterable[Change]:
    """It is open again, and so are the matters of its reporters."""
    case = _case(fact.subject, rows)
    if case is None:
        return
    again = msgspec.structs.replace(case, unit=fact.body.unit, due_at=fact.body.due_at, open=True)
    yield Put(TOLD_CASES, again)
    for name in case.reports:
        told = _report(name, rows)
        if told is not None:
            yield Put(TOLD_REPORTS, msgspec.structs.replace(told, open=True))


def note_reclassified(fact: Fact[CaseReclassified], rows: Rows) -> Iterable[Change]:
    """It is of another type, with another deadline."""
    case = _case(fact.subject, rows)
    if case is not None:
        due_at, type_ = fact.body.due_at, fact.body.type
        yield Put(TOLD_CASES, msgspec.structs.replace(case, type=type_, due_at=due_at))


def note_joint(fact: Fact[JointDutyOpened], rows: Rows) -> Iterable[Change]:
    """Several units handle it; one leads, and coordinates."""
    case = _case(fact.subject, rows)
    if case is not None:
        yield Put(TOLD_CASES, msgspec.structs.replace(case, lead=fact.body.lead))


_Dated = ExtensionDecided | CaseDeferred | CaseResumed | CaseLedgered | CaseTakenUp


def note_due(fact: Fact[_Dated], rows: Rows) -> Iterable[Change]:
    """It has another deadline."""
    case = _case(fact.subject, rows)
    if case is not None and case.due_at != fact.body.due_at:
        yield Put(TOLD_CASES, msgspec.structs.replace(case, due_at=fact.body.due_at))


# --- posts ------------------------------------------------------------------------------------


def note_given(fact: Fact[GrantGiven], rows: Rows) -> Iterable[Change]:
    """Somebody holds a post."""
    given = fact.body
    if given.role in ROLES:
        yield Put(
            POST_HOLDERS,
            PostHolder(
                grant=given.grant,
                account=given.account,
                role=given.role,
                area=fact.area,
                unit=given.unit,
                from_at=given.from_at,
                until_at=given.until_at,
                open=True,
            ),
        )


def note_ended(fact: Fact[GrantWithdrawn] | Fact[GrantLapsed], rows: Rows) -> Iterable[Change]:
    """Somebody holds it no longer."""
    held = rows.get(POST_HOLDERS, fact.body.grant)
    if held is not None:
        yield Put(POST_HOLDERS, msgspec.structs.replace(held, open=False))
