"""The world as a child process: started, asked step by step over two pipes, ended.

Whatever it does wrong ends the run with a reason: it is gone, it is late, or it talks rubbish.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, TypeVar

import msgspec

from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant
from chengyun.kernel.limits import MAX_WORLD_BYTES, WORLD_START_WAIT_S, WORLD_WAIT_S
from chengyun.sim.world.protocol import LENGTH_BYTES, Moves, Ready, Step

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
            raise went_wrong("world_gone", "the world has no pipes")
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
            raise went_wrong("too_long", f"a step of {len(content)} bytes does not reach the world")
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
                raise went_wrong("world_late", "the world does not listen")
            try:
                left = left[os.write(self._to, left[:_AT_ONCE]) :]
            except OSError as gone:
                raise went_wrong("world_gone", f"the world has ended: {gone}") from gone

    def _read(self, wait_s: float) -> bytes:
        end = time.monotonic() + wait_s
        length = int.from_bytes(self._read_exactly(LENGTH_BYTES, end), "big")
        if length > MAX_WORLD_BYTES:
            raise went_wrong("world_rubbish", f"the world announces {length} bytes")
        return self._read_exactly(length, end)

    def _read_exactly(self, length: int, end: float) -> bytes:
        parts: list[bytes] = []
        while length:
            readable, _, _ = select.select([self._from], [], [], max(0.0, end - time.monotonic()))
            if not readable:
                raise went_wrong("world_late", "the world does not answer in time")
            part = os.read(self._from, min(length, _AT_ONCE))
            if not part:
                raise went_wrong("world_gone", "the world has ended")
            parts.append(part)
            length -= len(part)
        return b"".join(parts)

    def _decoded(self, content: bytes, type_: type[M]) -> M:
        try:
            return msgspec.msgpack.decode(content, type=type_)
        except msgspec.MsgspecError as wrong:
            raise went_wrong("world_rubbish", f"the world answers rubbish: {wrong}") from wrong


def command_line(
    *, seed: int, scale: str, city_seed: int, start: Instant, truth: Path | None = None
) -> list[str]:
    """Return how a world is started."""
    line = [sys.executable, "-m", "chengyun.sim.world", "--seed", str(seed), "--scale", scale]
    line += ["--city-seed", str(city_seed), "--start", str(start)]
    return line if truth is None else [*line, "--truth", str(truth)]


def went_wrong(code: str, what: str) -> Rejected:
    """Return the error that ends the run."""
    return Rejected(
        code,
        what,
        where="chengyun.sim.world",
        remedy="its own words stand on standard error; start the run again with the same seed",
    )
