"""Checks a city pack: every mistake at once, each with its file, line and remedy.

In this order, and none keeps the next from looking: files, form, references, meaning. Only a pack
without any mistake is resolved, so a pack with a mistake never starts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from chengyun.citypack.forms import check_form
from chengyun.citypack.maps import MAPS, check_maps
from chengyun.citypack.mistakes import (
    Mistake,
    Mistakes,
    Place,
    did_you_mean,
    like_file,
    one_of,
    shown,
)
from chengyun.citypack.reading import Read, read_section
from chengyun.citypack.resolving import Resolved, resolve
from chengyun.citypack.sections import Path, Reference, Section, Sections, YamlFolder
from chengyun.kernel import limits
from chengyun.kernel.errors import Bug

EXTRAS = ("README", "LICENSE", "NOTICE", "CHANGELOG")
"""Files about the pack, for people; anything may follow the name."""

AREAS = "areas.areas"
"""What the areas of a map must be keys of."""


class Checked(msgspec.Struct, frozen=True):
    """The verdict: the resolved pack, or what is wrong with it.

    ``more`` counts the mistakes beyond ``limits.MAX_MISTAKES``, which are not listed.
    """

    resolved: Resolved | None
    mistakes: tuple[Mistake, ...]
    more: int = 0


def check(
    files: Mapping[str, bytes], sections: Sequence[Section], *, found: Iterable[Mistake] = ()
) -> Checked:
    """Check the files of a pack (path with ``/`` → content); ``found`` are mistakes of reading."""
    mistakes = Mistakes()
    for mistake in found:
        mistakes.note(mistake)
    if not files:
        mistakes.add(
            Place("."),
            "empty_pack",
            "there is no file in the pack",
            "write one, or propose one: chengyun pack init FILE",
        )
        return Checked(None, mistakes.listed(), mistakes.more)
    reads = {section.name: read_section(section, files, mistakes) for section in sections}
    _check_files(files, reads, mistakes)
    wrong = {
        name: check_form(read, read.value, mistakes)
        for name, read in reads.items()
        if read.value is not None
    }
    for read in reads.values():
        _check_references(read, reads, mistakes)
    typed = _typed(reads, wrong)
    for read in reads.values():
        _check_meaning(read, typed, mistakes)
    check_maps(files, _keys(AREAS, reads) if "areas" in reads else None, mistakes)
    if len(mistakes):
        return Checked(None, mistakes.listed(), mistakes.more)
    return Checked(resolve(_all(typed, reads)), ())


def _all(typed: Sections, reads: Mapping[str, Read]) -> Iterator[msgspec.Struct]:
    for read in reads.values():
        if not read.absent:
            section = typed.get(read.section.shape)
            if section is None:
                raise Bug(f"section {read.section.name} has no mistake and no value")
            yield section


# --- files ------------------------------------------------------------------------------------
def _check_files(files: Mapping[str, bytes], reads: Mapping[str, Read], mistakes: Mistakes) -> None:
    """Refuse what no section reads: a misspelt name would otherwise be silently ignored."""
    used = {path for read in reads.values() for path in read.files}
    known = sorted(
        f"{read.section.source.path}/NAME.yaml"
        if isinstance(read.section.source, YamlFolder)
        else read.section.source.path
        for read in reads.values()
    )
    known = sorted([*known, *MAPS])
    for path in sorted(files):
        if path in used or path in MAPS or path.startswith(EXTRAS):
            continue
        mistakes.add(
            Place(path),
            "unknown_file",
            "no section of the pack reads this file",
            like_file(path, known) or f"remove it; the files are {one_of(known, 40)}",
        )


# --- references -------------------------------------------------------------------------------
def _check_references(read: Read, reads: Mapping[str, Read], mistakes: Mistakes) -> None:
    if read.value is None:
        return
    for reference in read.section.references:
        keys = _keys(reference.to, reads)
        if keys is None:
            continue
        for path, value, is_key in _at(read.value, tuple(reference.at.split(".")), ()):
            if value in keys or value in reference.besides:
                continue
            if not value and reference.may_be_empty:
                continue
            place = read.places.key(path) if is_key else read.places.at(path)
            mistakes.add(place, "unknown_reference", *_unknown(value, reference, keys, reads))


def _unknown(
    value: str, reference: Reference, keys: frozenset[str], reads: Mapping[str, Read]
) -> tuple[str, str]:
    section, field = reference.to.split(".")
    where = reads[section].section.source.path
    remedy = did_you_mean(value, sorted(keys)) or f"add it to {where}, or use one that is there"
    return f"{shown(value)} is none of the {field} in {where}", remedy


def _keys(to: str, reads: Mapping[str, Read]) -> frozenset[str] | None:
    """Return the keys that a reference may name; None where they could not all be read."""
    section, field = to.split(".")
    read = reads[section]
    if read.absent:
        return frozenset()
    entries = None if read.value is None else read.value.get(field, {})
    if not isinstance(entries, dict):
        return None
    return frozenset(entries) | read.codes if read.all_seen else None


def _at(value: object, at: Sequence[str], path: Path) -> Iterator[tuple[Path, str, bool]]:
    """Yield the texts (or, after ``@``, the keys) at ``at`` with their paths."""
    if not at:
        if isinstance(value, str):
            yield path, value, False
        return
    step, rest = at[0], at[1:]
    if step == "@":
        if isinstance(value, dict):
            yield from (((*path, key), key, True) for key in value)
    elif step != "*":
        if isinstance(value, dict) and step in value:
            yield from _at(value[step], rest, (*path, step))
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield from _at(entry, rest, (*path, key))
    elif isinstance(value, list):
        for number, entry in enumerate(value):
            yield from _at(entry, rest, (*path, number))


# --- meaning ----------------------------------------------------------------------------------
def _typed(reads: Mapping[str, Read], wrong: Mapping[str, frozenset[Path]]) -> Sections:
    """Decode every section, without the entries whose form is wrong."""
    typed: dict[str, msgspec.Struct] = {}
    whole: set[str] = set()
    for name, read in reads.items():
        if read.value is None:
            continue
        value = _without(read.value, wrong[name])
        if value is None:
            continue
        try:
            typed[name] = msgspec.convert(value, read.section.shape)
        except msgspec.ValidationError:
            continue
        if read.whole and not wrong[name]:
            whole.add(name)
    return Sections(typed, frozenset(whole))


def _without(value: dict[str, Any], wrong: frozenset[Path]) -> dict[str, Any] | None:
    """Return ``value`` without the entries that hold a wrong path; None if that cannot be."""
    kept = dict(value)
    for path in wrong:
        if len(path) < 2:
            return None
        field, entry = str(path[0]), path[1]
        if not isinstance(kept.get(field), dict):
            return None
        kept[field] = {key: one for key, one in kept[field].items() if key != entry}
    return kept


def _check_meaning(read: Read, typed: Sections, mistakes: Mistakes) -> None:
    section = typed.get(read.section.shape)
    if section is None or read.section.check is None:
        return
    for number, finding in enumerate(read.section.check(section, typed)):
        if number >= 2 * limits.MAX_MISTAKES:
            break
        place = (read.places.key if finding.is_key else read.places.at)(finding.path)
        mistakes.add(place, finding.code, finding.what, finding.remedy)
