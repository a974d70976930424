"""Command: a plan for every serious warning is laid before a person, and ends with it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final

from chengyun.command import views
from chengyun.command.policy import Response
from chengyun.engine.about import Abouts, of_row
from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.engine.stage import Follows, Listens, Orders
from chengyun.facts.assess import WarningAssessed
from chengyun.facts.command import ResponseDecided, ResponseLapsed, ResponseProposed
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.warn import WarningCleared, WarningRetracted
from chengyun.kernel.errors import Rejected
from chengyun.kernel.ids import under
from chengyun.kernel.instants import Instant


class DecideResponse(Command, frozen=True, kw_only=True):
    """A person approves or refuses a proposed response."""

    NEEDS: ClassVar[str] = "response:decide"
    MAY_WAIT: ClassVar[bool] = True
    proposal: str
    approved: bool
    reason: str


def on_warning_assessed(fact: Fact[WarningAssessed], known: Known) -> Iterable[Draft]:
    """Propose the plan that the pack has for this sign and level, once a level.

    What was proposed for another level of the same warning and not decided yet lapses with it.
    """
    assessed = fact.body
    plans = known.policy(Response).plans.get(assessed.sign)
    plan = None if plans is None else plans.at(assessed.level)
    if plan is None:
        return
    proposal = under("response", assessed.warning, plan.response_level)
    if known.get(views.RESPONSES, proposal) is not None:
        return
    for row in known.find(views.RESPONSES, 0, assessed.warning):
        if row.state == "proposed":
            yield _lapsed(row, "superseded", fact.happened_at)
    yield Draft(
        id=proposal,
        happened_at=fact.happened_at,
        subject=proposal,
        area=fact.area,
        body=ResponseProposed(
            warning=assessed.warning,
            response_level=plan.response_level,
            plan=plan.plan,
            measures=plan.measures,
        ),
    )


def decide_response(command: DecideResponse, known: Known) -> Iterable[Draft]:
    """Record what a person decided."""
    row = known.get(views.RESPONSES, command.proposal)
    if row is None or row.state != "proposed":
        raise Rejected(
            "nothing_to_decide",
            f"{command.proposal!r} does not wait for a decision",
            remedy="list the open proposals again",
            params={"proposal": command.proposal},
        )
    yield Draft(
        id=under("decision", command.proposal),
        happened_at=known.now,
        subject=command.proposal,
        area=row.area,
        body=ResponseDecided(
            proposal=command.proposal, approved=command.approved, reason=command.reason
        ),
    )


def on_warning_cleared(fact: Fact[WarningCleared], known: Known) -> Iterable[Draft]:
    """With the warning its responses end, decided or not."""
    for row in known.find(views.RESPONSES, 0, fact.subject):
        code = "undecided" if row.state == "proposed" else "warning_cleared"
        yield _lapsed(row, code, fact.happened_at)


def on_warning_retracted(fact: Fact[WarningRetracted], known: Known) -> Iterable[Draft]:
    """What nobody decided yet lapses; what a person approved stands until a person ends it."""
    for row in known.find(views.RESPONSES, 0, fact.subject):
        if row.state == "proposed":
            yield _lapsed(row, "warning_retracted", fact.happened_at)


def _lapsed(row: views.ResponseRow, code: str, at: Instant) -> Draft:
    return Draft(
        id=under("lapsed", row.proposal),
        happened_at=at,
        subject=row.proposal,
        area=row.area,
        body=ResponseLapsed(proposal=row.proposal, code=code),
    )


ORDERS: Final[Orders] = {DecideResponse: decide_response}
ABOUTS: Final[Abouts] = {DecideResponse: of_row(views.RESPONSES, "proposal")}
LISTENS: Final[Listens] = {
    WarningAssessed: (on_warning_assessed,),
    WarningCleared: (on_warning_cleared,),
    WarningRetracted: (on_warning_retracted,),
}
FOLLOWS: Final[Follows] = {
    ResponseProposed: (views.note_proposed,),
    ResponseDecided: (views.note_decided,),
    ResponseLapsed: (views.note_lapsed,),
}
