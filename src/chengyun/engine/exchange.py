"""Between partitions: only facts that are addressed to another partition leave their own.

A district and the city above it, a shard and its neighbour, another city: each keeps its own
chain. What arrives becomes a fact of the receiver, with the hash it has at the sender; its id
names the place in the sender's chain, so that nothing arrives twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

import msgspec

from chengyun.engine import codec
from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change, Put, Table
from chengyun.facts.engine import FactArrived
from chengyun.facts.envelope import Draft, Fact, Stored
from chengyun.kernel.ids import join
from chengyun.kernel.instants import Instant


class Arrival(msgspec.Struct, frozen=True):
    """How far another partition has been heard."""

    source: str
    seq: int


ARRIVALS = Table("arrivals", Arrival, key=("source",))


class Receive(Command, frozen=True, kw_only=True):
    """Take in a fact that another partition addressed to this one."""

    NEEDS: ClassVar[str] = "partition:receive"
    source: str
    source_seq: int
    source_id: str
    source_hash: str
    kind: str
    happened_at: Instant
    area: str
    content: str


def receive(command: Receive, known: Known) -> Iterable[Draft]:
    """Turn an arrival into a fact of this partition."""
    yield Draft(
        id=join("arrived", command.source, command.source_seq),
        happened_at=command.happened_at,
        subject=join("partition", command.source),
        area=command.area,
        body=FactArrived(
            source=command.source,
            source_seq=command.source_seq,
            source_id=command.source_id,
            source_hash=command.source_hash,
            kind=command.kind,
            content=command.content,
        ),
    )


def note_arrival(fact: Fact[FactArrived], rows: Rows) -> Iterable[Change]:
    """Remember how far the sender has been heard."""
    heard = rows.get(ARRIVALS, fact.body.source)
    seq = fact.body.source_seq if heard is None else max(heard.seq, fact.body.source_seq)
    yield Put(ARRIVALS, Arrival(fact.body.source, seq))


def addressed(log: Iterable[Stored], to: str) -> Iterator[Receive]:
    """Yield what the facts of ``log`` that are addressed to ``to`` say, as commands for it.

    The log is read from behind the last arrival (``ARRIVALS``), so a crash between the sender's
    commit and the delivery loses nothing.
    """
    for stored in log:
        header = codec.header_of(stored)
        if header.to == to:
            yield Receive(
                source=header.partition,
                source_seq=header.seq,
                source_id=header.id,
                source_hash=stored.hash.hex(),
                kind=header.kind,
                happened_at=Instant(header.happened_at),
                area=header.area,
                content=stored.body.decode(),
            )
