"""The engine as a process: takes commands over the local socket, fires timers, commits groups.

A group is committed when it is full, or when no command has come for a few milliseconds. A
command is answered when the group that holds it is on disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import signal
from pathlib import Path
from typing import NamedTuple

import msgspec

from chengyun.adapters.local.frames import SOCKET, Answer, Request, frame, peer_of, read_frame
from chengyun.engine.commands import Command, Outcome
from chengyun.engine.engine import Engine
from chengyun.kernel.clock import Clock
from chengyun.kernel.errors import ChengyunError, Rejected, StoreFailed
from chengyun.kernel.instants import SECOND_US
from chengyun.kernel.limits import (
    MAX_GROUP_COMMANDS,
    MAX_GROUP_WAIT_MS,
    MAX_QUEUED_COMMANDS,
    MAX_TIMERS_A_STEP,
)


class _Waiting(NamedTuple):
    command: Command
    actor: str
    answer: asyncio.Future[Outcome]


class Server:
    """Serves one engine until it is told to stop."""

    def __init__(self, engine: Engine, clock: Clock, folder: Path) -> None:
        self._engine = engine
        self._clock = clock
        self._path = folder / SOCKET
        self._commands = {command.__name__: command for command in engine.doors}
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue(MAX_QUEUED_COMMANDS)
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Serve until SIGTERM, SIGINT or a failed commit; then commit what was taken."""
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self._stop.set)
        self._path.unlink(missing_ok=True)
        previous = os.umask(0o077)
        try:
            server = await asyncio.start_unix_server(self._talk, path=str(self._path))
        finally:
            os.umask(previous)
        try:
            async with server:
                while not self._stop.is_set():
                    await self._group()
        finally:
            self._path.unlink(missing_ok=True)

    async def _group(self) -> None:
        """Take one group of commands and due timers, write it, answer."""
        waiting = await self._next()
        answered = [(one, self._engine.execute(one.command, actor=one.actor)) for one in waiting]
        self._fire()
        try:
            self._engine.commit()
            self._engine.settle()
        except StoreFailed as failed:
            for one, _ in answered:
                one.answer.set_exception(failed)
            raise
        for one, outcome in answered:
            if not one.answer.done():
                one.answer.set_result(outcome)

    async def _next(self) -> list[_Waiting]:
        """Wait for a command or the next timer, then a little for company."""
        found: list[_Waiting] = []
        stop = asyncio.ensure_future(self._stop.wait())
        first = asyncio.ensure_future(self._queue.get())
        done, _ = await asyncio.wait(
            {stop, first}, timeout=self._pause_s(), return_when=asyncio.FIRST_COMPLETED
        )
        stop.cancel()
        if first not in done:
            first.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                found.append(await first)
            return found
        found.append(first.result())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(MAX_GROUP_WAIT_MS / 1_000):
                while len(found) < MAX_GROUP_COMMANDS:
                    found.append(await self._queue.get())
        return found

    def _pause_s(self) -> float:
        due = self._engine.next_due()
        if due is None:
            return 60.0
        return min(60.0, max(0.0, (due - self._clock.now()) / SECOND_US))

    def _fire(self) -> None:
        """Fire what is due, at most so many before commands are looked at again."""
        for _ in range(MAX_TIMERS_A_STEP):
            if self._engine.group_is_full:
                self._engine.commit()
            if not self._engine.fire_next(self._clock.now()):
                return

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        actor = _actor(peer_of(writer.get_extra_info("socket")))
        try:
            while (content := await read_frame(reader)) is not None:
                writer.write(frame(await self._answer(content, actor)))
                await writer.drain()
        except (Rejected, ConnectionError) as wrong:
            with contextlib.suppress(ConnectionError):
                writer.write(frame(Answer(refused=str(wrong), code=type(wrong).__name__)))
                await writer.drain()
        finally:
            writer.close()

    async def _answer(self, content: bytes, actor: str) -> Answer:
        try:
            waiting = _Waiting(self._command(content), actor, asyncio.Future())
            self._queue.put_nowait(waiting)
            outcome = await waiting.answer
        except asyncio.QueueFull:
            return Answer(refused="too many commands wait; send it again later", code="busy")
        except ChengyunError as refused:
            return _refusal(refused)
        if outcome.refused is not None:
            return _refusal(outcome.refused)
        return Answer(facts=list(outcome.facts), known_at=outcome.known_at)

    def _command(self, content: bytes) -> Command:
        try:
            request = msgspec.json.decode(content, type=Request)
            return msgspec.convert(request.fields, self._commands[request.command])
        except (msgspec.MsgspecError, KeyError) as wrong:
            raise Rejected(
                "bad_command",
                f"this is no command: {wrong}",
                remedy=f"the commands are {', '.join(sorted(self._commands))}",
            ) from wrong


def _refusal(refused: ChengyunError) -> Answer:
    code = refused.code if isinstance(refused, Rejected) else type(refused).__name__
    return Answer(refused=str(refused), code=code)


def _actor(uid: int) -> str:
    try:
        return f"person:{pwd.getpwuid(uid).pw_name}"
    except KeyError:
        return f"person:uid-{uid}"
