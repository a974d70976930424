"""Calling back (回访): an agent asks a reporter whether it is solved, and whether he is satisfied.

"Closed" is what the city says, "solved" is what the reporter says. An agent tries to reach him a
few times and no more, and what he answers counts as if he had said it himself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import msgspec

from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change, Put, Table
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.handle import CalledBack
from chengyun.handle import views
from chengyun.handle.voice import Voice
from chengyun.kernel.errors import Rejected
from chengyun.kernel.ids import under
from chengyun.kernel.instants import Instant


class CallBack(Command, frozen=True, kw_only=True):
    """An agent called a reporter back; what was not answered stays open."""

    NEEDS: ClassVar[str] = "report:rate"
    report: str
    reached: bool
    solved: bool | None
    satisfied: bool | None
    text: str
    at: Instant


class CallBackRow(msgspec.Struct, frozen=True):
    """How often a reporter was called back since his report was last reported back."""

    report: str
    round: int
    """Which time the case was handled."""
    attempts: int
    reached: bool
    open: bool
    """Whether somebody may still try."""


CALL_BACKS = Table("call_backs", CallBackRow, key=("report",), resident=("open", True))
TABLES = (CALL_BACKS,)


def call_back(command: CallBack, known: Known) -> Iterable[Draft]:
    """Take in a call-back about a report that was reported back, reached or not."""
    member = known.get(views.MEMBERS, command.report)
    case = None if member is None else known.get(views.CASES, member.case)
    if member is None or case is None or member.open or case.open:
        raise Rejected(
            "not_handled_yet",
            f"{command.report!r} is not handled yet, or not known",
            remedy="call back when it was reported back",
            params={"report": command.report},
        )
    if not command.reached and (command.solved is not None or command.satisfied is not None):
        raise Rejected(
            "not_reached",
            f"the reporter of {command.report!r} was not reached and answered nothing",
            remedy="leave solved and satisfied open, or say that he was reached",
            params={"report": command.report},
        )
    tried = _tried(command.report, case.round, known)
    yield Draft(
        id=under("called", command.report, case.round, tried + 1),
        happened_at=command.at,
        subject=command.report,
        area=member.area,
        sealed={"text": command.text} if command.text else None,
        sealed_for=command.report if command.text else "",
        body=CalledBack(
            report=command.report,
            case=case.case,
            type=case.type,
            unit=case.unit,
            reached=command.reached,
            attempt=tried + 1,
            solved=command.solved,
            satisfied=command.satisfied,
        ),
    )


def _tried(report: str, round_: int, known: Known) -> int:
    """Return how often it was tried this time; refused where that is enough."""
    row = known.get(CALL_BACKS, report)
    if row is None or row.round != round_:
        return 0
    most = known.policy(Voice).call_back_attempts
    if row.reached or row.attempts >= most:
        raise Rejected(
            "called_back_already",
            f"the reporter of {report!r} was {'reached' if row.reached else 'called'} already",
            remedy="leave him in peace until it is handled again",
            params={"report": report, "attempts": str(row.attempts), "most": str(most)},
        )
    return row.attempts


def note_called_back(fact: Fact[CalledBack], rows: Rows) -> Iterable[Change]:
    """Count the call; whoever was reached is not called again."""
    called = fact.body
    case = rows.get(views.CASES, called.case)
    round_ = 0 if case is None else case.round
    open_ = not called.reached
    yield Put(
        CALL_BACKS, CallBackRow(called.report, round_, called.attempt, called.reached, open=open_)
    )
