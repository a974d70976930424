"""History of a running lane: closed segments go into the lake, and it is asked from there.

Compaction is a process of its own, one at a time, at a lower priority; what it has taken and no
snapshot needs any more leaves the log.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
from numpy.typing import NDArray

from chengyun.adapters.lake.ground import Ground, Place
from chengyun.adapters.lake.history import History
from chengyun.adapters.lake.manifest import read_manifest
from chengyun.adapters.lake.retention import forget
from chengyun.adapters.lake.runs import Observed, save
from chengyun.app.stream.hosting import StreamHost
from chengyun.app.stream.lane import Lane
from chengyun.app.stream.opening import FOLDER, LAKE, LOG
from chengyun.facts.columns import Longs
from chengyun.kernel.area_index import RANK
from chengyun.kernel.clock import Clock
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant
from chengyun.kernel.limits import COMPACT_S
from chengyun.vitals.policy import SensorSigns


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
        known, _, _ = await self._known()
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
        known, _, _ = await self._known()
        table = await asyncio.to_thread(self._history.sensor, known, handle, since, until)
        return columns_of(table)

    async def sign(self, sign: str, area: str, since: Instant, until: Instant) -> dict[str, Any]:
        """Return a sign in an area for the panes that begin in [since, until)."""
        policy = self._signs.signs.get(sign)
        if policy is None:
            raise Rejected(
                "unknown_sign",
                f"{sign[:80]!r} is no sign made from sensors",
                where="sign",
                remedy=f"use one of {', '.join(sorted(self._signs.signs)) or 'none'}",
            )
        city = self._host.city
        number = city.areas.number.get(area or city.areas.codes[0])
        if number is None:
            raise Rejected("unknown_area", f"{area[:80]!r} is no area of this city", where="area")
        level = list(RANK)[int(city.areas.rank[number])]
        known, weight, silence_us = await self._known()
        ground = Ground(
            areas=city.areas,
            residents=city.sizes.residents,
            area_m2=city.sizes.area_m2,
            weight=weight,
            silence_us=silence_us,
        )
        table = await asyncio.to_thread(
            self._history.sign,
            policy,
            city.properties[policy.property],
            known,
            ground,
            Place(level, number),
            since,
            until,
        )
        return {"pane_s": policy.pane_s, **columns_of(table)}

    async def _known(self) -> tuple[Observed, Longs, Longs]:
        """Return which property each sensor observes, its weight, and its silence."""
        parts = await self._host.ask_in_parts(_columns)
        none = np.zeros(0, np.int64)
        kinds, weights, silences = zip(*parts, strict=True) if parts else ((none,),) * 3
        names = self._host.city.layout.properties
        known = Observed(np.concatenate(kinds).astype(np.int16), names)
        return known, np.concatenate(weights), np.concatenate(silences)


def observed(lane: Lane, part: slice = slice(None)) -> Observed:
    """Return which property each sensor observes."""
    kinds = lane.register.sensors.records["property"][: len(lane.register.sensors)][part].copy()
    return Observed(kinds, lane.city.layout.properties)


def _columns(lane: Lane, part: slice) -> tuple[NDArray[np.int16], Longs, Longs]:
    """Return property, weight and silence of the sensors with handles in ``part``."""
    records = lane.register.sensors.records[: len(lane.register.sensors)][part]
    silent = lane.city.rules.silent_milli[records["property"]] * 1_000
    silence_us = records["cadence_s"].astype(np.int64) * silent
    return observed(lane, part).property_of, records["weight"].astype(np.int64), silence_us


def columns_of(table: pa.Table) -> dict[str, list[Any]]:
    """Return a table as columns, instants in microseconds since 1970."""
    found: dict[str, list[Any]] = {}
    for name in table.column_names:
        column = table.column(name)
        if pa.types.is_timestamp(column.type):
            column = column.cast(pa.timestamp("us", column.type.tz)).cast(pa.int64())
        found[name] = column.to_pylist()
    return found
