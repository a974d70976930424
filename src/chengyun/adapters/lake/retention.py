"""Retention: days that a city no longer keeps leave the lake."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from chengyun.adapters.lake.manifest import read_manifest, sweep, write_manifest
from chengyun.kernel.instants import DAY_US, Instant


def forget(folder: Path, keep_days: Mapping[str, int], *, now: Instant) -> int:
    """Remove the days older than so many whole days before ``now``'s, by property.

    A property that is not named is kept for ever. Returns how many files went. A value that is
    taken later for such a day comes into the lake again, and goes with the next call.
    """
    manifest = read_manifest(folder)
    today = now // DAY_US
    kept = [
        one
        for one in manifest.files
        if one.property not in keep_days or one.day >= today - keep_days[one.property]
    ]
    gone = len(manifest.files) - len(kept)
    if gone:
        manifest = msgspec.structs.replace(manifest, files=kept)
        write_manifest(folder, manifest)
        sweep(folder, manifest)
    return gone
