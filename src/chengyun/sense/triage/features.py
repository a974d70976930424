"""What a text says, as counted pieces: Chinese by one to three characters, other scripts by words.

Chinese is not cut into words: pieces of it that stand beside each other do as well for telling
what a text is about, and no dictionary has to know the city. Codes of places and numbers tell no
matter and become one sign.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from chengyun.sense.triage.folding import folded, runs

NUMBER: Final = "#"
HEAD: Final = "^"
"""Stands before the pieces of a text's beginning: most say there what they are about."""

_CODED: Final = re.compile(r"[a-z]?\d+(?=[市区县镇乡])|[a-z](?=[市区县镇乡])|\d+(?:[.:/-]\d+)*")
_LONGEST: Final = 3
_LONGEST_IN_HEAD: Final = 2
_HEAD_CHARS: Final = 32
_STEM: Final = 5


def features(text: str) -> Counter[str]:
    """Return how often each piece stands in a text, and beside that in its beginning.

    >>> sorted(features("灯坏了 Manhole"))[:8]
    ['^manho-', '^manhole', '^了', '^坏', '^坏了', '^灯', '^灯坏', 'manho-']
    """
    plain = _CODED.sub(NUMBER, folded(text))
    found = _pieces(plain, _LONGEST)
    for piece, times in _pieces(plain[:_HEAD_CHARS], _LONGEST_IN_HEAD).items():
        found[HEAD + piece] = times
    return found


def _pieces(plain: str, longest: int) -> Counter[str]:
    found: Counter[str] = Counter()
    before = ""
    for run, is_chinese in runs(plain):
        if is_chinese:
            before = ""
            for size in range(1, longest + 1):
                found.update(run[at : at + size] for at in range(len(run) - size + 1))
            continue
        found[run] += 1
        if len(run) > _STEM:
            found[f"{run[:_STEM]}-"] += 1
        if before:
            found[f"{before} {run}"] += 1
        before = run
    return found


def block_of(piece: str) -> int:
    """Return with which others a piece is weighed: 0 the short, 1 the long, 2 the beginning.

    >>> [block_of(piece) for piece in ("灯坏", "灯坏了", "^灯", "lamp")]
    [0, 1, 2, 0]
    """
    if piece.startswith(HEAD):
        return 2
    return int(len(piece) == _LONGEST and not piece.isascii())
