"""Writes Excel workbooks (.xlsx): one sheet a table, as people who live in Excel like to have them.

The first row is the header: bold, frozen, filtered. A column may offer a list of codes (data
validation). Texts are texts, also where they look like numbers, dates or formulas, so that no code
loses its zeros and nothing runs (``cell_texts``). The same content gives the same bytes but for
what the file says about the time it was made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from chengyun.adapters.files.cell_texts import MAX_CELL_CHARS, to_cell
from chengyun.kernel import limits
from chengyun.kernel.errors import Rejected

LISTS: Final = "_lists"
"""The hidden sheet that holds what columns offer; whoever reads passes it over."""

MADE_AT: Final = datetime(2000, 1, 1)  # noqa: DTZ001 - a workbook knows no zone
"""What every workbook says about when it was made, so that the same content is the same bytes."""

Value = str | int | float | None
_HEADER: Final = Font(bold=True)
_SHADE: Final = PatternFill("solid", fgColor="DDE7F0")
_WRAP: Final = Alignment(wrap_text=True, vertical="top")
_TEXT: Final = "@"


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column: its header, how wide it is, and what may be chosen."""

    header: str
    width: int = 16
    choices: Sequence[str] = ()
    """What the list offers; other values can be entered where ``is_strict`` is not set."""
    is_strict: bool = False
    note: str = ""
    """Shown when a cell of the column is chosen."""


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A table: at most ``limits.MAX_SHEET_ROWS`` rows; a row has a value for each column."""

    title: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Value]]


def write_workbook(path: Path, sheets: Sequence[Sheet]) -> None:
    """Write ``sheets`` to ``path``; refuse what Excel cannot hold, naming sheet, row and column."""
    book = Workbook(write_only=True)
    book.properties.creator = "Chengyun"
    book.properties.created = book.properties.modified = MADE_AT
    offered: list[Sequence[str]] = []
    try:
        for sheet in sheets:
            _write(book, sheet, offered)
        if offered:
            _write_lists(book, offered)
    except BaseException:
        for page in book.worksheets:
            page.close()
        raise
    book.save(path)


def _write(book: Any, sheet: Sheet, offered: list[Sequence[str]]) -> None:
    page = book.create_sheet(sheet.title)
    page.freeze_panes = "B2"
    last = get_column_letter(len(sheet.columns))
    for number, column in enumerate(sheet.columns, start=1):
        letter = get_column_letter(number)
        page.column_dimensions[letter].width = column.width
        if column.choices:
            page.data_validations.append(_validation(column, letter, offered))
    page.append([_header(page, column) for column in sheet.columns])
    count = 1
    for count, row in enumerate(sheet.rows, start=2):
        if count > limits.MAX_SHEET_ROWS:
            raise Rejected(
                "too_many_rows",
                f"the sheet {sheet.title!r} has more than {limits.MAX_SHEET_ROWS} rows",
                remedy="take this table as CSV",
                params={"sheet": sheet.title, "limit": str(limits.MAX_SHEET_ROWS)},
            )
        page.append([_cell(page, value, sheet, count, at) for at, value in enumerate(row)])
    page.auto_filter.ref = f"A1:{last}{count}"


def _header(page: Any, column: Column) -> Any:
    cell = WriteOnlyCell(page, column.header)
    cell.font, cell.fill, cell.alignment = _HEADER, _SHADE, _WRAP
    return cell


def _cell(page: Any, value: Value, sheet: Sheet, row: int, at: int) -> Any:
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        return value
    written = to_cell(value)
    if len(written) > MAX_CELL_CHARS:
        raise Rejected(
            "too_long_for_excel",
            f"{len(value)} characters, Excel takes {MAX_CELL_CHARS} in a cell",
            where=f"{sheet.title}!{get_column_letter(at + 1)}{row}",
            remedy="shorten it, or take this table as CSV",
            params={"limit": str(MAX_CELL_CHARS)},
        )
    cell = WriteOnlyCell(page, written)
    cell.data_type, cell.number_format = "s", _TEXT
    return cell


def _validation(column: Column, letter: str, offered: list[Sequence[str]]) -> DataValidation:
    """Return the list of a column; equal lists stand once in the hidden sheet."""
    if column.choices not in offered:
        offered.append(column.choices)
    place = get_column_letter(offered.index(column.choices) + 1)
    validation = DataValidation(
        type="list",
        formula1=f"{LISTS}!${place}$1:${place}${len(column.choices)}",
        allow_blank=True,
        showErrorMessage=column.is_strict,
    )
    if column.note:
        validation.promptTitle, validation.prompt = column.header[:32], column.note[:255]
    validation.add(f"{letter}2:{letter}{limits.MAX_SHEET_ROWS}")
    return validation


def _write_lists(book: Any, offered: Sequence[Sequence[str]]) -> None:
    page = book.create_sheet(LISTS)
    page.sheet_state = "hidden"
    for number in range(max(map(len, offered))):
        row = (choices[number] if number < len(choices) else "" for choices in offered)
        page.append([None if one == "" else to_cell(one) for one in row])
