"""Joint duty (联合处置): one unit leads, others have parts; all done, the case is reported back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import msgspec

from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.handle import (
    JointDutyOpened,
    JointPart,
    JointPartDone,
    JointPartGiven,
    JointPartReturned,
)
from chengyun.facts.registers import Units
from chengyun.handle import rules, views
from chengyun.handle.forms import made_ready
from chengyun.handle.reporting import all_reported
from chengyun.handle.steps import move_draft, standing
from chengyun.kernel.errors import Rejected
from chengyun.kernel.limits import MAX_JOINT_PARTS


class Share(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a unit shall do."""

    unit: str
    task: str


class OpenJointDuty(Command, frozen=True, kw_only=True):
    """A dispatcher gives several units parts of a case; the unit that has it leads."""

    NEEDS: ClassVar[str] = "case:dispatch"
    MAY_WAIT: ClassVar[bool] = True
    case: str
    lead: str
    shares: list[Share]
    reason: str


class FinishPart(Command, frozen=True, kw_only=True):
    """A unit did its part."""

    NEEDS: ClassVar[str] = "case:report_work"
    case: str
    part: int
    unit: str
    outcome: str
    text: str
    form: dict[str, str] = msgspec.field(default_factory=dict)


class ReturnPart(Command, frozen=True, kw_only=True):
    """A unit gives its part back, with a reason."""

    NEEDS: ClassVar[str] = "case:return"
    case: str
    part: int
    unit: str
    reason: str


class GivePart(Command, frozen=True, kw_only=True):
    """A dispatcher gives another unit a part that was given back."""

    NEEDS: ClassVar[str] = "case:dispatch"
    MAY_WAIT: ClassVar[bool] = True
    case: str
    part: int
    unit: str
    reason: str


def open_joint_duty(command: OpenJointDuty, known: Known) -> Iterable[Draft]:
    """Give out the parts of a case."""
    stands = standing(command.case, known)
    case = stands.case
    step = stands.moved("join")
    rules.holds(case, command.lead)
    rules.parts_done(case)
    rules.reasoned(command.reason, case=case.case)
    if not 1 <= len(command.shares) <= MAX_JOINT_PARTS:
        raise Rejected(
            "too_many_parts",
            f"{len(command.shares)} parts are too few or too many",
            where=case.case,
            remedy=f"give out 1 to {MAX_JOINT_PARTS}",
            params={"parts": str(len(command.shares)), "limit": str(MAX_JOINT_PARTS)},
        )
    for share in command.shares:
        _check_unit(share.unit, known)
    parts = [
        JointPart(part=number, unit=share.unit, task=share.task)
        for number, share in enumerate(command.shares, start=case.parts + 1)
    ]
    body = JointDutyOpened(lead=command.lead, parts=parts, reason=command.reason, step=step)
    yield move_draft(stands, "joint", body, known.now)


def _check_unit(unit: str, known: Known) -> None:
    if unit not in known.policy(Units).units:
        raise Rejected(
            "unknown_unit",
            f"{unit!r} is no unit of this city",
            remedy="choose one of units.csv",
            params={"unit": unit},
        )


def finish_part(command: FinishPart, known: Known) -> Iterable[Draft]:
    """Take in that a part is done; the last one needs what reporting back needs."""
    stands = standing(command.case, known)
    case = stands.case
    stands.moved("report_back")
    part = known.get(views.PARTS, (case.case, command.part))
    rules.part_held(part, case.case, command.unit)
    left = case.open_parts - 1
    if left == 0:
        yield from made_ready(stands, "report_back", command.form, known)
    body = JointPartDone(
        part=command.part,
        unit=command.unit,
        outcome=command.outcome,
        text=command.text,
        left=left,
    )
    yield move_draft(stands, "part", body, known.now)


def return_part(command: ReturnPart, known: Known) -> Iterable[Draft]:
    """Take in that a part is not this unit's business."""
    stands = standing(command.case, known)
    part = known.get(views.PARTS, (command.case, command.part))
    rules.part_held(part, command.case, command.unit)
    rules.reasoned(command.reason, case=command.case)
    body = JointPartReturned(part=command.part, unit=command.unit, reason=command.reason)
    yield move_draft(stands, "part", body, known.now)


def give_part(command: GivePart, known: Known) -> Iterable[Draft]:
    """Give a part that was given back to another unit."""
    stands = standing(command.case, known)
    part = known.get(views.PARTS, (command.case, command.part))
    rules.part_given_back(part, command.case)
    _check_unit(command.unit, known)
    body = JointPartGiven(
        part=command.part,
        unit=command.unit,
        task="" if part is None else part.task,
        reason=command.reason,
    )
    yield move_draft(stands, "part", body, known.now)


def on_part_done(fact: Fact[JointPartDone], known: Known) -> Iterable[Draft]:
    """With the last part the case is done for all its reporters, by the unit that leads."""
    case = known.get(views.CASES, fact.subject)
    if case is not None and case.open and case.open_parts == 0:
        yield from all_reported(case, fact.body.outcome, fact.happened_at, known)
