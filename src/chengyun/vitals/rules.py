"""How unusual a count is: a negative binomial around a learned expectation.

The mean comes from the baseline, the spread from what past arrivals taught about the type: where
one clerk types in a pile, counts vary more than chance, and less is surprising. Floats are used
on the way; what leaves is rounded to integers and written into the fact, never computed again.
"""

from __future__ import annotations

from math import exp, log
from typing import Final

_LN10: Final = log(10.0)
_TINY: Final = 1e-9
_MOST_TERMS: Final = 5_000


def surprise_milli(count: int, mean: float, extra_variance: float) -> int:
    """Return ``-1000 · log10 P(N ≥ count)`` for N with variance ``mean + extra_variance``.

    The tail of the negative binomial is summed upwards from ``count`` (at most 5,000 terms).

    >>> surprise_milli(3, 5.0, 1.0)
    0
    >>> surprise_milli(12, 0.8, 0.8)
    3843
    """
    if count <= mean or count <= 0:
        return 0
    mean = max(mean, _TINY)
    extra = max(extra_variance, _TINY * mean)
    size = mean * mean / extra
    ratio = extra / mean
    log_q = -log(1.0 + 1.0 / ratio)
    log_p = _log_point(count, size, -size * log(1.0 + ratio), log_q)
    q = exp(log_q)
    total = term = 1.0
    for k in range(count, count + _MOST_TERMS):
        term *= (size + k) / (k + 1.0) * q
        total += term
        if term < 1e-6 * total:
            break
    log_tail = log_p + log(total)
    return 0 if log_tail >= 0 else int(-1000.0 * log_tail / _LN10 + 0.5)


def _log_point(count: int, size: float, log_zero: float, log_q: float) -> float:
    """Return ``log P(N = count)``, the product taken in parts so that none leaves the range."""
    log_p, product = log_zero, 1.0
    for k in range(count):
        product *= (size + k) / (k + 1.0)
        if not 1e-200 < product < 1e200:
            log_p += log(product)
            product = 1.0
    return log_p + log(product) + count * log_q
