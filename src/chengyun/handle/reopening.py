"""A closed case is open again: a person says so, the reporter, or the thing itself came back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal

import msgspec

from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.facts.envelope import Draft
from chengyun.facts.handle import CaseReopened
from chengyun.handle import rules, views
from chengyun.handle.deadlines import due_after, limit_for
from chengyun.handle.forms import made_ready
from chengyun.handle.steps import Standing, move_draft, standing
from chengyun.kernel.instants import Instant

Why = Literal["person", "not_solved", "came_back"]


class ReopenCase(Command, frozen=True, kw_only=True):
    """A person opens a closed case again."""

    NEEDS: ClassVar[str] = "case:reopen"
    MAY_WAIT: ClassVar[bool] = True
    case: str
    reason: str
    form: dict[str, str] = msgspec.field(default_factory=dict)


def reopen_case(command: ReopenCase, known: Known) -> Iterable[Draft]:
    """Open a closed case again, as often as its process allows."""
    stands = standing(command.case, known)
    stands.moved("reopen")
    rules.reopenable(stands.case, stands.process)
    rules.reasoned(command.reason, case=command.case)
    yield from made_ready(stands, "reopen", command.form, known)
    yield reopened(stands, known.now, "person", known, reason=command.reason)


def may_reopen(case: views.CaseRow, known: Known) -> Standing | None:
    """Return where a closed case stands if its process lets it be opened again, else ``None``."""
    stands = standing(case.case, known)
    is_left = case.reopened < stands.process.max_reopened
    return stands if is_left and rules.allows(stands.process, stands.step, "reopen") else None


def reopened(
    stands: Standing,
    at: Instant,
    why: Why,
    known: Known,
    *,
    reason: str = "",
    report: str = "",
) -> Draft:
    """Return the draft that opens a case again with the unit that had it, under a new deadline.

    Where ``reopen`` leads to a step that dispatches, it goes on to the unit: it has an owner.
    """
    case, process = stands.case, stands.process
    step = rules.target(process, stands.step, "reopen")
    if case.unit and rules.allows(process, step, "dispatch"):
        step = rules.target(process, step, "dispatch")
    limit = limit_for(case, known)
    body = CaseReopened(
        type=case.type,
        incident=case.incident,
        unit=case.unit,
        code=why,
        params={"report": report} if report else {},
        round=case.round + 1,
        due_at=due_after(at, limit, case, known) if limit else None,
        reason=reason,
        step=step,
    )
    return move_draft(stands, "reopened", body, at)
