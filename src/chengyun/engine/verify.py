"""Proves that a chain is whole: every byte, every column, no gap, no fact after the head.

A chain may be checked in pieces, each by a process of its own: a piece begins after a fact whose
stored columns it believes, and the piece before checks those. So the chain is whole exactly when
all pieces are. What is cut off together with its head only a seal tells, kept elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from chengyun.engine.ports import Entry, Head
from chengyun.facts.envelope import HASH_ALG, Header, chain_hash
from chengyun.facts.kinds import decode_body
from chengyun.kernel.errors import Bug

_decode_header = msgspec.json.Decoder(Header).decode


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What verifying a chain found."""

    partition: str
    chain: str
    facts: int
    """How many are good, from the first on."""
    whole: bool
    first_bad_seq: int | None = None
    reason: str = ""


class End(msgspec.Struct, frozen=True):
    """Where a chain ends at one moment: what its head says, and what stands in the log."""

    partition: str
    chain: str
    head: Head
    first_seq: int
    """The lowest number of its facts; 1 where it has none."""
    last_seq: int
    """The highest; 0 where it has none."""
    facts: int
    """How many there are."""


class Piece(msgspec.Struct, frozen=True):
    """A piece of a chain after checking: its last good fact, and what is wrong after that."""

    last: Head
    reason: str = ""


class Named(msgspec.Struct, frozen=True):
    """A fact of a chain as a seal names it."""

    seal: int
    seq: int
    hash: bytes


def verify(partition: str, chain: str, entries: Iterable[Entry], head: Head) -> Verdict:
    """Check every fact of a chain in order and return the first thing that is wrong, if any."""
    piece = check(partition, chain, entries, Head())
    return judged(End(partition, chain, head, 1, piece.last.seq, piece.last.seq), [piece])


def check(partition: str, chain: str, entries: Iterable[Entry], before: Head) -> Piece:
    """Check the facts that follow ``before``, up to the first that is wrong."""
    prev_hash, seq, known_at = before.hash, before.seq, before.known_at
    for entry in entries:
        stored = entry.stored
        reason = _unlinked(entry, seq + 1, prev_hash) or _misread(entry, partition, chain, known_at)
        if reason:
            return Piece(Head(seq, prev_hash, known_at), reason)
        seq, prev_hash, known_at = stored.seq, stored.hash, entry.known_at
    return Piece(Head(seq, prev_hash, known_at))


def judged(end: End, pieces: Iterable[Piece]) -> Verdict:
    """Return the verdict over a chain from its pieces, in order, and its end."""
    last = Head()
    for piece in pieces:
        last = piece.last
        if piece.reason:
            return _bad(end, last.seq + 1, piece.reason)
    head = end.head
    if end.first_seq < 1:
        return _bad(end, 1, f"a fact {end.first_seq} stands before the first")
    if last != head or end.last_seq != head.seq:
        reason = f"the chain ends at {max(last.seq, end.last_seq)}, its head says {head.seq}"
        return _bad(end, min(last.seq, head.seq) + 1, reason)
    return Verdict(partition=end.partition, chain=end.chain, facts=last.seq, whole=True)


def compared(
    verdict: Verdict, named: Iterable[Named], hash_at: Callable[[int], bytes | None]
) -> Verdict:
    """Compare what is good of a chain with what seals name, the earliest seal first.

    ``hash_at`` returns the hash of a good fact. Facts that were written anew, and hashed anew,
    are found by the first seal that names one of them, up to the seal before it.
    """
    good = 0
    for one in named:
        if one.seq > verdict.facts:
            if not verdict.whole:
                return verdict
            reason = f"cut off: seal {one.seal} names facts up to {one.seq}"
        elif hash_at(one.seq) == one.hash:
            good = max(good, one.seq)
            continue
        else:
            good = min(good, one.seq - 1)
            reason = f"written anew up to fact {one.seq}, which is another one in seal {one.seal}"
            return _replaced(verdict, good, reason)
        return _replaced(verdict, verdict.facts, reason)
    return verdict


def _replaced(verdict: Verdict, facts: int, reason: str) -> Verdict:
    return msgspec.structs.replace(
        verdict, facts=facts, whole=False, first_bad_seq=facts + 1, reason=reason
    )


def _bad(end: End, seq: int, reason: str) -> Verdict:
    return Verdict(
        partition=end.partition,
        chain=end.chain,
        facts=seq - 1,
        whole=False,
        first_bad_seq=seq,
        reason=reason,
    )


def _unlinked(entry: Entry, seq: int, prev_hash: bytes) -> str:
    stored = entry.stored
    if stored.seq != seq:
        return f"fact {seq} is missing"
    if stored.prev_hash != prev_hash:
        return "it does not follow the fact before it"
    try:
        found = chain_hash(prev_hash, stored.header, stored.body, stored.sealed)
    except TypeError:
        return "a column holds no bytes"
    return "" if found == stored.hash else "its bytes do not give its hash"


def _misread(entry: Entry, partition: str, chain: str, known_at: int) -> str:
    stored = entry.stored
    try:
        header = _decode_header(stored.header)
        decode_body(header.kind, header.schema, stored.body)
    except (Bug, KeyError, msgspec.MsgspecError) as broken:
        return f"it cannot be read: {broken}"
    reason = ""
    if header.hash_alg != HASH_ALG:
        reason = f"unknown hash algorithm {header.hash_alg!r}"
    elif header.seq != stored.seq or header.partition != partition or header.chain != chain:
        reason = "its header belongs to another place"
    elif (
        header.id != entry.id
        or header.kind != entry.kind
        or header.subject != entry.subject
        or header.known_at != entry.known_at
        or header.caused_by != entry.caused_by
    ):
        reason = "a column differs from the header"
    elif header.known_at < known_at:
        reason = "it was known before the fact before it"
    return reason
