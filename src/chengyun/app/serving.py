"""The engine as a process: takes commands at its doors, fires timers, commits groups, publishes.

A group is committed when it is full, or when a few milliseconds have passed since its first
command. A command is answered, and a change published, when the group that holds it is on disk.
While more commands wait, a group is written as the next one is executed, where the store can do
that; when none waits, memory and disk agree.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import NamedTuple, Protocol

from chengyun.engine.commands import Command, Outcome
from chengyun.engine.engine import Engine
from chengyun.engine.ports import Group
from chengyun.engine.requests import Expects, Keyed
from chengyun.kernel.clock import Clock
from chengyun.kernel.errors import Bug, ChengyunError, Rejected, Retryable, StoreFailed
from chengyun.kernel.instants import SECOND_US
from chengyun.kernel.limits import (
    MAX_GROUP_COMMANDS,
    MAX_GROUP_WAIT_MS,
    MAX_IDLE_S,
    MAX_QUEUED_COMMANDS,
    MAX_TIMERS_A_STEP,
)


class Drive(Protocol):
    """Moves a virtual clock and plays the world that the clock belongs to."""

    def step(self, engine: Engine) -> Iterable[Group]:
        """Move the clock as far as wall time allows and execute what the world sends by then.

        Called between two groups and to be left soon (tens of milliseconds): nothing else runs
        meanwhile. Full groups are committed inside; they are returned, to be published. What is
        left uncommitted goes with the server's own group.
        """
        ...

    def pause_s(self) -> float:
        """Return how many seconds of wall time until it wants to step again; 0 is at once."""
        ...


class Audience(Protocol):
    """Hears what was done; called on the loop, and to be left at once."""

    def executed(self, command: Command, outcome: Outcome) -> None:
        """Hear of a command that came in at a door; its facts are on disk."""
        ...

    def committed(self, groups: Sequence[Group], took_s: float) -> None:
        """Hear of groups that are on disk, in order, and how long writing the last one took."""
        ...


Door = Callable[["Server"], AbstractAsyncContextManager[None]]
"""A way in: open while the server runs, closed after its last group is answered."""


class _Waiting(NamedTuple):
    command: Command
    actor: str
    answer: asyncio.Future[Outcome]
    request: Keyed | None
    expects: Expects | None


class _Flying(NamedTuple):
    """A group that was handed to the store and is not known to be on disk yet."""

    taken: list[_Waiting]
    outcomes: list[Outcome]
    groups: list[Group]
    handed_s: float


class Server:
    """Serves one engine until it is told to stop; everything runs on one loop."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        folder: Path,
        *,
        drive: Drive | None = None,
        audience: Iterable[Audience] = (),
    ) -> None:
        self.engine = engine
        self.clock = clock
        self.folder = folder
        self.commands = {command.__name__: command for command in engine.doors}
        """What may be sent, by name."""
        self.last_commit_s: float | None = None
        """When the last group was on disk, by the monotonic clock."""
        self.is_writing = True
        """False once a commit failed or the server stops: nothing more is taken."""
        self._drive = drive
        self._audience = list(audience)
        self._waiting: deque[_Waiting] = deque()
        self._flying: _Flying | None = None
        self._wake = asyncio.Event()
        self._stopping = False
        self._shut: Rejected | None = None

    @property
    def queued(self) -> int:
        """How many commands wait for the engine."""
        return len(self._waiting)

    def tell(self, audience: Audience) -> None:
        """Let one more hear what is done."""
        self._audience.append(audience)

    def nudge(self) -> None:
        """Ask the drive again how long to wait: its pace was changed."""
        self._wake.set()

    def shut(self, why: Rejected) -> None:
        """Refuse every further command with ``why``, and go on answering whoever reads."""
        self._shut = why

    def stop(self) -> None:
        """Take what waits, commit it, and leave ``run``."""
        self._stopping = True
        self._wake.set()

    async def submit(
        self,
        command: Command,
        actor: str,
        *,
        request: Keyed | None = None,
        expects: Expects | None = None,
    ) -> Outcome:
        """Have ``command`` executed and return its outcome when it is on disk.

        ``request`` and ``expects`` are as ``Engine.execute`` takes them.
        Raises ``Retryable`` where too many wait or the server stops, ``Rejected`` where it was
        shut, and ``StoreFailed``.
        """
        if self._shut is not None:
            raise self._shut
        if not self.is_writing:
            raise Retryable("the engine stops", remedy="send it again when it runs")
        if len(self._waiting) >= MAX_QUEUED_COMMANDS:
            raise Retryable("too many commands wait", remedy="send it again later")
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        waiting = _Waiting(command, actor, answer, request, expects)
        self._waiting.append(waiting)
        self._wake.set()
        return await waiting.answer

    async def run(self, *doors: Door) -> None:
        """Serve at ``doors`` until SIGTERM, SIGINT or ``stop``; then commit what was taken.

        Raises ``StoreFailed`` where a commit failed: the process must stop.
        """
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self.stop)
        async with contextlib.AsyncExitStack() as open_doors:
            for door in doors:
                await open_doors.enter_async_context(door(self))
            try:
                while not self._stopping:
                    await self._next()
                    self._group()
                while self._waiting:
                    self._group()
            finally:
                self._refuse_waiting()
                await asyncio.sleep(0)  # those who were answered take their answer

    # --- one group ----------------------------------------------------------------------------

    async def _next(self) -> None:
        """Wait for a command, the next timer or the next step, then a little for company."""
        if not (self._waiting or self._stopping):
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pause_s()):
                    await self._wake.wait()
        company = 0 < len(self._waiting) < MAX_GROUP_COMMANDS
        await asyncio.sleep(MAX_GROUP_WAIT_MS / 1_000 if company else 0)

    def _pause_s(self) -> float:
        if self._drive is not None:
            return min(MAX_IDLE_S, max(0.0, self._drive.pause_s()))
        due = self.engine.next_due()
        if due is None:
            return MAX_IDLE_S
        return min(MAX_IDLE_S, max(0.0, (due - self.clock.now()) / SECOND_US))

    def _group(self) -> None:
        """Execute one group of commands, steps and due timers, and hand it to the store.

        The group before it was written meanwhile and is answered now; this one is answered at once
        where nothing more waits. No ``await`` in here.
        """
        taken: list[_Waiting] = []
        outcomes: list[Outcome] = []
        groups: list[Group] = []
        try:
            if self._drive is not None:
                groups += self._drive.step(self.engine)
            while self._waiting and len(taken) < MAX_GROUP_COMMANDS:
                if taken and self.engine.group_is_full:
                    break
                one = self._waiting.popleft()
                taken.append(one)
                outcomes.append(
                    self.engine.execute(
                        one.command, actor=one.actor, request=one.request, expects=one.expects
                    )
                )
            self._land()
            handed_s = time.monotonic()
            self._fire(groups)
            self._commit(groups)
            self._flying = _Flying(taken, outcomes, groups, handed_s)
            if not self._waiting:
                self._land()
        except StoreFailed as failed:
            self._break(taken, failed)
            raise
        except BaseException:
            self._break(taken, Bug("the engine broke", remedy="look at its log; start it again"))
            raise

    def _land(self) -> None:
        """Wait until the group that flies is on disk; publish it and answer its commands."""
        flying = self._flying
        if flying is None:
            return
        self.engine.settle()
        self._flying = None
        if flying.groups:
            self.last_commit_s = time.monotonic()
            for one in self._audience:
                one.committed(flying.groups, self.last_commit_s - flying.handed_s)
        for waiting, outcome in zip(flying.taken, flying.outcomes, strict=True):
            for one in self._audience:
                one.executed(waiting.command, outcome)
            if not waiting.answer.done():
                waiting.answer.set_result(outcome)

    def _fire(self, groups: list[Group]) -> None:
        """Fire what is due, at most so many before commands are looked at again."""
        for _ in range(MAX_TIMERS_A_STEP):
            if self.engine.group_is_full:
                self._commit(groups)
            if not self.engine.fire_next(self.clock.now()):
                return

    def _commit(self, groups: list[Group]) -> None:
        group = self.engine.commit()
        if group is not None:
            groups.append(group)

    # --- the end ------------------------------------------------------------------------------

    def _break(self, taken: Iterable[_Waiting], why: ChengyunError) -> None:
        self.is_writing = False
        flying = [] if self._flying is None else self._flying.taken
        for one in (*flying, *taken):
            if not one.answer.done():
                one.answer.set_exception(why)

    def _refuse_waiting(self) -> None:
        """Tell those who came too late that nothing of theirs was taken."""
        self.is_writing = False
        why = Retryable("the engine stopped before it took this", remedy="send it again")
        while self._waiting:
            one = self._waiting.popleft()
            if not one.answer.done():
                one.answer.set_exception(why)
