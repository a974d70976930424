"""What is wrong with a workbook, told by sheet, row and column, with reason and remedy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from chengyun.adapters.files.workbook_cells import Flaw, ReadSheet, address
from chengyun.citypack.mistakes import Mistake
from chengyun.citypack.sheet_words import reason_of
from chengyun.citypack.sheets import CellMistake, Taken
from chengyun.kernel import limits


class Told(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One mistake; of a file of the pack where ``sheet`` is empty."""

    sheet: str = ""
    row: int = 0
    column: int = 0
    file: str = ""
    cell: str = ""
    """As Excel names it: ``C5``."""
    code: str
    what: str
    remedy: str
    reason_zh: str
    """What is wrong and what to do, in Chinese."""

    @property
    def place(self) -> str:
        """Return where it is, for people."""
        return f"{self.sheet}!{self.cell}" if self.sheet else self.file


class Book:
    """Collects the mistakes of a workbook, up to ``limits.MAX_MISTAKES``; counts the others."""

    def __init__(self) -> None:
        self._found: set[Told] = set()
        self.more = 0

    def __bool__(self) -> bool:
        return bool(self._found)

    def of_sheet(self, sheet: str, code: str, what: str, remedy: str) -> None:
        """Note a mistake of a whole sheet."""
        self.of_cell(sheet, CellMistake(1, 0, code, what, remedy))

    def of_cell(self, sheet: str, one: CellMistake) -> None:
        """Note a mistake at a cell."""
        self._note(
            Told(
                sheet=sheet, row=one.row, column=one.column, cell=address(one.row, one.column),
                code=one.code, what=one.what, remedy=one.remedy, reason_zh=reason_of(one.code),
            )
        )  # fmt: skip

    def of_pack(self, one: Mistake) -> None:
        """Note a mistake of a file that is not from the workbook."""
        self._note(
            Told(
                file=str(one.place), row=one.place.line, code=one.code, what=one.what,
                remedy=one.remedy, reason_zh=reason_of(one.code),
            )
        )  # fmt: skip

    def of_reading(self, sheet: ReadSheet, taken: Taken) -> frozenset[int]:
        """Note what was wrong when a sheet was read; return the rows in which something is."""
        flaws = [one for one in sheet.flaws if one.row >= taken.header_row]
        found = [*map(_told, flaws), *taken.mistakes]
        for one in found:
            self.of_cell(sheet.title, one)
        return frozenset(one.row for one in found)

    def listed(self) -> tuple[Told, ...]:
        """Return the mistakes by sheet, row and column."""
        return tuple(sorted(self._found))

    def _note(self, one: Told) -> None:
        if len(self._found) >= limits.MAX_MISTAKES and one not in self._found:
            self.more += 1
        else:
            self._found.add(one)


def notes_of(sheet: ReadSheet) -> Iterator[str]:
    """Say what was taken of a sheet that one may not have seen."""
    if sheet.is_hidden:
        yield "the sheet is hidden and was taken"
    if sheet.hidden_rows:
        yield f"{sheet.hidden_rows} hidden rows were taken like the others"
    if sheet.formulas:
        yield f"{sheet.formulas} cells hold the computed value of a formula"


def by_title(sheets: Iterable[str], known: dict[str, str]) -> dict[str, str]:
    """Return which table each sheet is, by its title; ``known`` are titles of tables.

    >>> by_title(["案件 目录", "Tabelle1"], {"案件目录": "case_types"})
    {'案件 目录': 'case_types'}
    """
    plain = {_plain(title): table for title, table in known.items()}
    return {title: plain[_plain(title)] for title in sheets if _plain(title) in plain}


def _plain(title: str) -> str:
    return "".join(title.split()).casefold()


def _told(flaw: Flaw) -> CellMistake:
    what, remedy = _FLAWS[flaw.code]
    return CellMistake(flaw.row, flaw.column, flaw.code, what.format(**flaw.params), remedy)


_FLAWS: Final = {
    "merged_cells": ("the cells {range} are merged", "unmerge them and fill each of them"),
    "formula_without_value": (
        "the formula has no computed value",
        "open and save the file in Excel, or paste the value instead",
    ),
    "error_value": ("the cell holds the error {value}", "correct the formula or the value"),
    "digits_lost": (
        "{value} has more than 15 digits, and Excel has lost the last ones",
        "format the column as text and enter the codes again",
    ),
}
