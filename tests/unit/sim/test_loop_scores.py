"""The rules of docs/benchmark.md on a handful of made-up events, counted by hand."""

from typing import Any

import pytest

from chengyun.kernel.instants import MINUTE_US
from chengyun.sim.scoring.judging import Judge
from chengyun.sim.scoring.record import Case, Join, Record, Warned
from chengyun.sim.scoring.rules import Rules
from chengyun.sim.scoring.truth import Event, Signal, Truth

UNTIL = 1_000 * MINUTE_US
AREAS = {"city": "", "d1": "city", "n1": "d1", "n2": "d1"}
RULES = Rules(AREAS, {("rain", "d1"): 6_000_000}, {"crowd": 60 * MINUTE_US}, UNTIL)


class Story:
    """Events and what a platform made of them, minute by minute."""

    def __init__(self) -> None:
        self.truth = Truth({}, {})
        self.record = Record()

    def event(self, name: str, kind: str, at: int, area: str = "n1", **more: Any) -> Event:
        line = {
            "event": name,
            "kind": kind,
            "type": more.get("type", kind),
            "area": area,
            "starts_at": at * MINUTE_US,
            "ends_at": more.get("ends", at + 100) * MINUTE_US,
            "parent": more.get("parent", ""),
            "severity": 2,
            "injected": False,
            "units": more.get("units", ["crew"]),
            "real": more.get("real", True),
        }
        self.truth.events[name] = Event(line)
        return self.truth.events[name]

    def report(
        self, event: str, name: str, at: int, *, joins: str = "", opens: bool = False
    ) -> None:
        one = self.truth.events[event]
        one.reports.append(Signal(name, at * MINUTE_US, "hotline", one.type, one.area))
        self.truth.about[name] = event
        if opens:
            self.record.joins.append(Join(name, f"incident:{name}", at * MINUTE_US, opened=True))
            case = f"case:{name}"
            self.record.cases[case] = Case(case, f"incident:{name}", name, one.type, at * MINUTE_US)
        elif joins:
            self.record.joins.append(Join(name, f"incident:{joins}", at * MINUTE_US, opened=False))
            self.record.cases[f"case:{joins}"].members.append(name)

    def warned(
        self, sign: str, area: str, at: int, *, type_: str = "", severe: bool = True
    ) -> None:
        one = Warned(f"warn:{sign}:{area}:{at}", sign, type_, area, at * MINUTE_US)
        one.severe = severe
        self.record.warnings[one.name] = one

    def scores(self) -> dict[str, Any]:
        return Judge(self.truth, self.record, RULES).result()


@pytest.fixture
def story() -> Story:
    return Story()


def test_what_was_reported_and_taken_is_found_and_what_was_not_is_missed(story: Story) -> None:
    story.event("a", "noise", 10)
    story.report("a", "r1", 15, opens=True)
    story.event("b", "noise", 20)
    story.report("b", "r2", 25)
    story.event("silent", "noise", 30)
    scores = story.scores()["kinds"]["noise"]
    assert (scores["events"], scores["with_signal"]) == (3, 2)
    assert (scores["found"], scores["missed"], scores["found_share"]) == (1, 1, 0.5)
    assert scores["minutes_to_find_median"] == 5.0


def test_an_event_whose_first_signal_comes_at_the_very_end_is_not_judged(story: Story) -> None:
    story.event("a", "noise", 900)
    story.report("a", "r1", 980, opens=True)
    assert story.scores()["kinds"]["noise"]["with_signal"] == 0


def test_a_measured_event_has_a_signal_from_the_lowest_band_on(story: Story) -> None:
    weak = story.event("weak", "rainstorm", 10, "d1")
    weak.measured.append((20 * MINUTE_US, "rain", 5_900_000))
    strong = story.event("strong", "rainstorm", 300, "d1")
    strong.measured.append((320 * MINUTE_US, "rain", 6_000_000))
    story.warned("rain", "d1", 320)
    scores = story.scores()["kinds"]["rainstorm"]
    assert (scores["with_signal"], scores["found"], scores["warned"]) == (1, 1, 1)
    assert scores["minutes_to_find_median"] == 20.0


def test_a_warning_elsewhere_or_too_late_finds_nothing(story: Story) -> None:
    storm = story.event("storm", "rainstorm", 300, "d1", ends=400)
    storm.measured.append((320 * MINUTE_US, "rain", 9_000_000))
    story.warned("rain", "d1", 461)
    story.warned("rain", "n1", 320)
    scores = story.scores()
    assert scores["kinds"]["rainstorm"]["missed"] == 1
    assert scores["false_alarms"]["warnings_of_nothing_by_sign"] == {"rain": 2}


def test_a_gateway_is_found_when_its_feed_is_noticed_silent(story: Story) -> None:
    for name, at in (("noticed", 100), ("not", 500)):
        event = story.event(name, "gateway_failure", at, "n2")
        event.silent.append((at * MINUTE_US, (at + 120) * MINUTE_US, "crowd"))
    short = story.event("short", "gateway_failure", 800, "n2")
    short.silent.append((800 * MINUTE_US, 865 * MINUTE_US, "crowd"))
    story.record.silent.append((160 * MINUTE_US, "crowd"))
    scores = story.scores()["kinds"]["gateway_failure"]
    assert (scores["with_signal"], scores["found"]) == (2, 1)


