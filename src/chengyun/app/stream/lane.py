"""The lane: batches become acknowledged rows, ticks become crossings, registrations become handles.

Everything that changes its state is a record of the segment log, in one order; ``replay`` plays
records again and comes to the same state. One thread calls it at a time.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable
from typing import NamedTuple, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from chengyun.app.stream.city import CityOfSensors
from chengyun.app.stream.registering import Register, bound_of
from chengyun.app.stream.revising import Triggers
from chengyun.app.stream.silence import Silences, by_gateway, by_place
from chengyun.app.stream.tallying import Tallies
from chengyun.app.stream.telling import crossed
from chengyun.engine.stream import Flow, Incoming, Step, run
from chengyun.facts.columns import NO_PLACE, TAKEN, Group, Handles, Refused, Verdict
from chengyun.facts.sensors import BatchTaken, SensorEntry, TickRecord
from chengyun.facts.twin import SensorGroup
from chengyun.facts.vitals import Crossing
from chengyun.kernel.errors import ChengyunError, Conflict, Rejected, Retryable
from chengyun.kernel.instants import SECOND_US
from chengyun.kernel.limits import MAX_AHEAD_S, MAX_BATCH_IDS, MAX_REFUSED_SHOWN
from chengyun.twin.observing import AS_REGISTERED, Remembered, Rows, fall_silent, observe
from chengyun.twin.sensors import NONE, SPEAKS, Binding
from chengyun.vitals import panes
from chengyun.vitals.gauging import gauge, values_of
from chengyun.vitals.panes import Panes
from chengyun.vitals.speaking import Measured, Speakers
from chengyun.warn.levels import cross, standing_of


class Log(Protocol):
    """Where records go; ``adapters.segments`` has the real one."""

    def group(self, group: Group, batches: list[BatchTaken], now: int) -> None:
        """Append a group and make it durable."""
        ...

    def registration(self, sensors: list[SensorEntry], now: int) -> None:
        """Append a registration and make it durable."""
        ...

    def tick(self, tick: TickRecord) -> tuple[int, int]:
        """Append a tick and make it durable; return where it ends: segment and offset."""
        ...


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the sender of a batch is told; given when the batch is on disk."""

    taken: BatchTaken
    refused: list[Refused]
    repeated: bool = False
    """The batch was here before, under the same id: nothing was taken again."""


class Ticked(NamedTuple):
    """What a tick came to."""

    number: int
    at: int
    segment: int
    offset: int
    crossings: list[Crossing]
    silent: list[SensorGroup]
    spoken: list[SensorGroup]


_REFUSED_CODES = {
    Verdict.UNKNOWN_SENSOR: "unknown_sensor",
    Verdict.OTHER_FEED: "other_feed",
    Verdict.IN_FUTURE: "in_future",
    Verdict.TOO_OLD: "too_old",
}


