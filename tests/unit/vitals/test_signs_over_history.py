"""A sign compiled to an expression over rows says to the last digit what loops over rows say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ibis
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sign_oracle import City, Row, Told, areas_of, is_below, speakers, value
from small_city import AREAS, CITY, ENTRY, EPOCH_US, SENSORS, some_rows

from chengyun.adapters.lake.columns import Rows, table_of
from chengyun.adapters.lake.composites import composed
from chengyun.adapters.lake.expressions import from_hours, over_hours, over_rows
from chengyun.adapters.lake.ground import Ground, Place
from chengyun.adapters.lake.hours import hours_of, hours_table
from chengyun.adapters.lake.spans import span_of
from chengyun.kernel.errors import Rejected
from chengyun.vitals.policy import Composite, InState, Part, SensorSign

LEVELS = ["city", "district", "subdistrict", "neighbourhood", "unit_grid"]


def dense(values: Any, length: int) -> np.ndarray:
    return np.array([values.get(place, 0) for place in range(length)], np.int64)


GROUND = Ground(
    areas=AREAS,
    residents=dense(CITY.residents, len(AREAS)),
    area_m2=dense(CITY.area_m2, len(AREAS)),
    weight=dense(CITY.weight, SENSORS),
    silence_us=dense(CITY.silence_us, SENSORS),
    home=dense(CITY.home, SENSORS).astype(np.int32),
)


def sign(how: str, **more: Any) -> SensorSign:
    given = {"pane_s": 60, "window_s": 300, "levels": LEVELS} | more
    return SensorSign(name={}, property="level", how=how, unit="m", owner="t", source="t", **given)


def columns_of(rows: list[Row]) -> Rows:
    kinds = (np.int32, np.int64, np.int64, np.int32, np.uint8, np.uint8, np.int64)
    return Rows(*(np.array([row[place] for row in rows], kind) for place, kind in enumerate(kinds)))


@pytest.fixture(scope="module")
def duck() -> Iterator[Any]:
    connection = ibis.duckdb.connect(threads=1)
    yield connection
    connection.disconnect()


def answers(duck: Any, expression: Any) -> dict[tuple[int, int], Told]:
    found = duck.to_pyarrow(expression).to_pylist()
    told = {
        (one["area"], one["pane"]): Told(one["value"], one["n"], one["error_ppm"]) for one in found
    }
    assert len(told) == len(found)
    return told


def expected(
    asked: SensorSign, rows: list[Row], level: str, panes: range, city: City = CITY, **more: Any
) -> dict[tuple[int, int], Told]:
    told = {
        (area, pane): value(asked, ENTRY, rows, area, pane, city, **more)
        for area in areas_of(level, AREAS)
        for pane in panes
    }
    return {place: one for place, one in told.items() if one is not None}


def compared(duck: Any, asked: SensorSign, rows: list[Row], level: str, backfilled: bool) -> None:
    span = span_of(asked, EPOCH_US - 600_000_000, EPOCH_US + 600_000_000)
    table = ibis.memtable(table_of(columns_of(rows)))
    place = Place(level)
    expression = over_rows(asked, ENTRY, table, GROUND, place, span, backfilled=backfilled)
    found = answers(duck, expression)
    panes = range(span.first, span.end)
    assert found == expected(asked, rows, level, panes, backfilled=backfilled)


FIND = (Phase.explicit, Phase.reuse, Phase.generate)
"""Making a failing example smaller takes minutes; its rows are few enough to read."""
many = settings(
    max_examples=6,
    deadline=None,
    phases=FIND,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
levels = st.sampled_from(["city", "city", *LEVELS])


@pytest.mark.parametrize("how", ["sum", "mean", "max", "min", "count", "rate", "quantile"])
@pytest.mark.parametrize("more", [{}, {"tumbling": True}, {"pane_s": 240, "window_s": 241}])
@many
@given(rows=some_rows(), level=levels, backfilled=st.booleans())
def test_a_window(
    duck: Any, how: str, more: dict[str, Any], rows: list[Row], level: str, backfilled: bool
) -> None:
    compared(duck, sign(how, **more), rows, level, backfilled)


@pytest.mark.parametrize("per", ["resident", "m2"])
@many
@given(rows=some_rows(), level=levels)
def test_a_sum_divided_by_the_size(duck: Any, per: str, rows: list[Row], level: str) -> None:
    compared(duck, sign("sum", per=per), rows, level, False)


@many
@given(rows=some_rows(), level=levels)
def test_a_weighted_mean(duck: Any, rows: list[Row], level: str) -> None:
    compared(duck, sign("mean", weighted=True), rows, level, False)


@many
@given(
    rows=some_rows(),
    level=levels,
    bins=st.sampled_from([16, 17, 256, 4_096]),
    quantile=st.sampled_from([0.000_000_1, 0.07, 0.1, 0.25, 0.5, 0.95, 0.999_999]),
)
def test_a_quantile(duck: Any, rows: list[Row], level: str, bins: int, quantile: float) -> None:
    compared(duck, sign("quantile", bins=bins, quantile=quantile), rows, level, False)


@settings(many, max_examples=15)
@given(
    rows=some_rows(),
    level=levels,
    backfilled=st.booleans(),
    state=st.sampled_from([InState(at_least=0.0), InState(at_most=-0.000001), InState()]),
)
def test_a_share(duck: Any, rows: list[Row], level: str, backfilled: bool, state: InState) -> None:
    compared(duck, sign("share", state=state), rows, level, backfilled)


@pytest.mark.parametrize("how", ["sum", "mean", "max", "min", "count", "rate"])
@pytest.mark.parametrize("window_s", [3_600, 10_800])
@many
@given(
    rows=some_rows(spread_us=20_000_000_000),
    level=levels,
    backfilled=st.booleans(),
)
def test_hourly_sums_answer_what_rows_answer(
    duck: Any, how: str, window_s: int, rows: list[Row], level: str, backfilled: bool
) -> None:
    asked = sign(how, pane_s=3_600, window_s=window_s)
    span = span_of(asked, EPOCH_US - 18_000_000_000, EPOCH_US + 18_000_000_000)
    hours = ibis.memtable(hours_table(hours_of(columns_of(rows))))
    expression = over_hours(asked, hours, GROUND, Place(level), span, backfilled=backfilled)
    found = answers(duck, expression)
    panes = range(span.first, span.end)
    assert found == expected(asked, rows, level, panes, backfilled=backfilled)


@pytest.mark.parametrize("how", ["sum", "max", "quantile", "share"])
@settings(many, max_examples=5)
@given(
    rows=some_rows(),
    level=levels,
    backfilled=st.booleans(),
    least=st.sampled_from([0.000001, 0.2, 0.25, 1 / 3, 0.5, 1.0]),
)
def test_where_too_few_speak_it_is_unknown(
    duck: Any, how: str, rows: list[Row], level: str, backfilled: bool, least: float
) -> None:
    state = InState(at_least=0.0) if how == "share" else None
    asked = sign(how, min_coverage=least, state=state, pane_s=20, window_s=40)
    compared(duck, asked, rows, level, backfilled)


PARTS = {
    "mean": (sign("mean", pane_s=20, window_s=40), Part(bad=-3.5, good=7.1)),
    "sum": (sign("sum", pane_s=60, window_s=60), Part(weight=2.5, bad=30, good=-10)),
    "share": (sign("share", pane_s=30, state=InState(at_least=0)), Part(bad=1, good=0)),
    "head": (sign("count", pane_s=60, window_s=60, per="resident"), Part(bad=0, good=0.00001)),
    "many": (sign("max", pane_s=20, window_s=40, min_coverage=0.5), Part(bad=0, good=5)),
}


def part_by_hand(asked: SensorSign, rows: list[Row], area: int, end_us: int) -> int | None:
    pane_us = asked.pane_s * 1_000_000
    pane = end_us // pane_us - 1
    taken = [row for row in rows if row.verdict != 2]
    now = (pane + 1) * pane_us
    speak = len(speakers(taken, area, now, CITY))
    there = sum(is_below(home, area, AREAS) for home in CITY.home.values())
    if not speak or not there or speak / there < asked.min_coverage:
        return None
    told = value(asked, ENTRY, rows, area, pane, CITY)
    if told is None and asked.how in ("sum", "count", "rate"):
        return 0 if not asked.per or CITY.residents.get(area) else None
    return None if told is None else told.value


@settings(many, max_examples=8)
@given(
    rows=some_rows(),
    area=st.integers(0, len(AREAS) - 1),
    names=st.sets(st.sampled_from(sorted(PARTS)), min_size=1),
    min_known=st.sampled_from([0.0, 0.3, 0.5, 1.0]),
)
def test_a_composite(
    duck: Any, rows: list[Row], area: int, names: set[str], min_known: float
) -> None:
    signs = {name: PARTS[name][0] for name in names}
    index = Composite(
        name={}, parts={name: PARTS[name][1] for name in sorted(names)}, levels=LEVELS,
        min_known=min_known, owner="t", source="t",
    )  # fmt: skip
    table = ibis.memtable(table_of(columns_of(rows)))
    place = Place(next(level for level in LEVELS if area in areas_of(level, AREAS)), area)

    def ask(asked: SensorSign, since: int, until: int) -> Any:
        span = span_of(asked, since, until)
        return duck.to_pyarrow(over_rows(asked, ENTRY, table, GROUND, place, span))

    since, until = EPOCH_US - 240_000_000, EPOCH_US + 240_000_000
    sizes = {"resident": CITY.residents.get(area, 0), "m2": CITY.area_m2.get(area, 0)}
    found = composed(ask, index, signs, sizes, since, until).to_pydict()
    pane_us = max(one.pane_s for one in signs.values()) * 1_000_000
    assert found["pane"] == list(range(since // pane_us, until // pane_us))
    for pane, told in zip(found["pane"], found["value"], strict=True):
        score = weight = total = 0
        for name, part in index.parts.items():
            total += round(part.weight * 1_000)
            said = part_by_hand(signs[name], rows, area, (pane + 1) * pane_us)
            if said is not None:
                bad, good = round(part.bad * 1_000_000), round(part.good * 1_000_000)
                inside = min(max(said, min(bad, good)), max(bad, good)) - bad
                score += inside * 100_000 // (good - bad) * round(part.weight * 1_000)
                weight += round(part.weight * 1_000)
        enough = weight and weight * 1_000_000 >= round(min_known * 1_000_000) * total
        assert told == (score * 1_000 // weight if enough else None), pane


@pytest.mark.parametrize(
    ("age_us", "delay_us", "told"),
    [
        (10_000_000, 0, True),  # exactly its silence ago
        (10_000_001, 0, False),
        (5_000_000, 5_000_000, True),  # known exactly at the instant
        (5_000_000, 5_000_001, False),
        (-1, -1, True),  # its clock is ahead
    ],
)
def test_the_edges_of_speaking(duck: Any, age_us: int, delay_us: int, told: bool) -> None:
    at = EPOCH_US + 60_000_000 - age_us
    rows = [Row(1, at, 5, 1, known_at=at + delay_us)]
    asked = sign("share", state=InState(at_least=0.0))
    span = span_of(asked, EPOCH_US, EPOCH_US + 60_000_000)
    table = ibis.memtable(table_of(columns_of(rows)))
    found = answers(duck, over_rows(asked, ENTRY, table, GROUND, Place("district"), span))
    assert found == expected(asked, rows, "district", range(span.first, span.end))
    assert found == ({(1, span.first): Told(1_000_000, 1)} if told else {})


def test_which_questions_hourly_sums_answer() -> None:
    assert from_hours(sign("mean", pane_s=3_600))
    assert from_hours(sign("sum", pane_s=86_400, window_s=604_800))
    assert not from_hours(sign("mean", pane_s=1_800))
    assert not from_hours(sign("mean", pane_s=3_600, min_coverage=0.5))
    assert not from_hours(sign("mean", pane_s=5_400))
    assert not from_hours(sign("mean", pane_s=3_600, weighted=True))
    assert not from_hours(sign("quantile", pane_s=3_600))
    assert not from_hours(sign("share", pane_s=3_600))


def test_one_area_is_asked_alone(duck: Any) -> None:
    rows = [Row(0, EPOCH_US, 5, 5), Row(1, EPOCH_US, 7, 4), Row(2, EPOCH_US, 9, 7)]
    table = ibis.memtable(table_of(columns_of(rows)))
    asked = sign("sum", tumbling=True)
    span = span_of(asked, EPOCH_US, EPOCH_US + 60_000_000)
    found = answers(duck, over_rows(asked, ENTRY, table, GROUND, Place("district", 1), span))
    assert found == {(1, span.first): Told(12, 2)}
    with pytest.raises(Rejected, match="does not stand at level"):
        over_rows(asked, ENTRY, table, GROUND, Place("district", 3), span)


def test_a_sum_of_more_than_64_bits_on_the_way_is_exact_and_in_the_end_an_error(
    duck: Any,
) -> None:
    rows = [Row(handle, EPOCH_US + handle, 2**62 + handle, 5) for handle in range(4)]
    table = ibis.memtable(table_of(columns_of(rows)))
    span = span_of(sign("mean"), EPOCH_US, EPOCH_US + 60_000_000)
    mean = over_rows(sign("mean"), ENTRY, table, GROUND, Place("city"), span)
    assert answers(duck, mean) == {(0, span.first): Told(2**62 + 1, 4)}
    total = over_rows(sign("sum"), ENTRY, table, GROUND, Place("city"), span)
    with pytest.raises(Exception, match="Failed to cast"):
        answers(duck, total)


def test_too_many_answers_are_refused() -> None:
    span = span_of(sign("mean", pane_s=1, window_s=1), EPOCH_US, EPOCH_US + 31 * 86_400_000_000)
    table = ibis.memtable(table_of(columns_of([])))
    with pytest.raises(Rejected, match="more than"):
        over_rows(sign("mean"), ENTRY, table, GROUND, Place("district"), span)
