"""Rows in memory: what stays, what is loaded, indexes, key order, the net change for the store."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from chengyun.engine.rows import Rows
from chengyun.engine.tables import Drop, Put, Table
from chengyun.kernel.limits import MAX_CACHED_ROWS


class Thing(msgspec.Struct, frozen=True):
    name: str
    place: int
    colour: str
    open: bool


ALL = Table("all_things", Thing, key=("name",), indexes=(("colour",), ("colour", "place")))
OPEN = Table(
    "open_things", Thing, key=("name", "place"), indexes=(("colour",),), resident=("open", True)
)


class Shelf:
    """What a store has, and how often it was asked."""

    def __init__(self) -> None:
        self.rows: dict[tuple[Table[Any], Any], Any] = {}
        self.asked: list[Any] = []

    def load(self, table: Table[Any], key: Any) -> Any:
        self.asked.append(key)
        return self.rows.get((table, key))

    def keep(self, dirty: dict[Table[Any], dict[Any, Any]]) -> None:
        for table, changed in dirty.items():
            for key, row in changed.items():
                if row is None:
                    self.rows.pop((table, key), None)
                else:
                    self.rows[table, key] = row


def thing(name: str, place: int = 0, colour: str = "red", *, is_open: bool = True) -> Thing:
    return Thing(name, place, colour, is_open)


def test_a_resident_table_never_asks_the_store() -> None:
    shelf = Shelf()
    rows = Rows([ALL], shelf.load)
    assert rows.get(ALL, "a") is None
    rows.apply([Put(ALL, thing("a", is_open=False))])
    assert rows.get(ALL, "a") == thing("a", is_open=False)
    assert shelf.asked == []


def test_a_row_that_is_no_longer_open_leaves_memory_and_its_index() -> None:
    shelf = Shelf()
    rows = Rows([OPEN], shelf.load)
    rows.apply([Put(OPEN, thing("a"))])
    assert rows.count(OPEN, 0, "red") == 1
    closed = thing("a", is_open=False)
    rows.apply([Put(OPEN, closed)])
    assert list(rows.each(OPEN)) == list(rows.find(OPEN, 0, "red")) == []
    assert rows.get(OPEN, ("a", 0)) == closed  # not on disk yet
    assert shelf.asked == []
    shelf.keep(rows.take_dirty())
    assert rows.get(OPEN, ("a", 0)) == closed
    assert shelf.asked == [("a", 0)]
    rows.apply([Put(OPEN, thing("a"))])
    assert list(rows.find(OPEN, 0, "red")) == [thing("a")]


def test_what_was_loaded_is_kept_also_that_there_is_nothing() -> None:
    shelf = Shelf()
    shelf.rows[OPEN, ("a", 0)] = thing("a", is_open=False)
    rows = Rows([OPEN], shelf.load)
    for _ in range(3):
        assert rows.get(OPEN, ("a", 0)) is not None
        assert rows.get(OPEN, ("b", 0)) is None
    assert shelf.asked == [("a", 0), ("b", 0)]


def test_a_change_is_seen_through_the_cache() -> None:
    shelf = Shelf()
    rows = Rows([OPEN], shelf.load)
    assert rows.get(OPEN, ("a", 0)) is None
    rows.apply([Put(OPEN, thing("a", is_open=False))])
    shelf.keep(rows.take_dirty())
    assert rows.get(OPEN, ("a", 0)) == thing("a", is_open=False)
    rows.apply([Drop(OPEN, ("a", 0))])
    assert rows.get(OPEN, ("a", 0)) is None
    shelf.keep(rows.take_dirty())
    assert rows.get(OPEN, ("a", 0)) is None


def test_the_cache_is_bounded_and_forgets_what_was_used_longest_ago() -> None:
    shelf = Shelf()
    rows = Rows([OPEN], shelf.load)
    for place in range(MAX_CACHED_ROWS):
        rows.get(OPEN, ("a", place))
    rows.get(OPEN, ("a", 0))
    rows.get(OPEN, ("b", 0))
    del shelf.asked[:]
    rows.get(OPEN, ("a", 0))
    rows.get(OPEN, ("a", 2))
    assert shelf.asked == []
    rows.get(OPEN, ("a", 1))
    assert shelf.asked == [("a", 1)]


def test_rows_come_in_key_order_however_they_arrived() -> None:
    rows = Rows([ALL, OPEN], lambda *_: None)
    for name in ("外滩", "b", "a", "é"):
        rows.apply([Put(ALL, thing(name)), Put(OPEN, thing("x", ord(name[0])))])
    assert [row.name for row in rows.each(ALL)] == ["a", "b", "é", "外滩"]
    assert [row.name for row in rows.find(ALL, 0, "red")] == ["a", "b", "é", "外滩"]
    assert [row.place for row in rows.each(OPEN)] == sorted(map(ord, "外baé"))


def test_an_index_follows_its_columns() -> None:
    rows = Rows([ALL], lambda *_: None)
    rows.apply([Put(ALL, thing("a")), Put(ALL, thing("b")), Put(ALL, thing("a", 5, "blue"))])
    assert [row.name for row in rows.find(ALL, 0, "red")] == ["b"]
    assert [row.name for row in rows.find(ALL, 1, ("blue", 5))] == ["a"]
    rows.apply([Drop(ALL, "a")])
    assert rows.count(ALL, 0, "blue") == rows.count(ALL, 1, ("blue", 5)) == 0


def test_the_net_change_is_handed_over_once() -> None:
    rows = Rows([ALL], lambda *_: None)
    rows.apply([Put(ALL, thing("a")), Put(ALL, thing("a", 2)), Put(ALL, thing("b"))])
    rows.apply([Drop(ALL, "b"), Drop(ALL, "never-there")])
    assert rows.take_dirty() == {ALL: {"a": thing("a", 2), "b": None, "never-there": None}}
    assert rows.take_dirty() == {}


def test_rows_read_from_the_store_are_not_a_change() -> None:
    rows = Rows([ALL], lambda *_: None)
    rows.load_resident(ALL, [thing("a"), thing("b", 1, "blue")])
    assert rows.take_dirty() == {}
    assert rows.count(ALL, 0, "blue") == 1


# --- against a plain dictionary ---------------------------------------------------------------

NAMES, PLACES, COLOURS = st.sampled_from("abc"), st.integers(0, 2), st.sampled_from(["r", "g"])
THINGS = st.builds(Thing, NAMES, PLACES, COLOURS, st.booleans())
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), THINGS),
        st.tuples(st.just("drop"), st.tuples(NAMES, PLACES)),
        st.tuples(st.just("get"), st.tuples(NAMES, PLACES)),
        st.tuples(st.just("commit"), st.none()),
        st.tuples(st.just("restart"), st.none()),
    ),
    max_size=60,
)


@given(STEPS)
def test_rows_over_a_store_behave_like_a_dictionary(steps: list[tuple[str, Any]]) -> None:
    shelf = Shelf()
    rows = Rows([OPEN], shelf.load)
    model: dict[Any, Thing] = {}
    for step, value in steps:
        if step == "put":
            rows.apply([Put(OPEN, value)])
            model[value.name, value.place] = value
        elif step == "drop":
            rows.apply([Drop(OPEN, value)])
            model.pop(value, None)
        elif step == "get":
            assert rows.get(OPEN, value) == model.get(value)
        else:
            shelf.keep(rows.take_dirty())
            assert {key: row for (_, key), row in shelf.rows.items()} == model
            if step == "restart":
                rows = Rows([OPEN], shelf.load)
                rows.load_resident(OPEN, [row for row in shelf.rows.values() if row.open])
        resident = {key: row for key, row in sorted(model.items()) if row.open}
        assert list(rows.each(OPEN)) == list(resident.values())
        for colour in ("r", "g"):
            named = [row for row in resident.values() if row.colour == colour]
            assert list(rows.find(OPEN, 0, colour)) == named
            assert rows.count(OPEN, 0, colour) == len(named)
    for name in "abc":
        for place in range(3):
            assert rows.get(OPEN, (name, place)) == model.get((name, place))
