"""From the files of a folder to the raw value of each section, with the place of everything."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from chengyun.citypack.mistakes import Mistakes, Place, did_you_mean, like_file, shown
from chengyun.citypack.places import Document, Places, read_json, read_yaml
from chengyun.citypack.sections import (
    CsvTable,
    JsonFile,
    Path,
    Section,
    YamlFile,
    YamlFolder,
)
from chengyun.citypack.shapes import fields_of
from chengyun.citypack.tables import Table, read_table
from chengyun.kernel.errors import Bug

LIST_SEPARATOR: Final = "|"
"""Separates the items of a list within one cell of a table."""

_ENTRY_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


class Read(msgspec.Struct, frozen=True):
    """What the files say about a section, before its form is checked.

    ``value`` is None where nothing could be read; ``absent`` tells that it is optional and left
    out; ``whole`` that every entry could be read. ``codes`` are the keys of all entries that were
    seen, and ``all_seen`` tells whether there may be more.
    """

    section: Section
    value: dict[str, Any] | None
    places: Places
    files: frozenset[str]
    whole: bool = True
    absent: bool = False
    codes: frozenset[str] = frozenset()
    all_seen: bool = True


def read_section(section: Section, files: Mapping[str, bytes], mistakes: Mistakes) -> Read:
    """Read one section out of the files of the pack."""
    source = section.source
    if isinstance(source, YamlFolder):
        return _read_folder(section, source, files, mistakes)
    if source.path not in files:
        if not section.optional:
            _missing(source.path, files, mistakes)
        return Read(
            section, None, _Whole(source.path), frozenset(), whole=False, absent=section.optional
        )
    if isinstance(source, CsvTable):
        return _read_csv(section, source, files[source.path], mistakes)
    return _read_yaml(section, source, files, mistakes)


class _Whole:
    """The place of something of which nothing could be read: its file."""

    def __init__(self, file: str) -> None:
        self._place = Place(file)

    def at(self, _path: Path) -> Place:
        """Return the file."""
        return self._place

    def key(self, _path: Path) -> Place:
        """Return the file."""
        return self._place


class _Within:
    """Places of a section put together from parts: the longest prefix says which part."""

    def __init__(self, parts: Mapping[Path, Places], otherwise: Places) -> None:
        self._parts = parts
        self._otherwise = otherwise

    def _part(self, path: Path) -> tuple[Places, Path]:
        for length in range(len(path), 0, -1):
            if path[:length] in self._parts:
                return self._parts[path[:length]], path[length:]
        return self._otherwise, path

    def at(self, path: Path) -> Place:
        """Return the place of the value at ``path``, or of what holds it."""
        part, rest = self._part(path)
        return part.at(rest)

    def key(self, path: Path) -> Place:
        """Return the place of the key that ends ``path``, or of what holds it."""
        part, rest = self._part(path)
        return part.key(rest) if rest else part.at(rest)


def _missing(path: str, files: Mapping[str, bytes], mistakes: Mistakes) -> None:
    mistakes.add(
        Place(path),
        "missing_file",
        "the file is missing",
        like_file(path, list(files)) or "add it; no pack is without it",
    )


# --- YAML -------------------------------------------------------------------------------------
def _read_yaml(
    section: Section, source: YamlFile, files: Mapping[str, bytes], mistakes: Mistakes
) -> Read:
    document = _mapping(source.path, files[source.path], mistakes)
    if document is None:
        return Read(section, None, _Whole(source.path), frozenset([source.path]), whole=False)
    value = dict(document.value)
    parts: dict[Path, Places] = {}
    used = {source.path}
    for embed in source.embeds:
        found = _embedded(embed, document, files, mistakes)
        if found is not None:
            value[embed.field] = found.value
            parts[(embed.field,)] = found.places
        if isinstance(document.value.get(embed.field), str):
            used.add(document.value[embed.field])
            if found is None:
                del value[embed.field]
    return Read(section, value, _Within(parts, document.places), frozenset(used))


def _embedded(
    embed: JsonFile, document: Document, files: Mapping[str, bytes], mistakes: Mistakes
) -> Document | None:
    """Return the content of the JSON file that the field names, None where it names none."""
    named = document.value.get(embed.field)
    if not isinstance(named, str):
        return None
    if named not in files or not named.endswith(".json"):
        near = [path for path in files if path.endswith(".json")]
        mistakes.add(
            document.places.at((embed.field,)),
            "missing_file",
            f"there is no JSON file {shown(named)} in the pack",
            did_you_mean(named, near) or "name a .json file of this folder, or leave the key out",
        )
        return None
    return read_json(named, files[named], mistakes)


def _mapping(file: str, content: bytes, mistakes: Mistakes) -> Document | None:
    document = read_yaml(file, content, mistakes)
    if document is not None and not isinstance(document.value, dict):
        mistakes.add(
            Place(file, 1), "wrong_type", "the file is no mapping", "write it as `key: value` lines"
        )
        return None
    return document


def _read_folder(
    section: Section, source: YamlFolder, files: Mapping[str, bytes], mistakes: Mistakes
) -> Read:
    within = f"{source.path}/"
    ours = [path for path in sorted(files) if path.startswith(within) and path.endswith(".yaml")]
    entries: dict[str, Any] = {}
    parts: dict[Path, Places] = {}
    codes: set[str] = set()
    for path in ours:
        name = path.removeprefix(within).removesuffix(".yaml")
        codes.add(name)
        if not _ENTRY_NAME.fullmatch(name):
            mistakes.add(
                Place(path),
                "pattern",
                f"{shown(name)} is no name",
                "name the file with small letters, digits, - and _",
            )
        document = _mapping(path, files[path], mistakes)
        if document is not None:
            entries[name] = document.value
            parts[source.field, name] = document.places
    if not ours and not section.optional:
        _missing(f"{within}*.yaml", files, mistakes)
    return Read(
        section,
        {source.field: entries} if ours else None,
        _Within(parts, _Whole(source.path)),
        frozenset(ours),
        whole=len(entries) == len(ours),
        absent=not ours and section.optional,
        codes=frozenset(codes),
    )


# --- CSV --------------------------------------------------------------------------------------
def _read_csv(section: Section, source: CsvTable, content: bytes, mistakes: Mistakes) -> Read:
    converters = converters_of(section.shape, source.field)
    table: Table | None = read_table(source.path, content, list(converters), mistakes)
    used = frozenset([source.path])
    if table is None:
        return Read(section, None, _Whole(source.path), used, whole=False)
    entries = {
        code: {name: converters[name](cell) for name, cell in cells.items()}
        for code, cells in table.rows.items()
    }
    return Read(
        section,
        {source.field: entries},
        _Within({(source.field,): table.places}, table.places),
        used,
        whole=table.whole and len(entries) == len(table.codes),
        codes=table.codes,
        all_seen=table.whole,
    )


def entry_of(shape: type[msgspec.Struct], field: str) -> msgspec.inspect.StructType:
    """Return the type of the entries of ``field``, which must be a mapping to a record."""
    for one in fields_of(shape):
        if one.encode_name == field and isinstance(one.type, msgspec.inspect.DictType):
            entry = one.type.value_type
            if isinstance(entry, msgspec.inspect.StructType):
                return entry
    raise Bug(f"{shape.__name__}.{field} is no mapping to a record")


def converters_of(shape: type[msgspec.Struct], field: str) -> dict[str, Callable[[str], Any]]:
    """Return how the cell of each column becomes a value, by the shape of the entries."""
    return {one.encode_name: _converter(one.type) for one in entry_of(shape, field).fields}


def _converter(described: msgspec.inspect.Type) -> Callable[[str], Any]:
    if isinstance(described, msgspec.inspect.UnionType):
        kinds = [kind for kind in described.types if not isinstance(kind, msgspec.inspect.NoneType)]
        return _converter(kinds[0]) if len(kinds) == 1 else str
    if isinstance(described, msgspec.inspect.CollectionType):
        return _to_list
    if isinstance(described, msgspec.inspect.BoolType):
        return _to_bool
    if isinstance(described, msgspec.inspect.IntType):
        return _to_int
    if isinstance(described, msgspec.inspect.FloatType):
        return _to_float
    return str


def _to_list(cell: str) -> list[str]:
    return [item.strip() for item in cell.split(LIST_SEPARATOR) if item.strip()]


def _to_bool(cell: str) -> bool | str:
    return {"true": True, "false": False}.get(cell.casefold(), cell)


def _to_int(cell: str) -> int | str:
    return int(cell) if re.fullmatch(r"[-+]?[0-9]{1,18}", cell) else cell


def _to_float(cell: str) -> float | str:
    try:
        number = float(cell)
    except ValueError:
        return cell
    return number if math.isfinite(number) else cell
