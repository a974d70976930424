"""A warning is confirmed, crews go out, and what the plan asked for comes back done."""

import msgspec
import pytest
from city import FERRY_QUARTER, FERRY_STEPS, ORCHARD, City, a, moment
from test_burst_of_demand import (
    BURST_DAY,
    an_hour_in,
    burst,
    noticed,
    usual_calls,
    usual_days,
)

from chengyun.command.policy import Plans, Response, ResponsePlan
from chengyun.kernel.errors import Rejected
from chengyun.twin.views import CREWS

__all__ = ["an_hour_in", "noticed"]

TANKERS, STANDPIPES = 1, 2


def tasks_of(city: City) -> list[str]:
    """Approve the response and return its tasks, in the order of the measures."""
    city.at(f"{BURST_DAY} 15:00")
    proposed = city.expect(a("ResponseProposed", response_level="III"))
    city.responds(proposed.subject, approved=True, reason="the main is broken")
    return [fact.subject for fact in city.facts("CaseFiled") if not fact.body.report]


def test_every_measure_that_somebody_carries_out_is_a_task_with_owner_and_clock(
    noticed: City,
) -> None:
    tankers, standpipes = tasks_of(noticed)
    warning = noticed.expect(a("ResponseProposed")).body.warning
    noticed.expect(
        a(
            "CaseFiled",
            subject=tankers,
            incident=warning,
            type="tankers",
            area=FERRY_QUARTER,
            due_at=moment(f"{BURST_DAY} 17:00"),
            due_code="time_limit",
        ),
        a("CaseDispatched", subject=tankers, unit="water", code="plan", hops=0),
        a("CaseDispatched", subject=standpipes, unit="street-office", code="plan"),
    )


def test_the_decision_stands_in_the_chain_of_the_task_and_of_the_warning(noticed: City) -> None:
    tankers, _ = tasks_of(noticed)
    proposed = noticed.expect(a("ResponseProposed", response_level="III"))
    decided = noticed.expect(a("ResponseDecided", subject=proposed.subject))
    for name in (tankers, proposed.body.warning):
        ids = [fact.id for fact in noticed.chain(name)]
        assert {proposed.caused_by, proposed.id, decided.id, tankers} <= set(ids), name
        assert ids.index(proposed.id) < ids.index(decided.id) < ids.index(tankers)


def test_a_refused_response_files_nothing(noticed: City) -> None:
    noticed.at(f"{BURST_DAY} 15:00")
    before = noticed.count(a("CaseFiled"))
    proposed = noticed.expect(a("ResponseProposed"))
    noticed.responds(proposed.subject, approved=False, reason="it is a drill")
    assert noticed.count(a("CaseFiled")) == before


def test_the_plan_of_a_higher_level_takes_the_place_of_one_nobody_decided(city: City) -> None:
    levels = {
        level: ResponsePlan(plan=f"plan for {level}", response_level=number, measures=[])
        for level, number in (("yellow", "IV"), ("orange", "III"))
    }
    city.adopts(
        city.changed(Response(plans={"demand": Plans(levels=levels)})), from_="2026-05-01 00:00"
    )
    usual_days(city, "2026-05-01", 6)
    for hour in (0, 4, 8, 12):
        usual_calls(city, BURST_DAY, hour)
    burst(city)
    city.at(f"{BURST_DAY} 15:00")
    later = city.expect(a("ResponseProposed", area=FERRY_QUARTER, response_level="III"))
    superseded = city.expect(a("ResponseLapsed", area=FERRY_QUARTER, code="superseded"))
    assert superseded.body.proposal == f"response:{later.body.warning}:IV"
    open_ = [row.proposal for row in city.responses() if row.warning == later.body.warning]
    assert open_ == [later.subject]


def test_a_task_is_finished_by_its_unit_checked_and_closed(noticed: City) -> None:
    tankers, _ = tasks_of(noticed)
    with pytest.raises(Rejected, match="is with 'water', not with 'lights'"):
        noticed.finishes("lights", tankers)
    noticed.at(f"{BURST_DAY} 16:00").finishes("water", tankers)
    noticed.expect(a("CaseReportedBack", subject=tankers, unit="water", members=0))
    with pytest.raises(Rejected, match="not allowed at step"):
        noticed.finishes("water", tankers)
    noticed.at("16:20").checks_case("inspection", tankers, passed=False)
    noticed.expect(a("CaseReworked", subject=tankers, round=1))
    noticed.at("16:40").finishes("water", tankers)
    noticed.at("16:50").checks_case("inspection", tankers, passed=True)
    noticed.expect(a("CaseClosed", subject=tankers, unit="water"))


def test_a_returned_task_goes_to_its_fallback_then_to_a_person(noticed: City) -> None:
    tankers, _ = tasks_of(noticed)
    noticed.returns_case("water", tankers, "no tanker is free")
    noticed.expect(
        a("CaseDispatched", subject=tankers, unit="street-office", code="fallback_owner", hops=1)
    )
    noticed.returns_case("street-office", tankers, "we have none")
    noticed.expect(a("DecisionAsked", subject=tankers, report="", candidates=[]))


def test_a_case_with_reporters_is_no_task(city: City) -> None:
    city.at("2026-05-07 09:00").reports("manhole", at=FERRY_STEPS, id="r1")
    with pytest.raises(Rejected, match="it ends with the last of their reports"):
        city.finishes("river-drainage", "case:hotline:r1")


def test_a_crew_is_where_it_last_said(city: City) -> None:
    city.at("2026-05-07 09:00").crew_is("water", "under_way", FERRY_STEPS, "case:hotline:r1")
    city.at("09:20").crew_is("water", "on_site", ORCHARD, "case:hotline:r1")
    row = city.engine.rows.get(CREWS, "water")
    assert row is not None
    assert (row.state, row.case, row.since_at) == (
        "on_site",
        "case:hotline:r1",
        moment("2026-05-07 09:20"),
    )
    assert (row.lon_e7, row.lat_e7) == (round(ORCHARD[0] * 1e7), round(ORCHARD[1] * 1e7))
    with pytest.raises(Rejected, match="is no unit of this city"):
        city.crew_is("nobody", "free")


def test_a_word_that_comes_late_does_not_move_a_crew_back(city: City) -> None:
    city.at("2026-05-07 09:20").crew_is("water", "free", ORCHARD)
    now = city.engine.rows.get(CREWS, "water")
    from_before = msgspec.structs.replace(
        city.word("water", "under_way", FERRY_STEPS), at=moment("2026-05-07 09:00")
    )
    city.does(from_before)
    assert city.engine.rows.get(CREWS, "water") == now
