"""Tasks: what an approved response asks for, each a case of its own with an owner and a clock."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chengyun.dispatch import rules, views
from chengyun.dispatch.policy import DutyList, Routing
from chengyun.engine.known import Known
from chengyun.facts.command import Measure, ResponseDecided
from chengyun.facts.dispatch import CaseDispatched, CaseFiled, DecisionAsked
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.registers import (
    Areas,
    CalendarPolicy,
    CaseTypes,
    City,
    Units,
    calendar_of,
    tree_of,
)
from chengyun.kernel.calendars import deadline
from chengyun.kernel.ids import under


def on_response_decided(fact: Fact[ResponseDecided], known: Known) -> Iterable[Draft]:
    """File a task for every measure of an approved response that somebody has to carry out."""
    planned = known.get(views.PLANNED, fact.body.proposal)
    if planned is None or not fact.body.approved:
        return
    for number, measure in enumerate(planned.measures, start=1):
        if measure.type:
            yield from _task(under("case", planned.proposal, number), measure, planned, fact, known)


def _task(
    case: str,
    measure: Measure,
    planned: views.Planned,
    fact: Fact[ResponseDecided],
    known: Known,
) -> Iterable[Draft]:
    case_type = known.policy(CaseTypes).types[measure.type]
    due_at = None
    if case_type.time_limit:
        calendar = known.built(calendar_of, CalendarPolicy, City)
        due_at = deadline(fact.happened_at, case_type.time_limit, calendar)
    yield Draft(
        id=case,
        happened_at=fact.happened_at,
        subject=case,
        area=planned.area,
        body=CaseFiled(
            incident=planned.warning,
            report="",
            type=measure.type,
            process=case_type.process or known.policy(Routing).default_process,
            due_at=due_at,
            due_code="none" if due_at is None else "time_limit",
        ),
    )
    unit = measure.unit or _owner(measure.type, planned.area, known)
    yield given(case, measure.type, unit, [], "plan", fact, known)


def _owner(type_: str, area: str, known: Known) -> str:
    duties = known.built(rules.duties_by_type, DutyList).get(type_, [])
    ancestors = tuple(one.code for one in known.built(tree_of, Areas).ancestors(area))
    duty = rules.duty_for(duties, ancestors)
    return known.policy(CaseTypes).types[type_].owner if duty is None else duty.unit


def given(
    case: str, type_: str, unit: str, tried: list[str], code: str, fact: Fact[Any], known: Known
) -> Draft:
    """Give a task to ``unit``; without one a person decides."""
    body: CaseDispatched | DecisionAsked
    if unit:
        body = CaseDispatched(type=type_, unit=unit, code=code, params={}, hops=len(tried))
    else:
        body = DecisionAsked(
            report="",
            candidates=[],
            confidence_ppm=0,
            threshold_ppm=known.policy(Routing).threshold_ppm,
        )
    return Draft(
        id=under("assigned", case, len(tried)),
        happened_at=fact.happened_at,
        subject=case,
        area=fact.area,
        body=body,
    )


def given_back(desk: views.Desk, fact: Fact[Any], known: Known) -> Draft:
    """A unit gave a task back: its fallback owner, a centre, or a person decides."""
    unit, code = rules.next_owner(
        known.policy(CaseTypes).types[desk.type].fallback,
        known.built(rules.centres_by_area, Units),
        tuple(one.code for one in known.built(tree_of, Areas).ancestors(desk.area)),
        desk.tried,
    )
    return given(desk.case, desk.type, unit, desk.tried, code, fact, known)
