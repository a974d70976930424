"""Taking a case on (签收), and speaking to its reporter before the work begins (先行联系)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import msgspec

from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.facts.envelope import Draft
from chengyun.facts.handle import CaseAccepted, ReporterContacted
from chengyun.handle import rules, views
from chengyun.handle.forms import made_ready
from chengyun.handle.steps import move_draft, standing
from chengyun.kernel.errors import Rejected


class AcceptCase(Command, frozen=True, kw_only=True):
    """The unit that has a case takes it on."""

    NEEDS: ClassVar[str] = "case:report_work"
    case: str
    unit: str
    form: dict[str, str] = msgspec.field(default_factory=dict)


class ContactReporter(Command, frozen=True, kw_only=True):
    """The unit that has a case, or received it first, spoke to a reporter or tried to."""

    NEEDS: ClassVar[str] = "case:report_work"
    case: str
    unit: str
    report: str
    reached: bool
    text: str
    form: dict[str, str] = msgspec.field(default_factory=dict)


def accept_case(command: AcceptCase, known: Known) -> Iterable[Draft]:
    """Take a case on."""
    stands = standing(command.case, known)
    step = stands.moved("accept")
    rules.holds(stands.case, command.unit)
    yield from made_ready(stands, "accept", command.form, known)
    body = CaseAccepted(unit=command.unit, step=step)
    yield move_draft(stands, "accepted", body, known.now)


def contact_reporter(command: ContactReporter, known: Known) -> Iterable[Draft]:
    """Note a first contact: it is made when the reporter was reached, or tried often enough."""
    stands = standing(command.case, known)
    case = stands.case
    step = stands.moved("contact")
    rules.holds_or_coordinates(case, command.unit)
    member = known.get(views.MEMBERS, command.report)
    if member is None or member.case != case.case:
        raise Rejected(
            "unknown_report",
            f"{command.report!r} does not belong to {case.case}",
            remedy="name one of its reports",
            params={"report": command.report},
        )
    yield from made_ready(stands, "contact", command.form, known)
    attempt = case.contacts + 1
    is_made = command.reached or attempt >= stands.process.contact.attempts
    yield move_draft(
        stands,
        "contacted",
        ReporterContacted(
            report=command.report,
            unit=command.unit,
            reached=command.reached,
            attempt=attempt,
            is_made=is_made,
            step=step if is_made else stands.step,
        ),
        known.now,
        sealed={"text": command.text} if command.text else None,
        sealed_for=command.report if command.text else "",
    )
