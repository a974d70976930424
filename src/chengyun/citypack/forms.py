"""Holds a section against its schema and says in words what does not fit.

The schema is the one ``msgspec`` generates from the shape, judged by ``jsonschema`` (Draft
2020-12), which names all errors at once; ``msgspec`` itself stops at the first, and decides fast
where nothing is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

import msgspec
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from chengyun.citypack.mistakes import Mistakes, Place, did_you_mean, one_of, shown
from chengyun.citypack.reading import Read
from chengyun.citypack.sections import Path, YamlFile
from chengyun.citypack.shapes import schema_of

_NAMES: Final = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "nothing",
}


def check_form(read: Read, value: dict[str, Any], mistakes: Mistakes) -> frozenset[Path]:
    """Note what does not fit the shape; return the paths, as far as entries, that are wrong."""
    suspects = _suspects(read, value)
    if suspects is None:
        return frozenset()
    wrong: set[Path] = set()
    for error in _validator(read.section.shape).iter_errors(suspects):
        wrong.update(_note(error, (), read, mistakes))
    if not wrong:  # msgspec refused what the schema allows
        try:
            msgspec.convert(suspects, read.section.shape)
        except msgspec.ValidationError as refused:
            mistakes.add(read.places.at(()), "wrong_value", str(refused), "correct the value")
            wrong.add(())
    return frozenset(wrong)


@cache
def _validator(shape: type[msgspec.Struct]) -> Draft202012Validator:
    return Draft202012Validator(schema_of(shape))


def _suspects(read: Read, value: dict[str, Any]) -> dict[str, Any] | None:
    """Return the part that does not convert: of tables and folders only the entries."""
    shape = read.section.shape
    if _converts(value, shape):
        return None
    source = read.section.source
    if isinstance(source, YamlFile):
        return value
    entries = value[source.field]
    wrong = {
        code: entry
        for code, entry in entries.items()
        if not _converts({source.field: {code: entry}}, shape)
    }
    return {source.field: wrong} if wrong else value


def _converts(value: object, shape: type[msgspec.Struct]) -> bool:
    try:
        msgspec.convert(value, shape)
    except msgspec.ValidationError:
        return False
    return True


# --- one error in words -----------------------------------------------------------------------
def _note(error: ValidationError, before: Path, read: Read, mistakes: Mistakes) -> Iterator[Path]:
    path = (*before, *error.relative_path)
    if error.validator == "anyOf" and (deeper := _branch(error)):
        for inner in deeper:
            yield from _note(inner, path, read, mistakes)
        return
    yield path
    if "propertyNames" in error.relative_schema_path:
        key = str(error.instance)
        known = [str(one) for one in _list(error.validator_value)]
        reason = f"allowed are {one_of(known, 40)}" if known else f"it needs {_constraint(error)}"
        mistakes.add(
            read.places.key((*path, key)),
            "key",
            f"{shown(key)} is no key here",
            did_you_mean(key, known) or reason,
        )
        yield (*path, key)
        return
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = list(_schema(error).get("properties", {}))
        for key in error.instance:
            if key not in known:
                _unknown(key, known, read.places.key((*path, key)), mistakes)
        return
    if error.validator == "required":
        _lacking(error, path, read, mistakes)
        return
    code, what, remedy = _in_words(error)
    mistakes.add(read.places.at(path), code, f"{_name(path)}{what}", remedy)


def _branch(error: ValidationError) -> list[ValidationError]:
    """Return the errors of the one alternative that was meant, none where that is unclear."""
    branches: dict[int, list[ValidationError]] = {}
    for inner in error.context or ():
        branches.setdefault(int(inner.relative_schema_path[0]), []).append(inner)
    meant = [
        errors
        for errors in branches.values()
        if not any(one.validator == "type" and not one.relative_path for one in errors)
    ]
    return meant[0] if len(meant) == 1 else []


def _unknown(key: str, known: list[str], place: Place, mistakes: Mistakes) -> None:
    remedy = did_you_mean(key, known) or f"the keys here are {one_of(known, 40)}"
    mistakes.add(place, "unknown_key", f"there is no key {shown(key)} here", remedy)


def _lacking(error: ValidationError, path: Path, read: Read, mistakes: Mistakes) -> None:
    schema = _schema(error)
    properties = schema.get("properties", {})
    for key in schema["required"]:
        if isinstance(error.instance, dict) and key not in error.instance:
            about = properties.get(key, {})
            expected = _expected(about)
            mistakes.add(
                read.places.at((*path, key)),
                "missing_key",
                f"{_name(path)}{key!r} is missing",
                f"add it{': ' + expected if expected else ''}",
            )


def _in_words(error: ValidationError) -> tuple[str, str, str]:
    """Return code, what and remedy of an error about one value."""
    given, limit = error.instance, error.validator_value
    match error.validator:
        case "enum":
            known = [str(value) for value in _list(limit)]
            near = did_you_mean(given, known) if isinstance(given, str) else ""
            allowed = f"allowed are {one_of(known, 40)}"
            remedy = f"{near} ({allowed})" if near else allowed
            return "not_allowed", f"{shown(given)} is not allowed here", remedy
        case "type" | "anyOf":
            expected = _expected(error.schema) or "another type"
            quoted = ""
            if "a text" in expected and isinstance(given, (int, float)):
                quoted = "; put it in quotes"
            return (
                "wrong_type",
                f"{shown(given)} is not {expected}",
                f"write {expected}{quoted}",
            )
        case "pattern":
            return "pattern", f"{shown(given)} has not the form {limit}", f"write it as {limit}"
        case _:
            what = f"{shown(given)} is out of range: {_constraint(error)}"
            return "out_of_range", what, f"give a value with {_constraint(error)}"


def _schema(error: ValidationError) -> Mapping[str, Any]:
    return error.schema if isinstance(error.schema, Mapping) else {}


def _list(values: object) -> list[object]:
    return values if isinstance(values, list) else []


def _constraint(error: ValidationError) -> str:
    limit = error.validator_value
    words = {
        "minimum": f"at least {limit}",
        "maximum": f"at most {limit}",
        "exclusiveMinimum": f"more than {limit}",
        "exclusiveMaximum": f"less than {limit}",
        "minLength": f"at least {limit} characters",
        "maxLength": f"at most {limit} characters",
        "minItems": f"at least {limit} entries",
        "maxItems": f"at most {limit} entries",
        "pattern": f"the form {limit}",
    }
    return words.get(str(error.validator), f"{error.validator} {limit}")


def _expected(schema: object) -> str:
    """Say what a schema asks for, in a few words."""
    if not isinstance(schema, dict):
        return ""
    if "enum" in schema:
        return "one of " + one_of([str(value) for value in schema["enum"]], 40)
    if "anyOf" in schema:
        kinds = [_expected(one) for one in schema["anyOf"]]
        return " or ".join(kind for kind in dict.fromkeys(kinds) if kind)
    if "$ref" in schema:
        return "a mapping"
    return _NAMES.get(schema.get("type", ""), "")


def _name(path: Path) -> str:
    """Name the value by its path, for the reader of the message."""
    return f"{'.'.join(map(str, path))}: " if path else ""
