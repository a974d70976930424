"""Between the lane and the engine: what ticks came to is recorded in order, none twice.

The engine may be in this process (``StreamDoor``) or at the other end of the local socket; the lane
makes no difference between them.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

from chengyun.app.serving import Server
from chengyun.app.stream.city import CityOfSensors
from chengyun.app.stream.hosting import StreamHost
from chengyun.app.stream.lane import Ticked
from chengyun.app.stream.looking_back import LookingBack
from chengyun.app.stream.opening import open_lane
from chengyun.app.stream.warming import warm
from chengyun.engine.commands import Command
from chengyun.engine.engine import Engine
from chengyun.kernel.clock import Clock
from chengyun.kernel.errors import ChengyunError, Retryable, StoreFailed
from chengyun.kernel.instants import DAY_US, Instant
from chengyun.kernel.limits import LET_GO_S, MAX_CROSSINGS_A_FACT, MAX_GROUPS_A_FACT, RECORD_PAUSE_S
from chengyun.twin.silences import RecordSilences
from chengyun.vitals.crossings import RecordCrossings
from chengyun.vitals.views import STREAM, StreamRow

ACTOR = "system:stream"

Submit = Callable[[Command], Awaitable[ChengyunError | None]]
"""Has a command recorded; returns why it was refused. ``Retryable`` means that nobody took it.

Called for all parts of a tick at once; they are to be taken in the order of the calls.
"""


class Recording:
    """A lane that runs, and the task that records what its ticks came to."""

    def __init__(
        self, folder: Path, city: CityOfSensors, clock: Clock, *, row: StreamRow | None
    ) -> None:
        """``row`` says up to which tick the engine recorded; the last one is offered again."""
        warm()
        self._clock = clock
        opened = open_lane(folder, city, told=0 if row is None else row.tick - 1)
        self.recovered = opened.recovered
        self._ticks: asyncio.Queue[Ticked] = asyncio.Queue()
        self._failed: asyncio.Future[None] | None = None
        self.host = StreamHost(opened, clock, told=self._ticks.put_nowait, failed=self._break)
        self.back = LookingBack(folder, self.host, city.signs, clock)

    @contextlib.asynccontextmanager
    async def running(self, submit: Submit, failed: Callable[[], None]) -> AsyncIterator[None]:
        """Run lane and recording; ``failed`` is called when either broke, and it is raised here."""
        self._failed = asyncio.get_running_loop().create_future()
        self._failed.add_done_callback(lambda _: failed())
        self.host.start()
        keeping_up = asyncio.create_task(self.back.keep_up())
        letting_go = asyncio.create_task(self._let_go())
        recording = asyncio.create_task(self._record(submit))
        try:
            yield
        finally:
            await _ended(keeping_up)
            await _ended(letting_go)
            await asyncio.to_thread(self.host.stop)
            await _ended(recording)
            self.back.close()
        if self._failed.done():
            self._failed.result()

    def _break(self, why: StoreFailed) -> None:
        if self._failed is not None and not self._failed.done():
            self._failed.set_exception(why)

    async def _let_go(self) -> None:
        """Let refused messages go that were kept long enough."""
        while True:
            before = self._clock.now() - self.host.city.refused_days * DAY_US
            await asyncio.to_thread(self.host.refused.forget, before)
            await asyncio.sleep(LET_GO_S)

    async def _record(self, submit: Submit) -> None:
        while True:
            commands = list(commands_of(await self._ticks.get()))
            while commands:
                answers = await asyncio.gather(*map(submit, commands), return_exceptions=True)
                left: list[Command] = []
                for command, answer in zip(commands, answers, strict=True):
                    if isinstance(answer, Retryable):
                        left.append(command)
                    elif isinstance(answer, BaseException):
                        why = f"the engine refuses a tick of the lane: {answer}"
                        self._break(StoreFailed(why))
                        return
                if left:
                    await asyncio.sleep(RECORD_PAUSE_S)
                commands = left
            self.host.recorded()


class StreamDoor:
    """A lane beside an engine in one process: opens with its server, and is closed before it."""

    def __init__(self, folder: Path, city: CityOfSensors, engine: Engine, clock: Clock) -> None:
        self.recording = Recording(folder, city, clock, row=engine.rows.get(STREAM, "stream"))
        self.host, self.back = self.recording.host, self.recording.back

    @contextlib.asynccontextmanager
    async def open(self, server: Server) -> AsyncIterator[None]:
        """Be a door of ``server``."""

        async def submit(command: Command) -> ChengyunError | None:
            return (await server.submit(command, ACTOR)).refused

        async with self.recording.running(submit, server.stop):
            yield


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


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
