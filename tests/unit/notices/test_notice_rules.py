"""Quiet hours, digests, words and keys."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengyun.kernel.instants import from_datetime, to_datetime
from chengyun.notices.policy import Quiet
from chengyun.notices.rules import filled, holes_of, key_of, next_of, quiet_until

ZONE = ZoneInfo("Asia/Shanghai")
NIGHT = Quiet(begins="22:00", ends="07:00")
NOON = Quiet(begins="12:00", ends="13:30")


def at(text):
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=ZONE))


@pytest.mark.parametrize(
    ("quiet", "now", "until"),
    [
        (NIGHT, "2026-05-07 21:59", None),
        (NIGHT, "2026-05-07 22:00", "2026-05-08 07:00"),
        (NIGHT, "2026-05-08 00:00", "2026-05-08 07:00"),
        (NIGHT, "2026-05-08 06:59:59", "2026-05-08 07:00"),
        (NIGHT, "2026-05-08 07:00", None),
        (NOON, "2026-05-07 11:59", None),
        (NOON, "2026-05-07 12:00", "2026-05-07 13:30"),
        (NOON, "2026-05-07 13:30", None),
    ],
)
def test_quiet_hours_end_when_they_say(quiet, now, until):
    assert quiet_until(at(now), quiet, ZONE) == (None if until is None else at(until))


@given(st.integers(0, 3_600_000_000 * 24 * 400))
def test_what_is_held_back_may_be_sent_when_they_end(offset):
    now = at("2026-01-01 00:00") + offset
    until = quiet_until(now, NIGHT, ZONE)
    assert until is None or (
        until > now and to_datetime(until, ZONE).hour == 7
        and quiet_until(until, NIGHT, ZONE) is None
    )  # fmt: skip


@pytest.mark.parametrize(
    ("now", "then"),
    [("08:59", "09:00"), ("09:00", "17:00"), ("16:59:59", "17:00")],
)
def test_a_digest_is_sent_at_the_next_of_its_times(now, then):
    day = "2026-05-07 "
    assert next_of(at(day + now), ["17:00", "09:00"], ZONE) == at(day + then)
    assert next_of(at("2026-05-07 17:00"), ["17:00", "09:00"], ZONE) == at("2026-05-08 09:00")
    assert next_of(at("2026-05-07 17:00"), [], ZONE) is None


@pytest.mark.parametrize(
    ("text", "holes"),
    [
        ("{case} 限 {due}", ["case", "due"]),
        ("no hole", []),
        ("{", None),
        ("}", None),
        ("{}", None),
        ("{Case}", None),
        ("{case!r}", None),
        ("{case.__class__}", None),
        ("{{case}}", None),
    ],
)
def test_a_brace_is_a_parameter_or_a_mistake(text, holes):
    assert holes_of(text) == holes


@given(st.text(min_size=1, max_size=40))
def test_a_value_is_no_template(value):
    assert filled("a {case} b", {"case": value}) == f"a {value} b"


def test_a_key_is_the_same_for_the_same_and_no_other():
    assert key_of("n1", "", "sms") == key_of("n1", "", "sms")
    assert len(key_of("n1", "", "sms")) == 32
    different = {key_of("n1", "", "sms"), key_of("n2", "", "sms"), key_of("n1", "", "mail")}
    assert len(different) == 3
    assert key_of("n1", "g", "sms") == key_of("n2", "g", "sms")
