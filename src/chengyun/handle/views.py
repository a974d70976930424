"""Cases and their members."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change, Drop, Listed, Put, Table
from chengyun.engine.timers import set_timer, stop_timer
from chengyun.facts.assess import ReportMerged, ReportSplit
from chengyun.facts.dispatch import CaseDispatched, CaseFiled
from chengyun.facts.envelope import Fact
from chengyun.facts.handle import (
    CaseAccepted,
    CaseClosed,
    CaseFellDue,
    CaseReportedBack,
    CaseReturned,
    CaseReworked,
    CaseVerified,
    JointPartDone,
    ReportClosed,
    WorkReported,
)
from chengyun.facts.sense import ReportReceived
from chengyun.handle.waiting import ASKED, CLOCKS, answered, stopped

DUE = "handle.due"
WAITING = ("deferred", "ledgered")
"""States in which nobody works on a case."""


class CaseRow(msgspec.Struct, frozen=True):
    """A case (案卷): where it stands, with whom, until when."""

    case: str
    incident: str
    type: str
    area: str
    process: str
    policy_version: str
    state: str
    """``filed``, ``dispatched``, ``accepted``, ``returned``, ``deferred``, ``ledgered``,
    ``reported_back``, ``verified``, ``closed`` or ``merged``."""
    unit: str
    filed_at: int
    due_at: int | None
    fell_due: bool
    members: int
    open_members: int
    hops: int
    rework: int
    first_outcome: str
    first_unit: str
    ended_at: int | None
    open: bool
    revision: int = 1
    """Counts the facts that changed this row."""
    step: str = ""
    """Where the last fact that names a step left it; empty is the start of its process."""
    path: list[str] = []
    """The moves made since then, which lead to where it stands (``steps.step_of``)."""
    step_at: int = 0
    """When it came there, or was last sent back: evidence from before does not count."""
    coordinator: str = ""
    """The unit that received it first, and answers for it whoever handles it (首接负责)."""
    due_code: str = ""
    counted_from: int = 0
    """From when its deadline is reckoned: when it was filed, or opened again."""
    round: int = 0
    """How many times it was handled again, after a failed check or a closing."""
    reopened: int = 0
    contacts: int = 0
    """How many times the reporter was tried before the work."""
    contacted: bool = False
    extensions: int = 0
    """How many were granted."""
    appeals: int = 0
    supervisions: int = 0
    stopped_at: int | None = None
    """Since when its clock stands."""
    overdues: int = 0
    """How many deadlines of it passed."""
    escalated: int = 0
    """How many levels up it was told."""
    parts: int = 0
    """How many parts of a joint duty it was given."""
    open_parts: int = 0
    solved: str = "not_asked"
    """What a reporter said last of this time it was handled: ``yes``, ``no`` or ``not_asked``."""
    merged_into: str = ""
    """The case that goes on in its place, if it was merged."""
    stood: str = ""
    """The state it was merged in, and comes back to."""


class Member(msgspec.Struct, frozen=True):
    """A report and the case it belongs to."""

    report: str
    incident: str
    case: str
    area: str
    type: str
    received_at: int
    due_at: int | None
    first: bool
    open: bool
    asset: str = ""
    lon_e7: int | None = None
    lat_e7: int | None = None


class CaseWorker(msgspec.Struct, frozen=True):
    """Somebody who signed in and reported work on a case: until it is closed he never checks it."""

    case: str
    actor: str


class Part(msgspec.Struct, frozen=True):
    """What one unit has to do in a joint duty."""

    case: str
    part: int
    unit: str
    task: str
    state: str
    """``open``, ``returned`` or ``done``."""


CASES = Table(
    "cases",
    CaseRow,
    key=("case",),
    indexes=(("incident",),),
    resident=("open", True),
    listed=Listed(
        area="area",
        unit="unit",
        at="filed_at",
        due="due_at",
        by=("state", "type"),
        beside=("type",),
    ),
)
MEMBERS = Table(
    "case_members", Member, key=("report",), indexes=(("case",),), resident=("open", True)
)
CASE_WORKERS = Table("case_workers", CaseWorker, key=("case", "actor"), indexes=(("case",),))
PARTS = Table("case_parts", Part, key=("case", "part"), indexes=(("case",),))
TABLES = (CASES, MEMBERS, CASE_WORKERS, PARTS, ASKED, CLOCKS)


def changed(case: CaseRow, **more: Any) -> Put:
    """Return the change of a case by one fact more."""
    return Put(CASES, msgspec.structs.replace(case, revision=case.revision + 1, **more))


def note_report(fact: Fact[ReportReceived], rows: Rows) -> Iterable[Change]:
    """A report waits for its case."""
    report = fact.body
    yield Put(
        MEMBERS,
        Member(
            report=fact.subject,
            incident="",
            case="",
            area=fact.area,
            type=report.type,
            received_at=fact.happened_at,
            due_at=report.due_at,
            first=False,
            open=True,
        ),
    )


def note_worker(
    fact: Fact[WorkReported] | Fact[CaseAccepted] | Fact[JointPartDone], rows: Rows
) -> Iterable[Change]:
    """Remember who did the work, where that is a person with an account."""
    if fact.actor.startswith("account:"):
        yield Put(CASE_WORKERS, CaseWorker(fact.subject, fact.actor))


def note_filed(fact: Fact[CaseFiled], rows: Rows) -> Iterable[Change]:
    """A case begins with its first member, a task with none; its clock starts."""
    filed = fact.body
    yield Put(
        CASES,
        CaseRow(
            case=fact.subject,
            incident=filed.incident,
            type=filed.type,
            area=fact.area,
            process=filed.process,
            policy_version=fact.policy_version,
            state="filed",
            unit="",
            filed_at=fact.happened_at,
            due_at=filed.due_at,
            fell_due=False,
            members=int(bool(filed.report)),
            open_members=int(bool(filed.report)),
            hops=0,
            rework=0,
            first_outcome="",
            first_unit="",
            ended_at=None,
            open=True,
            step_at=fact.happened_at,
            due_code=filed.due_code,
            counted_from=fact.happened_at,
        ),
    )
    member = rows.get(MEMBERS, filed.report)
    if member is not None:
        due_at = filed.due_at if member.due_at is None else member.due_at
        yield Put(
            MEMBERS,
            msgspec.structs.replace(
                member, incident=filed.incident, case=fact.subject, due_at=due_at, first=True
            ),
        )
    if filed.due_at is not None:
        yield set_timer(DUE, fact.subject, filed.due_at, fact, area=fact.area)


def note_merged(fact: Fact[ReportMerged], rows: Rows) -> Iterable[Change]:
    """A report joins the case of its incident."""
    case = next(rows.find(CASES, 0, fact.body.incident), None)
    member = rows.get(MEMBERS, fact.body.report)
    if case is None or member is None:
        return
    yield changed(case, members=case.members + 1, open_members=case.open_members + 1)
    yield Put(MEMBERS, msgspec.structs.replace(member, incident=case.incident, case=case.case))


def note_split(fact: Fact[ReportSplit], rows: Rows) -> Iterable[Change]:
    """A report leaves a case; its own one is filed next."""
    case = next(rows.find(CASES, 0, fact.body.from_incident), None)
    if case is not None:
        count = 1 + len(fact.body.along)
        yield changed(case, members=case.members - count, open_members=case.open_members - count)


def note_dispatched(fact: Fact[CaseDispatched], rows: Rows) -> Iterable[Change]:
    """The case is with a unit, and waits on if it waits; the first one stays its coordinator."""
    case = rows.get(CASES, fact.subject)
    if case is not None and case.state in WAITING:
        yield changed(case, unit=fact.body.unit, hops=fact.body.hops + 1)
    elif case is not None:
        yield changed(
            case,
            state="dispatched",
            unit=fact.body.unit,
            coordinator=case.coordinator or fact.body.unit,
            hops=fact.body.hops + 1,
            step="",
            path=["dispatch"],
            step_at=fact.happened_at,
        )


def note_returned(fact: Fact[CaseReturned], rows: Rows) -> Iterable[Change]:
    """The unit gave it back."""
    case = rows.get(CASES, fact.subject)
    if case is not None:
        yield changed(
            case,
            state="returned",
            unit="",
            path=[*case.path, "return"],
            step_at=fact.happened_at,
        )


def note_report_closed(fact: Fact[ReportClosed], rows: Rows) -> Iterable[Change]:
    """One member ended; the first one's handling is what others are compared with."""
    closed = fact.body
    member = rows.get(MEMBERS, closed.report)
    if member is None:
        return
    yield Put(MEMBERS, msgspec.structs.replace(member, open=False))
    case = rows.get(CASES, member.case)
    if case is None:
        return
    first = {"first_outcome": closed.outcome, "first_unit": closed.unit} if closed.first else {}
    yield changed(case, open_members=case.open_members - 1, **first)


