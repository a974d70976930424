"""The column types of the stream lane: many observations at once, never an object for each.

A batch is what one sender sent in one message; a group is several batches that go to disk with
one sync. All columns of a batch or group have one length. Instants are microseconds UTC, values
millionths of the property's unit, coordinates steps of 1e-7 degree.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag
from typing import Final, NamedTuple, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

Bytes: TypeAlias = NDArray[np.uint8]
Handles: TypeAlias = NDArray[np.int32]
Longs: TypeAlias = NDArray[np.int64]

UNKNOWN_HANDLE: Final = -1

NO_PLACE: Final = -(2**31)
"""Stands for longitude and latitude where a row says no place and others of its batch do."""


class Verdict(IntEnum):
    """What became of one observation. From ``UNKNOWN_SENSOR`` on it is refused."""

    ACCEPTED = 0
    LATE = 1
    """Taken; an older value than the newest of its sensor. Its pane is corrected."""
    BACKFILLED = 2
    """Taken for history alone: too late for any pane."""
    DUPLICATE = 3
    """The same sensor and instant were here before; left out."""
    UNKNOWN_SENSOR = 4
    OTHER_FEED = 5
    """The sensor belongs to another feed than the sender's."""
    IN_FUTURE = 6
    TOO_OLD = 7


TAKEN: Final = (Verdict.ACCEPTED, Verdict.LATE, Verdict.BACKFILLED)


class Flag(IntFlag):
    """Why a value that was taken is not believed."""

    OUT_OF_RANGE = 1
    JUMP = 2
    STUCK = 4


class Ids(NamedTuple):
    """Texts one after another: ``text[ends[i - 1]:ends[i]]`` is the i-th, in UTF-8."""

    text: Bytes
    ends: Longs

    def __len__(self) -> int:
        return len(self.ends)

    def text_of(self, place: int) -> str:
        """Return the text at ``place``."""
        start = int(self.ends[place - 1]) if place else 0
        return bytes(self.text[start : int(self.ends[place])]).decode(errors="replace")


def ids_of(texts: list[str]) -> Ids:
    """Return texts as one block of bytes with their ends."""
    joined = "".join(texts)
    if joined.isascii():
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        content = joined.encode("ascii")
    else:
        encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
        lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
        content = b"".join(encoded)
    return Ids(np.frombuffer(content, np.uint8), np.cumsum(lengths))


class Refused(msgspec.Struct, frozen=True):
    """An observation that could not be taken: its place in the message, and why."""

    index: int
    code: str
    params: dict[str, str] = {}


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """What one message said, as far as it could be read.

    Exactly one of ``handles`` and ``sensors`` is given. ``index`` is the place of each row in the
    message: rows that could not be read are missing, and stand in ``refused``, by place.
    ``register`` names the register of sensors that the handles were taken from, if it was said.
    """

    handles: Longs | None
    sensors: Ids | None
    at: Longs
    value: Longs
    lon_e7: Handles | None = None
    lat_e7: Handles | None = None
    index: Longs
    refused: list[Refused]
    register: str = ""

    def __len__(self) -> int:
        return len(self.at)


class Group(NamedTuple):
    """The columns that are written and applied together."""

    handle: Handles
    at: Longs
    value: Longs
    area: Handles
    """Where the value was measured: the registered area of a fixed sensor, looked up for a
    moving one; -1 where it lies in no area of the city."""
    flags: Bytes
    verdict: Bytes
