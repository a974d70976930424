"""Backups: one file with a store as it stood at a moment, and the way back to a store.

A backup is a compressed tar archive: ``manifest.json``, then the database, then, only when asked
for, the keyring, then what the stream lane keeps. It is written under another name, read again,
and renamed when it is whole.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec

from chengyun.adapters.files.archives import (
    Sum,
    drain,
    members_of,
    sum_of,
    sync_folder,
    write_archive,
)
from chengyun.adapters.keys import keyring
from chengyun.adapters.sql import dialect
from chengyun.adapters.sql.backup import copy_database
from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.sql.store import FILE
from chengyun.adapters.system.machine import free_bytes
from chengyun.app.manifest import (
    FORMAT,
    NAME,
    FileSum,
    Manifest,
    heads_in,
    read_manifest,
    refuse_broken,
)
from chengyun.app.releases import this_release
from chengyun.app.stream.backing_up import LaneMark, lane_staying, mark_of
from chengyun.facts.envelope import OPERATIONS
from chengyun.kernel.errors import Rejected, StoreFailed
from chengyun.kernel.instants import DAY_US, SECOND_US, Instant

ENDING: Final = ".chengyun.tar.gz"
HALF: Final = ".half"
"""How the name of a folder ends in which a backup is being made."""
MAX_STEM_CHARS: Final = 100
"""So much of the partitions' names stands in the name of a backup."""
Progress = Callable[[str, int, int], None]
"""Hears what is being done, how much of it is done, and how much there is."""


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A backup that was written."""

    path: str
    size: int
    manifest: Manifest
    verified: bool
    removed: list[str]
    """Older backups that were removed."""


def _quiet(what: str, done: int, whole: int) -> None:
    """Tell nobody."""


def make(
    folder: Path,
    out: Path,
    *,
    now: Instant,
    with_keys: bool,
    verified: bool,
    keep: int | None = None,
    progress: Progress = _quiet,
) -> Made:
    """Back up the store in ``folder``, whose writer may go on, to a file or into a folder.

    With ``verified`` every byte of every chain is checked before the backup gets its name. With
    ``keep`` so many of this store's backups stay in the folder ``out``, the newest. An existing
    file is never replaced.
    """
    with StoreReader(folder) as reader:
        partitions = sorted({p for p, chain, _ in reader.chains() if chain == OPERATIONS})
    stem = "+".join(partitions).replace("/", "-")[:MAX_STEM_CHARS] or "empty"
    into_folder = out.is_dir() or not (out.exists() or out.name.endswith(".gz"))
    target = out / f"{stem}-{_stamp(now)}{ENDING}" if into_folder else out
    if target.exists():
        raise Rejected(
            "exists",
            "there is a file of this name already",
            where=str(target),
            remedy="give another name, or a folder",
        )
    with (
        _disk_trouble_is_said(target.parent),
        _half(target, now) as half,
        lane_staying(folder) as staying,
    ):
        _need_room(target.parent, 2 * (folder / FILE).stat().st_size)
        copy = half / FILE
        copy_database(folder, copy, lambda done, whole: progress("copying", done, whole))
        lane = None if staying is None else staying.files(half)
        taken = {} if lane is None else lane.files
        _need_room(target.parent, sum(path.stat().st_size for path in taken.values()))
        paths = _files(half, folder if with_keys else None) | taken
        progress("summing up", 0, 1)
        manifest = _manifest(
            half, paths, None if lane is None else lane.mark, now=now, verified=verified
        )
        (half / NAME).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2))
        progress("packing", 0, 1)
        whole = half / "whole"
        write_archive(whole, [(NAME, half / NAME), *paths.items()])
        progress("reading again", 0, 1)
        _compare(whole, manifest)
        whole.rename(target)
    sync_folder(target.parent)
    return Made(
        path=str(target),
        size=target.stat().st_size,
        manifest=manifest,
        verified=verified,
        removed=_remove_older(target, stem, keep) if into_folder and keep else [],
    )


def restore(
    file: Path,
    out: Path,
    *,
    now: Instant,
    keys: Path | None = None,
    progress: Progress = _quiet,
) -> Manifest:
    """Make a store in the new or empty folder ``out`` from the backup ``file``.

    Compared are size and digest of every file and the head of every chain; then every byte of
    every chain is verified. ``keys`` is the keyring that was kept apart. Nothing stands in
    ``out`` unless all of it is right.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise Rejected(
            "not_empty",
            "a backup is restored into a new folder, and there is something in this one",
            where=str(out),
            remedy="give another folder, or move away what is there",
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    with _disk_trouble_is_said(out.parent), _half(out, now) as half:
        progress("unpacking", 0, 1)
        manifest = _unpack(file, half)
        with StoreReader(half) as reader:
            if heads_in(reader) != manifest.chains:
                raise _changed(file, "its chains do not end where its manifest says")
            progress("verifying", 0, 1)
            refuse_broken(half, file)
            if mark_of(half) != manifest.lane:
                raise _changed(file, "the stream lane does not end where its manifest says")
            if keys is not None:
                _take_keys(keys, half)
            _check_keys(reader, half)
        sync_folder(half)
        half.rename(out)
        out.chmod(0o700)
    sync_folder(out.parent)
    return manifest


def needs_keys(folder: Path) -> bool:
    """Tell whether the store in ``folder`` has sealed data and no master key beside it."""
    with StoreReader(folder) as reader:
        return bool(_wrapped(reader)) and not (folder / keyring.FILE).exists()


# --- a part at a time -------------------------------------------------------------------------


def _files(half: Path, keys_from: Path | None) -> dict[str, Path]:
    """Return the files of the store's own in ``half``, by name, the keyring beside the database."""
    found = {FILE: half / FILE}
    if keys_from is not None and (keys_from / keyring.FILE).exists():
        _take_keys(keys_from / keyring.FILE, half)
        found[keyring.FILE] = half / keyring.FILE
    return found


def _manifest(
    half: Path, paths: Mapping[str, Path], lane: LaneMark | None, *, now: Instant, verified: bool
) -> Manifest:
    """Look at the copy in ``half`` and at the files of a backup, and say what is there."""
    with StoreReader(half) as reader:
        revision, chains = reader.revision, heads_in(reader)
        if verified:
            refuse_broken(half, half / FILE)
    sums = {name: sum_of(path) for name, path in paths.items()}
    return Manifest(
        format=FORMAT,
        release=this_release(),
        revision=revision,
        made_at=now,
        chains=chains,
        files=[FileSum(name=n, size=s.size, sha256=s.sha256) for n, s in sums.items()],
        lane=lane,
    )


def _unpack(file: Path, half: Path) -> Manifest:
    with members_of(file) as members:
        manifest = read_manifest(next(members, None), file)
        left = {one.name: Sum(one.size, one.sha256) for one in manifest.files}
        _need_room(half, sum(one.size for one in manifest.files))
        for member in members:
            expected = left.pop(member.name, None)
            if expected is None or member.size != expected.size:
                raise _changed(file, f"{member.name!r} is not what its manifest says")
            path = half / member.name
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)
            with path.open("wb") as into:
                found = drain(member.content, into)
            if found != expected:
                raise _changed(file, f"{member.name!r} has another content than was backed up")
    if left:
        raise _changed(file, f"{', '.join(left)} is missing")
    return manifest


