"""Supervision (督办): somebody above wants an answer by a moment."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.facts.envelope import Draft
from chengyun.facts.handle import CaseSupervised, SupervisionAnswered
from chengyun.handle import rules
from chengyun.handle.deadlines import due_after
from chengyun.handle.steps import move_draft, standing, workers_of
from chengyun.handle.terms import pending, terms
from chengyun.handle.waiting import ASKED


class SuperviseCase(Command, frozen=True, kw_only=True):
    """Somebody who does not work on it wants to know how a case stands."""

    NEEDS: ClassVar[str] = "case:supervise"
    MAY_WAIT: ClassVar[bool] = True
    case: str
    reason: str


class AnswerSupervision(Command, frozen=True, kw_only=True):
    """The unit that has the case answers."""

    NEEDS: ClassVar[str] = "case:report_work"
    case: str
    unit: str
    text: str


def supervise_case(command: SuperviseCase, known: Known) -> Iterable[Draft]:
    """Ask for an answer within what the process allows."""
    stands = standing(command.case, known)
    case = stands.case
    step = stands.moved("supervise")
    within = terms(stands.process.supervision, stands, "supervise")
    rules.other_worker(case, known.actor, workers_of(case, known))
    rules.reasoned(command.reason, case=case.case)
    rules.not_asked(known.get(ASKED, (case.case, "supervision")))
    body = CaseSupervised(
        unit=case.unit,
        number=case.supervisions + 1,
        answer_by=due_after(known.now, within, case, known),
        reason=command.reason,
        step=step,
    )
    yield move_draft(stands, "supervised", body, known.now)


def answer_supervision(command: AnswerSupervision, known: Known) -> Iterable[Draft]:
    """Answer what is asked; late answers are answers too."""
    stands = standing(command.case, known)
    asked = pending(stands, "supervision", known)
    rules.holds(stands.case, command.unit)
    rules.reasoned(command.text, case=command.case)
    body = SupervisionAnswered(unit=command.unit, number=asked.number, text=command.text)
    yield move_draft(stands, "answered", body, known.now)
