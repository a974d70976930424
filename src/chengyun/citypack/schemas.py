"""JSON Schemas of a pack's files, so that editors complete and explain while one writes.

They come from the same shapes that the checker judges by. What they cannot say (references, and
what only makes sense together) ``chengyun check`` says.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias

import msgspec

from chengyun.citypack.reading import LIST_SEPARATOR, entry_of
from chengyun.citypack.sections import CsvTable, Section, YamlFile, YamlFolder
from chengyun.citypack.shapes import Schema, fields_of, records_in, schema_of
from chengyun.citypack.tables import KEY_COLUMN

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

Docs: TypeAlias = Callable[[type[msgspec.Struct]], Mapping[str, str]]
"""Returns the docstrings of a record's fields by field name."""


def schemas(sections: Iterable[Section], docs: Docs) -> dict[str, bytes]:
    """Return a schema for each file of a pack, or each file of a folder, by file name."""
    return {
        f"{section.name}.json": json.dumps(
            _schema_of(section, docs), ensure_ascii=False, indent=2
        ).encode()
        + b"\n"
        for section in sections
    }


def _schema_of(section: Section, docs: Docs) -> Schema:
    source = section.source
    if isinstance(source, YamlFile):
        shape = section.shape
    else:
        shape = entry_of(section.shape, source.field).cls
    schema = schema_of(shape)
    definitions: dict[str, Schema] = schema["$defs"]
    for record in records_in(shape):
        _explain(definitions[record.__name__], record, docs)
    root = definitions.pop(shape.__name__)
    if isinstance(source, YamlFile):
        for embed in source.embeds:
            _allow_file(root, embed.field)
    elif isinstance(source, CsvTable):
        root = _row(root)
    where = f"{source.path}/*.yaml" if isinstance(source, YamlFolder) else source.path
    return {
        "$schema": DIALECT,
        "$id": f"urn:chengyun:pack:{section.name}",
        **root,
        "title": f"{where} of a city pack",
        **({"$defs": definitions} if definitions else {}),
    }


def _explain(definition: Schema, record: type[msgspec.Struct], docs: Docs) -> None:
    """Put the docstrings of fields into the schema, without their markup."""
    texts = docs(record)
    for field in fields_of(record):
        if field.name in texts:
            definition["properties"][field.encode_name]["description"] = texts[field.name].replace(
                "``", ""
            )
    if "description" in definition:
        definition["description"] = definition["description"].replace("``", "")


def _allow_file(root: Schema, field: str) -> None:
    described = root["properties"][field]
    file = {"type": "string", "pattern": r"\.json$", "description": "A JSON file of this pack."}
    described["anyOf"] = [file, *described.get("anyOf", [])]


def _row(root: Schema) -> Schema:
    """Turn the schema of an entry into that of a row, where a list is one cell."""
    properties: Schema = {KEY_COLUMN: {"type": "string", "description": "Names the row."}}
    for name, described in root["properties"].items():
        if described.get("type") == "array":
            properties[name] = {
                "type": "string",
                "description": f"A list, its items separated by {LIST_SEPARATOR}.",
            }
        else:
            properties[name] = described
    return {**root, "properties": properties, "required": [KEY_COLUMN, *root.get("required", [])]}
