"""Any changed byte, any missing, moved or added fact is found, and the first bad one is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from workbench import PARTITION

from chengyun.engine import codec
from chengyun.engine.ports import Entry, Head
from chengyun.engine.verify import Verdict, verify
from chengyun.facts.envelope import NO_HASH, OPERATIONS, Body, Fact, chain_hash
from chengyun.facts.sense import FeedResumed
from chengyun.kernel.instants import Instant

COLUMNS = ("id", "kind", "subject", "known_at", "caused_by")
BYTES = ("header", "body", "sealed", "prev_hash", "hash")
LENGTH = 9


def fact(seq: int, **more: Any) -> Fact[Body]:
    return Fact(
        **(
            {
                "partition": PARTITION,
                "seq": seq,
                "id": f"word:{seq}",
                "kind": "FeedResumed",
                "schema": 1,
                "happened_at": Instant(seq * 7 % 5),
                "known_at": Instant(seq // 2),
                "subject": f"speaker:{seq % 3}",
                "area": "外滩",
                "actor": "person:tester",
                "caused_by": f"word:{seq - 1}",
                "policy_version": "",
                "body": FeedResumed(feed=f"w{seq}", silent_since_at=seq),
                "sealed": b"personal" if seq % 2 else None,
                "sealed_for": "p1" if seq % 2 else "",
            }
            | more
        )
    )


def chain(facts: list[Fact[Body]]) -> list[Entry]:
    entries: list[Entry] = []
    prev_hash = NO_HASH
    for one in facts:
        entries.append(codec.write(one, OPERATIONS, prev_hash))
        prev_hash = entries[-1].stored.hash
    return entries


WHOLE = chain([fact(seq) for seq in range(1, LENGTH + 1)])
HEAD = Head(LENGTH, WHOLE[-1].stored.hash, WHOLE[-1].known_at)
PLACES = st.integers(0, LENGTH - 1)


def verdict(entries: list[Entry], head: Head = HEAD) -> Verdict:
    return verify(PARTITION, OPERATIONS, entries, head)


def changed(place: int, **columns: Any) -> list[Entry]:
    """Return the chain with columns of one fact set to other values."""
    entry = WHOLE[place]
    of_stored = {name: columns.pop(name) for name in {"seq", *BYTES} & set(columns)}
    stored = msgspec.structs.replace(entry.stored, **of_stored)
    other = msgspec.structs.replace(entry, stored=stored, **columns)
    return [*WHOLE[:place], other, *WHOLE[place + 1 :]]


def expect_bad(entries: list[Entry], seq: int, head: Head = HEAD) -> None:
    found = verdict(entries, head)
    assert not found.whole
    assert found.first_bad_seq == seq, found
    assert found.facts == seq - 1
    assert found.reason


def test_an_untouched_chain_is_whole() -> None:
    found = verdict(WHOLE)
    assert (found.whole, found.facts, found.first_bad_seq, found.reason) == (True, LENGTH, None, "")


def test_an_empty_chain_is_whole() -> None:
    assert verify(PARTITION, OPERATIONS, [], Head()).whole


@given(PLACES, st.sampled_from(BYTES), st.data())
def test_any_changed_byte_is_found(place: int, column: str, data: st.DataObject) -> None:
    before = getattr(WHOLE[place].stored, column)
    assume(before)
    at = data.draw(st.integers(0, len(before) - 1))
    flip = data.draw(st.integers(1, 255))
    after = before[:at] + bytes([before[at] ^ flip]) + before[at + 1 :]
    expect_bad(changed(place, **{column: after}), place + 1)


@given(PLACES, st.sampled_from(BYTES), st.binary(max_size=3), st.booleans())
def test_any_bytes_more_or_less_are_found(place: int, column: str, more: bytes, cut: bool) -> None:
    before = getattr(WHOLE[place].stored, column) or b""
    after = before[:-1] if cut else before + more
    assume(after != before)
    expect_bad(changed(place, **{column: after}), place + 1)


@pytest.mark.parametrize("place", range(LENGTH))
def test_a_seal_taken_away_put_in_or_emptied_is_found(place: int) -> None:
    sealed = WHOLE[place].stored.sealed
    for other in {None, b"", b"put in"} - {sealed}:
        expect_bad(changed(place, sealed=other), place + 1)


@given(PLACES, st.sampled_from(COLUMNS), st.data())
def test_any_changed_column_is_found(place: int, column: str, data: st.DataObject) -> None:
    before = getattr(WHOLE[place], column)
    values = st.integers() if isinstance(before, int) else st.text()
    after = data.draw(values)
    assume(after != before)
    expect_bad(changed(place, **{column: after}), place + 1)


@given(PLACES, st.integers())
def test_a_changed_seq_is_found(place: int, seq: int) -> None:
    assume(seq != place + 1)
    expect_bad(changed(place, seq=seq), place + 1)


@given(PLACES)
def test_a_deleted_fact_is_named(place: int) -> None:
    expect_bad(WHOLE[:place] + WHOLE[place + 1 :], place + 1)


@given(PLACES, PLACES)
def test_two_swapped_facts_are_found_at_the_first_of_them(one: int, other: int) -> None:
    assume(one != other)
    entries = list(WHOLE)
    entries[one], entries[other] = entries[other], entries[one]
    expect_bad(entries, min(one, other) + 1)


@given(PLACES, PLACES)
def test_two_facts_that_swapped_places_and_numbers_are_found(one: int, other: int) -> None:
    assume(one != other)
    entries = list(WHOLE)
    for at, came_from in ((one, other), (other, one)):
        stored = msgspec.structs.replace(WHOLE[came_from].stored, seq=at + 1)
        entries[at] = msgspec.structs.replace(WHOLE[came_from], stored=stored)
    expect_bad(entries, min(one, other) + 1)


@given(PLACES)
def test_a_cut_tail_is_found_as_long_as_the_head_is_kept(length: int) -> None:
    expect_bad(WHOLE[:length], length + 1)


@given(PLACES)
def test_a_fact_behind_the_head_is_named(length: int) -> None:
    last = WHOLE[length - 1] if length else None
    head = Head() if last is None else Head(length, last.stored.hash, last.known_at)
    found = verdict(WHOLE, head)
    assert not found.whole
    assert found.first_bad_seq == length + 1


@pytest.mark.parametrize(
    "head",
    [
        Head(LENGTH, bytes(32), HEAD.known_at),
        Head(LENGTH, HEAD.hash, Instant(HEAD.known_at + 1)),
    ],
    ids=["hash", "known_at"],
)
def test_a_head_that_says_something_else_is_found(head: Head) -> None:
    assert not verdict(WHOLE, head).whole


# --- a forger who hashes anew -----------------------------------------------------------------

FORGERIES: dict[str, Callable[[int], Fact[Body]]] = {
    "an earlier known_at": lambda seq: fact(seq, known_at=Instant(-5)),
    "another partition": lambda seq: fact(seq, partition="elsewhere"),
    "another number": lambda seq: fact(seq + 1),
    "an unknown kind": lambda seq: fact(seq, kind="NeverHeardOf"),
    "a newer schema": lambda seq: fact(seq, schema=99),
    "a schema that never was": lambda seq: fact(seq, schema=0),
}


@pytest.mark.parametrize("forgery", FORGERIES)
@pytest.mark.parametrize("place", [0, 4, LENGTH - 1])
def test_a_forged_fact_with_a_right_hash_is_found(forgery: str, place: int) -> None:
    facts = [fact(seq) for seq in range(1, LENGTH + 1)]
    facts[place] = FORGERIES[forgery](place + 1)
    entries = chain(facts)
    stored = msgspec.structs.replace(entries[place].stored, partition=PARTITION, seq=place + 1)
    entries[place] = msgspec.structs.replace(entries[place], stored=stored)
    head = Head(LENGTH, entries[-1].stored.hash, entries[-1].known_at)
    expect_bad(entries, place + 1, head)


@pytest.mark.parametrize(
    ("column", "content"),
    [("body", b"{"), ("body", b'{"feed":1}'), ("header", b"[]"), ("header", b"\xff")],
)
def test_bytes_that_cannot_be_read_are_found_and_named(column: str, content: bytes) -> None:
    parts = {"header": WHOLE[0].stored.header, "body": WHOLE[0].stored.body, column: content}
    digest = chain_hash(NO_HASH, parts["header"], parts["body"], WHOLE[0].stored.sealed)
    stored = msgspec.structs.replace(WHOLE[0].stored, **parts, hash=digest)
    expect_bad([msgspec.structs.replace(WHOLE[0], stored=stored)], 1, Head(1, stored.hash))


def test_another_hash_algorithm_is_not_taken_for_ours() -> None:
    header = WHOLE[0].stored.header.replace(b'"sha256"', b'"md5"')
    body, sealed = WHOLE[0].stored.body, WHOLE[0].stored.sealed
    digest = chain_hash(NO_HASH, header, body, sealed)
    stored = msgspec.structs.replace(WHOLE[0].stored, header=header, hash=digest)
    expect_bad([msgspec.structs.replace(WHOLE[0], stored=stored)], 1, Head(1, digest))
