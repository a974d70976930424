"""How far an actor reaches: which doors he passes, and which rows behind them are his to see.

The answer is that of ``guard.deciding``, the same that the engine's gate asks; who sits at the
machine of a simulated city sees everything.
"""

from __future__ import annotations

from starlette.requests import Request

from chengyun.guard.deciding import EVERYTHING, Decider, Scope, is_account, refusal
from chengyun.guard.gate import LocalGate
from chengyun.guard.permissions import OWN
from chengyun.kernel.clock import Clock


class Reach:
    """Asks for accounts; without a ``decider`` none is let in."""

    def __init__(self, decider: Decider | None, clock: Clock) -> None:
        self._decider = decider
        self._clock = clock

    def check(self, actor: str, door: str, needs: str, *, is_local: bool, wide: bool) -> None:
        """Raise ``Forbidden`` for whoever may not pass a door.

        ``wide`` is a door that shows the whole city at once: a grant for a part of it does not do.
        """
        if self._decider is None or not is_account(actor):
            LocalGate(origin="local" if is_local else "elsewhere").check(actor, door, needs)
        elif needs != OWN and not self.scope(actor, needs).is_everything and wide:
            raise refusal("outside_area", needs)

    def scope(self, actor: str, needs: str) -> Scope:
        """Return what an actor sees now with a permission; ``Forbidden`` where that is nothing."""
        if self._decider is None or not is_account(actor):
            return EVERYTHING
        return self._decider.scope(actor, needs, "", self._clock.now())


def reach_of(request: Request) -> Reach:
    """Return how the application was wired to decide."""
    found: Reach = request.app.state.reach
    return found
