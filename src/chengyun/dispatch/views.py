"""What dispatch remembers: what a report looks like, what was proposed, what closings taught."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from chengyun.dispatch import routing
from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change, Put, Table
from chengyun.facts.command import Measure, ResponseDecided, ResponseLapsed, ResponseProposed
from chengyun.facts.dispatch import (
    Candidate,
    CaseDispatched,
    CaseFiled,
    DecisionAsked,
    RouteProposed,
)
from chengyun.facts.envelope import Fact
from chengyun.facts.handle import (
    CaseMerged,
    CaseParted,
    CaseReclassified,
    CaseReopened,
    CaseReportedBack,
    CaseReturned,
    CaseReworked,
)
from chengyun.facts.sense import ReportReceived
from chengyun.facts.twin import ReportLocated


class Sighting(msgspec.Struct, frozen=True):
    """A report as far as routing needs it; resident while it is open."""

    report: str
    type: str
    area: str
    due_at: int | None
    features: dict[str, str]
    candidates: list[Candidate]
    source: str
    named: list[str]
    """Units whose names are like the words of the report; set by the proposal."""
    open: bool


class Desk(msgspec.Struct, frozen=True):
    """A case on the dispatcher's desk: with whom it is, who had it, who decides."""

    case: str
    report: str
    type: str
    area: str
    unit: str
    tried: list[str]
    waits_for_person: bool
    open: bool


class Planned(msgspec.Struct, frozen=True):
    """What a proposed response would have done; resident until it is decided."""

    proposal: str
    warning: str
    area: str
    measures: list[Measure]
    open: bool


SIGHTINGS = Table("sightings", Sighting, key=("report",), resident=("open", True))
DESKS = Table("desks", Desk, key=("case",), resident=("open", True))
PLANNED = Table("planned_tasks", Planned, key=("proposal",), resident=("open", True))
TABLES = (SIGHTINGS, DESKS, PLANNED)


def note_report(fact: Fact[ReportReceived], rows: Rows) -> Iterable[Change]:
    """Keep what routing looks at."""
    report = fact.body
    features = {
        **report.attributes,
        "type": report.type,
        "area": fact.area,
        "title": routing.stem(report.title),
        "channel": report.channel,
    }
    yield Put(
        SIGHTINGS,
        Sighting(
            fact.subject, report.type, fact.area, report.due_at, features, [], "", [], open=True
        ),
    )


def note_place(fact: Fact[ReportLocated], rows: Rows) -> Iterable[Change]:
    """The grid and the component are features too."""
    seen = rows.get(SIGHTINGS, fact.subject)
    if seen is not None and (fact.body.asset or fact.body.grid):
        features = {**seen.features, "grid": fact.body.grid, "asset": fact.body.asset}
        yield Put(SIGHTINGS, msgspec.structs.replace(seen, features=features))


def note_planned(fact: Fact[ResponseProposed], rows: Rows) -> Iterable[Change]:
    """Keep the measures until a person decides."""
    proposed = fact.body
    yield Put(
        PLANNED,
        Planned(fact.subject, proposed.warning, fact.area, proposed.measures, open=True),
    )


def note_decided(
    fact: Fact[ResponseDecided] | Fact[ResponseLapsed], rows: Rows
) -> Iterable[Change]:
    """Decided or lapsed: its tasks are cases of their own now, or never will be."""
    planned = rows.get(PLANNED, fact.body.proposal)
    if planned is not None:
        yield Put(PLANNED, msgspec.structs.replace(planned, open=False))


def note_proposed(fact: Fact[RouteProposed], rows: Rows) -> Iterable[Change]:
    """Keep the proposal until the incident becomes a case."""
    seen = rows.get(SIGHTINGS, fact.body.report)
    if seen is not None:
        yield Put(
            SIGHTINGS,
            msgspec.structs.replace(
                seen,
                candidates=fact.body.candidates,
                source=fact.body.source,
                named=fact.body.named,
            ),
        )


def note_filed(fact: Fact[CaseFiled], rows: Rows) -> Iterable[Change]:
    """A new case on the desk."""
    yield Put(
        DESKS,
        Desk(
            fact.subject,
            fact.body.report,
            fact.body.type,
            fact.area,
            "",
            [],
            waits_for_person=False,
            open=True,
        ),
    )


def note_dispatched(fact: Fact[CaseDispatched], rows: Rows) -> Iterable[Change]:
    """The case is with a unit."""
    desk = rows.get(DESKS, fact.subject)
    if desk is not None:
        unit = fact.body.unit
        yield Put(
            DESKS,
            msgspec.structs.replace(
                desk, unit=unit, tried=[*desk.tried, unit], waits_for_person=False
            ),
        )


def note_asked(fact: Fact[DecisionAsked], rows: Rows) -> Iterable[Change]:
    """The case waits for a person."""
    desk = rows.get(DESKS, fact.subject)
    if desk is not None:
        yield Put(DESKS, msgspec.structs.replace(desk, unit="", waits_for_person=True))


def note_reported_back(
    fact: Fact[CaseReportedBack] | Fact[CaseMerged], rows: Rows
) -> Iterable[Change]:
    """The case leaves the desk."""
    desk = rows.get(DESKS, fact.subject)
    if desk is not None:
        yield Put(DESKS, msgspec.structs.replace(desk, open=False))


def note_returned(fact: Fact[CaseReturned], rows: Rows) -> Iterable[Change]:
    """The unit gave it back: nobody has it now."""
    desk = rows.get(DESKS, fact.subject)
    if desk is not None:
        yield Put(DESKS, msgspec.structs.replace(desk, unit=""))


def note_reworked(
    fact: Fact[CaseReworked] | Fact[CaseReopened] | Fact[CaseParted], rows: Rows
) -> Iterable[Change]:
    """The check failed, or it was opened again: the case is on the desk again."""
    desk = rows.get(DESKS, fact.subject)
    if desk is not None:
        yield Put(DESKS, msgspec.structs.replace(desk, open=True))


def note_reclassified(fact: Fact[CaseReclassified], rows: Rows) -> Iterable[Change]:
    """It is of another type, and so has another fallback owner."""
    desk = rows.get(DESKS, fact.subject)
    if desk is None:
        return
    yield Put(DESKS, msgspec.structs.replace(desk, type=fact.body.type))
    seen = rows.get(SIGHTINGS, desk.report)
    if seen is not None:
        yield Put(SIGHTINGS, msgspec.structs.replace(seen, type=fact.body.type))
