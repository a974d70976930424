"""Files on their way in: each grows where it was left, and what was acknowledged is on disk.

A file that waits has two names in the folder: what is announced of it, and what came so far.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from chengyun.kernel.errors import Overloaded, Rejected
from chengyun.kernel.instants import HOUR_US, Instant
from chengyun.kernel.limits import (
    MAX_ALL_UPLOADS,
    MAX_UPLOAD_BYTES,
    MAX_UPLOAD_H,
    MAX_UPLOADING_BYTES,
    MAX_UPLOADS_WAITING,
)

FOLDER: Final = "uploads"
_NAME: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)


class Announced(msgspec.Struct, frozen=True):
    """A file that somebody sends."""

    name: str
    owner: str
    length: int
    begun_at: int


class Uploads:
    """Files on their way in, below the store's folder; used on one thread."""

    def __init__(self, store: Path) -> None:
        self._folder = store / FOLDER
        self._folder.mkdir(parents=True, exist_ok=True)
        self._open: dict[str, Announced] = {}
        for path in sorted(self._folder.glob("*.json")):
            one = msgspec.json.decode(path.read_bytes(), type=Announced)
            self._open[one.name] = one

    def begin(self, owner: str, length: int, now: Instant) -> Announced:
        """Announce a file of ``length`` bytes; refuse what is too large or too much."""
        self.let_go(now)
        if not 0 < length <= MAX_UPLOAD_BYTES:
            raise Rejected(
                "too_long" if length else "empty_file",
                f"the file has {length} bytes, at most {MAX_UPLOAD_BYTES} are taken",
                where="Upload-Length",
                remedy="send a picture in a smaller size",
                params={"bytes": str(length), "limit": str(MAX_UPLOAD_BYTES)},
            )
        own = [one for one in self._open.values() if one.owner == owner]
        too_much = sum(one.length for one in own) + length > MAX_UPLOADING_BYTES
        if len(own) >= MAX_UPLOADS_WAITING or too_much:
            raise Rejected(
                "too_many_uploads",
                f"{len(own)} files of yours wait to be added to something",
                where="uploads",
                remedy="add them, or give them up, and send this one then",
                params={"waiting": str(len(own))},
            )
        if len(self._open) >= MAX_ALL_UPLOADS:
            raise Overloaded("too many files come in", remedy="send it again later")
        one = Announced(secrets.token_hex(16), owner, length, now)
        self._part(one.name).touch()
        _write(self._about(one.name), msgspec.json.encode(one))
        self._open[one.name] = one
        return one

    def find(self, name: str, owner: str) -> Announced:
        """Return what is announced under a name; that of another sender is unknown."""
        one = self._open.get(name) if _NAME.fullmatch(name) else None
        if one is None or one.owner != owner:
            raise Rejected("unknown_upload", "no such file is on its way", where="upload",
                           remedy="begin it again")  # fmt: skip
        return one

    def size(self, one: Announced) -> int:
        """Return how many bytes of it are on disk."""
        return self._part(one.name).stat().st_size

    def writing(self, one: Announced) -> BinaryIO:
        """Open what came so far, to add to it."""
        return self._part(one.name).open("ab")

    def content(self, one: Announced) -> bytes:
        """Return the whole file; refuse one that is not whole."""
        content = self._part(one.name).read_bytes()
        if len(content) != one.length:
            raise Rejected(
                "not_whole",
                f"{len(content)} of {one.length} bytes have come",
                where="upload",
                remedy="send the rest first",
                params={"bytes": str(len(content)), "length": str(one.length)},
            )
        return content

    def end(self, name: str) -> None:
        """Let a file go: it was added, or given up."""
        self._open.pop(name, None)
        self._about(name).unlink(missing_ok=True)
        self._part(name).unlink(missing_ok=True)

    def let_go(self, now: Instant) -> None:
        """Let those go that have waited too long."""
        for one in list(self._old(now)):
            self.end(one.name)

    def _old(self, now: Instant) -> Iterator[Announced]:
        for one in self._open.values():
            if one.begun_at + MAX_UPLOAD_H * HOUR_US <= now:
                yield one

    def _about(self, name: str) -> Path:
        return self._folder / f"{name}.json"

    def _part(self, name: str) -> Path:
        return self._folder / f"{name}.part"


def _write(path: Path, content: bytes) -> None:
    new = path.with_suffix(".new")
    with new.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
