"""Passwords: long, not common, the same from every keyboard, and no other rules."""

from __future__ import annotations

import asyncio

import pytest
from argon2 import extract_parameters
from argon2.low_level import Type

from chengyun.adapters.keys.passwords import Hasher, hashed
from chengyun.guard.passwords import check_password, plain
from chengyun.kernel import limits
from chengyun.kernel.errors import Overloaded, Rejected

PLACE = ("linjiang", "临江", "li.hua")


def refused(password, **how):
    with pytest.raises(Rejected) as found:
        check_password(password, context=PLACE, **{"second_factor": True, **how})
    return found.value.code


@pytest.mark.parametrize(
    "password",
    [
        "password", "Password123!", "P@ssw0rd2026", "qwertyuiop", "1234567890", "aaaaaaaaaa",
        "woaini5201314", "woaizhongguo", "zhangsan1990", "shanghai2026", "1qaz2wsx3edc",
        "Linjiang2026!", "lihualihua1", "admin123456", "abcabcabcabc", "chengyun12345678",
        "管理员管理员管理员", "iloveyouiloveyou", "00000000", "zxcvbnm,./",
    ],
)  # fmt: skip
def test_what_is_tried_first_is_no_password(password):
    assert refused(password) == "password_common"


@pytest.mark.parametrize(
    "password",
    [
        "tide gate 7 heron",
        "correct horse battery",
        "春眠不觉晓处处闻啼鸟",
        "xK9#mQ2v",
        "        wind  vane",
    ],
)
def test_no_kind_of_character_is_demanded_or_forbidden(password):
    assert check_password(password, second_factor=True, context=PLACE) == password


def test_alone_a_password_is_longer_than_beside_a_second_factor():
    assert check_password("tidegate", second_factor=True) == "tidegate"
    assert refused("tidegat") == "password_too_short"
    assert refused("tidegateherons", second_factor=False) == "password_too_short"
    assert check_password("tidegate herons", second_factor=False)


def test_length_is_bounded_before_and_after_it_is_made_plain():
    long = "tide gate " * 25
    assert check_password(long, second_factor=True) == long
    assert refused("x" + "tide gate " * 26) == "password_too_long"
    assert len(plain("ﷺ" * 100)) > limits.MAX_PASSWORD_CHARS  # one letter becomes eighteen
    assert refused("ﷺ" * 100) == "password_too_long"


def test_every_keyboard_writes_the_same():
    composed, apart, wide = "café gate heron", "cafe\u0301 gate heron", "ｃａｆé gate heron"
    assert {plain(composed)} == {plain(apart), plain(wide)}


def test_hashes_are_argon2id_by_the_second_option_of_rfc_9106():
    found = extract_parameters(hashed("tide gate"))
    assert (found.type, found.version) == (Type.ID, 19)
    assert (found.memory_cost, found.time_cost, found.parallelism) == (65_536, 3, 4)
    assert (found.salt_len, found.hash_len) == (16, 32)


def test_a_hash_opens_for_its_password_alone_and_nothing_opens_without_one():
    async def story():
        hasher = Hasher()
        kept = await hasher.hashed("tide gate")
        assert not hasher.is_outdated(kept)
        assert hasher.is_outdated(kept.replace("m=65536", "m=19456"))
        return [
            await hasher.is_right(kept, "tide gate"),
            await hasher.is_right(kept, "tide gates"),
            await hasher.is_right(None, "tide gate"),
            await hasher.is_right("$argon2id$v=19$nonsense", "tide gate"),
        ]

    assert asyncio.run(story()) == [True, False, False, False]


def test_a_flood_of_logins_is_answered_and_does_not_hold_up_the_loop():
    async def story():
        hasher = Hasher()
        kept = hashed("tide gate")
        tries = [
            asyncio.create_task(hasher.is_right(kept, "wrong"))
            for _ in range(limits.MAX_HASHES_WAITING + 5)
        ]
        turns = 0
        while not tries[5].done():
            await asyncio.sleep(0.005)
            turns += 1
        for one in tries:
            one.cancel()
        found = await asyncio.gather(*tries, return_exceptions=True)
        return turns, sum(isinstance(one, Overloaded) for one in found)

    turns, refused_count = asyncio.run(story())
    assert refused_count == 5
    assert turns >= 3
