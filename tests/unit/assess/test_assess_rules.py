"""When two reports tell of the same thing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chengyun.assess.policy import Fusing
from chengyun.assess.rules import (
    ONE,
    Relation,
    cell_of,
    cells_within,
    classes_of,
    folded,
    learned_rate_ppm,
    relate,
    remembered,
)
from chengyun.kernel.crs import Point, distance_mm

LON, LAT = 1214705000, 312305000


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """An open report, as plain as can be."""

    report: str = "r"
    seq: int = 1
    type: str = "lamp"
    channel: str = "phone"
    place_text: str = ""
    attributes: dict[str, str] = {}
    entered_at: int = 0
    lon_e7: int | None = None
    lat_e7: int | None = None


def seen(**what: Any) -> Seen:
    return Seen(**what)


AT = {"lon_e7": LON, "lat_e7": LAT}
BESIDE = {"lon_e7": LON + 200, "lat_e7": LAT}
FAR = {"lon_e7": LON + 20_000, "lat_e7": LAT}
LIGHTS = {"attributes": {"reason": "lights"}}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (AT, AT, (False, True)),
        (AT, BESIDE, (True, True)),
        (AT, FAR, None),
        (AT, {}, None),
        ({}, {}, None),
        ({"place_text": "1 elm"}, {"place_text": "1 elm"}, (False, True)),
        ({"place_text": "1 elm"} | AT, {"place_text": "1 elm"} | FAR, (False, True)),
        ({"place_text": "1 elm"} | AT, {"place_text": "2 elm"} | BESIDE, (True, True)),
        (AT | {"type": "hole"}, AT, None),
        (AT | {"type": "hole"} | LIGHTS, AT | LIGHTS, (False, False)),
        (AT | {"type": "hole"} | LIGHTS, AT, None),
        (AT | {"type": "hole", "attributes": {"reason": ""}}, AT, None),
        (AT | {"lat_e7": None}, AT, None),
    ],
)
def test_how_two_reports_relate(
    one: dict[str, Any], other: dict[str, Any], expected: tuple[bool, bool] | None
) -> None:
    found = relate(seen(**one), seen(**other), "reason", 50)
    assert (None if found is None else (found.near, found.same_type)) == expected


def test_without_a_group_only_the_same_type_is_alike() -> None:
    one, other = seen(**AT, type="hole", **LIGHTS), seen(**AT, **LIGHTS)
    assert relate(one, other, "", 50) is None


def test_the_radius_is_inclusive() -> None:
    north = {"lon_e7": LON, "lat_e7": LAT + 4_496}
    apart = distance_mm(Point(LON, LAT), Point(LON, LAT + 4_496))
    assert 49_900 < apart <= 50_000
    assert relate(seen(**AT), seen(**north), "", 50) is not None
    assert relate(seen(**AT), seen(**north), "", 49) is None


def test_a_relation_does_not_depend_on_who_came_first() -> None:
    for one, other in ((AT, BESIDE), (AT | LIGHTS, BESIDE | LIGHTS | {"type": "hole"})):
        there = relate(seen(**one), seen(**other), "reason", 50)
        back = relate(seen(**other), seen(**one), "reason", 50)
        assert there is not None
        assert back is not None
        assert (there.near, there.same_type) == (back.near, back.same_type)


def test_the_strongest_relation_is_same_place_then_same_type_then_the_latest() -> None:
    ranked = [
        Relation(seen(seq=9, entered_at=5), near=False, same_type=True),
        Relation(seen(seq=8, entered_at=5), near=False, same_type=True),
        Relation(seen(seq=7, entered_at=4), near=False, same_type=True),
        Relation(seen(seq=6, entered_at=9), near=False, same_type=False),
        Relation(seen(seq=5, entered_at=9), near=True, same_type=True),
        Relation(seen(seq=4, entered_at=9), near=True, same_type=False),
    ]
    assert sorted(ranked, key=lambda one: one.rank) == ranked


candidates = st.lists(
    st.builds(
        Seen,
        seq=st.integers(1, 10_000),
        type=st.sampled_from(["lamp", "hole"]),
        place_text=st.sampled_from(["", "1 elm", "2 elm"]),
        attributes=st.sampled_from([{}, {"reason": "lights"}]),
        entered_at=st.integers(0, 5),
        lon_e7=st.sampled_from([None, LON, LON + 200, LON + 20_000]),
        lat_e7=st.sampled_from([None, LAT]),
    ),
    max_size=8,
    unique_by=lambda one: one.seq,
)


@given(candidates, st.randoms(use_true_random=False))
def test_which_one_is_chosen_does_not_depend_on_the_order(
    others: Sequence[Seen], random: Any
) -> None:
    report = seen(seq=20_000, place_text="1 elm", attributes={"reason": "lights"}, **AT)

    def chosen(order: Sequence[Seen]) -> int | None:
        found = [relate(report, other, "reason", 50) for other in order]
        ranked = sorted((one for one in found if one is not None), key=lambda one: one.rank)
        return ranked[0].other.seq if ranked else None

    shuffled = list(others)
    random.shuffle(shuffled)
    assert chosen(others) == chosen(shuffled) == chosen(list(reversed(others)))


def test_places_in_words_are_compared_without_case_and_runs_of_blanks() -> None:
    assert folded("  39 LORRAINE  st\tRoslindale ") == "39 lorraine st roslindale"
    assert folded(" ") == ""


@example(lon=9_000, lat=600_000_000, east=17_900, north=0, radius_m=100)
@example(lon=9_999, lat=0, east=4_490, north=0, radius_m=50)
@example(lon=0, lat=0, east=0, north=-1, radius_m=1)
@given(
    lon=st.integers(-1_790_000_000, 1_790_000_000),
    lat=st.integers(-600_000_000, 600_000_000),
    east=st.integers(-20_000, 20_000),
    north=st.integers(-20_000, 20_000),
    radius_m=st.integers(0, 200),
)
def test_what_lies_within_the_radius_is_compared(
    lon: int, lat: int, east: int, north: int, radius_m: int
) -> None:
    if distance_mm(Point(lon, lat), Point(lon + east, lat + north)) <= radius_m * 1_000:
        assert cell_of(lon + east, lat + north) in set(cells_within(lon, lat, radius_m))


# --- classes and what closings taught ---------------------------------------------------------
@pytest.mark.parametrize(
    ("gap_s", "place"), [(0, 0), (360, 0), (361, 1), (7_200, 1), (604_800, 3), (604_801, 4)]
)
def test_classes_go_from_coarse_to_fine(gap_s: int, place: int) -> None:
    relation = Relation(seen(), near=True, same_type=True)
    report = seen(attributes={"reason": "lights"})
    policy = Fusing(group="reason", source="test")
    assert classes_of(relation, report, gap_s, policy) == [
        "near+type",
        "near+type|reason=lights",
        "near+type|type=lamp",
        f"near+type|type=lamp|gap={place}",
    ]


def test_without_a_group_there_is_no_class_of_it() -> None:
    relation = Relation(seen(), near=False, same_type=False)
    assert classes_of(relation, seen(), 0, Fusing(gaps_s=[1], source="test")) == [
        "same-place+group",
        "same-place+group|type=lamp",
        "same-place+group|type=lamp|gap=0",
    ]


def test_channel_and_a_finer_gap_make_finer_classes_where_the_pack_wants_them() -> None:
    relation = Relation(seen(), near=False, same_type=True)
    policy = Fusing(by_channel=True, fine_gaps_s=[60, 120], source="test")
    assert classes_of(relation, seen(), 61, policy)[2:] == [
        "same-place+type|type=lamp|gap=0",
        "same-place+type|type=lamp|gap=0|channel=phone",
        "same-place+type|type=lamp|gap=0|channel=phone|fine=1",
    ]


def test_what_was_learned_fades_and_without_a_memory_does_not() -> None:
    kept = faded = 0
    for closing in (1, 1, 0, 0):
        kept, faded = remembered(kept, closing, 0), remembered(faded, closing, 1)
    assert (kept, faded) == (2 * ONE, 384)


def scaled(counts: tuple[int, int]) -> tuple[int, int]:
    return counts[0] * ONE, counts[1] * ONE


def rate(*counts: tuple[int, int], prior: int = 30_000, pseudo: int = 16) -> int:
    names = [str(number) for number in range(len(counts))]
    return learned_rate_ppm(names, lambda name: scaled(counts[int(name)]), prior, pseudo)


def test_the_learned_rate_leans_on_the_coarser_class() -> None:
    assert rate() == 30_000
    assert rate((0, 0), (0, 0)) == 30_000
    assert rate((16, 16)) == (16 * 1_000_000 + 16 * 30_000) // 32
    assert rate((16, 16), (0, 0)) == rate((16, 16))
    coarse = (100 * 1_000_000 + 16 * 30_000) // 216
    assert rate((200, 100), (4, 4)) == (4 * 1_000_000 + 16 * coarse) // 20
    assert rate((10**9, 500_000_000)) == pytest.approx(500_000, abs=1)


@given(
    st.lists(
        st.integers(0, 500).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))), max_size=4
    ),
    st.integers(0, 1_000_000),
)
def test_a_rate_is_a_share_and_a_duplicate_more_never_lowers_it(
    counts: list[tuple[int, int]], prior: int
) -> None:
    here = rate(*counts, prior=prior)
    assert 0 <= here <= 1_000_000
    if counts:
        pairs, duplicates = counts[-1]
        assert rate(*counts[:-1], (pairs + 1, duplicates + 1), prior=prior) >= here
        assert rate(*counts[:-1], (pairs + 1, duplicates), prior=prior) <= here
