"""One definition of a vital sign, compiled to an expression over history.

The answer has a row for every area and pane in which something was counted: ``area``, ``pane``
(``at // pane``), ``value`` in millionths (null where it is divided by a size that is not known, or
too few sensors speak),
``n`` (rows, for a share speaking sensors) and ``error_ppm`` (the rank error of a quantile). All of
it is whole numbers, equal to the last digit to what the live kernel computes.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import ibis  # type: ignore[import-untyped]

from chengyun.adapters.lake.columns import COUNTED, KEPT
from chengyun.adapters.lake.exact import HIGH, Expr, Table, floor_div, instant, micros, whole
from chengyun.adapters.lake.ground import (
    Ground,
    Place,
    asked,
    by_area,
    by_handle,
    registered,
    upward,
)
from chengyun.adapters.lake.quantiles import quantile_of
from chengyun.adapters.lake.spans import Span
from chengyun.adapters.lake.states import share_of, speaking_of
from chengyun.facts.registers import PropertyEntry
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import HOUR_US, SECOND_US
from chengyun.kernel.limits import MAX_HISTORY_ANSWERS
from chengyun.kernel.units import MICRO
from chengyun.vitals.policy import SensorSign

FROM_HOURS: Final = ("sum", "mean", "max", "min", "count", "rate")


def from_hours(sign: SensorSign) -> bool:
    """Tell whether hourly sums answer for ``sign`` what the rows would."""
    hourly = sign.pane_s * SECOND_US % HOUR_US == 0 and not sign.min_coverage
    return hourly and sign.how in FROM_HOURS and not sign.weighted


def over_rows(
    sign: SensorSign,
    entry: PropertyEntry,
    rows: Table,
    ground: Ground,
    place: Place,
    span: Span,
    *,
    backfilled: bool = False,
) -> Table:
    """Compile ``sign`` over ``rows`` in the columns of the lake, all of the sign's property."""
    _check_size(ground, place, span)
    verdicts = KEPT if backfilled else COUNTED
    up = upward(ground, place)
    taken = rows.filter(rows.verdict.isin(verdicts))
    covered = None
    if sign.min_coverage:
        speaking = speaking_of(taken, ground, up, span)
        covered = _Covered(speaking, registered(ground, place))
    if sign.how == "share":
        return _answer(sign, share_of(sign, taken, ground, up, span), ground, covered)
    counted = taken.filter(
        taken.flags == 0,
        taken.at >= instant(span.since_us),
        taken.at < instant(span.until_us),
    )
    placed = counted.inner_join(up, "area")
    placed = placed.mutate(pane=floor_div(micros(placed.at), span.pane_us))
    if sign.how == "quantile":
        return _answer(sign, quantile_of(sign, entry, placed, span), ground, covered)
    if sign.weighted:
        weights = by_handle(ground.weight, "weight")
        placed = placed.inner_join(weights, "handle")
        placed = placed.mutate(weighed=placed.value * placed.weight)
    else:
        placed = placed.mutate(weight=ibis.literal(1, "int64"), weighed=placed.value)
    cells = placed.group_by("up", "pane").agg(
        n=placed.count(),
        total=placed.weighed.sum(),
        weight=placed.weight.sum(),
        low=placed.value.min(),
        high=placed.value.max(),
    )
    return _answer(sign, _judged(sign, _windows(cells, span)), ground, covered)


