"""Story 3: the water fails in one quarter, and the city notices before anyone adds it up.

For six days one call about each of two matters comes in every four hours. On the seventh, from
14:00 on, a call about missing water comes every three minutes.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from city import FERRY_QUARTER, ORCHARD_QUARTER, City, a, cleared, days, moment, warned

from chengyun.app.packs import section
from chengyun.kernel.errors import Rejected
from chengyun.sense.policy import Feeds
from chengyun.warn.policy import Bands

TYPES = ("no_water", "lamp")
CITY = "319900"
BURST_DAY = "2026-05-07"
CALLS = 20
LAST_CALL = f"{BURST_DAY} 14:57"


def usual_days(city: City, first: str, count: int) -> None:
    """Calls as they usually come; each about something of its own."""
    for day in days(first, count):
        for hour in range(0, 24, 4):
            usual_calls(city, day, hour)


def usual_calls(city: City, day: str, hour: int) -> None:
    for number, type_ in enumerate(TYPES):
        city.at(f"{day} {hour:02d}:{10 + number:02d}").reports(
            type_,
            id=f"{type_}-{day}-{hour}",
            place=f"{hour} {type_} {day}",
            area=(FERRY_QUARTER, ORCHARD_QUARTER)[hour % 8 // 4],
        )


def burst(city: City) -> None:
    for call in range(CALLS):
        city.at(f"{BURST_DAY} 14:{call * 3:02d}").reports(
            "no_water", id=f"burst-{call}", place=f"{call} Ferry Lane"
        )


@pytest.fixture(scope="module")
def an_hour_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of a city an hour into the burst."""
    folder = tmp_path_factory.mktemp("burst")
    city = City(folder)
    usual_days(city, "2026-05-01", 6)
    for hour in (0, 4, 8, 12):
        usual_calls(city, BURST_DAY, hour)
    city.never(a("WarningRaised"))
    burst(city)
    city.close()
    return folder


@pytest.fixture
def noticed(an_hour_in: Path, tmp_path: Path) -> Iterator[City]:
    """The city an hour into the burst; every story goes on from there by itself."""
    folder = tmp_path / "store"
    shutil.copytree(an_hour_in, folder)
    city = City(folder, opens=LAST_CALL, begun=True)
    yield city
    city.was_aware_of_nothing_wrong()
    city.close()


def test_it_warns_within_the_hour_and_says_why(noticed: City) -> None:
    raised = noticed.expect_by(
        f"{BURST_DAY} 15:00", warned("no_water", area=FERRY_QUARTER, code="unusual_demand")
    )
    assert moment(f"{BURST_DAY} 14:00") < raised.happened_at <= moment(f"{BURST_DAY} 15:00")
    assert int(raised.body.params["value_micro"]) >= 4_000_000
    assert int(raised.body.params["expected_ppm"]) < 1_000_000
    assert int(raised.body.params["surprise_milli"]) >= 3_000
    assert raised.body.onset_at == raised.happened_at
    noticed.never(warned("lamp"))
    # What it touches stands beside it.
    beside = noticed.expect(a("WarningAssessed", warning=raised.subject))
    assert beside.body.open_incidents >= 4


def test_one_matter_is_orange_in_one_place_only(noticed: City) -> None:
    """Beside a warning of its type that stands as high already, one rises to yellow at most."""
    noticed.at(f"{BURST_DAY} 15:00")
    reached = {
        (fact.area, fact.body.level)
        for kind in ("WarningRaised", "WarningChanged")
        for fact in noticed.facts(kind)
    }
    assert (FERRY_QUARTER, "orange") in reached
    assert (CITY, "orange") not in reached
    assert (CITY, "yellow") in reached


def test_a_response_is_proposed_approved_and_lapses_with_its_warning(noticed: City) -> None:
    noticed.at(f"{BURST_DAY} 15:00")
    proposed = noticed.expect(a("ResponseProposed", response_level="III"))
    assert proposed.body.plan == "tankers"
    assert [row.state for row in noticed.responses()] == ["proposed"]
    with pytest.raises(Rejected, match="does not wait for a decision"):
        noticed.responds("response:none", approved=True, reason="?")
    noticed.responds(proposed.subject, approved=True, reason="the main is broken")
    decided = noticed.expect(a("ResponseDecided", proposal=proposed.subject, approved=True))
    assert decided.actor == "person:duty-officer"
    assert [row.state for row in noticed.responses()] == ["approved"]
    with pytest.raises(Rejected, match="does not wait for a decision"):
        noticed.responds(proposed.subject, approved=False, reason="changed my mind")

    # The last calls leave the window an hour later; half an hour below, and it is over.
    ended = noticed.expect_by(
        f"{BURST_DAY} 17:30",
        cleared("no_water", area=FERRY_QUARTER, code="stayed_below", highest_level="orange"),
    )
    below = noticed.expect(a("WarningBelow", subject=ended.subject))
    assert ended.happened_at - below.happened_at == 1_800 * 1_000_000
    noticed.expect(a("ResponseLapsed", proposal=proposed.subject, code="warning_cleared"))
    assert noticed.responses() == []


def test_a_response_that_nobody_decided_lapses_as_such(noticed: City) -> None:
    noticed.expect_by(f"{BURST_DAY} 17:30", a("ResponseLapsed", code="undecided"))


def test_it_does_not_flap_while_calls_go_on(noticed: City) -> None:
    """Below for less than the dwell is no end; hot again is no second warning."""
    below = noticed.expect_by(f"{BURST_DAY} 16:00", a("WarningBelow"))
    shortly_after = moment(f"{BURST_DAY} 16:05")
    assert below.happened_at < shortly_after
    for call in range(12):
        noticed.at(f"{BURST_DAY} 16:{5 + call:02d}").reports(
            "no_water", id=f"more-{call}", place=f"{call} Mill Lane"
        )
    noticed.at(f"{BURST_DAY} 16:30")
    noticed.expect(a("WarningHotAgain", subject=below.subject))
    assert noticed.count(warned("no_water", area=FERRY_QUARTER)) == 1
    ended = noticed.expect_by(f"{BURST_DAY} 19:00", cleared("no_water", area=FERRY_QUARTER))
    assert ended.happened_at > moment(f"{BURST_DAY} 17:00")
    assert noticed.count(cleared("no_water", area=FERRY_QUARTER)) == 1


def test_a_silence_ends_the_warning_as_unknown(noticed: City) -> None:
    """Half an hour without a word, and what stands ends because nothing is known any more."""
    feeds = section(noticed.pack, Feeds).feeds
    sooner = Feeds(
        feeds={"hotline": msgspec.structs.replace(feeds["hotline"], silent_after_s=1800)}
    )
    noticed.at(f"{BURST_DAY} 14:58").adopts(noticed.changed(sooner), from_=f"{BURST_DAY} 14:58")
    noticed.at("14:59").reports("no_water", id="the-last", place="99 Ferry Lane")
    silent = noticed.expect_by(f"{BURST_DAY} 15:29", a("FeedFellSilent"))
    ended = noticed.expect(cleared("no_water", area=FERRY_QUARTER, code="unknown"))
    assert ended.happened_at == silent.happened_at == moment(f"{BURST_DAY} 15:29")
    noticed.expect(a("ResponseLapsed"))
    assert noticed.count(a("WarningRaised")) == noticed.count(a("WarningCleared"))


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
