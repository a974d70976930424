"""Reads the folder of a city pack into memory, bounded, and never follows a way out; writes one."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from chengyun.citypack.mistakes import Mistake, Place
from chengyun.kernel import limits

MAX_FOLDERS_DEEP = 4
"""Deepest folder of a pack."""


def read_pack(folder: Path) -> tuple[dict[str, bytes], tuple[Mistake, ...]]:
    """Return the files by path from ``folder`` on (with ``/``), and what could not be taken.

    Hidden files are passed over. A symbolic link is followed only to a file inside the folder.
    """
    files: dict[str, bytes] = {}
    refused: list[Mistake] = []
    if not folder.is_dir():
        return {}, (_refusal(".", "no_folder", f"{folder} is no folder", "name a folder"),)
    root = folder.resolve()
    for path in _paths(folder, folder):
        name = path.relative_to(folder).as_posix()
        if len(files) + len(refused) >= limits.MAX_PACK_FILES:
            refused.append(
                _refusal(
                    ".",
                    "too_many_files",
                    f"the folder holds more than {limits.MAX_PACK_FILES} files",
                    "name the folder of one pack",
                )
            )
            break
        content = _content(path, root, name)
        if isinstance(content, Mistake):
            refused.append(content)
        else:
            files[name] = content
    return files, tuple(refused)


def _paths(folder: Path, root: Path) -> Iterator[Path]:
    """Yield all that is not hidden and not a folder, by name; linked folders are not entered."""
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    deep = len(folder.relative_to(root).parts)
    for entry in found:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False) and deep < MAX_FOLDERS_DEEP:
            yield from _paths(Path(entry.path), root)
        else:
            yield Path(entry.path)


def _content(path: Path, root: Path, name: str) -> bytes | Mistake:
    try:
        real = path.resolve(strict=True)
        if not real.is_relative_to(root):
            return _refusal(name, "outside", "the link leaves the pack", "copy the file instead")
        if not real.is_file():
            return _refusal(name, "no_file", "this is no file to read", "remove it")
        with real.open("rb") as stream:
            content = stream.read(limits.MAX_PACK_FILE_BYTES + 1)
    except OSError as wrong:
        return _refusal(name, "unreadable", f"it cannot be read: {wrong.strerror}", "check it")
    if len(content) > limits.MAX_PACK_FILE_BYTES:
        return _refusal(
            name,
            "too_large",
            f"the file is larger than {limits.MAX_PACK_FILE_BYTES} bytes",
            "split it, or leave out what the pack does not need",
        )
    return content


def _refusal(file: str, code: str, what: str, remedy: str) -> Mistake:
    return Mistake(Place(file), code, what, remedy)


def write_pack(files: Mapping[str, bytes], folder: Path) -> None:
    """Write the files of a pack, by path below ``folder``; what is there is replaced.

    Every file is written beside its place before the first one is put there, so that a full disk
    leaves the pack as it was.
    """
    ready: list[tuple[Path, Path]] = []
    try:
        for path, content in files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            beside = target.with_name(f".{target.name}.new")
            ready.append((beside, target))
            beside.write_bytes(content)
    except OSError:
        for beside, _ in ready:
            beside.unlink(missing_ok=True)
        raise
    for beside, target in ready:
        beside.replace(target)
