"""Story 2: no water in the whole building, and nobody's business; by the hotline's process.

Monday 11 May is a working day. The tier of water is 24 hours: what is filed on Monday at 09:00 is
due on Tuesday at 09:00, whatever the calendar of the offices says.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import yaml
from city import City, a, case, changed, dispatched, fell_due, filed, moment, report, the_pack

from chengyun.app import packs
from chengyun.facts.registers import CaseTypes, UnitEntry, Units
from chengyun.handle.deferring import DecideDeferral, DeferCase
from chengyun.handle.extending import AskExtension, DecideExtension
from chengyun.handle.handlers import ReportWork, ReturnCase
from chengyun.handle.policy import Processes
from chengyun.handle.receiving import AcceptCase, ContactReporter
from chengyun.handle.reopening import ReopenCase
from chengyun.handle.supervising import AnswerSupervision, SuperviseCase
from chengyun.handle.views import CASES
from chengyun.handle.waiting import CLOCKS
from chengyun.kernel.errors import Rejected
from chengyun.sim.linjiang.pack_processes import PROCESSES

MONDAY = "2026-05-11 09:00"
N1 = case("n1")


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    """The small city with the hotline's process for water, and a district above its units."""
    pack = the_pack()
    hotline = msgspec.convert(yaml.safe_load(PROCESSES)["processes"], dict)["hotline"]
    own = msgspec.to_builtins(packs.section(pack, Processes))
    own["processes"]["hotline"] = hotline
    types = packs.section(pack, CaseTypes).types
    water = msgspec.structs.replace(types["no_water"], process="hotline", fallback="district")
    units = packs.section(pack, Units).units | {
        "district": UnitEntry(name="District Centre", parent="city"),
        "city": UnitEntry(name="City Centre"),
    }
    units["water"] = msgspec.structs.replace(units["water"], parent="district")
    one = City(
        tmp_path / "city",
        pack=changed(
            pack,
            msgspec.convert(own, Processes),
            CaseTypes(types=types | {"no_water": water}),
            Units(units=units),
        ),
    )
    yield one
    one.close()


def receives(city: City, at: str = MONDAY) -> None:
    city.at(at).reports("no_water", id="n1", place="3 Orchard Road")


def accepts(city: City, unit: str) -> None:
    city.does(AcceptCase(case=N1, unit=unit), actor=f"unit:{unit}")


def contacts(city: City, unit: str, *, reached: bool = True) -> None:
    command = ContactReporter(
        case=N1, unit=unit, report=report("n1"), reached=reached, text="Wang: all floors"
    )
    city.does(command, actor=f"unit:{unit}")


def works(city: City, unit: str, **form: str) -> None:
    command = ReportWork(
        report=report("n1"), unit=unit, outcome="resolved", duplicate_of="", text="",
        form=form, at=city.clock.now(),
    )  # fmt: skip
    city.does(command, actor=f"crew:{unit}")


def test_the_story(city: City) -> None:
    receives(city)
    city.expect(
        filed("n1", due="2026-05-12 09:00", due_code="time_limit", process="hotline"),
        dispatched("n1", to="water"),
        a("ClockStarted", clock="contact", due_at=moment("2026-05-11 11:00")),
    )
    with pytest.raises(Rejected, match="'report_back' is not allowed at step 'receive'"):
        works(city, "water", cause="pump", measure="new pump")
    city.at("09:20")
    accepts(city, "water")
    with pytest.raises(Rejected, match="'cause' is missing"):
        city.does(ReturnCase(case=N1, unit="water", reason="the pipe is the landlord's"))
    back = ReturnCase(
        case=N1, unit="water", reason="the pipe is the landlord's", form={"cause": "ownership"}
    )
    city.does(back, actor="unit:water")
    city.expect(
        a("FormFilled", move="return", values={"cause": "ownership"}),
        a("CaseReturned", unit="water", reason="the pipe is the landlord's"),
        dispatched("n1", to="district", code="fallback_owner", hops=1),
    )
    assert city.case("n1").coordinator == "water"
    assert city.case("n1").due_at == moment("2026-05-12 09:00")

    # Whoever received it first answers to the reporter, though another handles it.
    city.at("10:00")
    accepts(city, "district")
    contacts(city, "water")
    said = city.expect(a("ReporterContacted", unit="water", reached=True, is_made=True))
    assert said.sealed is not None
    assert "Wang" not in "".join(str(fact) for fact in city.facts())
    city.never(a("ClockRanOut", clock="contact"))

    city.at("15:00")
    with pytest.raises(Rejected, match="'cause' is missing"):
        works(city, "district")
    works(city, "district", cause="burst pipe", measure="replaced")
    city.at("16:00").checks("inspection", "n1", passed=True)
    city.expect(a("CaseClosed", subject=N1, unit="district"))
    city.at("17:00").rates("n1", solved=True, satisfied=False)
    city.at("2026-05-13 12:00")
    city.never(a("CaseFellDue"))
    city.was_aware_of_nothing_wrong()
    assert city.number("resolution_rate") == (1_000_000, 1, 1)
    assert city.number("satisfaction_rate") == (0, 0, 1)
    assert city.number("first_contact_rate") == (1_000_000, 1, 1)
    assert not list(city.engine.rows.each(CLOCKS))


