"""Pure rules of handling: which move a process allows, what makes a merge doubtful."""

from __future__ import annotations

from chengyun.facts.handle import DUPLICATE
from chengyun.handle.policy import Move, Process
from chengyun.kernel.errors import Rejected


def moved(process: Process, step: str, move: Move, *, case: str) -> str:
    """Return the step that ``move`` leads to from ``step``, or refuse the move."""
    here = process.steps.get(step)
    target = None if here is None else here.moves.get(move)
    if target is None:
        allowed = ", ".join(here.moves) if here is not None else ""
        raise Rejected(
            "move_not_allowed",
            f"{move!r} is not allowed at step {step!r}",
            where=case,
            remedy=f"allowed here: {allowed or 'nothing'}",
            params={"case": case, "step": step, "move": move},
        )
    return target


def allows(process: Process, step: str, move: Move) -> bool:
    """Tell whether ``move`` is allowed at ``step``."""
    return step in process.steps and move in process.steps[step].moves


def handled_differently(outcome: str, unit: str, first_outcome: str, first_unit: str) -> str | None:
    """Return why a merged report looks wrongly merged, or ``None``.

    A crew that closes it as a duplicate agrees with the merge. Otherwise it should have been
    handled like the report that opened the incident: by the same unit, with the same outcome.
    Before that one is closed nothing can be said, and nothing is doubted.
    """
    if outcome == DUPLICATE or not first_outcome or first_outcome == DUPLICATE:
        return None
    if unit != first_unit:
        return "other_unit"
    if outcome != first_outcome:
        return "other_outcome"
    return None
