"""The reporter's verdict: solved and satisfied are two questions; "closed" is not "fixed"."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.handle import CalledBack, CaseReworked, ReportRated
from chengyun.handle import rules, views
from chengyun.handle.reopening import may_reopen, reopened
from chengyun.handle.steps import process_of, step_of
from chengyun.kernel.errors import Rejected
from chengyun.kernel.ids import under
from chengyun.kernel.instants import Instant


class RateReport(Command, frozen=True, kw_only=True):
    """A reporter says whether it is solved, and whether he is satisfied."""

    NEEDS: ClassVar[str] = "report:rate"
    report: str
    solved: bool
    satisfied: bool
    text: str
    at: Instant


def rate_report(command: RateReport, known: Known) -> Iterable[Draft]:
    """Take in the verdict on a report that was closed; one for each time it was handled."""
    member = known.get(views.MEMBERS, command.report)
    case = None if member is None else known.get(views.CASES, member.case)
    if member is None or case is None or member.open or case.open:
        raise Rejected(
            "not_handled_yet",
            f"{command.report!r} is not handled yet, or not known",
            remedy="rate it when it was reported back",
            params={"report": command.report},
        )
    yield Draft(
        id=under("rated", command.report, case.round),
        happened_at=command.at,
        subject=command.report,
        area=member.area,
        sealed={"text": command.text} if command.text else None,
        sealed_for=command.report if command.text else "",
        body=ReportRated(
            report=command.report,
            case=case.case,
            type=case.type,
            unit=case.unit,
            solved=command.solved,
            satisfied=command.satisfied,
        ),
    )


def on_verdict(fact: Fact[ReportRated] | Fact[CalledBack], known: Known) -> Iterable[Draft]:
    """Not solved: back to its crew, and what is closed is opened again, as the process allows."""
    case = known.get(views.CASES, fact.body.case)
    if fact.body.solved is not False or case is None or case.open:
        return
    if case.state == "closed":
        stands = may_reopen(case, known)
        if stands is not None:
            at, report = fact.happened_at, fact.body.report
            yield reopened(stands, at, "not_solved", known, report=report)
        return
    process = process_of(case, known)
    step = step_of(case, process)
    if case.rework >= process.max_rework or not rules.allows(process, step, "fail"):
        return
    yield Draft(
        id=under("rework", case.case, case.round + 1),
        happened_at=fact.happened_at,
        subject=case.case,
        area=case.area,
        body=CaseReworked(
            type=case.type, incident=case.incident, unit=case.unit, round=case.round + 1
        ),
    )


def note_verdict(fact: Fact[ReportRated] | Fact[CalledBack], rows: Rows) -> Iterable[Change]:
    """What a reporter says stands beside what the city says."""
    case = rows.get(views.CASES, fact.body.case)
    if case is not None and fact.body.solved is not None:
        yield views.changed(case, solved="yes" if fact.body.solved else "no")
