"""Reads every sheet of an Excel workbook cell by cell, and says of each cell what is wrong with it.

Nothing is guessed and nothing silently left out: a formula gives the value that Excel computed last
or is a flaw, an error value is a flaw, a number of more digits than Excel keeps is a flaw. Cells
merged down one column have their value in every row of it; other merged cells are flaws. Rows and
sheets that are hidden are read like others, and counted. The size is looked at before anything is
unpacked.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final, NoReturn
from xml.etree.ElementTree import ParseError

import msgspec
import openpyxl
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._reader import FORMULA_TAG, WorkSheetParser

from chengyun.adapters.files.cell_texts import of_cell
from chengyun.adapters.files.sheets import is_workbook
from chengyun.adapters.files.workbooks import LISTS
from chengyun.kernel import limits
from chengyun.kernel.errors import Rejected

_BROKEN: Final = (
    *(zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError, IndexError),
    *(ParseError, EOFError, OSError, NotImplementedError, OverflowError),
)
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"
"""A compound file: .xls, or an .xlsx that is protected by a password."""
_ZEROS: Final = re.compile(r"0{2,}")
_EXACT_BELOW: Final = 10**15
"""Excel keeps fifteen digits of a number."""


class Flaw(msgspec.Struct, frozen=True):
    """What is wrong with a cell, or with a whole row where ``column`` is 0."""

    row: int
    column: int
    code: str
    params: dict[str, str] = {}


class ReadSheet(msgspec.Struct, frozen=True, kw_only=True):
    """The cells of a sheet that hold something, as texts by row and column, counted from 1."""

    title: str
    rows: dict[int, dict[int, str]]
    flaws: list[Flaw]
    is_hidden: bool
    hidden_rows: int
    formulas: int
    """How many cells hold the value of a formula."""


def read_workbook(path: Path) -> list[ReadSheet]:
    """Return the sheets of the .xlsx file ``path`` in order, without the lists that columns offer.

    Raises ``Rejected`` for what is no workbook, is protected, too large, or broken.
    """
    _check_file(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            try:
                room = _Room()
                return [_read(book, page, room) for page in book.worksheets if page.title != LISTS]
            finally:
                book.close()
    except _BROKEN as wrong:
        _refuse(
            "bad_workbook", path, "is no .xlsx workbook that can be read",
            "open it in Excel and save it again as .xlsx", reason=type(wrong).__name__,
        )  # fmt: skip


def _check_file(path: Path) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError as wrong:
        _refuse("unreadable_file", path, f"cannot be read: {wrong.strerror}", "check the path")
    if head.startswith(_OLD_EXCEL):
        _refuse(
            "old_excel", path, "is an old .xls file, or is protected by a password",
            "open it in Excel and save it as .xlsx without a password",
        )  # fmt: skip
    if not is_workbook(head):
        _refuse(
            "not_excel", path, "is no Excel workbook", "save it as .xlsx; a CSV goes into the pack"
        )
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except _BROKEN as wrong:
        _refuse("bad_workbook", path, "is damaged", "send it again", reason=type(wrong).__name__)
    total = sum(part.file_size for part in parts)
    if total > limits.MAX_WORKBOOK_BYTES or len(parts) > limits.MAX_WORKBOOK_PARTS:
        _refuse(
            "file_too_large", path, f"grows to {total} bytes in {len(parts)} parts",
            "split it, or take the large table as CSV",
            bytes=str(total), limit=str(limits.MAX_WORKBOOK_BYTES),
        )  # fmt: skip


def _refuse(code: str, path: Path, what: str, remedy: str, **params: str) -> NoReturn:
    raise Rejected(code, f"{path.name} {what}", where=str(path), remedy=remedy, params=params)


class _Room:
    """How many cells may still be read."""

    def __init__(self) -> None:
        self.left = limits.MAX_WORKBOOK_CELLS

    def take(self, count: int, title: str, row: int) -> None:
        """Take room for the cells of a row, or refuse the workbook."""
        self.left -= count
        if self.left < 0 or row > limits.MAX_SHEET_ROWS:
            raise Rejected(
                "too_many_rows",
                f"the workbook holds more than {limits.MAX_SHEET_ROWS} rows in a sheet or"
                f" {limits.MAX_WORKBOOK_CELLS} cells",
                where=f"{title}!{row}",
                remedy="split it, or delete what lies below the table",
                params={"rows": str(limits.MAX_SHEET_ROWS), "sheet": title},
            )


class _Parser(WorkSheetParser):
    """Reads cells with the values that formulas had, and remembers which are formulas."""

    def parse_cell(self, element: Any) -> dict[str, Any]:
        """Return the cell; ``formula`` tells whether it holds one."""
        cell: dict[str, Any] = super().parse_cell(element)
        cell["formula"] = element.find(FORMULA_TAG) is not None
        return cell


def _read(book: Any, page: Any, room: _Room) -> ReadSheet:
    rows: dict[int, dict[int, str]] = {}
    flaws: list[Flaw] = []
    formulas = 0
    with page._get_source() as source:
        parser = _Parser(
            source,
            page._shared_strings,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        for number, cells in parser.parse():
            found: dict[int, str] = {}
            for cell in cells:
                text, flaw = _text(cell, book)
                formulas += cell["formula"] and not flaw
                if flaw:
                    flaws.append(Flaw(number, cell["column"], flaw, {"value": text[:40]}))
                elif text.strip():
                    found[cell["column"]] = text
            if found:
                room.take(len(found), page.title, number)
                rows[number] = found
        hidden = sum(one.get("hidden") in ("1", "true") for one in parser.row_dimensions.values())
        merged = [] if parser.merged_cells is None else list(parser.merged_cells.mergeCell)
    flaws += _fill(rows, merged, room, page.title)
    return ReadSheet(
        title=page.title,
        rows=dict(sorted(rows.items())),
        flaws=flaws,
        is_hidden=page.sheet_state != "visible",
        hidden_rows=hidden,
        formulas=formulas,
    )


def _fill(
    rows: dict[int, dict[int, str]], merged: list[Any], room: _Room, title: str
) -> Iterator[Flaw]:
    """Give every row of a column merged downward its value; other merges are flaws."""
    for area in merged:
        left, top, right, bottom = area.bounds
        if left != right or bottom > limits.MAX_SHEET_ROWS:
            yield Flaw(top, left, "merged_cells", {"range": area.ref})
            continue
        value = rows.get(top, {}).get(left)
        if value is None:
            continue
        room.take(bottom - top, title, bottom)
        for row in range(top + 1, bottom + 1):
            if row in rows:
                rows[row].setdefault(left, value)


def _text(cell: dict[str, Any], book: Any) -> tuple[str, str]:
    """Return what a cell says, and the code of what is wrong with it."""
    value, kind = cell["value"], cell["data_type"]
    if value is None:
        return "", "formula_without_value" if cell["formula"] else ""
    if kind == "e":
        return str(value), "error_value"
    if isinstance(value, str):
        return of_cell(value), ""
    return _rendered(value, cell, book)


def _rendered(value: Any, cell: dict[str, Any], book: Any) -> tuple[str, str]:
    if isinstance(value, datetime):
        value = value.date() if value.time() == time() else value
    match value:
        case bool():
            text = "true" if value else "false"
        case datetime():
            text = value.isoformat(sep=" ", timespec="minutes")
        case date():
            text = value.isoformat()
        case time():
            text = value.isoformat("minutes")
        case timedelta():
            minutes = round(value.total_seconds() / 60)
            text = f"{minutes // 60:02d}:{minutes % 60:02d}"
        case _:
            return _number(value, cell, book)
    return text, ""


def _number(value: int | float, cell: dict[str, Any], book: Any) -> tuple[str, str]:
    if abs(value) >= _EXACT_BELOW:
        return str(value), "digits_lost"
    if float(value).is_integer():
        shown = _ZEROS.fullmatch(_format(cell["style_id"], book))
        return str(int(value)).zfill(len(shown[0]) if shown and value >= 0 else 0), ""
    return repr(value), ""


def _format(style: int, book: Any) -> str:
    """Return the number format of a style: ``0000`` shows zeros that the number does not have."""
    styles = book._cell_styles
    if not 0 <= style < len(styles):
        return ""
    number = styles[style].numFmtId
    own = book._number_formats
    return str(own[number - 164]) if 0 <= number - 164 < len(own) else ""


def address(row: int, column: int) -> str:
    """Return where a cell is: ``C5``, or the number of the row alone.

    >>> address(5, 3), address(5, 0)
    ('C5', '5')
    """
    return f"{get_column_letter(column) if column else ''}{row}"
