"""The engine: order, refusals, failures, groups, time. What a stage may and may not do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import msgspec
import pytest
from workbench import (
    PARTITION,
    START,
    WORDS,
    Opened,
    Say,
    TurnedClock,
    WordRow,
    done,
    learned,
    note,
    sense,
    word,
)

from chengyun.engine.commands import Command
from chengyun.engine.deadletters import DEAD_LETTERS, DeadLetter, RetryUnit
from chengyun.engine.known import Known
from chengyun.engine.projector import Projector
from chengyun.engine.rows import Rows
from chengyun.engine.stage import Stage
from chengyun.engine.tables import Change, Put, Table
from chengyun.engine.timers import TIMERS, set_timer
from chengyun.facts.engine import CommandRefused, TimerFired
from chengyun.facts.envelope import AUDIT, Draft, Fact
from chengyun.facts.handle import CaseClosed, CaseReturned
from chengyun.facts.learn import ProposalDecided
from chengyun.facts.sense import FeedResumed
from chengyun.facts.twin import AssetRegistered
from chengyun.guard.gate import LocalGate
from chengyun.kernel.clock import VirtualClock
from chengyun.kernel.errors import Bug, Conflict, Forbidden, Rejected, Retryable, StoreFailed
from chengyun.kernel.ids import join, under
from chengyun.kernel.instants import Instant
from chengyun.kernel.limits import (
    MAX_BODY_BYTES,
    MAX_GROUP_COMMANDS,
    MAX_HOPS,
    MAX_RETRIES,
    MAX_UNITS_A_COMMAND,
)
from chengyun.sim.faults import Crash, CrashingStore, FullDiskStore

# --- a loop of three stages -------------------------------------------------------------------


def on_word_note(fact: Fact[FeedResumed], known: Known) -> Iterable[Draft]:
    yield note(fact)


def on_note_done(fact: Fact[AssetRegistered], known: Known) -> Iterable[Draft]:
    yield done(fact)


def on_word_done(fact: Fact[FeedResumed], known: Known) -> Iterable[Draft]:
    yield done(fact, "at-once")


TWIN = Stage(name="twin", listens={FeedResumed: (on_word_note,)})
HANDLE = Stage(
    name="handle", listens={AssetRegistered: (on_note_done,), FeedResumed: (on_word_done,)}
)


def test_a_fact_is_heard_along_the_loop_and_breadth_first(bench: Opened) -> None:
    city = bench(HANDLE, sense(), TWIN)  # the order of the wiring does not matter
    outcome = city.say("a", "b")
    city.engine.commit()
    assert outcome.facts == ("word:a", "word:b")
    assert city.ids() == [
        "word:a",
        "word:b",
        "noted:word:a",
        "at-once:word:a",
        "noted:word:b",
        "at-once:word:b",
        "done:noted:word:a",
        "done:noted:word:b",
    ]


def test_an_envelope_says_who_when_why_and_where(bench: Opened) -> None:
    city = bench(sense(), TWIN)
    city.to(START + 5)
    city.say("a", at=START, area="city/bund")
    city.engine.commit()
    first, second = city.facts()
    assert (first.partition, first.seq, first.kind) == (PARTITION, 1, "FeedResumed")
    assert (first.happened_at, first.known_at) == (START, START + 5)
    assert (first.actor, first.caused_by, first.area) == ("person:tester", "", "city/bund")
    assert (second.seq, second.actor, second.caused_by) == (2, "", "word:a")


def test_a_view_sees_a_fact_before_any_listener_does(bench: Opened) -> None:
    seen: list[int] = []

    def on_word_look(fact: Fact[FeedResumed], known: Known) -> Iterable[Draft]:
        row = known.get(WORDS, fact.body.feed)
        seen.append(0 if row is None else row.times)
        return ()

    bench(sense(), Stage(name="twin", listens={FeedResumed: (on_word_look,)})).say("a")
    assert seen == [1]


# --- the gate ---------------------------------------------------------------------------------


def test_what_the_gate_refuses_stands_on_the_audit_chain_alone(bench: Opened) -> None:
    city = bench()
    outcome = city.do(Say(words=("a",)), actor="")
    city.engine.commit()
    assert isinstance(outcome.refused, Forbidden)
    assert outcome.facts == ()
    assert city.facts() == []
    [refusal] = city.facts(AUDIT)
    assert refusal.body == CommandRefused(command="Say", needs="word:say", code="forbidden")
    assert (refusal.seq, refusal.happened_at) == (1, START)


class Look(Command, frozen=True, kw_only=True):
    NEEDS: ClassVar[str] = "word:look"
    CHAIN: ClassVar[str] = AUDIT
    name: str


def look(command: Look, known: Known) -> Iterable[Draft]:
    yield word(command.name, at=known.now)


def test_a_command_of_the_audit_chain_changes_no_row_and_is_heard_by_nobody(
    bench: Opened,
) -> None:
    city = bench(sense(orders={Look: look}), TWIN)
    city.engine.commit()
    outcome = city.do(Look(name="a"), actor="person:auditor")
    assert city.do(Look(name="a"), actor="person:auditor").facts == ()  # the same again is nothing
    city.engine.commit()
    assert outcome.facts == ("word:a",)
    assert city.facts() == []
    assert city.engine.rows.get(WORDS, "a") is None
    [fact] = city.facts(AUDIT)
    assert (fact.id, fact.actor, fact.seq) == ("word:a", "person:auditor", 1)


def test_the_audit_chain_goes_on_where_it_was_after_a_restart(bench: Opened) -> None:
    bench(gate=LocalGate(origin="afar")).say("a")
    city = bench(gate=LocalGate(origin="afar"))
    assert city.facts(AUDIT) == []  # never committed, so it never happened
    city.say("a")
    city.engine.commit()
    city = bench(gate=LocalGate(origin="afar"))
    city.say("b")
    city.engine.commit()
    assert [(one.seq, one.id) for one in city.facts(AUDIT)] == [
        (1, "refused:Say:1"),
        (2, "refused:Say:2"),
    ]


def test_a_door_without_a_permission_lets_nobody_through(bench: Opened) -> None:
    class Sneak(Command, frozen=True, kw_only=True):
        NEEDS: ClassVar[str] = ""

    def sneak(command: Sneak, known: Known) -> Iterable[Draft]:
        yield word("sneaked", at=known.now)

    city = bench(sense(orders={Sneak: sneak}))
    assert isinstance(city.do(Sneak()).refused, Bug)
    city.engine.commit()
    assert city.facts() == []


def test_a_command_nobody_takes_is_a_bug_and_the_engine_goes_on(bench: Opened) -> None:
    class Unheard(Command, frozen=True, kw_only=True):
        NEEDS: ClassVar[str] = "test:unheard"

    city = bench()
    assert isinstance(city.do(Unheard()).refused, Bug)
    assert city.say("a").refused is None


# --- commands that fail -----------------------------------------------------------------------


class Stumble(Command, frozen=True, kw_only=True):
    NEEDS: ClassVar[str] = "test:stumble"
    error: str


ERRORS: dict[str, Exception] = {
    "rejected": Rejected("too_bad", "no good"),
    "bug": ValueError("a mistake in the code"),
    "own bug": Bug("a broken promise"),
}


def stumble(command: Stumble, known: Known) -> Iterable[Draft]:
    yield word("first", at=known.now)
    raise ERRORS[command.error]


@pytest.mark.parametrize("error", ERRORS)
def test_a_command_that_fails_leaves_nothing_and_the_engine_goes_on(
    bench: Opened, error: str
) -> None:
    city = bench(sense(orders={Say: sense().orders[Say], Stumble: stumble}))
    outcome = city.do(Stumble(error=error))
    assert isinstance(outcome.refused, Rejected if error == "rejected" else Bug)
    assert city.rows(WORDS) == []
    assert city.say("after").refused is None
    city.engine.commit()
    assert city.ids() == ["word:after"]


def test_a_bug_in_a_command_names_the_command_and_keeps_its_cause(bench: Opened) -> None:
    city = bench(sense(orders={Stumble: stumble}))
    refused = city.do(Stumble(error="bug")).refused
    assert "Stumble" in str(refused)
    assert refused is not None
    assert refused.__cause__ is ERRORS["bug"]


def test_a_body_beyond_the_limit_is_refused_whole(bench: Opened) -> None:
    city = bench()
    assert isinstance(city.say("small", "x" * MAX_BODY_BYTES).refused, Bug)
    city.engine.commit()
    assert city.facts() == []


def test_a_number_no_database_holds_is_refused_with_its_command_alone(bench: Opened) -> None:
    def keep_number(fact: Fact[FeedResumed], rows: Rows) -> Iterable[Change]:
        yield Put(WORDS, WordRow(fact.body.feed, fact.body.silent_since_at, fact.seq))

    city = bench(sense(follows={FeedResumed: (keep_number,)}))
    refused = city.say("huge", number=2**70).refused
    city.say("after")
    city.engine.commit()
    assert refused is not None
    assert city.ids() == ["word:after"]


# --- the same id twice ------------------------------------------------------------------------


@pytest.mark.parametrize("committed", [True, False], ids=["committed", "in the group"])
def test_the_same_fact_again_is_nothing(bench: Opened, committed: bool) -> None:
    city = bench(sense(), TWIN)
    city.say("a", number=1, at=START)
    if committed:
        city.engine.commit()
        city = bench(sense(), TWIN)
    outcome = city.say("a", number=1, at=START)
    assert (outcome.facts, outcome.refused) == ((), None)
    city.engine.commit()
    assert city.ids() == ["word:a", "noted:word:a"]
    assert city.rows(WORDS) == [WordRow("a", 1, 1)]


@pytest.mark.parametrize("committed", [True, False], ids=["committed", "in the group"])
@pytest.mark.parametrize(
    "other", [{"number": 2, "at": START}, {"number": 1, "at": START + 1}], ids=["body", "time"]
)
def test_the_same_id_with_another_content_is_a_conflict(
    bench: Opened, committed: bool, other: dict[str, Any]
) -> None:
    city = bench()
    city.say("a", number=1, at=START)
    if committed:
        city.engine.commit()
        city = bench()
    outcome = city.say("new", "a", **other)
    assert isinstance(outcome.refused, Conflict)
    city.engine.commit()
    assert city.ids() == ["word:a"]


def test_one_command_cannot_say_two_things_under_one_id(bench: Opened) -> None:
    class Twice(Command, frozen=True, kw_only=True):
        NEEDS: ClassVar[str] = "test:twice"
        numbers: tuple[int, int]

    def twice(command: Twice, known: Known) -> Iterable[Draft]:
        for number in command.numbers:
            yield word("a", number, at=START)

    city = bench(sense(orders={Twice: twice}))
    assert isinstance(city.do(Twice(numbers=(1, 2))).refused, Conflict)
    assert city.do(Twice(numbers=(1, 1))).facts == ("word:a",)


def test_a_listener_that_sees_a_fact_again_changes_nothing(bench: Opened) -> None:
    def on_note_note_again(fact: Fact[AssetRegistered], known: Known) -> Iterable[Draft]:
        yield note(fact, "echo") if fact.body.type == "noted" else _echo(fact)

    def _echo(fact: Fact[Any]) -> Draft:
        return Draft(id=fact.id, body=fact.body, happened_at=fact.happened_at, subject=fact.subject)

    twin = Stage(
        name="twin",
        listens={FeedResumed: (on_word_note,), AssetRegistered: (on_note_note_again,)},
    )
    city = bench(sense(), twin)
    city.say("a")
    city.engine.commit()
    assert city.ids() == ["word:a", "noted:word:a", "echo:noted:word:a"]
    assert city.rows(DEAD_LETTERS) == []


# --- units that fail --------------------------------------------------------------------------


class Weather:
    """Whether a handler works today."""

    def __init__(self) -> None:
        self.error: Exception | None = ValueError("broken today")
        self.tries = 0

    def strike(self) -> None:
        self.tries += 1
        if self.error is not None:
            raise self.error


def stages_with(weather: Weather) -> tuple[Stage, ...]:
    """Twin notes and then fails; handle and learn hear the word beside it."""

    def on_word_fail(fact: Fact[FeedResumed], known: Known) -> Iterable[Draft]:
        yield note(fact)
        weather.strike()

    def on_word_learn(fact: Fact[FeedResumed], known: Known) -> Iterable[Draft]:
        yield learned(fact)

    return (
        sense(),
        Stage(name="twin", listens={FeedResumed: (on_word_fail,)}),
        HANDLE,
        Stage(name="learn", listens={FeedResumed: (on_word_learn,)}),
    )


def test_a_failing_listener_is_set_aside_and_everything_else_goes_on(bench: Opened) -> None:
    weather = Weather()
    city = bench(*stages_with(weather))
    outcome = city.say("a")
    city.engine.commit()
    assert outcome.facts == ("word:a",)
    assert city.ids() == [
        "word:a",
        "failed:twin.on_word_fail:1:1",
        "at-once:word:a",
        "learned:word:a",
    ]
    letter = DeadLetter("twin.on_word_fail", "word:a", "broken today", "ValueError", START)
    assert city.rows(DEAD_LETTERS) == [letter]
    assert weather.tries == 1


def test_a_unit_tried_again_does_what_it_had_not_done(bench: Opened) -> None:
    weather = Weather()
    city = bench(*stages_with(weather))
    city.say("a")
    city.engine.commit()
    weather.error = None
    outcome = city.do(RetryUnit(handler="twin.on_word_fail", fact="word:a"))
    city.engine.commit()
    assert outcome.refused is None
    assert city.kinds()[-3:] == ["UnitRetried", "AssetRegistered", "CaseClosed"]
    assert city.ids()[-1] == "done:noted:word:a"
    assert city.rows(DEAD_LETTERS) == []
    again = city.do(RetryUnit(handler="twin.on_word_fail", fact="word:a"))
    assert isinstance(again.refused, Rejected)


def test_a_unit_that_fails_again_stays_set_aside(bench: Opened) -> None:
    weather = Weather()
    city = bench(*stages_with(weather))
    city.say("a")
    city.engine.commit()
    weather.error = ValueError("broken otherwise")
    outcome = city.do(RetryUnit(handler="twin.on_word_fail", fact="word:a"))
    city.engine.commit()
    assert outcome.facts == ()
    assert [letter.error for letter in city.rows(DEAD_LETTERS)] == ["broken otherwise"]
    assert city.kinds().count("UnitFailed") == 2
    assert "AssetRegistered" not in city.kinds()


def test_only_what_was_set_aside_is_tried_again(bench: Opened) -> None:
    city = bench(*stages_with(Weather()))
    city.say("a")
    city.engine.commit()
    refused = city.do(RetryUnit(handler="handle.on_word_done", fact="word:a")).refused
    assert isinstance(refused, Rejected)
    assert refused.code == "unknown"


def test_surroundings_that_fail_are_tried_again_a_few_times(bench: Opened) -> None:
    weather = Weather()
    weather.error = Retryable("the map server is away")
    city = bench(*stages_with(weather))
    city.say("a")
    city.engine.commit()
    assert weather.tries == MAX_RETRIES
    [failed] = [fact.body for fact in city.facts() if fact.kind == "UnitFailed"]
    assert (failed.code, failed.tries) == ("Retryable", MAX_RETRIES)


def test_surroundings_that_come_back_in_time_leave_no_trace(bench: Opened) -> None:
    class Fickle(Weather):
        def strike(self) -> None:
            self.tries += 1
            if self.tries < MAX_RETRIES:
                raise Retryable("not yet")

    weather = Fickle()
    city = bench(*stages_with(weather))
    city.say("a")
    city.engine.commit()
    assert weather.tries == MAX_RETRIES
    assert city.rows(DEAD_LETTERS) == []
    assert city.ids().count("noted:word:a") == 1


def failing_follower(weather: Weather) -> Stage:
    def count_half(fact: Fact[FeedResumed], rows: Rows) -> Iterable[Change]:
        yield Put(NOTES, NoteRow(fact.body.feed, fact.seq))
        weather.strike()

    return Stage(
        name="twin",
        follows={FeedResumed: (count_half,)},
        listens={FeedResumed: (on_word_note,)},
        tables=(NOTES,),
    )


class NoteRow(msgspec.Struct, frozen=True):
    word: str
    seq: int


NOTES = Table("test_notes", NoteRow, key=("word",))
LATE = Table("test_late", NoteRow, key=("word",))


def test_a_failing_view_is_set_aside_with_its_rows_as_they_were(bench: Opened) -> None:
    weather = Weather()
    city = bench(sense(), failing_follower(weather), HANDLE)
    city.say("a")
    city.engine.commit()
    assert city.rows(NOTES) == []
    assert city.rows(WORDS) == [WordRow("a", 1, 1)]
    assert [letter.handler for letter in city.rows(DEAD_LETTERS)] == ["twin.count_half"]
    assert city.ids() == [
        "word:a",
        "failed:twin.count_half:1:1",
        "noted:word:a",
        "at-once:word:a",
        "done:noted:word:a",
    ]
    weather.error = None
    city.do(RetryUnit(handler="twin.count_half", fact="word:a"))
    city.engine.commit()
    city = bench(sense(), failing_follower(weather), HANDLE)
    assert city.rows(NOTES) == [NoteRow("a", 1)]
    assert city.rows(DEAD_LETTERS) == []


def test_the_views_after_one_that_fails_are_applied_all_the_same(bench: Opened) -> None:
    def count_late(fact: Fact[FeedResumed], rows: Rows) -> Iterable[Change]:
        yield Put(LATE, NoteRow(fact.body.feed, fact.seq))

    late = Stage(name="handle", follows={FeedResumed: (count_late,)}, tables=(LATE,))
    city = bench(sense(), failing_follower(Weather()), late)
    city.say("a")
    assert city.rows(LATE) == [NoteRow("a", 1)]


def test_a_bug_in_every_stage_after_sense_never_loses_a_report(bench: Opened) -> None:
    def broken(fact: Fact[Any], rows_or_known: Any) -> Iterable[Any]:
        raise RuntimeError("all is broken")

    stages = [
        Stage(name=name, listens={FeedResumed: (broken,)}, follows={FeedResumed: (broken,)})
        for name in ("twin", "vitals", "warn", "assess", "command", "dispatch", "handle", "learn")
    ]
    city = bench(sense(), *stages)
    for number in range(20):
        assert city.say(f"report{number}").refused is None
    city.engine.commit()
    city = bench(sense(), *stages)
    assert [one.word for one in city.rows(WORDS)] == sorted(f"report{n}" for n in range(20))
    assert city.kinds().count("FeedResumed") == 20
    assert city.kinds().count("UnitFailed") == 20 * 2 * 8


def test_a_seal_that_cannot_be_made_sets_aside_its_unit_alone(bench: Opened) -> None:
    def on_word_seal(fact: Fact[FeedResumed], known: Known) -> Iterable[Draft]:
        yield note(fact)
        yield msgspec.structs.replace(note(fact, "sealed"), sealed={"name": "x"}, sealed_for="")

    twin = Stage(name="twin", listens={FeedResumed: (on_word_seal,)})
    city = bench(sense(), twin, HANDLE)
    assert city.say("a").refused is None
    city.engine.commit()
    assert city.kinds() == ["FeedResumed", "UnitFailed", "CaseClosed"]


# --- what a stage may not do ------------------------------------------------------------------


def test_a_stage_emits_facts_of_its_own_only(bench: Opened) -> None:
    def on_word_close(fact: Fact[FeedResumed], known: Known) -> Iterable[Draft]:
        yield done(fact)

    city = bench(sense(), Stage(name="twin", listens={FeedResumed: (on_word_close,)}))
    city.say("a")
    city.engine.commit()
    assert city.kinds() == ["FeedResumed", "UnitFailed"]
    assert "belongs to handle" in city.rows(DEAD_LETTERS)[0].error


def test_a_command_emits_facts_of_its_stage_only(bench: Opened) -> None:
    class Close(Command, frozen=True, kw_only=True):
        NEEDS: ClassVar[str] = "test:close"

    def close(command: Close, known: Known) -> Iterable[Draft]:
        yield word("a", at=START)
        yield Draft(
            id="closed",
            body=CaseClosed(type="", incident="", unit=""),
            happened_at=START,
            subject="x",
        )

    city = bench(sense(orders={Close: close}))
    assert isinstance(city.do(Close()).refused, Bug)
    city.engine.commit()
    assert city.facts() == []


def test_a_view_writes_tables_of_its_own_stage_only(bench: Opened) -> None:
    def meddle(fact: Fact[FeedResumed], rows: Rows) -> Iterable[Change]:
        yield Put(NOTES, NoteRow("own", 1))
        yield Put(WORDS, WordRow("a", 99, 99))

    city = bench(sense(), Stage(name="twin", follows={FeedResumed: (meddle,)}, tables=(NOTES,)))
    city.say("a")
    city.engine.commit()
    assert city.rows(WORDS) == [WordRow("a", 1, 1)]
    assert city.rows(NOTES) == []
    assert "not its own" in city.rows(DEAD_LETTERS)[0].error


def test_a_table_belongs_to_one_stage() -> None:
    with pytest.raises(Bug, match="two stages"):
        Projector((sense(), Stage(name="twin", tables=(WORDS,))), Rows((WORDS,), lambda *_: None))


def test_a_subject_goes_back_so_many_times_and_no_more(bench: Opened) -> None:
    class GiveBack(Command, frozen=True, kw_only=True):
        NEEDS: ClassVar[str] = "test:give_back"
        time: int

    def give_back(command: GiveBack, known: Known) -> Iterable[Draft]:
        yield Draft(
            id=join("returned", command.time),
            body=CaseReturned(type="", unit="", reason=""),
            happened_at=START,
            subject="case:1",
        )

    heard: list[str] = []

    def on_case_returned(fact: Fact[CaseReturned], known: Known) -> Iterable[Draft]:
        heard.append(fact.id)
        return ()

    city = bench(
        Stage(name="dispatch", listens={CaseReturned: (on_case_returned,)}),
        Stage(name="handle", orders={GiveBack: give_back}),
    )
    for time in range(5):
        city.do(GiveBack(time=time))
        city.engine.commit()
        city = bench(*city.stages)  # the count survives a restart
    assert heard == ["returned:0", "returned:1", "returned:2"]
    assert [letter.code for letter in city.rows(DEAD_LETTERS)] == ["too_many_returns"] * 2


# --- a cascade that does not end --------------------------------------------------------------


HANDLE_WORDS = Stage(name="handle", listens={FeedResumed: (on_word_done,)})


def endless() -> tuple[Stage, ...]:
    def on_any_note(fact: Fact[Any], known: Known) -> Iterable[Draft]:
        yield note(fact, "n")

    return sense(), Stage(
        name="twin", listens={FeedResumed: (on_any_note,), AssetRegistered: (on_any_note,)}
    )


def test_a_cascade_that_goes_on_and_on_is_cut_and_set_aside(bench: Opened) -> None:
    city = bench(*endless(), HANDLE_WORDS)
    assert city.say("a").refused is None
    [letter] = city.rows(DEAD_LETTERS)
    assert letter.error == "twin.on_any_note: the cascade does not end"
    city.say("b")
    city.engine.commit()
    assert {"word:a", "word:b", "at-once:word:a", "at-once:word:b"} <= set(city.ids())
    assert city.kinds().count("AssetRegistered") == 2 * (MAX_HOPS + 1)


def test_a_cascade_that_spreads_too_far_is_cut_and_set_aside(bench: Opened) -> None:
    heard: list[str] = []

    def ear(number: int) -> Any:
        def on_word_hear(fact: Fact[FeedResumed], known: Known) -> Iterable[Draft]:
            heard.append(fact.id)
            return ()

        on_word_hear.__name__ = f"on_word_hear_{number}"
        return on_word_hear

    ears = 200
    words = [f"w{number:03}" for number in range(MAX_UNITS_A_COMMAND // ears + 1)]
    city = bench(sense(), Stage(name="twin", listens={FeedResumed: tuple(map(ear, range(ears)))}))
    assert len(city.say(*words).facts) == len(words)
    assert len(heard) == MAX_UNITS_A_COMMAND
    assert len(city.rows(DEAD_LETTERS)) == ears
    assert {letter.fact for letter in city.rows(DEAD_LETTERS)} == {f"word:{words[-1]}"}


def test_half_a_cascade_never_reaches_the_disk(bench: Opened) -> None:
    """Where the engine itself breaks down in the middle, it must not commit what it has."""

    def interrupted(fact: Fact[Any], known: Known) -> Iterable[Draft]:
        raise KeyboardInterrupt

    city = bench(sense(), TWIN, Stage(name="handle", listens={AssetRegistered: (interrupted,)}))
    with pytest.raises(KeyboardInterrupt):
        city.say("a")
    with pytest.raises(StoreFailed):
        city.engine.commit()
    assert city.facts() == []


# --- groups and commits -----------------------------------------------------------------------


def test_a_group_is_full_at_its_limit_and_empty_after_a_commit(bench: Opened) -> None:
    city = bench()
    for number in range(MAX_GROUP_COMMANDS):
        assert not city.engine.group_is_full
        city.say(f"w{number}")
    assert city.engine.group_is_full
    city.engine.commit()
    assert not city.engine.group_is_full
    assert len(city.facts()) == MAX_GROUP_COMMANDS


def test_a_group_of_nothing_but_refusals_ends_with_its_commit_too(bench: Opened) -> None:
    city = bench(sense(orders={Stumble: stumble}))
    for _ in range(MAX_GROUP_COMMANDS):
        city.do(Stumble(error="rejected"))
    assert city.engine.group_is_full
    city.engine.commit()
    assert not city.engine.group_is_full


def test_nothing_is_on_disk_before_the_commit_and_everything_after(bench: Opened) -> None:
    city = bench(sense(), TWIN)
    city.say("a")
    assert city.facts() == []
    city.engine.commit()
    city.engine.settle()
    assert city.ids() == ["word:a", "noted:word:a"]


def test_the_chain_does_not_tell_how_commits_were_grouped(bench: Opened) -> None:
    heads = set()
    for at_once in (1, 3, 100):
        city = bench(sense(), TWIN, HANDLE, name=f"by-{at_once}")
        for number in range(10):
            city.say(f"w{number}", number=number)
            if number % at_once == 0:
                city.engine.commit()
        city.engine.commit()
        heads.add(city.store.heads(PARTITION)["operations"])
    assert len(heads) == 1


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (lambda store: FullDiskStore(store, commits=1), StoreFailed),
        (lambda store: CrashingStore(store, at_commit=2, when="before"), Crash),
        (lambda store: CrashingStore(store, at_commit=2, when="after"), Crash),
    ],
    ids=["full", "before", "after"],
)
def test_an_engine_whose_commit_failed_takes_nothing_more(
    bench: Opened, fault: Any, error: type[BaseException]
) -> None:
    def set_alarm(fact: Fact[FeedResumed], rows: Rows) -> Iterable[Change]:
        yield set_timer("sense.alarm", fact.body.feed, START, fact)

    city = bench(sense(follows={FeedResumed: (set_alarm,)}), broken=fault)
    city.say("a")
    city.engine.commit()
    city.say("b")
    with pytest.raises(error):
        city.engine.commit()
    for call in (
        lambda: city.say("c"),
        city.engine.commit,
        city.engine.settle,
        lambda: city.engine.fire_next(START),
    ):
        with pytest.raises(StoreFailed):
            call()
    assert bench().ids()[0] == "word:a"


def test_after_a_failed_commit_a_restart_goes_on_from_disk(bench: Opened) -> None:
    city = bench(broken=lambda store: FullDiskStore(store, commits=1))
    city.say("a")
    city.engine.commit()
    city.say("b")
    with pytest.raises(StoreFailed):
        city.engine.commit()
    city = bench()
    assert city.rows(WORDS) == [WordRow("a", 1, 1)]
    city.say("b")
    city.engine.commit()
    assert city.ids() == ["word:a", "word:b"]


# --- time -------------------------------------------------------------------------------------


def test_known_at_never_decreases_even_when_the_clock_goes_back(bench: Opened) -> None:
    clock = TurnedClock(1_000)
    city = bench(clock=clock)
    for number, at in enumerate((1_000, 5_000, 2_000, 3_000, 6_000)):
        clock.at = at
        city.say(f"w{number}", at=Instant(at))
    city.engine.commit()
    assert [fact.known_at for fact in city.facts()] == [1_000, 5_000, 5_000, 5_000, 6_000]
    assert [fact.happened_at for fact in city.facts()] == [1_000, 5_000, 2_000, 3_000, 6_000]


def test_known_at_never_decreases_over_a_restart(bench: Opened) -> None:
    city = bench(clock=TurnedClock(9_000))
    city.say("a")
    city.engine.commit()
    city = bench(clock=TurnedClock(10))
    city.say("b")
    city.engine.commit()
    assert [fact.known_at for fact in city.facts()] == [9_000, 9_000]


def test_the_audit_chain_s_time_never_decreases_either(bench: Opened) -> None:
    clock = TurnedClock(9_000)
    city = bench(clock=clock, gate=LocalGate(origin="afar"))
    city.say("a")
    clock.at = 10
    city.say("a")
    city.engine.commit()
    assert [fact.known_at for fact in city.facts(AUDIT)] == [9_000, 9_000]


def test_a_handler_knows_one_instant_for_the_whole_cascade(bench: Opened) -> None:
    class Running(VirtualClock):
        def now(self) -> Instant:
            self.advance_to(Instant(super().now() + 1))
            return super().now()

    seen: list[int] = []

    def on_word_look(fact: Fact[Any], known: Known) -> Iterable[Draft]:
        seen.append(known.now - fact.known_at)
        yield note(fact)

    city = bench(
        sense(),
        Stage(name="twin", listens={FeedResumed: (on_word_look,)}),
        HANDLE,
        clock=Running(START),
    )
    city.say("a")
    city.engine.commit()
    assert seen == [0]
    assert len({fact.known_at for fact in city.facts()}) == 1


# --- what the engine counts on ----------------------------------------------------------------


def test_a_timer_set_in_a_failing_view_is_not_set(bench: Opened) -> None:
    def set_and_fail(fact: Fact[FeedResumed], rows: Rows) -> Iterable[Change]:
        yield set_timer("sense.alarm", fact.body.feed, START + 5, fact)
        raise ValueError("half way")

    city = bench(sense(follows={FeedResumed: (set_and_fail,)}))
    city.say("a")
    assert city.rows(TIMERS) == []
    assert city.engine.next_due() is None


def test_only_the_stage_that_set_a_timer_hears_it(bench: Opened) -> None:
    heard: list[str] = []

    def set_it(fact: Fact[FeedResumed], rows: Rows) -> Iterable[Change]:
        yield set_timer("sense.alarm", fact.body.feed, START + 5, fact)

    def on_sense_timer(fact: Fact[TimerFired], known: Known) -> Iterable[Draft]:
        heard.append("sense")
        return ()

    def on_twin_timer(fact: Fact[TimerFired], known: Known) -> Iterable[Draft]:
        heard.append("twin")
        return ()

    city = bench(
        sense(follows={FeedResumed: (set_it,)}, listens={TimerFired: (on_sense_timer,)}),
        Stage(name="twin", listens={TimerFired: (on_twin_timer,)}),
    )
    city.say("a")
    city.to(START + 5)
    city.fire(START + 5)
    assert heard == ["sense"]


def test_learning_hears_what_was_decided_of_its_own(bench: Opened) -> None:
    def on_word_learn(fact: Fact[FeedResumed], known: Known) -> Iterable[Draft]:
        yield learned(fact)

    def on_learned_again(fact: Fact[ProposalDecided], known: Known) -> Iterable[Draft]:
        if fact.body.reason == "learned":
            yield learned(fact, "twice")

    learn = Stage(
        name="learn",
        listens={FeedResumed: (on_word_learn,), ProposalDecided: (on_learned_again,)},
    )
    city = bench(sense(), learn)
    city.say("a")
    city.engine.commit()
    assert city.ids() == ["word:a", "learned:word:a", under("twice", "learned:word:a")]
