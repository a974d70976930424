"""From facts to the exact bytes on the chain, and back with everything checked."""

from __future__ import annotations

from typing import Any

import msgspec

from chengyun.engine.ports import Entry
from chengyun.facts.envelope import (
    Fact,
    Header,
    Stored,
    chain_hash,
    encode_body,
    encode_header,
)
from chengyun.facts.kinds import decode_body
from chengyun.kernel.errors import Bug
from chengyun.kernel.instants import Instant

_decode_header = msgspec.json.Decoder(Header).decode


def write(fact: Fact[Any], chain: str, prev_hash: bytes, body: bytes | None = None) -> Entry:
    """Return ``fact`` as it will stand on ``chain`` after the fact with ``prev_hash``."""
    stored_body = encode_body(fact.body) if body is None else body
    header = encode_header(fact, chain)
    return Entry(
        Stored(
            fact.partition,
            chain,
            fact.seq,
            header,
            stored_body,
            fact.sealed,
            prev_hash,
            chain_hash(prev_hash, header, stored_body, fact.sealed),
        ),
        fact.id,
        fact.kind,
        fact.subject,
        fact.known_at,
        fact.caused_by,
    )


def header_of(stored: Stored) -> Header:
    """Decode the header of a stored fact."""
    try:
        return _decode_header(stored.header)
    except msgspec.MsgspecError as broken:
        raise Bug(
            f"the header of fact {stored.seq} in {stored.partition}/{stored.chain} is unreadable",
            remedy="run chengyun audit verify",
        ) from broken


def read(stored: Stored) -> Fact[Any]:
    """Return the fact in ``stored``, its body lifted to the newest schema."""
    header = header_of(stored)
    return Fact(
        partition=header.partition,
        seq=header.seq,
        id=header.id,
        kind=header.kind,
        schema=header.schema,
        happened_at=Instant(header.happened_at),
        known_at=Instant(header.known_at),
        subject=header.subject,
        area=header.area,
        actor=header.actor,
        caused_by=header.caused_by,
        policy_version=header.policy_version,
        body=decode_body(header.kind, header.schema, stored.body),
        sealed=stored.sealed,
        sealed_for=header.sealed_for,
        to=header.to,
    )
