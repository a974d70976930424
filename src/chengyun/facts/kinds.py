"""Every kind of fact, by name, and the stage it belongs to. A new kind is entered here."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any, Final

import msgspec

from chengyun.facts import (
    assess,
    command,
    dispatch,
    engine,
    guard,
    handle,
    learn,
    notices,
    rosters,
    sense,
    twin,
    vitals,
    warn,
)
from chengyun.facts.envelope import Body
from chengyun.kernel.errors import Bug

_FILES: Final[tuple[ModuleType, ...]] = (
    sense,
    twin,
    vitals,
    warn,
    assess,
    command,
    dispatch,
    handle,
    learn,
    notices,
    engine,
    guard,
    rosters,
)


def _bodies(file: ModuleType) -> dict[str, type[Body]]:
    return {
        name: found
        for name, found in vars(file).items()
        if isinstance(found, type) and issubclass(found, Body) and found is not Body
    }


KINDS: Final[dict[str, type[Body]]] = {
    name: body for file in _FILES for name, body in _bodies(file).items()
}
STAGE_OF: Final[dict[str, str]] = {
    name: file.__name__.rpartition(".")[2] for file in _FILES for name in _bodies(file)
}

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]


def _measures_with_names(body: dict[str, Any]) -> dict[str, Any]:
    return body | {"measures": [{"name": {"en": text}} for text in body["measures"]]}


UPCASTERS: Final[dict[tuple[str, int], Upcaster]] = {
    ("ResponseProposed", 1): _measures_with_names,
}
"""``(kind, schema) → how a body of that schema becomes one of the next``."""

_DECODERS: Final = {name: msgspec.json.Decoder(body) for name, body in KINDS.items()}


def decode_body(kind: str, schema: int, stored: bytes) -> Body:
    """Decode the stored bytes of a body, lifting an old schema step by step to the newest."""
    if kind not in KINDS:
        raise Bug(f"no fact of kind {kind!r} is known", remedy="open it with a newer release")
    newest = KINDS[kind].SCHEMA
    if schema == newest:
        return _DECODERS[kind].decode(stored)
    if schema > newest:
        raise Bug(
            f"{kind} has schema {schema}, this release knows up to {newest}",
            remedy="open it with a newer release",
        )
    loose: dict[str, Any] = msgspec.json.decode(stored)
    for step in range(schema, newest):
        loose = UPCASTERS[kind, step](loose)
    return msgspec.convert(loose, KINDS[kind])
