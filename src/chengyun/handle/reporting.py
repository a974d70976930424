"""What ends the matter of a reporter, and what reports a whole case back."""

from __future__ import annotations

from collections.abc import Iterable

from chengyun.engine.known import Known
from chengyun.facts.envelope import Draft
from chengyun.facts.handle import CaseReportedBack, ReportClosed
from chengyun.handle import views
from chengyun.kernel.ids import under
from chengyun.kernel.instants import Instant


def again(case: views.CaseRow) -> tuple[int, ...]:
    """Return what tells the second time from the first in an id: the first needs nothing."""
    return (case.round,) if case.round else ()


def report_closed(
    member: views.Member,
    case: views.CaseRow,
    at: Instant,
    *,
    unit: str,
    outcome: str,
    duplicate_of: str = "",
) -> Draft:
    """Return the draft that ends the matter of one reporter."""
    return Draft(
        id=under("closed", member.report),
        happened_at=at,
        subject=member.report,
        area=member.area,
        body=ReportClosed(
            report=member.report,
            incident=case.incident,
            type=member.type,
            unit=unit,
            outcome=outcome,
            duplicate_of=duplicate_of,
            due_at=member.due_at,
            filed_at=member.received_at,
            first=member.first,
        ),
    )


def reported_back(case: views.CaseRow, unit: str, outcome: str, at: Instant) -> Draft:
    """Return the draft that reports the case back; one for each time it was handled."""
    return Draft(
        id=under("back", case.case, case.round),
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


def all_reported(case: views.CaseRow, outcome: str, at: Instant, known: Known) -> Iterable[Draft]:
    """End the matter of every reporter that is open, and report the case back."""
    for member in known.find(views.MEMBERS, 0, case.case):
        yield report_closed(member, case, at, unit=case.unit, outcome=outcome)
    yield reported_back(case, case.unit, outcome, at)
