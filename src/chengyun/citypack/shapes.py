"""The JSON Schema of a shape: what ``msgspec`` generates, and the allowed keys of mappings."""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec
from msgspec import inspect

Schema: TypeAlias = dict[str, Any]


def schema_of(shape: type[msgspec.Struct]) -> Schema:
    """Return the schema; unlike ``msgspec``'s it names the keys where only some are allowed."""
    schema = msgspec.json.schema(shape)
    for record in records_in(shape):
        properties = schema["$defs"][record.__name__]["properties"]
        for field in fields_of(record):
            _name_keys(field.type, properties[field.encode_name])
    return schema


def records_in(shape: type[msgspec.Struct]) -> list[type[msgspec.Struct]]:
    """Return the record and all records within it."""
    found: list[type[msgspec.Struct]] = []
    ahead: list[inspect.Type] = [inspect.type_info(shape)]
    while ahead:
        described = ahead.pop()
        if isinstance(described, inspect.StructType):
            if described.cls not in found:
                found.append(described.cls)
                ahead += [field.type for field in described.fields]
        else:
            ahead += _inner(described)
    return found


def fields_of(shape: type[msgspec.Struct]) -> tuple[inspect.Field, ...]:
    """Return the fields of a record as ``msgspec`` describes them."""
    described = inspect.type_info(shape)
    return described.fields if isinstance(described, inspect.StructType) else ()


def _inner(described: inspect.Type) -> tuple[inspect.Type, ...]:
    if isinstance(described, inspect.DictType):
        return described.key_type, described.value_type
    if isinstance(described, inspect.UnionType):
        return described.types
    if isinstance(described, inspect.CollectionType):
        return (described.item_type,)
    return (described.type,) if isinstance(described, inspect.Metadata) else ()


def _name_keys(described: inspect.Type, schema: Schema) -> None:
    """Put the allowed keys of a mapping, and of mappings within it, into its schema."""
    if isinstance(described, inspect.Metadata):
        _name_keys(described.type, schema)
    elif isinstance(described, inspect.DictType):
        if isinstance(described.key_type, inspect.LiteralType):
            schema["propertyNames"] = {"enum": sorted(map(str, described.key_type.values))}
        inner = schema.get("additionalProperties")
        if isinstance(inner, dict):
            _name_keys(described.value_type, inner)
