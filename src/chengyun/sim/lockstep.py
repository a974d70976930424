"""The platform's side of the lockstep: sends steps to the world, plays its moves.

One step is a virtual minute. The world hears what was recorded since the last step and answers with
what people, devices and crews send within this one; the engine takes it in order, timers first, and
commits. Nothing depends on how fast this goes or how often it is called: the same seed gives the
same facts at any speed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from chengyun.command.handlers import DecideResponse
from chengyun.dispatch.handlers import DecideRoute
from chengyun.engine import codec
from chengyun.engine.commands import Command
from chengyun.engine.engine import Engine
from chengyun.engine.ports import Group
from chengyun.facts.envelope import OPERATIONS
from chengyun.handle.handlers import FinishTask, ReportWork, ReturnCase, VerifyCase
from chengyun.handle.ratings import RateReport
from chengyun.kernel.clock import VirtualClock
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant
from chengyun.sense.handlers import ReceiveObservation, ReceiveReport
from chengyun.sim.resuming import HEARD, Asked, Since, told_of
from chengyun.sim.world.protocol import STEP_US, Injected, Move, Step, Told
from chengyun.sim.world_process import went_wrong
from chengyun.twin.handlers import ReportCrew

MAY_SEND: Final[dict[str, type[Command]]] = {
    command.__name__: command
    for command in (
        ReceiveReport,
        ReceiveObservation,
        ReportWork,
        FinishTask,
        ReturnCase,
        VerifyCase,
        RateReport,
        DecideRoute,
        DecideResponse,
        ReportCrew,
    )
}
"""What people, devices and crews may send; anything else from the world is rubbish."""


class Tally(msgspec.Struct):
    """What the world sent, and what the platform refused of it."""

    sent: Counter[str] = msgspec.field(default_factory=Counter)
    refused: Counter[str] = msgspec.field(default_factory=Counter)
    """By command and code, such as ``ReportWork:unknown_report``."""


class Lockstep:
    """Drives an engine and a world together on the virtual clock, a minute a step."""

    def __init__(
        self,
        engine: Engine,
        clock: VirtualClock,
        world: Asked,
        *,
        since: Since | None = None,
        published: Callable[[Group], None] = lambda group: None,
    ) -> None:
        """Begin where the clock stands, or go on where an earlier run was stopped.

        ``published`` gets every group once it is on disk.
        """
        self._engine = engine
        self._clock = clock
        self._world = world
        self._published = published
        self._since = since
        self._told: list[Told] = [] if since is None else since.told
        self._groups: list[Group] = []
        self._at = Instant(clock.now() // STEP_US * STEP_US) if since is None else since.at
        self.tally = Tally()

    @property
    def at(self) -> Instant:
        """The end of the last step."""
        return self._at

    def hear(self, group: Group) -> None:
        """Note what a commit recorded, for the world's next step.

        Whoever commits beside the lockstep, for an operator's command, hands the group in here.
        """
        for entry in group.entries:
            if entry.kind in HEARD and entry.stored.chain == OPERATIONS:
                self._told.append(told_of(entry.stored, codec.header_of(entry.stored)))

    def step(self, inject: Iterable[Injected] = ()) -> list[str]:
        """Go on by one step and put everything on disk; return why an injection was refused."""
        until = Instant(self._at + STEP_US)
        told, self._told = self._told, []
        moves = self._world.ask(Step(until=until, told=told, inject=list(inject)))
        before = self._at
        for move in self._still_to_play(moves.commands, until):
            if not before <= move.at <= until:
                raise went_wrong("world_rubbish", f"a move at {move.at} in the step to {until}")
            before = Instant(move.at)
            self._advance(before)
            self._play(move)
        self._advance(until)
        self._commit()
        self._engine.settle()
        groups, self._groups = self._groups, []
        for group in groups:
            self._published(group)
        self._at = until
        return moves.refused

    def run(self, until: Instant, progress: Callable[[Instant], None] = lambda at: None) -> None:
        """Make every step that ends by ``until``; calling it in pieces changes nothing."""
        while self._at + STEP_US <= until:
            self.step()
            progress(self._at)

    def _still_to_play(self, moves: list[Move], until: Instant) -> list[Move]:
        """Return the moves of a step, without those that are on disk from before it was cut off.

        What came at the very instant of the last fact is played again: it may be on disk or not,
        and ids make it nothing if it is.
        """
        since, self._since = self._since, None
        if since is None or not since.is_open:
            return moves
        since.deeds.check(moves, until, whole=False)
        self._told += since.heard
        return [move for move in moves if move.at >= since.known_at]

    def _advance(self, to: Instant) -> None:
        """Move the clock to ``to``, stopping at every timer on the way."""
        while (due := self._engine.next_due()) is not None and due <= to:
            self._clock.advance_to(max(due, self._clock.now()))
            self._engine.fire_next(to)
            self._commit_if_full()
        self._clock.advance_to(max(to, self._clock.now()))

    def _play(self, move: Move) -> None:
        kind = MAY_SEND.get(move.command)
        if kind is None:
            raise went_wrong("world_rubbish", f"nobody in the world may send {move.command!r}")
        try:
            command = msgspec.convert(move.fields, kind)
        except msgspec.ValidationError as wrong:
            raise went_wrong("world_rubbish", f"{move.command}: {wrong}") from wrong
        self.tally.sent[move.command] += 1
        refused = self._engine.execute(command, actor=move.actor).refused
        if refused is not None:
            code = refused.code if isinstance(refused, Rejected) else type(refused).__name__
            self.tally.refused[f"{move.command}:{code}"] += 1
        self._commit_if_full()

    def _commit_if_full(self) -> None:
        if self._engine.group_is_full:
            self._commit()

    def _commit(self) -> None:
        group = self._engine.commit()
        if group is not None:
            self.hear(group)
            self._groups.append(group)
