"""What guards people and doors: erasure, the keys of feeds, and grants of roles."""

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


class GrantGiven(Body, frozen=True, kw_only=True):
    """An account holds a role in an area, for a unit and a purpose, for a time."""

    grant: str
    account: str
    role: str
    unit: str
    """The department with everything below it; empty is every one."""
    purpose: str
    """One purpose of the role alone; empty is each of them."""
    from_at: int
    until_at: int | None
    nature: str
    """``standing``, ``emergency`` or ``stand_in``."""
    ground: str


class GrantWithdrawn(Body, frozen=True, kw_only=True):
    """An account holds a grant no longer."""

    grant: str
    account: str
    reason: str


class GrantLapsed(Body, frozen=True, kw_only=True):
    """The time of a grant is over."""

    grant: str
    account: str


class DoorRefused(Body, frozen=True, kw_only=True):
    """Somebody did not pass a door of the interface; stands on the audit chain."""

    door: str
    needs: str
    code: str