class Lane:
    """The stream lane of one partition."""

    def __init__(self, city: CityOfSensors, register: Register, log: Log | None) -> None:
        """``log`` is None while records are played again."""
        self.register = register
        self.log = log
        self.remembered = Remembered()
        self.furnish(city)
        self.ended: list[Crossing] = []
        """What another pack ended; told with the next tick."""
        self.silences = Silences()
        self.tallies = Tallies()
        self.known_at = 0
        """When the newest record was made; the records of a log never go back in time."""
        self.tick_number = 0
        self.ticked_at = 0
        self.batch_ids: OrderedDict[tuple[str, str], BatchTaken] = OrderedDict()
        self._steps: tuple[Step, ...] = (
            self._intern,
            self._place,
            self._observe,
            self._count,
            self._write,
            self._speak,
            self._enter,
        )
        self._replayed: tuple[Step, ...] = (self._observe, self._speak, self._enter)

    def furnish(self, city: CityOfSensors) -> None:
        """Begin signs and what stands on them anew, as ``city`` has them."""
        layout, parent = city.layout, city.areas.parent
        self.city = city
        self.panes = Panes(layout, parent)
        self.speakers = Speakers(layout, parent)
        self.values = values_of(layout.values)
        self.standing = standing_of(layout.values)
        self.triggers = Triggers(layout, parent, city.sizes)

    # --- observations -------------------------------------------------------------------------

    def take(self, incoming: Iterable[Incoming], now: int) -> list[Answer | ChengyunError]:
        """Take a group of batches; return an answer for each once all of it is on disk."""
        answers: list[Answer | ChengyunError | None] = []
        fresh: list[Incoming] = []
        here: set[tuple[str, str]] = set()
        for one in incoming:
            answers.append(self._known_already(one, here))
            if answers[-1] is None:
                fresh.append(one)
                here.add((one.feed, one.id))
        if fresh:
            now = self._onward(now)
            flow = run(self._steps, Flow(now=now, incoming=fresh, taken=[]))
            told = iter(self._answers(flow))
            answers = [next(told) if answer is None else answer for answer in answers]
            self._remember_batches(flow.taken)
        return [answer for answer in answers if answer is not None]

    def replay(self, group: Group, batches: list[BatchTaken], now: int) -> None:
        """Take a group of the log again: it is judged as it was, and changes the same."""
        now = self._onward(now)
        sensors = self.register.sensors
        is_moving = sensors.moving[group.handle]
        flow = Flow(
            now=now,
            incoming=[],
            taken=batches,
            handle=group.handle,
            at=group.at,
            value=group.value,
            feed=sensors.records["feed"][group.handle].astype(np.int32),
            place=np.where(is_moving, group.area, AS_REGISTERED).astype(np.int32),
        )
        run(self._replayed, flow)
        self._remember_batches(batches)

    def _onward(self, now: int) -> int:
        """Return ``now``, or when the newest record was made if the clock went back behind it."""
        self.known_at = max(self.known_at, now)
        return self.known_at

    def _known_already(
        self, one: Incoming, here: set[tuple[str, str]]
    ) -> Answer | ChengyunError | None:
        if one.batch.register and one.batch.register != self.register.name:
            return Rejected(
                "other_register",
                "the handles belong to another register of sensors",
                where="register",
                remedy="register the sensors again and use the handles of the answer",
                params={"register": self.register.name},
            )
        if not one.id:
            return None
        if (one.feed, one.id) in here:
            return Retryable("a batch of this id is being taken", remedy="send it again")
        before = self.batch_ids.get((one.feed, one.id))
        if before is None:
            return None
        if before.digest != one.digest:
            return Conflict(one.id)
        return Answer(taken=before, refused=[], repeated=True)

    def _remember_batches(self, taken: Iterable[BatchTaken]) -> None:
        for one in taken:
            if one.id:
                self.batch_ids[one.feed, one.id] = one
                if len(self.batch_ids) > MAX_BATCH_IDS:
                    self.batch_ids.popitem(last=False)

    def _intern(self, flow: Flow) -> None:
        """Find the handle of every row."""
        sensors = self.register.sensors
        handles = []
        for one in flow.incoming:
            if one.batch.sensors is not None:
                handles.append(sensors.table.find(one.batch.sensors))
            elif one.batch.handles is not None:
                given = one.batch.handles
                known = (given >= 0) & (given < len(sensors))
                handles.append(np.where(known, given, NONE).astype(np.int32))
        flow.handle = np.concatenate(handles)
        flow.at = np.concatenate([one.batch.at for one in flow.incoming])
        flow.value = np.concatenate([one.batch.value for one in flow.incoming])
        numbers = [sensors.feeds.known(one.feed) for one in flow.incoming]
        sizes = [len(one.batch) for one in flow.incoming]
        flow.feed = np.repeat(np.array(numbers, np.int32), sizes)
        flow.feed[flow.feed == NONE] = NONE - 1  # of no feed, not even of a sensor without one

    def _place(self, flow: Flow) -> None:
        """Find the area of every moving sensor by where it says it is."""
        flow.place = np.full(len(flow.handle), AS_REGISTERED, np.int32)
        start = 0
        for one in flow.incoming:
            end = start + len(one.batch)
            lon, lat = one.batch.lon_e7, one.batch.lat_e7
            if lon is not None and lat is not None:
                handles = flow.handle[start:end]
                says = (handles >= 0) & (lon != NO_PLACE) & self.register.sensors.moving[handles]
                rows = np.flatnonzero(says)
                flow.place[start + rows] = self.city.area_numbers(lon[rows], lat[rows])
            start = end

    def _observe(self, flow: Flow) -> None:
        """Judge every row, and move the twin on."""
        if self.remembered.is_full:
            self.remembered.turn(flow.now, flow.now + MAX_AHEAD_S * SECOND_US)
        seen = observe(
            self.register.sensors,
            self.city.rules,
            self.remembered,
            Rows(flow.handle, flow.at, flow.value, flow.feed, flow.place),
            gateways_s=self.register.gateways_s,
            now=flow.now,
        )
        flow.verdict, flow.flags, flow.area = seen.verdict, seen.flags, seen.area
        flow.counted, flow.weight = seen.counted, seen.weight
        flow.woken, flow.again = seen.woken, seen.again
        flow.moved, flow.moved_from, flow.moved_to = seen.moved, seen.moved_from, seen.moved_to

    def _count(self, flow: Flow) -> None:
        """Count verdicts by batch."""
        start = 0
        for one in flow.incoming:
            end = start + len(one.batch)
            counts = np.bincount(flow.verdict[start:end], minlength=len(Verdict)).tolist()
            taken = BatchTaken(
                feed=one.feed,
                id=one.id,
                digest=one.digest,
                rows=len(one.batch) + len(one.batch.refused),
                accepted=counts[Verdict.ACCEPTED],
                late=counts[Verdict.LATE],
                backfilled=counts[Verdict.BACKFILLED],
                duplicate=counts[Verdict.DUPLICATE],
                refused=sum(counts[Verdict.UNKNOWN_SENSOR :]) + len(one.batch.refused),
            )
            flow.taken.append(taken)
            reasons = Counter(refused.code for refused in one.batch.refused)
            for verdict, code in _REFUSED_CODES.items():
                if counts[verdict]:
                    reasons[code] += counts[verdict]
            mean_at = float(flow.at[start:end].mean()) if end > start else None
            self.tallies.note(taken, reasons, mean_at, flow.now)
            start = end

    def _write(self, flow: Flow) -> None:
        """Make what was taken durable."""
        rows: NDArray[np.int64] | slice = slice(None)
        if not (flow.verdict <= TAKEN[-1]).all():
            rows = np.flatnonzero(flow.verdict <= TAKEN[-1])
        group = Group(
            flow.handle[rows],
            flow.at[rows],
            flow.value[rows],
            flow.area[rows],
            flow.flags[rows],
            flow.verdict[rows],
        )
        if self.log is not None:
            self.log.group(group, flow.taken, flow.now)

    def _speak(self, flow: Flow) -> None:
        """Count who speaks, where, and in which state."""
        records = self.register.sensors.records
        if len(flow.moved):
            kinds = records["property"][flow.moved].astype(np.int32)
            for areas, by in ((flow.moved_from, -1), (flow.moved_to, 1)):
                self.speakers.registered(kinds, areas, by)
        spoke = np.isin(flow.moved, flow.woken, invert=True)
        spoke &= records["state"][flow.moved] == SPEAKS
        for areas, by in ((flow.moved_from, -1), (flow.moved_to, 1)):
            self._spoke(flow.moved[spoke], areas[spoke], by)
        self._spoke(flow.woken, records["area"][flow.woken], 1)
        self.speakers.measured(records, Measured(flow.handle, flow.counted, flow.at, flow.value))
        self.silences.woke(flow.woken, flow.again)

    def _spoke(self, handles: Handles, areas: Handles, by: int) -> None:
        if len(handles):
            kinds = self.register.sensors.records["property"][handles].astype(np.int32)
            self.speakers.spoke(handles, kinds, areas, by)

    def _enter(self, flow: Flow) -> None:
        """Enter what is believed into its panes."""
        self.panes.add(
            panes.Rows(flow.counted, flow.area, flow.at, flow.value, flow.weight, flow.verdict)
        )

    def _answers(self, flow: Flow) -> list[Answer]:
        answers, start = [], 0
        for one, taken in zip(flow.incoming, flow.taken, strict=True):
            end = start + len(one.batch)
            refused = list(one.batch.refused)
            if taken.refused > len(refused):
                wrong = np.flatnonzero(flow.verdict[start:end] >= Verdict.UNKNOWN_SENSOR)
                refused += [
                    Refused(
                        int(one.batch.index[row]),
                        _REFUSED_CODES[Verdict(int(flow.verdict[start + row]))],
                    )
                    for row in wrong[:MAX_REFUSED_SHOWN].tolist()
                ]
            answers.append(Answer(taken=taken, refused=refused[:MAX_REFUSED_SHOWN]))
            start = end
        return answers

    # --- registrations ------------------------------------------------------------------------

    def enrol(self, sensors: list[SensorEntry], now: int) -> Handles:
        """Register sensors that are checked already; return their handles, once on disk."""
        now = self._onward(now)
        if self.log is not None:
            self.log.registration(sensors, now)
        return self.bind(bound_of(sensors, self.register, self.city))

    def bind(self, binding: Binding) -> Handles:
        """Enter a registration whose record is on disk; a known sensor is bound anew."""
        sensors, speakers = self.register.sensors, self.speakers
        known = sensors.table.find(binding.ids)
        old = np.unique(known[known >= 0])
        self._leave(old)
        before = sensors.records["property"][old].copy()
        bound = sensors.bind(binding)
        self.register.note_gateways(binding.gateway, binding.cadence_s)
        speakers.forget(old[sensors.records["property"][old] != before])
        everyone = np.unique(bound.handles)
        self._join(everyone)
        return bound.handles

    def _leave(self, handles: Handles) -> None:
        self._registered(handles, -1)

    def _join(self, handles: Handles) -> None:
        self._registered(handles, 1)

    def _registered(self, handles: Handles, by: int) -> None:
        records = self.register.sensors.records[handles]
        self.speakers.registered(records["property"].astype(np.int32), records["area"], by)
        speaks = records["state"] == SPEAKS
        self._spoke(handles[speaks], records["area"][speaks], by)

    # --- ticks --------------------------------------------------------------------------------

    def tick(self, at: int) -> Ticked:
        """Let the clock go on to ``at``, judge everything, and return what crossed."""
        at = self._onward(at)
        record = TickRecord(number=self.tick_number + 1, at=at)
        segment, offset = (0, 0) if self.log is None else self.log.tick(record)
        return self.ticked(record, segment, offset)

    def ticked(self, record: TickRecord, segment: int, offset: int) -> Ticked:
        """Do what a tick does; the record of it is on disk."""
        city, layout, at = self.city, self.city.layout, record.at
        self.tick_number, self.ticked_at = record.number, self._onward(at)
        silent, spoken = self._silence(at)
        self._turn_memory(at)
        touched = self.panes.take_touched()
        self.panes.advance(at)
        gauge(layout, self.panes.held, self.speakers.counts, city.sizes, self.values)
        revisions = self.triggers.revised(
            touched, self.panes, self.values, self.standing, city.thresholds
        )
        crossings = cross(
            city.thresholds,
            self.standing,
            layout.blocks.start,
            layout.blocks.areas,
            self.values.value,
            at,
        )
        self.triggers.note(crossings, self.panes.held.running)
        ended, self.ended = self.ended, []
        return Ticked(
            record.number,
            at,
            segment,
            offset,
            ended + crossed(self, revisions, crossings),
            silent,
            spoken,
        )

    def _silence(self, at: int) -> tuple[list[SensorGroup], list[SensorGroup]]:
        """Find out who fell silent, and who speaks again."""
        woken = self.silences.take_woken()
        _, behind = self.silences.gateways(self.register, at)
        alone = fall_silent(self.register.sensors, at)
        for handles in (behind, alone):
            self._spoke(handles, self.register.sensors.records["area"][handles], -1)
        silent = by_gateway(behind, self.register) + by_place(alone, self.register, self.city)
        return silent, by_place(woken, self.register, self.city)

    def _turn_memory(self, at: int) -> None:
        """Forget instants that are too late for every pane by now."""
        longest = int(self.city.rules.lateness_us.max(initial=0))
        if at - self.remembered.turned_at > longest + MAX_AHEAD_S * SECOND_US:
            self.remembered.turn(at, at - longest)
