"""Which plan is proposed for which level."""

from __future__ import annotations

import pytest

from chengyun.command.policy import Plans, Response, ResponsePlan
from chengyun.facts.command import Measure

ORANGE = ResponsePlan(
    plan="tankers", response_level="III", measures=[Measure(name={"en": "send two"})]
)
RED = ResponsePlan(plan="all tankers", response_level="II", measures=[])
PLANS = Plans(levels={"orange": ORANGE, "red": RED})


@pytest.mark.parametrize(
    ("level", "plan"),
    [("", None), ("blue", None), ("yellow", None), ("orange", ORANGE), ("red", RED)],
)
def test_a_level_has_its_own_plan_or_none(level: str, plan: ResponsePlan | None) -> None:
    assert PLANS.at(level) is plan


def test_a_pack_without_plans_proposes_nothing() -> None:
    assert Response().plans == {}
    assert Plans(levels={}).at("red") is None
