"""The truth file: JSON lines in a folder that only its owner may enter.

Lines are ``event`` (what happened), ``report`` (which event a report or an alarm is about, and what
is wrong in it), ``measured`` (between when a measurement shows an event) and ``ended``. See
``docs/benchmark.md`` for what a line means and who may read it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, Any, Final

import msgspec

from chengyun.kernel.errors import Rejected

FILE: Final = "truth.jsonl"
_OWNER_ONLY: Final = 0o700


class Truth:
    """Writes the truth; without a folder it is known to the world alone and forgotten with it."""

    def __init__(self, folder: Path | None) -> None:
        self._file: IO[bytes] | None = None
        if folder is None:
            return
        folder.mkdir(mode=_OWNER_ONLY, parents=True, exist_ok=True)
        if folder.stat().st_mode & 0o077:
            raise Rejected(
                "truth_in_the_open",
                "others may look into the folder of the truth",
                where=str(folder),
                remedy=f"chmod 700 {folder}",
            )
        handle = os.open(folder / FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(handle, "wb")

    def write(self, line: dict[str, Any]) -> None:
        """Add one line."""
        if self._file is not None:
            self._file.write(msgspec.json.encode(line) + b"\n")

    def flush(self) -> None:
        """Hand everything written so far to the system."""
        if self._file is not None:
            self._file.flush()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
