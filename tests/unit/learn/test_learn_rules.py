"""Figures, classes of duration, and when a policy is regularly wrong."""

from __future__ import annotations

import pytest

from chengyun.learn.policy import Review
from chengyun.learn.rules import (
    DURATION_EDGES_H,
    better_deadline_h,
    duration_class,
    is_regularly_late,
    regular_unit,
    share_ppm,
    summed,
)

REVIEW = Review(
    min_cases=10, late_ppm=500_000, deadline_ppm=800_000, route_ppm=950_000, source="test"
)


def percent(part: int, whole: int) -> str:
    return f"{share_ppm(part, whole) / 10_000:.2f} %"


def test_the_figures_of_the_hotline_are_exact() -> None:
    """996 filed, 972 due, 911 closed, 737 on time."""
    filed, due, closed, on_time = 996, 972, 911, 737
    assert filed >= due >= closed >= on_time
    assert percent(closed, due) == "93.72 %"
    assert percent(on_time, due) == "75.82 %"
    assert (share_ppm(closed, due), share_ppm(on_time, due)) == (937_242, 758_230)


@pytest.mark.parametrize(
    ("part", "whole", "ppm"),
    [(0, 0, 0), (5, 0, 0), (0, 5, 0), (1, 3, 333_333), (2, 3, 666_666), (7, 7, 1_000_000)],
)
def test_a_share_of_nothing_is_nothing(part: int, whole: int, ppm: int) -> None:
    assert share_ppm(part, whole) == ppm


@pytest.mark.parametrize(
    ("hours", "place"),
    [(0, 0), (1, 0), (1.0001, 1), (2, 1), (24, 5), (24.5, 6), (4_320, 19), (4_321, 20)],
)
def test_edges_belong_to_the_class_below(hours: float, place: int) -> None:
    assert duration_class(hours) == place


def test_a_better_deadline_would_have_held_for_enough_of_the_cases() -> None:
    within_a_day, within_three, open_end = 5, 8, len(DURATION_EDGES_H)
    assert better_deadline_h({within_a_day: 8, within_three: 2}, REVIEW) == 24
    assert better_deadline_h({within_a_day: 7, within_three: 3}, REVIEW) == 72
    assert better_deadline_h({within_a_day: 1, open_end: 9}, REVIEW) is None
    assert better_deadline_h({}, REVIEW) is None


@pytest.mark.parametrize(
    ("on_time", "overdue", "late"),
    [(5, 5, True), (6, 5, False), (0, 9, False), (0, 10, True), (5, 4, False), (0, 0, False)],
)
def test_a_deadline_is_regularly_missed_from_half_on_with_enough_cases(
    on_time: int, overdue: int, late: bool
) -> None:
    assert is_regularly_late(on_time, overdue, REVIEW) is late


@pytest.mark.parametrize(
    ("units", "found"),
    [
        ({}, None),
        ({"a": 9}, None),
        ({"a": 10}, ("a", 10)),
        ({"a": 19, "b": 1}, ("a", 19)),
        ({"a": 18, "b": 1}, None),
        ({"a": 95, "b": 5}, ("a", 95)),
        ({"a": 94, "b": 6}, None),
    ],
)
def test_a_unit_that_handles_nearly_all_belongs_into_the_duty_list(
    units: dict[str, int], found: tuple[str, int] | None
) -> None:
    assert regular_unit(units, REVIEW) == found


def test_counts_are_summed_by_name() -> None:
    assert summed([{"a": 1}, {"a": 2, "b": 3}, {}]) == {"a": 3, "b": 3}
    assert summed([]) == {}
