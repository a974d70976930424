"""Story 6: a better policy is adopted. Old cases stay under theirs."""

from collections.abc import Callable

import msgspec
import pytest
from city import (
    FERRY_STEPS,
    ORCHARD,
    PACK,
    City,
    a,
    case,
    changed,
    dispatched,
    filed,
    moment,
    report,
)

from chengyun.app import packs
from chengyun.app.packs import section
from chengyun.citypack.resolving import Resolved
from chengyun.dispatch.policy import Routing
from chengyun.facts.registers import AssetEntry, AssetRegister, CaseTypes
from chengyun.facts.registers import City as CityRegister
from chengyun.handle.policy import Processes
from chengyun.kernel.errors import Rejected


def tighter(city: City) -> Resolved:
    """Two working hours for a manhole cover instead of four, and no rework at all."""
    types = section(city.pack, CaseTypes)
    entry = msgspec.structs.replace(types.types["manhole"], time_limit="2 working_hours")
    processes = section(city.pack, Processes)
    grid = msgspec.structs.replace(processes.processes["grid"], max_rework=0)
    return city.changed(
        CaseTypes(types=types.types | {"manhole": entry}), Processes(processes={"grid": grid})
    )


def test_a_case_stays_under_the_version_it_was_filed_under(city: City) -> None:
    city.at("2026-05-07 09:00").reports("manhole", at=FERRY_STEPS, id="old")
    before = city.case("old").policy_version
    city.at("09:30").adopts(tighter(city), from_="2026-05-07 09:30")
    city.at("10:00").reports("manhole", at=ORCHARD, id="new", area="319902001001")
    city.expect(filed("old", due="2026-05-07 14:30"), filed("new", due="2026-05-07 12:00"))
    assert city.case("old").policy_version == before
    assert city.case("new").policy_version == city.pack.version != before

    for id_, unit in (("old", "river-drainage"), ("new", "drainage")):
        city.at("11:00").crew(unit, id_)
    city.checks("inspection", "old", passed=False)
    assert city.case("old").state == "dispatched"
    with pytest.raises(Rejected, match="failed its check 0 times already"):
        city.checks("inspection", "new", passed=False)


def test_a_version_adopted_ahead_holds_from_its_day_on(city: City) -> None:
    city.at("2026-05-06 09:00").adopts(tighter(city), from_="2026-05-07 00:00")
    city.at("2026-05-06 09:30").reports("manhole", at=FERRY_STEPS, id="eve")
    city.expect(filed("eve", due="2026-05-06 15:00"))
    city.at("2026-05-07 09:30").reports("manhole", at=ORCHARD, id="day", area="319902001001")
    city.expect(filed("day", due="2026-05-07 11:30"))
    city.was_aware_of_nothing_wrong()


def test_a_pilot_holds_in_one_district_alone(city: City) -> None:
    city.at("2026-05-07 08:00").adopts(tighter(city), from_="2026-05-07 08:00", scope="319902")
    city.at("09:00").reports("lamp", at=FERRY_STEPS, id="here")
    city.at("09:01").reports("lamp", at=ORCHARD, id="there", area="319902001001")
    assert city.case("there").policy_version == city.pack.version
    assert city.case("here").policy_version != city.pack.version


def test_a_pilot_judges_by_its_own_numbers(city: City) -> None:
    city.at("2026-05-07 08:00").adopts(tighter(city), from_="2026-05-07 08:00", scope="319902")
    city.at("09:00").reports("manhole", at=ORCHARD, id="there", area="319902001001")
    city.expect(filed("there", due="2026-05-07 11:00"))


def test_new_contexts_of_the_router_hold_from_their_day_on(city: City) -> None:
    """A version that is adopted ahead and looks at more fields must not stop the router."""
    for number in range(3):
        city.at(f"2026-05-06 1{number}:00").reports("lamp", id=f"l{number}", place=f"{number} Pier")
        city.at(f"2026-05-06 1{number}:05").decides(f"l{number}", unit="lights", reason="known")
        city.at(f"2026-05-06 1{number}:30").crew("lights", f"l{number}")
    routing = section(city.pack, Routing)
    more = msgspec.structs.replace(
        routing, contexts=[[], ["surface"], ["channel"], ["area"], ["type"]]
    )
    city.at("2026-05-06 14:00").adopts(city.changed(more), from_="2026-05-07 00:00")
    city.at("2026-05-07 09:00").reports("lamp", id="l9", place="9 Pier")
    city.was_aware_of_nothing_wrong()
    city.expect(a("RouteProposed", report=report("l9")), dispatched("l9", to="lights"))


