"""Guessing is slowed, by account and by address, and nobody is locked out by anybody."""

from __future__ import annotations

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from chengyun.guard.throttling import Throttle, login_wait_s
from chengyun.kernel import limits
from chengyun.kernel.instants import SECOND_US, Instant

T0 = Instant(1_777_600_000 * SECOND_US)


def later(seconds):
    return Instant(T0 + int(seconds * SECOND_US))


def wait_s(throttle, who, address, now=T0, *, is_account=True):
    return throttle.wait_us(who, address, now, is_account=is_account) / SECOND_US


def guess(throttle, who, address, times, now=T0, *, is_account=True):
    for _ in range(times):
        throttle.tried(who, address, now, is_account=is_account)


def test_five_are_free_then_each_waits_longer_and_the_wait_ends():
    throttle = Throttle()
    guess(throttle, "li", "a", 4)
    assert wait_s(throttle, "li", "a") == 0
    waits = []
    for _ in range(12):
        guess(throttle, "li", "a", 1)
        waits.append(wait_s(throttle, "li", "a"))
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]
    assert wait_s(throttle, "li", "a", later(899.5)) == 0.5
    assert wait_s(throttle, "li", "a", later(900)) == 0


def test_an_unknown_login_waits_as_a_known_one_does():
    known, unknown = Throttle(), Throttle()
    for _ in range(9):
        guess(known, "li", "a", 1)
        guess(unknown, "digest", "a", 1, is_account=False)
        assert wait_s(known, "li", "a") == wait_s(unknown, "digest", "a", is_account=False)


def test_a_login_from_many_addresses_is_one_login():
    throttle = Throttle()
    for number in range(8):
        guess(throttle, "li", f"10.0.0.{number}", 1)
    assert wait_s(throttle, "li", "10.0.0.99") == login_wait_s(8)


def test_strangers_elsewhere_do_not_keep_the_owner_waiting_where_he_signs_in():
    throttle = Throttle()
    throttle.passed("li", "office")
    guess(throttle, "li", "afar", 40)
    assert wait_s(throttle, "li", "afar") == 900
    assert wait_s(throttle, "li", "office") == 0
    guess(throttle, "li", "office", 6)
    assert wait_s(throttle, "li", "office") == 2


def test_an_office_waits_after_fifty_different_logins_and_never_for_one_who_cannot_type():
    throttle = Throttle()
    guess(throttle, "wang", "office", 500)
    assert wait_s(throttle, "zhang", "office") == 0
    throttle.passed("chen", "office")
    for number in range(limits.FREE_LOGINS_AN_ADDRESS + 20):
        guess(throttle, f"nobody{number}", "office", 1, is_account=False)
    assert wait_s(throttle, "zhang", "office") == limits.MAX_ADDRESS_WAIT_S
    assert wait_s(throttle, "chen", "office") == 0, "who signs in there is not held up"
    assert wait_s(throttle, "zhang", "home") == 0
    assert wait_s(throttle, "zhang", "office", later(limits.MAX_ADDRESS_WAIT_S)) == 0
    assert wait_s(throttle, "zhang", "office", later(limits.ADDRESS_FORGETS_S + 1)) == 0


def test_a_right_password_takes_its_try_back_and_a_whole_sign_in_forgets_the_others():
    throttle = Throttle()
    guess(throttle, "li", "a", 6)
    throttle.was_right("li", "a", later(2), is_account=True)
    assert wait_s(throttle, "li", "a", later(2)) == 0
    guess(throttle, "li", "a", 1, later(2))
    assert wait_s(throttle, "li", "a", later(2)) == 2, "five wrong ones before it still count"
    throttle.passed("li", "a")
    guess(throttle, "li", "a", 4, later(4))
    assert wait_s(throttle, "li", "a", later(4)) == 0


def test_after_a_quiet_day_one_begins_anew():
    throttle = Throttle()
    guess(throttle, "li", "a", 30)
    calm = later(limits.LOGIN_FORGETS_S + 1)
    assert wait_s(throttle, "li", "a", calm) == 0
    guess(throttle, "li", "a", 4, calm)
    assert wait_s(throttle, "li", "a", calm) == 0


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.floats(0, 5_000)), max_size=60))
def test_whatever_happens_nobody_waits_longer_than_published(tries):
    throttle, now = Throttle(), 0.0
    for who, where, pause in tries:
        now += pause
        guess(throttle, str(who), str(where), 1, later(now))
    for who in range(4):
        for where in range(4):
            found = wait_s(throttle, str(who), str(where), later(now))
            assert found <= limits.MAX_LOGIN_WAIT_S


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr("chengyun.guard.throttling.MAX_THROTTLED", 500)
    monkeypatch.setattr("chengyun.guard.throttling.MAX_THROTTLED_ADDRESSES", 500)
    throttle = Throttle()
    for number in range(2_000):
        guess(throttle, f"nobody{number}", f"a{number}", 1, is_account=False)
    tracemalloc.start()
    for number in range(2_000, 20_000):
        guess(throttle, f"nobody{number}", f"a{number}", 1, is_account=False)
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 1_000_000
