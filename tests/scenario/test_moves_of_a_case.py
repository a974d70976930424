"""Moves of grid management: put off over a holiday, on the ledger, with others, objected to.

Thursday 7 May is a working day, Friday 8 May a holiday, Saturday 9 May is worked in exchange.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import yaml
from city import FERRY_STEPS, City, a, case, changed, dispatched, fell_due, moment, the_pack

from chengyun.handle.deferring import DecideDeferral, DeferCase, ResumeCase
from chengyun.handle.joint import FinishPart, GivePart, OpenJointDuty, ReturnPart, Share
from chengyun.handle.ledger import LedgerCase, TakeUpCase
from chengyun.handle.objecting import DecideAppeal, MakeAppeal
from chengyun.handle.policy import Processes
from chengyun.handle.reclassifying import ReclassifyCase
from chengyun.handle.views import MEMBERS
from chengyun.kernel.errors import Rejected
from chengyun.sim.linjiang.pack_processes import PROCESSES

M1 = case("m1")
CREW = "river-drainage"


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    """The small city with Linjiang's grid management; its manhole is due in 4 working hours."""
    grid = yaml.safe_load(PROCESSES)["processes"]["grid"]
    processes = msgspec.convert({"processes": {"grid": grid}}, Processes)
    one = City(tmp_path / "city", pack=changed(the_pack(), processes))
    yield one
    one.close()


def opens(city: City) -> None:
    city.at("2026-05-07 16:30").reports("manhole", at=FERRY_STEPS, id="m1")
    city.expect(dispatched("m1", to=CREW))
    assert city.case("m1").due_at == moment("2026-05-09 12:00")


def test_put_off_over_a_holiday_the_working_time_that_was_left_is_left(city: City) -> None:
    opens(city)
    until = moment("2026-05-11 10:00")
    ask = DeferCase(case=M1, unit=CREW, until=until, reason="the square is full of people")
    city.at("17:00").does(ask, actor="person:wang")
    city.does(DecideDeferral(case=M1, granted=True, reason="it is"), actor="person:li")
    # The platform is down when the day comes, and goes on as if it had not been.
    city.down_until("2026-05-11 11:00")
    city.never(a("CaseFellDue"))
    resumed = city.expect(a("CaseResumed", code="time", happened_at=until))
    # Half an hour was used; three and a half begin on Monday at ten.
    assert resumed.body.due_at == moment("2026-05-11 15:00")
    reports = [one for one in city.engine.rows.each(MEMBERS) if one.case == M1]
    assert [one.due_at for one in reports] == [moment("2026-05-11 15:00")]
    city.expect_by("15:00", fell_due("m1", at="2026-05-11 15:00"))
    city.was_aware_of_nothing_wrong()


def test_a_unit_goes_on_before_the_day_that_it_asked_for(city: City) -> None:
    opens(city)
    ask = DeferCase(case=M1, unit=CREW, until=moment("2026-05-20 10:00"), reason="rain")
    city.does(ask, actor="person:wang")
    city.does(DecideDeferral(case=M1, granted=True, reason="yes"), actor="person:li")
    city.at("2026-05-09 11:00").does(ResumeCase(case=M1, unit=CREW, reason="it is dry"))
    # Nothing was used: four working hours from Saturday at eleven.
    assert city.case("m1").due_at == moment("2026-05-09 16:30")
    city.at("2026-05-21 10:00")
    assert city.count(a("CaseResumed")) == 1


def test_on_the_ledger_nothing_falls_due_but_its_review(city: City) -> None:
    opens(city)
    review = moment("2026-06-01 09:00")
    city.does(LedgerCase(case=M1, review=review, reason="the road will be rebuilt"))
    with pytest.raises(Rejected, match="not allowed at step 'ledger'"):
        city.crew(CREW, "m1")
    city.expect_by("2026-06-01 09:00", a("ClockRanOut", clock="review"))
    city.never(a("CaseFellDue"))
    city.at("2026-06-02 09:00").does(TakeUpCase(case=M1, reason="the road is rebuilt"))
    assert city.case("m1").due_at == moment("2026-06-02 14:30")
    city.crew(CREW, "m1").at("10:00").checks("inspection", "m1", passed=True)
    assert city.case("m1").state == "closed"


