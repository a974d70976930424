"""What assess remembers: open reports to compare with, and what closings taught."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from chengyun.assess import rules
from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change, Put, Table
from chengyun.facts.assess import (
    IncidentOpened,
    IncidentsMerged,
    Likeness,
    ReportMerged,
    ReportSplit,
)
from chengyun.facts.envelope import Fact
from chengyun.facts.handle import (
    DUPLICATE,
    CaseReopened,
    CaseReportedBack,
    CaseReworked,
    ReportClosed,
    WrongMergeSuspected,
)
from chengyun.facts.sense import ReportReceived
from chengyun.facts.twin import DefaultGeocodeFound, ReportLocated


class Comparable(msgspec.Struct, frozen=True):
    """A report as far as comparing needs it; resident while it is open."""

    report: str
    seq: int
    type: str
    area: str
    channel: str
    place_text: str
    attributes: dict[str, str]
    entered_at: int
    lon_e7: int | None
    lat_e7: int | None
    cell: str
    incident: str
    classes: list[str]
    """The classes of pairs that its closing will teach something about."""
    memory_shift: int
    """How much those classes forget at it."""
    came_with: str
    """The incident it was moved here with, when that was merged; empty otherwise."""
    closed: bool
    """Whether it is over for its reporter."""
    open: bool


class Incident(msgspec.Struct, frozen=True):
    """One thing (一件事): its members and whether any of them is still open."""

    incident: str
    type: str
    area: str
    opened_at: int
    members: int
    open_members: int
    doubted: int
    """Members that were handled differently from the one that opened it."""
    merged_into: str
    """The incident that goes on in its place; empty where none does."""
    open: bool


class PairClass(msgspec.Struct, frozen=True):
    """A class of pairs: how many closed, how many of them as duplicates."""

    name: str
    pairs: int
    duplicates: int
    weight: int
    """The closed pairs as a fading sum in 1/1024."""
    hits: int
    """The duplicates among them, the same way."""


class Nowhere(msgspec.Struct, frozen=True):
    """A point that is a geocoder's "unknown"."""

    lon_e7: int
    lat_e7: int


COMPARABLES = Table(
    "comparables",
    Comparable,
    key=("report",),
    indexes=(("place_text",), ("cell",), ("incident",)),
    resident=("open", True),
)
INCIDENTS = Table(
    "incidents",
    Incident,
    key=("incident",),
    indexes=(("type", "area"), ("type",)),
    resident=("open", True),
)
PAIR_CLASSES = Table("pair_classes", PairClass, key=("name",))
NOWHERE = Table("nowhere", Nowhere, key=("lon_e7", "lat_e7"))
TABLES = (COMPARABLES, INCIDENTS, PAIR_CLASSES, NOWHERE)


def note_report(fact: Fact[ReportReceived], rows: Rows) -> Iterable[Change]:
    """Take a report in for comparing; where it is, the twin will say."""
    report = fact.body
    yield Put(
        COMPARABLES,
        Comparable(
            report=fact.subject,
            seq=fact.seq,
            type=report.type,
            area=fact.area,
            channel=report.channel,
            place_text=rules.folded(report.place_text),
            attributes=report.attributes,
            entered_at=fact.happened_at,
            lon_e7=None,
            lat_e7=None,
            cell="",
            incident="",
            classes=[],
            memory_shift=0,
            came_with="",
            closed=False,
            open=True,
        ),
    )


def note_place(fact: Fact[ReportLocated], rows: Rows) -> Iterable[Change]:
    """Note where the twin believes the report to be."""
    report = rows.get(COMPARABLES, fact.subject)
    place = fact.body.place
    if report is not None and place is not None:
        yield Put(
            COMPARABLES,
            msgspec.structs.replace(
                report,
                lon_e7=place.lon_e7,
                lat_e7=place.lat_e7,
                cell=rules.cell_of(place.lon_e7, place.lat_e7),
            ),
        )


def note_nowhere(fact: Fact[DefaultGeocodeFound], rows: Rows) -> Iterable[Change]:
    """Nothing is compared by this point any more."""
    place = fact.body.place
    yield Put(NOWHERE, Nowhere(place.lon_e7, place.lat_e7))


def note_opened(fact: Fact[IncidentOpened], rows: Rows) -> Iterable[Change]:
    """A new incident with its first member."""
    opened = fact.body
    yield Put(
        INCIDENTS,
        Incident(fact.subject, opened.type, fact.area, fact.happened_at, 1, 1, 0, "", open=True),
    )
    yield from _joined(rows, opened.report, fact.subject, opened.likeness)


def note_merged(fact: Fact[ReportMerged], rows: Rows) -> Iterable[Change]:
    """One member more."""
    merged = fact.body
    incident = rows.get(INCIDENTS, merged.incident)
    if incident is not None:
        yield Put(
            INCIDENTS,
            msgspec.structs.replace(
                incident, members=incident.members + 1, open_members=incident.open_members + 1
            ),
        )
    yield from _joined(rows, merged.report, merged.incident, merged.likeness)


