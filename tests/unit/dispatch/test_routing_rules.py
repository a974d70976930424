"""The router that learns: integers only, and a reason in one sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengyun.dispatch.routing import (
    CAP,
    ONE,
    Cell,
    costs_of,
    counted,
    keys_of,
    log2_fixed,
    marked,
    propose,
    stem,
    surprise,
)


@given(st.one_of(st.integers(1, 5_000), st.integers(1, 2**80)))
def test_log2_is_the_floor_of_1024_times_it(value: int) -> None:
    """Exactly: ``2**r <= value**1024 < 2**(r + 1)``, in integers."""
    result = log2_fixed(value)
    power = value**1024
    assert power >> result >= 1
    assert power >> (result + 1) == 0


def test_what_was_seen_more_often_costs_less() -> None:
    assert surprise(10, 10) < surprise(10, 5) < surprise(10, 1) < surprise(10, 0)
    assert surprise(0, 0) == log2_fixed(20)


def test_keys_name_fields_and_values() -> None:
    features = {"type": "lamp", "ward": "12"}
    contexts = [[], ["type"], ["ward", "type"], ["absent"]]
    assert keys_of(features, contexts) == ["", "type=lamp", "ward=12|type=lamp", "absent="]


@pytest.mark.parametrize(
    ("title", "letters"),
    [("Lamp 12/b", "lamp b"), ("  ", ""), ("井盖 3 号", "井盖 号"), ("A-B", "a b")],
)
def test_the_stem_of_a_title(title: str, letters: str) -> None:
    assert stem(title) == letters


def test_counting_moves_the_unit_to_the_end() -> None:
    assert counted(None, "a") == Cell(1, [("a", 1)])
    cell = counted(counted(counted(None, "a"), "b"), "a")
    assert cell == Cell(3, [("b", 1), ("a", 2)])


def names(
    cells: list[Cell | None], record: list[tuple[int, int]] | None = None, most: int = 3
) -> list[tuple[str, int]]:
    return [(one.unit, one.context) for one in propose(cells, record, None, most)]


def test_nothing_known_proposes_nobody() -> None:
    assert propose([None, None], None, None, 3) == []
    assert propose([], None, None, 3) == []


def test_the_more_particular_context_wins_a_tie_and_the_vaguer_fills_up() -> None:
    vague, fine = Cell(4, [("x", 4)]), Cell(4, [("y", 4)])
    assert names([vague, fine]) == [("y", 1), ("x", 0)]
    assert names([vague, fine], most=1) == [("y", 1)]


def test_the_context_with_the_better_record_speaks_first() -> None:
    vague, fine = Cell(4, [("x", 4)]), Cell(4, [("y", 4)])
    record = [(0, 50 * ONE), (50 * CAP, 50 * ONE)]
    assert names([vague, fine], record) == [("x", 0), ("y", 1)]


def test_the_record_over_all_types_stands_in_for_a_new_one() -> None:
    vague, fine = Cell(4, [("x", 4)]), Cell(4, [("y", 4)])
    overall = [(0, 50 * ONE), (50 * CAP, 50 * ONE)]
    assert propose([vague, fine], None, overall, 1)[0].unit == "x"


def test_in_a_cell_the_most_frequent_comes_first_and_of_two_the_one_seen_last() -> None:
    cell = Cell(5, [("a", 1), ("b", 2), ("c", 2)])
    assert [unit for unit, _ in names([cell])] == ["c", "b", "a"]


def test_a_proposal_says_of_how_many() -> None:
    best = propose([None, Cell(31, [("a", 3), ("b", 28)])], None, None, 1)[0]
    assert (best.unit, best.of, best.total, best.context) == ("b", 28, 31, 1)


def test_a_context_that_doubts_itself_stands_back() -> None:
    sure, unsure = Cell(10, [("x", 10)]), Cell(10, [("y", 4), ("z", 6)])
    assert names([sure, unsure])[0] == ("x", 0)


def test_marks_take_note_of_what_each_context_foretold() -> None:
    right, wrong = Cell(8, [("a", 8)]), Cell(8, [("b", 8)])
    record = marked(None, costs_of([right, wrong, None], "a"), 7)
    assert record[2] == (0, 0), "a context without a cell is not marked"
    assert record[0][1] == record[1][1] == ONE
    assert record[0][0] < record[1][0] <= CAP
    again = marked(record, costs_of([right, wrong, None], "a"), 7)
    assert again[0][1] == 2 * ONE - (ONE >> 7)


def test_records_forget() -> None:
    """A context that was wrong long ago and right since is believed again."""
    right, wrong = Cell(50, [("a", 50)]), Cell(50, [("b", 50)])
    record = None
    for _ in range(100):
        record = marked(record, costs_of([wrong, right], "a"), 7)
    assert names([wrong, right], record)[0][0] == "a"
    for _ in range(400):
        record = marked(record, costs_of([right, wrong], "a"), 7)
    assert names([right, wrong], record)[0] == ("a", 0)


cells = st.one_of(
    st.none(),
    st.lists(st.tuples(st.sampled_from("abcd"), st.integers(1, 9)), min_size=1, max_size=4,
             unique_by=lambda one: one[0]).map(
        lambda counts: Cell(sum(count for _, count in counts), counts)
    ),
)  # fmt: skip


@given(st.lists(cells, max_size=5), st.integers(1, 4))
def test_no_unit_is_proposed_twice_and_never_more_than_asked(
    known: list[Cell | None], most: int
) -> None:
    found = propose(known, None, None, most)
    units = [one.unit for one in found]
    assert len(units) == len(set(units)) <= most
    assert propose(known, None, None, most) == found
    for one in found:
        assert 1 <= one.of <= one.total