def note_reported_back(fact: Fact[CaseReportedBack], rows: Rows) -> Iterable[Change]:
    """The crew says it is done; until somebody checks, that is all that is known."""
    case = rows.get(CASES, fact.subject)
    if case is not None:
        yield changed(
            case,
            state="reported_back",
            unit=fact.body.unit or case.unit,
            path=[*case.path, "report_back"],
            step_at=fact.happened_at,
            stopped_at=None,
            ended_at=fact.happened_at,
            open=False,
        )
        yield stop_timer(DUE, fact.subject)
        for kind in ("extension", "deferral"):
            yield from answered(rows, fact.subject, kind)
        for clock in ("due", "contact", "resume", "review", "escalation"):
            yield from stopped(rows, fact.subject, clock)


def note_verified(fact: Fact[CaseVerified], rows: Rows) -> Iterable[Change]:
    """Somebody else checked, and it passed; what failed is reworked."""
    case = rows.get(CASES, fact.subject)
    if case is not None and fact.body.passed:
        yield changed(case, state="verified", path=[*case.path, "pass"], step_at=fact.happened_at)


def note_reworked(fact: Fact[CaseReworked], rows: Rows) -> Iterable[Change]:
    """Back to the crew; the deadline stands as it was."""
    case = rows.get(CASES, fact.subject)
    if case is not None:
        was_closed = case.state == "closed"
        yield changed(
            case,
            state="dispatched",
            unit=fact.body.unit,
            rework=case.rework + 1,
            round=fact.body.round,
            step="" if was_closed else case.step,
            path=["dispatch"] if was_closed else [*case.path, "fail"],
            step_at=fact.happened_at,
            ended_at=None,
            open=True,
            solved="not_asked",
        )
        if case.due_at is not None and not case.fell_due:
            yield set_timer(DUE, fact.subject, case.due_at, fact, area=fact.area)


def note_closed(fact: Fact[CaseClosed], rows: Rows) -> Iterable[Change]:
    """Checked and closed: nothing about it waits any more."""
    case = rows.get(CASES, fact.subject)
    if case is not None:
        yield changed(case, state="closed", path=[*case.path, "close"], step_at=fact.happened_at)
    for asked in rows.find(ASKED, 0, fact.subject):
        yield from answered(rows, fact.subject, asked.kind)
    for clock in rows.find(CLOCKS, 0, fact.subject):
        yield from stopped(rows, fact.subject, clock.clock)
    for worker in rows.find(CASE_WORKERS, 0, fact.subject):
        yield Drop(CASE_WORKERS, (worker.case, worker.actor))


def note_fell_due(fact: Fact[CaseFellDue], rows: Rows) -> Iterable[Change]:
    """The deadline passed."""
    case = rows.get(CASES, fact.subject)
    if case is not None:
        yield changed(case, fell_due=True, overdues=case.overdues + 1)
