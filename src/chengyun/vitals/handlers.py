"""Vitals: panes close, days enter the baseline, silence makes everything unknown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from chengyun.engine.known import Known
from chengyun.engine.stage import Follows, Listens, Orders
from chengyun.facts.engine import TimerFired
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.registers import Areas, City, city_of, levels_of
from chengyun.facts.sense import FeedFellSilent, FeedResumed, ObservationReceived, ReportReceived
from chengyun.facts.twin import ReportLocated
from chengyun.facts.vitals import (
    Arrivals,
    BaselineLearned,
    LevelsCrossed,
    PaneClosed,
    Reading,
    SignStarted,
)
from chengyun.kernel.ids import join
from chengyun.kernel.instants import (
    HOUR_US,
    SECOND_US,
    Instant,
    from_datetime,
    to_datetime,
    zone,
)
from chengyun.vitals import views
from chengyun.vitals.crossings import RecordCrossings, record_crossings
from chengyun.vitals.measuring import Measuring
from chengyun.vitals.policy import Sign, Signs

_QUARTER_US: Final = HOUR_US // 4


def _zone_of(city: City) -> ZoneInfo:
    return zone(city.zone)


@lru_cache(maxsize=4_096)
def _slot(at: int, city_zone: ZoneInfo) -> int:
    """Return the local hour of the week at ``at``; Monday 00 is 0."""
    local = to_datetime(Instant(at), city_zone)
    return local.weekday() * 24 + local.hour


def _slots(until_at: int, pane_us: int, panes: int, city_zone: ZoneInfo) -> list[int]:
    """Return the hour of the week of each of the last panes, the newest first.

    Zones shift by whole quarters of an hour, so the zone is asked once a quarter only.
    """
    quarters: dict[int, int] = {}
    slots = []
    for back in range(1, panes + 1):
        quarter = (until_at - back * pane_us) // _QUARTER_US
        if quarter not in quarters:
            quarters[quarter] = _slot(quarter * _QUARTER_US, city_zone)
        slots.append(quarters[quarter])
    return slots


def _next_midnight(at: int, city_zone: ZoneInfo) -> Instant:
    local = to_datetime(Instant(at), city_zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return from_datetime(
        (midnight.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=city_zone)
    )


def _midnight_before(at: int, city_zone: ZoneInfo) -> Instant:
    """Return the last local midnight before ``at``: up to there all days have been learned."""
    local = to_datetime(Instant(at - 1), city_zone)
    return from_datetime(local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0))


def _in_order(signs: Signs) -> list[tuple[str, Sign]]:
    return sorted(signs.signs.items())


def _signs_of(feed: str, known: Known, measures: str) -> Iterator[tuple[str, Sign]]:
    for name, sign in known.built(_in_order, Signs):
        if sign.measures == measures and feed in sign.feeds:
            yield name, sign


# --- beginning, silence, beginning again ------------------------------------------------------


def on_report_received(fact: Fact[ReportReceived], known: Known) -> Iterable[Draft]:
    """The first report of a feed starts the signs that count it."""
    for name, sign in _signs_of(fact.body.feed, known, "reports"):
        if known.get(views.SIGNS, name) is None:
            first = Arrivals(fact.body.type, fact.area, 1)
            yield _started(name, sign, fact.happened_at, first, known)


def on_feed_resumed(fact: Fact[FeedResumed], known: Known) -> Iterable[Draft]:
    """Signs are measured again; the silence stays unknown."""
    for name, sign in _signs_of(fact.body.feed, known, "reports"):
        yield _started(name, sign, fact.happened_at, None, known)


def _started(name: str, sign: Sign, at: Instant, first: Arrivals | None, known: Known) -> Draft:
    return Draft(
        id=join("sign", name, at),
        happened_at=at,
        subject=join("sign", name),
        area=known.built(city_of, Areas),
        body=SignStarted(
            sign=name,
            feeds=sign.feeds,
            pane_s=sign.pane_s,
            windows_s=sign.windows_s,
            next_day_at=_next_midnight(at, known.built(_zone_of, City)),
            first=first,
        ),
    )


def on_feed_fell_silent(fact: Fact[FeedFellSilent], known: Known) -> Iterable[Draft]:
    """Nothing is known from the feed's last word on: learn what was, and say "unknown"."""
    for name, sign in _signs_of(fact.body.feed, known, "reports"):
        state = known.get(views.SIGNS, name)
        if state is not None and sign.baseline is not None:
            yield _learned(name, sign, state, fact.body.since_at, fact.happened_at, None, known)
        yield _unknown(name, fact, known)
    for name, _ in _signs_of(fact.body.feed, known, "property"):
        yield _unknown(name, fact, known)


def _unknown(name: str, fact: Fact[FeedFellSilent], known: Known) -> Draft:
    return Draft(
        id=join("pane", name, "unknown", fact.happened_at),
        happened_at=fact.happened_at,
        subject=join("sign", name),
        area=known.built(city_of, Areas),
        body=PaneClosed(
            sign=name,
            from_at=fact.body.since_at,
            until_at=fact.happened_at,
            fresh=False,
            complete=False,
            days_known=0,
            slot=_slot(fact.happened_at, known.built(_zone_of, City)),
            arrivals=[],
            readings=[],
            spreads=[],
            next_at=None,
        ),
    )


