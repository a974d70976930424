"""Streams the rows of a CSV or Excel file; whatever is wrong with a row stays with that row.

CSV may be gzipped. The encoding is declared or detected, and shown. A row is refused when it is
too long, cannot be decoded, holds NUL, has too many or too few cells, or opens a quote that is not
closed as it should be; the rest goes on. After a broken quote the lines that it would have
swallowed are read again, so no row is lost to another's quote. Memory is bounded by
``limits.MAX_LINE_BYTES``, whatever the file.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NoReturn, Protocol

import msgspec

from chengyun.adapters.files.encodings import DETECT, detect_delimiter, detect_encoding, usable
from chengyun.adapters.files.lines import Line, Lines
from chengyun.adapters.files.sheets import SheetRows, is_workbook
from chengyun.adapters.files.streams import ByteStream, Damage
from chengyun.kernel import limits
from chengyun.kernel.errors import Rejected


class Row(msgspec.Struct, frozen=True, gc=False):
    """A row: ``number`` is the line of the file (or the row of the sheet) where it begins."""

    number: int
    values: tuple[str, ...]


class BadRow(msgspec.Struct, frozen=True, gc=False):
    """A row that cannot be taken, with its reason and as much of it as is kept."""

    number: int
    code: str
    params: dict[str, str]
    raw: str


class _Rows(Protocol):
    """What is behind a table: cells or a refusal, row by row."""

    @property
    def position(self) -> int: ...
    def __iter__(self) -> Iterator[Row | BadRow]: ...
    def close(self) -> None: ...


class Table:
    """An open table: iterate once over its rows; it closes itself at the end.

    ``encoding`` is the one in use (``xlsx`` for a workbook), ``delimiter`` the separator.
    ``position`` and ``size`` are bytes of the file, for showing progress.
    """

    def __init__(
        self,
        rows: _Rows,
        columns: tuple[str, ...],
        *,
        encoding: str,
        delimiter: str,
        size: int,
    ) -> None:
        self.encoding = encoding
        self.delimiter = delimiter
        self.columns = columns
        self.size = size
        self._rows = rows

    @property
    def position(self) -> int:
        """Return how many bytes of the file have been read; rows of a workbook are estimated."""
        return self._rows.position

    def __iter__(self) -> Iterator[Row | BadRow]:
        try:
            for number, row in enumerate(self._rows, start=1):
                if number > limits.MAX_ROWS:
                    yield BadRow(row.number, "too_many_rows", {"limit": str(limits.MAX_ROWS)}, "")
                    return
                yield row
        finally:
            self.close()

    def close(self) -> None:
        """Close the file; closing twice is nothing."""
        self._rows.close()

    def __enter__(self) -> Table:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_table(path: Path, *, encoding: str = DETECT, delimiter: str = ",") -> Table:
    """Open a CSV (``.csv``, gzipped or not) or Excel (``.xlsx``) file by its content.

    ``encoding="detect"`` takes the byte order mark, else UTF-8, else GB18030;
    ``delimiter="detect"`` chooses among ``, ; tab |`` by the header. Refuses a file that is no
    table: unreadable, empty, binary, of a header that does not name its columns.
    """
    try:
        size = path.stat().st_size
        stream = ByteStream(path)
    except OSError as wrong:
        _refuse("unreadable_file", path, f"cannot be read: {wrong.strerror}", "check the path")
    try:
        if is_workbook(stream.sample):
            stream.close()
            return _open_workbook(path, size)
        return _open_csv(path, stream, size, encoding, delimiter)
    except BaseException:
        stream.close()
        raise


def _refuse(code: str, path: Path, what: str, remedy: str, **params: str) -> NoReturn:
    raise Rejected(code, f"{path.name} {what}", where=str(path), remedy=remedy, params=params)


def _columns(path: Path, header: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the columns; blank ones stay blank, and nothing can be read by them."""
    columns = [" ".join(name.split()) for name in header]
    while columns and not columns[-1]:
        columns.pop()
    if not columns:
        _refuse("empty_file", path, "names no columns", "name them in the first row")
    if len(columns) > limits.MAX_COLUMNS:
        _refuse(
            "too_many_columns",
            path,
            f"has {len(columns)} columns, at most {limits.MAX_COLUMNS} are read",
            "remove those that nobody needs",
            columns=str(len(columns)),
            limit=str(limits.MAX_COLUMNS),
        )
    named = [name for name in columns if name]
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        _refuse(
            "duplicate_columns",
            path,
            f"names columns twice: {', '.join(twice)[:200]}",
            "rename all but one of each",
            columns=", ".join(twice)[:200],
        )
    return tuple(columns)


