"""When the owners of sessions last did something: a small file beside the store.

No fact, for it changes every minute and matters for half an hour. Without it, or where it cannot
be read, a session counts as unused since it was opened: it ends sooner, never later.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from chengyun.kernel.limits import MAX_DEEDS_BYTES

FILE: Final = "sessions.json"


class LastDeeds:
    """The file in a store's folder; read by its owner alone."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def read(self) -> dict[str, int]:
        """Return the instant of the last deed by the digest of a session's token."""
        try:
            with self._path.open("rb") as file:
                return msgspec.json.decode(file.read(MAX_DEEDS_BYTES), type=dict[str, int])
        except (FileNotFoundError, msgspec.MsgspecError, UnicodeDecodeError):
            return {}

    def write(self, deeds: Mapping[str, int]) -> None:
        """Put them in place of what stood there, whole or not at all."""
        half = self._path.with_name(f".{FILE}.half")
        handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(deeds))
        half.replace(self._path)
