"""The tables of a city pack as sheets: headers in both languages, lists of codes to choose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from chengyun.adapters.files.workbooks import Column, Sheet, Value
from chengyun.app.pack_sections import SECTIONS
from chengyun.citypack.mistakes import Mistakes, shown
from chengyun.citypack.reading import converters_of, entry_of
from chengyun.citypack.sections import CsvTable, Section
from chengyun.citypack.sheet_words import header_of, title_of
from chengyun.citypack.sheets import narrow
from chengyun.citypack.tables import KEY_COLUMN, Table, read_table
from chengyun.kernel.errors import Rejected

MAX_CHOICES: Final = 5_000
"""A longer list is offered by nobody: the column is checked all the same."""

FREE: Final = frozenset(
    {
        *("name", "name_zh", "category", "category_zh", "source", "aliases"),
        *("filing_condition", "filing_condition_zh", "closing_condition", "closing_condition_zh"),
    }
)
"""Columns of free text; all others hold codes, numbers, limits."""

TABLES: Final = tuple(one for one in SECTIONS if isinstance(one.source, CsvTable))
"""The sections that are tables."""

_WIDTHS: Final = {"code": 22, "name": 26, "name_zh": 22, "source": 40, "polygon": 60}


def sheets_of(files: Mapping[str, bytes], names: Sequence[str] = ()) -> list[Sheet]:
    """Return the tables of a pack as sheets, all or those of the sections ``names``.

    The pack must be sound. Raises ``Rejected`` for a code that Excel would give back otherwise.
    """
    read = {section.name: table_of(section, files) for section in TABLES}
    return [
        _sheet(section, table, read)
        for section in TABLES
        if (table := read[section.name]) is not None and (not names or section.name in names)
    ]


def path_of(section: Section) -> str:
    """Return the file of a table."""
    return section.source.path


def columns_of(section: Section) -> list[str]:
    """Return the columns of a table as its shape has them."""
    source = section.source
    field = source.field if isinstance(source, CsvTable) else ""
    return [KEY_COLUMN, *converters_of(section.shape, field)]


def table_of(section: Section, files: Mapping[str, bytes]) -> Table | None:
    """Return a table of a pack as texts; None where the pack has none."""
    path = path_of(section)
    if path not in files:
        return None
    return read_table(path, files[path], columns_of(section)[1:], Mistakes())


def _sheet(section: Section, table: Table, read: Mapping[str, Table | None]) -> Sheet:
    names = columns_of(section)
    types = _types(section)
    columns = [
        Column(
            header=header_of(name),
            width=_WIDTHS.get(name, 18),
            choices=_choices(section, name, types, read),
            is_strict=name in types and bool(_allowed(types[name])),
        )
        for name in names
    ]
    rows = [
        [_value(section, code, name, row, types) for name in names]
        for code, row in ((code, {KEY_COLUMN: code} | cells) for code, cells in table.rows.items())
    ]
    return Sheet(title=title_of(section.name), columns=columns, rows=rows)


def _types(section: Section) -> dict[str, msgspec.inspect.Type]:
    source = section.source
    field = source.field if isinstance(source, CsvTable) else ""
    return {one.encode_name: one.type for one in entry_of(section.shape, field).fields}


def _allowed(described: msgspec.inspect.Type) -> list[str]:
    """Return the words that a column may hold, where only some are allowed."""
    if isinstance(described, msgspec.inspect.LiteralType):
        return [str(one) for one in described.values if one != ""]
    return []


def _choices(
    section: Section,
    name: str,
    types: Mapping[str, msgspec.inspect.Type],
    read: Mapping[str, Table | None],
) -> Sequence[str]:
    allowed = _allowed(types[name]) if name in types else []
    if allowed:
        return allowed
    for reference in section.references:
        _, *rest = reference.at.split(".")
        to = read.get(reference.to.split(".")[0])
        if rest == ["*", name] and to is not None and 0 < len(to.rows) <= MAX_CHOICES:
            return list(to.rows)
    return ()


def _value(
    section: Section,
    code: str,
    name: str,
    row: Mapping[str, str],
    types: Mapping[str, msgspec.inspect.Type],
) -> Value:
    text = row.get(name, "")
    if name not in FREE and narrow(text) != text:
        raise Rejected(
            "not_a_code",
            f"{shown(text)} has characters that Excel's users cannot see or that are full-width",
            where=f"{path_of(section)} [{name}] of {code[:40]!r}",
            remedy="write it with plain digits and letters",
            params={"column": name},
        )
    return number_of(text) if name in types and _is_number(types[name]) else text


def _is_number(described: msgspec.inspect.Type) -> bool:
    if isinstance(described, msgspec.inspect.UnionType):
        return any(map(_is_number, described.types))
    return isinstance(described, msgspec.inspect.IntType | msgspec.inspect.FloatType)


def number_of(text: str) -> Value:
    """Return a text as a number where that, read again, is exactly the same text.

    >>> number_of("121.4737"), number_of("007"), number_of("31.10")
    (121.4737, '007', '31.10')
    """
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        if str(number) == text and abs(number) < 10**15:
            return number
    return text
