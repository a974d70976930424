"""A folder of seals: ``seal-000000001.json`` and so on, each written once and whole."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from chengyun.adapters.files.archives import sync_folder
from chengyun.kernel.errors import Rejected, Retryable
from chengyun.kernel.limits import MAX_SEAL_BYTES

_NAME: Final = re.compile(r"seal-(\d{9})\.json")


def name_of(number: int) -> str:
    """Return the name of a seal's file.

    >>> name_of(17)
    'seal-000000017.json'
    """
    return f"seal-{number:09}.json"


def seals_in(folder: Path) -> list[tuple[str, bytes]]:
    """Return name and bytes of every seal in a folder, by number; a missing folder is refused."""
    if not folder.is_dir():
        raise Rejected(
            "no_seals",
            "there is no such folder",
            where=str(folder),
            remedy="give the folder into which chengyun audit seal wrote",
        )
    return [(path.name, read_seal(path)) for path in _paths(folder)]


def newest_in(folder: Path) -> tuple[str, bytes] | None:
    """Return name and bytes of the seal with the highest number, if there is one."""
    paths = _paths(folder) if folder.is_dir() else []
    return (paths[-1].name, read_seal(paths[-1])) if paths else None


def read_seal(path: Path) -> bytes:
    """Return the bytes of a seal; of a file that is too long one more than it may have."""
    with path.open("rb") as file:
        return file.read(MAX_SEAL_BYTES + 1)


def put_seal(folder: Path, number: int, content: bytes) -> Path:
    """Write a seal, durable, for everybody to read; ``Retryable`` where its number was taken."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name_of(number)
    half = folder / f".{path.name}.{os.getpid()}"
    handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(half, path)
    except FileExistsError as taken:
        raise Retryable(
            "another process sealed at the same moment",
            where=str(path),
            remedy="let one process seal into a folder; try again",
        ) from taken
    finally:
        half.unlink(missing_ok=True)
    sync_folder(folder)
    return path


def _paths(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))
