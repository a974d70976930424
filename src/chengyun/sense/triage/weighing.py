"""Texts as columns of numbers: what stands in each, weighed by how telling it is.

A piece counts ``1 + ln(times)``, times ``1 + ln((1 + texts) / (1 + texts it stands in))``; then
each text is brought to length one (Salton and Buckley 1988), short pieces, long ones and those of
its beginning each by themselves (``SHARES``). Rows are kept one behind the other, as in compressed
sparse rows: the pieces of text ``i`` are ``pieces[starts[i]:starts[i + 1]]``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chengyun.engine.compiled import compiled
from chengyun.kernel.limits import MAX_TRIAGE_PIECES
from chengyun.sense.triage.features import block_of

RARE: Final = 3
"""A piece must stand in so many decided texts: what one or two people wrote is in no model."""

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


class Weighed(NamedTuple):
    """Texts as sparse rows over a vocabulary."""

    starts: Numbers
    pieces: Numbers
    weights: Floats


SHARES: Final = np.sqrt(np.array([1.0, 0.3, 0.3]))
"""How long a text is in each block of pieces; found by ten folds (decision 0034)."""


class Vocabulary(NamedTuple):
    """The pieces that a model knows, each with its place."""

    places: Mapping[str, int]
    tells: Numbers
    """How telling each is, in thousandths."""
    blocks: Numbers
    """With which others it is weighed."""


def known(pieces: Mapping[str, int]) -> Vocabulary:
    """Return pieces with how telling they are, ready to weigh texts."""
    return Vocabulary(
        {piece: place for place, piece in enumerate(pieces)},
        np.array(list(pieces.values()), np.int64),
        np.array([block_of(piece) for piece in pieces], np.int64),
    )


def vocabulary(
    decided: Sequence[Counter[str]], catalogue: Sequence[Counter[str]] = ()
) -> dict[str, int]:
    """Return every piece that counts, commonest first, with how telling it is in thousandths.

    Pieces of the catalogue count all.
    """
    standing: Counter[str] = Counter()
    for text in decided:
        standing.update(text.keys())
    standing_often = Counter({piece: count for piece, count in standing.items() if count >= RARE})
    for text in catalogue:
        standing_often.update(text.keys())
    texts = len(decided) + len(catalogue)
    kept = sorted(standing_often.items(), key=lambda one: (-one[1], one[0]))[:MAX_TRIAGE_PIECES]
    return {
        piece: round(1_000 * float(np.log((1 + texts) / (1 + count)) + 1)) for piece, count in kept
    }


def weighed(text: Mapping[str, int], words: Vocabulary) -> tuple[Numbers, Floats]:
    """Return the known pieces of one text in order of their place, with their weights."""
    places = words.places
    there = sorted((places[piece], times) for piece, times in text.items() if piece in places)
    pieces = np.fromiter((place for place, _ in there), np.int64, len(there))
    times = np.fromiter((times for _, times in there), np.float64, len(there))
    weights: Floats = (1 + np.log(times)) * words.tells[pieces]
    blocks = words.blocks[pieces]
    lengths = np.sqrt(np.bincount(blocks, weights=weights * weights, minlength=len(SHARES)))
    lengths[lengths == 0] = 1.0
    weights *= (SHARES / lengths)[blocks]
    return pieces, weights


def stacked(texts: Sequence[Mapping[str, int]], words: Vocabulary) -> Weighed:
    """Return all texts as sparse rows."""
    rows = [weighed(text, words) for text in texts]
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
