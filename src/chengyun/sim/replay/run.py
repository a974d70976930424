"""Drives the engine through a recording on the virtual clock.

At one instant timers come first, then openings, then closings, each in the order of the rows.
The recorded handling plays the crew. A replay that was cut off goes on with ``resume``: events
are sent again from the last committed instant, and what is known already changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from chengyun.adapters.system.entropy import SeededEntropy
from chengyun.app import intake, platform
from chengyun.citypack.resolving import Resolved
from chengyun.engine.commands import Command
from chengyun.engine.engine import Engine
from chengyun.handle.handlers import ReportWork
from chengyun.kernel.clock import VirtualClock
from chengyun.kernel.errors import Rejected
from chengyun.kernel.ids import join
from chengyun.kernel.instants import Instant
from chengyun.sim.replay.recording import Closing, Event, Measured, Opening, Recording, Refusal

STORE = "store"
"""The folder of the store inside the folder of results."""

SHOW_EVERY = 256


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is replayed, and until when."""

    pack: Resolved
    partition: str
    feed: str
    rain_feed: str
    recording: Recording
    until: Instant
    seed: int


class Driver:
    """Moves the virtual clock from event to event and sends each through the engine."""

    def __init__(self, plan: Plan, engine: Engine, clock: VirtualClock) -> None:
        self._plan = plan
        self._engine = engine
        self._clock = clock
        self.sent = 0

    def run(self, progress: Callable[[int, Instant], None]) -> None:
        """Send every event that is not known yet, up to the end; commit group by group."""
        from_at = self._clock.now()
        for event in self._plan.recording.events:
            if event.at > self._plan.until:
                break
            if event.at >= from_at:
                self._advance(event.at)
                self._send(event)
            self.sent += 1
            if self.sent % SHOW_EVERY == 0:
                progress(self.sent, event.at)
        self._advance(self._plan.until)
        self._engine.commit()
        self._engine.settle()
        progress(self.sent, self._plan.until)

    def _advance(self, to: Instant) -> None:
        """Move the clock to ``to``, stopping at every timer on the way."""
        while (due := self._engine.next_due()) is not None and due <= to:
            self._clock.advance_to(max(due, self._clock.now()))
            self._engine.fire_next(to)
            self._commit_if_full()
        self._clock.advance_to(max(to, self._clock.now()))

    def _send(self, event: Event) -> None:
        command, actor = self._command(event)
        outcome = self._engine.execute(command, actor=actor)
        if outcome.refused is not None and not isinstance(event, Refusal):
            feed = self._plan.rain_feed if isinstance(event, Measured) else self._plan.feed
            refusal = intake.refusal_command(
                feed, event.file, event.row, event.at, outcome.refused, _raw(event)
            )
            self._keep(refusal)
        self._commit_if_full()

    def _keep(self, refusal: Command) -> None:
        kept = self._engine.execute(refusal, actor="feed:recording")
        if kept.refused is not None:
            raise kept.refused

    def _command(self, event: Event) -> tuple[Command, str]:
        plan = self._plan
        if isinstance(event, Opening):
            return (
                intake.report_command(plan.feed, event.file, event.row, event.report),
                f"feed:{plan.feed}",
            )
        if isinstance(event, Closing):
            outcome = event.outcome
            return (
                ReportWork(
                    report=join("report", plan.feed, event.report_id),
                    unit=outcome.unit,
                    outcome=outcome.outcome,
                    duplicate_of=outcome.duplicate_of,
                    text=outcome.text,
                    at=outcome.closed_at,
                ),
                "crew:recorded",
            )
        if isinstance(event, Measured):
            return intake.observation_command(plan.rain_feed, event.observation), "feed:rain"
        file = f"{event.file} (closing)" if event.of_closing else event.file
        return (
            intake.refusal_command(plan.feed, file, event.row, event.at, event.error, event.raw),
            "feed:recording",
        )

    def _commit_if_full(self) -> None:
        if self._engine.group_is_full:
            self._engine.commit()


def _raw(event: Opening | Closing | Measured) -> str:
    return msgspec.json.encode(event).decode()


def replay(
    plan: Plan, out: Path, *, resume: bool, progress: Callable[[int, Instant], None]
) -> None:
    """Run the whole plan into the store under ``out``."""
    folder = out / STORE
    if (folder / "chengyun.db").exists() and not resume:
        raise Rejected(
            "not_empty",
            "there is a store in this folder already",
            where=str(folder),
            remedy="go on with --resume, or give another --out",
            params={"folder": str(folder)},
        )
    clock = VirtualClock(plan.recording.first_at)
    entropy = SeededEntropy(plan.seed)
    with platform.opened(
        folder, partition=plan.partition, clock=clock, entropy=entropy, pipelined=True
    ) as opened:
        engine = opened.engine
        if engine.head.seq:
            clock.advance_to(max(clock.now(), engine.head.known_at))
            _check_same_pack(engine, plan)
        else:
            platform.adopt(
                engine,
                plan.pack.content,
                pack=plan.partition,
                effective_from=plan.recording.first_at,
            )
        Driver(plan, engine, clock).run(progress)


def _check_same_pack(engine: Engine, plan: Plan) -> None:
    version = engine.policies.version(at=engine.head.known_at)
    if version != plan.pack.version:
        raise Rejected(
            "other_pack",
            "this replay was begun under another version of the city pack",
            where=plan.partition,
            remedy="give the same pack, or begin anew with another --out",
            params={"begun": version[:16], "given": plan.pack.version[:16]},
        )
