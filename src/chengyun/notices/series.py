"""Reports of incidents to the level above: by word, first, follow-up and final (首报、续报、终报).

For the types that the pack names two clocks run from the filing on: by when the level above hears
of it by word, and by when in writing. What was issued stands in a fact; a later report names it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final, Literal

import msgspec

from chengyun.engine.about import Abouts, of_row
from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change, Put, Table
from chengyun.engine.timers import set_timer, stop_timer
from chengyun.facts.dispatch import CaseFiled
from chengyun.facts.engine import TimerFired
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.notices import (
    IncidentReportExpected,
    IncidentReportIssued,
    IncidentReportOverdue,
    IssuedReport,
)
from chengyun.kernel.errors import Rejected
from chengyun.kernel.ids import under
from chengyun.kernel.instants import MINUTE_US
from chengyun.kernel.limits import MAX_ISSUED_REPORTS
from chengyun.notices.policy import Notices
from chengyun.notices.whose import is_on

BY_WORD: Final = "notices.by_word"
IN_WRITING: Final = "notices.in_writing"
_CLOCK_OF: Final = {"word": BY_WORD, "first": IN_WRITING}


class IssueIncidentReport(Command, frozen=True, kw_only=True):
    """Say that the level above was told of a case's incident, by word or by a report in writing."""

    NEEDS: ClassVar[str] = "incident:report"
    MAY_WAIT: ClassVar[bool] = True
    case: str
    series: Literal["word", "first", "followup", "final"]


class IncidentReports(msgspec.Struct, frozen=True):
    """What was and is to be reported of a case's incident."""

    case: str
    incident: str
    area: str
    by_word_at: int | None
    in_writing_at: int | None
    issued: list[IssuedReport]
    open: bool = False
    """Never: few are asked for, so none stays in memory."""


INCIDENT_REPORTS = Table(
    "incident_reports", IncidentReports, key=("case",), resident=("open", True)
)


def on_case_filed(fact: Fact[CaseFiled], known: Known) -> Iterable[Draft]:
    """A serious incident is to be told to the level above in time."""
    reports = known.policy(Notices).reports
    if reports is None or fact.body.type not in reports.types:
        return
    yield Draft(
        id=under("expected", fact.subject),
        happened_at=fact.happened_at,
        subject=fact.subject,
        area=fact.area,
        body=IncidentReportExpected(
            incident=fact.body.incident,
            type=fact.body.type,
            by_word_at=fact.happened_at + reports.by_word_min * MINUTE_US,
            in_writing_at=fact.happened_at + reports.in_writing_min * MINUTE_US,
        ),
    )


def on_report_clock(fact: Fact[TimerFired], known: Known) -> Iterable[Draft]:
    """The level above was not told in time."""
    purpose = fact.body.purpose
    row = known.get(INCIDENT_REPORTS, fact.subject)
    if row is None or purpose not in (BY_WORD, IN_WRITING):
        return
    yield Draft(
        id=under("unreported", row.case, purpose, fact.body.due_at),
        happened_at=fact.happened_at,
        subject=row.case,
        area=row.area,
        body=IncidentReportOverdue(
            incident=row.incident,
            code="by_word" if purpose == BY_WORD else "in_writing",
            due_at=fact.body.due_at,
        ),
    )


def issue_incident_report(command: IssueIncidentReport, known: Known) -> Iterable[Draft]:
    """Record it; the first comes before the others, and nothing comes after the final one."""
    row = known.get(INCIDENT_REPORTS, command.case)
    if row is None:
        raise Rejected(
            "unknown",
            f"no case {command.case[:200]!r} is known",
            where="case",
            remedy="give the id of a case",
            params={"name": command.case[:200]},
        )
    done = [one.series for one in row.issued]
    wants_first = command.series in ("followup", "final") and "first" not in done
    again = command.series != "followup" and command.series in done
    if wants_first or again or "final" in done or len(done) >= MAX_ISSUED_REPORTS:
        raise Rejected(
            "not_in_series",
            f"{command.series!r} cannot come after {', '.join(done) or 'nothing'}",
            where="series",
            remedy="a first report, then follow-ups, then one final report",
            params={"series": command.series, "issued": ", ".join(done)},
        )
    yield Draft(
        id=under("issued", row.case, command.series, done.count(command.series) + 1),
        happened_at=known.now,
        subject=row.case,
        area=row.area,
        body=IncidentReportIssued(
            incident=row.incident,
            series=command.series,
            number=done.count(command.series) + 1,
        ),
    )


def note_case(fact: Fact[CaseFiled], rows: Rows) -> Iterable[Change]:
    """Of every case the level above may be told, where the pack tells anybody."""
    if is_on(rows):
        yield Put(
            INCIDENT_REPORTS,
            IncidentReports(fact.subject, fact.body.incident, fact.area, None, None, []),
        )


def note_expected(fact: Fact[IncidentReportExpected], rows: Rows) -> Iterable[Change]:
    """Both clocks run."""
    row = rows.get(INCIDENT_REPORTS, fact.subject)
    if row is None:
        return
    due = {"by_word_at": fact.body.by_word_at, "in_writing_at": fact.body.in_writing_at}
    yield Put(INCIDENT_REPORTS, msgspec.structs.replace(row, **due))
    yield set_timer(BY_WORD, fact.subject, fact.body.by_word_at, fact, area=fact.area)
    yield set_timer(IN_WRITING, fact.subject, fact.body.in_writing_at, fact, area=fact.area)


def note_issued(fact: Fact[IncidentReportIssued], rows: Rows) -> Iterable[Change]:
    """What was said in writing was said by word too."""
    row = rows.get(INCIDENT_REPORTS, fact.subject)
    if row is None:
        return
    said = fact.body
    issued = [*row.issued, IssuedReport(said.series, said.number, fact.happened_at)]
    yield Put(INCIDENT_REPORTS, msgspec.structs.replace(row, issued=issued))
    for series in ("word", "first"):
        if said.series in (series, "first"):
            yield stop_timer(_CLOCK_OF[series], fact.subject)


ABOUTS: Final[Abouts] = {IssueIncidentReport: of_row(INCIDENT_REPORTS, "case")}
