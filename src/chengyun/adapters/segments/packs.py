"""What a lane took from each version of its city pack, by its SHA-256: written once, never changed.

Records of the log are played again under the version they were made under, so each version that
the log names is kept beside it.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from pathlib import Path
from typing import Final

from chengyun.kernel.errors import StoreFailed

_SUFFIX: Final = ".pack"
_LEVEL: Final = 6


class PacksOfLane:
    """The versions in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __contains__(self, digest: str) -> bool:
        return self._path(digest).exists()

    def keep(self, digest: str, content: bytes) -> None:
        """Keep a version, durably."""
        if digest in self:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        half = self._path(digest).with_suffix(".part")
        with half.open("wb") as file:
            file.write(zlib.compress(content, _LEVEL))
            file.flush()
            os.fsync(file.fileno())
        half.rename(self._path(digest))
        for synced in (self._folder, self._folder.parent):
            folder = os.open(synced, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def content_of(self, digest: str) -> bytes:
        """Return a version that was kept; raise ``StoreFailed`` where it is gone or changed."""
        try:
            content = zlib.decompress(self._path(digest).read_bytes())
        except (FileNotFoundError, zlib.error) as failed:
            raise self._lost(digest) from failed
        if hashlib.sha256(content).hexdigest() != digest:
            raise self._lost(digest)
        return content

    def _path(self, digest: str) -> Path:
        return self._folder / f"{digest}{_SUFFIX}"

    def _lost(self, digest: str) -> StoreFailed:
        return StoreFailed(
            "the version of the city pack that the log was written under is gone or damaged",
            where=str(self._path(digest)),
            remedy="restore the folder stream/ from a backup",
        )
