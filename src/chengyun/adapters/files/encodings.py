"""Which encoding and which delimiter a text file has, from its beginning."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Final

from chengyun.kernel.errors import Rejected

DETECT: Final = "detect"
DELIMITERS: Final = ",;\t|"

_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_MAGIC: Final = (
    b"PK\x03\x04",
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"PAR1",
    b"\xd0\xcf\x11\xe0",
    b"\x7fELF",
    b"SQLite format 3",
)
_LINE_ENDS_ELSEWHERE: Final = ("utf-16", "utf-32", "utf-7")


def detect_encoding(path: Path, sample: bytes) -> str:
    """Return ``utf-8`` or ``gb18030``; refuse what is no text.

    A byte order mark decides. Else UTF-8, unless more lines beyond ASCII break it than keep it
    and fewer break GB18030: one broken line does not change the encoding of a file.
    """
    if sample.startswith(codecs.BOM_UTF8):
        return "utf-8"
    if sample.startswith(_UTF16):
        raise Rejected(
            "unsupported_encoding",
            f"{path.name} is UTF-16",
            where=str(path),
            remedy="save it as CSV in UTF-8",
            params={"encoding": "utf-16"},
        )
    if sample.startswith(_MAGIC) or sample.count(b"\0") > max(16, len(sample) // 100):
        raise Rejected(
            "binary_file",
            f"{path.name} is no text",
            where=str(path),
            remedy="give a CSV or .xlsx file",
        )
    lines = sample.split(b"\n")
    if len(lines) > 1:
        lines.pop()  # perhaps cut in the middle of a character
    beyond = [line for line in lines if not line.isascii()]
    broken = sum(not _decodes(line, "utf-8") for line in beyond)
    if 2 * broken > len(beyond) and sum(not _decodes(line, "gb18030") for line in beyond) < broken:
        return "gb18030"
    return "utf-8"


def usable(encoding: str) -> str:
    """Return a declared encoding in Python's name; refuse one that cannot be read line by line."""
    try:
        name = codecs.lookup(encoding).name
        "".encode(name)
    except LookupError:
        name = ""
    if not name or name.startswith(_LINE_ENDS_ELSEWHERE):
        raise Rejected(
            "unsupported_encoding",
            f"{encoding[:40]!r} is no encoding that is read here",
            remedy="declare utf-8, gb18030 or detect",
            params={"encoding": encoding[:40]},
        )
    return name.removesuffix("-sig").removesuffix("_sig")


def detect_delimiter(text: str) -> str:
    """Return the delimiter that occurs most in the header, a comma in doubt.

    >>> detect_delimiter("a;b;c, or d\\n1;2;3")
    ';'
    """
    header = next((line for line in text.splitlines() if line.strip()), "")
    return max(DELIMITERS, key=header.count)


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
