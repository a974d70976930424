"""A debrief of made-up evenings, counted by hand."""

from __future__ import annotations

import string

import msgspec
import pytest
from stories import AREA, DRAINS, GAS, LENGTH_MIN, PUMP, Story, at, held, pack

from chengyun.kernel.errors import Bug
from chengyun.sim.drill import words
from chengyun.sim.drill.debrief import Debrief, Figure
from chengyun.sim.drill.held import Held, Pause
from chengyun.sim.drill.writing import debriefed


def flood(*, ends: float, ended_by: str = "") -> Story:
    """Return an evening with a flooded underpass that is warned of in minute 30."""
    story = Story()
    story.event(
        "flood:evening:0",
        "underpass_flooding",
        20,
        ends,
        type="street_flooding",
        units=[DRAINS],
        ended_by=ended_by,
    )
    story.warned("underpass_depth", 30, "orange")
    return story


def debrief(you: Story, alone: Story, drill: Held | None = None) -> Debrief:
    return debriefed(drill or held(), pack(), you.side(), alone.side())


def figure(found: Debrief, code: str) -> Figure:
    return next(one for one in found.figures if one.code == code)


def codes(found: Debrief) -> tuple[list[str], list[str]]:
    return [one.code for one in found.strengths], [one.code for one in found.again]


def test_what_was_approved_and_what_followed() -> None:
    you, alone = flood(ends=80, ended_by="case:response:x"), flood(ends=140)
    asked = you.proposed(f"warn:underpass_depth:{AREA}:30", 30)
    you.settled(asked, 34, "approved")
    task = you.task(asked, 1, back=80)
    you.task(asked, 2, overdue=150)
    you.truth.events["flood:evening:0"].ended_by = task.name
    same = alone.proposed(f"warn:underpass_depth:{AREA}:30", 30)
    alone.settled(same, 50, "lapsed")
    found = debrief(you, alone)

    decision = found.decisions[0]
    assert (decision.you.state, decision.you.minutes, decision.you.by) == (
        "approved",
        4,
        "person:lin",
    )
    assert decision.alone is not None
    assert (decision.alone.state, decision.alone.minutes) == ("lapsed", 20)
    assert [one.code for one in decision.followed] == ["tasks", "tasks_late", "task_ended"]
    assert decision.followed[0].params["done"]["en"] == "1"
    assert decision.followed[2].params["minutes"]["en"] == "46"
    assert decision.what == {
        "zh": "III 级下立交积水预案",
        "en": "Flooded underpass plan, level III",
    }
    assert [one.name["zh"] for one in decision.options] == ["强排下立交积水"]

    lasted = figure(found, "evening_minutes")
    assert (lasted.you, lasted.alone) == (60, 120)
    assert (figure(found, "tasks_done").you, figure(found, "tasks_done").you_of) == (1, 2)
    assert (figure(found, "tasks_late").you, figure(found, "tasks_late").alone_of) == (1, 0)
    assert (figure(found, "decided").you, figure(found, "decided").you_of) == (1, 1)
    assert figure(found, "minutes_to_decide").you == 4
    assert figure(found, "minutes_to_decide").alone is None
    assert codes(found) == (["everything_decided", "ended_sooner"], ["more_tasks_late"])
    assert (
        found.strengths[1]
        .text["en"]
        .endswith("lasted 60 minutes; with the duty room alone it lasted 120.")
    )


def test_what_was_left_and_what_was_slow() -> None:
    you, alone = flood(ends=170), flood(ends=60)
    warning = f"warn:underpass_depth:{AREA}:30"
    lapsed = you.proposed(warning, 30, "IV")
    you.settled(lapsed, 60, "lapsed")
    overtaken = you.proposed(warning, 40, "III")
    you.settled(overtaken, 61, "superseded")
    passed = you.proposed(warning, 50, "II")
    you.settled(passed, 55, "superseded")
    slow = you.proposed(warning, 60, "I")
    you.settled(slow, 80, "approved")
    you.proposed("warn:other", 100)
    found = debrief(you, alone)
    strengths, again = codes(found)
    assert strengths == []
    assert again == ["lapsed", "overtaken", "slow", "left_open", "ended_later"]
    open_ = found.again[3]
    assert (open_.params["time"]["zh"], open_.params["minutes"]["zh"]) == ("19:40", "80")
    assert (figure(found, "decided").you, figure(found, "decided").you_of) == (1, 5)


