"""Assess: a report opens an incident or joins one; a warning is set beside what is open."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from chengyun.assess import rules, views
from chengyun.assess.merging import (
    MergeReports,
    SplitReport,
    about_merge,
    about_split,
    merge_reports,
    split_report,
)
from chengyun.assess.policy import Fusing
from chengyun.engine.about import Abouts
from chengyun.engine.known import Known
from chengyun.engine.stage import Follows, Listens, Orders
from chengyun.facts.assess import (
    IncidentOpened,
    IncidentsMerged,
    Likeness,
    ReportMerged,
    ReportSplit,
    WarningAssessed,
)
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.handle import (
    CaseReopened,
    CaseReportedBack,
    CaseReworked,
    ReportClosed,
    WrongMergeSuspected,
)
from chengyun.facts.registers import Areas, city_of
from chengyun.facts.sense import ReportReceived
from chengyun.facts.twin import DefaultGeocodeFound, ReportLocated
from chengyun.facts.warn import WarningChanged, WarningRaised
from chengyun.kernel.ids import under
from chengyun.kernel.instants import SECOND_US

MOST_NAMED: Final = 20
"""How many incidents a warning names; the rest are counted."""


def on_report_located(fact: Fact[ReportLocated], known: Known) -> Iterable[Draft]:
    """Join the open incident this report most likely belongs to, or open a new one."""
    report = known.get(views.COMPARABLES, fact.subject)
    if report is None or report.incident:
        return
    policy = known.policy(Fusing)
    relation = min(_relations(report, policy, known), key=lambda found: found.rank, default=None)
    likeness = None if relation is None else _likeness(relation, report, policy, known)
    if relation is not None and likeness is not None and likeness.rate_ppm >= policy.threshold_ppm:
        other = known.get(views.COMPARABLES, likeness.report)
        if other is not None and other.incident:
            yield Draft(
                id=under("merge", fact.subject),
                happened_at=fact.happened_at,
                subject=fact.subject,
                area=fact.area,
                body=ReportMerged(
                    report=fact.subject,
                    type=report.type,
                    incident=other.incident,
                    likeness=likeness,
                    threshold_ppm=policy.threshold_ppm,
                ),
            )
            return
    yield Draft(
        id=rules.incident_of(fact.subject),
        happened_at=fact.happened_at,
        subject=rules.incident_of(fact.subject),
        area=fact.area,
        body=IncidentOpened(
            report=fact.subject, type=report.type, grid=fact.body.grid, likeness=likeness
        ),
    )


def _relations(report: views.Comparable, policy: Fusing, known: Known) -> Iterable[rules.Relation]:
    seen = {report.report}
    if report.place_text:
        for other in known.find(views.COMPARABLES, 0, report.place_text):
            yield from _relation(report, other, policy, seen)
    if report.lon_e7 is None or report.lat_e7 is None:
        return
    for cell in rules.cells_within(report.lon_e7, report.lat_e7, policy.radius_m):
        for other in known.find(views.COMPARABLES, 1, cell):
            if known.get(views.NOWHERE, (other.lon_e7, other.lat_e7)) is None:
                yield from _relation(report, other, policy, seen)


def _relation(
    report: views.Comparable, other: views.Comparable, policy: Fusing, seen: set[str]
) -> Iterable[rules.Relation]:
    if other.report in seen:
        return
    seen.add(other.report)
    relation = rules.relate(report, other, policy.group, policy.radius_m)
    if relation is not None:
        yield relation


def _likeness(
    relation: rules.Relation, report: views.Comparable, policy: Fusing, known: Known
) -> Likeness:
    def counted(name: str) -> tuple[int, int]:
        row = known.get(views.PAIR_CLASSES, name)
        return (0, 0) if row is None else (row.weight, row.hits)

    gap_s = (report.entered_at - relation.other.entered_at) // SECOND_US
    classes = rules.classes_of(relation, report, gap_s, policy)
    finest = known.get(views.PAIR_CLASSES, classes[-1])
    return Likeness(
        report=relation.other.report,
        near=relation.near,
        same_type=relation.same_type,
        gap_s=gap_s,
        classes=classes,
        pairs=0 if finest is None else finest.pairs,
        duplicates=0 if finest is None else finest.duplicates,
        memory_shift=policy.memory_shift,
        rate_ppm=rules.learned_rate_ppm(classes, counted, policy.prior_ppm, policy.pseudo_count),
    )


def on_warning(fact: Fact[WarningRaised] | Fact[WarningChanged], known: Known) -> Iterable[Draft]:
    """Set a warning beside the open incidents of its cell."""
    warning = fact.body
    whole_city = fact.area == known.built(city_of, Areas)
    found = sorted(
        known.find(views.INCIDENTS, 1, warning.type)
        if whole_city
        else known.find(views.INCIDENTS, 0, (warning.type, fact.area)),
        key=lambda incident: (-incident.opened_at, incident.incident),
    )
    yield Draft(
        id=under("assessed", fact.subject, fact.seq),
        happened_at=fact.happened_at,
        subject=fact.subject,
        area=fact.area,
        body=WarningAssessed(
            warning=fact.subject,
            level=warning.level,
            sign=warning.sign,
            type=warning.type,
            incidents=[incident.incident for incident in found[:MOST_NAMED]],
            open_incidents=len(found),
        ),
    )


ORDERS: Final[Orders] = {SplitReport: split_report, MergeReports: merge_reports}
ABOUTS: Final[Abouts] = {SplitReport: about_split, MergeReports: about_merge}
LISTENS: Final[Listens] = {
    ReportLocated: (on_report_located,),
    WarningRaised: (on_warning,),
    WarningChanged: (on_warning,),
}
FOLLOWS: Final[Follows] = {
    ReportReceived: (views.note_report,),
    ReportLocated: (views.note_place,),
    DefaultGeocodeFound: (views.note_nowhere,),
    IncidentOpened: (views.note_opened,),
    ReportMerged: (views.note_merged,),
    ReportSplit: (views.note_split,),
    IncidentsMerged: (views.note_incidents_merged,),
    ReportClosed: (views.note_closed,),
    WrongMergeSuspected: (views.note_doubt,),
    CaseReworked: (views.note_reworked,),
    CaseReopened: (views.note_reworked,),
    CaseReportedBack: (views.note_reported_back,),
}
