"""What watchers let happen in a simulated city: the one thing that no fact tells.

A wish is on disk before it is acknowledged, with the step it belongs to, so that a city that is
resumed lives it again.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import msgspec

from chengyun.adapters.files.archives import sync_folder
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant
from chengyun.kernel.limits import MAX_WISHES
from chengyun.sim.world.protocol import Injected

FILE: Final = "wishes.jsonl"


class Wish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something to happen at the beginning of the step that ends at ``until``."""

    until: int
    kind: str
    area: str = ""


class Wishes:
    """All wishes of a city, by the step they belong to; without a file they are not kept."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._by_step: dict[int, list[Injected]] = {}
        self._count = 0
        if path is not None and path.exists():
            self._read(path)

    def of_step(self, until: Instant) -> list[Injected]:
        """Return what was wished for the step that ends at ``until``, in order."""
        return list(self._by_step.get(until, ()))

    def add(self, until: Instant, kind: str, area: str) -> None:
        """Note a wish; it is on disk when this returns."""
        if self._count >= MAX_WISHES:
            raise Rejected(
                "too_many_wishes",
                f"{self._count} events were let happen in this city, and no more are kept",
                where="event",
                remedy="begin another city in a new folder",
                params={"most": str(MAX_WISHES)},
            )
        wish = Wish(until=until, kind=kind, area=area)
        if self._path is not None:
            _append(self._path, msgspec.json.encode(wish) + b"\n")
        self._note(wish)

    def _note(self, wish: Wish) -> None:
        self._count += 1
        self._by_step.setdefault(wish.until, []).append(Injected(kind=wish.kind, area=wish.area))

    def _read(self, path: Path) -> None:
        content = path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):  # cut off while it was written: nobody was told that it was taken
            os.truncate(path, whole)
        for number, line in enumerate(content[:whole].splitlines(), 1):
            try:
                self._note(msgspec.json.decode(line, type=Wish))
            except msgspec.MsgspecError as wrong:
                raise Rejected(
                    "kept_unreadable",
                    f"this line is no wish: {wrong}",
                    where=f"{path}:{number}",
                    remedy="bring the file back from a copy, or begin another city",
                ) from wrong


def _append(path: Path, line: bytes) -> None:
    """Write a line at the end of a file; it is on disk when this returns, a new file too."""
    is_new = not path.exists()
    with path.open("ab") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())
    if is_new:
        sync_folder(path.parent)
