"""The envelope of a fact: who said what about which subject, when it happened, when we knew.

A fact is stored as exact bytes (header, body, sealed) and hashed over those bytes, chained to
the fact before it. Everything else, the columns of the table included, is a copy.
"""

from __future__ import annotations

import hashlib
from typing import Any, ClassVar, Final, Generic, TypeVar

import msgspec

from chengyun.kernel.instants import Instant

HASH_ALG: Final = "sha256"
NO_HASH: Final = bytes(32)
"""The ``prev_hash`` of the first fact of a chain."""

OPERATIONS: Final = "operations"
AUDIT: Final = "audit"

_encode = msgspec.json.Encoder(order="deterministic").encode


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What a fact says. Subclasses are named in the past tense; integers, never floats."""

    SCHEMA: ClassVar[int] = 1


B_co = TypeVar("B_co", bound=Body, covariant=True)


class Draft(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A fact as a handler proposes it; the engine adds place in the chain, cause and version.

    ``sealed`` holds personal data in clear on its way to the seal, never afterwards;
    ``sealed_for`` names the person under whose key it is encrypted.
    """

    id: str
    body: Body
    happened_at: Instant
    subject: str
    area: str = ""
    sealed: dict[str, str] | None = None
    sealed_for: str = ""
    to: str = ""
    """The partition a fact is addressed to; empty for this one."""


class Fact(msgspec.Struct, Generic[B_co], frozen=True, kw_only=True, gc=False):
    """A fact on the chain, its body decoded to the newest schema."""

    partition: str
    seq: int
    id: str
    kind: str
    schema: int
    happened_at: Instant
    known_at: Instant
    subject: str
    area: str
    actor: str
    caused_by: str
    policy_version: str
    body: B_co
    sealed: bytes | None = None
    sealed_for: str = ""
    to: str = ""


class Stored(msgspec.Struct, frozen=True, gc=False):
    """The exact bytes of a fact and its place in the chain."""

    partition: str
    chain: str
    seq: int
    header: bytes
    body: bytes
    sealed: bytes | None
    prev_hash: bytes
    hash: bytes


class Header(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """The envelope without body and seal, as it is written and hashed."""

    hash_alg: str
    partition: str
    chain: str
    seq: int
    id: str
    kind: str
    schema: int
    happened_at: int
    known_at: int
    subject: str
    area: str
    actor: str
    caused_by: str
    policy_version: str
    sealed_for: str
    to: str


def encode_body(body: Body) -> bytes:
    """Return the canonical bytes of ``body``: JSON, keys of mappings sorted."""
    return _encode(body)


def encode_header(fact: Fact[Any], chain: str) -> bytes:
    """Return the bytes of the header of ``fact`` in ``chain``."""
    return _encode(
        Header(
            HASH_ALG,
            fact.partition,
            chain,
            fact.seq,
            fact.id,
            fact.kind,
            fact.schema,
            fact.happened_at,
            fact.known_at,
            fact.subject,
            fact.area,
            fact.actor,
            fact.caused_by,
            fact.policy_version,
            fact.sealed_for,
            fact.to,
        )
    )


def chain_hash(prev_hash: bytes, header: bytes, body: bytes, sealed: bytes | None) -> bytes:
    """Return ``H(prev_hash ‖ header ‖ H(body) ‖ H(sealed))`` with SHA-256 (FIPS 180-4).

    The header is framed by its length, so that no byte can move from one part to the next. A
    missing seal is hashed as such and differs from an empty one.
    """
    seal = b"\x00" if sealed is None else b"\x01" + hashlib.sha256(sealed).digest()
    length = len(header).to_bytes(8, "big")
    parts = (prev_hash, length, header, hashlib.sha256(body).digest(), seal)
    return hashlib.sha256(b"".join(parts)).digest()
