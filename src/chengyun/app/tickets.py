"""Tickets: what is remembered between two steps of a sign-in; in memory, short, used up."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from typing import Generic, TypeVar

from chengyun.guard.sessions import token_digest
from chengyun.kernel.instants import SECOND_US, Instant
from chengyun.kernel.limits import MAX_TICKETS, TICKET_S

T = TypeVar("T")


class Tickets(Generic[T]):
    """What waits for a second step, by the digest of a random ticket."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, tuple[Instant, T]] = OrderedDict()

    def give(self, what: T, now: Instant) -> str:
        """Keep ``what`` for a while; return the ticket that brings it back."""
        ticket = secrets.token_urlsafe(32)
        self._held[token_digest(ticket)] = (now, what)
        if len(self._held) > MAX_TICKETS:
            self._held.popitem(last=False)
        return ticket

    def look(self, ticket: str, now: Instant) -> T | None:
        """Return what was kept under a ticket that is still good, or ``None``."""
        digest = token_digest(ticket[:100])
        given_at, what = self._held.get(digest, (Instant(0), None))
        if what is not None and now - given_at >= TICKET_S * SECOND_US:
            del self._held[digest]
            return None
        return what

    def take(self, ticket: str, now: Instant) -> T | None:
        """Return what was kept, and let the ticket bring it back no more."""
        what = self.look(ticket, now)
        self._held.pop(token_digest(ticket[:100]), None)
        return what
