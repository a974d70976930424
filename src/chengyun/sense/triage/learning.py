"""Learns a model from texts and their labels: regularised least squares on how alike texts are.

One against the rest, solved in the space of texts (Rifkin, Yeo and Poggio 2003): a few thousand
texts are a square of a few thousand, and its inverse gives beside the weights what each text would
have been told had it not been learned from (``t - a / diag(G)``, Cawley and Talbot 2003). To that
the confidence is fitted, so it needs no texts of its own. Nothing is drawn by chance.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from chengyun.kernel.errors import Rejected
from chengyun.sense.triage import model as models
from chengyun.sense.triage.weighing import (
    Floats,
    Numbers,
    combined,
    known,
    likeness,
    stacked,
    vocabulary,
)

_RIDGE: Final = 0.1
"""How little a single text may bend the model; tried from 0.05 to 0.4 (decision 0034)."""
_SHARPNESS: Final = tuple(float(one) for one in np.geomspace(1.0, 16.0, 33))
_USUAL_SHARPNESS: Final = 4.0
_STEPS: Final = tuple(round(0.06 * step, 2) for step in range(-5, 6))
_ROUNDS: Final = 3
_MOST_FAIR: Final = 32
_FEW: Final = 50
"""With fewer decided texts the confidence is not fitted: it would fit the catalogue's words."""


class Taught(NamedTuple):
    """A text in its pieces, and what it is."""

    pieces: Counter[str]
    label: str


def learned(decided: Sequence[Taught], catalogue: Sequence[Taught] = ()) -> models.Kept:
    """Return the model of what people decided, beside the words of the catalogue.

    Refuses fewer than two labels.
    """
    taught = (*catalogue, *decided)
    names = sorted({one.label for one in taught})
    if len(names) < 2:
        raise Rejected(
            "too_few_labels",
            f"{len(names)} labels are too few to tell apart",
            remedy="give texts of two labels at least",
            params={"labels": str(len(names))},
        )
    pieces = vocabulary([one.pieces for one in decided], [one.pieces for one in catalogue])
    rows = stacked([one.pieces for one in taught], known(pieces))
    truth = np.array([names.index(one.label) for one in taught])
    wanted = np.where(np.arange(len(names)) == truth[:, None], 1.0, -1.0)
    usual = wanted.mean(axis=0)
    inverse = np.linalg.inv(likeness(rows, len(pieces)) + _RIDGE * np.eye(len(taught)))
    shares = inverse @ (wanted - usual)
    held = slice(len(catalogue), None)
    left_out, truth = (wanted - shares / np.diag(inverse)[:, None])[held], truth[held]
    fair = _fair(left_out, truth)
    return models.kept(
        names,
        pieces,
        combined(rows, shares, len(pieces)),
        usual + fair,
        sharpness=_fitted(left_out + fair, truth),
        rows=len(decided),
    )


def _fair(scores: Floats, truth: Numbers) -> Floats:
    """Return what is added to each label's score so that rare labels are found as well.

    Coordinate by coordinate, that of ``_STEPS`` under which the mean F1 of the labels is best for
    texts held out. With few texts, or many labels, there is too little to fit it to.
    """
    labels = scores.shape[1]
    added = np.zeros(labels)
    if len(truth) < _FEW or labels > _MOST_FAIR:
        return added
    for _ in range(_ROUNDS):
        for label in range(labels):
            moved = scores + added
            tried = []
            for step in _STEPS:
                moved[:, label] += step
                tried.append((_mean_f1(moved.argmax(axis=1), truth, labels), -abs(step), step))
                moved[:, label] -= step
            added[label] += max(tried)[2]
    return added


def _mean_f1(found: Numbers, truth: Numbers, labels: int) -> float:
    hits = np.bincount(truth[found == truth], minlength=labels)
    said = np.bincount(found, minlength=labels) + np.bincount(truth, minlength=labels)
    return float(np.mean(2 * hits[said > 0] / said[said > 0]))


def _fitted(scores: Floats, truth: Numbers) -> float:
    """Return the sharpness under which the truth is likeliest, for texts held out."""
    if len(truth) < _FEW:
        return _USUAL_SHARPNESS
    return min(_SHARPNESS, key=lambda one: _surprise(scores * one, truth))


def _surprise(scores: Floats, truth: Numbers) -> float:
    top = scores.max(axis=1)
    over = np.log(np.exp(scores - top[:, None]).sum(axis=1)) + top
    return float(np.sum(over - scores[np.arange(len(truth)), truth]))
