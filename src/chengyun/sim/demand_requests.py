"""When requests come in, what they are about, and how they end: a seeded timeline."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from math import isqrt
from random import Random
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from chengyun.facts.handle import DUPLICATE
from chengyun.kernel import instants
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import HOUR_US, MINUTE_US, SECOND_US, Instant
from chengyun.sim.demand_city import Kind, Quarter, Spot, Surroundings

WEEK: Final = (118, 112, 110, 108, 106, 78, 68)
"""How busy each weekday is, Monday first; 100 on average."""
DAY: Final = (3, 2, 1, 1, 1, 2, 5, 9, 13, 15, 15, 14, 12, 13, 14, 14, 13, 11, 8, 7, 6, 5, 4, 4)
"""How busy each hour is."""
CHANNELS: Final = ("phone", "app", "web", "officer")
OUTCOMES: Final = ("resolved", "resolved", "resolved", "resolved", "resolved", "invalid")

OF_HUNDRED_AGAIN: Final = 9
"""So many of a hundred requests are about something that was reported before."""
OF_HUNDRED_AT_HOT_SPOTS: Final = 35
OF_HUNDRED_NEXT_DOOR: Final = 15
"""So many of a hundred later reports name another house."""
OF_HUNDRED_NOWHERE: Final = 3
OF_HUNDRED_WITHOUT_POINT: Final = 4
OF_HUNDRED_LATE: Final = 15
OF_HUNDRED_OPEN: Final = 5
OF_HUNDRED_OTHER_UNIT: Final = 4
REMEMBERED: Final = 40
"""A request reported again is one of the last so many."""

BURST_HOURS: Final = 3
LEAST_BURST: Final = 24


class Burst(msgspec.Struct, frozen=True, kw_only=True):
    """One type in one area, many times the usual for some hours."""

    type: str
    area: str
    from_at: Instant
    until_at: Instant
    requests: int


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One request with its recorded handling."""

    id: str
    opened_at: Instant
    due_at: Instant | None
    kind: Kind
    spot: Spot
    thing: tuple[str, str]
    """Type and address of what it is about."""
    has_point: bool
    channel: str
    reporter: str
    closed_at: Instant | None
    unit: str
    outcome: str
    duplicate_of: str


class Arrival(NamedTuple):
    """When a request comes in, and whether it belongs to the burst."""

    at: Instant
    in_burst: bool


# --- when -------------------------------------------------------------------------------------


def arrivals_of(
    start: date, day: int, per_day: int, local: ZoneInfo, rng: Random
) -> Iterator[Arrival]:
    """Yield the arrivals of one local day, as many as its weekday has, more or less."""
    today = start + timedelta(days=day)
    usual = per_day * WEEK[today.weekday()] // 100
    swing = isqrt(usual)
    for _ in range(max(0, usual + rng.randint(-swing, swing))):
        hour = rng.choices(range(24), DAY)[0]
        yield Arrival(_at(today, hour * 3_600 + rng.randrange(3_600), local), in_burst=False)


def _at(day: date, second: int, local: ZoneInfo) -> Instant:
    """Return a second of a local day; what the clock skips or shows twice comes an hour later."""
    wall = datetime(day.year, day.month, day.day) + timedelta(seconds=second)  # noqa: DTZ001
    try:
        at, ambiguous = instants.from_local(wall, local)
    except Rejected:
        return _at(day, second + 3_600, local)
    return _at(day, second + 3_600, local) if ambiguous else at


def _shown_once(at: Instant, local: ZoneInfo) -> Instant:
    """Return ``at``, or up to two hours later where the wall clock shows its time twice."""
    for _ in range(2):
        wall = instants.to_datetime(at, local).replace(tzinfo=None)
        if not instants.from_local(wall, local)[1]:
            break
        at = Instant(at + HOUR_US)
    return at


