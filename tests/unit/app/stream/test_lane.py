"""The lane fed by hand: what becomes of rows, what signs say, what crosses, what is kept."""

import msgspec
import numpy as np
import pytest
from lane_city import MICRO, PROPERTIES, SIGNS, T0, Fed, city, entry, incoming, state

from chengyun.facts.columns import Flag
from chengyun.kernel import limits
from chengyun.kernel.errors import Conflict, Rejected, Retryable
from chengyun.vitals.layout import UNKNOWN

A, B, C = "a", "b", "c"


@pytest.fixture(scope="module")
def small():
    return city()


@pytest.fixture
def fed(small):
    made = Fed(small)
    made.enrols(entry(A), entry(B, "n2", weight=3), entry(C, "d2"), entry("p", property="probe"))
    return made.at(100)


def counts(answer):
    taken = answer.taken
    return (taken.accepted, taken.late, taken.backfilled, taken.duplicate, taken.refused)


def last_group(fed):
    return next(record[1] for record in reversed(fed.log.records) if record[0] == "group")


# --- what becomes of a row -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(A, 100, 1)], (1, 0, 0, 0, 0)),
        ([(A, 100, 1), (A, 100, 2)], (1, 0, 0, 1, 0)),
        ([(A, 100, 1), (A, 90, 2)], (1, 1, 0, 0, 0)),
        ([(A, 100, 1), (A, 90, 2), (A, 90, 2)], (1, 1, 0, 1, 0)),
        ([(A, at, 1) for at in (96, 97, 98, 99, 100, 96, 97, 98, 99, 100)], (5, 0, 0, 5, 0)),
        ([(A, at, 1) for at in (100, 99, 98, 97, 96, 96, 97, 98, 99, 100)], (1, 4, 0, 5, 0)),
        ([(A, second, 1) for second in (90, 100, 95, 97, 93, 93, 95, 97)], (2, 3, 0, 3, 0)),
        ([(A, -21, 1)], (0, 0, 1, 0, 0)),
        ([(A, -20, 1)], (1, 0, 0, 0, 0)),
        ([(A, 100 + limits.MAX_AHEAD_S, 1)], (1, 0, 0, 0, 0)),
        ([(A, 100.000001 + limits.MAX_AHEAD_S, 1)], (0, 0, 0, 0, 1)),
        ([(A, 100 - limits.MAX_BACKFILL_S, 1)], (0, 0, 1, 0, 0)),
        ([(A, 99.999999 - limits.MAX_BACKFILL_S, 1)], (0, 0, 0, 0, 1)),
        ([("nobody", 100, 1)], (0, 0, 0, 0, 1)),
        ([], (0, 0, 0, 0, 0)),
    ],
)  # fmt: skip
def test_a_row_is_judged(fed, rows, expected):
    assert counts(fed.says(*rows)) == expected


def test_the_refused_are_named_with_place_and_reason(fed):
    fed.enrols(entry("theirs"))
    answer = fed.says(("nobody", 100, 1), (A, 100, 1), (A, 1e6, 1), (A, -1e6, 1))
    assert [(one.index, one.code) for one in answer.refused] == [
        (0, "unknown_sensor"), (2, "in_future"), (3, "too_old"),
    ]  # fmt: skip
    answer = fed.says((A, 101, 1), feed="other")
    assert [(one.index, one.code) for one in answer.refused] == [(0, "other_feed")]
    assert len(last_group(fed).handle) == 0


def test_a_value_out_of_range_is_kept_and_not_believed(fed):
    fed.says((A, 99, 100.5), (B, 99, -100), (C, 99, -101))
    group = last_group(fed)
    assert group.flags.tolist() == [Flag.OUT_OF_RANGE, 0, Flag.OUT_OF_RANGE]
    fed.ticks(101)
    assert fed.value("sum") == -100


def test_a_jump_is_not_believed_until_the_new_level_stays(fed):
    fed.says(("p", 10, 100), ("p", 20, 500), ("p", 30, 505), ("p", 40, 100), ("p", 50, 101))
    assert last_group(fed).flags.tolist() == [0, Flag.JUMP, 0, Flag.JUMP, 0]
    fed.says(("p", 100, 200))  # near: within two cadences
    assert last_group(fed).flags.tolist() == [Flag.JUMP]
    fed.at(400).says(("p", 400, 900))  # after a pause anything may be
    assert last_group(fed).flags.tolist() == [0]


