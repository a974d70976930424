"""Archives of a few named files: written whole or not at all, read in order, never trusted."""

from __future__ import annotations

import gzip
import hashlib
import os
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from chengyun.kernel.errors import Rejected

_AT_ONCE = 1 << 20
_LEVEL = 3
"""Compression that keeps up with a disk; beyond it, hashes and seals gain next to nothing."""


class Sum(NamedTuple):
    """Size and SHA-256 of a file's bytes."""

    size: int
    sha256: str


class Member(NamedTuple):
    """A file of an archive, to be read before the next one is asked for."""

    name: str
    size: int
    content: IO[bytes]


def sum_of(path: Path) -> Sum:
    """Return size and digest of a file."""
    with path.open("rb") as file:
        return drain(file)


def drain(content: IO[bytes], into: IO[bytes] | None = None) -> Sum:
    """Read ``content`` to its end, write it ``into`` a file if there is one, and sum it up."""
    digest, size = hashlib.sha256(), 0
    while chunk := content.read(_AT_ONCE):
        digest.update(chunk)
        size += len(chunk)
        if into is not None:
            into.write(chunk)
    return Sum(size, digest.hexdigest())


def write_archive(path: Path, files: Iterable[tuple[str, Path]]) -> None:
    """Write ``files`` in their order into the new archive ``path`` and sync it.

    Only its owner can read it. Whoever calls renames it when it is whole.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        with (
            gzip.GzipFile("", "wb", compresslevel=_LEVEL, fileobj=file, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
        ):
            for name, source in files:
                member = tarfile.TarInfo(name)
                member.size, member.mode = source.stat().st_size, 0o600
                with source.open("rb") as content:
                    archive.addfile(member, content)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def members_of(path: Path) -> Iterator[Iterator[Member]]:
    """Open the archive ``path`` and give its files one by one, in their order.

    Raises ``Rejected`` where it is no archive, or was not written to its end; nothing is ever
    extracted by the name that stands in it.
    """
    try:
        with tarfile.open(path, "r|gz") as archive:
            yield _members(archive, path)
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, UnicodeError) as broken:
        raise Rejected(
            "half_written",
            f"this is no whole backup: {broken}",
            where=str(path),
            remedy="it was cut off or changed on its way: copy it again or take an earlier one",
        ) from broken


def _members(archive: tarfile.TarFile, path: Path) -> Iterator[Member]:
    for member in archive:
        content = archive.extractfile(member) if member.isreg() else None
        if content is None:
            raise Rejected(
                "changed",
                f"{member.name!r} is no plain file",
                where=str(path),
                remedy="this is no backup that Chengyun wrote: take another one",
            )
        yield Member(member.name, member.size, content)


def sync_folder(folder: Path) -> None:
    """Make renames in ``folder`` durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
