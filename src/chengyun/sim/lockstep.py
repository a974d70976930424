"""The platform's side of the lockstep: starts the world, sends steps, plays its moves.

One step is a virtual minute. The world hears what was recorded since the last step and answers with
what people, devices and crews send within this one; the engine takes it in order, timers first, and
commits. Nothing depends on how fast this goes or how often it is called: the same seed gives the
same facts at any speed.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, TypeVar

import msgspec

from chengyun.command.handlers import DecideResponse
from chengyun.dispatch.handlers import DecideRoute
from chengyun.engine import codec
from chengyun.engine.commands import Command
from chengyun.engine.engine import Engine
from chengyun.engine.ports import Group
from chengyun.facts.envelope import OPERATIONS
from chengyun.handle.handlers import FinishTask, ReportWork, ReturnCase, VerifyCase
from chengyun.handle.ratings import RateReport
from chengyun.kernel.clock import VirtualClock
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant
from chengyun.kernel.limits import MAX_WORLD_BYTES, WORLD_START_WAIT_S, WORLD_WAIT_S
from chengyun.sense.handlers import ReceiveObservation, ReceiveReport
from chengyun.sim.world.protocol import (
    LENGTH_BYTES,
    STEP_US,
    Injected,
    Move,
    Moves,
    Ready,
    Step,
    Told,
)
from chengyun.sim.world.world import World
from chengyun.twin.handlers import ReportCrew

MAY_SEND: Final[dict[str, type[Command]]] = {
    command.__name__: command
    for command in (
        ReceiveReport,
        ReceiveObservation,
        ReportWork,
        FinishTask,
        ReturnCase,
        VerifyCase,
        RateReport,
        DecideRoute,
        DecideResponse,
        ReportCrew,
    )
}
"""What people, devices and crews may send; anything else from the world is rubbish."""

HEARD: Final = World.EARS
"""The kinds of facts that reach people in the world: what the platform tells them."""

M = TypeVar("M", bound=msgspec.Struct)

_LEAVE_S: Final = 10
_AT_ONCE: Final = 65_536


class WorldProcess:
    """The world in a process of its own, at the other end of two pipes.

    Raises ``Rejected`` with code ``world_gone``, ``world_late`` or ``world_rubbish``.
    """

    def __init__(self, to: int, from_: int, process: subprocess.Popen[bytes] | None = None) -> None:
        self._to, self._from, self._process = to, from_, process
        os.set_blocking(to, False)
        os.set_blocking(from_, False)
        self.ready = self._decoded(self._read(WORLD_START_WAIT_S), Ready)

    @classmethod
    def started(
        cls,
        *,
        seed: int,
        scale: str,
        city_seed: int,
        start: Instant,
        truth: Path | None = None,
        patience_min: float = 0.0,
        evening: str = "",
        evening_min: int = 0,
    ) -> WorldProcess:
        """Start a world as a child; without ``truth`` it keeps the truth to itself.

        For ``patience_min`` minutes its duty room leaves decisions to whoever watches. With the
        name of an ``evening`` that one happens, within ``evening_min`` minutes.
        """
        line = command_line(seed=seed, scale=scale, city_seed=city_seed, start=start, truth=truth)
        if patience_min:
            line += ["--patience-min", str(patience_min)]
        if evening:
            line += ["--evening", evening, "--evening-min", str(evening_min)]
        child = subprocess.Popen(  # noqa: S603 - our own module, our own interpreter
            line,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        if child.stdin is None or child.stdout is None:
            raise _wrong("world_gone", "the world has no pipes")
        try:
            return cls(child.stdin.fileno(), child.stdout.fileno(), child)
        except Rejected:
            child.kill()
            child.communicate()
            raise

    def __enter__(self) -> WorldProcess:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def ask(self, step: Step) -> Moves:
        """Let the world live on until ``step.until``."""
        content = msgspec.msgpack.encode(step)
        if len(content) > MAX_WORLD_BYTES:
            raise _wrong("too_long", f"a step of {len(content)} bytes does not reach the world")
        self._write(len(content).to_bytes(LENGTH_BYTES, "big") + content)
        return self._decoded(self._read(WORLD_WAIT_S), Moves)

    def close(self) -> None:
        """End the world: it leaves when its input ends, and is killed if it does not."""
        if self._process is None:
            return
        if self._process.stdin is not None:
            with suppress(OSError):  # it may be gone already
                self._process.stdin.close()
        try:
            self._process.wait(_LEAVE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    # --- bytes --------------------------------------------------------------------------------

    def _write(self, content: bytes) -> None:
        left, end = memoryview(content), time.monotonic() + WORLD_WAIT_S
        while left:
            _, writable, _ = select.select([], [self._to], [], max(0.0, end - time.monotonic()))
            if not writable:
                raise _wrong("world_late", "the world does not listen")
            try:
                left = left[os.write(self._to, left[:_AT_ONCE]) :]
            except OSError as gone:
                raise _wrong("world_gone", f"the world has ended: {gone}") from gone

    def _read(self, wait_s: float) -> bytes:
        end = time.monotonic() + wait_s
        length = int.from_bytes(self._read_exactly(LENGTH_BYTES, end), "big")
        if length > MAX_WORLD_BYTES:
            raise _wrong("world_rubbish", f"the world announces {length} bytes")
        return self._read_exactly(length, end)

    def _read_exactly(self, length: int, end: float) -> bytes:
        parts: list[bytes] = []
        while length:
            readable, _, _ = select.select([self._from], [], [], max(0.0, end - time.monotonic()))
            if not readable:
                raise _wrong("world_late", "the world does not answer in time")
            part = os.read(self._from, min(length, _AT_ONCE))
            if not part:
                raise _wrong("world_gone", "the world has ended")
            parts.append(part)
            length -= len(part)
        return b"".join(parts)

    def _decoded(self, content: bytes, type_: type[M]) -> M:
        try:
            return msgspec.msgpack.decode(content, type=type_)
        except msgspec.MsgspecError as wrong:
            raise _wrong("world_rubbish", f"the world answers rubbish: {wrong}") from wrong


class Tally(msgspec.Struct):
    """What the world sent, and what the platform refused of it."""

    sent: Counter[str] = msgspec.field(default_factory=Counter)
    refused: Counter[str] = msgspec.field(default_factory=Counter)
    """By command and code, such as ``ReportWork:unknown_report``."""


class Lockstep:
    """Drives an engine and a world together on the virtual clock, a minute a step."""

    def __init__(
        self,
        engine: Engine,
        clock: VirtualClock,
        world: WorldProcess,
        *,
        published: Callable[[Group], None] = lambda group: None,
    ) -> None:
        """Begin where the clock stands; ``published`` gets every group once it is on disk."""
        self._engine = engine
        self._clock = clock
        self._world = world
        self._published = published
        self._told: list[Told] = []
        self._groups: list[Group] = []
        self._at = Instant(clock.now() // STEP_US * STEP_US)
        self.tally = Tally()

    @property
    def at(self) -> Instant:
        """The end of the last step."""
        return self._at

    def hear(self, group: Group) -> None:
        """Note what a commit recorded, for the world's next step.

        Whoever commits beside the lockstep, for an operator's command, hands the group in here.
        """
        for entry in group.entries:
            if entry.kind in HEARD and entry.stored.chain == OPERATIONS:
                header = codec.header_of(entry.stored)
                self._told.append(
                    Told(
                        seq=entry.stored.seq,
                        kind=entry.kind,
                        subject=entry.subject,
                        area=header.area,
                        happened_at=header.happened_at,
                        known_at=header.known_at,
                        body=msgspec.json.decode(entry.stored.body),
                    )
                )

    def step(self, inject: Iterable[Injected] = ()) -> list[str]:
        """Go on by one step and put everything on disk; return why an injection was refused."""
        until = Instant(self._at + STEP_US)
        told, self._told = self._told, []
        moves = self._world.ask(Step(until=until, told=told, inject=list(inject)))
        before = self._at
        for move in moves.commands:
            if not before <= move.at <= until:
                raise _wrong("world_rubbish", f"a move at {move.at} in the step to {until}")
            before = Instant(move.at)
            self._advance(before)
            self._play(move)
        self._advance(until)
        self._commit()
        self._engine.settle()
        groups, self._groups = self._groups, []
        for group in groups:
            self._published(group)
        self._at = until
        return moves.refused

    def run(self, until: Instant, progress: Callable[[Instant], None] = lambda at: None) -> None:
        """Make every step that ends by ``until``; calling it in pieces changes nothing."""
        while self._at + STEP_US <= until:
            self.step()
            progress(self._at)

    def _advance(self, to: Instant) -> None:
        """Move the clock to ``to``, stopping at every timer on the way."""
        while (due := self._engine.next_due()) is not None and due <= to:
            self._clock.advance_to(max(due, self._clock.now()))
            self._engine.fire_next(to)
            self._commit_if_full()
        self._clock.advance_to(max(to, self._clock.now()))

    def _play(self, move: Move) -> None:
        kind = MAY_SEND.get(move.command)
        if kind is None:
            raise _wrong("world_rubbish", f"nobody in the world may send {move.command!r}")
        try:
            command = msgspec.convert(move.fields, kind)
        except msgspec.ValidationError as wrong:
            raise _wrong("world_rubbish", f"{move.command}: {wrong}") from wrong
        self.tally.sent[move.command] += 1
        refused = self._engine.execute(command, actor=move.actor).refused
        if refused is not None:
            code = refused.code if isinstance(refused, Rejected) else type(refused).__name__
            self.tally.refused[f"{move.command}:{code}"] += 1
        self._commit_if_full()

    def _commit_if_full(self) -> None:
        if self._engine.group_is_full:
            self._commit()

    def _commit(self) -> None:
        group = self._engine.commit()
        if group is not None:
            self.hear(group)
            self._groups.append(group)


def command_line(
    *, seed: int, scale: str, city_seed: int, start: Instant, truth: Path | None = None
) -> list[str]:
    """Return how a world is started."""
    line = [sys.executable, "-m", "chengyun.sim.world", "--seed", str(seed), "--scale", scale]
    line += ["--city-seed", str(city_seed), "--start", str(start)]
    return line if truth is None else [*line, "--truth", str(truth)]


def _wrong(code: str, what: str) -> Rejected:
    return Rejected(
        code,
        what,
        where="chengyun.sim.world",
        remedy="its own words stand on standard error; start the run again with the same seed",
    )
