"""The one gate every command and every door passes.

Whoever comes from the machine itself (its owner, its timers, its feeds) is let through; an account
is let through by its grants. What an actor was refused stands on the audit chain.
"""

from __future__ import annotations

from collections.abc import Callable

from chengyun.engine.about import CITY, About
from chengyun.guard.deciding import Decider, is_account, refusal
from chengyun.kernel.errors import Bug, Forbidden
from chengyun.kernel.instants import Instant

NO_TIME = Instant(0)


class LocalGate:
    """Lets local actors through every door that declares what it needs."""

    def __init__(self, *, origin: str = "local") -> None:
        self._origin = origin

    def check(
        self, actor: str, door: str, needs: str, about: About = CITY, at: Instant = NO_TIME
    ) -> Instant | None:
        """Raise ``Forbidden`` for an actor from elsewhere or without a name."""
        if not needs:
            raise Bug(f"the door {door} does not say which permission it needs")
        if self._origin != "local" or not actor or is_account(actor):
            raise Forbidden(
                "forbidden",
                f"{actor or 'an actor without a name'} may not pass {door}",
                remedy=f"ask for the permission {needs}",
                params={"door": door, "needs": needs},
            )
        return None


class GrantGate(LocalGate):
    """Lets accounts through by their grants, and local actors as ``LocalGate`` does."""

    def __init__(self, deciding: Callable[[], Decider]) -> None:
        super().__init__()
        self._deciding = deciding

    def check(
        self, actor: str, door: str, needs: str, about: About = CITY, at: Instant = NO_TIME
    ) -> Instant | None:
        """Raise ``Forbidden`` saying why; return until when a second person must approve."""
        if not is_account(actor):
            return super().check(actor, door, needs, about, at)
        if not needs:
            raise Bug(f"the door {door} does not say which permission it needs")
        decider = self._deciding()
        verdict = decider.decide(actor, needs, about, "", at, command=door)
        if not verdict.allowed:
            raise refusal(verdict.why, needs)
        return decider.second_until(at) if verdict.two_persons else None
