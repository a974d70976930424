"""Texts as columns of numbers: what stands in each, weighed by how telling it is.

A piece counts ``1 + ln(times)``, times ``1 + ln((1 + texts) / (1 + texts it stands in))``; then
each text is brought to length one (Salton and Buckley 1988). Rows are kept one behind the other, as
in compressed sparse rows: the pieces of text ``i`` are ``pieces[starts[i]:starts[i + 1]]``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chengyun.engine.compiled import compiled
from chengyun.kernel.limits import MAX_TRIAGE_PIECES

RARE: Final = 3
"""A piece must stand in so many decided texts: what one or two people wrote is in no model."""

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


class Weighed(NamedTuple):
    """Texts as sparse rows over a vocabulary."""

    starts: Numbers
    pieces: Numbers
    weights: Floats


def vocabulary(
    decided: Sequence[Counter[str]], catalogue: Sequence[Counter[str]] = ()
) -> dict[str, int]:
    """Return every piece that counts, commonest first, with how telling it is in thousandths.

    Pieces of the catalogue count all.
    """
    standing: Counter[str] = Counter()
    for text in decided:
        standing.update(text.keys())
    known = Counter({piece: count for piece, count in standing.items() if count >= RARE})
    for text in catalogue:
        known.update(text.keys())
    texts = len(decided) + len(catalogue)
    kept = sorted(known.items(), key=lambda one: (-one[1], one[0]))[:MAX_TRIAGE_PIECES]
    return {
        piece: round(1_000 * float(np.log((1 + texts) / (1 + count)) + 1)) for piece, count in kept
    }


def weighed(
    text: Mapping[str, int], places: Mapping[str, int], tells: Numbers
) -> tuple[Numbers, Floats]:
    """Return the known pieces of one text in order of their place, with their weights."""
    known = sorted((places[piece], times) for piece, times in text.items() if piece in places)
    pieces = np.fromiter((place for place, _ in known), np.int64, len(known))
    times = np.fromiter((times for _, times in known), np.float64, len(known))
    weights: Floats = (1 + np.log(times)) * tells[pieces]
    length = float(np.sqrt(np.sum(weights * weights)))
    if length:
        weights /= length
    return pieces, weights


def stacked(
    texts: Sequence[Mapping[str, int]], places: Mapping[str, int], tells: Numbers
) -> Weighed:
    """Return all texts as sparse rows."""
    rows = [weighed(text, places, tells) for text in texts]
    starts = np.zeros(len(rows) + 1, np.int64)
    np.cumsum([len(pieces) for pieces, _ in rows], out=starts[1:])
    pieces = np.concatenate([pieces for pieces, _ in rows]) if rows else np.zeros(0, np.int64)
    weights = np.concatenate([weights for _, weights in rows]) if rows else np.zeros(0)
    return Weighed(starts, pieces, weights)


def likeness(rows: Weighed, size: int) -> Floats:
    """Return how alike each two texts are, the cosine, as a square over texts."""
    count = len(rows.starts) - 1
    order = np.argsort(rows.pieces, kind="stable")
    texts = np.repeat(np.arange(count), np.diff(rows.starts))[order]
    bounds = np.searchsorted(rows.pieces[order], np.arange(size + 1))
    found = np.zeros((count, count))
    _add_products(bounds, texts, rows.weights[order], found)
    return found + np.tril(found, -1).T


@compiled
def _add_products(bounds: Numbers, texts: Numbers, weights: Floats, found: Floats) -> None:
    for piece in range(len(bounds) - 1):
        for one in range(bounds[piece], bounds[piece + 1]):
            row, weight = texts[one], weights[one]
            for other in range(bounds[piece], one + 1):
                found[row, texts[other]] += weight * weights[other]


def combined(rows: Weighed, shares: Floats, size: int) -> Floats:
    """Return for each piece the sum of texts times their ``shares``, a column a label."""
    texts = np.repeat(np.arange(len(rows.starts) - 1), np.diff(rows.starts))
    found = np.empty((size, shares.shape[1]))
    for label in range(shares.shape[1]):
        weights = rows.weights * shares[texts, label]
        found[:, label] = np.bincount(rows.pieces, weights=weights, minlength=size)
    return found
