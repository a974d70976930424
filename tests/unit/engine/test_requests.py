"""Requests under a key: answered the same for a day, also after a restart, and no longer."""

from workbench import Say, sense

from chengyun.engine import requests
from chengyun.engine.requests import REQUESTS, RINGS, SLOTS, keyed
from chengyun.kernel.instants import DAY_US, Instant

LIN = "person:lin"


def say(word):
    return Say(words=(word,))


def asked(key, content=b"x"):
    return keyed("account:lin", key, content)


def test_the_same_request_does_nothing_a_second_time(bench):
    city = bench(sense())
    first = city.engine.execute(say("hello"), actor=LIN, request=asked("k"))
    again = city.engine.execute(say("other"), actor=LIN, request=asked("k"))
    assert first.facts == again.facts == ("word:hello",)
    assert (first.repeated, again.repeated) == (False, True)


def test_another_content_is_refused_and_leaves_nothing(bench):
    city = bench(sense())
    city.engine.execute(say("hello"), actor=LIN, request=asked("k"))
    seq = city.engine.head.seq
    other = city.engine.execute(say("other"), actor=LIN, request=asked("k", b"y"))
    assert other.refused.code == "key_reused"
    assert city.engine.head.seq == seq


def test_it_is_kept_over_a_restart_and_forgotten_after_a_day(bench):
    city = bench(sense())
    city.engine.execute(say("hello"), actor=LIN, request=asked("k"))
    city.engine.commit()
    city.close()
    city = bench(sense())
    again = city.engine.execute(say("other"), actor=LIN, request=asked("k"))
    assert again.repeated
    city.clock.advance_to(Instant(city.clock.now() + DAY_US))
    later = city.engine.execute(say("other"), actor=LIN, request=asked("k"))
    assert (later.repeated, later.facts) == (False, ("word:other",))


def test_what_was_refused_is_decided_again(bench):
    city = bench(sense())
    nobody = city.engine.execute(say("hello"), actor="", request=asked("k"))
    assert nobody.refused is not None
    assert not city.engine.execute(say("hello"), actor=LIN, request=asked("k")).repeated


def test_the_ring_forgets_the_oldest(bench, monkeypatch):
    city = bench(sense())
    monkeypatch.setattr(requests, "MAX_REQUESTS_KEPT", 2)
    for word in ("a", "b", "c"):
        city.engine.execute(say(word), actor=LIN, request=asked(word))
    city.engine.commit()
    rows = city.engine.rows
    assert rows.get(REQUESTS, asked("a").key) is None
    assert rows.get(REQUESTS, asked("b").key).slot == 1
    assert rows.get(SLOTS, 0).request == asked("c").key
    assert rows.get(RINGS, requests.RING).count == 3
