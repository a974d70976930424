"""What the engine needs from outside; ``adapters`` has the real ones, ``sim`` wraps faults around.

Everything here is called by one writer. Readers open their own connections.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

import msgspec

from chengyun.engine.about import About
from chengyun.engine.tables import Key, Paths, Table
from chengyun.facts.envelope import NO_HASH, Stored
from chengyun.kernel.instants import Instant


class Head(msgspec.Struct, frozen=True):
    """The last fact of a chain."""

    seq: int = 0
    hash: bytes = NO_HASH
    known_at: Instant = Instant(0)


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A stored fact with what is copied out of its header for searching."""

    stored: Stored
    id: str
    kind: str
    subject: str
    known_at: Instant
    caused_by: str


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one transaction writes."""

    partition: str
    before: Mapping[str, Head]
    """The head of each chain as the writer believes it to be; the store compares."""
    after: Mapping[str, Head]
    entries: list[Entry]
    rows: Mapping[Table[Any], Mapping[Key, Any]]
    """Net change by table and key; ``None`` removes a row."""
    keys: Mapping[str, bytes | None]
    """Wrapped keys of persons; ``None`` destroys one."""
    artefacts: Mapping[str, bytes]
    """Content by its SHA-256: pack versions, models."""


class Store(Protocol):
    """The durable log, the projections and the content-addressed artefacts."""

    def heads(self, partition: str) -> dict[str, Head]:
        """Return the head of every chain of ``partition``."""
        ...

    def commit(self, group: Group) -> None:
        """Write ``group`` in one transaction, or raise ``StoreFailed`` and write nothing.

        A store may still be writing when this returns; the group is durable after ``settle``.
        """
        ...

    def settle(self) -> None:
        """Wait until every commit is on disk, or raise ``StoreFailed``."""
        ...

    def place_listed(self, partition: str, paths: Paths) -> None:
        """Say where each area and unit lies, by which listed rows are found."""
        ...

    def body_of(self, partition: str, chain: str, fact_id: str) -> tuple[int, bytes] | None:
        """Return ``(happened_at, body)`` of a fact, or ``None`` where the id is new."""
        ...

    def fact(self, partition: str, chain: str, fact_id: str) -> Stored | None:
        """Return one fact by its id."""
        ...

    def read(
        self,
        partition: str,
        chain: str,
        *,
        after_seq: int = 0,
        known_until: Instant | None = None,
    ) -> Iterator[Stored]:
        """Yield facts in order of ``seq``, at most those known at ``known_until``."""
        ...

    def resident(self, table: Table[Any], partition: str) -> Iterable[Any]:
        """Yield the rows of ``table`` that stay in memory."""
        ...

    def row(self, table: Table[Any], partition: str, key: Key) -> Any:
        """Return one row or ``None``."""
        ...

    def artefact(self, content_hash: str) -> bytes | None:
        """Return stored content by its SHA-256."""
        ...


class Sealer(Protocol):
    """Encrypts personal data under a key per person."""

    def seal(self, person: str, fact_id: str, plain: bytes) -> bytes:
        """Encrypt ``plain`` for ``person``, bound to ``fact_id``."""
        ...

    def open(self, person: str, fact_id: str, sealed: bytes) -> bytes | None:
        """Decrypt, or return ``None`` where the person's key was destroyed."""
        ...

    def destroy(self, person: str) -> None:
        """Forget the key of ``person``; takes effect with the next commit."""
        ...

    def take_keys(self) -> dict[str, bytes | None]:
        """Return the wrapped keys made or destroyed since the last call."""
        ...


class Gate(Protocol):
    """The one place that lets an actor through a door, or refuses."""

    def check(self, actor: str, door: str, needs: str, about: About, at: Instant) -> Instant | None:
        """Raise ``Forbidden`` where ``actor`` lacks the permission ``needs`` for ``about``.

        Returns until when a second person has to approve, or ``None`` where none is asked for.
        """
        ...
