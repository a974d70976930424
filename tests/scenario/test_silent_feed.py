"""Story 4: the hotline's line is cut. What is not heard is unknown, never zero and never calm."""

from city import City, a, days, moment
from test_burst_of_demand import usual_calls, usual_days

from chengyun.app.packs import section
from chengyun.kernel.instants import HOUR_US
from chengyun.sense.policy import Feeds
from chengyun.vitals.views import OVERALL, SIGNS


def test_after_its_cadence_it_is_silent_since_its_last_word(city: City) -> None:
    city.at("2026-05-04 09:00").reports("lamp", id="l1")
    city.at("14:59")
    city.never(a("FeedFellSilent"))
    silent = city.expect_by("15:00", a("FeedFellSilent", feed="hotline"))
    assert silent.body.since_at == moment("2026-05-04 09:00")
    assert silent.happened_at == moment("2026-05-04 15:00")
    sign = city.engine.rows.get(SIGNS, "demand")
    assert sign is not None
    assert not sign.fresh
    unknown = city.expect(a("PaneClosed", sign="demand", fresh=False))
    assert unknown.body.from_at == moment("2026-05-04 09:00")
    assert (unknown.body.arrivals, unknown.body.readings) == ([], [])


def test_it_speaks_again_and_what_lay_between_stays_unknown(city: City) -> None:
    city.at("2026-05-04 09:00").reports("lamp", id="l1")
    city.at("2026-05-05 11:00").reports("lamp", id="l2", place="2 Pier")
    resumed = city.expect(a("FeedResumed", feed="hotline"))
    assert resumed.body.silent_since_at == moment("2026-05-04 09:00")
    assert city.count(a("FeedFellSilent")) == 1
    sign = city.engine.rows.get(SIGNS, "demand")
    assert sign is not None
    assert (sign.fresh, sign.learned_until) == (True, moment("2026-05-05 11:00"))
    city.was_aware_of_nothing_wrong()


def test_silence_raises_no_warning_and_ends_none_by_calm(city: City) -> None:
    usual_days(city, "2026-05-01", 4)
    city.at("2026-05-07 00:00")
    city.never(a("WarningRaised"))
    city.expect(a("FeedFellSilent"))
    # The first calls after two silent days are no burst either.
    for hour in (8, 12, 16):
        usual_calls(city, "2026-05-07", hour)
    city.at("2026-05-07 18:00")
    city.never(a("WarningRaised"))


def test_a_day_enters_the_baseline_once_though_a_silence_ends_it(city: City) -> None:
    """Midnight learned Saturday; the silence found on Sunday adds nothing of it again."""
    for hour in range(8, 24, 4):
        usual_calls(city, "2026-05-02", hour)
    city.at("2026-05-03 12:00")
    learned = city.facts("BaselineLearned")
    hours = [slot for fact in learned for slot in fact.body.slots_known]
    assert len(hours) == len(set(hours)), "an hour was learned twice"
    overall = city.engine.rows.get(OVERALL, "demand")
    assert overall is not None
    assert max(overall.exposure) == 1024


def test_hours_in_silence_are_not_learned(city: City) -> None:
    """Last word on Saturday at 20:11; found out on Sunday at 02:11. 21:00 to 24:00 are unknown."""
    for hour in range(8, 24, 4):
        usual_calls(city, "2026-05-02", hour)
    city.at("2026-05-03 12:00")
    silent = city.expect(a("FeedFellSilent"))
    for fact in city.facts("BaselineLearned"):
        first_hour = -(-fact.body.from_at // HOUR_US)
        last_hour = fact.body.until_at // HOUR_US
        assert last_hour * HOUR_US <= silent.body.since_at, (first_hour, last_hour)


def test_a_silent_day_teaches_nothing(city: City) -> None:
    usual_days(city, "2026-05-01", 2)
    city.at("2026-05-09 12:00")
    overall = city.engine.rows.get(OVERALL, "demand")
    assert overall is not None
    assert overall.days <= 2
    silent_since = city.expect(a("FeedFellSilent")).body.since_at
    for day in days("2026-05-04", 5):
        for fact in city.facts("BaselineLearned"):
            assert not fact.body.from_at <= moment(f"{day} 06:00") < fact.body.until_at
    assert silent_since < moment("2026-05-03 00:00")


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


def test_the_report_that_starts_a_sign_is_counted(city: City) -> None:
    city.at("2026-05-04 09:00").reports("lamp", id="l1", place="1 Pier")
    city.at("09:30")
    assert [one.count for fact in city.facts("PaneClosed") for one in fact.body.arrivals] == [1]


def test_the_report_that_ends_a_silence_is_counted_in_its_own_pane(city: City) -> None:
    city.at("2026-05-04 09:00").reports("lamp", id="l1", place="1 Pier")
    city.at("2026-05-05 09:01").reports("lamp", id="l2", place="2 Pier")
    pane = city.expect_by("2026-05-05 09:30", a("PaneClosed", fresh=True))
    assert pane.body.until_at == moment("2026-05-05 09:05")
