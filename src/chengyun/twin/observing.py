"""How one value is judged and what it changes, row by row in the order in which they came.

A value is a duplicate if its sensor said something at the same instant before. Known for sure are
the three newest instants of each sensor and, in ``Remembered``, the older ones that are not yet
too late for a pane; what is older than that is taken for history alone, where doubles are left out
when a day is written.
"""

from __future__ import annotations

import secrets
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chengyun.engine.compiled import compiled, inlined
from chengyun.facts.columns import Bytes, Flag, Handles, Longs, Verdict
from chengyun.kernel.area_index import NOWHERE
from chengyun.kernel.instants import SECOND_US
from chengyun.kernel.limits import (
    MAX_AHEAD_S,
    MAX_BACKFILL_S,
    MAX_GROUP_ROWS,
    MAX_REMEMBERED,
)
from chengyun.twin.sensors import NOT_DUE, SILENT, SPEAKS, Rules, Sensors

_ACCEPTED: Final = int(Verdict.ACCEPTED)
_LATE: Final = int(Verdict.LATE)
_BACKFILLED: Final = int(Verdict.BACKFILLED)
_DUPLICATE: Final = int(Verdict.DUPLICATE)
_UNKNOWN_SENSOR: Final = int(Verdict.UNKNOWN_SENSOR)
_OTHER_FEED: Final = int(Verdict.OTHER_FEED)
_IN_FUTURE: Final = int(Verdict.IN_FUTURE)
_TOO_OLD: Final = int(Verdict.TOO_OLD)
_OUT_OF_RANGE: Final = int(Flag.OUT_OF_RANGE)
_JUMP: Final = int(Flag.JUMP)
_STUCK: Final = int(Flag.STUCK)
_AHEAD_US: Final = MAX_AHEAD_S * SECOND_US
_BACKFILL_US: Final = MAX_BACKFILL_S * SECOND_US
_NEIGHBOURS: Final = 2
"""Two values are neighbours if they lie at most so many cadences apart."""


class _Generation(NamedTuple):
    """Instants by sensor, in a table with open addressing: one number for both.

    The upper bits are the sensor, the lower the instant, which is unique among those that may come
    late; -1 is an empty place.
    """

    keys: Longs
    held: Longs
    """One number: how many there are."""
    secret: NDArray[np.uint64]
    """Two numbers that no sender knows, so that nobody chooses instants of one place."""


_AT_BITS: Final = 38
"""2^38 microseconds are three days, far more than anything may be late; handles have 25 bits."""