@pytest.mark.parametrize(
    ("values", "flags"),
    [
        ([100, 1_500, 101], [0, 3, 0]),
        ([100, 1_500, 1_501, 101], [0, 3, 3, 0]),
        ([100, 1_010, 999, 101], [0, 3, 2, 0]),
        ([100, 1_010, 999, 998], [0, 3, 2, 0]),
        ([100, 500, 101, 102], [0, 2, 0, 0]),
        ([100, 500, 900, 101], [0, 2, 2, 0]),
        ([100, 500, 900, 901, 100], [0, 2, 2, 0, 2]),
        ([100, 500, 505, 560], [0, 2, 0, 2]),
        ([1_500, 100, 500], [1, 0, 2]),
    ],
)
def test_a_value_is_compared_with_the_last_one_believed(fed, values, flags):
    found = []
    for step, value in enumerate(values):
        restored, _ = fed.again(len(fed.log.records))
        for one in (fed, restored):
            one.at(100 + step).says(("p", 100 + step, value))
        found.append(last_group(fed).flags.tolist())
        assert last_group(restored).flags.tolist() == found[-1], "also after a restart"
        assert fed.sensor("p")["value"] == value * MICRO, "the newest is shown, with its flag"
        assert fed.sensor("p")["flags"] == found[-1][0]
    assert [one for flagged in found for one in flagged] == flags


def test_after_a_pause_the_last_believed_value_says_nothing(fed):
    fed.says(("p", 0, 100))
    for second in range(60, 600, 60):
        fed.at(second).says(("p", second, -1))
    fed.at(600).says(("p", 600, 900))
    assert last_group(fed).flags.tolist() == [0]


def test_a_value_that_stays_the_same_too_long_is_stuck(fed):
    fed.says(("p", 0, 7))
    for second, expected in ((599, 0), (600, Flag.STUCK), (700, Flag.STUCK), (710, 0), (720, 0)):
        fed.at(second).says(("p", second, 7 if second <= 700 else 8))
        assert last_group(fed).flags.tolist() == [expected]


def test_late_instants_that_do_not_fit_are_for_history_and_never_doubled(fed):
    lane = fed.lane
    lane.remembered.young.held[0] = len(lane.remembered.young.keys) // 2  # full
    lane.remembered.old.held[0] = 1
    fed.says(*[(A, second, 1) for second in range(80, 100)])
    assert counts(fed.says((A, 85, 1))) == (0, 0, 1, 0, 0)
    assert counts(fed.says((A, 99, 1))) == (0, 0, 0, 1, 0), "the newest three are always known"


def test_instants_are_remembered_as_long_as_they_may_come_again(fed):
    """Also those that were ahead of the clock when they came."""
    fed.ticks(100)
    fed.says(*[(A, second, 1) for second in range(150, 160)])
    for second in range(101, 400, 3):
        fed.ticks(second)
        if second < 150 + 120:
            assert counts(fed.says((A, 150, 1))) == (0, 0, 0, 1, 0), second
    assert counts(fed.says((A, 150, 1))) == (0, 0, 1, 0, 0)


def test_an_instant_remembered_just_before_the_memory_turns_is_not_forgotten_early(fed):
    fed.ticks(100)
    fed.at(695).says(*[("p", second, 1) for second in range(740, 750)])
    for second in (701, 1302, 1310):
        fed.ticks(second)
    assert counts(fed.says(("p", 740, 1))) == (0, 0, 0, 1, 0)


# --- moving sensors ------------------------------------------------------------------------------


def spread(fed):
    counts_ = fed.lane.speakers.counts
    kind = fed.first.layout.properties.index("meter")
    return [
        {code: int(column[kind, number]) for code, number in fed.first.areas.number.items()}
        for column in (counts_.registered, counts_.speaking)
    ]


