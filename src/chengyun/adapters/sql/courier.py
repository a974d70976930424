"""The process that writes for a ``PipelinedStore``: one transaction a message, then an answer.

It knows no tables: it gets statements with their rows, checks the heads, commits, synced, and
answers. When the engine's end of the pipe closes, it finishes what it has begun and leaves.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import IO, Any

import msgspec

from chengyun.adapters.sql import dialect
from chengyun.adapters.sql.dialect import Written
from chengyun.adapters.sql.store import FAILURES, check_heads
from chengyun.kernel.errors import StoreFailed

LENGTH_BYTES = 4


class Delivery(msgspec.Struct, frozen=True, array_like=True):
    """What one transaction does."""

    partition: str
    expected: dict[str, tuple[int, bytes]]
    """Seq and hash at which each chain must stand."""
    statements: list[tuple[str, list[tuple[Any, ...]]]]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Delivery).decode


def send(pipe: IO[bytes], delivery: Delivery) -> None:
    """Write one framed message."""
    content = _encode(delivery)
    pipe.write(len(content).to_bytes(LENGTH_BYTES, "big"))
    pipe.write(content)
    pipe.flush()


def answer(pipe: IO[bytes], text: str) -> None:
    """Write one framed answer; empty means that the transaction is on disk."""
    content = text.encode()
    pipe.write(len(content).to_bytes(LENGTH_BYTES, "big") + content)
    pipe.flush()


def receive(pipe: IO[bytes]) -> bytes | None:
    """Read one framed message, or ``None`` where the other end is gone."""
    length = pipe.read(LENGTH_BYTES)
    if len(length) < LENGTH_BYTES:
        return None
    content = pipe.read(int.from_bytes(length, "big"))
    return content if len(content) == int.from_bytes(length, "big") else None


def serve(path: Path, incoming: IO[bytes], outgoing: IO[bytes]) -> None:
    """Write every delivery until the other end is gone; stop at the first that fails."""
    engine = dialect.writer(path)
    try:
        while (content := receive(incoming)) is not None:
            delivery = _decode(content)
            try:
                with engine.begin() as connection:
                    check_heads(connection, delivery.partition, delivery.expected)
                    for sql, rows in delivery.statements:
                        Written(sql, rows).run(connection)
            except (*FAILURES, StoreFailed) as failed:
                answer(outgoing, str(failed) or type(failed).__name__)
                return
            answer(outgoing, "")
    finally:
        engine.dispose()


if __name__ == "__main__":
    gc.disable()  # what comes in are lists of plain values: no cycles, and many of them
    serve(Path(sys.argv[1]), sys.stdin.buffer, sys.stdout.buffer)
