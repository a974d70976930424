"""What is usual: the finer leans on the coarser, and hours that are not known teach nothing."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chengyun.engine.rows import Rows
from chengyun.facts.envelope import Fact
from chengyun.facts.vitals import BaselineLearned
from chengyun.kernel.instants import Instant
from chengyun.vitals import views
from chengyun.vitals.baseline import (
    HOURS,
    ONE,
    Overall,
    TypeUsual,
    faded,
    faded_by_area,
    hour_of,
    hourly,
    nothing,
    nothing_of,
    share,
)
from chengyun.vitals.policy import BaselinePolicy

POLICY = BaselinePolicy()
MONDAY_8, FRIDAY_8, SATURDAY_8 = 8, 4 * 24 + 8, 5 * 24 + 8


def seen(weeks: int, counts: dict[int, int], areas: dict[str, int]) -> tuple[Overall, TypeUsual]:
    """One type, the only one, seen for some weeks: arrivals a week by hour of the week."""
    slots = [counts.get(slot, 0) * weeks * ONE for slot in range(HOURS)]
    by_area = {area: count * weeks * ONE for area, count in areas.items()}
    overall = Overall(
        "demand",
        7 * weeks,
        HOURS * weeks * ONE,
        [weeks * ONE] * HOURS,
        [slots, slots],
        [sum(slots)] * 2,
        [by_area, by_area],
    )
    return overall, TypeUsual("demand", "lamp", [slots, slots], [sum(slots)] * 2, [by_area] * 2)


def rate(overall: Overall, usual: TypeUsual | None, slot: int) -> float:
    return hourly(overall, usual, 0, hour_of(overall, 0, slot, POLICY), POLICY)


def test_before_anything_was_learned_the_prior_is_expected() -> None:
    empty = nothing("demand")
    assert rate(empty, None, MONDAY_8) == pytest.approx(POLICY.prior_per_hour)
    assert rate(empty, nothing_of("demand", "lamp"), FRIDAY_8) == pytest.approx(0.02)
    assert share(empty, None, 0, "anywhere", POLICY) == 1.0


def test_after_years_it_is_what_was_seen() -> None:
    overall, usual = seen(500, {MONDAY_8: 12, FRIDAY_8: 3}, {"a": 12, "b": 3})
    assert rate(overall, usual, MONDAY_8) == pytest.approx(12, rel=0.02)
    assert rate(overall, usual, FRIDAY_8) == pytest.approx(3, rel=0.02)
    assert share(overall, usual, 0, "a", POLICY) == pytest.approx(0.8, rel=0.02)


def test_a_thin_hour_leans_on_the_same_hour_of_other_weekdays() -> None:
    mondays_to_thursdays = {day * 24 + 8: 5 for day in range(4)}
    overall, usual = seen(2, mondays_to_thursdays, {"a": 20})
    friday, saturday = rate(overall, usual, FRIDAY_8), rate(overall, usual, SATURDAY_8)
    assert 1.0 < friday < 5.0
    assert saturday < friday / 2
    assert rate(overall, usual, MONDAY_8) < 5.0


def test_a_new_type_follows_the_profile_of_the_city() -> None:
    busy_at_8 = {day * 24 + 8: 50 for day in range(5)}
    overall, _ = seen(8, busy_at_8, {"a": 250})
    new = nothing_of("demand", "new")
    assert rate(overall, new, MONDAY_8) > 10 * rate(overall, new, 3)


def test_an_unknown_area_has_a_small_share_and_shares_lean() -> None:
    overall, usual = seen(4, {MONDAY_8: 10}, {"a": 9, "b": 1})
    shares = {area: share(overall, usual, 0, area, POLICY) for area in ("a", "b", "c")}
    assert shares["a"] > shares["b"] > shares["c"] > 0
    nobody_yet = nothing_of("demand", "new")
    assert share(overall, nobody_yet, 0, "a", POLICY) == pytest.approx(
        (36 + 1) / (40 + 2), rel=1e-9
    )


def test_counts_halve_in_22_days() -> None:
    counts = [1_000 * ONE]
    for _ in range(22):
        counts = faded(counts, 5)
    assert counts[0] / ONE == pytest.approx(500, rel=0.01)


def test_what_faded_to_nothing_is_forgotten() -> None:
    counts = {"a": ONE}
    for _ in range(1_000):
        counts = faded_by_area(counts, 5)
    assert counts == {}


# --- a finished day ---------------------------------------------------------------------------
def rows_after(today: list[views.Today], slots_known: list[int]) -> Rows:
    rows = Rows(views.TABLES, lambda _table, _key: None, keep_all=True)
    rows.apply([views.Put(views.TODAY, row) for row in today])
    rows.apply(list(views.note_learned(learned(slots_known), rows)))
    return rows


def learned(slots_known: list[int]) -> Fact[BaselineLearned]:
    body = BaselineLearned(
        sign="demand", from_at=0, until_at=1, slots_known=slots_known, fade_shift=5, next_at=None
    )
    envelope: dict[str, Any] = {
        "partition": "p",
        "seq": 1,
        "id": "x",
        "kind": "BaselineLearned",
        "schema": 1,
        "happened_at": Instant(1),
        "known_at": Instant(1),
        "subject": "sign:demand",
        "area": "",
        "actor": "",
        "caused_by": "",
        "policy_version": "",
    }
    return Fact(**envelope, body=body)


def test_only_hours_that_were_known_are_learned() -> None:
    today = [
        views.Today("demand", "lamp", "a", 8, 3, 1),
        views.Today("demand", "lamp", "a", 9, 5, 2),
    ]
    rows = rows_after(today, [7, 8])
    overall = rows.get(views.OVERALL, "demand")
    usual = rows.get(views.USUAL, ("demand", "lamp"))
    assert overall is not None
    assert usual is not None
    assert {slot: one for slot, one in enumerate(overall.exposure) if one} == {7: ONE, 8: ONE}
    assert overall.hours == 2 * ONE
    assert (overall.totals, usual.totals) == ([3 * ONE, ONE], [3 * ONE, ONE])
    assert usual.slots[0][9] == 0
    assert list(rows.each(views.TODAY)) == []


def test_a_day_without_a_known_hour_changes_nothing_but_the_day() -> None:
    rows = rows_after([views.Today("demand", "lamp", "a", 8, 3, 1)], [])
    assert rows.get(views.OVERALL, "demand") is None
    assert list(rows.each(views.TODAY)) == []


def test_a_known_hour_without_arrivals_is_a_zero() -> None:
    rows = rows_after([], [8])
    overall = rows.get(views.OVERALL, "demand")
    assert overall is not None
    assert (overall.exposure[8], overall.totals, overall.days) == (ONE, [0, 0], 1)


def test_the_series_are_kept_apart() -> None:
    """Ten in one pane are ten arrivals in ``raw`` and one in ``thin``."""
    rows = rows_after([views.Today("demand", "lamp", "a", 8, 10, 1)], [8])
    usual = rows.get(views.USUAL, ("demand", "lamp"))
    assert usual is not None
    assert msgspec.to_builtins(usual.totals) == [10 * ONE, ONE]
    assert [series["a"] for series in usual.areas] == [10 * ONE, ONE]
