"""Checks what is kept by its content: packs, and models that were trained elsewhere.

Each stands under its SHA-256, and the chain names the packs that were in force: so a byte that was
changed and a pack that was removed are both found, though neither is a fact.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from chengyun.adapters.sql.dialect import is_text
from chengyun.adapters.sql.reading import StoreReader
from chengyun.facts.engine import PolicyAdopted


class ArtefactsVerdict(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What checking the artefacts of a store found."""

    artefacts: int
    """How many are good, in order of their names, before the first bad one."""
    whole: bool
    first_bad: str = ""
    """Its name: the SHA-256 under which it stands or should stand."""
    reason: str = ""


def artefacts_verdict(folder: Path) -> ArtefactsVerdict:
    """Check every artefact of the store in ``folder``, and that what was adopted is there."""
    good = 0
    with StoreReader(folder) as reader:
        for name, reason in _judged(reader):
            if reason:
                shown = name.encode("utf-8", "backslashreplace").decode()
                return ArtefactsVerdict(artefacts=good, whole=False, first_bad=shown, reason=reason)
            good += 1
    return ArtefactsVerdict(artefacts=good, whole=True)


def _judged(reader: StoreReader) -> Iterator[tuple[str, str]]:
    """Yield the name of each with what is wrong with it, one in memory at a time."""
    names = reader.artefact_names()
    for name in names:
        content = reader.artefact(name) if is_text(name) else None
        same = content is not None and hashlib.sha256(content).hexdigest() == name
        yield name, "" if same else "its content is another one than its name says"
    for body in reader.adopted():
        version = _version_of(body)
        if version is not None and version not in names:
            yield version, "a pack that was adopted is not kept any more"


def _version_of(body: bytes) -> str | None:
    """Return what was adopted; a body that is none is for the check of the chain to name."""
    try:
        return msgspec.json.decode(body, type=PolicyAdopted).version
    except msgspec.MsgspecError:
        return None
