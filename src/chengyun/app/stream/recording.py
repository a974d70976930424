"""Between the lane and the engine: what ticks came to is recorded in order, none twice."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from chengyun.app.serving import Door, Server
from chengyun.app.stream.city import CityOfSensors
from chengyun.app.stream.hosting import StreamHost
from chengyun.app.stream.lane import Ticked
from chengyun.app.stream.opening import open_lane
from chengyun.app.stream.warming import warm
from chengyun.engine.commands import Command
from chengyun.engine.engine import Engine
from chengyun.kernel.clock import Clock
from chengyun.kernel.errors import Bug, ChengyunError, Retryable
from chengyun.kernel.instants import Instant
from chengyun.kernel.limits import MAX_CROSSINGS_A_FACT, MAX_GROUPS_A_FACT, RECORD_PAUSE_S
from chengyun.twin.silences import RecordSilences
from chengyun.vitals.crossings import RecordCrossings
from chengyun.vitals.views import STREAM

ACTOR = "system:stream"


class StreamDoor:
    """A lane beside an engine: opens with its server, and is closed before it."""

    def __init__(self, folder: Path, city: CityOfSensors, engine: Engine, clock: Clock) -> None:
        warm()
        row = engine.rows.get(STREAM, "stream")
        opened = open_lane(folder, city, told=0 if row is None else row.tick - 1)
        self.recovered = opened.recovered
        self._ticks: asyncio.Queue[Ticked] = asyncio.Queue()
        self._failed: ChengyunError | None = None
        self._server: Server | None = None
        self.host = StreamHost(opened, clock, told=self._ticks.put_nowait, failed=self._break)

    @property
    def door(self) -> Door:
        """The way in, for ``Server.run``."""
        return self._open

    @contextlib.asynccontextmanager
    async def _open(self, server: Server) -> AsyncIterator[None]:
        self._server = server
        self.host.start()
        recording = asyncio.create_task(self._record(server))
        try:
            yield
        finally:
            await asyncio.to_thread(self.host.stop)
            recording.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await recording
        if self._failed is not None:
            raise self._failed

    def _break(self, failed: ChengyunError) -> None:
        self._failed = failed
        if self._server is not None:
            self._server.stop()

    async def _record(self, server: Server) -> None:
        """Record what ticks came to, one after another; without it the lane must not go on."""
        try:
            while True:
                ticked = await self._ticks.get()
                for command in commands_of(ticked):
                    await self._submit(server, command)
                self.host.recorded()
        except ChengyunError as failed:
            self._break(failed)

    async def _submit(self, server: Server, command: Command) -> None:
        """Have one command recorded; wait while the engine is busy."""
        while True:
            try:
                outcome = await server.submit(command, ACTOR)
            except Retryable:
                await asyncio.sleep(RECORD_PAUSE_S)
                continue
            if outcome.refused is not None:
                raise Bug(f"the engine refuses a tick of the stream: {outcome.refused}")
            return


def commands_of(ticked: Ticked) -> Iterator[Command]:
    """Yield the commands that record a tick, silences first, so that the tick comes last."""
    at = Instant(ticked.at)
    most = MAX_GROUPS_A_FACT
    parts = range(0, max(len(ticked.silent), len(ticked.spoken)), most)
    for part, first in enumerate(parts):
        yield RecordSilences(
            tick=ticked.number,
            part=part,
            at=at,
            silent=ticked.silent[first : first + most],
            spoken=ticked.spoken[first : first + most],
        )
    for part, first in enumerate(range(0, len(ticked.crossings), MAX_CROSSINGS_A_FACT)):
        yield RecordCrossings(
            tick=ticked.number,
            part=part,
            at=at,
            segment=ticked.segment,
            offset=ticked.offset,
            crossings=ticked.crossings[first : first + MAX_CROSSINGS_A_FACT],
        )
