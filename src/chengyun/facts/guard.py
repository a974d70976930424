"""What guards people and doors: erasure, and the keys of feeds."""

from __future__ import annotations

from chengyun.facts.envelope import Body


class PersonErased(Body, frozen=True, kw_only=True):
    """The key of a person was destroyed; every seal under it is unreadable from now on."""

    person: str
    ground: str


class FeedKeyIssued(Body, frozen=True, kw_only=True):
    """A feed may send with a key; here stands its digest, the key itself nowhere."""

    key: str
    feed: str
    digest: str
    """SHA-256 of the secret, in hexadecimal: the secret is random and long, so that is enough."""
    expires_at: int


class FeedKeyRevoked(Body, frozen=True, kw_only=True):
    """A key opens nothing any more."""

    key: str
    reason: str
