"""Quantiles over history: counts in bins of equal width, which merge and know no order of rows."""

from __future__ import annotations

from typing import NamedTuple

import ibis  # type: ignore[import-untyped]

from chengyun.adapters.lake.exact import Expr, Table, floor_div
from chengyun.adapters.lake.spans import Span
from chengyun.facts.registers import PropertyEntry
from chengyun.kernel.errors import Rejected
from chengyun.kernel.units import MICRO
from chengyun.vitals.policy import SensorSign


class Bins(NamedTuple):
    """The believed range [low, high], in millionths, cut into ``bins`` equal bins."""

    low: int
    high: int
    bins: int

    def of(self, value: Expr) -> Expr:
        """Return the bin of a value; the upper end belongs to the last one."""
        bin_ = floor_div((value - self.low) * self.bins, self.high - self.low)
        return ibis.least(self.bins - 1, bin_)

    def middle(self, bin_: Expr) -> Expr:
        """Return the middle of a bin."""
        width = self.high - self.low
        return self.low + floor_div((2 * bin_ + 1) * width, 2 * self.bins)


def bins_of(sign: SensorSign, entry: PropertyEntry) -> Bins:
    """Return the bins of a sign over what is believed of its property."""
    low, high = round(entry.low * MICRO), round(entry.high * MICRO)
    if low >= high:
        raise Rejected(
            "empty_range",
            f"no value of {sign.property!r} is believed: low is not below high",
            remedy="correct low and high of the property",
            params={"property": sign.property},
        )
    return Bins(low, high, sign.bins)


def quantile_of(sign: SensorSign, entry: PropertyEntry, placed: Table, span: Span) -> Table:
    """Return for each area and pane the middle of the bin in which the quantile lies.

    It is the first bin whose cumulated count reaches ``ceil(q·n)``, q in millionths; the share of
    that bin among all is how far the rank may be off.
    """
    bins = bins_of(sign, entry)
    binned = placed.mutate(bin=bins.of(placed.value))
    counts = _slid(binned.group_by("up", "pane", "bin").agg(rows=binned.count()), span)
    whole = ibis.window(group_by=["up", "pane"])
    so_far = ibis.window(group_by=["up", "pane"], order_by="bin", preceding=None, following=0)
    counted = counts.mutate(
        n=counts.rows.sum().over(whole), cumulated=counts.rows.sum().over(so_far)
    )
    wanted = ibis.greatest(
        1, floor_div(counted.n * round(sign.quantile * MICRO) + MICRO - 1, MICRO)
    )
    found = counted.filter(counted.cumulated >= wanted, counted.cumulated - counted.rows < wanted)
    return found.select(
        found.up,
        found.pane,
        value=bins.middle(found.bin),
        n=found.n,
        error_ppm=floor_div(found.rows * MICRO, found.n),
    )


def _slid(counts: Table, span: Span) -> Table:
    """Return the counts of each window: every pane counts for those that end in or after it."""
    if span.panes == 1:
        return counts
    steps = ibis.range(0, span.panes).unnest().name("step").as_table()
    spread = counts.cross_join(steps)
    spread = spread.select("up", "bin", "rows", pane=spread.pane + spread.step)
    spread = spread.filter(spread.pane >= span.first, spread.pane < span.end)
    return spread.group_by("up", "pane", "bin").agg(rows=spread.rows.sum())
