"""Reads YAML and JSON so that every value knows its file and line.

YAML is read as data only: no anchors, aliases or tags (so nothing can expand), one document a
file, bounded in depth and size. Scalars follow the core schema of YAML 1.2, as editors do:
``no`` and ``2011-07-04`` are texts, ``true`` is a boolean, and a key is always a text.
UTF-8, with or without a byte order mark, and GB18030 are taken.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any, Final, NoReturn, Protocol

import msgspec
import yaml

from chengyun.citypack.mistakes import Mistakes, Place, shown
from chengyun.citypack.sections import Path
from chengyun.kernel.errors import Bug

MAX_DEPTH: Final = 32
"""Deepest nesting of a YAML or JSON file of a pack."""

MAX_NODES: Final = 500_000
"""Most values of one YAML file."""


class Places(Protocol):
    """Knows where each value of a document was written."""

    def at(self, path: Path) -> Place:
        """Return the place of the value at ``path``, or of what holds it."""
        ...

    def key(self, path: Path) -> Place:
        """Return the place of the key that ends ``path``, or of what holds it."""
        ...


class Document(msgspec.Struct, frozen=True):
    """What a file says, in plain dicts, lists and scalars, and where it says it."""

    value: Any
    places: Places


class LinePlaces:
    """Places by path: a line for each value, and one for each key of a mapping."""

    def __init__(
        self, file: str, values: Mapping[Path, int], keys: Mapping[Path, int] | None = None
    ) -> None:
        self.file = file
        self._values = values
        self._keys = keys or {}

    def at(self, path: Path) -> Place:
        """Return the place of the value at ``path``, or of what holds it."""
        for length in range(len(path), -1, -1):
            if path[:length] in self._values:
                return Place(self.file, self._values[path[:length]])
        return Place(self.file)

    def key(self, path: Path) -> Place:
        """Return the place of the key that ends ``path``, or of what holds it."""
        line = self._keys.get(path)
        return self.at(path[:-1]) if line is None else Place(self.file, line)


# --- bytes to text ----------------------------------------------------------------------------
def decode(file: str, content: bytes, mistakes: Mistakes) -> str | None:
    """Return the text of a file in UTF-8 or GB18030, None (and a mistake) for anything else."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError as wrong:
            if encoding == "utf-8-sig":
                first_wrong = content.count(b"\n", 0, wrong.start) + 1
        else:
            if "\0" not in text:
                return text
            first_wrong = text.count("\n", 0, text.index("\0")) + 1
            break
    mistakes.add(
        Place(file, first_wrong),
        "undecodable",
        "the file is no text in UTF-8 or GB18030",
        "save it as UTF-8",
    )
    return None


# --- YAML -------------------------------------------------------------------------------------
_NULL: Final = re.compile(r"(~|null|Null|NULL)?")
_BOOL: Final = re.compile(r"true|True|TRUE|false|False|FALSE")
_INT: Final = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")


class _Broken(Exception):  # noqa: N818 - ends the reading of one file
    def __init__(self, line: int, code: str, what: str, remedy: str) -> None:
        super().__init__(what)
        self.line = line
        self.code = code
        self.what = what
        self.remedy = remedy


def read_yaml(file: str, content: bytes, mistakes: Mistakes) -> Document | None:
    """Read one YAML file; None where it cannot be read at all."""
    text = decode(file, content, mistakes)
    if text is None:
        return None
    tree = _YamlTree(file, mistakes)
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            tree.take(event)
    except yaml.YAMLError as wrong:
        line, what = _yaml_problem(wrong, text)
        mistakes.add(
            Place(file, line), "unparseable", f"the YAML is broken: {what}", "correct the line"
        )
        return None
    except _Broken as wrong:
        mistakes.add(Place(file, wrong.line), wrong.code, wrong.what, wrong.remedy)
        return None
    if tree.value is None:
        mistakes.add(Place(file, 1), "empty_file", "the file says nothing", "fill it in")
        return None
    return Document(tree.value, LinePlaces(file, tree.lines, tree.key_lines))


def _yaml_problem(wrong: yaml.YAMLError, text: str) -> tuple[int, str]:
    if isinstance(wrong, yaml.MarkedYAMLError):
        mark = wrong.problem_mark or wrong.context_mark
        what = ", ".join(part for part in (wrong.problem, wrong.context) if part)
        return (mark.line + 1 if mark else 0), what
    position = getattr(wrong, "position", None)
    if isinstance(position, int):
        return text.count("\n", 0, position) + 1, "a character that is not allowed"
    return 0, str(wrong)


