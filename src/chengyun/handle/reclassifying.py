"""It is of another type: the deadline is reckoned anew, under the version it was filed under."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.facts.envelope import Draft
from chengyun.facts.handle import CaseReclassified
from chengyun.facts.registers import CaseTypes
from chengyun.handle import rules
from chengyun.handle.deadlines import due_after
from chengyun.handle.steps import move_draft, standing
from chengyun.kernel.errors import Rejected


class ReclassifyCase(Command, frozen=True, kw_only=True):
    """A dispatcher says what it really is."""

    NEEDS: ClassVar[str] = "case:dispatch"
    MAY_WAIT: ClassVar[bool] = True
    case: str
    type: str
    reason: str


def reclassify_case(command: ReclassifyCase, known: Known) -> Iterable[Draft]:
    """Make it another type of the same process; what was promised to a reporter stands."""
    stands = standing(command.case, known)
    case = stands.case
    step = stands.moved("reclassify")
    rules.reasoned(command.reason, case=case.case)
    types = known.pinned(CaseTypes, case.policy_version).types
    new, old = types.get(command.type), types[case.type]
    if new is None or command.type == case.type or (new.process or case.process) != case.process:
        raise Rejected(
            "other_process",
            f"{command.type!r} is no other type of the process {case.process!r}",
            where=case.case,
            remedy="choose a type of this process, or return the case and file another",
            params={"case": case.case, "type": command.type, "process": case.process},
        )
    due_at: int | None
    if case.due_code == "promised":
        due_at, due_code = case.due_at, "promised"
    elif new.time_limit:
        due_at, due_code = due_after(case.counted_from, new.time_limit, case, known), "time_limit"
    else:
        due_at, due_code = None, "none"
    body = CaseReclassified(
        from_type=case.type,
        type=command.type,
        from_due_at=case.due_at,
        due_at=due_at,
        due_code=due_code,
        params={"limit": new.time_limit, "from_limit": old.time_limit},
        reason=command.reason,
        step=step,
    )
    yield move_draft(stands, "reclassified", body, known.now)
