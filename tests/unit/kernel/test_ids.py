"""Identifiers: no text forges another, and nobody is shown."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengyun.kernel.errors import Rejected
from chengyun.kernel.ids import join, opaque, outside
from chengyun.kernel.limits import MAX_ID_CHARS

SECRET = b"s" * 32
texts = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("parts", "identifier"),
    [
        (("case", "boston-311", "101000295613"), "case:boston-311:101000295613"),
        (("warn", "a:b", 7), "warn:a%3Ab:7"),
        (("warn", "a", "b", 7), "warn:a:b:7"),
        (("x", "50%"), "x:50%25"),
        (("x", "%3A"), "x:%253A"),
        (("x", "a b\n"), "x:a%20b%0A"),
        (("地", "外滩", "é"), "地:外滩:é"),
        (("x", "：，"), "x:%EF%BC%9A%EF%BC%8C"),  # punctuation is escaped in any script
        (("x", ""), "x:"),
        (("x", "a_b.c-d~e/f"), "x:a_b.c-d~e/f"),
        ((-1,), "-1"),
    ],
)
def test_join(parts, identifier: str) -> None:
    assert join(*parts) == identifier


@given(st.lists(texts, min_size=1, max_size=4), st.lists(texts, min_size=1, max_size=4))
def test_other_parts_give_another_identifier(a, b) -> None:
    assert (join(*a) == join(*b)) == (a == b)


@given(st.lists(texts, min_size=1, max_size=4))
def test_an_identifier_has_as_many_parts_as_were_joined(parts) -> None:
    identifier = join(*parts)
    assert identifier.count(":") == len(parts) - 1
    assert not re.search(r"\s", identifier)


def test_colons_in_a_part_do_not_move_its_borders() -> None:
    assert len({join("a:b", "c"), join("a", "b:c"), join("a", "b", "c"), join("a:b:c")}) == 4


@pytest.mark.parametrize("text", ["101000295613", "  101000295613\t", "101000295613\n"])
def test_outside_returns_the_text_without_surrounding_blanks(text: str) -> None:
    assert outside(text, field="case_enquiry_id") == "101000295613"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "missing"),
        (" \t\n", "missing"),
        ("x" * (MAX_ID_CHARS + 1), "too_long"),
        ("a\nb", "unprintable"),
        ("a\0b", "unprintable"),
        ("a\u202eb", "unprintable"),  # turns the direction of writing
        ("a\u200bb", "unprintable"),  # a blank of no width
    ],
)
def test_outside_refuses_with_the_field_s_name(text: str, code: str) -> None:
    with pytest.raises(Rejected) as caught:
        outside(text, field="case_enquiry_id")
    assert caught.value.code == code
    assert caught.value.params["field"] == "case_enquiry_id"


def test_the_longest_identifier_is_let_in() -> None:
    longest = "x" * MAX_ID_CHARS
    assert outside(f" {longest} ", field="id") == longest


def test_opaque_is_always_the_same_and_does_not_show_the_person() -> None:
    identifier = opaque("person", "13800138000", SECRET)
    assert identifier == opaque("person", "13800138000", SECRET)
    assert re.fullmatch(r"person:[0-9a-f]{16}", identifier)
    # RFC 7693 BLAKE2b with key and 8 bytes of digest: pinned, for it stands in logs.
    assert identifier == "person:8d90463698235a75"


@given(texts, texts)
def test_opaque_tells_two_people_apart(a: str, b: str) -> None:
    assert (opaque("person", a, SECRET) == opaque("person", b, SECRET)) == (a == b)


def test_opaque_hangs_on_the_secret_and_the_kind() -> None:
    assert opaque("person", "a", SECRET) != opaque("person", "a", b"t" * 32)
    assert opaque("person", "a", SECRET) != opaque("unit", "a", SECRET)
    assert opaque("person", "a", b"k" * 64 + b"more") == opaque("person", "a", b"k" * 64)