# --- panes and days ---------------------------------------------------------------------------


def on_timer(fact: Fact[TimerFired], known: Known) -> Iterable[Draft]:
    """A pane of a sign is over, or a day of its baseline."""
    name = fact.subject
    sign = known.policy(Signs).signs.get(name)
    state = known.get(views.SIGNS, name)
    if sign is None or state is None or not state.fresh:
        return
    if fact.body.purpose == views.PANE:
        yield _pane(name, sign, fact, known)
    elif sign.baseline is not None:
        until_at = min(fact.body.due_at, state.last_arrival_at)
        next_at = _next_midnight(fact.body.due_at, known.built(_zone_of, City))
        yield _learned(name, sign, state, until_at, fact.happened_at, next_at, known)


def _pane(name: str, sign: Sign, fact: Fact[TimerFired], known: Known) -> Draft:
    until_at = fact.body.due_at
    pane_us = sign.pane_s * SECOND_US
    city_zone = known.built(_zone_of, City)
    panes = max(sign.windows_s) // sign.pane_s
    slots = _slots(until_at, pane_us, panes, city_zone)
    waiting = known.find(views.WAITING, 0, name)
    arrivals = [Arrivals(row.type, row.area, row.count) for row in waiting]
    readings: list[Reading] = []
    spreads, days_known = [], 0
    if sign.baseline is not None:
        measuring = Measuring(
            name,
            sign,
            sign.baseline,
            known,
            city=known.built(city_of, Areas),
            level_of=known.built(levels_of, Areas),
            until_at=until_at,
            slots=slots,
        )
        cells = measuring.cells(arrivals)
        readings = list(measuring.readings(cells))
        spreads = list(measuring.spreads(arrivals, cells))
        days_known = measuring.days_known
    return Draft(
        id=join("pane", name, until_at),
        happened_at=fact.happened_at,
        subject=join("sign", name),
        area=known.built(city_of, Areas),
        body=PaneClosed(
            sign=name,
            from_at=until_at - pane_us,
            until_at=until_at,
            fresh=True,
            complete=True,
            days_known=days_known,
            slot=slots[0],
            arrivals=arrivals,
            readings=readings,
            spreads=spreads,
            next_at=until_at + pane_us if readings else None,
        ),
    )


def _learned(
    name: str,
    sign: Sign,
    state: views.SignState,
    until_at: int,
    at: Instant,
    next_at: int | None,
    known: Known,
) -> Draft:
    """Return what is learned of the whole hours since the last time and before ``until_at``."""
    city_zone = known.built(_zone_of, City)
    first_hour, end_hour = -(-state.learned_until // HOUR_US), until_at // HOUR_US
    slots = {_slot(hour * HOUR_US, city_zone) for hour in range(first_hour, end_hour)}
    return Draft(
        id=join("baseline", name, at),
        happened_at=at,
        subject=join("sign", name),
        area=known.built(city_of, Areas),
        body=BaselineLearned(
            sign=name,
            from_at=state.learned_until,
            until_at=max(state.learned_until, end_hour * HOUR_US),
            slots_known=sorted(slots),
            fade_shift=5 if sign.baseline is None else sign.baseline.fade_shift,
            next_at=next_at,
        ),
    )


# --- measured properties ----------------------------------------------------------------------


def on_observation_received(fact: Fact[ObservationReceived], known: Known) -> Iterable[Draft]:
    """A measured value is a pane of its own."""
    observed = fact.body
    for name, sign in _signs_of(observed.feed, known, "property"):
        if sign.property != observed.property:
            continue
        window_s = (observed.until_at - observed.from_at) // SECOND_US
        yield Draft(
            id=join("pane", name, fact.area, observed.until_at),
            happened_at=fact.happened_at,
            subject=join("sign", name),
            area=fact.area,
            body=PaneClosed(
                sign=name,
                from_at=observed.from_at,
                until_at=observed.until_at,
                fresh=True,
                complete=False,
                days_known=0,
                slot=_slot(observed.from_at, known.built(_zone_of, City)),
                arrivals=[],
                readings=[
                    Reading(
                        type="",
                        area=fact.area,
                        level=known.built(levels_of, Areas)[fact.area],
                        window_s=window_s,
                        value_micro=observed.value_micro,
                    )
                ],
                spreads=[],
                next_at=None,
            ),
        )


ORDERS: Final[Orders] = {RecordCrossings: record_crossings}
LISTENS: Final[Listens] = {
    ReportReceived: (on_report_received,),
    FeedResumed: (on_feed_resumed,),
    FeedFellSilent: (on_feed_fell_silent,),
    ObservationReceived: (on_observation_received,),
    TimerFired: (on_timer,),
}
FOLLOWS: Final[Follows] = {
    SignStarted: (views.note_started,),
    ReportLocated: (views.note_arrival,),
    PaneClosed: (views.note_pane,),
    BaselineLearned: (views.note_learned,),
    LevelsCrossed: (views.note_crossed,),
}