def _trimmed(cells: Sequence[str], width: int) -> Sequence[str]:
    """Cut blank cells beyond the header: separators at the end of a line say nothing."""
    if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
        return cells[:width]
    return cells


# --- Excel ------------------------------------------------------------------------------------
def _open_workbook(path: Path, size: int) -> Table:
    sheet = SheetRows(path)
    try:
        header = next((cells for _, cells in sheet.rows()), None)
        if header is None:
            _refuse("empty_file", path, "has an empty first sheet", "put the table first")
        columns = _columns(path, header)
    except BaseException:
        sheet.close()
        raise
    return Table(
        _WorkbookRows(sheet, len(columns)), columns, encoding="xlsx", delimiter="", size=size
    )


class _WorkbookRows:
    def __init__(self, sheet: SheetRows, width: int) -> None:
        self.position = 0
        self._sheet = sheet
        self._width = width

    def __iter__(self) -> Iterator[Row | BadRow]:
        width, number = self._width, 1
        try:
            for number, cells in self._sheet.rows():
                row = _trimmed(cells, width)
                if len(row) > width:
                    yield BadRow(number, "too_many_columns", _counts(row, width), _kept(row))
                elif any(len(cell) > limits.MAX_FIELD_CHARS for cell in row):
                    yield BadRow(number, "field_too_long", _FIELD_LIMIT, _kept(row))
                else:
                    yield Row(number, (*row, *[""] * (width - len(row))))
        except Damage as damage:
            yield BadRow(number + 1, damage.code, damage.params, "")

    def close(self) -> None:
        self._sheet.close()


def _counts(cells: Sequence[str], width: int) -> dict[str, str]:
    return {"columns": str(len(cells)), "expected": str(width)}


def _kept(cells: Sequence[str]) -> str:
    return ",".join(cells)[: limits.MAX_KEPT_RAW_CHARS]


# --- CSV --------------------------------------------------------------------------------------
_FIELD_LIMIT: Final = {"limit": str(limits.MAX_FIELD_CHARS)}
_LINE_LIMIT: Final = {"limit": str(limits.MAX_LINE_BYTES)}


def _open_csv(path: Path, stream: ByteStream, size: int, encoding: str, delimiter: str) -> Table:
    if not stream.sample.strip(b"\xef\xbb\xbf \t\r\n"):
        damage = stream.damage
        code = "empty_file" if damage is None else damage.code
        _refuse(code, path, f"holds nothing ({code})", "send the file again")
    chosen = detect_encoding(path, stream.sample) if encoding == DETECT else usable(encoding)
    if delimiter == DETECT:
        delimiter = detect_delimiter(stream.sample.decode(chosen, errors="replace"))
    rows = _CsvRows(stream, chosen, delimiter)
    header = rows.header()
    if isinstance(header, BadRow):
        _refuse(
            "bad_header",
            path,
            f"has a header that cannot be read ({header.code})",
            "correct the first line",
            reason=header.code,
        )
    columns = _columns(path, header.values)
    rows.width = len(columns)
    return Table(rows, columns, encoding=chosen, delimiter=delimiter, size=size)


class _LineRefused(Exception):  # noqa: N818 - tells the reader's loop which rule was broken
    def __init__(self, code: str, params: dict[str, str]) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