def test_a_pilot_that_looks_at_other_fields_must_not_stop_the_router(city: City) -> None:
    for number in range(3):
        name, hour = f"n{number}", f"2026-05-06 1{number}"
        city.at(f"{hour}:00").reports("noise", id=name, place=f"{number} Pier")
        city.at(f"{hour}:05").decides(name, unit="inspection", reason="known")
        city.at(f"{hour}:30").crew("inspection", name)
    routing = section(city.pack, Routing)
    other = msgspec.structs.replace(
        routing, contexts=[["surface"], ["channel"], ["area"], ["title"], ["type"]]
    )
    city.at("2026-05-06 14:00").adopts(
        city.changed(other), from_="2026-05-06 14:00", scope="319902"
    )
    city.at("2026-05-07 09:00").reports("noise", id="n9", place="9 Mill", area="319902001001")
    city.was_aware_of_nothing_wrong()
    city.expect(a("RouteProposed", report=report("n9"), source="model"))
    assert city.count(a("RouterConfigured")) == 1, "a pilot does not retrain the whole city"


def test_a_component_enters_the_register_when_its_version_takes_effect(city: City) -> None:
    assets = section(city.pack, AssetRegister).assets
    more = assets | {"3199020101000001": AssetEntry(type="manhole", lon=ORCHARD[0], lat=ORCHARD[1])}
    city.at("2026-05-06 14:00").adopts(
        city.changed(AssetRegister(assets=more)), from_="2026-05-07 00:00"
    )
    city.at("2026-05-07 09:00").reports("manhole", at=ORCHARD, id="m1", area="319902001001")
    city.expect(a("ReportLocated", report=report("m1"), asset="3199020101000001"))


def test_a_component_that_was_moved_is_found_where_it_is(city: City) -> None:
    assets = section(city.pack, AssetRegister).assets
    moved = msgspec.structs.replace(assets["3199010101000001"], lon=FERRY_STEPS[0] + 0.00008)
    city.at("2026-05-06 14:00").adopts(
        city.changed(AssetRegister(assets=assets | {"3199010101000001": moved})),
        from_="2026-05-06 14:00",
    )
    registered = city.expect(a("AssetRegistered", code="3199010101000001"))
    assert registered.body.place is not None
    assert registered.body.place.lon_e7 == round((FERRY_STEPS[0] + 0.00008) * 1e7)


def test_a_proposal_is_adopted_by_a_person_and_never_by_itself(city: City) -> None:
    """Six covers in a week, five of them late: a longer limit is proposed, and changes nothing."""
    for number in range(6):
        city.at(f"2026-05-0{4 if number < 3 else 5} {9 + number % 3:02d}:00").reports(
            "manhole", id=f"m{number}", place=f"{number} Pier"
        )
    for number in range(6):
        city.at(f"2026-05-06 {9 + number:02d}:00").crew("river-drainage", f"m{number}")
    held = city.expect_by("2026-05-08 00:00", a("ReviewHeld"))
    assert (held.body.closed, held.body.on_time, held.body.overdue) == (6, 0, 6)
    proposed = city.expect(a("PolicyProposed", about="deadline", type="manhole"))
    assert proposed.body.now == {"time_limit": "4 working_hours"}
    assert proposed.body.proposed["time_limit"].endswith(" calendar_hours")
    assert proposed.body.evidence == {"closed": 6, "on_time": 0, "overdue": 6}
    city.expect(a("PolicyProposed", about="route", type="manhole"))
    city.at("2026-05-09 09:00").reports("manhole", id="next", place="10 Pier")
    city.expect(filed("next", due="2026-05-09 14:30"))
    assert city.count(a("PolicyAdopted")) == 1

    city.answers(proposed.subject, accepted=False, reason="the crew is short of people")
    with pytest.raises(Rejected, match="does not wait for a decision"):
        city.answers(proposed.subject, accepted=True, reason="after all")
    city.at("2026-05-22 12:00")
    again = [
        fact.subject for fact in city.facts("PolicyProposed") if fact.subject == proposed.subject
    ]
    assert len(again) == 1, "what was refused is not proposed again"
    city.was_aware_of_nothing_wrong()


def test_what_is_known_at_a_moment_is_a_prefix_of_the_log(city: City) -> None:
    city.at("2026-05-07 09:00").reports("manhole", at=FERRY_STEPS, id="m1")
    city.at("12:00").crew("river-drainage", "m1")
    known = [fact.known_at for fact in city.facts()]
    assert known == sorted(known)
    assert city.expect(a("CaseReportedBack", subject=case("m1"))).known_at == moment(
        "2026-05-07 12:00"
    )


def test_a_first_pack_may_be_adopted_ahead(opens: Callable[..., City]) -> None:
    city = opens(opens="2026-05-01 00:00", from_="2026-05-02 00:00")
    city.at("2026-05-02 09:00").reports("lamp", id="l1", place="1 Pier")
    city.was_aware_of_nothing_wrong()


def test_a_review_ends_at_a_midnight_that_the_clock_skipped(opens: Callable[..., City]) -> None:
    """In Cairo, 24 April 2026 begins at 01:00."""
    pack = packs.loaded(PACK)
    register = msgspec.structs.replace(section(pack, CityRegister), zone="Africa/Cairo")
    city = opens(opens="2026-04-17 12:00", pack=changed(pack, register))
    city.was_aware_of_nothing_wrong()
    held = city.expect_by("2026-04-24 07:00", a("ReviewHeld"))
    assert held.happened_at == moment("2026-04-24 06:00")
