"""A small engine to try things on: real store, virtual clock, stages made for the purpose.

The facts are registered kinds, borrowed for their shape: a ``FeedResumed`` is "a word was said"
(sense), an ``AssetRegistered`` is "it was noted" (twin), a ``CaseClosed`` is "it is done"
(handle), a ``ProposalDecided`` is "it was learned" (learn).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import msgspec

from chengyun.adapters.keys.keyring import Keyring, master_key
from chengyun.adapters.sql.store import SqlStore
from chengyun.adapters.system.entropy import SeededEntropy
from chengyun.engine import codec
from chengyun.engine.commands import Command, Outcome
from chengyun.engine.engine import Engine
from chengyun.engine.known import Known
from chengyun.engine.parts import ENGINE
from chengyun.engine.ports import Gate, Store
from chengyun.engine.rows import Rows
from chengyun.engine.stage import Stage
from chengyun.engine.tables import Change, Put, Table
from chengyun.facts.envelope import OPERATIONS, Draft, Fact
from chengyun.facts.handle import CaseClosed
from chengyun.facts.learn import ProposalDecided
from chengyun.facts.sense import FeedResumed
from chengyun.facts.twin import AssetRegistered
from chengyun.guard.gate import LocalGate
from chengyun.kernel.clock import Clock, VirtualClock
from chengyun.kernel.ids import join, under
from chengyun.kernel.instants import Instant

PARTITION = "city"
START = Instant(1_000_000)


# --- what can happen --------------------------------------------------------------------------


class Say(Command, frozen=True, kw_only=True):
    """Say some words, each a fact of its own."""

    NEEDS: ClassVar[str] = "word:say"
    words: tuple[str, ...]
    number: int = 0
    at: Instant | None = None
    secret: str = ""
    of: str = ""
    area: str = ""


def word(
    text: str, number: int = 0, *, at: Instant, secret: str = "", of: str = "", area: str = ""
) -> Draft:
    """Return the draft of "this word was said"."""
    return Draft(
        id=join("word", text),
        body=FeedResumed(feed=text, silent_since_at=number),
        happened_at=at,
        subject=join("speaker", of or text),
        area=area,
        sealed={"secret": secret} if secret else None,
        sealed_for=of,
    )


def say(command: Say, known: Known) -> Iterable[Draft]:
    at = known.now if command.at is None else command.at
    for text in command.words:
        yield word(
            text, command.number, at=at, secret=command.secret, of=command.of, area=command.area
        )


def note(fact: Fact[Any], tag: str = "noted") -> Draft:
    """Return the draft of twin's answer to a fact."""
    return Draft(
        id=under(tag, fact.id),
        body=AssetRegistered(code=fact.id, type=tag, name="", owner="", place=None, cell=""),
        happened_at=fact.happened_at,
        subject=fact.subject,
    )


def done(fact: Fact[Any], tag: str = "done") -> Draft:
    """Return the draft of handle's answer to a fact."""
    return Draft(
        id=under(tag, fact.id),
        body=CaseClosed(type=tag, incident=fact.id, unit=""),
        happened_at=fact.happened_at,
        subject=fact.subject,
    )


def learned(fact: Fact[Any], tag: str = "learned") -> Draft:
    """Return the draft of learn's answer to a fact."""
    return Draft(
        id=under(tag, fact.id),
        body=ProposalDecided(proposal=fact.id, accepted=True, reason=tag),
        happened_at=fact.happened_at,
        subject=fact.subject,
    )


# --- what is remembered -----------------------------------------------------------------------


class WordRow(msgspec.Struct, frozen=True):
    """A word, how often it was heard, and the fact it was heard in last."""

    word: str
    times: int
    seq: int


WORDS = Table("test_words", WordRow, key=("word",))


def count_word(fact: Fact[FeedResumed], rows: Rows) -> Iterable[Change]:
    before = rows.get(WORDS, fact.body.feed)
    yield Put(WORDS, WordRow(fact.body.feed, 1 + (before.times if before else 0), fact.seq))


def sense(**more: Any) -> Stage:
    """Return the stage that takes ``Say`` and counts words, with what is given on top."""
    given: dict[str, Any] = {
        "orders": {Say: say},
        "follows": {FeedResumed: (count_word,)},
        "tables": (WORDS,),
    }
    return Stage(name="sense", **(given | more))


# --- the bench --------------------------------------------------------------------------------


def lies_in(outer: str, inner: str) -> bool:
    """Areas are paths: ``city/bund`` lies in ``city``."""
    return inner == outer or inner.startswith(f"{outer}/")


class TurnedClock:
    """A clock that somebody turns, backward too, as people do with the machine's."""

    def __init__(self, at: int) -> None:
        self.at = at

    def now(self) -> Instant:
        return Instant(self.at)


class Bench:
    """An engine over a store in a folder, with everything a test wants to look at."""

    def __init__(
        self,
        folder: Path,
        *stages: Stage,
        partition: str = PARTITION,
        clock: Clock | None = None,
        gate: Gate | None = None,
        broken: Callable[[Store], Store] = lambda store: store,
    ) -> None:
        self.folder = folder
        self.stages = stages or (sense(),)
        self.clock = VirtualClock(START) if clock is None else clock
        self.store = SqlStore(
            folder, [table for stage in (ENGINE, *self.stages) for table in stage.tables]
        )
        entropy = SeededEntropy(7)
        self.keyring = Keyring(
            master_key(folder, entropy), self.store.person_keys(partition), entropy
        )
        self.engine = Engine(
            partition=partition,
            stages=self.stages,
            store=broken(self.store),
            clock=self.clock,
            gate=LocalGate() if gate is None else gate,
            sealer=self.keyring,
            ports={},
            within=lies_in,
        )

    def close(self) -> None:
        self.store.close()

    def do(self, command: Command, actor: str = "person:tester") -> Outcome:
        return self.engine.execute(command, actor=actor)

    def say(self, *words: str, **more: Any) -> Outcome:
        return self.do(Say(words=words, **more))

    def to(self, at: int) -> None:
        """Move the virtual clock."""
        assert isinstance(self.clock, VirtualClock)
        self.clock.advance_to(Instant(at))

    def fire(self, until: int) -> int:
        """Fire everything due by ``until`` without moving the clock; return how many."""
        fired = 0
        while self.engine.fire_next(Instant(until)):
            fired += 1
            assert fired < 1_000
        return fired

    def facts(self, chain: str = OPERATIONS) -> list[Fact[Any]]:
        """Return the committed facts of a chain."""
        return [codec.read(one) for one in self.store.read(self.engine.partition, chain)]

    def ids(self) -> list[str]:
        return [fact.id for fact in self.facts()]

    def kinds(self) -> list[str]:
        return [fact.kind for fact in self.facts()]

    def rows(self, table: Table[Any]) -> list[Any]:
        return list(self.engine.rows.each(table))


Opened = Callable[..., Bench]


def opener(folder: Path) -> Iterator[Opened]:
    """Yield a function that opens a bench (again), closing the one before."""
    benches: list[Bench] = []

    def opened(*stages: Stage, name: str = "store", **more: Any) -> Bench:
        while benches:
            benches.pop().close()
        bench = Bench(folder / name, *stages, **more)
        benches.append(bench)
        return bench

    yield opened
    while benches:
        benches.pop().close()
