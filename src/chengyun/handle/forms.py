"""What a move asks for besides being allowed: a form filled in, evidence that is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chengyun.engine.known import Known
from chengyun.facts.envelope import Draft
from chengyun.facts.handle import FormFilled
from chengyun.handle import rules
from chengyun.handle.evidence import OF_CASES
from chengyun.handle.policy import Move
from chengyun.handle.steps import Standing, move_draft


def made_ready(
    stands: Standing, move: Move, form: Mapping[str, str], known: Known
) -> Iterable[Draft]:
    """Refuse a move that lacks what it asks for; keep what was said with it."""
    process, step, case = stands.process, stands.step, stands.case.case
    rules.filled(process, step, move, form, case=case)
    rules.evidenced(process, step, move, _evidence(stands, known), case=case)
    if form:
        body = FormFilled(move=move, step=step, values=dict(form))
        yield move_draft(stands, "form", body, known.now)


def _evidence(stands: Standing, known: Known) -> frozenset[str]:
    """Return the kinds of evidence that were added since the case came to its step."""
    there = known.get(OF_CASES, stands.case.case)
    latest = {} if there is None else there.latest
    return frozenset(kind for kind, at in latest.items() if at >= stands.case.step_at)
