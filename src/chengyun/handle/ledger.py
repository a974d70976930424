"""The ledger (挂账): what is known and cannot be solved yet, with a day on which it is reviewed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import msgspec

from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.facts.envelope import Draft
from chengyun.facts.handle import CaseLedgered, CaseTakenUp
from chengyun.handle import rules
from chengyun.handle.deadlines import due_after, due_when_resumed
from chengyun.handle.forms import made_ready
from chengyun.handle.steps import move_draft, standing, workers_of
from chengyun.handle.terms import terms
from chengyun.kernel.instants import Instant


class LedgerCase(Command, frozen=True, kw_only=True):
    """Somebody other than those who work on it enters a case in the ledger."""

    NEEDS: ClassVar[str] = "case:decide"
    MAY_WAIT: ClassVar[bool] = True
    case: str
    review: Instant
    reason: str
    form: dict[str, str] = msgspec.field(default_factory=dict)


class TakeUpCase(Command, frozen=True, kw_only=True):
    """It can be solved now: the case goes back to the unit that has it."""

    NEEDS: ClassVar[str] = "case:decide"
    MAY_WAIT: ClassVar[bool] = True
    case: str
    reason: str


def ledger_case(command: LedgerCase, known: Known) -> Iterable[Draft]:
    """Enter a case, or set its next review."""
    stands = standing(command.case, known)
    case, now = stands.case, known.now
    step = stands.moved("ledger")
    ledger = terms(stands.process.ledger, stands, "ledger")
    rules.other_worker(case, known.actor, workers_of(case, known))
    rules.reasoned(command.reason, case=case.case)
    last = due_after(now, ledger.longest, case, known)
    rules.ahead(command.review, now, last, case=case.case)
    yield from made_ready(stands, "ledger", command.form, known)
    body = CaseLedgered(
        unit=case.unit,
        review_at=command.review,
        due_at=case.due_at,
        clock_stops=ledger.clock == "stops",
        reason=command.reason,
        step=step,
    )
    yield move_draft(stands, "ledgered", body, now)


def take_up_case(command: TakeUpCase, known: Known) -> Iterable[Draft]:
    """Take a case off the ledger."""
    stands = standing(command.case, known)
    step = stands.moved("take_up")
    rules.reasoned(command.reason, case=command.case)
    body = CaseTakenUp(
        unit=stands.case.unit,
        due_at=due_when_resumed(stands.case, known.now, known),
        reason=command.reason,
        step=step,
    )
    yield move_draft(stands, "taken-up", body, known.now)
