"""What stands between the chains in memory and the chains on disk: the group being written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chengyun.engine import codec
from chengyun.engine.policies import version_of
from chengyun.engine.ports import Entry, Group, Head, Sealer, Store
from chengyun.engine.rows import Rows
from chengyun.facts.envelope import AUDIT, OPERATIONS, Fact
from chengyun.kernel.errors import StoreFailed


class Ledger:
    """The heads of the chains, the facts not handed to the store yet, and what was known before.

    After a commit that failed, or half a cascade, the ledger is broken for good: memory is ahead
    of disk, and nothing of it may be written any more.
    """

    def __init__(self, partition: str, store: Store, sealer: Sealer, rows: Rows) -> None:
        self._partition = partition
        self._store = store
        self._sealer = sealer
        self._rows = rows
        self.heads = {OPERATIONS: Head(), AUDIT: Head()} | store.heads(partition)
        self._committed = dict(self.heads)
        self._entries: list[Entry] = []
        self._pending: dict[tuple[str, str], tuple[int, bytes]] = {}
        self._artefacts: dict[str, bytes] = {}
        self._broken = False

    @property
    def head(self) -> Head:
        """The head of the operations chain, commits outstanding included."""
        return self.heads[OPERATIONS]

    @property
    def waiting(self) -> int:
        """How many facts the next commit writes."""
        return len(self._entries)

    def append(self, chain: str, fact: Fact[Any], body: bytes) -> None:
        """Put ``fact`` on its chain, after the one before it."""
        entry = codec.write(fact, chain, self.heads[chain].hash, body)
        self.heads[chain] = Head(fact.seq, entry.stored.hash, fact.known_at)
        self._entries.append(entry)
        self._pending[chain, fact.id] = (fact.happened_at, body)

    def body_of(self, fact_id: str, chain: str = OPERATIONS) -> tuple[int, bytes] | None:
        """Return ``(happened_at, body)`` of a fact of a chain, or ``None`` if the id is new."""
        return self._pending.get((chain, fact_id)) or self._store.body_of(
            self._partition, chain, fact_id
        )

    def keep(self, content: bytes) -> str:
        """Keep an artefact under its SHA-256, durable with the next commit."""
        name = version_of(content)
        self._artefacts[name] = content
        return name

    def artefact(self, name: str) -> bytes | None:
        """Return kept content."""
        return self._artefacts.get(name) or self._store.artefact(name)

    def commit(self) -> Group | None:
        """Hand everything since the last commit to the store, as one transaction; return it."""
        self.check_whole()
        rows, keys = self._rows.take_dirty(), self._sealer.take_keys()
        if not (self._entries or rows or keys or self._artefacts):
            return None
        group = Group(
            partition=self._partition,
            before=self._committed,
            after=dict(self.heads),
            entries=self._entries,
            rows=rows,
            keys=keys,
            artefacts=self._artefacts,
        )
        with self.whole_or_broken():
            self._store.commit(group)
        self._committed = dict(self.heads)
        self._entries, self._pending, self._artefacts = [], {}, {}
        return group

    def settle(self) -> None:
        """Wait until every commit is on disk."""
        self.check_whole()
        with self.whole_or_broken():
            self._store.settle()

    @contextmanager
    def whole_or_broken(self) -> Iterator[None]:
        """What is begun here is done whole, or nothing more is taken."""
        try:
            yield
        except BaseException:
            self._broken = True
            raise

    def check_whole(self) -> None:
        """Raise ``StoreFailed`` once something was left half done."""
        if self._broken:
            raise StoreFailed(
                "an earlier commit or cascade failed; this engine takes nothing more",
                where=self._partition,
                remedy="start again: everything acknowledged is on disk",
            )
