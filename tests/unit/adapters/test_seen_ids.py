"""The filter in front of the index of facts: it may doubt, and never forgets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengyun.adapters.sql import seen
from chengyun.adapters.sql.seen import SeenIds


@given(st.lists(st.text(max_size=40), max_size=300))
def test_what_was_added_is_never_called_new(ids: list[str]) -> None:
    filter_ = SeenIds()
    for identifier in ids:
        filter_.add(identifier)
    assert all(filter_.may_hold(identifier) for identifier in ids)


def test_an_empty_filter_knows_nothing() -> None:
    assert not SeenIds().may_hold("report:requests:1")


def test_few_new_ids_are_doubted_and_growing_forgets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Through several filters: 20,000 ids where the first has room for 256."""
    monkeypatch.setattr(seen, "_FIRST_BITS", 1 << 12)
    filter_ = SeenIds()
    known = [f"report:requests:{number}" for number in range(20_000)]
    for identifier in known:
        filter_.add(identifier)
    assert all(filter_.may_hold(identifier) for identifier in known)
    doubted = sum(filter_.may_hold(f"case:requests:{number}") for number in range(20_000))
    assert doubted < 20_000 * 0.06, "each filter doubts one in seventy"