def _joined(rows: Rows, report: str, incident: str, likeness: Likeness | None) -> Iterable[Change]:
    row = rows.get(COMPARABLES, report)
    if row is not None:
        yield Put(
            COMPARABLES,
            msgspec.structs.replace(
                row,
                incident=incident,
                classes=[] if likeness is None else likeness.classes,
                memory_shift=0 if likeness is None else likeness.memory_shift,
            ),
        )


def note_split(fact: Fact[ReportSplit], rows: Rows) -> Iterable[Change]:
    """A member became an incident of its own, or again: with those that had come with it."""
    split = fact.body
    moving = [split.report, *split.along]
    before, report = rows.get(INCIDENTS, split.from_incident), rows.get(COMPARABLES, split.report)
    if before is None or report is None:
        return
    left = before.open_members - len(moving)
    yield Put(
        INCIDENTS,
        msgspec.structs.replace(
            before, members=before.members - len(moving), open_members=left, open=left > 0
        ),
    )
    own = rows.get(INCIDENTS, split.incident) or Incident(
        split.incident, report.type, fact.area, fact.happened_at, 0, 0, 0, "", open=True
    )
    yield Put(
        INCIDENTS,
        msgspec.structs.replace(
            own,
            members=own.members + len(moving),
            open_members=own.open_members + len(moving),
            merged_into="",
            open=True,
        ),
    )
    yield from _moved(moving, split.incident, "", rows)


def note_incidents_merged(fact: Fact[IncidentsMerged], rows: Rows) -> Iterable[Change]:
    """The open members of one incident are members of another; the one they leave is over."""
    merged = fact.body
    into, ended = rows.get(INCIDENTS, merged.incident), rows.get(INCIDENTS, merged.merged)
    if into is None or ended is None:
        return
    count = len(merged.reports)
    yield Put(
        INCIDENTS,
        msgspec.structs.replace(
            into, members=into.members + count, open_members=into.open_members + count
        ),
    )
    yield Put(
        INCIDENTS,
        msgspec.structs.replace(
            ended,
            members=ended.members - count,
            open_members=ended.open_members - count,
            merged_into=merged.incident,
            open=False,
        ),
    )
    yield from _moved(merged.reports, merged.incident, merged.merged, rows)


def _moved(reports: Iterable[str], incident: str, came_with: str, rows: Rows) -> Iterable[Change]:
    for name in reports:
        report = rows.get(COMPARABLES, name)
        if report is not None:
            yield Put(
                COMPARABLES,
                msgspec.structs.replace(report, incident=incident, came_with=came_with),
            )


def note_closed(fact: Fact[ReportClosed], rows: Rows) -> Iterable[Change]:
    """A closing ends a membership, and teaches how often such pairs are one thing."""
    closed = fact.body
    incident = rows.get(INCIDENTS, closed.incident)
    if incident is not None:
        left = incident.open_members - 1
        yield Put(INCIDENTS, msgspec.structs.replace(incident, open_members=left, open=left > 0))
    report = rows.get(COMPARABLES, closed.report)
    if report is None:
        return
    yield Put(COMPARABLES, msgspec.structs.replace(report, open=False, closed=True))
    duplicate = int(closed.outcome == DUPLICATE)
    for name in report.classes:
        known = rows.get(PAIR_CLASSES, name) or PairClass(name, 0, 0, 0, 0)
        yield Put(
            PAIR_CLASSES,
            PairClass(
                name,
                known.pairs + 1,
                known.duplicates + duplicate,
                rules.remembered(known.weight, 1, report.memory_shift),
                rules.remembered(known.hits, duplicate, report.memory_shift),
            ),
        )


def note_reworked(fact: Fact[CaseReworked] | Fact[CaseReopened], rows: Rows) -> Iterable[Change]:
    """The check failed, or it was opened again: it is not over, and new reports may be about it."""
    yield from _opened(fact.body.incident, rows, open_again=True)


def note_reported_back(fact: Fact[CaseReportedBack], rows: Rows) -> Iterable[Change]:
    """The crew says it is over."""
    yield from _opened(fact.body.incident, rows, open_again=False)


def _opened(name: str, rows: Rows, *, open_again: bool) -> Iterable[Change]:
    incident = rows.get(INCIDENTS, name)
    if incident is None or incident.open_members or incident.open == open_again:
        return
    yield Put(INCIDENTS, msgspec.structs.replace(incident, open=open_again))
    first = rows.get(COMPARABLES, rules.report_of(name))
    if first is not None:
        yield Put(COMPARABLES, msgspec.structs.replace(first, open=open_again))


def note_doubt(fact: Fact[WrongMergeSuspected], rows: Rows) -> Iterable[Change]:
    """Count a member that was handled differently."""
    incident = rows.get(INCIDENTS, fact.body.incident)
    if incident is not None:
        yield Put(INCIDENTS, msgspec.structs.replace(incident, doubted=incident.doubted + 1))