def test_a_sensor_that_moves_twice_in_a_group_is_counted_where_it_is(fed, monkeypatch):
    number = fed.first.areas.number
    where = {1: number["n1"], 2: number["n2"], 3: number["d2"], 4: -1}
    monkeypatch.setattr(
        type(fed.first),
        "area_numbers",
        lambda _, lon, _lat: np.array([where[x] for x in lon.tolist()], np.int32),
    )
    fed.enrols(entry("bus", "", moving=True))
    before = spread(fed)[0]
    fed.says(("bus", 90, 1), ("bus", 91, 2), ("bus", 92, 3), lon=[1, 2, 3])
    registered, speaking = spread(fed)
    assert registered == {**before, "d2": before["d2"] + 1, "c": before["c"] + 1}
    assert speaking == {**dict.fromkeys(before, 0), "d2": 1, "c": 1}
    fed.says(("bus", 93, 20), ("bus", 94, 20), lon=[2, 1])
    registered, speaking = spread(fed)
    assert (registered["n2"], registered["n1"]) == (before["n2"], before["n1"] + 1)
    assert speaking == {**dict.fromkeys(before, 0), "n1": 1, "s1": 1, "d1": 1, "c": 1}
    fed.ticks(101)
    assert fed.value("share", "n1") == 1.0
    fed.says(("bus", 95, 20), lon=[4])
    assert spread(fed)[1]["c"] == 0
    assert state(fed.again()[0].lane)[1] == state(fed.lane)[1]


def test_a_moving_sensor_that_says_no_place_stays_where_it_was(fed):
    fed.enrols(entry("bus", "n1", moving=True), entry("fixed", "n2"))
    fed.says(("bus", 90, 1), ("fixed", 90, 1), lon=[None, 5])
    assert fed.sensor("bus")["area"] == fed.first.areas.number["n1"]
    assert fed.sensor("fixed")["area"] == fed.first.areas.number["n2"]


# --- signs ---------------------------------------------------------------------------------------


def test_what_the_signs_say(fed):
    fed.says((A, 30, 10), (A, 70, 20), (B, 70, 40), (C, 90, -4))
    fed.ticks(119)
    said = {name: fed.value(name) for name in SIGNS}
    assert said["sum"] == 66
    assert said["mean"] == 16.5
    assert (said["max"], said["min"], said["count"]) == (40, -4, 4)
    assert said["rate"] == 66 * 20
    assert said["share"] == 2 / 3 - 2 / 3 % 1e-6
    assert said["whole"] == 10
    assert said["weighed"] == (20 + 3 * 40 - 4) / 5
    assert said["per_head"] == 0.056
    assert said["per_m2"] == 56 / 50
    assert said["covered"] == 56
    assert said["probed"] is None, "nobody speaks"
    assert fed.value("health") is None, "only a quarter of the weight is known"
    assert fed.value("sum", "d1") == 70
    assert fed.value("per_head", "d1") == 8.571428
    assert fed.value("per_m2", "d1") is None, "its size is not known"
    assert fed.value("sum", "n2") == 40
    assert 39 < fed.value("quantile") < 42


def test_a_late_value_corrects_its_pane_and_the_window(fed):
    fed.says((A, 30, 10), (A, 90, 1))
    fed.ticks(150)
    assert (fed.value("sum"), fed.value("max")) == (11, 10)
    fed.says((A, 35, 50))
    fed.ticks(151)
    assert (fed.value("sum"), fed.value("max"), fed.value("count")) == (61, 50, 3)
    fed.ticks(180)  # the pane of the first minute leaves the window of three
    assert (fed.value("sum"), fed.value("max"), fed.value("whole")) == (1, 1, 0)
    fed.says((A, 36, 50))  # later than lateness: for history alone
    fed.ticks(181)
    assert fed.value("sum") == 1


def test_values_ahead_do_not_drive_out_panes_that_are_needed(small):
    """60 seconds ahead is twelve panes of five seconds."""
    fed = Fed(city(properties={**PROPERTIES, "meter": _with_lateness(30)}))
    fed.enrols(entry(A))
    fed.at(100)
    for second in range(70, 161, 5):
        fed.says((A, second, 1))
    for second in (100, 105, 110, 129, 155):
        fed.ticks(second)
        assert fed.value("fine") == 6, second


def _with_lateness(seconds):
    return msgspec.structs.replace(PROPERTIES["meter"], lateness_s=seconds)


