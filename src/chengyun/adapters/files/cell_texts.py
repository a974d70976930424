"""Texts as cells of a workbook hold them: no formula, no character that XML cannot carry.

What would be read as a formula when the workbook is saved as CSV or edited is written with an
apostrophe before it (OWASP, CSV injection), and read without it again. Characters that XML does not
allow stand as ``_x0001_``, as Excel writes them (ECMA-376, 22.9.2.19, ST_Xstring).
"""

from __future__ import annotations

import re
from typing import Final

MAX_CELL_CHARS: Final = 32_767
"""Longest text of a cell; Excel takes no longer one."""

_DANGEROUS: Final = re.compile(r"'*[=+\-@\t\r\n|%＝＋－＠]")
"""What a spreadsheet may run: after any number of apostrophes, so that reading is the reverse."""
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def to_cell(text: str) -> str:
    """Return ``text`` as it is written into a cell; ``of_cell`` gives it back.

    >>> to_cell("=1+1"), to_cell("a\\x01"), to_cell("4 working_hours")
    ("'=1+1", 'a_x0001_', '4 working_hours')
    """
    if _DANGEROUS.match(text):
        text = f"'{text}"
    return _UNWRITABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def of_cell(text: str) -> str:
    """Return what a cell's text says.

    >>> of_cell("'=1+1"), of_cell("_x005F_x0041_"), of_cell("it's")
    ('=1+1', '_x0041_', "it's")
    """
    text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    return text[1:] if text.startswith("'") and _DANGEROUS.match(text[1:]) else text
