"""Shares over history: how many of the speaking sensors are in a state at the end of each pane.

A sensor speaks as long as its newest word is not older than its silence; its state is that of its
newest believed value. Each row says what is true of its sensor from the moment it became known
until the next one did: the panes that end in between are counted by their first and last, so the
work grows with the rows and not with rows times panes.
"""

from __future__ import annotations

import ibis  # type: ignore[import-untyped]

from chengyun.adapters.lake.exact import Expr, Table, at_greatest, floor_div, instant, micros
from chengyun.adapters.lake.ground import Ground, by_handle
from chengyun.adapters.lake.spans import Span
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import SECOND_US
from chengyun.kernel.limits import MAX_AHEAD_S, MAX_LOOK_BACK_S
from chengyun.kernel.units import MICRO
from chengyun.vitals.policy import SensorSign


def share_of(sign: SensorSign, rows: Table, ground: Ground, up: Table, span: Span) -> Table:
    """Return for each area and pane the share in the sign's state at the instant it ends.

    Rows older than ``MAX_LOOK_BACK_S`` before the first of these instants are not looked at.
    """
    found = _counts(_told(rows, _state(sign, rows), ground, span), up, span)
    return found.select(
        "up",
        "pane",
        value=floor_div(found.inside * MICRO, found.n),
        n=found.n,
        error_ppm=ibis.literal(0),
    )


def speaking_of(rows: Table, ground: Ground, up: Table, span: Span) -> Table:
    """Return for each area and pane how many sensors speak at the instant it ends, if any."""
    return _counts(_told(rows, ibis.null("int64"), ground, span), up, span).select(
        "up", "pane", "n"
    )


def _counts(told: Table, up: Table, span: Span) -> Table:
    """Return for each area and pane how many sensors speak at its end, and are in the state."""
    lasting = told.mutate(
        begin=ibis.greatest(span.first, _pane_from(told.known, span)),
        end=ibis.least(span.end, _pane_from(ibis.least(told.next_known, told.silent), span)),
    )
    lasting = lasting.filter(lasting.begin < lasting.end).inner_join(up, "area")
    steps = ibis.union(
        lasting.select("up", pane=lasting.begin, speaking=lasting.one, inside=lasting.inside),
        lasting.select("up", pane=lasting.end, speaking=-lasting.one, inside=-lasting.inside),
    )
    steps = steps.group_by("up", "pane").agg(
        speaking=steps.speaking.sum(), inside=steps.inside.sum()
    )
    grid = steps.select("up").distinct().cross_join(span.numbers())
    dense = grid.left_join(steps, ["up", "pane"]).select(
        grid.up, grid.pane, steps.speaking, steps.inside
    )
    so_far = ibis.window(group_by="up", order_by="pane", preceding=None, following=0)
    found = dense.select(
        "up",
        "pane",
        n=dense.speaking.sum().over(so_far),
        inside=dense.inside.sum().over(so_far),
    )
    return found.filter(found.n > 0)


def _told(rows: Table, state: Expr, ground: Ground, span: Span) -> Table:
    """Return for each row what is known of its sensor from then on, and until when.

    ``state`` is 1 or 0 for each row, null where it says nothing of its sensor's.
    """
    rows = rows.mutate(state=state)
    seen = rows.filter(
        rows.at >= instant(span.since_us - MAX_LOOK_BACK_S * SECOND_US),
        rows.at <= instant(span.until_us + MAX_AHEAD_S * SECOND_US),
        rows.known_at <= instant(span.until_us),
    )
    seen = seen.inner_join(by_handle(ground.silence_us, "silence"), "handle")
    seen = seen.select(
        "handle",
        "area",
        "silence",
        at_us=micros(seen.at),
        known=micros(seen.known_at),
        state="state",
    )
    order = {"group_by": "handle", "order_by": ["known", "at_us"]}
    so_far = ibis.window(**order, preceding=None, following=0)
    told = seen.select(
        "silence",
        "known",
        last=seen.at_us.max().over(so_far),
        area=at_greatest(seen.area.cast("int64"), seen.at_us).over(so_far),
        inside=at_greatest(seen.state, seen.at_us).over(so_far).fill_null(0),
        next_known=seen.known.lead().over(ibis.window(**order)),
    )
    return told.mutate(
        area=told.area.cast("int32"),
        one=ibis.literal(1, "int64"),
        silent=told.last + told.silence + 1,
        next_known=told.next_known.fill_null(span.until_us + 1),
    )


def _state(sign: SensorSign, rows: Table) -> Expr:
    """Return for each row whether its sensor was in the sign's state; null if not believed."""
    if sign.state is None:
        raise Rejected(
            "no_state",
            "a share needs the state that it is the share of",
            remedy="give the sign its state",
        )
    low, high = round(sign.state.at_least * MICRO), round(sign.state.at_most * MICRO)
    one, zero = ibis.literal(1, "int64"), ibis.literal(0, "int64")
    inside = rows.value.between(low, high).ifelse(one, zero)
    return (rows.flags == 0).ifelse(inside, ibis.null("int64"))


def _pane_from(at_us: Expr, span: Span) -> Expr:
    """Return the first pane that ends at ``at_us`` or later."""
    return floor_div(at_us + span.pane_us - 1, span.pane_us) - 1
