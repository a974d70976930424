"""Tables as people write them into sheets: which column is which, which row, what is wrong.

What comes from a sheet are texts by row and column. Here they become entries by code, with every
doubt named by its cell; what the entries must make sense of is the checker's business.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from chengyun.citypack.mistakes import did_you_mean, one_of, shown
from chengyun.citypack.sheet_words import header_of

HEADER_WITHIN: Final = 10
"""The header stands in one of the first rows; above it may be a title."""

_WIDE: Final = {0x3000: " ", 0xA0: " "} | {
    wide: chr(wide - 0xFEE0) for wide in range(0xFF01, 0xFF5F)
}
_INVISIBLE: Final = dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))


class CellMistake(msgspec.Struct, frozen=True):
    """A mistake of a sheet at a cell: rows and columns count from 1, 0 is none in particular."""

    row: int
    column: int
    code: str
    what: str
    remedy: str


class Taken(msgspec.Struct, frozen=True):
    """The rows of a sheet: texts by the names of the columns, with the row of each."""

    columns: dict[str, int]
    """The columns that are there, by name, in their order."""
    rows: list[tuple[int, dict[str, str]]]
    header_row: int
    mistakes: list[CellMistake]


def narrow(text: str) -> str:
    """Return a code or number without full-width forms, invisible characters and edges.

    >>> narrow("　３１９９０１ ")
    '319901'
    """
    return text.translate(_WIDE).translate(_INVISIBLE).strip()


def take(
    rows: Mapping[int, Mapping[int, str]],
    known: Collection[str],
    *,
    needed: str,
    is_code: Callable[[str], bool],
) -> Taken:
    """Find the header and read what stands below it.

    ``known`` are the columns there may be, ``needed`` the one by which the header is found;
    ``is_code`` tells of which columns the texts are codes and numbers, and so made ``narrow``.
    """
    names = {_plain(one): column for column in known for one in _words(column)}
    at = _header_row(rows, names, needed)
    if at == 0:
        remedy = f"name the columns in the first row; one is {header_of(needed)!r}"
        mistake = CellMistake(1, 0, "no_header", "there is no header", remedy)
        return Taken({}, [], 0, [mistake])
    columns, mistakes = _columns(rows[at], names, known, at)
    unnamed: dict[int, int] = {}
    found = []
    for number, cells in rows.items():
        if number <= at:
            continue
        texts = {
            name: narrow(cells[column]) if is_code(name) else cells[column].strip()
            for name, column in columns.items()
            if column in cells
        }
        for column in cells:
            if column not in rows[at]:
                unnamed.setdefault(column, number)
        kept = {name: text for name, text in texts.items() if text}
        if kept:
            found.append((number, kept))
    for column, number in unnamed.items():
        what = "the column has no header and holds something"
        remedy = "name the column, or clear it"
        mistakes.append(CellMistake(number, column, "value_without_header", what, remedy))
    return Taken(columns, found, at, mistakes)


def _words(column: str) -> Iterator[str]:
    yield column
    yield header_of(column)
    yield from header_of(column).split("\n")


def _plain(text: str) -> str:
    """Return a header as it is compared: no blanks, no case, no width."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _header_row(
    rows: Mapping[int, Mapping[int, str]], names: Mapping[str, str], needed: str
) -> int:
    for number in sorted(rows)[:HEADER_WITHIN]:
        if any(names.get(_plain(text)) == needed for text in rows[number].values()):
            return number
    return 0


def _columns(
    header: Mapping[int, str], names: Mapping[str, str], known: Collection[str], at: int
) -> tuple[dict[str, int], list[CellMistake]]:
    columns: dict[str, int] = {}
    mistakes: list[CellMistake] = []
    for number, text in sorted(header.items()):
        name = names.get(_plain(text))
        if name is None:
            what = f"there is no column {shown(text.strip())} in this table"
            remedy = did_you_mean(text, list(known)) or f"its columns are {one_of(list(known), 40)}"
            mistakes.append(CellMistake(at, number, "unknown_column", what, remedy))
        elif name in columns:
            what = f"the column {name!r} is there twice"
            mistakes.append(CellMistake(at, number, "duplicate_column", what, "keep one"))
        else:
            columns[name] = number
    return columns, mistakes


def in_order(
    columns: Sequence[str], before: Sequence[str], rows: Sequence[Mapping[str, str]]
) -> list[str]:
    """Return which columns a table is written with: as before, then those that hold something.

    >>> in_order(["code", "a", "b", "c"], ["code", "b"], [{"code": "x", "c": "1"}])
    ['code', 'b', 'c']
    """
    used = {name for row in rows for name in row}
    return [*before, *(one for one in columns if one in used and one not in before)]
