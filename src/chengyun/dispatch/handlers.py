"""Dispatch: every report gets a proposal, every incident a case with an owner or a question."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Final

from chengyun.dispatch import routing, rules, tasks, views
from chengyun.dispatch.policy import DutyList, Routing
from chengyun.dispatch.ports import DECISION_TABLES
from chengyun.engine.about import Abouts, of_row
from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.engine.stage import Follows, Listens, Orders
from chengyun.facts.assess import IncidentOpened, ReportSplit
from chengyun.facts.command import ResponseDecided, ResponseLapsed, ResponseProposed
from chengyun.facts.dispatch import (
    Candidate,
    CaseDispatched,
    CaseFiled,
    DecisionAsked,
    RouteProposed,
    RouterConfigured,
)
from chengyun.facts.engine import PolicyTookEffect
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.handle import (
    CaseReclassified,
    CaseReopened,
    CaseReportedBack,
    CaseReturned,
    CaseReworked,
    ReportClosed,
)
from chengyun.facts.registers import (
    Areas,
    CalendarPolicy,
    CaseTypes,
    City,
    Units,
    calendar_of,
    tree_of,
)
from chengyun.facts.sense import ReportReceived
from chengyun.facts.twin import ReportLocated
from chengyun.kernel.calendars import deadline
from chengyun.kernel.errors import Rejected
from chengyun.kernel.ids import join, under
from chengyun.kernel.instants import Instant

PPM: Final = 1_000_000


class DecideRoute(Command, frozen=True, kw_only=True):
    """A person says whose case it is."""

    NEEDS: ClassVar[str] = "case:dispatch"
    MAY_WAIT: ClassVar[bool] = True
    case: str
    unit: str
    reason: str


def on_policy_took_effect(fact: Fact[PolicyTookEffect], known: Known) -> Iterable[Draft]:
    """Tell what the router looks at, where that is new; a pilot in one area does not change it."""
    if fact.body.scope:
        return
    contexts, router = known.policy(Routing).contexts, known.get(views.ROUTER, views.OVERALL)
    if router is None or router.contexts != contexts:
        yield Draft(
            id=join("router", fact.seq),
            happened_at=fact.happened_at,
            subject="router",
            body=RouterConfigured(contexts=contexts),
        )


# --- a proposal for every report --------------------------------------------------------------


def on_report_located(fact: Fact[ReportLocated], known: Known) -> Iterable[Draft]:
    """Propose units: the duty list first, then the decision table, then what was learned."""
    seen = known.get(views.SIGHTINGS, fact.subject)
    if seen is None:
        return
    policy = known.policy(Routing)
    body = (
        _by_duty_list(seen, known)
        or _by_table(seen, policy, known)
        or _by_model(seen, policy, known)
    )
    yield Draft(
        id=under("route", fact.subject),
        happened_at=fact.happened_at,
        subject=fact.subject,
        area=fact.area,
        body=body,
    )


def _by_duty_list(seen: views.Sighting, known: Known) -> RouteProposed | None:
    duties = known.built(rules.duties_by_type, DutyList).get(seen.type)
    if not duties:
        return _by_type_owner(seen, known)
    ancestors = tuple(area.code for area in known.built(tree_of, Areas).ancestors(seen.area))
    duty = rules.duty_for(duties, ancestors)
    if duty is None:
        return _by_type_owner(seen, known)
    return RouteProposed(
        report=seen.report,
        candidates=[Candidate(unit=duty.unit, ppm=PPM)],
        source="duty_list",
        code="duty_list",
        params={"type": duty.type, "area": duty.area, "unit": duty.unit, "source": duty.source},
        model="",
    )


def _by_type_owner(seen: views.Sighting, known: Known) -> RouteProposed | None:
    case_type = known.policy(CaseTypes).types[seen.type]
    if not case_type.owner:
        return None
    return RouteProposed(
        report=seen.report,
        candidates=[Candidate(unit=case_type.owner, ppm=PPM)],
        source="duty_list",
        code="type_owner",
        params={"type": seen.type, "unit": case_type.owner, "source": case_type.source},
        model="",
    )


def _by_table(seen: views.Sighting, policy: Routing, known: Known) -> RouteProposed | None:
    if policy.table is None:
        return None
    decided: dict[str, Any] = known.port(DECISION_TABLES).decide(policy.table, seen.features)
    unit = decided.get("unit")
    if not isinstance(unit, str) or unit not in known.policy(Units).units:
        return None
    return RouteProposed(
        report=seen.report,
        candidates=[Candidate(unit=unit, ppm=PPM)],
        source="decision_table",
        code="decision_table",
        params={"unit": unit, "rule": str(decided.get("reason", ""))},
        model="",
    )


def _by_model(seen: views.Sighting, policy: Routing, known: Known) -> RouteProposed:
    router = known.get(views.ROUTER, views.OVERALL)
    contexts = policy.contexts if router is None else router.contexts
    keys = routing.keys_of(seen.features, contexts)
    cells = [known.get(views.ROUTE_CELLS, key) for key in keys]
    record = known.get(views.ROUTE_RECORDS, seen.type)
    overall = known.get(views.ROUTE_RECORDS, views.OVERALL)
    ranked = routing.propose(
        cells,
        None if record is None else record.marks,
        None if overall is None else overall.marks,
        policy.candidates,
    )
    if not ranked:
        return RouteProposed(
            report=seen.report,
            candidates=[],
            source="none",
            code="nothing_learned",
            params={},
            model="",
        )
    best = ranked[0]
    fields = contexts[best.context]
    return RouteProposed(
        report=seen.report,
        candidates=[Candidate(unit=one.unit, ppm=one.of * PPM // one.total) for one in ranked],
        source="model",
        code="seen_before",
        params={
            "of": str(best.of),
            "total": str(best.total),
            "context": ", ".join(f"{name}={seen.features.get(name, '')}" for name in fields),
        },
        model="" if router is None else f"best-record/1@{router.learned_seq}",
    )


# --- a case for every incident ----------------------------------------------------------------


def on_incident_opened(fact: Fact[IncidentOpened], known: Known) -> Iterable[Draft]:
    """File a case for a new incident and give it to whom it was proposed to."""
    yield from _file(fact, fact.body.report, fact.subject, known)


def on_report_split(fact: Fact[ReportSplit], known: Known) -> Iterable[Draft]:
    """A report that was split off becomes a case of its own."""
    yield from _file(fact, fact.body.report, fact.body.incident, known)


def _file(fact: Fact[Any], report: str, incident: str, known: Known) -> Iterable[Draft]:
    seen = known.get(views.SIGHTINGS, report)
    if seen is None:
        return
    case_type = known.policy(CaseTypes).types[seen.type]
    case = "case:" + incident.partition(":")[2]
    due_at, due_code = _due(seen, case_type.time_limit, fact.happened_at, known)
    yield Draft(
        id=case,
        happened_at=fact.happened_at,
        subject=case,
        area=fact.area,
        body=CaseFiled(
            incident=incident,
            report=report,
            type=seen.type,
            process=case_type.process or known.policy(Routing).default_process,
            due_at=due_at,
            due_code=due_code,
        ),
    )
    yield _assign(case, seen, [], fact, known)


def _due(
    seen: views.Sighting, time_limit: str, filed_at: Instant, known: Known
) -> tuple[int | None, str]:
    if seen.due_at is not None:
        return seen.due_at, "promised"
    if not time_limit:
        return None, "none"
    calendar = known.built(calendar_of, CalendarPolicy, City)
    return deadline(filed_at, time_limit, calendar), "time_limit"


def on_case_returned(fact: Fact[CaseReturned], known: Known) -> Iterable[Draft]:
    """A unit gave the case back: the next candidate, then the fallback owner, then a person."""
    desk = known.get(views.DESKS, fact.subject)
    seen = None if desk is None else known.get(views.SIGHTINGS, desk.report)
    if desk is not None and not desk.report:
        yield tasks.given_back(desk, fact, known)
    elif desk is not None and seen is not None:
        yield _assign(fact.subject, seen, desk.tried, fact, known)


def _assign(
    case: str, seen: views.Sighting, tried: list[str], fact: Fact[Any], known: Known
) -> Draft:
    policy = known.policy(Routing)
    left = [one for one in seen.candidates if one.unit not in tried]
    sure = bool(left) and left[0].ppm >= policy.threshold_ppm
    fallback = known.policy(CaseTypes).types[seen.type].fallback
    body: CaseDispatched | DecisionAsked
    if sure:
        unit, code = left[0].unit, "proposed" if not tried else "next_candidate"
    elif tried and fallback and fallback not in tried:
        unit, code = fallback, "fallback_owner"
    else:
        unit, code = "", ""
    if unit:
        body = CaseDispatched(
            type=seen.type,
            unit=unit,
            code=code,
            params={"source": seen.source},
            hops=len(tried),
        )
    else:
        body = DecisionAsked(
            report=seen.report,
            candidates=left,
            confidence_ppm=left[0].ppm if left else 0,
            threshold_ppm=policy.threshold_ppm,
        )
    return Draft(
        id=under("assigned", case, len(tried)),
        happened_at=fact.happened_at,
        subject=case,
        area=fact.area,
        body=body,
    )


def decide_route(command: DecideRoute, known: Known) -> Iterable[Draft]:
    """Give a case to the unit that a person named."""
    desk = known.get(views.DESKS, command.case)
    if desk is None or not desk.open:
        raise Rejected(
            "unknown_case",
            f"{command.case!r} is no open case",
            remedy="look it up again; it may have been handled meanwhile",
            params={"case": command.case},
        )
    if command.unit not in known.policy(Units).units:
        raise Rejected(
            "unknown_unit",
            f"{command.unit!r} is no unit of this city",
            remedy="choose one of units.csv",
            params={"unit": command.unit},
        )
    if desk.unit == command.unit:
        return
    yield Draft(
        id=under("decided", command.case, len(desk.tried)),
        happened_at=known.now,
        subject=command.case,
        area=desk.area,
        body=CaseDispatched(
            type=desk.type,
            unit=command.unit,
            code="person",
            params={"reason": command.reason},
            hops=len(desk.tried),
        ),
    )


ORDERS: Final[Orders] = {DecideRoute: decide_route}
ABOUTS: Final[Abouts] = {DecideRoute: of_row(views.DESKS, "case", units=("unit",))}
LISTENS: Final[Listens] = {
    PolicyTookEffect: (on_policy_took_effect,),
    ReportLocated: (on_report_located,),
    IncidentOpened: (on_incident_opened,),
    ReportSplit: (on_report_split,),
    CaseReturned: (on_case_returned,),
    ResponseDecided: (tasks.on_response_decided,),
}
FOLLOWS: Final[Follows] = {
    ReportReceived: (views.note_report,),
    ReportLocated: (views.note_place,),
    RouterConfigured: (views.note_router,),
    ResponseProposed: (views.note_planned,),
    ResponseDecided: (views.note_decided,),
    ResponseLapsed: (views.note_decided,),
    RouteProposed: (views.note_proposed,),
    CaseFiled: (views.note_filed,),
    CaseDispatched: (views.note_dispatched,),
    DecisionAsked: (views.note_asked,),
    CaseReportedBack: (views.note_reported_back,),
    CaseReturned: (views.note_returned,),
    CaseReworked: (views.note_reworked,),
    CaseReopened: (views.note_reworked,),
    CaseReclassified: (views.note_reclassified,),
    ReportClosed: (views.learn,),
}