class _YamlTree:
    """Builds plain values from the parser's events, iteratively, and notes their lines."""

    def __init__(self, file: str, mistakes: Mistakes) -> None:
        self.value: Any = None
        self.lines: dict[Path, int] = {}
        self.key_lines: dict[Path, int] = {}
        self._file = file
        self._mistakes = mistakes
        self._open: list[tuple[Path, dict[str, Any] | list[Any]]] = []
        self._keys: list[str | None] = []
        self._documents = 0
        self._nodes = 0

    def take(self, event: yaml.Event) -> None:
        """Take the parser's next event."""
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise _Broken(
                    line, "two_documents", "a second document begins", "keep one in a file"
                )
        elif isinstance(event, yaml.NodeEvent):
            self._take_node(event, line)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            self._open.pop()
            self._keys.pop()

    def _take_node(self, event: yaml.NodeEvent, line: int) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise _Broken(
                line,
                "too_large",
                f"the file holds more than {MAX_NODES} values",
                "put tables into CSV files",
            )
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            raise _Broken(line, "alias", "anchors and aliases are not read", "write the value out")
        tag = getattr(event, "tag", None)
        if tag is not None and tag != "!":
            raise _Broken(line, "tag", f"the tag {shown(tag)} is not read", "remove the tag")
        if isinstance(event, yaml.ScalarEvent):
            if self._awaits_key():
                self._take_key(event.value, line)
            else:
                plain = event.implicit[0] and event.style is None
                self._put(_scalar(event.value) if plain else event.value, line)
            return
        if self._awaits_key():
            raise _Broken(line, "key", "a key must be a text", "write the key on one line")
        if len(self._open) >= MAX_DEPTH:
            raise _Broken(
                line, "too_deep", f"nested deeper than {MAX_DEPTH}", "make the file flatter"
            )
        holder: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
        path = self._put(holder, line)
        self._open.append((path, holder))
        self._keys.append(None)

    def _awaits_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1][1], dict) and self._keys[-1] is None

    def _take_key(self, key: str, line: int) -> None:
        path, holder = self._open[-1]
        self._keys[-1] = key
        if key in holder:
            self._mistakes.add(
                Place(self._file, line),
                "duplicate_key",
                f"the key {shown(key)} was given in line {self.key_lines[*path, key]} already",
                "keep one of the two",
            )
        else:
            self.key_lines[*path, key] = line

    def _put(self, value: object, line: int) -> Path:
        if not self._open:
            self.value = value
            self.lines[()] = line
            return ()
        path, holder = self._open[-1]
        if isinstance(holder, list):
            holder.append(value)
            here: Path = (*path, len(holder) - 1)
        else:
            key = self._keys[-1]
            if key is None:
                raise Bug("a value came before its key")
            self._keys[-1] = None
            here = (*path, key)
            holder.setdefault(key, value)
        self.lines.setdefault(here, line)
        return here


def _scalar(text: str) -> str | int | float | bool | None:
    """Read a plain scalar by the core schema of YAML 1.2, without octal and hexadecimal.

    >>> [_scalar(text) for text in ("no", "true", "07:30", "1e3", "42", "~")]
    ['no', True, '07:30', 1000.0, 42, None]
    """
    if _NULL.fullmatch(text):
        return None
    if _BOOL.fullmatch(text):
        return text[0] in "tT"
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    return text


# --- JSON -------------------------------------------------------------------------------------
def read_json(file: str, content: bytes, mistakes: Mistakes) -> Document | None:
    """Read one JSON file; None where it cannot be read. All its values stand at line 1."""
    text = decode(file, content, mistakes)
    if text is None:
        return None
    place = Place(file)
    try:
        value = json.loads(text, object_pairs_hook=_single_keys, parse_constant=_no_constant)
    except json.JSONDecodeError as wrong:
        place, what = Place(file, wrong.lineno), wrong.msg
    except RecursionError:
        what = "it is nested too deeply"
    except _Broken as wrong:
        what = wrong.what
    else:
        return Document(value, LinePlaces(file, {(): 1}))
    mistakes.add(place, "unparseable", f"the JSON is broken: {what}", "correct the file")
    return None


def _single_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) < len(pairs):
        raise _Broken(0, "duplicate_key", "a key is given twice", "keep one of the two")
    return read


def _no_constant(name: str) -> NoReturn:
    raise _Broken(0, "not_a_number", f"{name} is no number", "leave it out")
