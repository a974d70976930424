"""What units are called, and which place is whose own: known before a type ever closed."""

from __future__ import annotations

import pytest

from chengyun.dispatch.homes import OWN, home_of, moved, own_unit, resolved
from chengyun.dispatch.naming import UnitNames, words_of
from chengyun.dispatch.policy import Routing
from chengyun.dispatch.routing import Cell
from chengyun.facts.registers import CaseTypeEntry, CaseTypes, UnitEntry, Units

UNITS = Units(
    units={
        "q1": UnitEntry(name="Street Light Outages"),
        "q2": UnitEntry(name="Tree Maintenance Request"),
        "q3": UnitEntry(name="Tree Emergencies"),
        "q4": UnitEntry(name="General Comments", name_zh="路灯管理所"),
    }
)
TYPES = CaseTypes(
    types={
        "trees": CaseTypeEntry(name="Tree Maintenance Requests"),
        "lamp": CaseTypeEntry(name="Lamp out", name_zh="路灯故障"),
        "noise": CaseTypeEntry(name="Noise"),
    }
)


def names(**weights: int) -> UnitNames:
    return UnitNames(
        UNITS, TYPES, Routing(contexts=[[]], default_process="grid", names=weights, source="test")
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Requests for StreetLights", {"request", "street", "light"}),
        ("District 10A: North End", {"district", "10a", "north", "end"}),
        ("Glass", {"glass"}),
        ("路灯管理", {"路灯", "灯管", "管理"}),
        ("井", {"井"}),
        ("", set()),
    ],
    ids=["plural", "number", "no-plural", "pairs", "one-character", "empty"],
)
def test_the_words_of_a_name(text: str, words: set[str]) -> None:
    assert words_of(text) == words


def test_a_type_has_a_namesake_whatever_its_plural() -> None:
    found = names(type=1).namesake("trees")
    assert found is not None
    assert (found.unit, found.ppm) == ("q2", 1_000_000)


def test_a_type_that_nobody_is_called_like_has_none() -> None:
    assert names(type=1).namesake("noise") is None
    assert names(type=1).namesake("unheard of") is None


def test_without_fields_to_look_at_names_say_nothing() -> None:
    assert names().namesake("trees") is None
    assert names().alike({"type": "trees"}) == ()


def test_rare_words_weigh_more_and_a_title_helps() -> None:
    found = names(type=2, title=2).alike({"type": "noise", "title": "tree emergencies"})
    assert [one.unit for one in found] == ["q3", "q2"]
    assert found[0].ppm > found[1].ppm


def test_chinese_names_are_compared_by_pairs_of_characters() -> None:
    assert [one.unit for one in names(type=1).alike({"type": "lamp"})] == ["q4"]


@pytest.mark.parametrize(
    ("total", "places", "home"),
    [(3, [("A", 3)], "A"), (2, [("A", 2)], ""), (10, [("B", 1), ("A", 9)], "A"),
     (10, [("B", 2), ("A", 8)], ""), (0, [], "")],
    ids=["all", "too-few", "nine-in-ten", "eight-in-ten", "none"],
)  # fmt: skip
def test_a_place_is_a_units_own_when_nine_in_ten_lie_there(
    total: int, places: list[tuple[str, int]], home: str
) -> None:
    assert home_of(total, places) == home


def test_the_own_unit_of_a_place_has_the_most_closings_there() -> None:
    assert own_unit([]) == ""
    assert own_unit([("a", 4), ("b", 9), ("c", 9)]) == "c"
    assert moved([("a", 4), ("b", 9)], "a", 5) == [("b", 9), ("a", 5)]
    assert moved([("a", 4), ("b", 9)], "b", 0) == [("a", 4)]


def test_a_cell_speaks_of_the_unit_of_the_report_s_own_place() -> None:
    cell = Cell(9, [("x", 1), (OWN, 6), ("yard.3", 2)])
    assert resolved(cell, "yard.3") == Cell(9, [("x", 1), ("yard.3", 8)])
    assert resolved(cell, "") is None
    assert resolved(None, "yard.3") is None
