"""What is known not to hold yet: each of these is a bug that was reported with its place.

They are expected to fail, strictly: the one that begins to pass takes its mark away.
"""

from collections.abc import Callable

import msgspec
import pytest
from city import PACK, City, a, case, changed, days, incident, moment
from test_burst_of_demand import BURST_DAY, burst, usual_calls, usual_days

from chengyun.app import packs
from chengyun.app.packs import section
from chengyun.facts.registers import City as CityRegister
from chengyun.sense.policy import Feeds
from chengyun.warn.policy import Bands


def test_a_review_ends_at_a_midnight_that_the_clock_skipped(opens: Callable[..., City]) -> None:
    """In Cairo, 24 April 2026 begins at 01:00."""
    pack = packs.loaded(PACK)
    register = msgspec.structs.replace(section(pack, CityRegister), zone="Africa/Cairo")
    city = opens(opens="2026-04-17 12:00", pack=changed(pack, register))
    city.was_aware_of_nothing_wrong()
    held = city.expect_by("2026-04-24 07:00", a("ReviewHeld"))
    assert held.happened_at == moment("2026-04-24 06:00")


@pytest.mark.xfail(strict=True, reason="vitals.views.note_arrival counts reports of every feed")
def test_a_sign_counts_its_own_feeds_alone(city: City) -> None:
    feeds = section(city.pack, Feeds).feeds
    other = city.changed(Feeds(feeds=feeds | {"app": feeds["hotline"]}))
    city.adopts(other, from_="2026-05-01 00:00")
    city.at("2026-05-04 09:00").reports("lamp", id="first", place="0 Pier")
    for number in range(3):
        city.at(f"2026-05-04 09:1{number}").reports(
            "lamp", id=f"a{number}", place=f"{number} Pier", feed="app"
        )
    city.at("09:30")
    counted = [one for fact in city.facts("PaneClosed") for one in fact.body.arrivals]
    assert sum(one.count for one in counted) <= 1


@pytest.mark.xfail(
    strict=True, reason="a sign starts after the twin located the report that starts it"
)
def test_the_report_that_starts_a_sign_is_counted(city: City) -> None:
    city.at("2026-05-04 09:00").reports("lamp", id="l1", place="1 Pier")
    city.at("09:30")
    assert [one.count for fact in city.facts("PaneClosed") for one in fact.body.arrivals] == [1]


@pytest.mark.xfail(
    strict=True, reason="the report that ends a silence waits for the next one to close its pane"
)
def test_the_report_that_ends_a_silence_is_counted_in_its_own_pane(city: City) -> None:
    city.at("2026-05-04 09:00").reports("lamp", id="l1", place="1 Pier")
    city.at("2026-05-05 09:01").reports("lamp", id="l2", place="2 Pier")
    pane = city.expect_by("2026-05-05 09:30", a("PaneClosed", fresh=True))
    assert pane.body.until_at == moment("2026-05-05 09:05")


@pytest.mark.xfail(strict=True, reason="warn.handlers._below takes the longest dwell of all levels")
def test_each_level_of_area_has_a_dwell_of_its_own(city: City) -> None:
    bands = section(city.pack, Bands).bands["demand"]
    longer = msgspec.structs.replace(bands.levels["city"], dwell_s=4 * 3600)
    levels = bands.levels | {"city": longer}
    changed_bands = msgspec.structs.replace(bands, levels=levels)
    city.adopts(city.changed(Bands(bands={"demand": changed_bands})), from_="2026-05-01 00:00")
    usual_days(city, "2026-05-01", 6)
    for hour in (0, 4, 8, 12):
        usual_calls(city, BURST_DAY, hour)
    burst(city)
    city.at(f"{BURST_DAY} 17:00")
    quarter = [fact for fact in city.facts("WarningBelow") if fact.area != "319900"]
    assert quarter[0].body.until_at - quarter[0].happened_at == 1_800 * 1_000_000


@pytest.mark.xfail(strict=True, reason="learn does not follow ReportSplit")
def test_a_split_corrects_the_figures(city: City) -> None:
    city.at("2026-05-07 09:00").reports("lamp", id="l1", place="1 Pier")
    city.at("09:10").reports("lamp", id="l2", place="1 Pier")
    city.at("09:20").splits("l2", "another lamp")
    figures = city.figures()
    assert (figures["incidents"], figures["merged"]) == (2, 0)


@pytest.mark.xfail(strict=True, reason="assess does not follow CaseReworked: its incident is over")
def test_while_a_case_is_reworked_its_incident_is_open_again(city: City) -> None:
    city.at("2026-05-07 09:00").reports("lamp", id="l1", place="1 Pier")
    city.at("09:05").decides("l1", unit="lights", reason="known")
    city.at("10:00").crew("lights", "l1")
    city.at("11:00").checks("inspection", "l1", passed=False)
    city.at("11:10").reports("lamp", id="l2", place="1 Pier")
    city.expect(a("ReportMerged", incident=incident("l1")))


@pytest.mark.xfail(strict=True, reason="dispatch never looks at the owner in case_types.csv")
def test_the_owner_of_a_case_type_is_asked_before_a_person(city: City) -> None:
    city.at("2026-05-07 09:00").reports("lamp", id="l1", place="1 Pier")
    city.expect(a("CaseDispatched", subject=case("l1"), unit="lights"))


@pytest.mark.xfail(strict=True, reason="a second decision for the same unit is dispatched again")
def test_a_person_who_decides_twice_decides_once(city: City) -> None:
    city.at("2026-05-07 09:00").reports("noise", id="n1", place="1 Pier")
    for _ in range(2):
        city.decides("n1", unit="inspection", reason="a building site")
    assert city.count(a("CaseDispatched", subject=case("n1"))) == 1


@pytest.mark.xfail(
    strict=True, reason="the first pack, effective later: followers of its adoption find no policy"
)
def test_a_first_pack_may_be_adopted_ahead(opens: Callable[..., City]) -> None:
    city = opens(opens="2026-05-01 00:00", from_="2026-05-02 00:00")
    city.at("2026-05-02 09:00").reports("lamp", id="l1", place="1 Pier")
    city.was_aware_of_nothing_wrong()


def test_days_are_counted_from_their_first() -> None:
    assert days("2026-04-30", 2) == ["2026-04-30", "2026-05-01"]
