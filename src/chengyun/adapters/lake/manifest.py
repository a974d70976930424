"""The manifest: which files the lake consists of, and which segments of the log went into them.

It alone decides. A file it does not name is what an interrupted or replaced writing left, and is
removed; a segment it does not name has not gone in. One replacement of it is one step of the lake.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import quote

import msgspec
from msgspec import Meta

from chengyun.adapters.lake.durable import TEMPORARY, make_folder, put
from chengyun.adapters.segments.staying import may_leave
from chengyun.kernel.errors import Rejected, StoreFailed

NAME: Final = "manifest.json"
ROWS: Final = "rows"
HOURS: Final = "hours"
_MAX_FOLDER_BYTES: Final = 240
_SAFE: Final = "".join(map(chr, range(0x20, 0x7F))).translate(str.maketrans("", "", "/%\\"))


class DayFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of the lake: rows of one property and day in the order of sensor and instant."""

    property: str
    day: int
    """The UTC day of its rows, in days since 1970-01-01."""
    number: int
    rows: int

    def below(self, folder: Path, kind: str) -> Path:
        """Return where its rows (``ROWS``) or hourly sums (``HOURS``) stand."""
        return folder_of(folder, kind, self.property, self.day) / f"{self.number:09d}.parquet"


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the lake is at one moment."""

    version: Annotated[int, Meta(ge=1, le=1)] = 1
    through: int = 0
    """All segments of the log up to this one went in."""
    next_number: int = 1
    """Files are numbered in the order in which they were written, never twice."""
    files: list[DayFile] = []

    def of(self, name: str, first_day: int, last_day: int) -> list[DayFile]:
        """Return the files of a property and the days from first to last, in order."""
        found = [
            one for one in self.files if one.property == name and first_day <= one.day <= last_day
        ]
        return sorted(found, key=lambda one: (one.day, one.number))


def folder_of(folder: Path, kind: str, name: str, day: int) -> Path:
    """Return the folder of a property and day; refuse a property too long to be a folder."""
    date = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)).date()
    part = f"property={escaped(name)}"
    if len(part.encode()) > _MAX_FOLDER_BYTES:
        raise Rejected(
            "property_too_long",
            f"the property {name[:40]!r}… is too long to be a folder",
            remedy="give it a shorter code",
            params={"property": name},
        )
    return folder / kind / part / f"day={date.isoformat()}"


def escaped(name: str) -> str:
    """Return a property as part of a path: what has a meaning there is percent-encoded.

    >>> escaped("road/speed 50%")
    'road%2Fspeed 50%25'
    """
    return "".join(one if one in _SAFE or ord(one) > 0x9F else quote(one, "") for one in name)


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a lake, an empty one where there is none."""
    path = folder / NAME
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError:
        return Manifest()
    except msgspec.DecodeError as damage:
        raise StoreFailed(
            f"the manifest of the lake cannot be read: {damage}",
            where=str(path),
            remedy="restore it from a backup; without it no file of the lake is known",
        ) from damage


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Put ``manifest`` in the place of the one there is, durably and at once."""
    make_folder(folder)
    path = folder / NAME
    path.with_name(NAME + TEMPORARY).write_bytes(msgspec.json.encode(manifest))
    put(path)


def sweep(folder: Path, manifest: Manifest) -> int:
    """Remove every file of the lake that ``manifest`` does not name; return how many went.

    Only the writer does so: a file that is being written is not named yet. While a backup reads the
    lake none goes.
    """
    if not folder.is_dir():
        return 0
    with may_leave(folder) as may:
        return _swept(folder, manifest) if may else 0


def _swept(folder: Path, manifest: Manifest) -> int:
    named = {one.below(folder, kind) for one in manifest.files for kind in (ROWS, HOURS)}
    gone = 0
    for kind in (ROWS, HOURS):
        for path in (folder / kind).rglob("*.parquet*"):
            if path not in named:
                path.unlink()
                gone += 1
        for empty in sorted((folder / kind).glob("*/day=*")):
            if not any(empty.iterdir()):
                empty.rmdir()
    (folder / (NAME + TEMPORARY)).unlink(missing_ok=True)
    return gone
