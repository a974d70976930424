"""The words of a list as one pattern over folded texts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from chengyun.sense.triage.folding import folded

_NOTHING: Final = re.compile(r"(?!)")
_LATIN: Final = re.compile(r"[a-z0-9]")


def any_of(words: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern that finds any of the words in a folded text, the longest first.

    A word in Latin letters stands between borders of words; ``*`` at its end takes any ending.

    >>> any_of(["leak*", "漏"]).findall("leaking, leaks, bleak, 漏了")
    ['leaking', 'leaks', '漏']
    """
    plain = sorted({folded(word) for word in words}, key=lambda word: (-len(word), word))
    return re.compile("|".join(map(_pattern, plain))) if plain else _NOTHING


def _pattern(word: str) -> str:
    body = re.escape(word.removesuffix("*"))
    if not _LATIN.match(word):
        return body
    ending = "[a-z]*" if word.endswith("*") else "(?![a-z0-9])"
    return f"(?<![a-z0-9]){body}{ending}"
