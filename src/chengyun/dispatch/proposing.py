"""A proposal for every report: the duty list, the decision table, then what was learned."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from chengyun.dispatch import homes, learned, routing, rules, views
from chengyun.dispatch.naming import UnitNames
from chengyun.dispatch.policy import DutyList, Homes, Routing
from chengyun.dispatch.ports import DECISION_TABLES
from chengyun.engine.known import Known
from chengyun.facts.dispatch import Candidate, RouteProposed, RouterConfigured
from chengyun.facts.engine import PolicyTookEffect
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.registers import Areas, CaseTypes, Units, tree_of
from chengyun.facts.twin import ReportLocated
from chengyun.kernel.ids import join, under

PPM: Final = 1_000_000


def on_policy_took_effect(fact: Fact[PolicyTookEffect], known: Known) -> Iterable[Draft]:
    """Tell what the router looks at, where that is new; a pilot in one area does not change it."""
    if fact.body.scope:
        return
    policy, router = known.policy(Routing), known.get(learned.ROUTER, learned.OVERALL)
    own = policy.homes or Homes(field="", contexts=[])
    wanted = (policy.contexts, own.field, own.contexts)
    if router is None or (router.contexts, router.home_field, router.home_contexts) != wanted:
        yield Draft(
            id=join("router", fact.seq),
            happened_at=fact.happened_at,
            subject="router",
            body=RouterConfigured(
                contexts=policy.contexts, home_field=own.field, home_contexts=own.contexts
            ),
        )


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


# --- what was learned -------------------------------------------------------------------------


def _by_model(seen: views.Sighting, policy: Routing, known: Known) -> RouteProposed:
    router = known.get(learned.ROUTER, learned.OVERALL)
    names = known.built(UnitNames, Units, CaseTypes, Routing)
    named = [one.unit for one in names.alike(seen.features)]
    ranked: list[routing.Ranked] = []
    if router is not None:
        ranked = _ranked(seen, named, router, policy, known)
    namesake = names.namesake(seen.type)
    is_new = known.get(learned.ROUTE_RECORDS, seen.type) is None
    first = namesake.unit if namesake is not None and is_new else ""
    right, tries = _names_so_far(known)
    candidates = [
        Candidate(unit=one.unit, ppm=one.of * PPM // one.total)
        for one in ranked
        if one.unit != first
    ]
    if first:
        candidates.insert(0, Candidate(unit=first, ppm=right * PPM // tries))
        code, params = "namesake", {"type": seen.type, "of": str(right), "total": str(tries)}
    elif ranked and router is not None:
        code, params = _reason(ranked[0], seen, router, (right, tries))
    else:
        code, params = "nothing_learned", {}
    return RouteProposed(
        report=seen.report,
        candidates=candidates[: policy.candidates],
        source="model" if candidates else "none",
        code=code,
        params=params,
        model=f"best-record/2@{router.learned_seq}" if router and candidates else "",
        named=named,
    )


def _ranked(
    seen: views.Sighting, named: list[str], router: learned.RouterRow, policy: Routing, known: Known
) -> list[routing.Ranked]:
    place = learned.place_of(seen.features, router)
    at_home = known.get(learned.ROUTE_PLACES, place) if place else None
    own = "" if at_home is None else homes.own_unit(at_home.at_home)
    heard = learned.heard(
        seen.features, named, router, lambda key: known.get(learned.ROUTE_CELLS, key), own
    )
    record = known.get(learned.ROUTE_RECORDS, seen.type)
    overall = known.get(learned.ROUTE_RECORDS, learned.OVERALL)
    return routing.propose(
        heard.cells,
        None if record is None else record.marks,
        None if overall is None else overall.marks,
        policy.candidates,
    )


def _names_so_far(known: Known) -> tuple[int, int]:
    """Return how often a name was right, and of how many; one of two before anything closed."""
    cell = known.get(learned.ROUTE_CELLS, learned.NAMED)
    if cell is None:
        return 1, 2
    return dict(cell.counts).get(learned.RIGHT, 0) + 1, cell.total + 2


def _reason(
    best: routing.Ranked, seen: views.Sighting, router: learned.RouterRow, names: tuple[int, int]
) -> tuple[str, dict[str, str]]:
    contexts = [*router.contexts, *router.home_contexts]
    if best.context >= len(contexts):
        return "named", {"of": str(names[0]), "total": str(names[1])}
    code = "seen_before" if best.context < len(router.contexts) else "own_unit_of_place"
    params = {
        "of": str(best.of),
        "total": str(best.total),
        "context": ", ".join(
            f"{name}={seen.features.get(name, '')}" for name in contexts[best.context]
        ),
    }
    if code == "own_unit_of_place":
        params["place"] = f"{router.home_field}={learned.place_of(seen.features, router)}"
    return code, params
