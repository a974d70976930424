"""How unusual a count is, against exact sums."""

from __future__ import annotations

from fractions import Fraction
from math import comb, log10

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengyun.vitals.rules import surprise_milli


def exact_tail(count: int, size: int, p: Fraction) -> Fraction:
    """Return P(N ≥ count) of the negative binomial with this size, without any rounding."""
    below = sum(comb(k + size - 1, k) * p**size * (1 - p) ** k for k in range(count))
    return 1 - below


@pytest.mark.parametrize("count", [5, 6, 8, 12, 20, 40, 80])
@pytest.mark.parametrize(
    ("size", "p"), [(2, Fraction(1, 3)), (1, Fraction(1, 2)), (5, Fraction(5, 9))]
)
def test_it_is_the_tail_of_the_negative_binomial(count: int, size: int, p: Fraction) -> None:
    mean = size * (1 - p) / p
    extra = mean * (1 - p) / p
    expected = -1_000 * log10(exact_tail(count, size, p))
    assert count > mean
    assert surprise_milli(count, float(mean), float(extra)) == pytest.approx(expected, abs=1)


@pytest.mark.parametrize("count", [3, 5, 10, 20])
def test_without_extra_spread_it_is_the_tail_of_poisson(count: int) -> None:
    """Mean 2: e**-2 by 40 terms of its series, the rest exact."""
    e_minus_2 = sum(Fraction((-2) ** k, _factorial(k)) for k in range(40))
    below = sum(e_minus_2 * Fraction(2**k, _factorial(k)) for k in range(count))
    expected = -1_000 * log10(1 - below)
    assert surprise_milli(count, 2.0, 0.0) == pytest.approx(expected, abs=1)


def _factorial(number: int) -> int:
    result = 1
    for factor in range(2, number + 1):
        result *= factor
    return result


@pytest.mark.parametrize(
    ("count", "mean", "extra", "surprise"),
    [
        (0, 0.0, 0.0, 0),
        (0, 5.0, 1.0, 0),
        (5, 5.0, 1.0, 0),
        (3, 5.0, 1.0, 0),
        (12, 0.8, 0.8, 3843),
        (1, 0.0, 0.0, 9000),
        (1, 1e-9, 0.0, 9000),
    ],
)
def test_known_values(count: int, mean: float, extra: float, surprise: int) -> None:
    assert surprise_milli(count, mean, extra) == surprise


@given(
    count=st.integers(0, 400),
    mean=st.floats(0.1, 200.0),
    spread=st.floats(0.02, 5.0),
    model_error=st.floats(0.0, 0.1),
)
def test_more_is_never_less_surprising_and_expecting_more_never_more(
    count: int, mean: float, spread: float, model_error: float
) -> None:
    def surprise(count: int, mean: float) -> int:
        return surprise_milli(count, mean, mean * spread + model_error * mean * mean)

    here = surprise(count, mean)
    assert here >= 0
    assert surprise(count + 1, mean) >= here
    assert surprise(count, mean * 1.5) <= here + 1


@pytest.mark.parametrize("count", [20, 40, 80])
def test_where_counts_vary_more_less_is_surprising(count: int) -> None:
    by_spread = [surprise_milli(count, 5.0, 5.0 * spread) for spread in (0.02, 0.5, 1.0, 4.0)]
    assert by_spread == sorted(by_spread, reverse=True)
    assert len(set(by_spread)) == len(by_spread)


def test_a_huge_count_stays_a_number() -> None:
    assert surprise_milli(100_000, 10.0, 5.0) > 100_000
    assert surprise_milli(5_000, 4_900.0, 4_900.0) > 0
