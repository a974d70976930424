"""What a city pack consists of: sections, where each is written, and what each refers to.

A section is one typed record (a ``msgspec.Struct`` with ``SECTION``); its shape is the only schema
there is. The list of all sections stands in ``app/pack_sections.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias, TypeVar

import msgspec

from chengyun.kernel.errors import Bug

Path: TypeAlias = tuple[str | int, ...]
"""Where a value stands inside a section: ``("feeds", "requests", "zone")``."""

S = TypeVar("S", bound=msgspec.Struct)


class JsonFile(msgspec.Struct, frozen=True):
    """A field at the top of a YAML file that may name a JSON file of the pack instead."""

    field: str


class YamlFile(msgspec.Struct, frozen=True):
    """The whole section stands in one YAML file."""

    path: str
    embeds: tuple[JsonFile, ...] = ()


class CsvTable(msgspec.Struct, frozen=True):
    """Every row of a CSV table is an entry of ``field``, keyed by the column ``code``."""

    path: str
    field: str


class YamlFolder(msgspec.Struct, frozen=True):
    """Every YAML file of a folder is an entry of ``field``, keyed by the name of the file."""

    path: str
    field: str


Source: TypeAlias = YamlFile | CsvTable | YamlFolder


class Reference(msgspec.Struct, frozen=True):
    """Values that must be keys elsewhere in the pack.

    ``at`` is a path inside the section; ``*`` stands for every entry, and a last ``@`` for the keys
    at that place instead of the values. ``to`` is ``section.field``, a mapping. ``besides`` are
    values that are allowed though they are no key.
    """

    at: str
    to: str
    may_be_empty: bool = False
    besides: tuple[str, ...] = ()


class Finding(msgspec.Struct, frozen=True):
    """A mistake of meaning, found by a section's own check.

    ``path`` leads to the value; ``code`` names the kind of mistake for programs.
    """

    path: Path
    what: str
    remedy: str
    code: str = "senseless"
    is_key: bool = False
    """The key at the end of ``path`` is wrong, not what stands there."""


class Sections:
    """The sections that could be read so far; entries with a mistake of form are left out.

    ``whole`` tells whether nothing was left out: only then may a check conclude from absence.
    """

    def __init__(self, read: Mapping[str, msgspec.Struct], whole: frozenset[str]) -> None:
        self._read = read
        self._whole = whole

    def get(self, shape: type[S]) -> S | None:
        """Return the section of this shape, None where it is missing or unreadable."""
        found = self._read.get(name_of(shape))
        return found if isinstance(found, shape) else None

    def whole(self, shape: type[msgspec.Struct]) -> bool:
        """Tell whether the section was read with all its entries."""
        return name_of(shape) in self._whole


Check: TypeAlias = Callable[[Any, Sections], Iterable[Finding]]
"""Looks at one section beside all others; pure, and silent about what is not there."""


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """One section of the pack: its shape, its place, its references and its check."""

    shape: type[msgspec.Struct]
    source: Source
    optional: bool = False
    references: tuple[Reference, ...] = ()
    check: Check | None = None

    @property
    def name(self) -> str:
        """Return the name under which the resolved pack holds the section."""
        return name_of(self.shape)


def name_of(shape: type[msgspec.Struct]) -> str:
    """Return the section's name, which its shape declares as ``SECTION``."""
    name: str = getattr(shape, "SECTION", "")
    if not name:
        raise Bug(f"{shape.__name__} declares no SECTION")
    return name