def over_hours(
    sign: SensorSign,
    hours: Table,
    ground: Ground,
    place: Place,
    span: Span,
    *,
    backfilled: bool = False,
) -> Table:
    """Compile ``sign`` over hourly sums (``adapters.lake.hours``); see ``from_hours``."""
    _check_size(ground, place, span)
    counted = hours.filter(
        hours.hour >= span.since_us // HOUR_US, hours.hour < span.until_us // HOUR_US
    )
    if not backfilled:
        counted = counted.filter(~counted.backfilled)
    placed = counted.inner_join(upward(ground, place), "area")
    placed = placed.mutate(pane=floor_div(placed.hour, span.pane_us // HOUR_US))
    cells = placed.group_by("up", "pane").agg(
        n=placed.n.sum(),
        total=placed.total_high.sum() * HIGH + placed.total_low.sum(),
        weight=placed.n.sum(),
        low=placed.low.min(),
        high=placed.high.max(),
    )
    return _answer(sign, _judged(sign, _windows(cells, span)), ground)


def _windows(cells: Table, span: Span) -> Table:
    """Return for each area and pane what the window ending there holds, empty ones left out."""
    if span.panes == 1:
        return cells
    grid = cells.select("up").distinct().cross_join(span.numbers(before=span.panes - 1))
    dense = grid.left_join(cells, ["up", "pane"]).select(
        grid.up, grid.pane, cells.n, cells.total, cells.weight, cells.low, cells.high
    )
    back = ibis.window(
        group_by=dense.up, order_by=dense.pane, preceding=span.panes - 1, following=0
    )
    slid = dense.select(
        dense.up,
        dense.pane,
        n=dense.n.sum().over(back),
        total=dense.total.sum().over(back),
        weight=dense.weight.sum().over(back),
        low=dense.low.min().over(back),
        high=dense.high.max().over(back),
    )
    return slid.filter(slid.pane >= span.first, slid.n > 0)


def _judged(sign: SensorSign, windows: Table) -> Table:
    """Return windows with their value."""
    values: dict[str, Expr] = {
        "sum": windows.total,
        "count": windows.n * MICRO,
        "mean": floor_div(windows.total, windows.weight),
        "min": windows.low,
        "max": windows.high,
        "rate": floor_div(windows.total * sign.rate_s, sign.window_s),
    }
    return windows.select(
        windows.up, windows.pane, value=values[sign.how], n=windows.n, error_ppm=ibis.literal(0)
    )


class _Covered(NamedTuple):
    """How many sensors of each area speak at the end of each pane, and how many there are."""

    speaking: Table
    there: Table


def _answer(
    sign: SensorSign, found: Table, ground: Ground, covered: _Covered | None = None
) -> Table:
    """Return what was found, divided by the area's size where the sign asks for it.

    Where too few sensors speak at the end of a pane the value is null.
    """
    if covered is not None:
        found = _where_enough_speak(sign, found, covered)
    value = found.value
    if sign.per:
        sizes = by_area(ground.residents if sign.per == "resident" else ground.area_m2)
        found = found.left_join(sizes, "up")
        value = floor_div(found.value, found["size"])
    return found.select(
        area=found.up,
        pane=found.pane,
        value=whole(value),
        n=whole(found.n),
        error_ppm=whole(found.error_ppm),
    ).order_by("area", "pane")


def _where_enough_speak(sign: SensorSign, found: Table, covered: _Covered) -> Table:
    speaking = covered.speaking.rename(speak="n")
    known = found.left_join(speaking, ["up", "pane"]).select(found, speaking.speak)
    known = known.left_join(covered.there, "up").select(known, covered.there.there)
    speak, there = known.speak.fill_null(0), known.there.fill_null(0)
    share = (there > 0).ifelse(floor_div(speak * MICRO, ibis.greatest(there, 1)), 0)
    enough = share >= round(sign.min_coverage * MICRO)
    value = enough.ifelse(known.value, ibis.null("int64"))
    return known.mutate(value=value).drop("speak", "there")


def _check_size(ground: Ground, place: Place, span: Span) -> None:
    answers = asked(ground, place) * (span.end - span.first + span.panes - 1)
    if answers > MAX_HISTORY_ANSWERS:
        raise Rejected(
            "too_many_answers",
            f"{answers} panes of areas are more than {MAX_HISTORY_ANSWERS}",
            remedy="ask for a shorter time, a coarser level or one area",
            params={"answers": str(answers), "most": str(MAX_HISTORY_ANSWERS)},
        )
