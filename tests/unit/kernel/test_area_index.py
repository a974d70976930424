"""Areas by number: parents first, every grid has a home, levels lie together."""

import numpy as np

from chengyun.kernel.area_index import NOWHERE, RANK, AreaIndex
from chengyun.kernel.areas import Area, AreaLevel, AreaTree

TREE = AreaTree(
    [
        Area("310000", AreaLevel.CITY),
        Area("310101", AreaLevel.DISTRICT, "310000"),
        Area("310102", AreaLevel.DISTRICT, "310000"),
        Area("310101001", AreaLevel.SUBDISTRICT, "310101"),
        Area("310101001001", AreaLevel.NEIGHBOURHOOD, "310101001"),
        Area("310102777", AreaLevel.NEIGHBOURHOOD, "310102"),
    ]
)
GRIDS = ["310101001001007", "310101001999001", "310102000000001", "999999999999999"]


def test_parents_have_smaller_numbers():
    index = AreaIndex(TREE, GRIDS)
    assert len(index) == 10
    assert index.parent[0] == NOWHERE
    assert all(index.parent[number] < number for number in range(1, len(index)))
    assert [index.codes[index.number[code]] for code in index.codes] == list(index.codes)


def test_a_grid_belongs_to_the_longest_code_that_begins_its_own_or_to_the_city():
    index = AreaIndex(TREE, GRIDS)
    homes = [index.codes[index.parent[index.number[grid]]] for grid in GRIDS]
    assert homes == ["310101001001", "310101001", "310102", "310000"]


def test_levels_lie_together_and_depths_find_what_stands_above():
    index = AreaIndex(TREE, GRIDS)
    assert [index.level(rank) for rank in range(4)] == [(0, 1), (1, 3), (3, 4), (4, 6)]
    assert index.level(RANK["unit_grid"]) == (6, 10)
    assert index.count(RANK["subdistrict"]) == 4
    above = index.at_depth(RANK["district"])
    assert [index.codes[number] for number in above[[0, 2, 4, 5, 6]]] == [
        "310000", "310102", "310101", "310102", "310101",
    ]  # fmt: skip
    assert np.array_equal(index.at_depth(RANK["unit_grid"]), np.arange(10))


def test_a_registered_grid_that_is_an_area_too_is_one():
    assert len(AreaIndex(TREE, ["310101001001"])) == 6
