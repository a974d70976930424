"""Appeals (申诉): a unit objects to a failed check, to being given a case, or to a rating.

Another person decides. What is upheld takes back what it was made against: a verdict is checked
again, a case goes back to dispatch, a rating is left out of the figures.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import msgspec

from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.facts.engine import TimerFired
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.handle import AppealDecided, AppealMade, CaseReportedBack, CaseReturned
from chengyun.handle import rules, views
from chengyun.handle.deadlines import due_after
from chengyun.handle.forms import made_ready
from chengyun.handle.policy import Against
from chengyun.handle.reporting import again
from chengyun.handle.steps import Standing, move_draft, standing
from chengyun.handle.terms import pending, terms
from chengyun.handle.waiting import ASKED, Asked
from chengyun.kernel.errors import Rejected
from chengyun.kernel.ids import under
from chengyun.kernel.instants import Instant


class MakeAppeal(Command, frozen=True, kw_only=True):
    """The unit that has the case objects."""

    NEEDS: ClassVar[str] = "case:report_work"
    case: str
    unit: str
    against: Against
    about: str = ""
    """The report whose rating it is."""
    reason: str
    form: dict[str, str] = msgspec.field(default_factory=dict)


class DecideAppeal(Command, frozen=True, kw_only=True):
    """Another person upholds an appeal, or does not."""

    NEEDS: ClassVar[str] = "case:decide"
    MAY_WAIT: ClassVar[bool] = True
    case: str
    upheld: bool
    reason: str


def make_appeal(command: MakeAppeal, known: Known) -> Iterable[Draft]:
    """Object, as often as the process allows."""
    stands = standing(command.case, known)
    case = stands.case
    step = stands.moved("appeal")
    rules.holds(case, command.unit)
    appeal = terms(stands.process.appeal, stands, "appeal")
    rules.reasoned(command.reason, case=case.case)
    rules.not_asked(known.get(ASKED, (case.case, "appeal")))
    rules.appealable(case, appeal, command.against)
    _check_about(command, known)
    yield from made_ready(stands, "appeal", command.form, known)
    body = AppealMade(
        unit=command.unit,
        against=command.against,
        about=command.about,
        decide_by=due_after(known.now, appeal.decided_within, case, known),
        number=case.appeals + 1,
        reason=command.reason,
        step=step,
    )
    yield move_draft(stands, "appeal", body, known.now)


def _check_about(command: MakeAppeal, known: Known) -> None:
    if command.against != "rating" and not command.about:
        return
    member = known.get(views.MEMBERS, command.about)
    if member is None or member.case != command.case or command.against != "rating":
        raise Rejected(
            "unknown_report",
            f"{command.about!r} is no report of {command.case} that was rated",
            remedy="name the report for a rating, and none for anything else",
            params={"report": command.about},
        )


def decide_appeal(command: DecideAppeal, known: Known) -> Iterable[Draft]:
    """Decide about an appeal of somebody else."""
    stands = standing(command.case, known)
    asked = pending(stands, "appeal", known)
    rules.other_person(asked, known.actor)
    rules.reasoned(command.reason, case=command.case)
    yield _decided(
        stands, asked, known.now, upheld=command.upheld, code="person", reason=command.reason
    )


def on_appeal_lapsed(fact: Fact[TimerFired], known: Known) -> Iterable[Draft]:
    """Nobody decided in time: it is not upheld."""
    asked = known.get(ASKED, (fact.subject, "appeal"))
    if asked is not None and asked.decide_by == fact.body.due_at:
        stands = standing(fact.subject, known)
        yield _decided(stands, asked, fact.happened_at, upheld=False, code="lapsed", reason="")


def _decided(
    stands: Standing, asked: Asked, at: Instant, *, upheld: bool, code: str, reason: str
) -> Draft:
    body = AppealDecided(
        unit=asked.unit,
        against=asked.against,
        about=asked.about,
        number=asked.number,
        upheld=upheld,
        code=code,
        reason=reason,
    )
    return move_draft(stands, "judged", body, at)


def on_appeal_decided(fact: Fact[AppealDecided], known: Known) -> Iterable[Draft]:
    """An upheld appeal has the work checked again, or the case returned, as far as it may be."""
    case, process, step = standing(fact.subject, known)
    appeal = fact.body
    if not case.open or not appeal.upheld or case.unit != appeal.unit:
        return
    body: CaseReportedBack | CaseReturned
    if (
        appeal.against == "verdict"
        and not case.open_parts
        and rules.allows(process, step, "report_back")
    ):
        name = under("back", case.case, case.round)
        body = CaseReportedBack(
            type=case.type,
            incident=case.incident,
            unit=case.unit,
            outcome=case.first_outcome,
            members=case.members,
        )
    elif appeal.against == "dispatch" and rules.allows(process, step, "return"):
        name = under("returned", case.case, case.hops, *again(case))
        body = CaseReturned(type=case.type, unit=case.unit, reason=appeal.reason)
    else:
        return
    yield Draft(id=name, happened_at=fact.happened_at, subject=case.case, area=case.area, body=body)
