"""A lane goes on under another pack: what still exists is carried over, what is gone is ended."""

import msgspec
import pytest
from lane_city import AREAS, BAND, PROPERTIES, SIGNS, T0, Fed, city, entry, sign, state
from test_lane import counts, crossed, history, strip

from chengyun.app.stream.city import city_of_content
from chengyun.app.stream.opening import open_lane
from chengyun.app.stream.verifying import verified
from chengyun.facts.registers import AreaEntry, Areas
from chengyun.kernel.errors import StoreFailed
from chengyun.vitals.policy import InState

SHIFTED = Areas(
    areas={
        **AREAS.areas,
        "a0": AreaEntry(level="district", parent="c", name="a0"),
        "m0": AreaEntry(level="neighbourhood", parent="s1", name="m0"),
    }
)
"""New areas that come before the others, so that all numbers change."""
MORE = {"alpha": PROPERTIES["meter"], **PROPERTIES}
ELSEWHERE = city(
    areas=SHIFTED,
    properties=MORE,
    signs={"aaa": sign("sum", "alpha", pane_s=60, window_s=60), **SIGNS},
)
"""The same signs, all at other places."""


@pytest.fixture(scope="module")
def small():
    return city()


def everything(fed):
    """Return what every sign says where it was before, too."""
    return {(name, area): fed.value(name, area) for name in SIGNS for area in AREAS.areas}


@pytest.mark.parametrize("at", [0, 7, 19, 33])
def test_what_still_exists_goes_on_as_if_nothing_had_changed(small, at):
    straight, changed = Fed(small), Fed(small)
    told = [[], []]
    for number, fed in enumerate((straight, changed)):
        fed.enrols(entry("a", gateway="g"), entry("b", "n2", gateway="g", weight=3),
                   entry("c", "d2"), entry("p", property="probe"))  # fmt: skip
        for step in range(40):
            second = 100 + 13 * step
            if step == at and fed is changed:
                fed.adopts(ELSEWHERE)
            fed.at(second)
            if not 15 < step < 32:
                fed.says(("a", second - 1, step % 7 * 9), ("b", second - 30, step))
                fed.says(("a", second - 50, 3), ("b", second - 31, 4))
            fed.says(("c", second, 25 if step % 9 < 4 else 5), ("p", second - 40, step * 9))
            ticked = fed.ticks(second + 1)
            told[number].append((strip(ticked), everything(fed)))
    assert told[0] == told[1]
    kinds = {one.kind for (_, _, crossings, _, _), _ in told[1] for one in crossings}
    assert {"raised", "changed", "unknown"} <= kinds


def test_what_late_data_take_back_is_taken_back_under_the_next_pack_too():
    fed = Fed(city(banded=("mean",)))
    fed.enrols(entry("a"), entry("b"))
    fed.at(65).says(("a", 62, 60), ("b", 30, 0))
    assert crossed(fed.ticks(67)) == [("raised", "", "blue")]
    fed.at(125).says(("a", 121, 0), ("b", 122, 0))
    fed.ticks(126)
    fed.at(130).says(*[("b", 64 + step / 10, 0) for step in range(10)])
    fed.adopts(city(banded=("mean",), areas=SHIFTED, properties=MORE))
    assert crossed(fed.ticks(131))[0] == ("retracted", "blue", "")


@pytest.mark.parametrize(
    "fewer",
    [
        city(signs={name: one for name, one in SIGNS.items() if name != "max"}),
        city(banded=()),
        city(signs={**SIGNS, "max": sign("max", pane_s=60, window_s=180, levels=["city"])}),
        city(areas=Areas(areas={code: one for code, one in AREAS.areas.items() if code != "n1"})),
        city(signs={}, composites={}, properties={}, banded=()),
    ],
)
def test_nothing_stays_open_where_nothing_stands_any_more(small, fewer):
    fed = Fed(small)
    fed.enrols(entry("a"))
    fed.at(100).says(("a", 100, 45))
    assert crossed(fed.ticks(101)) == [("raised", "", "orange")]
    fed.adopts(fewer)
    restored, _ = fed.again(len(fed.log.records))
    ended = crossed(fed.ticks(102))
    assert ended == [("unknown", "orange", "")]
    assert crossed(restored.ticks(102)) == ended, "also after a restart before the tick"
    assert crossed(fed.ticks(103)) == []
    fed.adopts(small)
    fed.at(104).says(("a", 104, 45)) if "n1" in fewer.areas.number and fewer.properties else None
    assert ("changed", "blue", "orange") not in crossed(fed.ticks(105))


