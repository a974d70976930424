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
_CODED: Final = re.compile(r"[a-z]?\d+(?=[市区县镇乡])|[a-z](?=[市区县镇乡])|\d+(?:[.:/-]\d+)*")
_LONGEST: Final = 3
_STEM: Final = 5


def features(text: str) -> Counter[str]:
    """Return how often each piece stands in a text.

    >>> sorted(features("灯坏了 Manhole"))
    ['manho-', 'manhole', '了', '坏', '坏了', '灯', '灯坏', '灯坏了']
    """
    found: Counter[str] = Counter()
    before = ""
    for run, is_chinese in runs(_CODED.sub(NUMBER, folded(text))):
        if is_chinese:
            before = ""
            for size in range(1, _LONGEST + 1):
                found.update(run[at : at + size] for at in range(len(run) - size + 1))
            continue
        found[run] += 1
        if len(run) > _STEM:
            found[f"{run[:_STEM]}-"] += 1
        if before:
            found[f"{before} {run}"] += 1
        before = run
    return found
