"""Open cases hear it when late data changed what they came from."""

from __future__ import annotations

from collections.abc import Iterable

from chengyun.engine.known import Known
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.handle import CaseTold
from chengyun.facts.warn import WarningRetracted, WarningRevised
from chengyun.handle import views
from chengyun.kernel.ids import under


def on_warning_corrected(
    fact: Fact[WarningRetracted] | Fact[WarningRevised], known: Known
) -> Iterable[Draft]:
    """Tell every open case that came from the warning; none is ended by it."""
    level = fact.body.level if isinstance(fact.body, WarningRevised) else ""
    for case in known.find(views.CASES, 0, fact.subject):
        if not case.open:
            continue
        yield Draft(
            id=under("told", case.case, fact.id),
            happened_at=fact.happened_at,
            subject=case.case,
            area=case.area,
            body=CaseTold(
                warning=fact.subject, level=level, code=fact.body.code, params=fact.body.params
            ),
        )
