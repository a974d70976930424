"""Values of persons made unrecognisable: as much is left as a caller needs to be told apart by.

Pure. What counts as a letter is a grapheme as a reader sees it (UAX 29), so that no half of an
emoji, of a surname written with two code points or of a flag is left over.
"""

from __future__ import annotations

from typing import Final

import regex

HIDDEN: Final = "***"
_GRAPHEME: Final = regex.compile(r"\X")
_MOBILE: Final = regex.compile(r"(?:\+?86[ -]?)?([1１][3-9３-９]\d)[ -]?\d{4}[ -]?(\d{4})")
_EMAIL: Final = regex.compile(r"([^\s@])[^\s@]{0,63}@([^\s@]{1,255})")
_MAX_NAME: Final = 12
"""Longer values are no names; nothing of them is shown."""

_IN_TEXT: Final = regex.compile(
    r"(?P<email>[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})"
    r"|(?<![\p{N}])(?P<id>\d{17}[\dXx])(?![\p{N}])"
    r"|(?<![\p{N}])(?P<bank>\d{15,19})(?![\p{N}])"
    r"|(?<![\p{N}])(?P<mobile>(?:\+?86[ -]?)?[1１][3-9３-９]\d[ -]?\d{4}[ -]?\d{4})(?![\p{N}])"
    r"|(?<![\p{N}])(?P<fixed>0\d{2,3}[ -]\d{7,8})(?![\p{N}])"
)
"""Addresses and numbers by which a person is found: email, identity card (GB 11643), bank card,
mobile and fixed line. What has no word boundary in Chinese is bounded by other digits."""


def masked(value: str) -> str:
    """Return a personal value masked, by what it looks like.

    >>> masked("张三丰"), masked("13812341234"), masked("zhang@example.com"), masked("")
    ('张**', '138****1234', 'z***@example.com', '')
    >>> masked("310101199001011234")
    '***'
    """
    text = value.strip()
    if not text:
        return ""
    if mobile := _MOBILE.fullmatch(text):
        return f"{mobile[1]}****{mobile[2]}"
    if email := _EMAIL.fullmatch(text):
        return f"{email[1]}***@{email[2]}"
    letters = _GRAPHEME.findall(text[: 8 * _MAX_NAME])
    if len(letters) > _MAX_NAME or len(text) > 8 * _MAX_NAME or any(map(_is_figure, letters)):
        return HIDDEN
    return "**" if len(letters) == 1 else f"{letters[0]}**"


def scrubbed(text: str) -> str:
    """Return what a person wrote, with numbers and addresses of persons masked.

    >>> scrubbed("井盖没了，找王姐13812341234")
    '井盖没了，找王姐138****1234'
    """
    if "@" not in text and sum(map(_is_figure, text)) < 8:
        return text  # the usual case, and nothing to look for
    return _IN_TEXT.sub(_masked_match, text)


def _masked_match(found: regex.Match[str]) -> str:
    return masked(found[0]) if found["email"] or found["mobile"] else HIDDEN


def _is_figure(letter: str) -> bool:
    return letter.isdigit()
