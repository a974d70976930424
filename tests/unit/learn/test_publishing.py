"""Public figures: whoever reckons with all that is told finds no small count."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chengyun.learn.publishing import protect, published, suppressed
from chengyun.learn.views import Figures

TOP = 1_000.0


def with_totals(inner):
    counts = np.zeros((len(inner) + 1, len(inner[0]) + 1))
    counts[:-1, :-1] = inner
    counts[-1, :] = counts.sum(axis=0)
    counts[:, -1] = counts.sum(axis=1)
    return counts


class Reckoner:
    """What somebody can conclude who knows all that is told, and that what is not is at least 1."""

    def __init__(self, counts, hidden):
        self.counts, self.hidden = counts, hidden
        rows, columns = counts.shape
        self.unknown = [
            (row, column)
            for row in range(rows - 1)
            for column in range(columns - 1)
            if hidden[row, column]
        ]
        self.sums = [
            (np.s_[row, :-1], counts[row, -1]) for row in range(rows) if not hidden[row, -1]
        ] + [
            (np.s_[:-1, column], counts[-1, column])
            for column in range(columns)
            if not hidden[-1, column]
        ]

    def may_be(self, cell, value) -> bool:
        """Tell whether some table with ``value`` at ``cell`` agrees with all that is told."""
        guess = self.counts.copy()
        guess[-1, :] = guess[:, -1] = np.nan
        for one in self.unknown:
            guess[one] = np.nan
        row, column = cell
        if row < self.counts.shape[0] - 1 and column < self.counts.shape[1] - 1:
            guess[cell] = value
            return self._can_be_filled(guess, [one for one in self.unknown if one != cell])
        return any(
            np.isclose(self._with_totals(found)[cell], value)
            for found in self._all(guess, list(self.unknown))
        )

    def _can_be_filled(self, guess, left) -> bool:
        return next(self._all(guess, left), None) is not None

    def _all(self, guess, left) -> Iterator[np.ndarray]:
        if not self._agrees(guess):
            return
        if not left:
            yield guess
            return
        one = left[0]
        for value in range(1, int(self.counts[:-1, :-1].max()) + 8):
            guess[one] = value
            yield from self._all(guess, left[1:])
        guess[one] = np.nan

    def _with_totals(self, guess):
        return with_totals(guess[:-1, :-1])

    def _agrees(self, guess) -> bool:
        rows, columns = guess.shape
        inner = guess[:-1, :-1]
        for row in range(rows):
            if self.hidden[row, -1]:
                continue
            line = inner[row] if row < rows - 1 else inner.reshape(-1)
            if not _fits(line, self.counts[row, -1]):
                return False
        return all(
            self.hidden[-1, column] or _fits(inner[:, column], self.counts[-1, column])
            for column in range(columns - 1)
        )


def _fits(line, total) -> bool:
    missing = int(np.isnan(line).sum())
    known = float(np.nansum(line))
    return known + missing <= total if missing else known == total


SMALL = st.integers(1, 3).flatmap(
    lambda columns: st.lists(
        st.lists(st.sampled_from([0, 1, 2, 3, 4, 6]), min_size=columns, max_size=columns),
        min_size=1,
        max_size=3,
    )
)


@given(SMALL)
@settings(max_examples=60, deadline=None)
def test_a_small_cell_can_be_any_of_k_values_for_whoever_reckons(inner):
    k = 3
    counts = with_totals(inner)
    hidden = suppressed(counts, k)
    reckoner = Reckoner(counts, hidden)
    for row in range(counts.shape[0] - 1):
        for column in range(counts.shape[1] - 1):
            if 0 < counts[row, column] < k:
                assert hidden[row, column]
                span = range(1, int(counts.max()) + 8)
                possible = [one for one in span if reckoner.may_be((row, column), one)]
                assert counts[row, column] in possible
                assert len(possible) >= k, (counts, hidden, possible)


@given(st.integers(1, 8), st.integers(1, 8), st.integers(2, 20), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_no_small_count_and_no_small_total_follows_from_sums_and_differences(
    rows, columns, k, chance
):
    inner = [
        [chance.choice([0, 0, 1, 2, k - 1, k, 50, 400]) for _ in range(columns)]
        for _ in range(rows)
    ]
    counts = with_totals(inner)
    hidden = suppressed(counts, k)
    small = (counts > 0) & (counts < k)
    assert hidden[small].all()
    unknown = {tuple(one): place for place, one in enumerate(np.argwhere(hidden))}
    equations = []
    for row in range(rows + 1):
        equations.append([(row, one) for one in range(columns + 1)])
    for column in range(columns + 1):
        equations.append([(one, column) for one in range(rows + 1)])
    matrix = np.zeros((len(equations), max(1, len(unknown))))
    for number, cells in enumerate(equations):
        for place, cell in enumerate(cells):
            if cell in unknown:
                is_total = place == len(cells) - 1
                matrix[number, unknown[cell]] = -1 if is_total else 1
    _, sizes, rest = np.linalg.svd(matrix)
    free = rest[(sizes > 1e-9).sum() :] if unknown else np.zeros((0, 1))
    for cell in np.argwhere(small):
        place = unknown[tuple(cell)]
        assert np.abs(free[:, place]).max(initial=0) > 1e-9, (counts, hidden, cell)


def test_what_is_large_is_told_and_nothing_more_is_left_out_than_needed():
    counted = {(area, kind): 40 for area in "abc" for kind in "xyz"}
    told = protect(counted, k=5)
    assert told.total == 360
    assert set(told.areas.values()) == {120}
    told = protect(counted | {("a", "x"): 2}, k=5)
    left_out = [(a, t) for a, row in told.cells.items() for t, one in row.items() if one is None]
    assert len(left_out) == 4
    assert told.total == 322, "a rectangle inside the table is enough"


@pytest.mark.parametrize("counted", [{("a", "x"): 2}, {("a", "x"): 2, ("a", "y"): 90}])
def test_a_table_of_one_row_leaves_out_its_totals_too(counted):
    told = protect(counted, k=5)
    assert told.cells["a"]["x"] is None
    assert told.types["x"] is None


def test_nothing_to_tell_is_no_mistake():
    told = protect({}, k=5)
    assert (told.cells, told.areas, told.types, told.total) == ({}, {}, {}, 0)
    assert protect({("a", "x"): 0}, k=5).cells == {}


def test_areas_are_lifted_to_the_level_that_is_told():
    rows = [
        Figures("manhole", "h1", "roads", 7, reports=9, closed=8),
        Figures("manhole", "h2", "", 7, reports=30, closed=1),
        Figures("manhole", "h3", "", 7, reports=30, closed=20),
    ]
    above = {"h1": "d1", "h2": "d1", "h3": "d2"}
    told = published(rows, above, period=7, k=5, level="district")
    assert told.reports.cells == {"d1": {"manhole": 39}, "d2": {"manhole": 30}}
    assert told.closed.cells == {"d1": {"manhole": 9}, "d2": {"manhole": 20}}
    assert (told.period, told.k, told.level) == (7, 5, "district")


def test_a_large_city_is_soon_done():
    chance = np.random.default_rng(1)
    counted = {
        (f"a{a}", f"t{t}"): int(chance.integers(0, 12)) for a in range(60) for t in range(60)
    }
    told = protect(counted, k=5)
    assert all(
        one is None or one >= 5 or one == 0 for row in told.cells.values() for one in row.values()
    )