def test_where_too_few_speak_or_none_it_is_unknown(fed):
    assert fed.ticks(101).crossings == []
    assert all(fed.value(name) is None for name in SIGNS)
    fed.says((A, 101, 1))
    fed.ticks(102)
    assert fed.value("sum") == 1
    assert fed.value("covered") is None, "a third speaks"
    assert fed.value("sum", "d2") is None, "nobody speaks there"
    silent = fed.ticks(101 + 3 * 60 + 2).silent
    assert [(group.property, group.area, group.count) for group in silent] == [("meter", "s1", 1)]
    assert fed.value("sum") is None
    fed.at(300).says((A, 300, 5))
    assert [group.sensors for group in fed.ticks(301).spoken] == [[A]]
    assert fed.value("sum") == 5


def test_values_for_history_alone_do_not_make_a_sensor_speak(fed):
    fed.says((A, -500, 5))
    fed.ticks(101)
    assert fed.value("sum") is None
    assert fed.sensor(A)["state"] == 0


def test_too_much_for_a_number_is_unknown_and_not_wrong(fed):
    fed.says((A, 99, 1))
    cells = fed.lane.panes.held.cells
    cells["sum"][cells["count"] > 0] = 8 * 10**18
    cells["count"][cells["count"] > 0] = 8 * 10**10
    fed.ticks(100)
    assert fed.value("sum") == 8 * 10**12
    assert fed.value("rate") is None
    cells["count"][cells["count"] > 0] = 2**62
    fed.ticks(101)
    assert fed.value("sum") is None


# --- states do not depend on batching, doubles or refusals ---------------------------------------


def test_a_state_is_that_of_the_newest_believed_value(fed):
    fed.says((A, 90, 20), (A, 91, 500))  # the newer one is out of range
    fed.ticks(100)
    assert fed.value("share", "n1") == 1.0
    fed.says((A, 91, 0))  # doubled instant, other value
    fed.says((A, 92, 0), feed="other")
    fed.ticks(101)
    assert fed.value("share", "n1") == 1.0
    fed.says((A, 90.5, 0))  # late, but newer than what is believed
    fed.ticks(102)
    assert fed.value("share", "n1") == 0.0


# --- crossings -----------------------------------------------------------------------------------


def crossed(ticked, area="n1"):
    return [(one.kind, one.from_level, one.level) for one in ticked.crossings if one.area == area]


def test_a_warning_rises_and_ends(fed):
    fed.says((A, 100, 25))
    assert crossed(fed.ticks(101)) == [("raised", "", "blue")]
    fed.says((A, 102, 45))
    assert crossed(fed.ticks(103)) == [("changed", "blue", "orange")]
    seen = []
    for second in range(160, 800, 60):
        fed.at(second).says((A, second, 5))
        told = crossed(fed.ticks(second + 1))
        seen += told
    assert [kind for kind, _, _ in seen] == ["below", "cleared"]
    assert fed.lane.standing.level.max() == 0


def test_a_silent_sensor_ends_its_warning_as_unknown(fed):
    fed.says((A, 100, 25))
    fed.ticks(101)
    assert crossed(fed.ticks(400)) == [("unknown", "blue", "")]


def test_late_data_take_a_warning_back():
    fed = Fed(city(banded=("mean",)))
    fed.enrols(entry(A), entry(B))
    fed.at(65).says((A, 61, 30), (B, 30, 0))
    assert crossed(fed.ticks(66)) == []
    fed.says((A, 62, 60), (A, 63, 60))
    assert crossed(fed.ticks(67)) == [("raised", "", "blue")]
    fed.at(125).says((A, 121, 0), (B, 122, 0))
    fed.ticks(126)
    fed.at(130).says(*[(B, 64 + step / 10, 0) for step in range(10)])
    restored, _ = fed.again(len(fed.log.records))
    told = fed.ticks(131)
    assert restored.ticks(131).crossings == told.crossings, "also after a restart before the tick"
    assert crossed(told)[0] == ("retracted", "blue", "")
    assert crossed(fed.ticks(132)) == []


