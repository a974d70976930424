"""What is left of a person's name, number or address when it is shown."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from chengyun.guard.masking import HIDDEN, masked, scrubbed

FAMILY = "👩‍👩‍👧‍👦"
FLAG = "🇨🇳"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("张三", "张**"),
        ("欧阳娜娜", "欧**"),
        ("李", "**"),
        ("Wang Wu", "W**"),
        ("13812341234", "138****1234"),
        ("+86 138 1234 1234", "138****1234"),
        ("１３８１２３４１２３４", "１３８****１２３４"),
        ("zhang.san@example.com", "z***@example.com"),
        ("310101199001011234", HIDDEN),
        ("021-12345678", HIDDEN),
        ("a name that is much longer than names are", HIDDEN),
        ("", ""),
        ("  ", ""),
        (FAMILY + "小", FAMILY + "**"),
        (FLAG + "队", FLAG + "**"),
        ("é́clair", "é́**"),
        ("𠮷田", "𠮷**"),
    ],
)
def test_values_are_masked_by_what_they_look_like(value, shown):
    assert masked(value) == shown


@given(st.text(max_size=200))
def test_a_mask_keeps_one_grapheme_at_most_unless_it_is_a_number_or_an_address(value):
    found = masked(value)
    if "@" in found or "****" in found:
        return
    assert found in ("", HIDDEN, "**") or (
        found.endswith("**") and len(regex.findall(r"\X", found)) == 3
    )
    assert not value.strip() or found != value.strip() or found in ("**", HIDDEN)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("找王姐13812341234，快", "找王姐138****1234，快"),
        ("身份证310101199001011234。", f"身份证{HIDDEN}。"),
        ("卡号6222020200112233445", f"卡号{HIDDEN}"),
        ("write to li@example.org please", "write to l***@example.org please"),
        ("电话021-12345678", f"电话{HIDDEN}"),
        ("路灯12号坏了", "路灯12号坏了"),
        ("案卷 20260501-0042 已办", "案卷 20260501-0042 已办"),
    ],
)
def test_numbers_of_persons_in_a_text_are_masked_and_nothing_else(text, shown):
    assert scrubbed(text) == shown


@given(
    st.text(alphabet="王井盖没了， a9", max_size=20),
    st.integers(13_000_000_000, 19_999_999_999),
    st.text(alphabet="王井盖没了， a", max_size=20),
)
def test_no_mobile_number_survives_wherever_it_stands(before, number, after):
    text = f"{before.rstrip('9')}{number}{after}"
    assert str(number) not in scrubbed(text)


@given(st.text(max_size=300))
def test_a_text_without_figures_and_addresses_is_left_as_it_is(text):
    if "@" not in text and not any(letter.isdigit() for letter in text):
        assert scrubbed(text) == text