def test_a_warning_that_was_sinking_sinks_on_under_another_band(small):
    fed = Fed(small)
    fed.enrols(entry("a"))
    fed.at(100).says(("a", 100, 45))
    fed.ticks(101)
    for second in (300, 330):
        fed.at(second).says(("a", second, 5))
        fed.ticks(second)
    assert fed.lane.standing.below_since.max() > 0
    longer = msgspec.structs.replace(BAND, dwell_s=240)
    fed.adopts(city(band=longer))
    seen = []
    for second in range(360, 640, 30):
        fed.at(second).says(("a", second, 5))
        seen += [(second, kind) for kind, _, _ in crossed(fed.ticks(second))]
    assert seen == [(540, "cleared")]


def test_a_property_that_is_gone_measures_nothing(small):
    fed = Fed(small)
    fed.enrols(entry("a"), entry("p", property="probe"))
    fed.at(100).says(("a", 100, 1), ("p", 100, 1))
    fed.ticks(101)
    fed.at(400).says(("p", 400, 1))
    meters = {name: one for name, one in SIGNS.items() if one.property == "meter"}
    fed.adopts(city(properties={"meter": PROPERTIES["meter"]}, signs=meters, composites={}))
    assert fed.ticks(401).spoken == []
    assert counts(fed.at(410).says(("a", 410, 2), ("p", 410, 2))) == (1, 0, 0, 0, 1)
    fed.ticks(411)
    assert fed.value("sum") == 2
    assert [group.property for group in fed.ticks(1_000).silent] == ["meter"]


def test_a_new_state_is_that_of_the_newest_believed_value(small):
    fed = Fed(small)
    fed.enrols(entry("a"), entry("b"), entry("c", "n2"))
    fed.at(100).says(("a", 100, 30), ("b", 100, 30), ("c", 100, 5))
    fed.at(101).says(("b", 101, 500))
    narrow = sign("share")
    narrow = msgspec.structs.replace(narrow, state=InState(at_least=29, at_most=31))
    fed.adopts(city(signs={**SIGNS, "narrow": narrow}))
    fed.ticks(102)
    assert fed.value("share", "n1") == 1.0
    assert fed.value("narrow", "n1") == 0.5, "of the second nothing is known yet"
    assert fed.value("narrow", "n2") == 0.0
    fed.at(103).says(("b", 103, 30), ("a", 103, 7))
    fed.ticks(104)
    assert (fed.value("share", "n1"), fed.value("narrow", "n1")) == (0.5, 0.5)


def test_played_again_over_a_change_it_is_the_same(small):
    fed = Fed(small)
    told = history(fed)
    fed.adopts(ELSEWHERE)
    for step in range(12):
        fed.at(640 + step).says(("b", 640 + step, step * 5), ("new", 500 + step, 1))
        told.append(fed.ticks(640 + step))
    expected = state(fed.lane)
    for upto in range(0, len(fed.log.records) + 1, 9):
        other, again = fed.again(upto)
        assert state(other.lane) == expected, upto
        assert [strip(one) for one in again] == [
            strip(one) for one in told[len(told) - len(again) :]
        ]


def test_the_change_is_a_record_and_old_records_are_played_under_their_own_pack(tmp_path, small):
    def passes(of, second, value):
        opened = open_lane(tmp_path, of, told=0)
        lane, now = opened.lane, T0 + second * 1_000_000
        fed = Fed(of)
        fed.lane = lane
        if second == 1:
            fed.enrols(entry("a"))
        fed.at(second).says(("a", second, value))
        ticked = lane.tick(now)
        opened.log.close()  # as a crash would leave it: no snapshot
        opened.lock.close()
        return ticked

    assert crossed(passes(small, 1, 45)) == [("raised", "", "orange")]
    assert crossed(passes(ELSEWHERE, 2, 45)) == []
    assert crossed(passes(city(banded=()), 3, 45)) == [("unknown", "orange", "")]
    last = open_lane(tmp_path, city(banded=()), told=0)
    assert [one.number for one in last.untold] == [1, 3]
    last.log.close()
    last.lock.close()
    assert verified(tmp_path, small).ticks == 3
    (tmp_path / "stream" / "packs" / f"{ELSEWHERE.digest}.pack").write_bytes(b"x")
    with pytest.raises(StoreFailed, match="version of the city pack"):
        open_lane(tmp_path, small, told=0)


def test_what_the_lane_takes_from_a_pack_compiles_to_the_same(small):
    again = city_of_content(small.content)
    assert again.digest == small.digest
    assert again.content == small.content
    assert again.areas.codes == small.areas.codes
