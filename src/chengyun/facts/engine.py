"""What happens to the platform itself: timers, policies, dead letters, refusals, erasure."""

from __future__ import annotations

from chengyun.facts.envelope import Body


class TimerFired(Body, frozen=True, kw_only=True):
    """A timer came due. ``happened_at`` is when it was due, also after downtime."""

    timer: str
    purpose: str
    due_at: int


class UnitFailed(Body, frozen=True, kw_only=True):
    """A handler failed on a fact and was set aside; everything else went on."""

    handler: str
    fact: str
    error: str
    code: str
    tries: int


class UnitRetried(Body, frozen=True, kw_only=True):
    """A unit that was set aside went through."""

    handler: str
    fact: str


class PolicyAdopted(Body, frozen=True, kw_only=True):
    """A version of the city pack is in force from ``effective_from`` on, in ``scope``."""

    version: str
    pack: str
    effective_from: int
    scope: str
    owner: str


class PolicyTookEffect(Body, frozen=True, kw_only=True):
    """A version of the city pack is in force from now on, in ``scope``."""

    version: str
    scope: str


class CommandRefused(Body, frozen=True, kw_only=True):
    """The gate did not let a command through; stands on the audit chain.

    ``code`` is why not; the area of the fact is where the target lies.
    """

    command: str
    needs: str
    code: str


class ApprovalAsked(Body, frozen=True, kw_only=True):
    """A command waits for a second person until ``lapses_at``; nothing of it is done yet."""

    command: str
    fields: str
    """The command as JSON; only commands that hold nothing personal can wait."""
    units: list[str]
    lapses_at: int
    common_unit: str = ""
    """Of several units the lowest to which all belong, empty for none: it is listed there."""


class ApprovalDecided(Body, frozen=True, kw_only=True):
    """A second person let a command be executed, which follows from this, or refused it."""

    command: str
    approved: bool
    reason: str


class ApprovalLapsed(Body, frozen=True, kw_only=True):
    """Nobody decided in time about a command that waited; it is never executed."""

    command: str


class FactArrived(Body, frozen=True, kw_only=True):
    """A fact addressed to this partition came in from another one."""

    source: str
    source_seq: int
    source_id: str
    source_hash: str
    kind: str
    content: str


class RequestAnswered(Body, frozen=True, kw_only=True):
    """A request with a key was answered: sent again within a day, it is answered the same."""

    request: str
    """Digest of who sent it and his key."""
    content: str
    """Digest of what he asked."""
    facts: list[str]
    slot: int
    """Its place in the ring of answers that are kept."""