def test_late_data_take_a_warning_back_to_what_its_earlier_window_still_reaches():
    late = {**PROPERTIES, "meter": _with_lateness(600)}
    fed = Fed(city(banded=("weighed",), properties=late))
    fed.enrols(entry(A))
    fed.at(65).says((A, 61, 30))
    assert crossed(fed.ticks(66)) == [("raised", "", "blue")]
    fed.at(125).says((A, 121, 50))
    assert crossed(fed.ticks(126)) == [("changed", "blue", "orange")]
    fed.at(185).says((A, 181, 15))
    assert crossed(fed.ticks(186)) == []
    fed.says(*[(A, 122 + step / 10, 0) for step in range(9)])
    restored, _ = fed.again(len(fed.log.records))
    told = fed.ticks(187)
    assert crossed(told) == [("revised", "orange", "blue")], "the first window is as it was"
    assert restored.ticks(187).crossings == told.crossings
    fed.at(190).says(*[(A, 62 + step / 10, 0) for step in range(9)])
    assert crossed(fed.ticks(191)) == [("retracted", "blue", "")]


def test_late_data_into_the_first_window_leave_what_a_later_one_reached():
    fed = Fed(city(banded=("weighed",)))
    fed.enrols(entry(A))
    fed.at(65).says((A, 61, 30))
    fed.ticks(66)
    fed.at(125).says((A, 121, 50))
    fed.ticks(126)
    fed.at(165).says(*[(A, 62 + step / 10, 0) for step in range(9)])
    fed.at(185).says((A, 181, 15))
    assert crossed(fed.ticks(186)) == []


def test_a_window_that_is_closed_for_late_data_stands_as_it_was_judged():
    fed = Fed(city(banded=("weighed",)))
    fed.enrols(entry(A))
    fed.at(65).says((A, 61, 30))
    fed.ticks(66)
    for second in range(125, 900, 60):
        fed.at(second).says((A, second - 4, 15))
        assert crossed(fed.ticks(second + 1)) == []
    fed.at(905).says((A, 901, 50))
    assert crossed(fed.ticks(906)) == [("changed", "blue", "orange")]
    fed.at(961).says((A, 961, 15))
    fed.ticks(961)
    fed.at(965).says(*[(A, 902 + step / 10, 0) for step in range(9)])
    assert crossed(fed.ticks(966)) == [("revised", "orange", "blue")]


@pytest.mark.parametrize(("name", "area"), [("quantile", "n1"), ("per_head", "d1")])
def test_quantiles_and_signs_per_head_are_judged_again(name, area):
    # The district has 7 residents: a sum of 350 is 50 for each.
    fed = Fed(city(banded=(name,)))
    fed.enrols(*[entry(f"s{number}") for number in range(10)])
    fed.at(65).says(*[(f"s{number}", 61, 35) for number in range(10)])
    assert crossed(fed.ticks(66), area)[0][0] == "raised"
    fed.at(310).says(*[(f"s{number}", 301, 0) for number in range(10)])
    fed.ticks(311)
    late = city(banded=(name,), properties={**PROPERTIES, "meter": _with_lateness(600)})
    other = Fed(late)
    other.enrols(*[entry(f"s{number}") for number in range(10)])
    other.at(65).says(*[(f"s{number}", 61, 35) for number in range(10)])
    raised = crossed(other.ticks(66), area)
    other.at(310).says(*[(f"s{number}", 301, 0) for number in range(10)])
    other.ticks(311)
    other.says(*[(f"s{n}", 62 + step, -35) for n in range(10) for step in range(12)])
    assert ("retracted", raised[0][2], "") in crossed(other.ticks(312), area)


def test_judged_again_is_what_was_judged_at_first():
    """Without any late value every window says again what its tick said."""
    names = [name for name in SIGNS if name not in ("share", "probed", "fine")]
    fed = Fed(city(banded=tuple(names)))
    fed.enrols(entry(A), entry(B, "n2", weight=3), entry(C, "d2"))
    blocks = fed.lane.city.layout.blocks
    for step in range(9):
        fed.at(65 + 60 * step).says((A, 61 + 60 * step, 7 * step), (B, 62 + 60 * step, 91 - step))
        fed.ticks(66 + 60 * step)
        for block, sign_ in enumerate(blocks.sign.tolist()):
            if fed.lane.city.layout.names[sign_] not in names:
                continue
            running = int(fed.lane.panes.held.running[
                fed.lane.city.layout.windows.plane[blocks.window[block]]])  # fmt: skip
            last = running - int(blocks.tumbling[block])
            start = int(blocks.start[block])
            for place in range(start, start + int(blocks.areas[block])):
                said = int(fed.lane.values.value[place])
                if said != UNKNOWN:
                    again = fed.lane.triggers._value(place, block, last, fed.lane.panes)
                    assert again == said, fed.lane.city.layout.names[sign_]


