"""Keys of feeds and services: shown once, kept as a digest, bound and scoped, and they expire.

A key is ``cy_<name>_<secret>``, a service's ``cys_<name>_<secret>``; the secret has 256 random
bits, drawn where it is shown.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable
from typing import ClassVar, Final

import msgspec

from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change, Put, Table
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.guard import (
    FeedKeyIssued,
    FeedKeyRevoked,
    ServiceKeyIssued,
    ServiceKeyRevoked,
)
from chengyun.facts.registers import Properties
from chengyun.guard.accounts import open_one, subject_of
from chengyun.kernel.errors import Forbidden, Rejected
from chengyun.kernel.ids import join, under
from chengyun.kernel.instants import Instant
from chengyun.kernel.limits import MAX_PERMISSIONS_A_KEY

_NAME: Final = re.compile(r"[a-z0-9]{8,32}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_PERMISSION: Final = re.compile(r"[a-z_]{1,40}:[a-z_]{1,40}", re.ASCII)
_SERVICE_KEY: Final = re.compile(r"cys_([a-z0-9]{8,32})_([A-Za-z0-9_-]{43})", re.ASCII)
_KEY: Final = re.compile(r"cy_([a-z0-9]{8,32})_([A-Za-z0-9_-]{43})", re.ASCII)


class IssueFeedKey(Command, frozen=True, kw_only=True):
    """Let a feed send with a key whose digest this is."""

    NEEDS: ClassVar[str] = "key:issue"
    MAY_WAIT: ClassVar[bool] = True
    key: str
    feed: str
    digest: str
    expires_at: Instant


class RevokeFeedKey(Command, frozen=True, kw_only=True):
    """Let a key open nothing any more, from now on."""

    NEEDS: ClassVar[str] = "key:revoke"
    MAY_WAIT: ClassVar[bool] = True
    key: str
    reason: str


class FeedKeyRow(msgspec.Struct, frozen=True):
    """A key of a feed."""

    key: str
    feed: str
    digest: str
    expires_at: int
    revoked: bool


KeyOf = Callable[[str], FeedKeyRow | None]
"""Looks a key up by its name."""

FEED_KEYS = Table("feed_keys", FeedKeyRow, key=("key",))


def digest_of(secret: str) -> str:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def issue_feed_key(command: IssueFeedKey, known: Known) -> Iterable[Draft]:
    """Record a key; its name and digest are well formed, its feed is a sender of this city."""
    if not _NAME.fullmatch(command.key) or not _DIGEST.fullmatch(command.digest):
        raise Rejected(
            "bad_key",
            "the name or the digest of the key is malformed",
            remedy="let chengyun key issue make it",
        )
    if command.feed not in known.policy(Properties).senders:
        raise Rejected(
            "unknown_feed",
            f"{command.feed[:80]!r} is no sender of this city",
            where="feed",
            remedy="declare it under senders in properties.yaml of the city pack",
            params={"feed": command.feed[:80]},
        )
    yield Draft(
        id=join("key", command.key),
        happened_at=known.now,
        subject=join("feed", command.feed),
        body=FeedKeyIssued(
            key=command.key,
            feed=command.feed,
            digest=command.digest,
            expires_at=command.expires_at,
        ),
    )


def revoke_feed_key(command: RevokeFeedKey, known: Known) -> Iterable[Draft]:
    """Record that a key is void."""
    row = known.get(FEED_KEYS, command.key)
    if row is None:
        raise Rejected("unknown", f"there is no key {command.key[:40]!r}", remedy="name a key")
    yield Draft(
        id=under("revoked", join("key", command.key)),
        happened_at=known.now,
        subject=join("feed", row.feed),
        body=FeedKeyRevoked(key=command.key, reason=command.reason),
    )


def note_issued(fact: Fact[FeedKeyIssued], rows: Rows) -> Iterable[Change]:
    """A key opens the door of its feed."""
    one = fact.body
    yield Put(FEED_KEYS, FeedKeyRow(one.key, one.feed, one.digest, one.expires_at, revoked=False))


def note_revoked(fact: Fact[FeedKeyRevoked], rows: Rows) -> Iterable[Change]:
    """A key opens nothing any more."""
    row = rows.get(FEED_KEYS, fact.body.key)
    if row is not None:
        yield Put(FEED_KEYS, msgspec.structs.replace(row, revoked=True))


def feed_of(key: str, key_of: KeyOf, now: int) -> str:
    """Return the feed that may send with ``key``; ``Forbidden`` says nothing about why not."""
    parts = _KEY.fullmatch(key)
    row = None if parts is None else key_of(parts[1])
    kept = "0" * 64 if row is None else row.digest
    given = digest_of("" if parts is None else parts[2])
    is_right = hmac.compare_digest(kept, given)
    if row is None or not is_right or row.revoked or row.expires_at <= now:
        raise Forbidden(
            "bad_key",
            "this key opens nothing here",
            where="Authorization",
            remedy="send Bearer and a key of the feed that is in force",
        )
    return row.feed


# --- keys of services -------------------------------------------------------------------------


class IssueServiceKey(Command, frozen=True, kw_only=True):
    """Let a service ask with a key whose digest this is, for what these permissions allow."""

    NEEDS: ClassVar[str] = "key:issue"
    BY_NAME: ClassVar[bool] = False
    key: str
    account: str
    digest: str
    permissions: list[str]
    expires_at: Instant


class RevokeServiceKey(Command, frozen=True, kw_only=True):
    """Let a service's key open nothing any more, from now on."""

    NEEDS: ClassVar[str] = "key:revoke"
    key: str
    reason: str


