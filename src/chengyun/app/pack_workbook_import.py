"""Takes the sheets of a workbook into a city pack: all of them, or nothing.

What comes back is put into the pack's files and the whole pack is checked, so that a workbook can
break nothing that somebody editing the files could not break either.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from chengyun.adapters.files.workbook_cells import ReadSheet, read_workbook
from chengyun.app.pack_sections import SECTIONS
from chengyun.app.pack_workbooks import FREE, TABLES, columns_of, path_of, table_of
from chengyun.app.workbook_mistakes import Book, Told, by_title, notes_of
from chengyun.citypack.checking import check
from chengyun.citypack.mistakes import Mistake, Mistakes, like_file, shown
from chengyun.citypack.sections import Section
from chengyun.citypack.sheet_words import TITLES, title_of
from chengyun.citypack.sheets import CellMistake, Taken, in_order, take
from chengyun.citypack.tables import KEY_COLUMN, read_table


class Change(msgspec.Struct, frozen=True):
    """What an import does to a table of the pack."""

    section: str
    file: str
    added: int
    changed: int
    removed: int
    kept: int
    notes: tuple[str, ...] = ()
    """What was taken that one may not have seen: hidden rows, values of formulas."""


class Imported(msgspec.Struct, frozen=True):
    """What comes of a workbook: the files that are other than before, and what is wrong with it."""

    files: dict[str, bytes]
    changes: tuple[Change, ...]
    mistakes: tuple[Told, ...]
    more: int = 0


class _Written(msgspec.Struct, frozen=True):
    """A table made of a sheet, and where each of its lines comes from."""

    content: bytes
    title: str
    columns: dict[str, int]
    rows: dict[int, int]
    """The row of the sheet by the line of the file."""
    header_row: int
    spoilt: frozenset[int]
    """Rows of the sheet in which something is wrong already."""


def imported(workbook: Path, files: Mapping[str, bytes]) -> Imported:
    """Read ``workbook`` into a copy of the pack's ``files``, and check the pack it makes.

    Raises ``Rejected`` for what is no workbook that can be read.
    """
    book = Book()
    written: dict[str, _Written] = {}
    changes: list[Change] = []
    for sheet, section in _matched(read_workbook(workbook), book):
        table = _taken(section, sheet, files, book)
        if table is not None:
            written[path_of(section)] = table
            changes.append(_compared(section, table, sheet, files))
    result = dict(files) | {path: one.content for path, one in written.items()}
    checked = check(result, SECTIONS)
    for mistake in checked.mistakes:
        _tell(mistake, written, book)
    return Imported(
        {path: one.content for path, one in written.items() if files.get(path) != one.content},
        tuple(changes),
        book.listed(),
        book.more + checked.more,
    )


def _matched(sheets: Sequence[ReadSheet], book: Book) -> Iterator[tuple[ReadSheet, Section]]:
    tables = {section.name: section for section in TABLES}
    words = {
        word: name for name in tables for word in (name, TITLES.get(name, name), title_of(name))
    }
    names = by_title([sheet.title for sheet in sheets], words)
    seen: set[str] = set()
    for sheet in sheets:
        name = names.get(sheet.title)
        if name is None and sheet.rows:
            titles = [title_of(one) for one in tables]
            remedy = like_file(sheet.title, titles) or f"the sheets are {', '.join(titles)}"
            what = f"there is no table {shown(sheet.title)} in a pack"
            book.of_sheet(sheet.title, "unknown_sheet", what, remedy)
        elif name in seen:
            what = f"the table {name} is there twice"
            book.of_sheet(sheet.title, "duplicate_sheet", what, "keep one of the sheets")
        elif name is not None:
            seen.add(name)
            yield sheet, tables[name]
    if not seen:
        what = "no sheet of the workbook is a table of a pack"
        book.of_sheet("-", "unknown_sheet", what, "begin with chengyun pack export-excel")


def _taken(
    section: Section, sheet: ReadSheet, files: Mapping[str, bytes], book: Book
) -> _Written | None:
    names = columns_of(section)
    taken = take(sheet.rows, names, needed=KEY_COLUMN, is_code=lambda name: name not in FREE)
    spoilt = book.of_reading(sheet, taken)
    if not taken.columns:
        return None
    coded = []
    for number, row in taken.rows:
        if KEY_COLUMN in row:
            coded.append((number, row))
        elif number not in spoilt:
            at = taken.columns[KEY_COLUMN]
            remedy = "give it, or delete the row"
            missing = CellMistake(number, at, "missing_code", "the row has no code", remedy)
            book.of_cell(sheet.title, missing)
    before = _header(files.get(path_of(section), b""), names)
    columns = in_order(names, before, [row for _, row in coded])
    return _written(sheet, taken, coded, columns, spoilt)


def _written(
    sheet: ReadSheet,
    taken: Taken,
    coded: Sequence[tuple[int, Mapping[str, str]]],
    columns: Sequence[str],
    spoilt: frozenset[int],
) -> _Written:
    """Write a sheet as the CSV that it is in a pack."""
    text = io.StringIO(newline="")
    plain = csv.writer(text, lineterminator="\n")
    careful = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    plain.writerow(columns)
    rows: dict[int, int] = {}
    line = 2
    for number, row in coded:
        cells = [row.get(name, "") for name in columns]
        has_returns = any("\r" in cell for cell in cells)
        (careful if has_returns else plain).writerow(cells)
        rows[line] = number
        line += 1 + sum(map(_breaks, cells))
    content = text.getvalue().encode()
    return _Written(content, sheet.title, taken.columns, rows, taken.header_row, spoilt)


def _breaks(cell: str) -> int:
    return cell.count("\n") + cell.count("\r") - cell.count("\r\n")


def _header(content: bytes, known: Sequence[str]) -> list[str]:
    """Return the columns that a table has now, so that it keeps their order."""
    text = content.decode("utf-8-sig", "replace")
    first = next(csv.reader(io.StringIO(text, newline="")), [])
    return [one.strip() for one in first if one.strip() in known] or [KEY_COLUMN]


def _tell(mistake: Mistake, written: Mapping[str, _Written], book: Book) -> None:
    """Tell a mistake of the pack by its cell; what follows from another one is left out."""
    table = written.get(mistake.place.file)
    if table is None:
        book.of_pack(mistake)
        return
    row = table.rows.get(mistake.place.line, table.header_row)
    if row in table.spoilt:
        return
    column = table.columns.get(mistake.place.column, 0)
    told = CellMistake(row, column, mistake.code, mistake.what, mistake.remedy)
    book.of_cell(table.title, told)


def _compared(
    section: Section, table: _Written, sheet: ReadSheet, files: Mapping[str, bytes]
) -> Change:
    """Count what is new, other and gone."""
    path = path_of(section)
    before = table_of(section, files)
    after = read_table(path, table.content, columns_of(section)[1:], Mistakes())
    old = {} if before is None else before.rows
    new = {} if after is None else after.rows
    both = old.keys() & new.keys()
    same = sum(1 for code in both if old[code] == new[code])
    counts = (len(new) - len(both), len(both) - same, len(old) - len(both), same)
    return Change(section.name, path, *counts, tuple(notes_of(sheet)))