class Remembered:
    """Instants of sensors that may still come again late, in two generations."""

    def __init__(self) -> None:
        secret = np.array([secrets.randbits(64), secrets.randbits(64) | 1], np.uint64)
        self.young, self.old = _generation(secret), _generation(secret)
        self.forgotten = np.zeros(1, np.int64)
        """Instants up to here may have been forgotten."""
        self.turned_at = 0

    def turn(self, now: int, forget: int) -> None:
        """Begin a new generation at ``now``; the older of the two is forgotten.

        Nothing in it is later than ``forget``.
        """
        self.turned_at = now
        if self.old.held[0]:
            self.forgotten[0] = max(int(self.forgotten[0]), forget)
            self.old.keys.fill(_EMPTY)
            self.old.held[0] = 0
        self.young, self.old = self.old, self.young

    def put_back(self, keys: Longs, *, is_young: bool) -> None:
        """Take instants that were kept into a generation that holds none."""
        to = self.young if is_young else self.old
        _remember_all(to.keys, to.held, to.secret, keys)

    @property
    def is_full(self) -> bool:
        """Whether the young generation may not take a whole group any more."""
        return bool(self.young.held[0] >= MAX_REMEMBERED // 2 - MAX_GROUP_ROWS)


_EMPTY: Final = -1
_PLACE_BITS: Final = (MAX_REMEMBERED - 1).bit_length()


def _generation(secret: NDArray[np.uint64]) -> _Generation:
    return _Generation(np.full(1 << _PLACE_BITS, _EMPTY, np.int64), np.zeros(1, np.int64), secret)


def kept_in(generation: _Generation) -> Longs:
    """Return the instants of a generation, for ``put_back``."""
    return np.asarray(generation.keys[generation.keys != _EMPTY])


class Rows(NamedTuple):
    """The rows of a group as they came; columns of one length."""

    handle: Handles
    at: Longs
    value: Longs
    feed: Handles
    """The sender's feed."""
    place: Handles
    """For a moving sensor the area it says it is in; ``AS_REGISTERED`` for the others."""


AS_REGISTERED: Final = -2
NOT_COUNTED: Final = -1


class Observed(NamedTuple):
    """What became of each row, and which sensors changed how or where they are."""

    verdict: Bytes
    flags: Bytes
    area: Handles
    """Where each value was measured; -1 where that is no area of the city."""
    counted: Handles
    """The property of a value that enters panes; -1 for one that is not believed or too late."""
    weight: Longs
    woken: Handles
    """Sensors that speak for the first time, or again."""
    again: Bytes
    """1 for those that were silent before, 0 for the first time."""
    moved: Handles
    moved_from: Handles
    moved_to: Handles
    """Sensors that went from one area to another, step by step."""


def observe(
    sensors: Sensors,
    rules: Rules,
    remembered: Remembered,
    rows: Rows,
    *,
    gateways_s: NDArray[np.uint32],
    now: int,
) -> Observed:
    """Judge every row and move the sensors on; ``gateways_s`` is when each was last heard."""
    size = len(rows.handle)
    room = Observed(
        verdict=np.empty(size, np.uint8),
        flags=np.zeros(size, np.uint8),
        area=np.full(size, NOWHERE, np.int32),
        counted=np.full(size, NOT_COUNTED, np.int32),
        weight=np.ones(size, np.int64),
        woken=np.empty(size, np.int32),
        again=np.zeros(size, np.uint8),
        moved=np.empty(size, np.int32),
        moved_from=np.empty(size, np.int32),
        moved_to=np.empty(size, np.int32),
    )
    woken, moved = _observe(
        _Twin(sensors.records, sensors.believed, sensors.due_s, gateways_s, len(sensors)),
        rules,
        (remembered.young, remembered.old, remembered.forgotten),
        rows,
        now,
        room,
    )
    return Observed(
        room.verdict,
        room.flags,
        room.area,
        room.counted,
        room.weight,
        room.woken[:woken],
        room.again[:woken],
        room.moved[:moved],
        room.moved_from[:moved],
        room.moved_to[:moved],
    )


def fall_silent(sensors: Sensors, now: int) -> Handles:
    """Return the sensors that should have spoken by ``now``, and count them as silent."""
    return _fall_silent(sensors.records, sensors.due_s, len(sensors), now // SECOND_US)


def silence_behind(sensors: Sensors, dead: NDArray[np.bool_]) -> Handles:
    """Return the speaking sensors whose gateway is dead, and count them as silent."""
    return _silence_behind(sensors.records, sensors.due_s, len(sensors), dead)


# --- compiled ---------------------------------------------------------------------------------


class _Twin(NamedTuple):
    records: NDArray[np.void]
    believed: NDArray[np.void]
    due_s: NDArray[np.uint32]
    gateways_s: NDArray[np.uint32]
    known: int


@inlined
def _key(handle: int, at: int) -> int:
    return (handle << _AT_BITS) | (at & ((1 << _AT_BITS) - 1))


@compiled
def _slot(keys: Longs, secret: NDArray[np.uint64], key: int) -> int:
    """Return the place of a key; multiply and shift, Dietzfelbinger and others, 1997."""
    mask = np.uint64(len(keys) - 1)
    mixed = (np.uint64(key) ^ secret[0]) * secret[1]
    place = mixed >> np.uint64(64 - _PLACE_BITS)
    while keys[place] not in (_EMPTY, key):
        place = (place + np.uint64(1)) & mask
    return int(place)


@compiled
def _remember(
    young: tuple[Longs, Longs, NDArray[np.uint64]], forgotten: Longs, handle: int, at: int
) -> None:
    """Keep an instant; where there is no room, all up to it count as forgotten."""
    keys, held, secret = young
    if held[0] >= len(keys) // 2:
        forgotten[0] = max(forgotten[0], at)
        return
    key = _key(handle, at)
    place = _slot(keys, secret, key)
    if keys[place] == _EMPTY:
        keys[place] = key
        held[0] += 1


@compiled
def _remember_all(keys: Longs, held: Longs, secret: NDArray[np.uint64], more: Longs) -> None:
    for row in range(len(more)):
        place = _slot(keys, secret, more[row])
        if keys[place] == _EMPTY:
            keys[place] = more[row]
            held[0] += 1


@inlined
def _entered(sensor: Any, at: int) -> int:
    """Put a late instant among the three newest; return the one that has no room any more."""
    if at > sensor.at_1:
        out, sensor.at_2, sensor.at_1 = sensor.at_2, sensor.at_1, at
    elif at > sensor.at_2:
        out, sensor.at_2 = sensor.at_2, at
    else:
        out = at
    return int(out)


@inlined
def _flagged(sensor: Any, before: Any, step: int, stuck_us: int, at: int, value: int) -> int:
    """Return why the newest value of a sensor that spoke before is not to be believed.

    It jumps if it lies far from the last value that was believed (``before``, where the newest is
    not), unless the newest is near it and was not believed for nothing but its jump: then the
    new level stays.
    """
    flags = 0
    if step:
        was, was_at = sensor.value, sensor.at
        if sensor.flags:
            was, was_at = before.value, before.at
        is_near = was_at and at - was_at <= _NEIGHBOURS * sensor.cadence_s * SECOND_US
        stays = sensor.flags == _JUMP and abs(value - sensor.value) <= step
        if is_near and not stays and abs(value - was) > step:
            flags = _JUMP
    if stuck_us and value == sensor.value and at - sensor.same_since >= stuck_us:
        flags |= _STUCK
    return flags


@inlined
def _refusal(known_feed: int, feed: int, at: int, now: int) -> int:
    """Return why a row of a known sensor is refused; 0 if it is not."""
    verdict = 0
    if known_feed != feed:
        verdict = _OTHER_FEED
    elif at > now + _AHEAD_US:
        verdict = _IN_FUTURE
    elif at < now - _BACKFILL_US:
        verdict = _TOO_OLD
    return verdict


@compiled
def _observe(  # noqa: C901, PLR0912, PLR0915 - one loop: a call a row costs more than its work
    twin: _Twin,
    rules: Rules,
    remembered: tuple[_Generation, _Generation, Longs],
    rows: Rows,
    now: int,
    out: Observed,
) -> tuple[int, int]:
    # Arrays by names of their own: a field of a tuple counts references each time it is read.
    records, believed, due_s, gateways_s, known = twin
    young, old, forgotten = remembered
    young_keys, young_held, secret = young
    old_keys, _, _ = old
    handle, ats, values, feed, place = rows
    verdict, flags, area, counted, weight, woken, again, moved, moved_from, moved_to = out
    lowest, highest, stuck_us, steps, lateness_us, silent_milli = rules
    woke, went = 0, 0
    now_s = np.uint32(now // SECOND_US)
    for row in range(len(handle)):
        one, at, value = handle[row], ats[row], values[row]
        if one < 0 or one >= known or records[one].property < 0:
            verdict[row] = _UNKNOWN_SENSOR
            continue
        sensor = records[one]
        refused = _refusal(sensor.feed, feed[row], at, now)
        if refused:
            verdict[row] = refused
            continue
        kind = sensor.property
        horizon = now - lateness_us[kind]
        judged = _ACCEPTED if at >= horizon else _BACKFILLED
        out_of_range = _OUT_OF_RANGE if value < lowest[kind] or value > highest[kind] else 0
        lost = 0
        if at > sensor.at:
            if sensor.at:
                flags[row] = _flagged(sensor, believed[one], steps[kind], stuck_us[kind], at, value)
            flags[row] |= out_of_range
            if flags[row] and not sensor.flags:  # only now, so that others cost no trip to memory
                believed[one].value, believed[one].at = sensor.value, sensor.at
            lost, sensor.at_2, sensor.at_1, sensor.at = sensor.at_2, sensor.at_1, sensor.at, at
            if value != sensor.value or sensor.same_since == 0:
                sensor.same_since = at
            sensor.value = value
            sensor.flags = flags[row]
            if place[row] != AS_REGISTERED and place[row] != sensor.area:
                moved[went], moved_from[went], moved_to[went] = one, sensor.area, place[row]
                went += 1
                sensor.area = place[row]
        elif at in (sensor.at, sensor.at_1, sensor.at_2):
            judged = _DUPLICATE
        else:
            flags[row] = out_of_range
            if judged == _ACCEPTED:
                judged = _LATE
                if at < sensor.at_2:
                    if at <= forgotten[0]:
                        judged = _BACKFILLED
                    else:
                        key = _key(one, at)
                        is_young = young_keys[_slot(young_keys, secret, key)] == key
                        if is_young or old_keys[_slot(old_keys, secret, key)] == key:
                            judged = _DUPLICATE
                if judged == _LATE:
                    lost = _entered(sensor, at)
        verdict[row] = judged
        if lost and lost >= horizon:
            _remember((young_keys, young_held, secret), forgotten, one, lost)
        area[row] = sensor.area if place[row] == AS_REGISTERED else place[row]
        if judged == _DUPLICATE:
            continue
        if flags[row] == 0 and area[row] >= 0 and judged != _BACKFILLED:
            counted[row], weight[row] = kind, sensor.weight
        if sensor.gateway >= 0:
            gateways_s[sensor.gateway] = now_s
        if judged == _BACKFILLED:  # it says nothing of now: what it measures stays unknown
            continue
        sensor.heard_s = now_s
        silent_us = sensor.cadence_s * silent_milli[kind] * 1_000
        due_s[one] = now_s + np.uint32(silent_us // SECOND_US + 1)
        if sensor.state != SPEAKS:
            woken[woke], again[woke] = one, sensor.state == SILENT
            sensor.state = SPEAKS
            woke += 1
    return woke, went


@compiled
def _fall_silent(
    records: NDArray[np.void], due_s: NDArray[np.uint32], known: int, now_s: int
) -> Handles:
    limit = np.uint32(now_s)
    count = 0
    for one in range(known):
        count += due_s[one] < limit
    silent = np.empty(count, np.int32)
    found = 0
    for one in range(known if count else 0):
        if due_s[one] < limit:
            due_s[one] = np.uint32(NOT_DUE)
            records[one].state = SILENT
            silent[found] = one
            found += 1
    return silent


@compiled
def _silence_behind(
    records: NDArray[np.void], due_s: NDArray[np.uint32], known: int, dead: NDArray[np.bool_]
) -> Handles:
    silent = np.empty(known, np.int32)
    found = 0
    for one in range(known):
        sensor = records[one]
        if sensor.state == SPEAKS and sensor.gateway >= 0 and dead[sensor.gateway]:
            due_s[one] = np.uint32(NOT_DUE)
            sensor.state = SILENT
            silent[found] = one
            found += 1
    return silent[:found].copy()