def test_who_decided_nothing_has_no_strengths_by_luck() -> None:
    you, alone = flood(ends=60), flood(ends=170)
    assert codes(debrief(you, alone))[0] == []


def test_a_plan_refused_in_need_and_one_refused_for_nothing() -> None:
    you = flood(ends=170)
    needed = you.proposed(f"warn:underpass_depth:{AREA}:30", 30)
    you.settled(needed, 31, "refused")
    elsewhere = you.warned("underpass_depth", 90, "yellow", area="319901002001")
    idle = you.proposed(elsewhere, 90)
    you.settled(idle, 91, "refused")
    found = debrief(you, flood(ends=170))
    strengths, again = codes(found)
    assert "refused_for_nothing" in strengths
    assert again == ["refused_in_need"]
    assert [one.code for one in found.decisions[0].followed] == ["warning_rose", "event_lasted"]
    assert [one.code for one in found.decisions[1].followed] == ["nothing_there"]
    assert [one.about_something for one in found.warnings] == [True, False]
    assert figure(found, "warnings_of_nothing").you == 0  # only orange and red count


def test_a_lower_plan_refused_for_a_higher_one_is_no_fault() -> None:
    you = flood(ends=170)
    warning = f"warn:underpass_depth:{AREA}:30"
    you.settled(you.proposed(warning, 30, "III"), 31, "refused")
    you.settled(you.proposed(warning, 40, "II"), 41, "approved")
    assert "refused_in_need" not in codes(debrief(you, flood(ends=170)))[1]


def test_whose_a_case_was_and_to_whom_it_went() -> None:
    you, alone = Story(), Story()
    for story in (you, alone):
        story.event("gas:evening:0", "gas_smell", 10, 120)
        case = story.reported("gas:evening:0", "report:hotline:1", 15, DRAINS)
        asked = story.asked(case, 20, (DRAINS, 400_000), (PUMP, 300_000))
        story.settled(asked, 26, "given", DRAINS if story is you else GAS)
    you.returned(you.record.cases["case:hotline:1"], DRAINS, 50)
    you.record.cases["case:hotline:1"].closed_at = at(126)
    found = debrief(you, alone)
    decision = found.decisions[0]
    assert (decision.you.right, decision.you.chosen) == (
        False,
        {"zh": "露泽排水养护队", "en": "Luze Drainage Crew"},
    )
    assert decision.alone is not None
    assert decision.alone.right is True
    assert [(one.share_ppm, one.right) for one in decision.options] == [
        (400_000, False),
        (300_000, False),
        (0, True),
    ]
    assert [one.code for one in decision.followed] == ["returned", "closed"]
    assert decision.followed[0].params["minutes"]["en"] == "24"
    assert decision.followed[1].params["minutes"]["en"] == "100"
    assert codes(found)[1] == ["wrong_owner"]
    assert (figure(found, "routes_right").you, figure(found, "routes_right").you_of) == (0, 1)
    assert (figure(found, "routes_right").alone, figure(found, "first_owner_right").you) == (1, 0)


