"""A store that writes one group behind: while a process of its own commits, the engine goes on.

``commit`` hands a group over and waits for the one before; ``settle`` waits until everything is
on disk, and only then is anything acknowledged. Until a group is on disk its facts and rows are
answered from memory, so the engine sees no difference.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, cast

from chengyun.adapters.sql import courier
from chengyun.adapters.sql.store import (
    FAILURES,
    FILE,
    SqlStore,
    expected_heads,
    failed_commit,
    happened_at_of,
)
from chengyun.engine.ports import Group, Head
from chengyun.engine.tables import Key, Paths, Table
from chengyun.facts.envelope import Stored
from chengyun.kernel.instants import Instant

_LEAVE_S = 60


class PipelinedStore:
    """The same promises as ``SqlStore``, with the writing on another core."""

    def __init__(self, inner: SqlStore, folder: Path) -> None:
        self._inner = inner
        # A session of its own: Ctrl-C at the terminal stops the engine, not a half-written commit.
        self._courier = subprocess.Popen(  # noqa: S603 - our own module, our own interpreter
            [sys.executable, "-m", "chengyun.adapters.sql.courier", str(folder / FILE)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=(inner.lock_handle,),
            start_new_session=True,
        )
        self._to: IO[bytes] = cast("IO[bytes]", self._courier.stdin)
        self._from: IO[bytes] = cast("IO[bytes]", self._courier.stdout)
        self._flying: Group | None = None
        self._facts: dict[tuple[str, str], Stored] = {}
        """The facts of the flying group, by chain and id."""

    def commit(self, group: Group) -> None:
        """Hand ``group`` over; raise ``StoreFailed`` if the one before did not get through."""
        statements = [(one.sql, one.rows) for one in self._inner.statements(group)]
        self.settle()
        delivery = courier.Delivery(group.partition, expected_heads(group), statements)
        try:
            courier.send(self._to, delivery)
        except FAILURES as gone:
            raise failed_commit(group.partition, gone) from gone
        self._flying = group
        self._facts = {(entry.stored.chain, entry.id): entry.stored for entry in group.entries}

    def settle(self) -> None:
        """Wait until everything handed over is on disk, or raise ``StoreFailed``."""
        if self._flying is None:
            return
        answer = courier.receive(self._from)
        group, self._flying = self._flying, None
        if answer is None:
            raise failed_commit(group.partition, "the writing process is gone")
        if answer:
            raise failed_commit(group.partition, answer.decode())
        self._facts = {}

    def place_listed(self, partition: str, paths: Paths) -> None:
        """Say where everything lies, when everything handed over is on disk."""
        self.settle()
        self._inner.place_listed(partition, paths)

    def close(self) -> None:
        """Let the writing process finish, then close the store."""
        with suppress(BrokenPipeError):  # it may be gone, with our last message half sent
            self._to.close()
        try:
            self._courier.wait(_LEAVE_S)
        except subprocess.TimeoutExpired:
            self._courier.kill()
            self._courier.wait()
        self._from.close()
        self._inner.close()

    # --- reading: what is flying is answered from memory --------------------------------------

    def heads(self, partition: str) -> dict[str, Head]:
        """Return the head of every chain of ``partition``."""
        self.settle()
        return self._inner.heads(partition)

    def body_of(self, partition: str, chain: str, fact_id: str) -> tuple[int, bytes] | None:
        """Return ``(happened_at, body)`` of a fact."""
        if self._flying is not None and self._flying.partition == partition:
            found = self._facts.get((chain, fact_id))
            if found is not None:
                return happened_at_of(found.header), found.body
        return self._inner.body_of(partition, chain, fact_id)

    def fact(self, partition: str, chain: str, fact_id: str) -> Stored | None:
        """Return one fact by its id."""
        self.settle()
        return self._inner.fact(partition, chain, fact_id)

    def read(
        self, partition: str, chain: str, *, after_seq: int = 0, known_until: Instant | None = None
    ) -> Iterator[Stored]:
        """Yield facts in order of ``seq``."""
        self.settle()
        return self._inner.read(partition, chain, after_seq=after_seq, known_until=known_until)

    def resident(self, table: Table[Any], partition: str) -> Iterable[Any]:
        """Yield the rows of ``table`` that stay in memory."""
        self.settle()
        return self._inner.resident(table, partition)

    def row(self, table: Table[Any], partition: str, key: Key) -> Any:
        """Return one row or ``None``."""
        if self._flying is not None and self._flying.partition == partition:
            changed = self._flying.rows.get(table)
            if changed is not None and key in changed:
                return changed[key]
        return self._inner.row(table, partition, key)

    def artefact(self, content_hash: str) -> bytes | None:
        """Return stored content by its SHA-256."""
        if self._flying is not None and content_hash in self._flying.artefacts:
            return self._flying.artefacts[content_hash]
        return self._inner.artefact(content_hash)
