"""Ids find their handles as in a dict, whatever they are; the key decides where they stand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chengyun.facts.columns import ids_of
from chengyun.twin.interning import IdTable, siphash

M = 2**64 - 1


def reference(text: bytes, key: tuple[int, int]) -> int:
    """SipHash-1-3 in Python's integers, after the description of Aumasson and Bernstein."""
    v = [
        key[0] ^ 0x736F6D6570736575,
        key[1] ^ 0x646F72616E646F6D,
        key[0] ^ 0x6C7967656E657261,
        key[1] ^ 0x7465646279746573,
    ]

    def left(word, bits):
        return (word << bits | word >> (64 - bits)) & M

    def turn():
        v[0] = (v[0] + v[1]) & M
        v[1] = left(v[1], 13) ^ v[0]
        v[0] = left(v[0], 32)
        v[2] = (v[2] + v[3]) & M
        v[3] = left(v[3], 16) ^ v[2]
        v[0] = (v[0] + v[3]) & M
        v[3] = left(v[3], 21) ^ v[0]
        v[2] = (v[2] + v[1]) & M
        v[1] = left(v[1], 17) ^ v[2]
        v[2] = left(v[2], 32)

    padded = text + bytes(7 - len(text) % 8) + bytes([len(text) & 0xFF])
    for start in range(0, len(padded), 8):
        word = int.from_bytes(padded[start : start + 8], "little")
        v[3] ^= word
        turn()
        v[0] ^= word
    v[2] ^= 0xFF
    for _ in range(3):
        turn()
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def hashed(text: bytes, key: tuple[int, int]) -> int:
    content = np.frombuffer(b"xx" + text, np.uint8).copy()
    return int(siphash(content, 2, 2 + len(text), np.array(key, np.uint64)))


IDS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["", "a", "ab", "abcdefgh", "abcdefg", "传感器", "x" * 128, "x" * 127]),
    st.integers(0, 40).map(lambda n: f"sh.pudong.meter.{n:06d}"),
).filter(lambda text: text.isprintable() or not text)


@pytest.mark.parametrize("size", range(20))
def test_the_hash_is_siphash_1_3(size):
    key = (0x0706050403020100, 0x0F0E0D0C0B0A0908)
    text = bytes(range(size))
    assert hashed(text, key) == reference(text, key)
    assert hashed(text, (1, 2)) == reference(text, (1, 2)) != hashed(text, key)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(IDS, max_size=30), max_size=6), st.tuples(*[st.integers(0, M)] * 2))
def test_it_is_like_a_dict(groups, key):
    table, known = IdTable(key), {}
    for group in groups:
        found = table.find(ids_of(group)).tolist()
        assert found == [known.get(text, -1) for text in group]
        handles = table.add(ids_of(group)).tolist()
        for text, handle in zip(group, handles, strict=True):
            assert handle == known.setdefault(text, len(known))
        assert len(table) == len(known)
    assert [table.ids.text_of(handle) for handle in range(len(table))] == list(known)
    again = IdTable((5, 6))
    again.put_back(table.ids.text.copy(), table.ids.ends.copy())
    assert again.find(ids_of(list(known))).tolist() == list(range(len(known)))
    assert again.add(ids_of(["a new one, not printable\n"])).tolist() == [len(known)]


def test_it_grows():
    table = IdTable((3, 4))
    ids = [f"{number}" for number in range(50_000)]
    for start in range(0, 50_000, 7_777):
        table.add(ids_of(ids[start : start + 7_777]))
    assert table.find(ids_of(ids)).tolist() == list(range(50_000))
    assert table.find(ids_of(["50000", "-1", ""])).tolist() == [-1, -1, -1]


def test_ids_made_to_collide_under_one_key_do_not_under_another():
    """Who knew the key could fill one slot; it is drawn at start, so nobody does."""
    key, mask = (11, 12), 0xFF
    colliding = [
        text for number in range(20_000)
        if hashed((text := f"id{number}").encode(), key) & mask == 7
    ]  # fmt: skip
    assert len(colliding) > 40
    elsewhere = {hashed(text.encode(), (13, 14)) & mask for text in colliding}
    assert len(elsewhere) > 20
