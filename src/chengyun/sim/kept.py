"""A simulated city that is kept in a folder: what it was begun with stands beside its store.

``world.json`` is written before anything else, so that whatever is in the folder can be gone on
with. Without it nobody could say which world wrote the store.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import msgspec

from chengyun.adapters.files.archives import sync_folder
from chengyun.adapters.sql.store import FILE as DATABASE
from chengyun.kernel.errors import Rejected

FILE: Final = "world.json"
PACK: Final = "pack"
STORE: Final = "store"


class Kept(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a simulated city was begun with, and always goes on with."""

    seed: int
    scale: str
    start: str
    """When it began, in local time, to the minute."""
    patience_min: float
    """How long its duty room leaves decisions to whoever watches."""
    release: str
    """The release that began it."""


def read_kept(folder: Path) -> Kept | None:
    """Return what the city in ``folder`` was begun with; ``None`` in a new or empty folder.

    Raises ``Rejected``: ``not_empty`` where something else is there, ``kept_unreadable`` where
    the file was damaged.
    """
    path = folder / FILE
    if not path.exists():
        if folder.exists() and any(one.name != _half(path).name for one in folder.iterdir()):
            raise _something_else(folder)
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=Kept)
    except (OSError, msgspec.MsgspecError) as wrong:
        raise Rejected(
            "kept_unreadable",
            f"what this city was begun with cannot be read: {wrong}",
            where=str(path),
            remedy="bring the file back from a copy, or begin another city in a new folder",
        ) from wrong


def keep(folder: Path, kept: Kept) -> None:
    """Write ``kept`` into ``folder``, whole or not at all, and on disk when this returns."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    with _half(path).open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(kept), indent=2) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    _half(path).replace(path)
    sync_folder(folder)


def check_same(
    kept: Kept, folder: Path, *, seed: int | None, scale: str | None, start: str | None
) -> None:
    """Refuse to go on with another city than the one that is kept; ``None`` asks for nothing."""
    for name, asked, begun in (
        ("seed", seed, kept.seed),
        ("scale", scale, kept.scale),
        ("start", start, kept.start),
    ):
        if asked is not None and asked != begun:
            raise Rejected(
                "other_city",
                f"the city in this folder has {name} {begun}, and {asked} was asked for",
                where=str(folder),
                remedy=f"leave --{name} out to go on with it, or begin another in a new --out",
                params={"what": name, "begun": str(begun), "asked": str(asked)},
            )


def _half(path: Path) -> Path:
    return path.with_name(f".{path.name}.half")


def _something_else(folder: Path) -> Rejected:
    if (folder / STORE / DATABASE).exists() or (folder / DATABASE).exists():
        return Rejected(
            "not_empty",
            f"there is a store in it, but no {FILE} that says which world wrote it",
            where=str(folder),
            remedy=f"bring {FILE} back beside the store, or give a new folder with --out",
            params={"folder": str(folder)},
        )
    return Rejected(
        "not_empty",
        "there is something in it that is no simulated city",
        where=str(folder),
        remedy="give a new folder with --out, or one that chengyun demo began",
        params={"folder": str(folder)},
    )
