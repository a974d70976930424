"""Refused observations are kept for correction: the message as it came, and which rows and why.

The folder is bounded: the oldest messages go when it is full, and each after the days that the pack
keeps refused rows. A message too large to be kept leaves the list of its refused rows.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from chengyun.adapters.segments.staying import may_leave
from chengyun.facts.columns import Refused
from chengyun.kernel.limits import MAX_REFUSED_BYTES, MAX_REFUSED_MESSAGE_BYTES

_LIST: Final = ".json"
_MESSAGE: Final = ".message"
_HALF: Final = ".part"


class RefusedMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What is written of a message with refused rows."""

    at: int
    feed: str
    batch: str
    content_type: str
    content_encoding: str
    bytes: int
    is_kept: bool
    """Whether the message itself stands beside."""
    rows: list[Refused]


class RefusedRows:
    """The refused rows of one lane."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._held = sum(path.stat().st_size for path in folder.iterdir())
        self._number = 0

    def keep(self, message: RefusedMessage, content: bytes) -> None:
        """Keep a message; room is made first by letting the oldest go."""
        self._number += 1
        name = f"{message.at:020d}-{self._number:06d}"
        is_kept = len(content) <= MAX_REFUSED_MESSAGE_BYTES
        listed = msgspec.json.encode(msgspec.structs.replace(message, is_kept=is_kept))
        parts = {_LIST: listed} | ({_MESSAGE: content} if is_kept else {})
        self._make_room(sum(map(len, parts.values())))
        for suffix, part in parts.items():
            half = self._folder / f"{name}{_HALF}"
            half.write_bytes(part)
            half.rename(self._folder / f"{name}{suffix}")
            self._held += len(part)

    def forget(self, before: int) -> int:
        """Let go what came before an instant: it was kept long enough; return how many files."""
        gone = 0
        for path in sorted(self._folder.iterdir()):
            if int(path.name.partition("-")[0]) >= before:
                break
            self._held -= path.stat().st_size
            path.unlink()
            gone += 1
        return gone

    def _make_room(self, more: int) -> None:
        if self._held + more <= MAX_REFUSED_BYTES:
            return
        with may_leave(self._folder) as may:  # else a backup reads them: room is made later
            for path in sorted(self._folder.iterdir()) if may else []:
                self._held -= path.stat().st_size
                path.unlink()
                if self._held + more <= MAX_REFUSED_BYTES // 2:
                    return


def kept_in(folder: Path) -> list[RefusedMessage]:
    """Return the messages that are kept, the oldest first."""
    paths = sorted(folder.glob(f"*{_LIST}"))
    return [msgspec.json.decode(path.read_bytes(), type=RefusedMessage) for path in paths]
