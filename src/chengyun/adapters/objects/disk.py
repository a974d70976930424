"""Kept files in a folder: each once, under its SHA-256, there whole or not at all."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

from chengyun.kernel.errors import Overloaded
from chengyun.kernel.limits import MAX_OBJECTS_BYTES, MIN_FREE_BYTES

FOLDER: Final = "objects"
_NAME: Final = re.compile(r"[0-9a-f]{64}(\.small)?", re.ASCII)
SMALL: Final = ".small"
"""How the name of a small picture ends, which stands beside the file it was made of."""


class Objects(Protocol):
    """Keeps files under names made of digests."""

    def put(self, name: str, content: bytes) -> None:
        """Keep a file, on disk when this returns; one that is there stays as it is."""
        ...

    def get(self, name: str) -> bytes | None:
        """Return a file, or ``None``."""
        ...

    def names(self) -> Iterator[str]:
        """Yield the names of all kept files."""
        ...

    def remove(self, name: str) -> None:
        """Let a file go, if it is there."""
        ...


class DiskObjects:
    """Kept files below the store's folder."""

    def __init__(self, store: Path) -> None:
        self._folder = store / FOLDER
        self._folder.mkdir(parents=True, exist_ok=True)
        self._bytes = sum(
            path.stat().st_size for path in self._folder.glob("??/*") if path.is_file()
        )

    def put(self, name: str, content: bytes) -> None:
        """Keep a file; ``Overloaded`` where there is no room."""
        path = self._path(name)
        if path.is_file():
            return
        free = shutil.disk_usage(self._folder).free
        if self._bytes + len(content) > MAX_OBJECTS_BYTES or free < MIN_FREE_BYTES:
            raise Overloaded("there is no room for files", where="objects",
                             remedy="make room on the disk of the store")  # fmt: skip
        path.parent.mkdir(exist_ok=True)
        part = path.with_name(f"{name}.{os.getpid()}.part")
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        for folder in (path.parent, self._folder):
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        self._bytes += len(content)

    def get(self, name: str) -> bytes | None:
        """Return a file, or ``None`` where it is not there."""
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError:
            return None

    def names(self) -> Iterator[str]:
        """Yield the names of all files, also of those that were never whole."""
        for path in sorted(self._folder.glob("??/*")):
            yield path.name

    def remove(self, name: str) -> None:
        """Let a file go."""
        path = self._folder / name[:2] / Path(name).name
        if path.is_file():
            self._bytes -= path.stat().st_size
            path.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError("a kept file has a digest as its name")
        return self._folder / name[:2] / name


def digest_of(content: bytes) -> str:
    """Return the name under which content is kept."""
    return hashlib.sha256(content).hexdigest()
