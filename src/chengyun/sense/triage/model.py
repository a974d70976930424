"""A learned model: what each piece of text speaks for, and how sure that makes one.

It is an artefact, named by the hash of its bytes. Weights are whole numbers (``UNIT`` to one), so
that a model is the same wherever it is read. A proposal carries its confidence in millionths.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from chengyun.kernel.errors import Rejected
from chengyun.kernel.limits import MAX_TRIAGE_BYTES, MAX_TRIAGE_REASONS
from chengyun.sense.triage.features import HEAD
from chengyun.sense.triage.weighing import Floats, known, weighed

PPM: Final = 1_000_000
UNIT: Final = 4_096
"""A weight of one, as it is kept."""
_MOST: Final = 32_767


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A model as it is kept."""

    labels: list[str]
    pieces: list[str]
    tells_milli: list[int]
    """How telling each piece is, in thousandths."""
    weights: bytes
    """16-bit whole numbers, little-endian, a row a piece and a column a label."""
    bias: list[int]
    sharpness_milli: int
    """How much surer the best label is for each unit of score, fitted to held-out texts."""
    rows: int
    """How many decided reports it learned from."""


class Ranked(NamedTuple):
    """A label that a text may have, with the confidence in millionths."""

    label: str
    ppm: int


class Model:
    """Proposes labels for texts; pure, the same text gives the same answer."""

    def __init__(self, kept: Kept) -> None:
        self.labels = kept.labels
        self.rows = kept.rows
        self._pieces = kept.pieces
        self._words = known(dict(zip(kept.pieces, kept.tells_milli, strict=True)))
        shape = (len(kept.pieces), len(kept.labels))
        self._weights: NDArray[np.int16] = np.frombuffer(kept.weights, "<i2").reshape(shape)
        self._bias: Floats = np.array(kept.bias, np.float64)
        self._sharpness = kept.sharpness_milli / 1_000

    @property
    def usual(self) -> str:
        """The label that is commonest; the first by name of several."""
        return self.labels[int(np.argmax(self._bias))]

    def ranked(self, text: Mapping[str, int]) -> list[Ranked]:
        """Return the labels for the pieces of a text, best first; none where it knows no piece."""
        places, weights = weighed(text, self._words)
        if not len(places):
            return []
        scores = (self._bias + weights @ self._weights[places]) / UNIT
        shares = np.exp((scores - scores.max()) * self._sharpness)
        parts = np.rint(shares / shares.sum() * PPM).astype(np.int64).tolist()
        order = sorted(range(len(parts)), key=lambda one: (-scores[one], self.labels[one]))
        return [Ranked(self.labels[one], parts[one]) for one in order]

    def spoke_for(self, text: Mapping[str, int], label: str) -> list[str]:
        """Return the pieces of a text that spoke most for ``label``, none within another."""
        places, weights = weighed(text, self._words)
        said = weights * self._weights[places, self.labels.index(label)]
        order = [one for one in np.argsort(-said, kind="stable").tolist() if said[one] > 0]
        pieces = [self._pieces[places[one]].removeprefix(HEAD) for one in order]
        found: list[str] = []
        for piece in (*(one for one in pieces if len(one) > 1), *pieces):  # a character says little
            if len(found) == MAX_TRIAGE_REASONS:
                break
            if not any(piece in other or other in piece for other in found):
                found.append(piece)
        return found


def kept(
    labels: Sequence[str],
    vocabulary: Mapping[str, int],
    weights: Floats,
    bias: Floats,
    *,
    sharpness: float,
    rows: int,
) -> Kept:
    """Return a model as whole numbers."""
    whole = np.clip(np.rint(weights * UNIT), -_MOST, _MOST).astype("<i2")
    return Kept(
        labels=list(labels),
        pieces=list(vocabulary),
        tells_milli=list(vocabulary.values()),
        weights=whole.tobytes(),
        bias=np.rint(bias * UNIT).astype(np.int64).tolist(),
        sharpness_milli=round(sharpness * 1_000),
        rows=rows,
    )


def packed(model: Kept) -> bytes:
    """Return the bytes of an artefact; the same model gives the same bytes."""
    return zlib.compress(msgspec.msgpack.encode(model), 6)


def unpacked(content: bytes) -> Model:
    """Return the model of an artefact, or refuse what is none."""
    reader = zlib.decompressobj()
    try:
        plain = reader.decompress(content, MAX_TRIAGE_BYTES)
        return Model(msgspec.msgpack.decode(plain, type=Kept))
    except (zlib.error, msgspec.DecodeError, ValueError) as wrong:
        raise Rejected(
            "bad_model", f"this is no model of triage: {wrong}", remedy="let it be learned again"
        ) from wrong