def _compare(whole: Path, manifest: Manifest) -> None:
    """Read a written backup again: what it says is what is in it."""
    with members_of(whole) as members:
        read_manifest(next(members, None), whole)
        found = [FileSum(name=m.name, **drain(m.content)._asdict()) for m in members]
    if found != manifest.files:
        raise StoreFailed(
            "the backup reads otherwise than it was written",
            where=str(whole.parent.parent),
            remedy="the disk is not to be trusted: give a folder on another one",
        )


def _take_keys(path: Path, half: Path) -> None:
    target = half / keyring.FILE
    target.touch(mode=0o600)
    target.write_bytes(path.read_bytes())


def _wrapped(reader: StoreReader) -> dict[str, bytes]:
    """Return one partition's living keys, wrapped."""
    for partition, chain, _ in reader.chains():
        if chain == OPERATIONS:
            keys = reader.person_keys(partition)
            living = {person: key for person, key in keys.items() if key is not None}
            if living:
                return living
    return {}


def _check_keys(reader: StoreReader, half: Path) -> None:
    """Refuse a keyring that does not open the keys of the store beside it."""
    if (half / keyring.FILE).exists():
        keyring.check_master(half, _wrapped(reader))


def _remove_older(target: Path, stem: str, keep: int) -> list[str]:
    """Remove all but the ``keep`` newest backups of a store; their names tell the order."""
    older = sorted(target.parent.glob(f"{stem}-*{ENDING}"), reverse=True)[keep:]
    for path in older:
        path.unlink()
    return [str(path) for path in older]


@contextmanager
def _half(target: Path, now: Instant) -> Iterator[Path]:
    """Give a folder beside ``target`` for what is not whole yet; it is gone afterwards.

    What a killed process left there a day ago goes with it.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    for left in target.parent.glob(f".*{HALF}"):
        with suppress(FileNotFoundError):
            if left.stat().st_mtime < (now - DAY_US) / SECOND_US:
                shutil.rmtree(left, ignore_errors=True)
    half = Path(tempfile.mkdtemp(prefix=".chengyun-", suffix=HALF, dir=target.parent))
    try:
        yield half
    finally:
        shutil.rmtree(half, ignore_errors=True)


@contextmanager
def _disk_trouble_is_said(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as failed:
        full = dialect.is_full(failed)
        raise StoreFailed(
            "the disk is full or failing" if full else str(failed),
            where=str(folder),
            remedy=("make room there" if full else "look at who may read and write there")
            + ", or give another folder; nothing half-written is left",
        ) from failed


def _need_room(folder: Path, wanted: int) -> None:
    free = free_bytes(folder)
    if free < wanted:
        raise Rejected(
            "no_room",
            f"{wanted:,} bytes are needed, {free:,} are free",
            where=str(folder),
            remedy="make room there, or give a folder on another disk",
        )


def _changed(file: Path, what: str) -> Rejected:
    return Rejected(
        "changed",
        f"this backup was changed: {what}",
        where=str(file),
        remedy="copy it again from where it was made, or take an earlier one",
    )


def _stamp(now: Instant) -> str:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now // SECOND_US))