# --- batches, registers --------------------------------------------------------------------------


def test_a_batch_sent_again_is_known_again(fed):
    first = fed.says((A, 100, 1), id_="b1", digest="x")
    again = fed.says((A, 100, 1), id_="b1", digest="x")
    assert again.repeated
    assert again.taken == first.taken
    with pytest.raises(Conflict):
        fed.says((A, 100, 2), id_="b1", digest="y")
    assert not fed.says((A, 101, 1), id_="b2", digest="x").repeated
    twice = fed.lane.take([incoming([(A, 102, 1)], id_="b3")] * 2, fed.now)
    assert isinstance(twice[1], Retryable)
    other = incoming([(A, 103, 1)])
    other = type(other)(feed="f", batch=type(other.batch)(
        **{**{name: getattr(other.batch, name) for name in other.batch.__struct_fields__},
           "register": "elsewhere"}))  # fmt: skip
    refusal = fed.lane.take([other], fed.now)[0]
    assert isinstance(refusal, Rejected)
    assert refusal.code == "other_register"


def test_a_sensor_is_bound_anew(fed):
    fed.says((A, 100, 20))
    fed.enrols(entry(A, "d2"), entry(A, "n2"))
    registered, speaking = spread(fed)
    assert (registered["n1"], registered["n2"], registered["d2"]) == (0, 2, 1)
    assert (speaking["n1"], speaking["n2"]) == (0, 1)
    fed.ticks(101)
    assert (fed.value("share", "n2"), fed.value("share", "n1")) == (1.0, None)
    fed.enrols(entry(A, "n2", property="probe"))
    fed.ticks(102)
    assert fed.value("share", "n2") is None


# --- time ----------------------------------------------------------------------------------------


def test_records_never_go_back_in_time(fed):
    fed.says((A, 100, 1))
    fed.at(10).says((A, 101, 1))
    fed.lane.tick(T0)
    fed.enrols(entry("z"))
    times = [record[-1] if record[0] != "tick" else record[1].at for record in fed.log.records]
    assert times == sorted(times)
    other, _ = fed.again()
    assert other.lane.known_at == fed.lane.known_at == T0 + 100 * MICRO


# --- restart -------------------------------------------------------------------------------------


def history(fed):
    fed.enrols(entry(A, gateway="g"), entry(B, "n2", gateway="g"), entry("bus", "", moving=True))
    told = []
    for step in range(40):
        second = 100 + 13 * step
        fed.at(second)
        if not 15 < step < 32:
            fed.says((A, second - 1, step % 7 * 9), (B, second - 30, step), (A, second - 50, 3))
            fed.says((B, second - 31, 4))
        fed.says((C, second, 25 if step % 9 < 4 else 5), ("p", second, 3), ("p", second - 40, 900))
        if step % 3 == 0:
            told.append(fed.ticks(second + 1))
        if step == 20:
            fed.enrols(entry("new", "n2"), entry(B, "n1"))
        fed.says(("new", second, step))
    return told


def test_played_again_from_any_record_it_is_the_same(small):
    fed = Fed(small)
    told = history(fed)
    kinds = {one.kind for ticked in told for one in ticked.crossings}
    assert {"raised", "changed", "unknown"} <= kinds
    assert any(group.gateway == "g" for ticked in told for group in ticked.silent)
    assert any(ticked.spoken for ticked in told)
    expected = state(fed.lane)
    for upto in range(0, len(fed.log.records) + 1, 5):
        other, again = fed.again(upto)
        assert state(other.lane) == expected, upto
        assert [strip(one) for one in again] == [
            strip(one) for one in told[len(told) - len(again) :]
        ]


def strip(ticked):
    return (ticked.number, ticked.at, ticked.crossings, ticked.silent, ticked.spoken)


def test_a_dead_gateway_is_one_group(small):
    fed = Fed(small)
    fed.enrols(*[entry(f"s{number}", gateway="g") for number in range(100)])
    fed.at(10).says(*[(f"s{number}", 10, 1) for number in range(100)])
    fed.ticks(11)
    silent = fed.ticks(140).silent
    assert [(group.gateway, group.count, len(group.sensors)) for group in silent] == [
        ("g", 100, 20)
    ]
    assert fed.ticks(400).silent == []
