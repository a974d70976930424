"""Lines of CSV as columns of text: RFC 4180 within a line, each line by itself.

No field of this platform holds a line break, so a quote that is left open ends with its line and
spoils no other. Rows are counted by lines below the header, blank ones too. A last line without a
line break may have been cut, in the middle of a number even, and is refused.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from chengyun.facts.columns import Longs, Refused
from chengyun.kernel.errors import Rejected
from chengyun.sense.wire.faults import REASON, Fault
from chengyun.sense.wire.judging import check_rows

_BOM: Final = b"\xef\xbb\xbf"
_COMMA: Final = ord(",")
_LINE_BREAK: Final = ord("\n")
_MAX_QUOTED_CHARS: Final = 65_536


class Cells(NamedTuple):
    """The columns of a table, the line of each row, and the lines that are no rows."""

    header: list[str]
    columns: list[Sequence[str]]
    lines: Longs
    refused: list[Refused]


def cells_of(content: bytes) -> Cells:
    """Return the cells of a message; bytes that are no UTF-8 become lone surrogates."""
    first, line_break, content = content.removeprefix(_BOM).partition(b"\n")
    if not line_break:
        raise Rejected(
            "broken",
            "the message is no CSV: it has no line with a line break",
            remedy="begin with a header, and end every line with a line break",
        )
    header = _split(_text(first).removesuffix("\r"), -1)
    if isinstance(header, Fault):
        raise other_schema("its header cannot be read", "close every quote")
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n")
    whole, line_break, rest = content.rpartition(b"\n")
    rows = whole.count(b"\n") + len(line_break)
    check_rows(rows + bool(rest))
    refused = [_refused(rows, Fault.CUT)] if rest else []
    content = whole + line_break
    return _quick(header, content, refused) or _careful(header, content, refused)


def other_schema(what: str, form: str) -> Rejected:
    """Return the refusal of a table with other columns."""
    return Rejected(
        "other_schema",
        f"the table has other columns: {what}",
        remedy=form,
        params={"expected": form},
    )


def _quick(header: list[str], content: bytes, refused: list[Refused]) -> Cells | None:
    """Split lines that all have the same cells and no quote; nothing where one has not."""
    width = len(header)
    read = np.frombuffer(content, np.uint8)
    marks = read[(read == _COMMA) | (read == _LINE_BREAK)]
    if b'"' in content or len(marks) % width:
        return None
    ends = marks.reshape(-1, width) == _LINE_BREAK
    if not ends[:, -1].all() or ends[:, :-1].any():
        return None
    cells = _text(content).replace("\n", ",").split(",")[:-1]
    columns: list[Sequence[str]] = [cells[place::width] for place in range(width)]
    return Cells(header, columns, np.arange(len(ends), dtype=np.int64), refused)


def _careful(header: list[str], content: bytes, refused: list[Refused]) -> Cells:
    width = len(header)
    lines = _text(content).split("\n")[:-1]
    rows: list[list[str]] = []
    index: list[int] = []
    wrong: list[Refused] = []
    for place, line in enumerate(lines):
        if not line:
            continue
        row = _split(line, width)
        if isinstance(row, Fault):
            wrong.append(_refused(place, row))
        elif len(row) != width:
            wrong.append(_refused(place, Fault.OTHER_WIDTH))
        else:
            rows.append(row)
            index.append(place)
    columns: list[Sequence[str]] = [[row[place] for row in rows] for place in range(width)]
    return Cells(header, columns, np.array(index, np.int64), [*wrong, *refused])


def _split(line: str, width: int) -> list[str] | Fault:
    if '"' not in line:
        return line.split(",", width)
    if len(line) > _MAX_QUOTED_CHARS:
        return Fault.ID_TOO_LONG
    try:
        (row,) = csv.reader([line], strict=True)
    except (csv.Error, ValueError):
        return Fault.BAD_QUOTES
    return row


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _refused(index: int, fault: Fault) -> Refused:
    code, params = REASON[fault]
    return Refused(index, code, params)
