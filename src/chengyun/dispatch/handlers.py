"""Dispatch: every report gets a proposal, every incident a case with an owner or a question."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Final

from chengyun.dispatch import learned, proposing, rules, tasks, views
from chengyun.dispatch.policy import Routing
from chengyun.engine.about import Abouts, of_row
from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.engine.stage import Follows, Listens, Orders
from chengyun.facts.assess import IncidentOpened, ReportSplit
from chengyun.facts.command import ResponseDecided, ResponseLapsed, ResponseProposed
from chengyun.facts.dispatch import (
    CaseDispatched,
    CaseFiled,
    DecisionAsked,
    RouteProposed,
    RouterConfigured,
)
from chengyun.facts.engine import PolicyTookEffect
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.handle import (
    CaseMerged,
    CaseParted,
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
from chengyun.kernel.ids import under
from chengyun.kernel.instants import Instant


class DecideRoute(Command, frozen=True, kw_only=True):
    """A person says whose case it is."""

    NEEDS: ClassVar[str] = "case:dispatch"
    MAY_WAIT: ClassVar[bool] = True
    case: str
    unit: str
    reason: str


# --- a case for every incident ----------------------------------------------------------------


def on_incident_opened(fact: Fact[IncidentOpened], known: Known) -> Iterable[Draft]:
    """File a case for a new incident and give it to whom it was proposed to."""
    yield from _file(fact, fact.body.report, fact.subject, known)


def on_report_split(fact: Fact[ReportSplit], known: Known) -> Iterable[Draft]:
    """A report that was split off becomes a case of its own; a case that comes back is one."""
    if fact.body.again:
        return
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
    """A unit gave it back: the next candidate, the fallback owner, a centre, then a person."""
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
    body: CaseDispatched | DecisionAsked
    if sure:
        unit, code = left[0].unit, "proposed" if not tried else "next_candidate"
    elif tried:
        unit, code = rules.next_owner(
            known.policy(CaseTypes).types[seen.type].fallback,
            known.built(rules.centres_by_area, Units),
            tuple(area.code for area in known.built(tree_of, Areas).ancestors(seen.area)),
            tried,
        )
    else:
        unit, code = "", ""
    if unit:
        body = CaseDispatched(
            type=seen.type,
            unit=unit,
            code=code,
            params={"source": seen.source} | ({"tried": ", ".join(tried)} if tried else {}),
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
    PolicyTookEffect: (proposing.on_policy_took_effect,),
    ReportLocated: (proposing.on_report_located,),
    IncidentOpened: (on_incident_opened,),
    ReportSplit: (on_report_split,),
    CaseReturned: (on_case_returned,),
    ResponseDecided: (tasks.on_response_decided,),
}
FOLLOWS: Final[Follows] = {
    ReportReceived: (views.note_report,),
    ReportLocated: (views.note_place,),
    RouterConfigured: (learned.note_router,),
    ResponseProposed: (views.note_planned,),
    ResponseDecided: (views.note_decided,),
    ResponseLapsed: (views.note_decided,),
    RouteProposed: (views.note_proposed,),
    CaseFiled: (views.note_filed,),
    CaseDispatched: (views.note_dispatched,),
    DecisionAsked: (views.note_asked,),
    CaseReportedBack: (views.note_reported_back,),
    CaseReturned: (views.note_returned,),
    CaseMerged: (views.note_reported_back,),
    CaseParted: (views.note_reworked,),
    CaseReworked: (views.note_reworked,),
    CaseReopened: (views.note_reworked,),
    CaseReclassified: (views.note_reclassified,),
    ReportClosed: (learned.learn,),
}
