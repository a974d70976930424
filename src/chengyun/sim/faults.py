"""Faults around the engine's ports: processes that die, disks that fill up.

A fault wraps a port and never reaches into an adapter, so that what is tested is what runs. Which
faults a run meets is drawn from a seed, and a failing test prints it.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from typing import Any, Final, Literal, NamedTuple

from chengyun.engine.ports import Group, Head, Store
from chengyun.engine.tables import Key, Paths, Table
from chengyun.facts.envelope import Stored
from chengyun.kernel.errors import StoreFailed
from chengyun.kernel.instants import Instant

When = Literal["before", "after"]


class Crash(BaseException):
    """The process dies here: nothing above may catch it, and nothing below gets to clean up."""


class _Around:
    """A store that passes every call on."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def heads(self, partition: str) -> dict[str, Head]:
        return self._store.heads(partition)

    def commit(self, group: Group) -> None:
        self._store.commit(group)

    def settle(self) -> None:
        self._store.settle()

    def place_listed(self, partition: str, paths: Paths) -> None:
        self._store.place_listed(partition, paths)

    def body_of(self, partition: str, chain: str, fact_id: str) -> tuple[int, bytes] | None:
        return self._store.body_of(partition, chain, fact_id)

    def fact(self, partition: str, chain: str, fact_id: str) -> Stored | None:
        return self._store.fact(partition, chain, fact_id)

    def read(
        self, partition: str, chain: str, *, after_seq: int = 0, known_until: Instant | None = None
    ) -> Iterator[Stored]:
        return self._store.read(partition, chain, after_seq=after_seq, known_until=known_until)

    def resident(self, table: Table[Any], partition: str) -> Iterable[Any]:
        return self._store.resident(table, partition)

    def row(self, table: Table[Any], partition: str, key: Key) -> object:
        return self._store.row(table, partition, key)

    def artefact(self, content_hash: str) -> bytes | None:
        return self._store.artefact(content_hash)


class CrashingStore(_Around):
    """Dies at the ``at_commit``-th commit (from 1), right before it is written or right after."""

    def __init__(self, store: Store, *, at_commit: int, when: When) -> None:
        super().__init__(store)
        self._left = at_commit
        self._when = when

    def commit(self, group: Group) -> None:
        """Write ``group``, unless this is where the process dies."""
        self._left -= 1
        if self._left == 0 and self._when == "before":
            raise Crash("before the commit")
        self._store.commit(group)
        if self._left == 0:
            raise Crash("after the commit")


class FullDiskStore(_Around):
    """Has room for ``commits`` commits and refuses every one after them, as the port promises."""

    def __init__(self, store: Store, *, commits: int) -> None:
        super().__init__(store)
        self._left = commits

    def commit(self, group: Group) -> None:
        """Write ``group`` while there is room; otherwise write nothing and say so."""
        if self._left == 0:
            raise StoreFailed(
                "the disk is full", where=group.partition, remedy="make room and start again"
            )
        self._left -= 1
        self._store.commit(group)


class Fault(NamedTuple):
    """What goes wrong in one run, and at which of its commits (from 1)."""

    kind: Literal["before", "after", "full"]
    at_commit: int

    def around(self, store: Store) -> Store:
        """Return ``store`` with this fault in it."""
        if self.kind == "full":
            return FullDiskStore(store, commits=self.at_commit - 1)
        return CrashingStore(store, at_commit=self.at_commit, when=self.kind)


_KINDS: Final = ("before", "after", "full")


def draw_faults(seed: int, *, runs: int, commits: int) -> tuple[Fault, ...]:
    """Return one fault for each of ``runs`` runs, within their first ``commits`` commits.

    The same seed draws the same faults on every machine.

    >>> draw_faults(3, runs=2, commits=9) == draw_faults(3, runs=2, commits=9)
    True
    """
    drawn = random.Random(f"faults:{seed}")  # noqa: S311 - a drawing of lots, no key
    return tuple(Fault(drawn.choice(_KINDS), drawn.randint(1, commits)) for _ in range(runs))
