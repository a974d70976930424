"""How far an actor reaches: which doors he passes, and which rows behind them are his to see.

The answer is that of ``guard.deciding``, the same that the engine's gate asks; who sits at the
machine of a simulated city sees everything.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from starlette.requests import Request

from chengyun.engine.commands import Command, Outcome
from chengyun.guard.deciding import EVERYTHING, Scope, is_account, refusal
from chengyun.guard.gate import LocalGate
from chengyun.guard.permissions import OWN
from chengyun.guard.refusals import NoteRefusal
from chengyun.kernel.clock import Clock
from chengyun.kernel.errors import Forbidden
from chengyun.kernel.instants import SECOND_US, Instant
from chengyun.kernel.limits import MAX_REFUSALS_KEPT, REFUSAL_NOTED_S

Submit = Callable[[Command, str], Awaitable[Outcome]]
ACTOR: Final = "system:doors"
"""Who notes what was refused."""


class Scopes(Protocol):
    """Tells where an account may: ``Decider``, or what reads the grants from a store."""

    def scope(self, actor: str, needs: str, purpose: str, at: Instant) -> Scope:
        """Return where, or raise ``Forbidden``."""
        ...

    def permissions(self, actor: str, at: Instant) -> frozenset[str]:
        """Return what an account may do, wherever that is."""
        ...


class Reach:
    """Asks for accounts what their grants let them do.

    ``submit`` takes what was refused to the audit chain, once a minute for the same door.
    """

    def __init__(self, decider: Scopes, clock: Clock, submit: Submit | None = None) -> None:
        self._decider = decider
        self._clock = clock
        self._submit = submit
        self._noted: OrderedDict[tuple[str, str, str], int] = OrderedDict()

    def check(self, actor: str, door: str, needs: str, *, is_local: bool, wide: bool) -> None:
        """Raise ``Forbidden`` for whoever may not pass a door.

        ``wide`` is a door that shows the whole city at once: a grant for a part of it does not do.
        """
        if not is_account(actor):
            LocalGate(origin="local" if is_local else "elsewhere").check(actor, door, needs)
        elif needs != OWN and not self.scope(actor, needs).is_everything and wide:
            raise refusal("outside_area", needs)

    async def note(self, actor: str, door: str, needs: str, refused: Forbidden) -> None:
        """Have it on the audit chain, before the answer, that an account was refused."""
        if self._submit is None or not is_account(actor):
            return
        key, now = (actor, door, refused.code), self._clock.now()
        if now - self._noted.get(key, -REFUSAL_NOTED_S * SECOND_US) < REFUSAL_NOTED_S * SECOND_US:
            return
        self._noted[key] = now
        self._noted.move_to_end(key)
        if len(self._noted) > MAX_REFUSALS_KEPT:
            self._noted.popitem(last=False)
        note = NoteRefusal(who=actor, door=door, needs=needs, code=refused.code)
        await self._submit(note, ACTOR)

    def scope(self, actor: str, needs: str, purpose: str = "") -> Scope:
        """Return what an actor sees now with a permission; ``Forbidden`` where that is nothing.

        ``purpose`` is what it is for, where a purpose is asked for.
        """
        if not is_account(actor):
            return EVERYTHING
        return self._decider.scope(actor, needs, purpose, self._clock.now())

    def permissions(self, account: str) -> frozenset[str]:
        """Return what an account may do now, wherever that is."""
        return self._decider.permissions(account, self._clock.now())


def reach_of(request: Request) -> Reach:
    """Return how the application was wired to decide."""
    found: Reach = request.app.state.reach
    return found
