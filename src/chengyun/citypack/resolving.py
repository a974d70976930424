"""The resolved pack: one canonical JSON object, and its version, the hash of these bytes."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from chengyun.citypack.sections import name_of
from chengyun.engine.policies import version_of


class Resolved(msgspec.Struct, frozen=True):
    """A pack without mistakes: its sections by name, its canonical bytes and its version."""

    sections: dict[str, msgspec.Struct]
    content: bytes
    version: str


def resolve(sections: Iterable[msgspec.Struct]) -> Resolved:
    """Write the sections as ``{name: section}``, all keys sorted, defaults written out.

    Neither comments, nor the order of rows or keys, nor the encoding of a file changes the bytes:
    the same policies have the same version. A mapping therefore carries no order; what needs one
    is a list. Each section is read back with ``msgspec.json.decode(raw, type=shape)``.
    """
    named = {name_of(type(section)): section for section in sections}
    content = msgspec.json.encode(named, order="sorted")
    return Resolved(named, content, version_of(content))
