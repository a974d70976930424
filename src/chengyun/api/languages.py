"""In which language somebody wants to be answered: ``Accept-Language`` (RFC 9110, 12.5.4)."""

from __future__ import annotations

from typing import Final, Literal

Language = Literal["en", "zh"]
_MOST: Final = 32
"""So many ranges are looked at."""


def language_of(header: str) -> Language:
    """Return the language that is wanted most of those there are; English where none is said.

    >>> language_of("zh-CN,zh;q=0.9,en;q=0.8"), language_of("fr, en;q=0.5, zh;q=0.7")
    ('zh', 'zh')
    >>> language_of(""), language_of("en"), language_of("zh;q=0, *")
    ('en', 'en', 'en')
    """
    best: tuple[float, Language] = (0.0, "en")
    for part in header[:1_000].split(",")[:_MOST]:
        name, _, weight = part.strip().partition(";")
        tag = name.strip().lower().partition("-")[0]
        quality = _quality(weight)
        if tag in ("en", "*") and quality > best[0]:
            best = (quality, "en")
        elif tag == "zh" and quality > best[0]:
            best = (quality, "zh")
    return best[1]


def _quality(weight: str) -> float:
    name, _, value = weight.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        found = float(value)
    except ValueError:
        return 0.0
    return found if 0 <= found <= 1 else 0.0
