"""Codes by time against the vectors of the standard, and each of them good once."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengyun.guard import second_factor as sf
from chengyun.kernel.instants import SECOND_US, Instant

RFC_KEY = b"12345678901234567890"
VECTORS = [  # RFC 6238, appendix B, the rows of SHA1
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]


@pytest.mark.parametrize(("at_s", "code"), VECTORS)
def test_the_vectors_of_rfc_6238(at_s, code):
    step = sf.step_of(Instant(at_s * SECOND_US))
    assert sf.code_of(RFC_KEY, step, digits=8) == code
    assert sf.code_of(RFC_KEY, step) == code[2:]


def at(step):
    return Instant((step * sf.STEP_S + 7) * SECOND_US)


@given(st.binary(min_size=20, max_size=20), st.integers(10, 10**8), st.integers(-3, 3))
def test_a_clock_may_be_a_step_off_and_no_more(key, now, off):
    found = sf.matching_step(key, sf.code_of(key, now + off), at(now), after=0)
    codes = {sf.code_of(key, now + near) for near in (-1, 0, 1)}
    assert (found is not None) == (sf.code_of(key, now + off) in codes)


def test_a_code_is_good_once_and_none_before_it_either():
    now = 57_000_000
    code = sf.code_of(RFC_KEY, now)
    step = sf.matching_step(RFC_KEY, code, at(now), after=0)
    assert step == now
    assert sf.matching_step(RFC_KEY, code, at(now), after=step) is None
    before = sf.code_of(RFC_KEY, now - 1)
    assert sf.matching_step(RFC_KEY, before, at(now), after=step) is None
    assert sf.matching_step(RFC_KEY, sf.code_of(RFC_KEY, now + 1), at(now), after=step) == now + 1


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "abcdef", "１２３４５６", "-12345", "------"]
)
def test_what_is_no_code_opens_nothing(code):
    assert sf.matching_step(RFC_KEY, code, at(57_000_000), after=0) is None


@given(st.binary(min_size=10, max_size=10))
def test_recovery_codes_are_typed_as_people_type(random):
    code = sf.recovery_code(random)
    assert re.fullmatch(r"([A-Z2-7]{4}-){3}[A-Z2-7]{4}", code)
    assert sf.recovery_digest(code) == sf.recovery_digest(code.lower().replace("-", " "))


@pytest.mark.parametrize("code", ["", "AAAA", "AAAA-AAAA-AAAA-AAA1", "A" * 17, "é" * 16])
def test_what_is_no_recovery_code_has_no_digest(code):
    assert sf.recovery_digest(code) is None


@pytest.mark.parametrize("secret", ["", "cyo_", "cyo_00c0ffee00c0ffee_short", "x" * 10_000,
                                    "cyo_00C0FFEE00C0FFEE_" + "a" * 43])  # fmt: skip
def test_what_is_no_secret_has_no_parts(secret):
    assert sf.parts_of(secret) is None
