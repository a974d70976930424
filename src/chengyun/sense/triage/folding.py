"""Text as it is compared: one width, one case, simplified characters, nothing invisible.

Whatever comes in, however long or odd, is folded in one pass; no more than a bound is looked at,
and what was left out is told by whoever asks (``is_cut``).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from chengyun.kernel.limits import MAX_TRIAGE_CHARS
from chengyun.sense.triage.traditional import SIMPLIFIED

_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_BLANKS: Final = re.compile(r"\s+")
_STOPS: Final = re.compile(r"[,.!?;:\n，。！？；：、…~—]+")
_HAN: Final = "㐀-䶿一-鿿豈-﫿𠀀-𯨟"
_RUNS: Final = re.compile(rf"([{_HAN}#]+)|([^\W_{_HAN}]+(?:'[^\W_{_HAN}]+)?)")
"""A number that was made a sign belongs to the Chinese around it."""


def is_cut(text: str) -> bool:
    """Tell whether a text is longer than what is looked at."""
    return len(text) > MAX_TRIAGE_CHARS


def folded(text: str, *, most: int = MAX_TRIAGE_CHARS) -> str:
    """Return the text as it is compared, at most ``most`` characters of it.

    >>> folded("ＧＡＳ　氣味\\u200b很濃")
    'gas 气味很浓'
    >>> folded("line one\\r\\nline two")
    'line one\\nline two'
    """
    # Compatibility forms may grow (one character becomes eighteen), so it is cut on both sides.
    wide = unicodedata.normalize("NFKC", text[:most])[:most]
    shown = "".join(
        char if char.isprintable() else _instead(char)
        for char in wide.casefold().translate(SIMPLIFIED)
    )
    return "\n".join(line for one in shown.splitlines() if (line := _BLANKS.sub(" ", one).strip()))


def _instead(char: str) -> str:
    if char in "\n\v\f\x85\u2028\u2029":
        return "\n"
    if char.isspace():
        return " "
    return "" if unicodedata.category(char) in _UNSEEN else char


def clauses(text: str) -> list[str]:
    """Return the parts of a folded text between its stops.

    >>> clauses("没有停水，闻到煤气味！快来")
    ['没有停水', '闻到煤气味', '快来']
    """
    return [part for one in _STOPS.split(text) if (part := one.strip())]


def runs(text: str) -> list[tuple[str, bool]]:
    """Return the runs of a folded text that are one script, and whether each is Chinese.

    >>> runs("3号楼gas leak!")
    [('3', False), ('号楼', True), ('gas', False), ('leak', False)]
    """
    return [(found[1] or found[2], found[1] is not None) for found in _RUNS.finditer(text)]