def test_what_nobody_takes_on_is_told_upward_step_by_step(city: City) -> None:
    receives(city)
    city.expect_by("2026-05-11 10:00", a("ClockRanOut", clock="step", step="receive"))
    city.expect(a("CaseEscalated", clock="step", level=1, to_unit="district"))
    city.expect_by("2026-05-11 11:00", a("ClockRanOut", clock="contact"))
    soon = city.expect_by("2026-05-12 03:00", a("CaseDueSoon", clock="due"))
    assert soon.happened_at == moment("2026-05-12 03:00")
    city.expect_by("2026-05-12 09:00", fell_due("n1", at="2026-05-12 09:00"))
    city.expect(a("CaseEscalated", clock="due", level=1, to_unit="district"))
    higher = city.expect_by("2026-05-12 13:00", a("CaseEscalated", clock="due", level=2))
    assert (higher.body.to_unit, higher.body.next_at) == ("city", None)
    assert city.case("n1").escalated == 2
    city.at("2026-05-20 09:00")
    assert city.count(a("CaseEscalated", clock="due")) == 2
    city.was_aware_of_nothing_wrong()


def test_two_days_down_and_everything_is_told_as_it_was_due(city: City) -> None:
    receives(city)
    city.down_until("2026-05-13 09:00")
    told = [
        (fact.kind, getattr(fact.body, "clock", "due"), fact.happened_at)
        for fact in city.facts()
        if fact.kind in ("CaseDueSoon", "ClockRanOut", "CaseFellDue", "CaseEscalated")
        and fact.known_at == moment("2026-05-13 09:00")
    ]
    assert told == [
        ("CaseDueSoon", "step", moment("2026-05-11 09:45")),
        ("ClockRanOut", "step", moment("2026-05-11 10:00")),
        ("CaseEscalated", "step", moment("2026-05-11 10:00")),
        ("CaseDueSoon", "contact", moment("2026-05-11 10:30")),
        ("ClockRanOut", "contact", moment("2026-05-11 11:00")),
        ("CaseEscalated", "contact", moment("2026-05-11 11:00")),
        ("CaseDueSoon", "due", moment("2026-05-12 03:00")),
        ("CaseFellDue", "due", moment("2026-05-12 09:00")),
        ("CaseEscalated", "due", moment("2026-05-12 09:00")),
        ("CaseEscalated", "due", moment("2026-05-12 13:00")),
    ]


def test_three_calls_that_nobody_answers_are_a_first_contact(city: City) -> None:
    receives(city)
    city.at("09:10")
    accepts(city, "water")
    for tries in range(1, 3):
        contacts(city, "water", reached=False)
        assert (city.case("n1").contacts, city.case("n1").contacted) == (tries, False)
        assert city.case("n1").step == "contact"
    contacts(city, "water", reached=False)
    assert city.case("n1").contacted
    assert city.case("n1").step == "handle"
    with pytest.raises(Rejected, match="is with 'water', not with 'lights'"):
        contacts(city, "lights")


