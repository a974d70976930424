"""Counts of reports for the review of a period; proposals and what became of them."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change, Put, Table
from chengyun.engine.timers import set_timer
from chengyun.facts.assess import IncidentOpened, ReportMerged, ReportSplit
from chengyun.facts.dispatch import RouteProposed
from chengyun.facts.envelope import Fact
from chengyun.facts.handle import CaseReportedBack, ReportClosed, WrongMergeSuspected
from chengyun.facts.learn import PolicyProposed, ProposalDecided, ReviewHeld, ReviewPlanned
from chengyun.facts.sense import ReportReceived
from chengyun.kernel.instants import HOUR_US
from chengyun.learn.marks import CASE_MARKS, LIVES, OPEN_REPORTS, OpenReport
from chengyun.learn.rules import duration_class

REVIEW = "learn.review"
CITY = "city"
"""The review of the whole city stands under this name."""


class Figures(msgspec.Struct, frozen=True):
    """Counts of reports of one type in one area by one unit in one period of the review.

    Sums give all others. What happens before a unit is known stands under the unit "". Cases are
    counted by their marks (``learn/marks.py``).
    """

    type: str
    area: str
    unit: str
    period: int
    """When the period began."""
    reports: int = 0
    incidents: int = 0
    merged: int = 0
    doubted: int = 0
    closed: int = 0
    on_time: int = 0
    overdue: int = 0
    without_deadline: int = 0
    reported_back: int = 0


class TypeHistory(msgspec.Struct, frozen=True):
    """How a type was handled in one period: durations by class, units, first proposals right."""

    type: str
    period: int
    durations: dict[str, int]
    units: dict[str, int]
    proposed: int
    right: int


class ReviewState(msgspec.Struct, frozen=True):
    """The running period."""

    name: str
    period: int
    next_at: int
    held: int


class ProposalRow(msgspec.Struct, frozen=True):
    """A proposal for better policy, waiting for a person."""

    proposal: str
    about: str
    type: str
    now: dict[str, str]
    proposed: dict[str, str]
    evidence: dict[str, int]
    state: str
    """``proposed``, ``accepted`` or ``refused``."""


FIGURES = Table(
    "figures",
    Figures,
    key=("type", "area", "unit", "period"),
    indexes=(("period",), ("type", "period")),
)
HISTORY = Table("type_history", TypeHistory, key=("type", "period"), indexes=(("type",),))
REVIEWS = Table("reviews", ReviewState, key=("name",))
PROPOSALS = Table("policy_proposals", ProposalRow, key=("proposal",), indexes=(("about", "type"),))
TABLES = (FIGURES, HISTORY, OPEN_REPORTS, LIVES, CASE_MARKS, REVIEWS, PROPOSALS)


def _period(rows: Rows) -> int:
    state = rows.get(REVIEWS, CITY)
    return 0 if state is None else state.period


def _count(rows: Rows, type_: str, area: str, unit: str, **more: int) -> Put:
    key = (type_, area, unit, _period(rows))
    before = rows.get(FIGURES, key) or Figures(*key)
    added = {field: getattr(before, field) + count for field, count in more.items()}
    return Put(FIGURES, msgspec.structs.replace(before, **added))


def count_report(fact: Fact[ReportReceived], rows: Rows) -> Iterable[Change]:
    """One report more; how it came is kept for its case."""
    yield _count(rows, fact.body.type, fact.area, "", reports=1)
    yield Put(OPEN_REPORTS, OpenReport(fact.subject, fact.body.channel, "", "", open=True))


def count_incident(fact: Fact[IncidentOpened], rows: Rows) -> Iterable[Change]:
    """One incident more."""
    yield _count(rows, fact.body.type, fact.area, "", incidents=1)


def count_merged(fact: Fact[ReportMerged], rows: Rows) -> Iterable[Change]:
    """One merged report more."""
    yield _count(rows, fact.body.type, fact.area, "", merged=1)


def count_split(fact: Fact[ReportSplit], rows: Rows) -> Iterable[Change]:
    """A merged report is an incident of its own after all."""
    yield _count(rows, fact.body.type, fact.area, "", merged=-1, incidents=1)


def count_doubted(fact: Fact[WrongMergeSuspected], rows: Rows) -> Iterable[Change]:
    """One merge more that looks wrong."""
    yield _count(rows, fact.body.type, fact.area, "", doubted=1)


def keep_proposal(fact: Fact[RouteProposed], rows: Rows) -> Iterable[Change]:
    """Keep the first proposal, to compare it with who handled the report."""
    candidates, report = fact.body.candidates, rows.get(OPEN_REPORTS, fact.body.report)
    if report is not None:
        unit = candidates[0].unit if candidates else ""
        seen = msgspec.structs.replace(report, unit=unit, source=fact.body.source)
        yield Put(OPEN_REPORTS, seen)


def count_closed(fact: Fact[ReportClosed], rows: Rows) -> Iterable[Change]:
    """One report ended, in time or not; only what had a deadline can be either."""
    closed = fact.body
    due_at = closed.due_at
    yield _count(
        rows,
        closed.type,
        fact.area,
        closed.unit,
        closed=1,
        on_time=int(due_at is not None and fact.happened_at <= due_at),
        overdue=int(due_at is not None and fact.happened_at > due_at),
        without_deadline=int(due_at is None),
    )
    first = rows.get(OPEN_REPORTS, closed.report)
    if first is not None:
        yield Put(OPEN_REPORTS, msgspec.structs.replace(first, open=False))
    yield _history_after(fact, first, rows)


def _history_after(fact: Fact[ReportClosed], first: OpenReport | None, rows: Rows) -> Put:
    key = (fact.body.type, _period(rows))
    history = rows.get(HISTORY, key) or TypeHistory(*key, {}, {}, 0, 0)
    duration = str(duration_class((fact.happened_at - fact.body.filed_at) / HOUR_US))
    unit = fact.body.unit
    proposed = first is not None and bool(first.unit)
    return Put(
        HISTORY,
        TypeHistory(
            *key,
            history.durations | {duration: history.durations.get(duration, 0) + 1},
            history.units | {unit: history.units.get(unit, 0) + 1},
            history.proposed + int(proposed),
            history.right + int(first is not None and proposed and first.unit == unit),
        ),
    )


def count_reported_back(fact: Fact[CaseReportedBack], rows: Rows) -> Iterable[Change]:
    """One case whose crew says it is done."""
    yield _count(rows, fact.body.type, fact.area, fact.body.unit, reported_back=1)


def plan_review(fact: Fact[ReviewPlanned], rows: Rows) -> Iterable[Change]:
    """The first period begins."""
    planned = fact.body
    yield Put(REVIEWS, ReviewState(CITY, planned.from_at, planned.next_at, 0))
    yield set_timer(REVIEW, CITY, planned.next_at, fact)


def close_review(fact: Fact[ReviewHeld], rows: Rows) -> Iterable[Change]:
    """A period ended, the next one begins."""
    held, state = fact.body, rows.get(REVIEWS, CITY)
    count = 1 if state is None else state.held + 1
    yield Put(REVIEWS, ReviewState(CITY, held.until_at, held.next_at, count))
    yield set_timer(REVIEW, CITY, held.next_at, fact)


def note_proposed(fact: Fact[PolicyProposed], rows: Rows) -> Iterable[Change]:
    """A proposal waits for a person."""
    one = fact.body
    yield Put(
        PROPOSALS,
        ProposalRow(
            fact.subject, one.about, one.type, one.now, one.proposed, one.evidence, "proposed"
        ),
    )


def note_decided(fact: Fact[ProposalDecided], rows: Rows) -> Iterable[Change]:
    """A person decided on a proposal."""
    row = rows.get(PROPOSALS, fact.body.proposal)
    if row is not None:
        state = "accepted" if fact.body.accepted else "refused"
        yield Put(PROPOSALS, msgspec.structs.replace(row, state=state))
