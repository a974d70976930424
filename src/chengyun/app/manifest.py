"""What a backup says of itself: its first file, compared with everything that follows."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from chengyun.adapters.files.archives import Member, members_of
from chengyun.adapters.keys import keyring
from chengyun.adapters.sql import migrate
from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.sql.store import FILE
from chengyun.adapters.sql.verifying import verdicts
from chengyun.app.releases import is_newer, this_release
from chengyun.app.stream.backing_up import LANE_FILE, LaneMark
from chengyun.engine.verify import Verdict
from chengyun.kernel.errors import Rejected
from chengyun.kernel.limits import MAX_MANIFEST_BYTES

NAME: Final = "manifest.json"
FORMAT: Final = 2
"""Raised when an older release could not read a backup any more."""
STORED: Final = frozenset({FILE, keyring.FILE})
"""The files that a backup may hold beside its manifest and those of the stream lane."""


class FileSum(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a backup: its name, size and SHA-256 in hexadecimal digits."""

    name: str
    size: int
    sha256: str


class ChainHead(msgspec.Struct, frozen=True, kw_only=True):
    """Where a chain ended when the backup was made; ``hash`` in hexadecimal digits."""

    partition: str
    chain: str
    seq: int
    hash: str
    known_at: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """A backup in figures."""

    format: int
    release: str
    revision: str
    """Of the log's schema."""
    made_at: int
    chains: list[ChainHead]
    files: list[FileSum]
    lane: LaneMark | None = None
    """Where the stream lane stood, if there was one."""

    @property
    def has_keys(self) -> bool:
        """Whether the master key stands in the backup."""
        return any(file.name == keyring.FILE for file in self.files)


def heads_in(reader: StoreReader) -> list[ChainHead]:
    """Return the head of every chain of a store."""
    return [
        ChainHead(
            partition=partition,
            chain=chain,
            seq=head.seq,
            hash=head.hash.hex(),
            known_at=head.known_at,
        )
        for partition, chain, head in reader.chains()
    ]


def refuse_broken(folder: Path, where: Path) -> list[Verdict]:
    """Verify every byte of every chain; raise ``Rejected`` at the first that is not whole."""
    found = verdicts(folder)
    for verdict in found:
        if not verdict.whole:
            raise Rejected(
                "broken_chain",
                f"{verdict.partition}/{verdict.chain}: fact {verdict.first_bad_seq} is bad: "
                f"{verdict.reason}",
                where=str(where),
                remedy="take an earlier backup; chengyun audit verify names the fact in a store",
            )
    return found


def manifest_of(path: Path) -> Manifest:
    """Read the manifest of the backup at ``path`` and nothing more of it."""
    with members_of(path) as members:
        return read_manifest(next(members, None), path)


def read_manifest(first: Member | None, path: Path) -> Manifest:
    """Read the manifest, the first file of a backup; refuse one of a newer release."""
    if first is None or first.name != NAME or first.size > MAX_MANIFEST_BYTES:
        raise Rejected(
            "no_backup",
            f"it does not begin with {NAME}",
            where=str(path),
            remedy="give a file that chengyun backup wrote",
        )
    content = first.content.read()
    try:
        # The format alone first: a newer manifest may have another shape.
        written = msgspec.json.decode(content, type=_Format)
        if written.format > FORMAT:
            raise _newer(written.release, path)
        manifest = msgspec.json.decode(content, type=Manifest)
    except msgspec.MsgspecError as wrong:
        raise Rejected(
            "no_backup",
            f"its manifest cannot be read: {wrong}",
            where=str(path),
            remedy="give a file that chengyun backup wrote, or take an earlier one",
        ) from wrong
    if is_newer(manifest.release, this_release()) or manifest.revision not in migrate.known():
        raise _newer(manifest.release, path)
    _check_names(manifest, path)
    return manifest


class _Format(msgspec.Struct, frozen=True, kw_only=True):
    format: int
    release: str


def _check_names(manifest: Manifest, path: Path) -> None:
    names = [file.name for file in manifest.files]
    others = [name for name in names if name not in STORED and not LANE_FILE.fullmatch(name)]
    if FILE not in names or len(names) != len(set(names)) or others:
        raise Rejected(
            "no_backup",
            f"it names the files {', '.join(others or names) or 'none'}",
            where=str(path),
            remedy=f"a backup holds {FILE}, perhaps {keyring.FILE} and files of the stream lane, "
            "and nothing else",
        )


def _newer(release: str, path: Path) -> Rejected:
    return Rejected(
        "newer_backup",
        f"this backup was made by release {release}, this is {this_release()}",
        where=str(path),
        remedy=f"install release {release} or a later one, then restore",
        params={"release": release},
    )
