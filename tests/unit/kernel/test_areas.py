"""Areas: the tree, its mistakes, names, and administrative codes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengyun.kernel.areas import Area, AreaLevel, AreaTree, check_admin_code, mistakes
from chengyun.kernel.errors import PackRefused, Rejected

CITY, DISTRICT, SUBDISTRICT, NEIGHBOURHOOD, UNIT_GRID, MIN_UNIT = AreaLevel

SHANGHAI = (
    Area("310000", CITY, "", {"zh": "上海市", "en": "Shanghai"}, ("沪", "上海")),
    Area("310101", DISTRICT, "310000", {"zh": "黄浦区", "en": "Huangpu District"}),
    Area("310115", DISTRICT, "310000", {"zh": "浦东新区", "en": "Pudong"}, ("Pu  Dong ", "PUDONG")),
    Area("310101002", SUBDISTRICT, "310101", {"zh": "南京东路街道"}, ("南东", "外滩")),
    Area("310101013", SUBDISTRICT, "310101", {"zh": "外滩街道"}, ("外滩",)),
    Area("310101002001", NEIGHBOURHOOD, "310101002", {"zh": "贵州居委会"}),
    Area("310101002001001", UNIT_GRID, "310101002001"),
    Area("310115-lujiazui", MIN_UNIT, "310115", {"zh": "陆家嘴楼宇"}),
)


def codes_of(areas) -> list[tuple[str, str]]:
    return [(wrong.code, wrong.params["area"]) for wrong in mistakes(areas)]


def test_the_levels_stand_in_the_order_of_the_field() -> None:
    assert [level.value for level in AreaLevel] == [
        "city", "district", "subdistrict", "neighbourhood", "unit_grid", "min_unit",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "way"),
    [
        ("310000", ["310000"]),
        ("310101002001001",
         ["310101002001001", "310101002001", "310101002", "310101", "310000"]),
        ("310115-lujiazui", ["310115-lujiazui", "310115", "310000"]),
    ],
)  # fmt: skip
def test_ancestors_go_from_the_area_itself_up_to_the_root(code: str, way: list[str]) -> None:
    assert [area.code for area in AreaTree(SHANGHAI).ancestors(code)] == way


@pytest.mark.parametrize(
    ("outer", "inner", "inside"),
    [
        ("310000", "310101002001001", True),
        ("310101", "310101", True),
        ("310101", "310101002", True),
        ("310101002", "310101", False),
        ("310115", "310101002", False),
        ("310101002001", "310115-lujiazui", False),
    ],
)
def test_contains(outer: str, inner: str, inside: bool) -> None:
    assert AreaTree(SHANGHAI).contains(outer, inner) is inside


@pytest.mark.parametrize(
    ("code", "level", "found"),
    [
        ("310101002001001", DISTRICT, "310101"),
        ("310101002001001", UNIT_GRID, "310101002001001"),
        ("310115-lujiazui", SUBDISTRICT, None),
        ("310000", DISTRICT, None),
    ],
)
def test_at_level(code: str, level: AreaLevel, found: str | None) -> None:
    area = AreaTree(SHANGHAI).at_level(code, level)
    assert (area.code if area else None) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("上海市", "310000"),
        ("沪", "310000"),
        ("pudong", "310115"),
        ("  HUANGPU   district\n", "310101"),
        ("ｐｕｄｏｎｇ", "310115"),  # full width
        ("pu dong", "310115"),
        ("外滩", None),  # two subdistricts are called so
        ("南东", "310101002"),
        ("浦西", None),
        ("HuangpuDistrict", None),  # a blank between words is part of a name
        ("", None),
        ("   ", None),
    ],
)
def test_find_by_name(text: str, found: str | None) -> None:
    area = AreaTree(SHANGHAI).find_by_name(text)
    assert (area.code if area else None) == found


def test_a_blank_name_is_not_found_by_a_blank() -> None:
    assert AreaTree([Area("c", CITY, "", {"zh": " "})]).find_by_name("") is None


@pytest.mark.parametrize("call", ["area", "ancestors"])
def test_an_unknown_area_is_refused(call: str) -> None:
    with pytest.raises(Rejected) as caught:
        getattr(AreaTree(SHANGHAI), call)("999999")
    assert caught.value.code == "unknown_area"


def test_a_tree_lists_what_it_holds() -> None:
    tree = AreaTree(SHANGHAI)
    assert len(tree) == len(SHANGHAI)
    assert tuple(tree) == SHANGHAI
    assert "310101" in tree
    assert "310102" not in tree


@pytest.mark.parametrize(
    ("areas", "named"),
    [
        ([], [("no_root", "")]),
        ([Area("", CITY)], [("missing", ""), ("no_root", "")]),
        ([Area("c", CITY), Area("c", CITY)], [("duplicate_area", "c")]),
        ([Area("c", CITY), Area("d", DISTRICT, "x")], [("unknown_parent", "d")]),
        ([Area("c", CITY), Area("d", CITY, "c")], [("parent_not_above", "d")]),
        ([Area("d", DISTRICT), Area("c", CITY, "d")], [("parent_not_above", "c")]),
        ([Area("c", CITY), Area("d", CITY)], [("two_roots", "d")]),
        (
            [Area("c", CITY), Area("s", DISTRICT, "s")],
            [("parent_not_above", "s"), ("area_cycle", "s")],
        ),
        (
            [
                Area("c", CITY),
                Area("tail", MIN_UNIT, "y"),
                Area("y", SUBDISTRICT, "z"),
                Area("z", DISTRICT, "x"),
                Area("x", NEIGHBOURHOOD, "y"),
            ],
            [("parent_not_above", "z"), ("area_cycle", "x")],
        ),
        ([Area("a", CITY, "b"), Area("b", CITY, "a")],
         [("parent_not_above", "a"), ("parent_not_above", "b"), ("area_cycle", "a"),
          ("no_root", "")]),
    ],
)  # fmt: skip
def test_every_mistake_is_named(areas, named) -> None:
    assert codes_of(areas) == named


def test_all_mistakes_are_named_at_once() -> None:
    broken = [Area("c", CITY), Area("c", CITY), Area("e", CITY), Area("d", DISTRICT, "x")]
    with pytest.raises(PackRefused, match=r"3 mistakes.*given twice.*'x'.*2 areas have no parent"):
        AreaTree(broken)


def test_a_district_may_be_the_root() -> None:
    assert mistakes([Area("d", DISTRICT), Area("s", SUBDISTRICT, "d")]) == ()


@given(st.permutations(SHANGHAI))
def test_the_order_of_the_list_makes_no_difference(areas) -> None:
    tree, reference = AreaTree(areas), AreaTree(SHANGHAI)
    for area in SHANGHAI:
        assert tree.ancestors(area.code) == reference.ancestors(area.code)
    assert tree.find_by_name("外滩") is None


@pytest.mark.parametrize(
    "code",
    [
        "310000", "310100", "310101", "110105", "710000", "820000", "500101", "659001",
        "310101002", "310101002001", "310101000000",
        "441900", "441900003", "441900003001",  # Dongguan has no counties
    ],
)  # fmt: skip
def test_an_administrative_code_is_returned(code: str) -> None:
    assert check_admin_code(code) == code


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("", "not 6, 9 or 12"),
        ("31", "not 6, 9 or 12"),
        ("3101010", "not 6, 9 or 12"),
        ("310101002001001", "not 6, 9 or 12"),
        ("31010a", "not 6, 9 or 12"),
        ("３１０１０１", "not 6, 9 or 12"),  # full-width digits
        ("²²³³⁴⁴", "not 6, 9 or 12"),
        (" 31010", "not 6, 9 or 12"),
        ("160000", "no province 16"),
        ("000000", "no province 00"),
        ("720000", "no province 72"),
        ("310001", "empty prefecture"),
        ("310000001", "empty prefecture"),
        ("310101000001", "empty subdistrict"),
    ],
)
def test_what_is_no_administrative_code_is_refused(code: str, problem: str) -> None:
    with pytest.raises(Rejected, match=problem) as caught:
        check_admin_code(code)
    assert caught.value.code == "bad_admin_code"
