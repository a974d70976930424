"""Ids of sensors as a block of bytes: which of them are none, found without looking at each."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from chengyun.facts.columns import Bytes, Ids
from chengyun.kernel.limits import MAX_ID_CHARS
from chengyun.sense.wire.faults import Fault

_SPACE: Final = 0x20
_DELETE: Final = 0x7F
_MOST_BYTES_A_CHAR: Final = 4


def faults_of(ids: Ids) -> Bytes | None:
    """Return the fault of each id, or ``None`` where all are good.

    An id has 1 to ``MAX_ID_CHARS`` characters in valid UTF-8, none of them a control character
    (U+0000 to U+001F, U+007F to U+009F).
    """
    text, ends = ids
    if not len(ends):
        return None
    lengths = np.diff(ends, prepend=0)
    short = lengths.min() > 0 and lengths.max() <= MAX_ID_CHARS
    if short and text.min() >= _SPACE and text.max() < _DELETE:
        return None
    found = np.zeros(len(ends), np.uint8)
    found[lengths == 0] = Fault.BAD_ID
    unclean = unclean_of(ids)
    if unclean is not None:
        found[unclean] = Fault.BAD_ID
    long = lengths > MAX_ID_CHARS
    if long.any():
        long &= _chars(text, ends) > MAX_ID_CHARS
        found[long] = Fault.ID_TOO_LONG
    return found if found.any() else None


def unclean_of(ids: Ids) -> NDArray[np.bool_] | None:
    """Mark texts with a control character or broken UTF-8; ``None`` where all are clean."""
    text, ends = ids
    if not text.size or (text.min() >= _SPACE and text.max() < _DELETE):
        return None
    unclean = _marks_before(_controls(text), ends) > 0
    return unclean | _broken(text, ends) if text.max() > _DELETE else unclean


def kept_of(ids: Ids, keep: NDArray[np.bool_]) -> Ids:
    """Return the ids at the places that ``keep`` marks."""
    lengths = np.diff(ids.ends, prepend=0)
    text = ids.text[: ids.ends[-1] if len(ids.ends) else 0]
    return Ids(text[np.repeat(keep, lengths)], np.cumsum(lengths[keep]))


def _marks_before(marks: NDArray[np.bool_], ends: NDArray[np.int64]) -> NDArray[np.int32]:
    """Count the marked bytes of each id."""
    total = np.zeros(len(marks) + 1, np.int32)
    np.cumsum(marks, dtype=np.int32, out=total[1:])
    return np.diff(total[ends], prepend=np.int32(0))


def _chars(text: Bytes, ends: NDArray[np.int64]) -> NDArray[np.int32]:
    """Count characters: bytes of UTF-8 that begin one."""
    return _marks_before((text & 0xC0) != 0x80, ends)


def _controls(text: Bytes) -> NDArray[np.bool_]:
    """Mark bytes that are, or end, a control character."""
    marks: NDArray[np.bool_] = (text < _SPACE) | (text == _DELETE)
    marks[1:] |= (text[:-1] == 0xC2) & (text[1:] >= 0x80) & (text[1:] < 0xA0)
    return marks


def _broken(text: Bytes, ends: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Mark ids that are no valid UTF-8; a lone surrogate is none either."""
    content = text.tobytes()
    broken = np.zeros(len(ends), np.bool_)
    starts = np.concatenate(([0], ends[:-1]))
    if _is_utf8(content):
        # valid as a whole: an id is broken only where a character runs over its edge
        edges = np.append((text & 0xC0) == 0x80, False)
        return np.asarray(edges[starts] | edges[ends])
    beyond_ascii = np.flatnonzero(_marks_before(text >= 0x80, ends))
    most = MAX_ID_CHARS * _MOST_BYTES_A_CHAR
    for place in beyond_ascii.tolist():
        start, end = int(starts[place]), int(ends[place])
        broken[place] = end - start > most or not _is_utf8(content[start:end])
    return broken


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True
