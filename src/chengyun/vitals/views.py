"""What vitals remembers: the panes of the last windows, the day so far, and what is usual."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change, Drop, Put, Table
from chengyun.engine.timers import set_timer, stop_timer
from chengyun.facts.envelope import Fact
from chengyun.facts.twin import ReportLocated
from chengyun.facts.vitals import (
    BaselineLearned,
    LevelsCrossed,
    PaneClosed,
    Reading,
    SignStarted,
)
from chengyun.kernel.instants import SECOND_US
from chengyun.vitals.baseline import (
    ONE,
    Overall,
    TypeUsual,
    faded,
    faded_by_area,
    nothing,
    nothing_of,
)

PANE = "vitals.pane"
DAY = "vitals.day"


class SignState(msgspec.Struct, frozen=True):
    """A sign that is being measured."""

    sign: str
    feeds: list[str]
    """The feeds whose reports it counts; none for a measured property."""
    pane_s: int
    windows_s: list[int]
    fresh: bool
    as_of: int
    last_arrival_at: int
    learned_until: int
    """Until when the baseline has learned; what follows is still to be learned or unknown."""


class Waiting(msgspec.Struct, frozen=True):
    """What came in since the last pane of a sign closed."""

    sign: str
    type: str
    area: str
    count: int


class Recent(msgspec.Struct, frozen=True):
    """Arrivals of a cell in the panes of the longest window: ``[pane, raw, thin]``."""

    sign: str
    type: str
    area: str
    marks: list[tuple[int, int, int]]


class Today(msgspec.Struct, frozen=True):
    """Arrivals of the day so far, by cell and hour of the week."""

    sign: str
    type: str
    area: str
    slot: int
    raw: int
    thin: int


class SpreadRow(msgspec.Struct, frozen=True):
    """What is known of the spread of a type: finished days (fading), and the day so far.

    Both hold excess pairs and arrivals in millionths, by window and series as in ``Spread``.
    """

    sign: str
    type: str
    level: str
    known: list[int]
    today: list[int]


class VitalRow(msgspec.Struct, frozen=True):
    """The latest notable value of a cell; what is not listed is usual, or unknown if not fresh."""

    sign: str
    type: str
    area: str
    window_s: int
    value_micro: int
    expected_ppm: int | None
    surprise_milli: int | None
    as_of: int


class StreamRow(msgspec.Struct, frozen=True):
    """Up to where the stream lane's crossings are recorded."""

    stream: str
    tick: int
    part: int
    at: int
    segment: int
    offset: int


SIGNS = Table("signs", SignState, key=("sign",))
WAITING = Table("waiting_arrivals", Waiting, key=("sign", "type", "area"), indexes=(("sign",),))
RECENT = Table("recent_arrivals", Recent, key=("sign", "type", "area"), indexes=(("sign", "type"),))
TODAY = Table("today_arrivals", Today, key=("sign", "type", "area", "slot"), indexes=(("sign",),))
SPREADS = Table(
    "spreads",
    SpreadRow,
    key=("sign", "type", "level"),
    indexes=(("sign",),),
)
OVERALL = Table("usual_overall", Overall, key=("sign",))
USUAL = Table("usual_by_type", TypeUsual, key=("sign", "type"), indexes=(("sign",),))
VITALS = Table("vitals", VitalRow, key=("sign", "type", "area"))
STREAM = Table("stream", StreamRow, key=("stream",))
TABLES = (SIGNS, WAITING, RECENT, TODAY, SPREADS, OVERALL, USUAL, VITALS, STREAM)


def note_started(fact: Fact[SignStarted], rows: Rows) -> Iterable[Change]:
    """Begin measuring; what was waiting or recent before a silence is not compared with."""
    started = fact.body
    yield Put(
        SIGNS,
        SignState(
            sign=started.sign,
            feeds=started.feeds,
            pane_s=started.pane_s,
            windows_s=started.windows_s,
            fresh=True,
            as_of=fact.happened_at,
            last_arrival_at=fact.happened_at,
            learned_until=fact.happened_at,
        ),
    )
    yield set_timer(DAY, started.sign, started.next_day_at, fact)
    yield set_timer(PANE, started.sign, _pane_end(fact, started.pane_s), fact)
    if started.first is not None:
        yield Put(WAITING, Waiting(started.sign, started.first.type, started.first.area, 1))
    for recent in rows.each(RECENT):
        if recent.sign == started.sign:
            yield Drop(RECENT, (recent.sign, recent.type, recent.area))


