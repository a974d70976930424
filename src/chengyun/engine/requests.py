"""Requests that may come twice: what was answered to a key is answered again, for a day.

The answer is a fact of the command's own group, so a crash keeps both or neither. Answers stand in
a ring: a further one takes the place of the oldest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import msgspec

from chengyun.engine.commands import Outcome
from chengyun.engine.known import Known
from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change, Drop, Key, Put, Table
from chengyun.facts.engine import RequestAnswered
from chengyun.facts.envelope import Draft, Fact
from chengyun.kernel.errors import Rejected
from chengyun.kernel.ids import join
from chengyun.kernel.instants import DAY_US, Instant
from chengyun.kernel.limits import MAX_REQUESTS_KEPT

RING: Final = "ring"


class Keyed(NamedTuple):
    """A request under a key that its sender chose."""

    key: str
    """Digest of who sends it and his key."""
    content: str
    """Digest of what is asked."""


class Expects(NamedTuple):
    """What the sender saw when he decided: the row of ``key`` in ``table``, at this revision."""

    table: Table[Any]
    key: Key
    revision: int


class RequestRow(msgspec.Struct, frozen=True):
    """What was answered to a key."""

    request: str
    content: str
    facts: list[str]
    answered_at: int
    slot: int
    open: bool = False
    """Never: they are looked up one by one."""


class SlotRow(msgspec.Struct, frozen=True):
    """Whose answer stands at a place of the ring."""

    slot: int
    request: str
    open: bool = False
    """Never, as above."""


class RingRow(msgspec.Struct, frozen=True):
    """How many answers were kept so far."""

    name: str
    count: int


REQUESTS = Table("requests", RequestRow, key=("request",), resident=("open", True))
SLOTS = Table("request_slots", SlotRow, key=("slot",), resident=("open", True))
RINGS = Table("request_ring", RingRow, key=("name",))
TABLES: Final = (REQUESTS, SLOTS, RINGS)


def keyed(sender: str, key: str, content: bytes) -> Keyed:
    """Return a request by what its sender chose and what he asks."""
    who = hashlib.sha256(f"{sender}\0{key}".encode()).hexdigest()[:40]
    return Keyed(who, hashlib.sha256(content).hexdigest()[:40])


def answered(request: Keyed, known: Known) -> Outcome | None:
    """Return what was answered to this key within a day; another content is refused."""
    row = known.get(REQUESTS, request.key)
    if row is None or row.answered_at + DAY_US <= known.now:
        return None
    if row.content != request.content:
        raise Rejected(
            "key_reused",
            "this key came before with another content",
            where="Idempotency-Key",
            remedy="use a key of its own for every request",
        )
    return Outcome(tuple(row.facts), known_at=Instant(row.answered_at), repeated=True)


def kept(request: Keyed, outcome: Outcome, known: Known, *, number: int) -> Draft:
    """Return the draft that keeps an answer."""
    ring = known.get(RINGS, RING)
    return Draft(
        id=join("answered", request.key, number),
        happened_at=known.now,
        subject=join("request", request.key),
        body=RequestAnswered(
            request=request.key,
            content=request.content,
            facts=list(outcome.facts),
            slot=0 if ring is None else ring.count % MAX_REQUESTS_KEPT,
        ),
    )


def check_unchanged(expects: Expects, rows: Rows) -> None:
    """Refuse what was decided about a row that has changed since it was seen."""
    row = rows.get(expects.table, expects.key)
    if row is not None and row.revision != expects.revision:
        raise Rejected(
            "changed",
            f"{expects.key} has changed since you saw it",
            where="If-Match",
            remedy="look at it again, then decide",
            params={"expected": str(expects.revision), "revision": str(row.revision)},
        )


def note_answered(fact: Fact[RequestAnswered], rows: Rows) -> Iterable[Change]:
    """An answer takes its place in the ring; whose that was is forgotten."""
    one, ring = fact.body, rows.get(RINGS, RING)
    before = rows.get(SLOTS, one.slot)
    gone = None if before is None else rows.get(REQUESTS, before.request)
    if gone is not None and gone.slot == one.slot:
        yield Drop(REQUESTS, gone.request)
    yield Put(SLOTS, SlotRow(one.slot, one.request))
    yield Put(REQUESTS, RequestRow(one.request, one.content, one.facts, fact.known_at, one.slot))
    yield Put(RINGS, RingRow(RING, 1 if ring is None else ring.count + 1))
