"""History of a running lane: closed segments go into the lake, and it is asked from there.

Compaction is a process of its own, one at a time, at a lower priority; what it has taken and no
snapshot needs any more leaves the log.
"""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from chengyun.adapters.lake.composites import composed, pane_s_of
from chengyun.adapters.lake.ground import Ground, Place
from chengyun.adapters.lake.history import History
from chengyun.adapters.lake.manifest import read_manifest
from chengyun.adapters.lake.retention import forget
from chengyun.adapters.lake.runs import Observed, save
from chengyun.app.stream.city import CityOfSensors
from chengyun.app.stream.hosting import StreamHost
from chengyun.app.stream.lane import Lane
from chengyun.app.stream.opening import FOLDER, LAKE, LOG
from chengyun.facts.columns import Handles, Longs
from chengyun.kernel.area_index import NOWHERE, RANK
from chengyun.kernel.clock import Clock
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant
from chengyun.kernel.limits import COMPACT_S
from chengyun.vitals.policy import SensorSign, SensorSigns


class _Sensors(NamedTuple):
    """What questions ask of sensors; columns by handle."""

    observed: Observed
    weight: Longs
    silence_us: Longs
    area: Handles


class LookingBack:
    """The lake beside a lane."""

    def __init__(self, folder: Path, host: StreamHost, signs: SensorSigns, clock: Clock) -> None:
        self._log = folder / FOLDER / LOG
        self._lake = folder / FOLDER / LAKE
        self._observed = folder / FOLDER / "observed.npz"
        self._host = host
        self._signs = signs
        self._clock = clock
        self._history = History(self._lake, self._log)
        self.failed = ""
        """Why the last compaction did not get through; it is tried again."""

    # --- into the lake ------------------------------------------------------------------------

    async def keep_up(self) -> None:
        """Compact whenever a closed segment waits, until cancelled."""
        while True:
            await asyncio.sleep(COMPACT_S)
            if len(self._host.opened.log.segments()) > 1:
                await self.compact()

    async def compact(self) -> None:
        """Take every closed segment into the lake; let go of what nobody needs any more."""
        known = (await self._known()).observed
        await asyncio.to_thread(save, known, self._observed)
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "chengyun.adapters.lake",
            str(self._lake),
            str(self._log),
            str(self._observed),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            _, told = await child.communicate()
        except asyncio.CancelledError:
            child.kill()
            raise
        self.failed = told.decode(errors="replace")[-1_000:] if child.returncode else ""
        if not self.failed:
            await asyncio.to_thread(self._let_go)

    def _let_go(self) -> None:
        keep = {
            code: entry.keep_days
            for code, entry in self._host.city.properties.items()
            if entry.keep_days
        }
        forget(self._lake, keep, now=self._clock.now())
        position = self._host.opened.snapshots.oldest_position()
        if position is not None:
            through = read_manifest(self._lake).through
            self._host.opened.log.drop_before(min(through + 1, position.segment))

    def close(self) -> None:
        """Let go of the memory that questions take."""
        self._history.close()

    # --- questions ----------------------------------------------------------------------------

    async def sensor(self, sensor: str, since: Instant, until: Instant) -> dict[str, Any]:
        """Return what one sensor said with ``at`` in [since, until), in order."""
        handle = await self._host.ask(lambda lane: lane.register.handle_of(sensor))
        if handle < 0:
            raise Rejected("unknown", f"there is no sensor {sensor[:128]!r}", where="sensor")
        known = (await self._known()).observed
        table = await asyncio.to_thread(self._history.sensor, known, handle, since, until)
        return columns_of(table)

    async def sign(self, sign: str, area: str, since: Instant, until: Instant) -> dict[str, Any]:
        """Return a sign in an area for the panes that begin in [since, until)."""
        policy, composite = self._signs.signs.get(sign), self._signs.composites.get(sign)
        if policy is None and composite is None:
            known = sorted({*self._signs.signs, *self._signs.composites})
            raise Rejected(
                "unknown_sign",
                f"{sign[:80]!r} is no sign made from sensors",
                where="sign",
                remedy=f"use one of {', '.join(known) or 'none'}",
            )
        city = self._host.city
        number = city.areas.number.get(area or city.areas.codes[0])
        if number is None:
            raise Rejected("unknown_area", f"{area[:80]!r} is no area of this city", where="area")
        sensors = await self._known()
        ask = partial(self._asked, sensors, number)
        if policy is not None:
            table = await asyncio.to_thread(ask, policy, since, until)
            return {"pane_s": policy.pane_s, **columns_of(table)}
        if composite is None or list(RANK)[int(city.areas.rank[number])] not in composite.levels:
            raise Rejected(
                "other_level",
                f"{sign[:80]!r} is not measured at the level of {area[:40]!r}",
                where="area",
                remedy="ask for /api/v1/sensing/signs of the area first",
            )
        residents, area_m2 = city.sizes.residents[number], city.sizes.area_m2[number]
        sizes = {"resident": int(residents), "m2": int(area_m2)}
        table = await asyncio.to_thread(
            composed, ask, composite, self._signs.signs, sizes, since, until
        )
        return {"pane_s": pane_s_of(composite, self._signs.signs), **columns_of(table)}

    def _asked(
        self, sensors: _Sensors, area: int, policy: SensorSign, since: int, until: int
    ) -> pa.Table:
        """Return a sign made from sensors in an area; called on a thread."""
        city = self._host.city
        kind = city.layout.properties.index(policy.property)
        ground = Ground(
            areas=city.areas,
            residents=city.sizes.residents,
            area_m2=city.sizes.area_m2,
            weight=sensors.weight,
            silence_us=sensors.silence_us,
            home=np.where(sensors.observed.property_of == kind, sensors.area, NOWHERE),
        )
        return self._history.sign(
            policy,
            city.properties[policy.property],
            sensors.observed,
            ground,
            Place(list(RANK)[int(city.areas.rank[area])], area),
            Instant(since),
            Instant(until),
        )

    async def _known(self) -> _Sensors:
        """Return what is known of all sensors."""
        parts = await self._host.ask_in_parts(_columns) or [_nobody(self._host.city)]
        return _Sensors(
            Observed(
                np.concatenate([one.observed.property_of for one in parts]),
                parts[0].observed.names,
            ),
            *(
                np.concatenate([part[column] for part in parts])
                for column in range(1, len(_Sensors._fields))
            ),
        )


