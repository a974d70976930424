"""Rows of the first sheet of an Excel workbook as texts, read as a stream."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import ParseError

import openpyxl

from chengyun.adapters.files.streams import Damage
from chengyun.kernel import limits
from chengyun.kernel.errors import Rejected

MAX_STRINGS_BYTES: Final = limits.MAX_EXPANDED_BYTES // 16
"""Largest table of shared strings: openpyxl keeps it in memory."""

_BROKEN: Final = (zipfile.BadZipFile, KeyError, ValueError, ParseError, EOFError, OSError)


def is_workbook(sample: bytes) -> bool:
    """Tell whether a file looks like a zip archive, as .xlsx files are."""
    return sample.startswith(b"PK\x03\x04")


class SheetRows:
    """The rows of the first sheet that are not blank, with their numbers."""

    def __init__(self, path: Path) -> None:
        try:
            _check_size(path)
            self._book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        except _BROKEN as wrong:
            raise Rejected(
                "bad_workbook",
                f"{path.name} is no .xlsx workbook that can be read",
                where=str(path),
                remedy="save it again as .xlsx or as CSV in UTF-8",
                params={"reason": type(wrong).__name__},
            ) from wrong
        sheets = self._book.worksheets
        self._sheet: Any = sheets[0] if sheets else None
        self._rows = self._read()

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Return the one stream of rows, where it stands; raises ``Damage`` where it breaks."""
        return self._rows

    def close(self) -> None:
        """Close the file."""
        self._book.close()

    def _read(self) -> Iterator[tuple[int, list[str]]]:
        if self._sheet is None:
            return
        self._sheet.reset_dimensions()
        try:
            for number, values in enumerate(self._sheet.iter_rows(values_only=True), start=1):
                cells = [_text(value) for value in values]
                while cells and not cells[-1].strip():
                    cells.pop()
                if cells:
                    yield number, cells
        except _BROKEN as wrong:
            raise Damage("file_damaged", reason=type(wrong).__name__) from wrong


def _check_size(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
    total = sum(part.file_size for part in parts)
    strings = sum(part.file_size for part in parts if not part.filename.startswith("xl/worksheets"))
    if total > limits.MAX_EXPANDED_BYTES or strings > MAX_STRINGS_BYTES:
        raise Rejected(
            "file_too_large",
            f"{path.name} grows to {total} bytes",
            where=str(path),
            remedy="split it, or save it as CSV",
            params={"bytes": str(total), "limit": str(limits.MAX_EXPANDED_BYTES)},
        )


def _text(value: object) -> str:
    """Render a cell: times as ISO, whole numbers without a point, nothing as an empty text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")
    return "" if value is None else str(value)
