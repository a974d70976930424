"""Proves that a chain is whole: every byte, every column, no gap, no fact after the head."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from chengyun.engine import codec
from chengyun.engine.ports import Entry, Head
from chengyun.facts.envelope import HASH_ALG, NO_HASH, chain_hash
from chengyun.facts.kinds import decode_body
from chengyun.kernel.errors import Bug

_COPIED = ("id", "kind", "subject", "known_at", "caused_by")


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What verifying a chain found."""

    partition: str
    chain: str
    facts: int
    whole: bool
    first_bad_seq: int | None = None
    reason: str = ""


def verify(partition: str, chain: str, entries: Iterable[Entry], head: Head) -> Verdict:
    """Check every fact of a chain in order and return the first thing that is wrong, if any."""
    prev_hash, seq, known_at = NO_HASH, 0, 0
    for entry in entries:
        reason = _wrong(entry, partition, chain, seq + 1, prev_hash, known_at)
        if reason:
            return Verdict(
                partition=partition,
                chain=chain,
                facts=seq,
                whole=False,
                first_bad_seq=seq + 1,
                reason=reason,
            )
        seq, prev_hash, known_at = entry.stored.seq, entry.stored.hash, entry.known_at
    if (seq, prev_hash) != (head.seq, head.hash) or known_at != head.known_at:
        good = min(seq, head.seq)
        return Verdict(
            partition=partition,
            chain=chain,
            facts=good,
            whole=False,
            first_bad_seq=good + 1,
            reason=f"the chain ends at {seq}, its head says {head.seq}",
        )
    return Verdict(partition=partition, chain=chain, facts=seq, whole=True)


def _wrong(
    entry: Entry, partition: str, chain: str, seq: int, prev_hash: bytes, known_at: int
) -> str:
    stored = entry.stored
    if stored.seq != seq:
        return f"fact {seq} is missing"
    if stored.prev_hash != prev_hash:
        return "it does not follow the fact before it"
    if chain_hash(prev_hash, stored.header, stored.body, stored.sealed) != stored.hash:
        return "its bytes do not give its hash"
    return _misread(entry, partition, chain, known_at)


def _misread(entry: Entry, partition: str, chain: str, known_at: int) -> str:
    stored = entry.stored
    try:
        header = codec.header_of(stored)
        decode_body(header.kind, header.schema, stored.body)
    except (Bug, KeyError, msgspec.MsgspecError) as broken:
        return f"it cannot be read: {broken}"
    reason = ""
    if header.hash_alg != HASH_ALG:
        reason = f"unknown hash algorithm {header.hash_alg!r}"
    elif (header.partition, header.chain, header.seq) != (partition, chain, stored.seq):
        reason = "its header belongs to another place"
    elif any(getattr(header, name) != getattr(entry, name) for name in _COPIED):
        reason = "a column differs from the header"
    elif header.known_at < known_at:
        reason = "it was known before the fact before it"
    return reason
