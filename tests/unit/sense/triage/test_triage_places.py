"""Places in texts: names as written, read, misspelled; what contradicts stays a candidate."""

from __future__ import annotations

import doctest
import time

import pytest

from chengyun.facts.places import Place
from chengyun.facts.registers import AreaEntry, Areas, AssetEntry, AssetRegister
from chengyun.kernel.limits import MAX_PLACE_HITS, MAX_TRIAGE_CANDIDATES
from chengyun.sense.triage import gazetteer as gazetteer_room
from chengyun.sense.triage import readings as readings_room
from chengyun.sense.triage import wordlist
from chengyun.sense.triage.finding import found
from chengyun.sense.triage.gazetteer import gazetteer
from chengyun.sense.triage.policy import Landmark, Landmarks


def area(level: str, parent: str, name: str, name_zh: str, *aliases: str) -> AreaEntry:
    return AreaEntry(level=level, parent=parent, name=name, name_zh=name_zh, aliases=list(aliases))


AREAS = Areas(
    areas={
        "c": area("city", "", "Small City", "小城"),
        "d1": area("district", "c", "Luze District", "露泽区"),
        "d2": area("district", "c", "Heshan District", "鹤杉区"),
        "s1": area("subdistrict", "d1", "Yanfang Subdistrict", "燕坊街道", "老码头"),
        "s2": area("subdistrict", "d2", "Lizhai Subdistrict", "梨寨街道"),
        "n1": area("neighbourhood", "s1", "Liuze Community", "柳泽社区"),
        "n2": area("neighbourhood", "s2", "Liuze Community", "柳泽社区"),
        "n3": area("neighbourhood", "s2", "Changqiao Community", "长桥社区"),
    }
)
MARKS = Landmarks(
    landmarks={
        "st1": Landmark(kind="street", name="Changzhai Avenue", name_zh="菖寨大道"),
        "m1": Landmark(
            kind="station", name="Jiqiao Station (Line 1)", name_zh="霁桥站（1号线）", lon=1, lat=1
        ),
        "p1": Landmark(kind="park", name="Rose Garden", name_zh="", area="s2"),
    }
)
ASSETS = AssetRegister(
    assets={
        "3199010103000001": AssetEntry(type="manhole", name="菖寨大道", lon=1.0, lat=1.0),
        "3199010103000002": AssetEntry(type="lamp", name="菖寨大道"),
        "3199010103000003": AssetEntry(type="lamp", name="望江亭灯"),
    }
)
NAMES = gazetteer(AREAS, MARKS, ASSETS)


def area_of(place: Place) -> str:
    return "n3" if place.lon_e7 == 10_000_000 else ""


def places(text: str, words: str = ""):
    return found(text, words, NAMES, area_of)


@pytest.mark.parametrize(
    ("text", "code", "how"),
    [
        ("燕坊街道有人乱倒垃圾", "s1", "name"),
        ("燕坊這邊沒水", "s1", "short"),
        ("老码头路灯不亮", "s1", "name"),
        ("燕访街道", "s1", "sounds"),
        ("rubbish at Yanfang Subdistrict", "s1", "name"),
        ("YANFANG lamp", "s1", "short"),
        ("yan fang jie dao", "s1", "pinyin"),
        ("yanfang jiedao", "s1", "pinyin"),
        ("yfjd", "s1", "initials"),
        ("Yanfnag Subdistrict", "s1", "one_off"),
        ("Yonfung Subdistrict", "", ""),
        ("Yanfan Subdistrict", "s1", "one_off"),
        ("Yangfang Subdistrict", "s1", "one_off"),
        ("changqiao shequ", "n3", "pinyin"),
        ("zhangqiao shequ", "n3", "pinyin"),
        ("长乔社区", "n3", "sounds"),
        ("长柳社区", "n3", "one_off"),
        ("霁桥地铁站门口", "m1", "name"),
        ("霁桥站", "m1", "name"),
        ("in the rose garden", "p1", "name"),
        ("3199010103000001 是坏的", "3199010103000001", "code"),
        ("望江亭灯不亮", "3199010103000003", "name"),
        ("菖塞大道", "st1", "one_off"),
        ("什么地方都没说", "", ""),
        ("", "", ""),
    ],
    ids=[f"name{n}" for n in range(25)],
)
def test_one_name(text, code, how):
    where = places(text)
    assert [one.code for one in where.places] == ([code] if code else [])
    assert [one.params["how"] for one in where.reasons] == ([how] if how else [])


@pytest.mark.parametrize(
    "text", ["露泽区柳泽社区", "柳泽社区，露泽区", "Liuze Community, Luze District"]
)
def test_a_name_of_two_is_told_apart_by_what_holds_it_in_any_order(text):
    first, *rest = places(text).places
    assert first.code == "n1"
    assert first.ppm > 500_000
    assert [one.code for one in rest] == ["n2"]


def test_a_name_of_two_stays_two_candidates():
    where = places("柳泽社区停水")
    assert [(one.code, one.ppm) for one in where.places] == [("n1", 500_000), ("n2", 500_000)]


def test_names_that_contradict_stay_candidates():
    assert {one.code for one in places("燕坊街道还是梨寨街道").places} == {"s1", "s2"}
    assert all(one.ppm == 500_000 for one in places("燕坊街道还是梨寨街道").places)


def test_a_street_contradicts_no_area_and_keeps_its_number():
    where = places("燕坊街道菖寨大道128弄3号")
    assert [(one.code, one.area) for one in where.places] == [("s1", "s1"), ("st1", "")]
    assert where.places[0].ppm == 1_000_000
    assert where.reasons[1].params["number"] == "128弄3"
    assert places("12 Changzhai Avenue").reasons[0].params["number"] == "12"


def test_a_point_lies_in_its_area():
    (place,) = places("霁桥站").places
    assert (place.area, place.place) == ("n3", Place(lon_e7=10_000_000, lat_e7=10_000_000))


def test_the_words_for_the_place_count_too():
    assert [one.code for one in places("路灯不亮", "燕坊街道").places] == ["s1"]


def test_a_name_within_another_is_no_place_of_its_own():
    names = gazetteer(
        Areas(areas={"c": area("city", "", "X", "江"), "d": area("district", "c", "Y", "滨江区")}),
        Landmarks(landmarks={"r": Landmark(kind="street", name="Z", name_zh="滨江区大道")}),
        AssetRegister(),
    )
    assert [one.code for one in found("滨江区大道", "", names, area_of).places] == ["r"]


@pytest.mark.parametrize(
    "text",
    ["燕坊街道" * 25_000, "yanfang " * 10_000, "燕" * 100_000, "\x00😀" * 1_000, "a" * 100_000],
    ids=["again", "latin", "one", "odd", "long"],
)
def test_any_text_takes_bounded_time(text):
    started = time.monotonic()
    where = places(text)
    assert time.monotonic() - started < 5
    assert len(where.places) <= MAX_TRIAGE_CANDIDATES <= MAX_PLACE_HITS


@pytest.mark.parametrize("room", [gazetteer_room, readings_room, wordlist], ids=["g", "r", "w"])
def test_examples_in_the_docstrings(room):
    assert doctest.testmod(room).failed == 0
