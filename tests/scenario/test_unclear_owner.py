"""Story 2: nobody is sure whose business it is."""

import pytest
from city import FERRY_STEPS, ORCHARD, City, a, asked, case, dispatched, filed, report

from chengyun.engine.deadletters import DEAD_LETTERS
from chengyun.facts.envelope import Fact
from chengyun.kernel.errors import Rejected


def test_where_nothing_is_known_a_person_decides(city: City) -> None:
    city.at("2026-05-07 10:00").reports("noise", id="n1", place="12 Ferry Lane")
    city.expect(
        a("RouteProposed", report=report("n1"), source="none", code="nothing_learned"),
        filed("n1"),
        asked("n1", confidence_ppm=0, threshold_ppm=600_000),
    )
    assert city.case("n1").state == "filed"
    with pytest.raises(Rejected, match="is no unit of this city"):
        city.decides("n1", unit="opera-house", reason="they are loud")
    with pytest.raises(Rejected, match="is no unit of this city"):
        city.decides("n1", unit="", reason="nobody")
    city.at("10:05").decides("n1", unit="inspection", reason="it is a building site")
    given = city.expect(dispatched("n1", to="inspection", code="person", hops=0))
    assert given.actor == "person:dispatcher"
    assert given.body.params == {"reason": "it is a building site"}


def test_the_decision_table_is_asked_where_the_duty_list_is_silent(city: City) -> None:
    city.at("2026-05-07 10:00").reports("pothole", at=FERRY_STEPS, id="p1", surface="cobbles")
    city.expect(dispatched("p1", to="roads-west"))
    why = city.expect(a("RouteProposed", report=report("p1"), source="decision_table"))
    assert why.body.params["rule"] == "cobbles are set by the western crew"
    city.at("10:05").reports("pothole", at=ORCHARD, id="p2", surface="asphalt")
    city.expect(dispatched("p2", to="roads-east"))
    city.at("10:10").reports("pothole", id="p3", surface="gravel", place="9 Mill Lane")
    city.expect(asked("p3"))


def test_what_closed_before_teaches_who_is_asked_next(city: City) -> None:
    for number in range(4):
        name, hour = f"n{number}", f"2026-05-07 1{number}"
        city.at(f"{hour}:00").reports("noise", id=name, place=f"{number} Pier")
        city.at(f"{hour}:05").decides(name, unit="inspection", reason="a building site")
        city.at(f"{hour}:30").crew("inspection", name)
    city.at("2026-05-07 15:00").reports("noise", id="n9", place="9 Pier")
    city.expect(dispatched("n9", to="inspection", code="proposed"))
    why = city.expect(a("RouteProposed", report=report("n9")))
    assert why.body.source == "model"
    assert (why.body.params["of"], why.body.params["total"]) == ("4", "4")
    assert why.body.model.startswith("best-record/2@")


def test_a_returned_case_goes_to_the_fallback_and_then_to_a_person(city: City) -> None:
    city.at("2026-05-07 10:00").reports("manhole", at=FERRY_STEPS, id="m1")
    with pytest.raises(Rejected, match="only the unit that has a case"):
        city.returns("drainage", "m1", "not ours")
    city.at("10:10").returns("river-drainage", "m1", "the cover is a cable shaft's")
    back = city.expect(a("CaseReturned", subject=case("m1"), unit="river-drainage"))
    assert back.body.reason == "the cover is a cable shaft's"
    city.expect(dispatched("m1", to="street-office", code="fallback_owner", hops=1))
    city.at("10:20").returns("street-office", "m1", "we have no covers")
    city.expect(asked("m1"))
    assert city.case("m1").state == "returned"
    with pytest.raises(Rejected, match="'return' is not allowed"):
        city.returns("street-office", "m1", "again")
    city.at("10:30").decides("m1", unit="drainage", reason="as the street office says")
    city.expect(dispatched("m1", to="drainage", code="person", hops=2))
    # The deadline is the one it was filed with, whoever had it meanwhile.
    assert city.count(a("CaseFiled")) == 1
    assert city.number("returned").value == 2


def test_what_went_back_too_often_is_set_aside_for_a_person(city: City) -> None:
    city.at("2026-05-07 10:00").reports("manhole", at=FERRY_STEPS, id="m1")
    city.at("10:10").returns("river-drainage", "m1", "no")
    city.at("10:20").returns("street-office", "m1", "no")
    city.at("10:30").decides("m1", unit="drainage", reason="try")
    city.at("10:40").returns("drainage", "m1", "no")
    city.at("10:50").decides("m1", unit="roads-east", reason="try")
    city.never(a("UnitFailed"))
    city.at("11:00").returns("roads-east", "m1", "no")
    set_aside = city.expect(a("UnitFailed", code="too_many_returns", subject=case("m1")))
    assert [letter.fact for letter in city.engine.rows.each(DEAD_LETTERS)] == [set_aside.body.fact]
    # Nothing is lost: the case is there, and a person can still say whose it is.
    assert city.case("m1").open
    # Even that it is theirs after all.
    city.at("11:10").decides("m1", unit="roads-east", reason="ordered by the leader")
    assert (city.case("m1").unit, city.case("m1").state) == ("roads-east", "dispatched")


def test_after_a_failed_check_a_returned_case_still_finds_a_person(city: City) -> None:
    city.at("2026-05-07 10:00").reports("manhole", at=FERRY_STEPS, id="m1")
    city.at("10:10").crew("river-drainage", "m1")
    city.at("10:20").checks("inspection", "m1", passed=False)
    city.at("10:30").returns("river-drainage", "m1", "the frame is broken, not the cover")
    city.expect(dispatched("m1", to="street-office", code="fallback_owner"))
    city.at("10:40").returns("street-office", "m1", "no")
    city.expect(asked("m1"))
    city.at("10:50").decides("m1", unit="drainage", reason="they set frames")
    city.expect(dispatched("m1", to="drainage", code="person"))


def test_every_step_says_who_and_why(city: City) -> None:
    city.at("2026-05-07 10:00").reports("noise", id="n1")
    city.at("10:05").decides("n1", unit="inspection", reason="a building site")
    city.at("11:00").crew("inspection", "n1")
    city.at("11:30").checks("street-office", "n1", passed=True)
    by_id = {fact.id: fact for fact in city.facts()}

    def begins_with(fact: Fact[object]) -> str:
        while fact.caused_by:
            fact = by_id[fact.caused_by]
        return fact.actor

    about = [fact for fact in by_id.values() if fact.subject in (case("n1"), report("n1"))]
    assert {begins_with(fact) for fact in about} == {
        "feed:hotline",
        "person:dispatcher",
        "crew:inspection",
        "unit:street-office",
    }


def test_the_owner_of_a_case_type_is_asked_before_a_person(city: City) -> None:
    city.at("2026-05-07 09:00").reports("lamp", id="l1", place="1 Pier")
    city.expect(a("CaseDispatched", subject=case("l1"), unit="lights"))


def test_a_person_who_decides_twice_decides_once(city: City) -> None:
    city.at("2026-05-07 09:00").reports("noise", id="n1", place="1 Pier")
    for _ in range(2):
        city.decides("n1", unit="inspection", reason="a building site")
    assert city.count(a("CaseDispatched", subject=case("n1"))) == 1
