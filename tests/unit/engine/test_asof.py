"""What was known at a moment, what had happened by a moment, and the rows out of the log."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from workbench import PARTITION, START, WORDS, Bench, Opened, TurnedClock, WordRow, note, sense

from chengyun.engine import codec, rebuild
from chengyun.engine.known import Known
from chengyun.engine.parts import ENGINE
from chengyun.engine.rows import Rows
from chengyun.engine.stage import Stage
from chengyun.engine.tables import Change, Drop, Put, Table
from chengyun.engine.timers import set_timer
from chengyun.facts.engine import TimerFired
from chengyun.facts.envelope import OPERATIONS, Draft, Fact
from chengyun.facts.sense import FeedResumed
from chengyun.facts.twin import AssetRegistered
from chengyun.kernel.instants import Instant

CLOSED = Table("test_closed", WordRow, key=("word",), indexes=(("times",),), resident=("times", 1))


def count_and_wait(fact: Fact[FeedResumed], rows: Rows) -> Iterable[Change]:
    """Rows that stay, rows that leave memory, rows that go, timers: all a view can do."""
    before = rows.get(CLOSED, fact.body.feed)
    times = 1 if before is None else before.times + 1
    yield Put(CLOSED, WordRow(fact.body.feed, times, fact.seq))
    yield set_timer("twin.check", fact.body.feed, fact.known_at + 5, fact)


def forget(fact: Fact[TimerFired], rows: Rows) -> Iterable[Change]:
    row = rows.get(CLOSED, fact.subject)
    if row is not None and row.times > 2:
        yield Drop(CLOSED, fact.subject)


def on_word(fact: Fact[FeedResumed], known: Known) -> Iterable[Draft]:
    if known.count(CLOSED, 0, 1) % 2:
        yield note(fact)


def on_note_fail(fact: Fact[AssetRegistered], known: Known) -> Iterable[Draft]:
    raise ValueError("a failed unit stands in the log as well")


TWIN = Stage(
    name="twin",
    listens={FeedResumed: (on_word,), AssetRegistered: (on_note_fail,)},
    follows={FeedResumed: (count_and_wait,), TimerFired: (forget,)},
    tables=(CLOSED,),
)
STAGES = (sense(), TWIN)
PARTS = (ENGINE, *STAGES)


def state(rows: Rows) -> dict[str, list[Any]]:
    """Return all resident rows, and those of one table that are not."""
    found = {table.name: list(rows.each(table)) for stage in PARTS for table in stage.tables}
    found["closed"] = [rows.get(CLOSED, name) for name in "abc"]
    return found


def live(city: Bench) -> dict[str, list[Any]]:
    return state(city.engine.rows)


def as_of(city: Bench, at: int) -> dict[str, list[Any]]:
    log = city.store.read(PARTITION, OPERATIONS, known_until=Instant(at))
    return state(rebuild.replay(PARTS, log))


RUNS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(-3, 9)), min_size=1, max_size=25)
RUN = itertools.count()
MANY = settings(
    max_examples=20,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink on a disk takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@MANY
@given(steps=RUNS)
def test_as_of_any_moment_is_what_the_engine_held_then(
    bench: Opened, steps: list[tuple[str, int]]
) -> None:
    """The clock also goes back; what is known never does."""
    clock = TurnedClock(START)
    city = bench(*STAGES, clock=clock, name=f"run-{next(RUN)}")
    seen = {0: live(city)}
    for number, (name, wait) in enumerate(steps):
        clock.at += wait
        city.fire(clock.at)
        city.say(name, at=Instant(clock.at), number=number)
        city.say(f"{name}{number}", of=name, at=Instant(clock.at))
        city.engine.commit()
        seen[city.engine.head.known_at] = live(city)
    for at, held in seen.items():
        assert as_of(city, at) == held
    assert as_of(city, 2**60) == live(city)
    known = [codec.read(one).known_at for one in city.store.read(PARTITION, OPERATIONS)]
    assert known == sorted(known)


def test_as_of_is_a_prefix_of_the_log(bench: Opened) -> None:
    city = bench()
    for step in range(5):
        city.to(START + 10 * step)
        city.say(f"w{step}", at=Instant(START - step))
    city.engine.commit()
    whole = list(city.store.read(PARTITION, OPERATIONS))
    for until in range(-5, 60, 5):
        part = list(city.store.read(PARTITION, OPERATIONS, known_until=Instant(START + until)))
        assert part == whole[: len(part)]
        assert len(part) == min(5, max(0, until // 10 + 1))


def test_what_had_happened_by_a_moment_counts_whenever_it_became_known(bench: Opened) -> None:
    city = bench()
    city.to(START + 100)
    city.say("early", at=Instant(START + 10))
    city.say("later", at=Instant(START + 50))
    city.to(START + 900)
    city.say("told-long-after", at=Instant(START + 20))
    city.engine.commit()
    log = list(city.store.read(PARTITION, OPERATIONS))
    rows = rebuild.replay((ENGINE, *city.stages), log, happened_until=Instant(START + 20))
    assert [row.word for row in rows.each(WORDS)] == ["early", "told-long-after"]


@MANY
@given(steps=RUNS, every=st.integers(1, 9))
def test_a_rebuild_through_a_store_gives_the_same_rows(
    steps: list[tuple[str, int]], every: int
) -> None:
    """Flushed now and then, what is not resident is found again where it was written."""
    log = [
        codec.write(_said(seq, name), OPERATIONS, bytes(32)).stored
        for seq, (name, _) in enumerate(steps, start=1)
    ]
    shelf: dict[tuple[Any, Any], Any] = {}

    def flush(rows: Rows) -> None:
        for table, changed in rows.take_dirty().items():
            for key, row in changed.items():
                shelf[table, key] = row

    whole = state(rebuild.replay(PARTS, log))
    before, rebuild.FLUSH_EVERY = rebuild.FLUSH_EVERY, every
    try:
        rows = rebuild.replay(PARTS, log, load=lambda t, k: shelf.get((t, k)), flush=flush)
    finally:
        rebuild.FLUSH_EVERY = before
    assert state(rows) == whole


def _said(seq: int, name: str) -> Fact[FeedResumed]:
    return Fact(
        partition=PARTITION,
        seq=seq,
        id=f"word:{seq}",
        kind="FeedResumed",
        schema=1,
        happened_at=START,
        known_at=START,
        subject=name,
        area="",
        actor="",
        caused_by="",
        policy_version="",
        body=FeedResumed(feed=name, silent_since_at=seq),
    )