def observed(lane: Lane, part: slice = slice(None)) -> Observed:
    """Return which property each sensor observes."""
    kinds = lane.register.sensors.records["property"][: len(lane.register.sensors)][part].copy()
    return Observed(kinds, lane.city.layout.properties)


def _nobody(city: CityOfSensors) -> _Sensors:
    """Return what is known where no sensor is registered."""
    none = np.zeros(0, np.int64)
    observed_by = Observed(np.zeros(0, np.int16), city.layout.properties)
    return _Sensors(observed_by, none, none, none.astype(np.int32))


def _columns(lane: Lane, part: slice) -> _Sensors:
    """Return what is known of the sensors with handles in ``part``."""
    records = lane.register.sensors.records[: len(lane.register.sensors)][part]
    silent = lane.city.rules.silent_milli[records["property"]] * 1_000
    silence_us = records["cadence_s"].astype(np.int64) * silent
    weight, area = records["weight"].astype(np.int64), records["area"].copy()
    return _Sensors(observed(lane, part), weight, silence_us, area)


def columns_of(table: pa.Table) -> dict[str, list[Any]]:
    """Return a table as columns, instants in microseconds since 1970."""
    found: dict[str, list[Any]] = {}
    for name in table.column_names:
        column = table.column(name)
        if pa.types.is_timestamp(column.type):
            column = column.cast(pa.timestamp("us", column.type.tz)).cast(pa.int64())
        found[name] = column.to_pylist()
    return found
