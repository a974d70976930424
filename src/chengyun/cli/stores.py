"""Finds the store in a folder: the folder itself, or ``store`` inside the results of a replay."""

from __future__ import annotations

from pathlib import Path

from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.sql.store import FILE
from chengyun.facts.envelope import OPERATIONS
from chengyun.kernel.errors import Rejected
from chengyun.sim.replay.run import STORE


def store_in(folder: Path) -> Path:
    """Return the folder that holds the store."""
    for candidate in (folder, folder / STORE):
        if (candidate / FILE).is_file():
            return candidate
    raise Rejected(
        "no_store",
        "there is no store in this folder",
        where=str(folder),
        remedy="give the folder that a replay or an engine wrote",
        params={"folder": str(folder)},
    )


def store_or_new(folder: Path) -> Path:
    """Return the folder of the store that is there, or ``folder`` itself for a new one."""
    try:
        return store_in(folder)
    except Rejected:
        return folder


def only_partition(reader: StoreReader, wanted: str | None) -> str:
    """Return the partition that is meant: the one named, or the only one there is."""
    found = [partition for partition, chain, _ in reader.chains() if chain == OPERATIONS]
    if wanted in found:
        return str(wanted)
    if wanted is None and len(found) == 1:
        return found[0]
    raise Rejected(
        "which_partition",
        f"name one of the partitions: {', '.join(found) or 'there is none'}",
        remedy="give --partition",
        params={"partitions": ", ".join(found)},
    )
