"""Story 2, its end: the call-back. Solved and satisfied are counted apart; unsolved comes back."""

import pytest
from city import FERRY_STEPS, City, a, case, report

from chengyun.kernel.errors import Rejected


def handled(city: City) -> None:
    city.at("2026-05-07 09:00").reports("manhole", at=FERRY_STEPS, id="r1")
    city.at("10:00").crew("river-drainage", "r1")
    city.at("10:30").checks("inspection", "r1", passed=True)


def test_solved_and_satisfied_are_two_questions(city: City) -> None:
    handled(city)
    city.at("11:00").rates("r1", solved=True, satisfied=False, text="took ages, says Li Ming")
    rated = city.expect(a("ReportRated", report=report("r1"), solved=True, satisfied=False))
    assert rated.body.unit == "river-drainage"
    assert city.number("resolution_rate") == (1_000_000, 1, 1)
    assert city.number("satisfaction_rate") == (0, 0, 1)
    assert (city.case("r1").state, city.case("r1").solved) == ("closed", "yes")
    assert "Li Ming" not in "".join(str(fact) for fact in city.facts())


def test_what_is_not_solved_goes_back_to_its_crew(city: City) -> None:
    handled(city)
    city.at("11:00").rates("r1", solved=False, satisfied=False)
    said = {"unit": "river-drainage", "round": 1, "code": "not_solved"}
    city.expect(a("CaseReopened", subject=case("r1"), **said))
    again = city.case("r1")
    assert (again.state, again.reopened, again.open) == ("dispatched", 1, True)
    assert again.solved == "not_asked", "of this time nobody was asked yet"
    assert city.number("reopened").value == 1
    with pytest.raises(Rejected, match="is not handled yet"):
        city.rates("r1", solved=True, satisfied=True)
    city.at("12:00").crew("river-drainage", "r1")
    city.at("13:00").rates("r1", solved=True, satisfied=True)
    assert city.case("r1").state == "reported_back"
    assert city.count(a("ReportRated")) == 2


def test_a_closed_case_that_came_back_is_closed_again(city: City) -> None:
    handled(city)
    city.at("11:00").rates("r1", solved=False, satisfied=False)
    city.at("12:00").crew("river-drainage", "r1")
    city.at("12:30").checks("inspection", "r1", passed=True)
    assert city.case("r1").state == "closed"
    assert city.count(a("CaseClosed", subject=case("r1"))) == 2
    city.was_aware_of_nothing_wrong()


def test_it_comes_back_no_more_often_than_the_process_allows(city: City) -> None:
    city.at("2026-05-07 09:00").reports("manhole", at=FERRY_STEPS, id="r1")
    for hour in (10, 12, 14):
        city.at(f"2026-05-07 {hour}:00").crew("river-drainage", "r1")
        city.at(f"2026-05-07 {hour + 1}:00").rates("r1", solved=False, satisfied=False)
    assert city.case("r1").rework == 2
    assert city.case("r1").state == "reported_back"


def test_what_nobody_handled_cannot_be_rated(city: City) -> None:
    city.at("2026-05-07 09:00").reports("manhole", at=FERRY_STEPS, id="r1")
    for unknown in ("r1", "r2"):
        with pytest.raises(Rejected, match="is not handled yet"):
            city.rates(unknown, solved=True, satisfied=True)