def test_what_happened_and_when_it_was_found() -> None:
    you, alone = flood(ends=80), flood(ends=200)
    for story in (you, alone):
        story.event("noise", "noise", 40, 60, injected=False, units=[DRAINS], type="noise")
        story.reported("noise", "report:hotline:9", 50, DRAINS)
        story.event("later", "noise", LENGTH_MIN + 1, LENGTH_MIN + 9, injected=False)
        story.event("prank", "false_report", 70, 90, injected=False, real=False)
        story.event(
            "lift", "lift_failure", 30, 100, injected=False, parent="flood:evening:0", units=[GAS]
        )
    found = debrief(you, alone)
    seen = {one.kind: one for one in found.happened}
    assert list(seen) == ["underpass_flooding", "lift_failure", "noise", "false_report"]
    assert (
        seen["underpass_flooding"].you.minutes_to_find,
        seen["underpass_flooding"].you.found_by,
    ) == (10, "warning")
    assert (seen["noise"].you.minutes_to_find, seen["noise"].you.found_by) == (10, "report")
    assert seen["noise"].you.right_owner is True
    assert (seen["lift_failure"].arranged, seen["noise"].arranged) == (True, False)
    assert seen["lift_failure"].after == {"zh": "下立交积水", "en": "Flooded underpass"}
    assert seen["lift_failure"].has_signal is False
    alone_course = seen["underpass_flooding"].alone
    assert alone_course is not None
    assert (seen["underpass_flooding"].you.over, alone_course.over) == (True, False)
    assert alone_course.lasted_min == LENGTH_MIN - 20
    line = [one.reason.code for one in found.moments]
    assert line[0] == "began"
    assert line[-1] == "ended"
    assert [one.at for one in found.moments] == sorted(one.at for one in found.moments)
    assert {"event", "event_after", "over", "found", "warning"} <= set(line)


def test_the_platforms_own_misses_are_not_laid_at_the_operators_door() -> None:
    you = Story()
    event = you.event("gas:evening:0", "gas_smell", 10, 120)
    you.reported("gas:evening:0", "report:hotline:1", 15)
    you.record.joins.clear()
    assert event.reports
    found = debrief(you, Story())
    assert codes(found)[1] == ["not_found"]
    assert "not yours" in found.again[0].text["en"]
    assert found.happened[0].alone is None
    assert (figure(found, "found").you, figure(found, "found").you_of) == (0, 1)


def test_what_was_done_with_the_clock_is_said() -> None:
    paused = held(pauses=[Pause(at=at(30), wall_s=40.4), Pause(at=at(60), wall_s=20.0)])
    found = debrief(Story(), Story(), paused)
    assert codes(found)[1] == ["paused"]
    assert found.again[0].params["seconds"]["en"] == "60"
    faster = debrief(Story(), Story(), held(rates=(10.0, 60.0)))
    assert codes(faster)[1] == ["slower_clock"]


def test_of_many_alike_the_first_are_said_and_the_rest_counted() -> None:
    you = Story()
    for minute in range(5):
        you.proposed(f"warn:{minute}", 10 + minute)
    found = debrief(you, Story())
    assert codes(found)[1] == ["left_open"] * 3 + ["and_more"]
    assert found.again[3].params["n"]["en"] == "2"


def test_overdue_cases_are_listed_and_compared() -> None:
    you, alone = Story(), Story()
    for story in (you, alone):
        story.event("gas:evening:0", "gas_smell", 10, 120)
        case = story.reported("gas:evening:0", "report:hotline:1", 15, GAS)
        case.fell_due_at = at(135) if story is you else 0
    found = debrief(you, alone)
    assert [(one.case, one.due_at, one.closed_at) for one in found.overdue] == [
        ("case:hotline:1", at(135), None)
    ]
    assert codes(found)[1] == ["more_overdue"]
    assert (figure(found, "overdue").you, figure(found, "overdue").alone) == (1, 0)


def test_every_code_has_words_with_the_same_parameters_in_both_languages() -> None:
    tables = (words.STRENGTHS, words.AGAIN, words.MORE, words.FOLLOWED, words.MOMENTS)
    for table in tables:
        for code, (zh, en) in table.items():
            wanted = [
                {name for _, name, _, _ in string.Formatter().parse(text) if name}
                for text in (zh, en)
            ]
            assert wanted[0] == wanted[1], code
    with pytest.raises(Bug, match="no words"):
        words.reason("nothing_of_the_kind")
    with pytest.raises(Bug, match="no words"):
        words.reason("less_overdue", n=1)


def test_a_debrief_is_the_same_when_it_is_read_again() -> None:
    found = debrief(flood(ends=80), flood(ends=140))
    assert msgspec.json.decode(msgspec.json.encode(found), type=Debrief) == found
    assert found == debrief(flood(ends=80), flood(ends=140))