def test_merges_are_right_wrong_or_left_out(story: Story) -> None:
    story.event("a", "noise", 10)
    story.event("b", "noise", 10, "n2")
    story.report("a", "r1", 11, opens=True)
    story.report("a", "r2", 12, joins="r1")
    story.report("b", "r3", 13, joins="r1")
    story.report("a", "r4", 14, opens=True)
    assert story.scores()["merging"] == {
        "rightly": 1,
        "wrongly": 1,
        "left_apart": 1,
        "precision": 0.5,
        "recall": 0.5,
    }


def test_a_new_case_after_the_first_was_done_is_not_left_apart(story: Story) -> None:
    story.event("a", "noise", 10)
    story.report("a", "r1", 11, opens=True)
    story.record.cases["case:r1"].back_at = 50 * MINUTE_US
    story.report("a", "r2", 60, opens=True)
    assert story.scores()["merging"]["left_apart"] == 0


def test_owner_hops_and_closure_are_those_of_the_first_case(story: Story) -> None:
    story.event("a", "noise", 10, units=["crew"])
    story.report("a", "r1", 11, opens=True)
    story.event("b", "noise", 10, units=["crew"])
    story.report("b", "r2", 11, opens=True)
    story.record.cases["case:r1"].units = ["crew"]
    story.record.cases["case:r2"].units = ["other", "crew"]
    story.record.cases["case:r2"].closed_at = 70 * MINUTE_US
    scores = story.scores()["kinds"]["noise"]
    assert scores["right_owner_first_share"] == 0.5
    assert scores["hops_mean"] == 1.5
    assert (scores["closed_share"], scores["minutes_to_closure_median"]) == (0.5, 60.0)


def test_a_case_of_a_false_report_is_a_case_of_nothing(story: Story) -> None:
    story.event("f", "false_report", 10, real=False)
    story.report("f", "r1", 11, opens=True)
    story.event("a", "noise", 10)
    story.report("a", "r2", 11, opens=True)
    scores = story.scores()
    assert scores["false_alarms"]["cases_of_nothing"] == 1
    assert scores["all"]["events"] == 1
    assert scores["least_found_share"] == 1.0


def test_a_warning_of_demand_belongs_to_two_reports_of_one_cause(story: Story) -> None:
    story.event("cut", "power_cut", 10)
    story.event("lift", "lift_failure", 12, type="lift", parent="cut")
    story.event("lift2", "lift_failure", 12, type="lift", parent="cut")
    story.report("lift", "r1", 13, opens=True)
    story.report("lift2", "r2", 14, opens=True)
    story.event("n", "noise", 10)
    story.report("n", "r3", 11, opens=True)
    story.warned("demand", "n1", 20, type_="lift")
    story.warned("demand", "city", 20, type_="noise")
    story.warned("demand", "n2", 20, type_="lift")
    story.warned("demand", "n1", 300, type_="lift")
    story.warned("demand", "n2", 300, type_="lift", severe=False)
    alarms = story.scores()["false_alarms"]
    assert alarms["warnings_orange_and_up"] == 4
    assert alarms["warnings_of_nothing"] == 3


# --- stricter than found ----------------------------------------------------------------------


def strict(story: Story, kind: str) -> tuple[int, int, int]:
    one = story.scores()["kinds"][kind]
    return one["ahead_of_citizens"], one["prompt"], one["prompt_as_itself"]


def alarm(story: Story, event: str, name: str, at: int) -> None:
    """An alarm of a device that opens an incident."""
    story.report(event, name, at, opens=True)
    reports = story.truth.events[event].reports
    reports[-1] = reports[-1]._replace(feed="devices")


def test_an_alarm_before_the_first_citizen_is_ahead_and_one_after_is_not(story: Story) -> None:
    for name, alarm_at in (("early", 11), ("late", 13)):
        story.event(name, "lift_failure", 10)
        story.report(name, f"{name}-citizen", 12, opens=True)
        alarm(story, name, f"{name}-alarm", alarm_at)
    story.event("never", "lift_failure", 10)
    alarm(story, "never", "never-alarm", 40)
    assert strict(story, "lift_failure") == (2, 3, 3)


def test_a_warning_is_ahead_where_it_stands_before_anybody_writes(story: Story) -> None:
    for name, area, warned_at in (("early", "n1", 110), ("late", "n2", 130)):
        event = story.event(name, "crowd_surge", 100, area)
        event.measured.append((110 * MINUTE_US, "crowd", 0))
        story.report(name, f"{name}-citizen", 120, opens=True)
        story.warned("crowd", area, warned_at)
    assert strict(story, "crowd_surge") == (1, 2, 2)


def test_prompt_is_a_quarter_of_an_hour_from_the_first_signal(story: Story) -> None:
    for name, warned_at in (("prompt", 125), ("slow", 126)):
        storm = story.event(name, "rainstorm", 100, "d1", ends=140)
        storm.measured.append((110 * MINUTE_US, "rain", 6_000_000))
        story.warned("rain", "d1", warned_at)
        assert strict(story, "rainstorm")[1] == (name == "prompt")
        story.truth.events.clear()
        story.record.warnings.clear()


def test_what_was_taken_for_another_thing_is_found_but_not_as_itself(story: Story) -> None:
    story.event("known", "noise", 10)
    story.report("known", "r1", 11, opens=True)
    story.event("mistaken", "noise", 10)
    story.report("mistaken", "r2", 12, joins="r1")
    assert story.scores()["kinds"]["noise"]["found"] == 2
    assert strict(story, "noise") == (0, 2, 1)
    story.report("mistaken", "r3", 28, opens=True)
    assert strict(story, "noise") == (0, 2, 1)
