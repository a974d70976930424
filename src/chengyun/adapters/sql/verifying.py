"""Verifies all chains of a store, a long one in pieces by as many processes as there are cores."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Final

import msgspec

from chengyun.adapters.sql.reading import StoreReader
from chengyun.engine.ports import Head
from chengyun.engine.verify import End, Named, Piece, Verdict, check, compared, judged
from chengyun.kernel.errors import StoreFailed
from chengyun.kernel.limits import MIN_VERIFIED_APART

Chain = tuple[str, str]
"""Partition and chain."""


class Task(msgspec.Struct, frozen=True):
    """A piece of a chain to be checked."""

    folder: str
    partition: str
    chain: str
    after_seq: int
    until_seq: int


def verdicts(folder: Path, named: Mapping[Chain, Iterable[Named]] | None = None) -> list[Verdict]:
    """Check every byte of every chain of the store in ``folder``, and what seals name of it.

    Everything up to the heads of one moment is checked; a writer may go on meanwhile.
    """
    sealed = {} if named is None else {chain: list(facts) for chain, facts in named.items()}
    with StoreReader(folder) as reader:
        ends = reader.ends()
        gone = sealed.keys() - {(end.partition, end.chain) for end in ends}
        ends += [End(*chain, Head(), 1, 0, 0) for chain in sorted(gone)]
        whole = [judged(end, _pieces(folder, end)) for end in ends]
        return [_compared(reader, verdict, sealed) for verdict in whole]


def checked(task: Task) -> Piece:
    """Check one piece."""
    chain = task.partition, task.chain
    with StoreReader(Path(task.folder)) as reader:
        before = reader.head_at(*chain, task.after_seq)
        if before is None:
            return Piece(Head(task.after_seq - 1), f"fact {task.after_seq} is missing")
        entries = reader.entries(*chain, after_seq=task.after_seq, until_seq=task.until_seq)
        return check(*chain, entries, before)


def _pieces(folder: Path, end: End) -> list[Piece]:
    """Return the pieces of a chain in order; the last one ends with its head.

    Where a number is missing, as many as there are facts include the gap. The last piece is
    checked here, the others by processes of their own.
    """
    upto = min(end.head.seq, end.last_seq, end.facts)
    count = max(1, min(_cores(), upto // MIN_VERIFIED_APART))
    bounds = [upto * place // count for place in range(count + 1)]
    *others, own = (
        Task(str(folder), end.partition, end.chain, after, until)
        for after, until in pairwise(bounds)
    )
    started = [_started(task) for task in others]
    last = checked(own)
    return [*(_answer(process, folder) for process in started), last]


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


_ARGUMENT: Final = 1


def _started(task: Task) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", __name__, msgspec.json.encode(task).decode()]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)  # noqa: S603 - ourselves


def _answer(process: subprocess.Popen[bytes], folder: Path) -> Piece:
    said, _ = process.communicate()
    if process.returncode:
        raise StoreFailed(
            f"a process that verified ended with {process.returncode}",
            where=str(folder),
            remedy="what it said stands above; try again",
        )
    return msgspec.json.decode(said, type=Piece)


def _compared(
    reader: StoreReader, verdict: Verdict, sealed: Mapping[Chain, list[Named]]
) -> Verdict:
    chain = verdict.partition, verdict.chain

    def hash_at(seq: int) -> bytes | None:
        head = reader.head_at(*chain, seq)
        return None if head is None else head.hash

    return compared(verdict, sealed.get(chain, ()), hash_at)


if __name__ == "__main__":
    given = msgspec.json.decode(sys.argv[_ARGUMENT], type=Task)
    sys.stdout.buffer.write(msgspec.json.encode(checked(given)))
