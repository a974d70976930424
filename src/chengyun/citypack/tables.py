"""Reads the tables of a pack (CSV keyed by ``code``) so that every cell knows where it stands."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Mapping
from typing import Final

import msgspec

from chengyun.citypack.mistakes import Mistakes, Place, did_you_mean, one_of, shown
from chengyun.citypack.places import decode
from chengyun.citypack.sections import Path
from chengyun.kernel import limits

KEY_COLUMN: Final = "code"


class TablePlaces:
    """Places in a table: the row of each entry and the column of each field."""

    def __init__(self, file: str, rows: Mapping[str, int], columns: Collection[str]) -> None:
        self.file = file
        self._rows = rows
        self._columns = frozenset(columns)

    def at(self, path: Path) -> Place:
        """Return the cell of ``(code, column)``, the row of ``(code,)``, or the header."""
        if not path:
            return Place(self.file, 1)
        line = self._rows.get(str(path[0]), 1)
        column = str(path[1]) if len(path) > 1 and path[1] in self._columns else ""
        return Place(self.file, line, column)

    def key(self, path: Path) -> Place:
        """Return the place of the code of a row, or of a cell."""
        if len(path) == 1:
            return Place(self.file, self._rows.get(str(path[0]), 1), KEY_COLUMN)
        return self.at(path)


class Table(msgspec.Struct, frozen=True):
    """The rows of a table by code, blank cells left out.

    ``codes`` are all that were seen, those of refused rows too; ``whole`` is false where the rest
    of the file could not be read.
    """

    rows: dict[str, dict[str, str]]
    codes: frozenset[str]
    places: TablePlaces
    whole: bool


def read_table(
    file: str, content: bytes, known: Collection[str], mistakes: Mistakes
) -> Table | None:
    """Read a table whose first column is ``code``; ``known`` are the other columns it may have."""
    text = decode(file, content, mistakes)
    if text is None:
        return None
    lines = _Lines(file, text, mistakes)
    first = next(lines, None)
    if first is None:
        mistakes.add(
            Place(file, 1), "empty_file", "the table has no header", "name the columns in line 1"
        )
        return None
    header = tuple(cell.strip() for cell in first[1])
    if not _header_is_sound(Place(file, first[0]), header, known, mistakes):
        return None
    rows: dict[str, dict[str, str]] = {}
    at: dict[str, int] = {}
    for line, cells in lines:
        code = cells[0].strip()
        if code in at:
            mistakes.add(
                Place(file, line, KEY_COLUMN),
                "duplicate_code",
                f"the code {shown(code)} was given in line {at[code]} already",
                "keep one of the two",
            )
            continue
        at[code] = line
        if len(cells) != len(header):
            mistakes.add(
                Place(file, line),
                "columns",
                f"the row has {len(cells)} cells, the header {len(header)}",
                "check commas and quotes of the row",
            )
            continue
        named = zip(header[1:], cells[1:], strict=True)
        rows[code] = {name: cell.strip() for name, cell in named if name in known and cell.strip()}
    return Table(rows, frozenset(at), TablePlaces(file, at, header), lines.whole)


class _Lines(Iterator[tuple[int, list[str]]]):
    """The rows that are not blank, each with the line in which it begins."""

    def __init__(self, file: str, text: str, mistakes: Mistakes) -> None:
        self.whole = True
        self._file = file
        self._reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        self._mistakes = mistakes

    def __next__(self) -> tuple[int, list[str]]:
        while True:
            line = self._reader.line_num + 1
            try:
                cells = next(self._reader)
            except csv.Error as wrong:
                self.whole = False
                self._mistakes.add(
                    Place(self._file, line),
                    "unparseable",
                    f"the row is broken: {wrong}",
                    "check the quotes from this line on; a quote inside a cell is doubled",
                )
                raise StopIteration from wrong
            if any(cell.strip() for cell in cells):
                return line, cells


def _header_is_sound(
    place: Place, header: tuple[str, ...], known: Collection[str], mistakes: Mistakes
) -> bool:
    sound = True
    if len(header) > limits.MAX_COLUMNS:
        mistakes.add(
            place,
            "columns",
            f"the table has {len(header)} columns, at most {limits.MAX_COLUMNS} are read",
            "remove the blank ones",
        )
        return False
    if header[0] != KEY_COLUMN:
        sound = False
        mistakes.add(
            place,
            "key_column",
            f"the first column is {shown(header[0])}",
            f"it must be {KEY_COLUMN!r}, and cells are separated by commas",
        )
    for number, name in enumerate(header):
        there = Place(place.file, place.line, name)
        if name in header[:number]:
            sound = False
            mistakes.add(
                there, "duplicate_key", f"the column {shown(name)} is there twice", "keep one"
            )
        elif number and name not in known:
            mistakes.add(
                there,
                "unknown_key",
                f"there is no column {shown(name)} in this table",
                did_you_mean(name, list(known)) or f"its columns are {one_of(list(known), 40)}",
            )
    return sound
