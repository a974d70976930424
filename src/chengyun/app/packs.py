"""Reads and checks a city pack from a folder; a pack with a mistake never starts."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar, cast

import msgspec

from chengyun.adapters.files.packs import read_pack
from chengyun.app.pack_sections import SECTIONS
from chengyun.citypack.checking import Checked, check
from chengyun.citypack.resolving import Resolved
from chengyun.facts.registers import Areas, CaseTypes, City, tree_of
from chengyun.kernel.errors import PackRefused
from chengyun.sense.policy import Feeds
from chengyun.sense.rules import Registers

S = TypeVar("S", bound=msgspec.Struct)


def checked(folder: Path) -> Checked:
    """Read and check the pack in ``folder``; every mistake at once."""
    files, unreadable = read_pack(folder)
    return check(files, SECTIONS, found=unreadable)


def loaded(folder: Path) -> Resolved:
    """Return the resolved pack in ``folder``, or refuse it naming every mistake."""
    verdict = checked(folder)
    if verdict.resolved is None:
        listed = "\n".join(f"  {mistake}" for mistake in verdict.mistakes)
        raise PackRefused(
            f"{len(verdict.mistakes) + verdict.more} mistakes in the city pack:\n{listed}",
            where=str(folder),
            remedy="correct them and run chengyun check again",
        )
    return verdict.resolved


def section(pack: Resolved, shape: type[S]) -> S:
    """Return a required section of a resolved pack."""
    name: str = shape.SECTION  # type: ignore[attr-defined]
    return cast("S", pack.sections[name])


def section_or_empty(pack: Resolved, shape: type[S]) -> S:
    """Return a section of a resolved pack, an empty one where the pack says nothing of it."""
    name: str = shape.SECTION  # type: ignore[attr-defined]
    return cast("S", pack.sections[name]) if name in pack.sections else shape()


def registers_of(pack: Resolved) -> Registers:
    """Return what a feed may name: the types, the areas and the city's box."""
    tree = tree_of(section(pack, Areas))
    bounds = section(pack, City).bounds

    def area_of(name: str) -> str | None:
        if name in tree:
            return name
        found = tree.find_by_name(name)
        return None if found is None else found.code

    return Registers(
        types=frozenset(section(pack, CaseTypes).types),
        area_of=area_of,
        box=(bounds.west, bounds.south, bounds.east, bounds.north),
    )


def feeds_of(pack: Resolved) -> Feeds:
    """Return the feeds of a resolved pack."""
    return section(pack, Feeds)
