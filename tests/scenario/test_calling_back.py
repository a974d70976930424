"""The call-back (回访): tried a few times; solved and satisfied are two questions."""

import pytest
from city import FERRY_STEPS, City, a, case, report

from chengyun.handle.voice import Voice
from chengyun.kernel.errors import Rejected


def handled(city: City) -> None:
    city.at("2026-05-07 09:00").reports("manhole", at=FERRY_STEPS, id="r1")
    city.at("10:00").crew("river-drainage", "r1")


def test_nobody_answers_and_then_somebody_does(city: City) -> None:
    handled(city)
    city.at("11:00").calls_back("r1", reached=False)
    assert city.number("called_back").value == 1
    assert city.number("reached_rate") == (0, 0, 1)
    assert city.number("resolution_rate") == (None, 0, 0), "nobody said anything"
    city.at("15:00").calls_back("r1", solved=True, satisfied=False, text="slow, says Li Ming")
    called = city.expect(a("CalledBack", report=report("r1"), reached=True, attempt=2))
    assert (called.body.solved, called.body.satisfied) == (True, False)
    assert city.number("reached_rate") == (500_000, 1, 2)
    assert city.number("resolution_rate") == (1_000_000, 1, 1)
    assert city.number("satisfaction_rate") == (0, 0, 1)
    assert "Li Ming" not in "".join(str(fact) for fact in city.facts())
    city.was_aware_of_nothing_wrong()


def test_not_solved_goes_back_to_its_crew_and_may_be_called_anew(city: City) -> None:
    handled(city)
    city.at("11:00").calls_back("r1", solved=False, satisfied=False)
    city.expect(a("CaseReworked", subject=case("r1"), unit="river-drainage", round=1))
    with pytest.raises(Rejected, match="is not handled yet"):
        city.calls_back("r1", reached=False)
    city.at("13:00").crew("river-drainage", "r1")
    city.at("14:00").calls_back("r1", solved=True, satisfied=True)
    assert city.case("r1").state == "reported_back"
    assert city.number("resolution_rate") == (1_000_000, 1, 1), "of each reporter the last word"


def test_it_is_tried_as_often_as_the_city_says(city: City) -> None:
    city.adopts(city.changed(Voice(call_back_attempts=2)), from_="2026-05-06 00:00")
    handled(city)
    for hour in (11, 12):
        city.at(f"{hour}:00").calls_back("r1", reached=False)
    with pytest.raises(Rejected, match="was called already"):
        city.calls_back("r1", reached=False)
    assert city.count(a("CalledBack")) == 2


def test_whoever_was_reached_is_left_in_peace(city: City) -> None:
    handled(city)
    city.at("11:00").calls_back("r1", solved=True)
    with pytest.raises(Rejected, match="was reached already"):
        city.calls_back("r1", solved=False)
    assert city.number("satisfaction_rate") == (None, 0, 0), "he was not asked, or did not say"


def test_whoever_was_not_reached_answered_nothing(city: City) -> None:
    handled(city)
    with pytest.raises(Rejected, match="answered nothing"):
        city.calls_back("r1", reached=False, solved=True)
    with pytest.raises(Rejected, match="is not handled yet"):
        city.calls_back("r9", reached=False)


def test_a_citizens_own_verdict_is_replaced_by_what_he_says_later(city: City) -> None:
    handled(city)
    city.at("11:00").rates("r1", solved=True, satisfied=True)
    city.at("12:00").calls_back("r1", solved=True, satisfied=False)
    assert city.number("verdicts").value == 1
    assert city.number("satisfaction_rate") == (0, 0, 1)
