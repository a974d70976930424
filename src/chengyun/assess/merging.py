"""What a person says about sameness: two incidents are one thing, or a report is another.

Both ways are facts, and one undoes the other. A report is always in exactly one incident; what has
closed for its reporter stays where it closed. Commands pass one writer, so of two persons who merge
the same two incidents the other way round at once, the second is told that one is over.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from chengyun.assess import rules, views
from chengyun.engine.about import CITY, About
from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.facts.assess import IncidentsMerged, ReportSplit
from chengyun.facts.envelope import Draft
from chengyun.kernel.errors import Rejected
from chengyun.kernel.ids import under
from chengyun.kernel.limits import MAX_MERGED_REPORTS


class MergeReports(Command, frozen=True, kw_only=True):
    """Make two open incidents one: the reports of one move to the other, which goes on."""

    NEEDS: ClassVar[str] = "incident:split"
    incident: str
    """The one that ends."""
    into: str
    """The one that goes on."""
    reason: str


class SplitReport(Command, frozen=True, kw_only=True):
    """Take a report out of its incident again."""

    NEEDS: ClassVar[str] = "incident:split"
    report: str
    reason: str


def merge_reports(command: MergeReports, known: Known) -> Iterable[Draft]:
    """End one incident in favour of another; reversible by splitting the report that opened it."""
    if command.incident == command.into:
        raise Rejected(
            "same_incident",
            f"{command.into!r} cannot be merged with itself",
            remedy="name two incidents",
            params={"incident": command.into},
        )
    ends, into = _open(command.incident, known), _open(command.into, known)
    reports = sorted(one.report for one in _members(ends.incident, known))
    if not reports:
        raise Rejected(
            "nothing_to_merge",
            f"no report of {ends.incident!r} is open any more",
            remedy="let its case end by itself",
            params={"incident": ends.incident},
        )
    if len(reports) > MAX_MERGED_REPORTS:
        raise Rejected(
            "too_many_reports",
            f"{ends.incident!r} has {len(reports)} open reports",
            remedy="merge the other way round",
            params={"incident": ends.incident, "reports": str(len(reports))},
        )
    yield Draft(
        id=under("merged", ends.incident, known.now),
        happened_at=known.now,
        subject=ends.incident,
        area=ends.area,
        body=IncidentsMerged(
            type=ends.type,
            incident=into.incident,
            merged=ends.incident,
            reports=reports,
            reason=command.reason,
        ),
    )


def _open(name: str, known: Known) -> views.Incident:
    incident = known.get(views.INCIDENTS, name)
    if incident is None or not incident.open:
        merged = "" if incident is None else incident.merged_into
        raise Rejected(
            "incident_over",
            f"{name!r} is no open incident" + (f", it went on as {merged!r}" if merged else ""),
            remedy="look it up again; somebody else may have merged or ended it meanwhile",
            params={"incident": name, "merged_into": merged},
        )
    return incident


def _members(incident: str, known: Known) -> Iterable[views.Comparable]:
    return (one for one in known.find(views.COMPARABLES, 2, incident) if not one.closed)


def split_report(command: SplitReport, known: Known) -> Iterable[Draft]:
    """Make a merged report an incident of its own, or bring back the one it had opened."""
    report = known.get(views.COMPARABLES, command.report)
    incident = None if report is None else known.get(views.INCIDENTS, report.incident)
    is_open = report is not None and report.open and not report.closed
    if report is None or not is_open or incident is None or incident.members < 2:
        raise Rejected(
            "nothing_to_split",
            f"{command.report!r} is not open in an incident with others",
            remedy="only an open, merged report can be split off",
            params={"report": command.report},
        )
    own = rules.incident_of(command.report)
    if own == report.incident:
        raise Rejected(
            "opened_it",
            f"{command.report!r} opened this incident",
            remedy="split the others off instead",
            params={"report": command.report},
        )
    along = [
        one.report
        for one in _members(report.incident, known)
        if one.came_with == own and one.report != command.report
    ]
    yield Draft(
        id=under("split", command.report, known.now),
        happened_at=known.now,
        subject=command.report,
        area=report.area,
        body=ReportSplit(
            report=command.report,
            type=report.type,
            from_incident=report.incident,
            incident=own,
            reason=command.reason,
            again=known.get(views.INCIDENTS, own) is not None,
            along=along,
        ),
    )


def about_split(command: SplitReport, known: Known) -> About:
    """A report lies in its area; whose its incident is, no department decides alone."""
    report = known.get(views.COMPARABLES, command.report)
    return CITY if report is None else About(report.area, ("",))


def about_merge(command: MergeReports, known: Known) -> About:
    """Two incidents in one area are that area's; in two, only the whole city's desk joins them."""
    ends, into = (
        known.get(views.INCIDENTS, command.incident),
        known.get(views.INCIDENTS, command.into),
    )
    if ends is None or into is None or ends.area != into.area:
        return CITY
    return About(into.area, ("",))
