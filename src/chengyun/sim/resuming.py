"""Brings a new world to where an earlier one was stopped: it lives the same minutes again.

A world follows from its seed and from what it was told, and all that stands on the log or among the
wishes. So a world that was killed is begun anew and told the same again, step by step; its moves
are dropped, for what came of them is on the log, and compared with it (``sim/deeds.py``).

The last step may be half on disk. It stays open: the lockstep makes it again, leaves out what came
before the last fact and sends what came at its very instant again, where ids make it nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, Protocol

import msgspec

from chengyun.engine import codec
from chengyun.facts.envelope import Header, Stored
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import DAY_US, Instant
from chengyun.kernel.limits import MAX_CATCH_UP_D
from chengyun.sim.deeds import Deeds
from chengyun.sim.world.protocol import STEP_US, Injected, Moves, Step, Told
from chengyun.sim.world.world import World

HEARD: Final = World.EARS
"""The kinds of facts that reach people in the world: what the platform tells them."""

Progress = Callable[[Instant, Instant], None]
"""Hears how far the world has come, and how far it has to go."""
Wishes = Callable[[Instant], list[Injected]]
"""Returns what somebody let happen in the step that ends at an instant."""


class Asked(Protocol):
    """A world, wherever it runs."""

    def ask(self, step: Step) -> Moves:
        """Let the world live on until ``step.until``."""
        ...


class Since(msgspec.Struct, frozen=True, kw_only=True):
    """Where a lockstep goes on."""

    at: Instant
    """The end of the last step that is whole for sure; there the world stands."""
    known_at: Instant
    """When the last fact on disk was recorded."""
    told: list[Told]
    """What the world has still to hear of that step."""
    heard: list[Told]
    """What the step after it recorded before it was cut off."""
    deeds: Deeds
    """What was done in it."""

    @property
    def is_open(self) -> bool:
        """Whether a step was begun after ``at``."""
        return self.known_at > self.at


class _Minute(msgspec.Struct):
    """What one step left on the log, and what an operator did right after it."""

    until: Instant
    told: list[Told] = msgspec.field(default_factory=list)
    deeds: Deeds = msgspec.field(default_factory=Deeds)


def caught_up(
    world: Asked,
    log: Iterable[Stored],
    *,
    start: Instant,
    end: Instant,
    wishes: Wishes = lambda until: [],
    progress: Progress = lambda at, end: None,
) -> Since:
    """Let ``world``, which stands at ``start``, live again what is on ``log``, up to ``end``.

    ``start`` is a whole minute, ``end`` the instant of the last fact. Raises ``Rejected``:
    ``too_far_back`` beyond ``MAX_CATCH_UP_D`` days, ``other_world`` where the log tells of another
    world, and what a world process raises.
    """
    if end - start > MAX_CATCH_UP_D * DAY_US:
        raise Rejected(
            "too_far_back",
            f"this city has lived {(end - start) // DAY_US} days; at most {MAX_CATCH_UP_D} "
            "are lived again to resume it",
            remedy="begin another one in a new folder; this store stays readable",
            params={"days": str((end - start) // DAY_US)},
        )
    minutes = _minutes(log, start)
    before, last = _Minute(start), next(minutes)
    for minute in minutes:
        if last.until > start:
            _live_again(world, last, before.told, wishes)
            progress(last.until, end)
        before, last = last, minute
    is_begun = last.until > start
    return Since(
        at=before.until if is_begun else start,
        known_at=max(end, start),
        told=before.told if is_begun else last.told,
        heard=last.told if is_begun else [],
        deeds=last.deeds,
    )


def told_of(stored: Stored, header: Header) -> Told:
    """Return a fact as the world hears of it."""
    return Told(
        seq=stored.seq,
        kind=header.kind,
        subject=header.subject,
        area=header.area,
        happened_at=header.happened_at,
        known_at=header.known_at,
        body=msgspec.json.decode(stored.body),
    )


def _live_again(world: Asked, minute: _Minute, told: list[Told], wishes: Wishes) -> None:
    step = Step(until=minute.until, told=told, inject=wishes(minute.until))
    minute.deeds.check(world.ask(step).commands, minute.until, whole=True)


def _minutes(log: Iterable[Stored], start: Instant) -> Iterator[_Minute]:
    """Yield every minute from ``start`` to the last fact, those without a fact too.

    A fact known at the end of a minute belongs to it: operators come in between two steps, when
    the clock stands there.
    """
    minute = _Minute(start)
    for stored in log:
        header = codec.header_of(stored)
        while header.known_at > minute.until:
            yield minute
            minute = _Minute(Instant(minute.until + STEP_US))
        minute.deeds.note(header)
        if header.kind in HEARD:
            minute.told.append(told_of(stored, header))
    yield minute