def test_several_units_and_the_case_is_done_with_the_last_part(city: City) -> None:
    opens(city)
    shares = [Share(unit=CREW, task="cover"), Share(unit="roads-east", task="paving")]
    together = OpenJointDuty(case=M1, lead=CREW, shares=shares, reason="the road sank too")
    with pytest.raises(Rejected, match="is with 'river-drainage', not with 'lights'"):
        city.does(msgspec.structs.replace(together, lead="lights"))
    city.does(together, actor="person:dispatcher")
    with pytest.raises(Rejected, match="2 parts of"):
        city.crew(CREW, "m1")
    done = FinishPart(case=M1, part=1, unit=CREW, outcome="resolved", text="")
    city.does(done)
    city.does(ReturnPart(case=M1, part=2, unit="roads-east", reason="not our road"))
    with pytest.raises(Rejected, match="has no such part"):
        city.does(msgspec.structs.replace(done, part=2, unit="roads-east"))
    city.does(GivePart(case=M1, part=2, unit="roads-west", reason="their road"))
    city.does(msgspec.structs.replace(done, part=2, unit="roads-west"))
    city.expect(
        a("JointPartDone", part=2, unit="roads-west", left=0),
        a("ReportClosed", unit=CREW, outcome="resolved"),
        a("CaseReportedBack", subject=M1, unit=CREW),
    )
    city.checks("inspection", "m1", passed=True)
    assert city.case("m1").state == "closed"
    city.was_aware_of_nothing_wrong()


def test_a_failed_check_that_was_wrong_is_taken_back_and_checked_again(city: City) -> None:
    opens(city)
    city.crew(CREW, "m1").checks("inspection", "m1", passed=False, reason="it rocks")
    appeal = MakeAppeal(case=M1, unit=CREW, against="verdict", reason="that is the other cover")
    city.does(appeal, actor="person:wang")
    with pytest.raises(Rejected, match="you asked for this appeal yourself"):
        city.does(DecideAppeal(case=M1, upheld=True, reason="so"), actor="person:wang")
    city.does(DecideAppeal(case=M1, upheld=True, reason="seen"), actor="person:li")
    assert (city.case("m1").state, city.case("m1").rework) == ("reported_back", 0)
    city.checks("inspection", "m1", passed=True)
    assert city.case("m1").state == "closed"
    city.was_aware_of_nothing_wrong()


def test_an_objection_to_being_given_it_sends_it_on(city: City) -> None:
    opens(city)
    city.does(MakeAppeal(case=M1, unit=CREW, against="dispatch", reason="it is a cable shaft"))
    city.does(DecideAppeal(case=M1, upheld=True, reason="it is"), actor="person:li")
    city.expect(dispatched("m1", to="street-office", code="fallback_owner"))
    city.was_aware_of_nothing_wrong()


def test_another_type_has_another_deadline_and_fallback_and_says_why(city: City) -> None:
    opens(city)
    city.does(ReclassifyCase(case=M1, type="pothole", reason="there is no cover at all"))
    said = city.expect(a("CaseReclassified", from_type="manhole", type="pothole"))
    assert said.body.params == {"limit": "3 working_days", "from_limit": "4 working_hours"}
    # Friday is a holiday, Saturday counts: Saturday, Monday, Tuesday.
    assert city.case("m1").due_at == moment("2026-05-12 17:30")
    city.at("2026-05-09 13:00")
    city.never(a("CaseFellDue"))
    city.crew(CREW, "m1")
    closed = city.expect(a("ReportClosed"))
    assert (closed.body.type, closed.body.due_at) == ("pothole", moment("2026-05-12 17:30"))