class ServiceKeyRow(msgspec.Struct, frozen=True):
    """A key of a service."""

    key: str
    account: str
    digest: str
    permissions: list[str]
    expires_at: int
    revoked: bool


SERVICE_KEYS = Table("service_keys", ServiceKeyRow, key=("key",))


def issue_service_key(command: IssueServiceKey, known: Known) -> Iterable[Draft]:
    """Record a service's key; people sign in themselves and get none."""
    row = open_one(known, command.account)
    given = command.permissions
    if row.kind != "service":
        raise Rejected(
            "no_service",
            "keys are for services; people sign in",
            where="account",
            remedy="open an account with --kind service",
        )
    if not _NAME.fullmatch(command.key) or not _DIGEST.fullmatch(command.digest):
        raise Rejected(
            "bad_key",
            "the name or the digest of the key is malformed",
            remedy="let chengyun key issue make it",
        )
    if not 0 < len(given) <= MAX_PERMISSIONS_A_KEY or not all(map(_PERMISSION.fullmatch, given)):
        raise Rejected(
            "bad_permissions",
            f"a key has 1 to {MAX_PERMISSIONS_A_KEY} permissions like live:read",
            where="permissions",
            remedy="name each thing that the service does",
            params={"limit": str(MAX_PERMISSIONS_A_KEY)},
        )
    yield Draft(
        id=join("service-key", command.key),
        happened_at=known.now,
        subject=subject_of(command.account),
        body=ServiceKeyIssued(
            key=command.key,
            account=command.account,
            digest=command.digest,
            permissions=sorted(set(given)),
            expires_at=command.expires_at,
        ),
    )


def revoke_service_key(command: RevokeServiceKey, known: Known) -> Iterable[Draft]:
    """Record that a service's key is void."""
    row = known.get(SERVICE_KEYS, command.key)
    if row is None:
        raise Rejected("unknown", f"there is no key {command.key[:40]!r}", remedy="name a key")
    if row.revoked:
        return
    yield Draft(
        id=under("revoked", join("service-key", command.key)),
        happened_at=known.now,
        subject=subject_of(row.account),
        body=ServiceKeyRevoked(key=command.key, reason=command.reason),
    )


def note_service_issued(fact: Fact[ServiceKeyIssued], rows: Rows) -> Iterable[Change]:
    """A key opens what its permissions allow."""
    one = fact.body
    row = ServiceKeyRow(
        one.key, one.account, one.digest, one.permissions, one.expires_at, revoked=False
    )
    yield Put(SERVICE_KEYS, row)


def note_service_revoked(fact: Fact[ServiceKeyRevoked], rows: Rows) -> Iterable[Change]:
    """A key opens nothing any more."""
    row = rows.get(SERVICE_KEYS, fact.body.key)
    if row is not None:
        yield Put(SERVICE_KEYS, msgspec.structs.replace(row, revoked=True))


ServiceKeyOf = Callable[[str], ServiceKeyRow | None]
"""Looks a service's key up by its name."""


def service_of(key: str, key_of: ServiceKeyOf, now: int) -> ServiceKeyRow | None:
    """Return the row of a service's key that is in force, or ``None``, which says not why."""
    parts = _SERVICE_KEY.fullmatch(key)
    row = None if parts is None else key_of(parts[1])
    kept = "0" * 64 if row is None else row.digest
    is_right = hmac.compare_digest(kept, digest_of("" if parts is None else parts[2]))
    in_force = row is not None and is_right and not row.revoked and row.expires_at > now
    return row if in_force else None