class _Record(Iterator[str]):
    """Feeds the CSV reader line by line and remembers what the row at hand has taken."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self.taken: list[Line] = []
        self.chars = 0
        self.again: deque[Line] = deque()
        self._lines = lines
        self._alone = False

    def start(self, *, alone: bool) -> None:
        """Begin a row; ``alone`` keeps it to one line."""
        self.taken.clear()
        self.chars = 0
        self._alone = alone

    def __next__(self) -> str:
        if self._alone and self.taken:
            raise _LineRefused("unclosed_quote", {})
        line = self.again.popleft() if self.again else next(self._lines)
        text = line.text
        self.taken.append(line)
        self.chars += len(text)
        if self.chars > limits.MAX_LINE_BYTES:
            raise _LineRefused("row_too_long", _LINE_LIMIT)
        return text


class _CsvRows:
    """Rows out of lines. Lines given back after a broken quote are read again, in linear time."""

    def __init__(self, stream: ByteStream, encoding: str, delimiter: str) -> None:
        self.width = 0
        self._stream = stream
        self._lines = Lines(stream, encoding)
        self._given_back = 0
        self._record = _Record(self._lines)
        self._reader = csv.reader(self._record, delimiter=delimiter, strict=True)

    @property
    def position(self) -> int:
        return self._stream.position

    def close(self) -> None:
        self._stream.close()

    def header(self) -> Row | BadRow:
        """Return the first row that is not blank."""
        first = next(self._rows(), None)
        return first or BadRow(1, "empty_file", {}, "")

    def __iter__(self) -> Iterator[Row | BadRow]:
        width = self.width
        for row in self._rows():
            if isinstance(row, BadRow) or len(row.values) == width:
                yield row
                continue
            cells = _trimmed(row.values, width)
            if len(cells) == width:
                yield Row(row.number, tuple(cells))
                continue
            if len(self._record.taken) > 1:  # most often a quote closed by a later row's
                yield self._refused("unclosed_quote", {})
                continue
            code = "too_few_columns" if len(cells) < width else "too_many_columns"
            yield self._refused(code, _counts(cells, width))
        damage = self._stream.damage
        if damage is not None:
            yield BadRow(
                self._lines.number + 1,
                damage.code,
                damage.params,
                self._lines.rest[: limits.MAX_KEPT_RAW_CHARS],
            )

    def _rows(self) -> Iterator[Row | BadRow]:
        record, reader = self._record, self._reader
        taken = record.taken
        while True:
            record.start(alone=bool(record.again) and self._given_back > self._room())
            try:
                cells = next(reader)
            except StopIteration:
                if not taken:
                    return
                yield self._refused("unclosed_quote", {})
                continue
            except _LineRefused as refused:
                yield self._refused(refused.code, refused.params)
                continue
            except csv.Error as wrong:
                yield self._refused(*_csv_reason(wrong, len(taken)))
                continue
            if len(taken) > 1 or taken[0].code:
                code = next((line.code for line in taken if line.code), "")
                if code:
                    yield self._refused(code, self._lines.params(code), give_back=False)
                    continue
            if record.chars > limits.MAX_FIELD_CHARS and any(
                len(cell) > limits.MAX_FIELD_CHARS for cell in cells
            ):
                yield self._refused("field_too_long", _FIELD_LIMIT, give_back=False)
            elif cells and (len(cells) > 1 or cells[0].strip()):
                yield Row(taken[0].number, tuple(cells))

    def _room(self) -> int:
        """Return how many characters may be read a second time: as many as were read once."""
        return self._lines.chars + limits.MAX_LINE_BYTES

    def _refused(self, code: str, params: dict[str, str], *, give_back: bool = True) -> BadRow:
        """Refuse the row at hand; but for its first line, what it took is given back."""
        first, *others = self._record.taken
        if give_back and others:
            code, params = ("unclosed_quote", {}) if not first.code else (first.code, params)
            self._record.again.extendleft(reversed(others))
            self._given_back += sum(len(line.text) for line in others)
            others = []
        raw = first.text
        for line in others:
            if len(raw) > limits.MAX_KEPT_RAW_CHARS:
                break
            raw += line.text
        self._record.taken[:] = [first]
        raw = raw.rstrip("\r\n")[: limits.MAX_KEPT_RAW_CHARS]
        return BadRow(first.number, code, params, raw.encode("utf-8", "replace").decode())


def _csv_reason(wrong: csv.Error, lines: int) -> tuple[str, dict[str, str]]:
    text = str(wrong)
    if "field limit" in text:
        return "field_too_long", _FIELD_LIMIT
    return ("unclosed_quote" if lines > 1 or "end of data" in text else "bad_quotes"), {}
