"""Unit grids: the edge rule above all, and every mistake of a register."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chengyun.kernel import grids as grids_module
from chengyun.kernel.crs import E7, Point, distance_mm
from chengyun.kernel.errors import PackRefused, Rejected
from chengyun.kernel.grids import (
    GeneratedGrid,
    Grids,
    RegisteredGrid,
    UnitGrids,
    check_grid_code,
    mistakes,
)

WEST, SOUTH, STEP = 121.47, 31.23, 0.001
ADMIN = "310101002001"


def grid(number: int, *corners: tuple[float, float], holes=()) -> RegisteredGrid:
    """A grid with its corners in thousandths of a degree from the south-west corner."""
    rings = [
        tuple((WEST + x * STEP, SOUTH + y * STEP) for x, y in (*ring, ring[0]))
        for ring in (corners, *holes)
    ]
    return RegisteredGrid(f"{ADMIN}{number:03d}", tuple(rings))


def square(number: int, x: float, y: float, size: float = 1) -> RegisteredGrid:
    return grid(number, (x, y), (x + size, y), (x + size, y + size), (x, y + size))


def at(x: float, y: float) -> Point:
    return Point(round((WEST + x * STEP) * E7), round((SOUTH + y * STEP) * E7))


def code(number: int) -> str:
    return f"{ADMIN}{number:03d}"


# Nine squares in rows of three, the numbers shuffled so that neither first nor last place wins.
NUMBERS = (5, 2, 8, 1, 9, 3, 7, 4, 6)
BOARD = tuple(square(number, i % 3, i // 3) for i, number in enumerate(NUMBERS))
# Slanted edges: a square cut by a diagonal whose steps are not even, and a frame with a hole.
DIAGONAL = (
    grid(20, (10, 0), (11.0007, 0.3), (10.3331, 1.0001)),
    grid(10, (11.0007, 0.3), (11.4, 1.2), (10.3331, 1.0001)),
)
FRAME = (
    grid(31, (20, 0), (23, 0), (23, 3), (20, 3), holes=[((21, 1), (22, 1), (22, 2), (21, 2))]),
    square(30, 21, 1),
)
ALL = (*BOARD, *DIAGONAL, *FRAME)
REFERENCE = UnitGrids(ALL)


def refusal(call, *arguments, **named) -> Rejected:
    with pytest.raises(Rejected) as caught:
        call(*arguments, **named)
    return caught.value


def codes_of(registered) -> list[str]:
    return [wrong.code for wrong in mistakes(registered)]


def covered_by(point: Point) -> list[str]:
    """The slow, plain truth: every closed polygon that covers the point, by exact fractions."""
    return sorted(g.code for g in ALL if _covers_exactly(REFERENCE.polygon_of(g.code), point))


def _covers_exactly(rings, point: Point) -> bool:
    inside = False
    for ring in rings:
        for a, b in pairwise(ring):
            low, high = sorted((a, b), key=lambda p: (p.lat_e7, p.lon_e7))
            if low.lat_e7 == high.lat_e7:
                if point.lat_e7 == low.lat_e7 and low.lon_e7 <= point.lon_e7 <= high.lon_e7:
                    return True
                continue
            if not low.lat_e7 <= point.lat_e7 <= high.lat_e7:
                continue
            share = Fraction(point.lat_e7 - low.lat_e7, high.lat_e7 - low.lat_e7)
            crossing = low.lon_e7 + share * (high.lon_e7 - low.lon_e7)
            if crossing == point.lon_e7:
                return True
            if crossing > point.lon_e7 and point.lat_e7 < high.lat_e7:
                inside = not inside
    return inside


# --- registered grids -------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("x", "y", "number"),
    [
        (0.5, 0.5, 5),
        (1.5, 1.5, 9),
        (1, 0.5, 2),  # edge of 5 and 2
        (2, 0.5, 2),  # edge of 2 and 8
        (1, 1, 1),  # corner of 5, 2, 1, 9
        (2, 2, 3),  # corner of 9, 3, 4, 6
        (0, 0, 5),  # outer corner
        (3, 3, 6),
        (3, 1.5, 3),  # outer edge
        (21.5, 1.5, 30),  # in the hole
        (21, 1.5, 30),  # on the hole's edge
        (20.5, 0.5, 31),
    ],
)
def test_a_point_belongs_to_the_lowest_code_that_covers_it(x, y, number: int) -> None:
    assert REFERENCE.grid_of(at(x, y)) == code(number)


@pytest.mark.parametrize(("x", "y"), [(-0.0001, 0.5), (3.0001, 1), (1, -0.0001), (15, 0.5)])
def test_a_point_outside_all_grids_belongs_to_none(x, y) -> None:
    assert REFERENCE.grid_of(at(x, y)) is None


def test_the_hole_of_a_grid_is_not_in_it() -> None:
    assert UnitGrids(FRAME[:1]).grid_of(at(21.5, 1.5)) is None
    assert UnitGrids(FRAME[:1]).grid_of(at(21, 1.5)) == code(31)


edges = [
    (a, b) for g in ALL for ring in UnitGrids([g]).polygon_of(g.code) for a, b in pairwise(ring)
]


@settings(max_examples=300)
@given(st.permutations(ALL), st.sampled_from(edges), st.integers(0, 64), st.data())
def test_on_edges_and_corners_one_grid_whatever_the_order(order, edge, share, data) -> None:
    a, b = edge
    # Exactly on the edge where the edge has a point there, else within a step of it.
    near = st.integers(-1, 1)
    point = Point(
        a.lon_e7 + (b.lon_e7 - a.lon_e7) * share // 64 + data.draw(near),
        a.lat_e7 + (b.lat_e7 - a.lat_e7) * share // 64 + data.draw(near),
    )
    shuffled = UnitGrids(order)
    truth = covered_by(point)
    assert shuffled.grid_of(point) == REFERENCE.grid_of(point) == (truth[0] if truth else None)


@given(st.integers(-500, 3500), st.integers(-500, 3500))
def test_inside_agrees_with_exact_fractions(x: int, y: int) -> None:
    for east in (0, 10, 20):
        point = at(east + x / 1000, y / 1000)
        truth = covered_by(point)
        assert REFERENCE.grid_of(point) == (truth[0] if truth else None)


def test_the_line_on_which_an_edge_lies_is_not_the_edge() -> None:
    horseshoe = grid(1, (0, 0), (3, 0), (3, 2), (2, 2), (2, 1), (1, 1), (1, 2), (0, 2))
    grids = UnitGrids([horseshoe])
    assert grids.grid_of(at(1.5, 2)) is None
    assert grids.grid_of(at(0.5, 2)) == grids.grid_of(at(2.5, 2)) == code(1)


def test_polygon_of_gives_the_registered_polygon() -> None:
    (ring,) = REFERENCE.polygon_of(code(5))
    assert ring == (at(0, 0), at(1, 0), at(1, 1), at(0, 1), at(0, 0))
    assert len(REFERENCE) == len(ALL)


def test_no_grids_hold_no_point() -> None:
    assert UnitGrids([]).grid_of(at(0, 0)) is None


def test_an_unknown_grid_is_refused() -> None:
    assert refusal(UnitGrids(BOARD).polygon_of, code(99)).code == "unknown_grid"


@pytest.mark.parametrize(
    "wrong", ["", "31010100200100", "3101010020010011", "31010100200100a", "１" * 15,
              "310101002001００１",
              "990101002001001", "310101000001001"],
)  # fmt: skip
def test_a_bad_grid_code_is_refused(wrong: str) -> None:
    assert refusal(check_grid_code, wrong).code == "bad_grid_code"


def test_a_grid_code_is_returned() -> None:
    assert check_grid_code(code(7)) == "310101002001007"


BOW_TIE = ((0, 0), (1, 1), (1, 0), (0, 1))


@pytest.mark.parametrize(
    ("registered", "named"),
    [
        ([square(1, 0, 0), square(1, 5, 5)], ["duplicate_grid"]),
        ([RegisteredGrid("12", square(1, 0, 0).rings)], ["bad_grid_code"]),
        ([grid(1, *BOW_TIE)], ["bad_polygon"]),
        ([grid(1, (0, 0), (1, 0), (2, 0))], ["bad_polygon"]),  # no area
        ([grid(1, (0, 0), (1, 0))], ["bad_polygon"]),
        ([RegisteredGrid(code(1), ())], ["bad_polygon"]),
        ([RegisteredGrid(code(1), ((),))], ["bad_polygon"]),
        ([RegisteredGrid(code(1), ((*square(1, 0, 0).rings[0][:-1],),))], ["bad_polygon"]),
        ([RegisteredGrid(code(1), (((math.nan, 0), (1, 0), (1, 1), (math.nan, 0)),))],
         ["bad_polygon"]),
        ([RegisteredGrid(code(1), (((31, 121), (31, 122), (32, 122), (31, 121)),))],
         ["bad_polygon"]),  # latitude first
        ([grid(1, (0, 0), (1, 0), (1, 1), (0, 1), holes=[((5, 5), (6, 5), (6, 6))])],
         ["bad_polygon"]),
        ([RegisteredGrid("12", grid(1, *BOW_TIE).rings)], ["bad_grid_code", "bad_polygon"]),
        ([square(1, 0, 0), square(2, 0.5, 0.5)], ["grids_overlap"]),
        ([square(1, 0, 0), square(2, 0, 0)], ["grids_overlap"]),
        ([square(1, 0, 0, 3), square(2, 1, 1)], ["grids_overlap"]),
        ([square(1, 0, 0, 2), square(2, 1, 1, 2), square(3, 1.5, 1.5, 2)], ["grids_overlap"] * 3),
        ([square(1, 0, 0), square(2, 0.999, 0)], ["grids_overlap"]),  # 10 steps thick
        ([square(1, 0, 0), square(2, 0.9999, 0)], []),  # 1 step: put down to snapping
        (ALL, []),
    ],
)  # fmt: skip
def test_every_mistake_is_named(registered, named) -> None:
    assert codes_of(registered) == named


def test_an_overlap_names_both_grids() -> None:
    (wrong,) = mistakes([square(2, 0.5, 0.5), square(1, 0, 0)])
    assert wrong.params["grid"] == code(1)
    assert code(2) in wrong.what


def test_all_mistakes_are_named_at_once() -> None:
    broken = [square(1, 0, 0), square(1, 3, 3), square(2, 0.5, 0), grid(3, *BOW_TIE)]
    with pytest.raises(PackRefused, match=r"3 mistakes.*given twice.*Self-inter.*overlaps"):
        UnitGrids(broken)


def test_the_mistakes_named_are_bounded(monkeypatch) -> None:
    monkeypatch.setattr(grids_module, "MAX_MISTAKES", 5)
    assert len(mistakes([square(number, 0, 0) for number in range(20)])) == 5
    assert len(mistakes([square(1, 0, 0)] * 20)) == 5


def test_the_search_for_overlaps_ends_when_enough_are_named() -> None:
    _, sound = grids_module._examined([square(number, 2 * number, 0) for number in range(20)])
    same = dict.fromkeys(sound, sound[code(0)])
    assert len(grids_module._overlaps(same, 3)) == 3
    assert grids_module._overlaps(same, 0) == []


def test_a_grid_with_a_mistake_of_its_own_is_not_compared() -> None:
    nameless = RegisteredGrid("12", square(1, 0, 0).rings)
    assert codes_of([nameless, square(1, 0.5, 0)]) == ["bad_grid_code"]


# --- generated grids --------------------------------------------------------------------------
BOSTON = GeneratedGrid(Point(-712000000, 422000000))
origins = st.builds(
    Point, st.integers(-180 * E7, 179 * E7), st.integers(-80 * E7, 80 * E7)
)  # fmt: skip


def test_a_generated_cell_has_a_code_of_its_own_kind() -> None:
    assert BOSTON.grid_of(BOSTON.origin) == "G100-0-0"
    assert BOSTON.grid_of(Point(-710576000, 423583000)) == "G100-176-117"
    assert refusal(check_grid_code, "G100-176-117-00").code == "bad_grid_code"


def test_a_cell_owns_its_south_and_west_edge_only() -> None:
    low, high = BOSTON.bounds_of("G100-5-7")
    assert BOSTON.grid_of(low) == "G100-5-7"
    assert BOSTON.grid_of(Point(high.lon_e7 - 1, high.lat_e7 - 1)) == "G100-5-7"
    assert BOSTON.grid_of(Point(high.lon_e7, low.lat_e7)) == "G100-5-8"
    assert BOSTON.grid_of(Point(low.lon_e7, high.lat_e7)) == "G100-6-7"
    assert BOSTON.grid_of(high) == "G100-6-8"


@pytest.mark.parametrize(
    ("east", "north"), [(-1, 0), (0, -1), (20_000 * 12_200, 0), (0, 179900000)]
)
def test_outside_the_generated_grid_is_none(east: int, north: int) -> None:
    origin = BOSTON.origin
    assert BOSTON.grid_of(Point(origin.lon_e7 + east, origin.lat_e7 + north)) is None


@pytest.mark.parametrize("side", ["lon", "lat"])
def test_the_last_incomplete_cell_before_the_date_line_or_the_pole_is_none(side: str) -> None:
    full = GeneratedGrid(Point(0, 0), cell_m=10_000)
    if side == "lon":
        origin = Point(180 * E7 - full.lon_step_e7 * 3 // 2, 0)
        cells = GeneratedGrid(origin, cell_m=10_000)
        assert cells.grid_of(Point(origin.lon_e7 + full.lon_step_e7 - 1, 0)) == "G10000-0-0"
        assert cells.grid_of(Point(180 * E7, 0)) is None
        assert refusal(cells.bounds_of, "G10000-0-1").code == "unknown_grid"
    else:
        cells = GeneratedGrid(Point(0, 80 * E7), cell_m=10_000)
        rows = 10 * E7 // full.lat_step_e7
        assert cells.grid_of(Point(0, 80 * E7 + rows * full.lat_step_e7 - 1)) is not None
        assert cells.grid_of(Point(0, 90 * E7)) is None
        assert refusal(cells.bounds_of, f"G10000-{rows}-0").code == "unknown_grid"


@given(origins, st.integers(10, 10_000), st.integers(0, 10**10), st.integers(0, 10**10))
def test_a_point_lies_in_the_bounds_of_its_one_cell(origin, cell_m, east, north) -> None:
    cells = GeneratedGrid(origin, cell_m=cell_m)
    point = Point(
        min(origin.lon_e7 + east % E7, 180 * E7), min(origin.lat_e7 + north % E7, 90 * E7)
    )
    cell = cells.grid_of(point)
    if cell is None:  # the last, incomplete cell at 180 degrees, or more than 20,000 cells away
        assert (
            point.lon_e7 + cells.lon_step_e7 > 180 * E7
            or max(
                (point.lon_e7 - origin.lon_e7) // cells.lon_step_e7,
                (point.lat_e7 - origin.lat_e7) // cells.lat_step_e7,
            )
            >= 20_000
        )
        return
    low, high = cells.bounds_of(cell)
    assert low.lon_e7 <= point.lon_e7 < high.lon_e7
    assert low.lat_e7 <= point.lat_e7 < high.lat_e7
    assert cells.grid_of(cells.centre_of(cell)) == cell


@given(st.integers(0, 19_999), st.integers(0, 19_999))
def test_code_to_cell_and_back(row: int, col: int) -> None:
    cell = f"G100-{row}-{col}"
    assert BOSTON.grid_of(BOSTON.centre_of(cell)) == cell
    (ring,) = BOSTON.polygon_of(cell)
    low, high = BOSTON.bounds_of(cell)
    assert ring[0] == ring[-1] == low
    assert ring[2] == high
    assert len(set(ring)) == 4


@pytest.mark.parametrize("lat", [-80, -33, 0, 31, 42, 60, 80])
@pytest.mark.parametrize("cell_m", [10, 100, 1000])
def test_a_cell_measures_what_it_says_at_the_origin(lat: int, cell_m: int) -> None:
    cells = GeneratedGrid(Point(0, lat * E7), cell_m=cell_m)
    low, high = cells.bounds_of(f"G{cell_m}-0-0")
    # Half a step (6 mm) of rounding, and a cell's own narrowing towards the pole.
    assert distance_mm(low, Point(high.lon_e7, low.lat_e7)) == pytest.approx(cell_m * 1000, abs=8)
    assert distance_mm(low, Point(low.lon_e7, high.lat_e7)) == pytest.approx(cell_m * 1000, abs=8)


@pytest.mark.parametrize(
    "wrong",
    ["", "G100", "G100-1", "G100-01-1", "G100-1-01", "G100--1-1", "G99-1-1", "G100-20000-0",
     "G100-0-20000", "g100-1-1", "G100-1-1 ", "G100-１-1", "G100-1１-1", "G100-1-1\n",
     "310101002001001",
     "G100-" + "9" * 5000 + "-1"],
)  # fmt: skip
def test_what_is_no_cell_is_refused(wrong: str) -> None:
    assert refusal(BOSTON.bounds_of, wrong).code == "unknown_grid"


@pytest.mark.parametrize(("lat", "cell_m"), [(81, 100), (-81, 100), (31, 9), (31, 10_001), (31, 0)])
def test_a_senseless_generated_grid_is_refused(lat: int, cell_m: int) -> None:
    refused = refusal(GeneratedGrid, Point(0, lat * E7), cell_m=cell_m)
    assert refused.code == "bad_generated_grid"


@pytest.mark.parametrize("grids", [UnitGrids(BOARD), BOSTON])
def test_both_kinds_keep_the_same_promises(grids: Grids) -> None:
    known = code(5) if isinstance(grids, UnitGrids) else "G100-3-4"
    (ring,) = grids.polygon_of(known)
    middle = Point((ring[0].lon_e7 + ring[2].lon_e7) // 2, (ring[0].lat_e7 + ring[2].lat_e7) // 2)
    assert grids.grid_of(middle) == known
    assert grids.grid_of(Point(0, 0)) is None
    assert refusal(grids.polygon_of, "nowhere").code == "unknown_grid"
