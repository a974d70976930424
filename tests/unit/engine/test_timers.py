"""Timers: order, moving and stopping, downtime, and what the fact of a fired timer says."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workbench import START, Opened, note, sense

from chengyun.engine.known import Known
from chengyun.engine.rows import Rows
from chengyun.engine.stage import Stage
from chengyun.engine.tables import Change
from chengyun.engine.timers import TIMERS, Alarm, TimerRow, set_timer, stop_timer
from chengyun.facts.engine import TimerFired
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.sense import FeedResumed
from chengyun.kernel.instants import Instant

ALARM = "sense.alarm"
STOP = -1


def set_alarm(fact: Fact[FeedResumed], rows: Rows) -> Iterable[Change]:
    """The word's subject is the timer's, its number is when it is due."""
    subject = fact.subject.removeprefix("speaker:")
    if fact.body.silent_since_at == STOP:
        yield stop_timer(ALARM, subject)
    else:
        yield set_timer(ALARM, subject, fact.body.silent_since_at, fact, area=fact.area)


CLOCKED = sense(follows={FeedResumed: (set_alarm,)}, tables=())


def fired(facts: list[Fact[TimerFired]]) -> list[str]:
    return [fact.subject for fact in facts if fact.kind == "TimerFired"]


def test_timers_fire_by_due_time_and_then_by_id(bench: Opened) -> None:
    city = bench(CLOCKED)
    for name, due in (("b", 20), ("c", 10), ("a", 20), ("d", 10)):
        city.say(name, number=START + due)
    assert city.engine.next_due() == START + 10
    city.to(START + 30)
    assert city.fire(START + 30) == 4
    city.engine.commit()
    assert fired(city.facts()) == ["c", "d", "a", "b"]
    assert city.engine.next_due() is None


def test_a_timer_waits_until_it_is_due(bench: Opened) -> None:
    city = bench(CLOCKED)
    city.say("a", number=START + 10)
    assert not city.engine.fire_next(Instant(START + 9))
    assert city.engine.fire_next(Instant(START + 10))
    assert not city.engine.fire_next(Instant(START + 99))


@pytest.mark.parametrize("moved_to", [5, 15], ids=["earlier", "later"])
def test_a_timer_set_again_moves(bench: Opened, moved_to: int) -> None:
    city = bench(CLOCKED)
    city.say("a", number=START + 10)
    city.say("again", of="a", number=START + moved_to)
    assert city.engine.next_due() == START + moved_to
    city.to(START + 20)
    assert city.fire(START + 20) == 1
    city.engine.commit()
    assert city.facts()[-1].body.due_at == START + moved_to


def test_a_stopped_timer_does_not_fire_and_can_be_set_again(bench: Opened) -> None:
    city = bench(CLOCKED)
    city.say("a", number=START + 10)
    city.say("stop", of="a", number=STOP)
    assert city.engine.next_due() is None
    assert city.fire(START + 99) == 0
    city.say("again", of="a", number=START + 10)
    assert city.fire(START + 99) == 1


def test_the_fact_of_a_timer_says_when_it_was_due_and_who_set_it(bench: Opened) -> None:
    city = bench(CLOCKED)
    city.say("a", number=START + 10, area="city/bund")
    city.to(START + 10)
    city.fire(START + 10)
    city.engine.commit()
    fact = city.facts()[-1]
    assert fact.id == f"timer:{ALARM}:a:{START + 10}"
    assert fact.body == TimerFired(timer=f"{ALARM}:a", purpose=ALARM, due_at=START + 10)
    assert (fact.subject, fact.area) == ("a", "city/bund")
    assert (fact.actor, fact.caused_by) == ("system:timer", "word:a")


def test_after_downtime_timers_fire_as_planned_and_are_known_now(bench: Opened) -> None:
    city = bench(CLOCKED)
    for name, due in (("late", 20), ("early", 10), ("future", 5_000)):
        city.say(name, number=START + due)
    city.engine.commit()
    city = bench(CLOCKED)
    city.to(START + 1_000)
    assert city.fire(START + 1_000) == 2
    city.engine.commit()
    early, late = city.facts()[-2:]
    assert [early.subject, late.subject] == ["early", "late"]
    assert [early.happened_at, late.happened_at] == [START + 10, START + 20]
    assert [early.known_at, late.known_at] == [START + 1_000] * 2
    assert early.id == f"timer:{ALARM}:early:{START + 10}"
    assert bench(CLOCKED).engine.next_due() == START + 5_000


def test_a_timer_that_fired_is_forgotten_for_good(bench: Opened) -> None:
    city = bench(CLOCKED)
    city.say("a", number=START + 10)
    city.fire(START + 10)
    city.engine.commit()
    city = bench(CLOCKED)
    assert city.rows(TIMERS) == []
    assert city.fire(START + 99) == 0


def test_a_timer_whose_commit_was_lost_fires_again_the_same(bench: Opened) -> None:
    city = bench(CLOCKED)
    city.say("a", number=START + 10)
    city.engine.commit()
    city.fire(START + 10)
    lost = city.engine.head
    city = bench(CLOCKED)
    city.fire(START + 10)
    city.engine.commit()
    assert city.engine.head == lost


def test_a_timer_can_set_itself_for_the_next_time(bench: Opened) -> None:
    def set_next(fact: Fact[TimerFired], rows: Rows) -> Iterable[Change]:
        yield set_timer(ALARM, fact.subject, fact.body.due_at + 10, fact)

    city = bench(sense(follows={FeedResumed: (set_alarm,), TimerFired: (set_next,)}, tables=()))
    city.say("a", number=START + 10)
    city.to(START + 45)
    assert city.fire(START + 45) == 4
    city.engine.commit()
    assert [one.happened_at - START for one in city.facts()[1:]] == [10, 20, 30, 40]
    assert city.engine.next_due() == START + 50


def test_a_timer_set_again_for_an_instant_at_which_it_fired_fires_once_more(
    bench: Opened,
) -> None:
    """A report that comes late plans a midnight that has passed: nothing may break by it."""
    city = bench(CLOCKED)
    for name in ("a", "again", "and-again"):
        city.say(name, of="a", number=START + 10)
        assert city.fire(START + 10) == 1
        city.engine.commit()
    names = [fact.id for fact in city.facts() if fact.kind == "TimerFired"]
    assert names[0] == f"timer:{ALARM}:a:{START + 10}"
    assert len(set(names)) == 3
    assert {fact.body.due_at for fact in city.facts() if fact.kind == "TimerFired"} == {START + 10}
    assert city.engine.next_due() is None


def test_what_a_timer_sets_off_is_heard_with_the_time_it_was_due(bench: Opened) -> None:
    def set_own(fact: Fact[FeedResumed], rows: Rows) -> Iterable[Change]:
        yield set_timer("twin.check", fact.body.feed, START + 10, fact)

    def on_timer(fact: Fact[TimerFired], known: Known) -> Iterable[Draft]:
        yield note(fact)

    twin = Stage(name="twin", follows={FeedResumed: (set_own,)}, listens={TimerFired: (on_timer,)})
    city = bench(CLOCKED, twin)
    city.say("a", number=START + 500)
    city.to(START + 100)
    city.fire(START + 100)
    city.engine.commit()
    noted = city.facts()[-1]
    assert (noted.kind, noted.happened_at) == ("AssetRegistered", START + 10)
    assert noted.known_at == START + 100


MOVES = st.lists(
    st.tuples(st.sampled_from("abcde"), st.one_of(st.none(), st.integers(0, 40))), max_size=40
)


@given(MOVES, st.integers(0, 40))
def test_the_alarm_agrees_with_a_sorted_list(
    moves: list[tuple[str, int | None]], until: int
) -> None:
    rows = Rows([TIMERS], lambda *_: None)
    alarm = Alarm(rows)
    waiting: dict[str, int] = {}
    cause = _cause()
    for name, due in moves:
        if due is None:
            rows.apply([stop_timer(ALARM, name)])
            waiting.pop(name, None)
        else:
            change = set_timer(ALARM, name, due, cause)
            waiting[name] = due
            rows.apply([change])
            alarm.heard([change.row])
    for heard in (alarm, Alarm(rows)):  # the second one is a restart
        assert heard.next_due() == min(waiting.values(), default=None)
    order = []
    while (row := alarm.next()) is not None and row.due_at <= until:
        order.append((row.due_at, row.subject))
        rows.apply([stop_timer(ALARM, row.subject)])
    assert order == sorted((due, name) for name, due in waiting.items() if due <= until)


def _cause() -> Fact[FeedResumed]:
    return Fact(
        partition="city",
        seq=1,
        id="cause",
        kind="FeedResumed",
        schema=1,
        happened_at=START,
        known_at=START,
        subject="x",
        area="",
        actor="",
        caused_by="",
        policy_version="",
        body=FeedResumed(feed="", silent_since_at=0),
    )


def test_a_timer_s_row_names_what_it_is_about() -> None:
    put = set_timer(ALARM, "case:1", 7, _cause(), area="bund")
    assert put.row == TimerRow(f"{ALARM}:case:1", 7, ALARM, "case:1", "bund", "cause")
