"""The terms of a move as its process has them, and what waits for a decision."""

from __future__ import annotations

from typing import TypeVar

from chengyun.engine.known import Known
from chengyun.handle.policy import Move
from chengyun.handle.steps import Standing
from chengyun.handle.waiting import ASKED, Asked
from chengyun.kernel.errors import Rejected

T = TypeVar("T")


def terms(found: T | None, stands: Standing, move: Move) -> T:
    """Return the terms of a move; refuse it where the process has none."""
    if found is None:
        raise Rejected(
            "move_not_allowed",
            f"the process {stands.case.process!r} has no terms for {move!r}",
            where=stands.case.case,
            remedy="add them to processes.yaml",
            params={"case": stands.case.case, "step": stands.step, "move": move},
        )
    return found


def pending(stands: Standing, kind: str, known: Known) -> Asked:
    """Return what was asked for and waits; refuse to decide about nothing."""
    case = stands.case.case
    asked = known.get(ASKED, (case, kind))
    if asked is None:
        raise Rejected(
            "nothing_asked",
            f"no {kind} of {case} waits for a decision",
            where=case,
            remedy="look it up again; it may have been decided, or lapsed",
            params={"case": case, "kind": kind},
        )
    return asked
