"""Which move a process allows, and when a merge looks wrong."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
import yaml
from msgspec import convert

from chengyun.handle.policy import Move, Process
from chengyun.handle.rules import handled_differently, moved
from chengyun.kernel.errors import Rejected

PACK = Path(__file__).resolve().parents[3] / "cities" / "boston-311" / "processes.yaml"
GRID = convert(yaml.safe_load(PACK.read_text())["processes"]["grid"], Process)

ALLOWED = {
    ("file", "dispatch"): "handle",
    ("handle", "report_back"): "report_back",
    ("handle", "return"): "file",
    ("report_back", "pass"): "verify",
    ("report_back", "fail"): "handle",
    ("verify", "close"): "closed",
    ("verify", "fail"): "handle",
    ("closed", "reopen"): "file",
}


@pytest.mark.parametrize("step", [*GRID.steps, "no such step"])
@pytest.mark.parametrize("move", get_args(Move))
def test_only_declared_moves_are_allowed(step: str, move: Move) -> None:
    if (step, move) in ALLOWED:
        assert moved(GRID, step, move, case="case:1") == ALLOWED[step, move]
        return
    with pytest.raises(Rejected) as refused:
        moved(GRID, step, move, case="case:1")
    assert refused.value.code == "move_not_allowed"
    assert refused.value.params == {"case": "case:1", "step": step, "move": move}


@pytest.mark.parametrize(
    ("outcome", "unit", "first_outcome", "first_unit", "why"),
    [
        ("resolved", "a", "resolved", "a", None),
        ("resolved", "b", "resolved", "a", "other_unit"),
        ("invalid", "a", "resolved", "a", "other_outcome"),
        ("invalid", "b", "resolved", "a", "other_unit"),
        ("duplicate", "b", "resolved", "a", None),
        ("resolved", "b", "duplicate", "a", None),
        ("resolved", "b", "", "", None),
    ],
)
def test_a_member_handled_differently_is_doubted(
    outcome: str, unit: str, first_outcome: str, first_unit: str, why: str | None
) -> None:
    assert handled_differently(outcome, unit, first_outcome, first_unit) == why
