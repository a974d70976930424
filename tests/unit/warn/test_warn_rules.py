"""Levels, the way down, and what a warning beside another may rise to."""

from __future__ import annotations

import pytest

from chengyun.facts.vitals import Reading
from chengyun.warn.policy import Band
from chengyun.warn.rules import LEVELS, RANK, capped, is_below, judged_milli, level_of

RAIN = Band(
    judge="value",
    up={"blue": 25.0, "yellow": 50.0, "orange": 100.0, "red": 250.0},
    down=20.0,
    dwell_s=3600,
)
DEMAND = Band(
    judge="surprise",
    up={"yellow": 4500.0, "red": 10000.0},
    down=2000.0,
    dwell_s=3600,
    ramp_days=14,
    ramp_extra=1000.0,
)


def reading(value_micro: int, surprise: int | None = None) -> Reading:
    return Reading(
        type="lamp",
        area="a",
        level="city",
        window_s=3600,
        value_micro=value_micro,
        surprise_milli=surprise,
    )


@pytest.mark.parametrize(
    ("value_micro", "level"),
    [
        (0, ""),
        (24_999_999, ""),
        (25_000_000, "blue"),
        (49_999_999, "blue"),
        (50_000_000, "yellow"),
        (100_000_000, "orange"),
        (249_999_999, "orange"),
        (250_000_000, "red"),
        (9_000_000_000, "red"),
        (-5_000_000, ""),
    ],
)
def test_thresholds_are_inclusive(value_micro: int, level: str) -> None:
    assert level_of(judged_milli(reading(value_micro), RAIN), RAIN, 0) == level


@pytest.mark.parametrize(
    ("surprise", "days_known", "level"),
    [
        (4499, 14, ""),
        (4500, 14, "yellow"),
        (4500, 13, ""),
        (5499, 0, ""),
        (5500, 0, "yellow"),
        (10000, 14, "red"),
        (10000, 13, "yellow"),
        (11000, 13, "red"),
    ],
)
def test_a_young_baseline_needs_more(surprise: int, days_known: int, level: str) -> None:
    judged = judged_milli(reading(5_000_000, surprise), DEMAND)
    assert level_of(judged, DEMAND, days_known) == level


def test_a_band_looks_at_the_value_or_at_the_surprise_never_at_both() -> None:
    both = reading(5_000_000, 7_000)
    assert judged_milli(both, RAIN) == 5_000
    assert judged_milli(both, DEMAND) == 7_000_000
    assert judged_milli(reading(5_000_000), DEMAND) == 0


@pytest.mark.parametrize(("value_micro", "below"), [(19_999_999, True), (20_000_000, False)])
def test_the_way_down_begins_below_not_at_it(value_micro: int, below: bool) -> None:
    assert is_below(judged_milli(reading(value_micro), RAIN), RAIN) is below


def test_between_down_and_up_nothing_rises_and_nothing_ends() -> None:
    between = judged_milli(reading(22_000_000), RAIN)
    assert level_of(between, RAIN, 0) == ""
    assert not is_below(between, RAIN)


@pytest.mark.parametrize(
    ("level", "others", "at_most", "result"),
    [
        ("orange", [], "yellow", "orange"),
        ("orange", ["yellow"], "yellow", "orange"),
        ("orange", ["orange"], "yellow", "yellow"),
        ("orange", ["red"], "yellow", "yellow"),
        ("red", ["orange"], "yellow", "red"),
        ("blue", ["red"], "yellow", "blue"),
        ("orange", ["blue", "yellow", "orange"], "yellow", "yellow"),
        ("red", ["red"], "orange", "orange"),
    ],
)
def test_beside_one_as_high_it_rises_no_higher_than_allowed(
    level: str, others: list[str], at_most: str, result: str
) -> None:
    assert capped(level, others, at_most) == result


def test_levels_rank_in_their_order() -> None:
    assert [RANK[level] for level in LEVELS] == [0, 1, 2, 3, 4]
    assert LEVELS[0] == ""