def test_more_time_is_another_persons_to_give(city: City) -> None:
    receives(city)
    accepts(city, "water")
    contacts(city, "water")
    ask = AskExtension(case=N1, unit="water", limit="3 calendar_days", reason="the road is dug up")
    with pytest.raises(Rejected, match="8 calendar_days is more than 7"):
        city.does(msgspec.structs.replace(ask, limit="8 calendar_days"))
    city.does(ask, actor="person:wang")
    with pytest.raises(Rejected, match="waits for a decision about its extension already"):
        city.does(ask, actor="person:wang")
    decide = DecideExtension(case=N1, granted=True, reason="seen it")
    with pytest.raises(Rejected, match="you asked for this extension yourself"):
        city.does(decide, actor="person:wang")
    city.at("12:00").does(decide, actor="person:li")
    # Three days after Tuesday 09:00, by the end of the day.
    later = moment("2026-05-16 00:00")
    assert city.case("n1").due_at == later
    with pytest.raises(Rejected, match="extended 1 times already"):
        city.does(ask, actor="person:wang")
    city.expect_by("2026-05-16 00:00", fell_due("n1", at="2026-05-16 00:00"))
    assert city.count(a("CaseFellDue")) == 1


def test_what_nobody_decides_lapses_and_may_be_asked_for_again(city: City) -> None:
    receives(city)
    accepts(city, "water")
    contacts(city, "water")
    ask = AskExtension(case=N1, unit="water", limit="1 calendar_days", reason="no parts")
    city.does(ask, actor="person:wang")
    lapsed = city.expect_by("2026-05-12 09:00", a("ExtensionDecided", granted=False, code="lapsed"))
    assert lapsed.happened_at == moment("2026-05-12 09:00")
    with pytest.raises(Rejected, match="no extension of"):
        city.does(DecideExtension(case=N1, granted=True, reason="late"), actor="person:li")
    with pytest.raises(Rejected, match="has no deadline that is still ahead"):
        city.does(ask, actor="person:wang")


def test_put_off_it_comes_back_by_itself_and_here_its_clock_runs_on(city: City) -> None:
    receives(city)
    accepts(city, "water")
    contacts(city, "water")
    until = moment("2026-05-20 09:00")
    put_off = DeferCase(case=N1, unit="water", until=until, reason="the river is high")
    city.does(put_off, actor="person:wang")
    city.does(DecideDeferral(case=N1, granted=True, reason="so it is"), actor="person:li")
    assert city.case("n1").state == "deferred"
    with pytest.raises(Rejected, match="'report_back' is not allowed at step 'deferred'"):
        works(city, "water", cause="river", measure="none")
    city.expect_by("2026-05-12 09:00", fell_due("n1", at="2026-05-12 09:00"))
    city.expect_by("2026-05-20 09:00", a("CaseResumed", code="time", happened_at=until))
    assert (city.case("n1").state, city.case("n1").step) == ("dispatched", "handle")


def test_supervised_and_answered_or_told_above(city: City) -> None:
    receives(city)
    supervise = SuperviseCase(case=N1, reason="the third call about it")
    city.does(supervise, actor="person:duty")
    with pytest.raises(Rejected, match="waits for a decision about its supervision already"):
        city.does(supervise, actor="person:duty")
    city.at("10:00").does(
        AnswerSupervision(case=N1, unit="water", text="the crew is there"), actor="unit:water"
    )
    city.at("11:00").does(supervise, actor="person:duty")
    city.expect_by("2026-05-12 11:00", a("ClockRanOut", clock="supervision"))
    city.expect(a("CaseEscalated", clock="supervision", to_unit="district"))


def test_a_closed_case_is_opened_again_under_a_new_deadline(city: City) -> None:
    receives(city)
    accepts(city, "water")
    contacts(city, "water")
    works(city, "water", cause="valve", measure="opened")
    city.at("10:00").checks("inspection", "n1", passed=True)
    city.at("2026-05-14 10:00").does(ReopenCase(case=N1, reason="dry again"), actor="person:duty")
    opened = city.expect(a("CaseReopened", code="person", round=1, unit="water"))
    assert opened.body.due_at == moment("2026-05-15 10:00")
    again = city.case("n1")
    assert (again.state, again.step, again.open, again.reopened) == (
        "dispatched",
        "handle",
        True,
        1,
    )
    works(city, "water", cause="valve", measure="replaced")
    city.at("2026-05-14 12:00").checks("inspection", "n1", passed=True)
    assert city.case("n1").state == "closed"
    assert city.count(a("CaseClosed")) == 2
    city.was_aware_of_nothing_wrong()


def test_of_two_persons_at_once_the_second_is_told_where_it_stands(city: City) -> None:
    receives(city)
    accepts(city, "water")
    with pytest.raises(Rejected, match="'accept' is not allowed at step 'contact'"):
        accepts(city, "water")
    assert city.engine.rows.get(CASES, N1).revision == city.case("n1").revision