def note_arrival(fact: Fact[ReportLocated], rows: Rows) -> Iterable[Change]:
    """A report waits for the end of its pane, in every sign that counts reports."""
    for state in rows.each(SIGNS):
        if fact.body.feed not in state.feeds:
            continue
        key = (state.sign, fact.body.type, fact.area)
        before = rows.get(WAITING, key)
        count = 1 if before is None else before.count + 1
        yield Put(WAITING, Waiting(state.sign, fact.body.type, fact.area, count))
        last = max(state.last_arrival_at, fact.happened_at)
        yield Put(SIGNS, msgspec.structs.replace(state, last_arrival_at=last))
        if state.fresh:
            yield set_timer(PANE, state.sign, _pane_end(fact, state.pane_s), fact)


def _pane_end(fact: Fact[Any], pane_s: int) -> int:
    pane_us = pane_s * SECOND_US
    return (fact.known_at // pane_us + 1) * pane_us


def note_pane(fact: Fact[PaneClosed], rows: Rows) -> Iterable[Change]:
    """Move what waited into the windows and the day, and show what is notable."""
    pane = fact.body
    yield from _shown(pane, rows)
    state = rows.get(SIGNS, pane.sign)
    if state is None or not state.feeds:
        yield Put(SIGNS, _measured(pane))
        return
    yield Put(SIGNS, msgspec.structs.replace(state, fresh=pane.fresh, as_of=pane.until_at))
    for waiting in rows.find(WAITING, 0, pane.sign):
        yield Drop(WAITING, (waiting.sign, waiting.type, waiting.area))
    yield from _moved(pane, state, rows)
    yield from _spread(pane, rows)
    if pane.next_at is None:
        yield stop_timer(PANE, pane.sign)
    else:
        yield set_timer(PANE, pane.sign, pane.next_at, fact)
    if not pane.fresh:
        yield stop_timer(DAY, pane.sign)


def _measured(pane: PaneClosed) -> SignState:
    """Return the state of a sign that is a measured property: it has no panes of its own."""
    return SignState(
        sign=pane.sign,
        feeds=[],
        pane_s=0,
        windows_s=[],
        fresh=pane.fresh,
        as_of=pane.until_at if pane.fresh else pane.from_at,
        last_arrival_at=pane.until_at if pane.fresh else pane.from_at,
        learned_until=0,
    )


def _moved(pane: PaneClosed, state: SignState, rows: Rows) -> Iterator[Change]:
    number = pane.until_at // (state.pane_s * SECOND_US)
    oldest = number - max(state.windows_s) // state.pane_s
    for arrived in pane.arrivals:
        key = (pane.sign, arrived.type, arrived.area)
        recent = rows.get(RECENT, key)
        marks = [] if recent is None else [mark for mark in recent.marks if mark[0] > oldest]
        marks.append((number, arrived.count, 1))
        yield Put(RECENT, Recent(*key, marks))
        today = rows.get(TODAY, (*key, pane.slot)) or Today(*key, pane.slot, 0, 0)
        yield Put(
            TODAY,
            msgspec.structs.replace(today, raw=today.raw + arrived.count, thin=today.thin + 1),
        )


def _spread(pane: PaneClosed, rows: Rows) -> Iterator[Change]:
    for spread in pane.spreads:
        key = (pane.sign, spread.type, spread.level)
        nothing_yet = [0] * len(spread.sums)
        row = rows.get(SPREADS, key) or SpreadRow(*key, nothing_yet, nothing_yet)
        today = [before + more for before, more in zip(row.today, spread.sums, strict=True)]
        yield Put(SPREADS, msgspec.structs.replace(row, today=today))


def _shown(pane: PaneClosed, rows: Rows) -> Iterator[Change]:
    best: dict[tuple[str, str, str], Reading] = {}
    for reading in pane.readings:
        key = (pane.sign, reading.type, reading.area)
        if key not in best or (reading.surprise_milli or 0) > (best[key].surprise_milli or 0):
            best[key] = reading
    for key, reading in best.items():
        yield Put(
            VITALS,
            VitalRow(
                *key,
                reading.window_s,
                reading.value_micro,
                reading.expected_ppm,
                reading.surprise_milli,
                pane.until_at,
            ),
        )
    for row in rows.each(VITALS) if pane.complete or not pane.fresh else ():
        key = (row.sign, row.type, row.area)
        if row.sign == pane.sign and key not in best:
            yield Drop(VITALS, key)


def note_learned(fact: Fact[BaselineLearned], rows: Rows) -> Iterable[Change]:
    """Fold a finished day into what is usual; hours in silence count neither way."""
    learned = fact.body
    sign, known = learned.sign, set(learned.slots_known)
    if learned.next_at is not None:
        yield set_timer(DAY, sign, learned.next_at, fact)
    state = rows.get(SIGNS, sign)
    if state is not None:
        yield Put(SIGNS, msgspec.structs.replace(state, learned_until=learned.until_at))
    today = list(rows.find(TODAY, 0, sign))
    for row in today:
        if row.slot in known or learned.next_at is None:
            yield Drop(TODAY, (row.sign, row.type, row.area, row.slot))
    if not known:
        return
    counted = [row for row in today if row.slot in known]
    shift = learned.fade_shift
    overall = rows.get(OVERALL, sign) or nothing(sign)
    yield Put(OVERALL, _overall_after(overall, counted, known, shift))
    by_type: dict[str, list[Today]] = {}
    for row in counted:
        by_type.setdefault(row.type, []).append(row)
    for usual in rows.find(USUAL, 0, sign):
        yield Put(USUAL, _usual_after(usual, by_type.pop(usual.type, []), shift))
    for type_, arrived in sorted(by_type.items()):
        yield Put(USUAL, _usual_after(nothing_of(sign, type_), arrived, shift))
    for spread in rows.find(SPREADS, 0, sign):
        yield Put(SPREADS, _spread_after(spread, shift))


def _overall_after(overall: Overall, counted: list[Today], known: set[int], shift: int) -> Overall:
    exposure = faded(overall.exposure, shift)
    for slot in known:
        exposure[slot] += ONE
    profile = [faded(series, shift) for series in overall.profile]
    areas = [faded_by_area(series, shift) for series in overall.areas]
    totals = faded(overall.totals, shift)
    _count(counted, profile, totals, areas)
    hours = overall.hours - (overall.hours >> shift) + len(known) * ONE
    return Overall(overall.sign, overall.days + 1, hours, exposure, profile, totals, areas)


def _usual_after(usual: TypeUsual, counted: list[Today], shift: int) -> TypeUsual:
    slots = [faded(series, shift) for series in usual.slots]
    areas = [faded_by_area(series, shift) for series in usual.areas]
    totals = faded(usual.totals, shift)
    _count(counted, slots, totals, areas)
    return TypeUsual(usual.sign, usual.type, slots, totals, areas)


def _count(
    counted: list[Today],
    slots: list[list[int]],
    totals: list[int],
    areas: list[dict[str, int]],
) -> None:
    for row in counted:
        for series, value in enumerate((row.raw, row.thin)):
            slots[series][row.slot] += value * ONE
            totals[series] += value * ONE
            areas[series][row.area] = areas[series].get(row.area, 0) + value * ONE


def _spread_after(spread: SpreadRow, shift: int) -> SpreadRow:
    known = [
        before + more for before, more in zip(faded(spread.known, shift), spread.today, strict=True)
    ]
    return msgspec.structs.replace(spread, known=known, today=[0] * len(known))


def note_crossed(fact: Fact[LevelsCrossed], rows: Rows) -> Iterable[Change]:
    """Remember up to where the crossings of the stream lane are recorded."""
    one = fact.body
    yield Put(STREAM, StreamRow(fact.subject, one.tick, one.part, one.at, one.segment, one.offset))