def burst_of(around: Surroundings, start: date, days: int, per_day: int, local: ZoneInfo) -> Burst:
    """Plan three busy hours of the busiest type in the busiest area, three quarters on."""
    kind, quarter = around.busiest()
    day = start + timedelta(days=days * 3 // 4)
    return Burst(
        type=kind.code,
        area=quarter.code,
        from_at=_at(day, 10 * 3_600, local),
        until_at=_at(day, (10 + BURST_HOURS) * 3_600, local),
        requests=max(LEAST_BURST, per_day // 8),
    )


def burst_arrivals(burst: Burst, rng: Random) -> list[Arrival]:
    """Return the arrivals of a planned burst, in no order."""
    span_s = (burst.until_at - burst.from_at) // SECOND_US
    return [
        Arrival(Instant(burst.from_at + rng.randrange(span_s) * SECOND_US), in_burst=True)
        for _ in range(burst.requests)
    ]


# --- what -------------------------------------------------------------------------------------


class Maker:
    """Turns arrivals into requests; remembers the last ones, which people report again."""

    def __init__(self, around: Surroundings, local: ZoneInfo, seed: int, rng: Random) -> None:
        self._around = around
        self._local = local
        self._seed = seed
        self._rng = rng
        self._last: deque[Request] = deque(maxlen=REMEMBERED)
        self._open: dict[tuple[str, str], Request] = {}

    def requests(self, arrivals: Sequence[Arrival]) -> Iterator[Request]:
        """Yield a request for each arrival, numbered in order."""
        for number, arrival in enumerate(arrivals, start=1):
            yield self._request(f"S{self._seed}-{number:07d}", arrival)

    def _request(self, name: str, arrival: Arrival) -> Request:
        if arrival.in_burst:
            kind, quarter = self._around.busiest()
            return self._new(name, arrival.at, kind, self._around.anywhere(quarter, self._rng))
        if self._chance(OF_HUNDRED_AGAIN):
            still_open = [one for one in self._last if _is_open(one, arrival.at)]
            if still_open:
                return self._again(name, arrival.at, self._rng.choice(still_open))
        kind, quarter = self._around.kind(self._rng), self._around.quarter(self._rng)
        spot = self._spot(quarter)
        known = self._open.get((kind.code, spot.address))
        if known is not None and _is_open(known, arrival.at):
            return self._again(name, arrival.at, known)
        return self._new(name, arrival.at, kind, spot)

    def _spot(self, quarter: Quarter) -> Spot:
        if self._chance(OF_HUNDRED_AT_HOT_SPOTS):
            return self._rng.choice(quarter.hot_spots)
        spot = self._around.anywhere(quarter, self._rng)
        if self._chance(OF_HUNDRED_NOWHERE):
            lon_e7, lat_e7 = self._around.nowhere
            return spot._replace(lon_e7=lon_e7, lat_e7=lat_e7)
        return spot

    def _new(self, name: str, at: Instant, kind: Kind, spot: Spot) -> Request:
        unit = self._around.unit_for(kind, spot.area)
        if self._chance(OF_HUNDRED_OTHER_UNIT):
            unit = self._rng.choice(self._rng.choice(self._around.kinds).units)
        due_at = None
        if kind.has_deadline:
            due_at = _shown_once(Instant(at + 2 * kind.typical_h * HOUR_US), self._local)
        closed_at = self._closing(at, kind)
        request = Request(
            id=name,
            opened_at=at,
            due_at=due_at,
            kind=kind,
            spot=spot,
            thing=(kind.code, spot.address),
            has_point=not self._chance(OF_HUNDRED_WITHOUT_POINT),
            channel=self._rng.choice(CHANNELS),
            reporter=f"Sample Person {self._rng.randrange(10_000):04d}",
            closed_at=closed_at,
            unit=unit,
            outcome="" if closed_at is None else self._rng.choice(OUTCOMES),
            duplicate_of="",
        )
        self._last.append(request)
        self._open[request.thing] = request
        return request

    def _again(self, name: str, at: Instant, original: Request) -> Request:
        """Return a later report of the same thing, as another person writes it."""
        spot = original.spot
        if spot[2:] != self._around.nowhere and self._chance(40):
            spot = spot._replace(
                lon_e7=spot.lon_e7 + self._rng.randint(-900, 900),
                lat_e7=spot.lat_e7 + self._rng.randint(-900, 900),
            )
        if self._chance(OF_HUNDRED_NEXT_DOOR):
            number, _, street = spot.address.partition(" ")
            spot = spot._replace(address=f"{int(number) + 2} {street}")
        closed_at = Instant(at + self._rng.randint(20, 36 * 60) * MINUTE_US)
        if original.closed_at is not None:
            closed_at = min(closed_at, original.closed_at)
        due_at = original.due_at
        if due_at is not None:
            due_at = Instant(at + due_at - original.opened_at)
        return msgspec.structs.replace(
            original,
            id=name,
            opened_at=at,
            due_at=None if due_at is None else _shown_once(due_at, self._local),
            spot=spot,
            channel=self._rng.choice(CHANNELS),
            reporter=f"Sample Person {self._rng.randrange(10_000):04d}",
            closed_at=_shown_once(closed_at, self._local),
            outcome=DUPLICATE,
            duplicate_of=original.id,
        )

    def _closing(self, at: Instant, kind: Kind) -> Instant | None:
        """Draw when it closes: mostly in time and by day, some late, some not at all."""
        if self._chance(OF_HUNDRED_OPEN):
            return None
        typical_min = kind.typical_h * 60
        if self._chance(OF_HUNDRED_LATE):
            minutes = self._rng.randint(2 * typical_min, 5 * typical_min)
        else:
            minutes = self._rng.randint(typical_min // 8, 2 * typical_min - 1)
        closed_at = Instant(at + minutes * MINUTE_US)
        hour = instants.to_datetime(closed_at, self._local).hour
        if not 7 <= hour < 20:
            closed_at = Instant(closed_at + (31 - hour) % 24 * HOUR_US)
        return _shown_once(closed_at, self._local)

    def _chance(self, of_hundred: int) -> bool:
        return self._rng.randrange(100) < of_hundred


def _is_open(request: Request, at: Instant) -> bool:
    """Tell whether ``request`` is still open at ``at``, with some minutes to spare."""
    return request.closed_at is None or at + 30 * MINUTE_US < request.closed_at
