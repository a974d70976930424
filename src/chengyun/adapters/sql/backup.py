"""A copy of a store's database at one moment, while its writer goes on writing."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from chengyun.adapters.sql import dialect
from chengyun.adapters.sql.store import FILE
from chengyun.kernel.errors import StoreFailed

PAGES_A_STEP = 4_096
"""Pages copied before the progress is told: some 16 MB."""


def copy_database(
    folder: Path, target: Path, progress: Callable[[int, int], None] = lambda *_: None
) -> None:
    """Copy the database of the store in ``folder`` to the new file ``target`` and sync it.

    The copy is one reader's snapshot: it ends at the last commit before it began, holds up no
    writer, and is a single file without a journal. ``progress`` hears pages copied and pages in
    all. Raises ``StoreFailed`` where the source is damaged or the disk full.
    """
    try:
        with (
            closing(dialect.connect(folder / FILE, uri_mode="ro")) as source,
            closing(sqlite3.connect(target, isolation_level=None)) as copy,
        ):
            # A reader's transaction holds the snapshot; without it each commit of the writer
            # would begin the copy anew.
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
            source.backup(
                copy,
                pages=PAGES_A_STEP,
                progress=lambda _, left, pages: progress(pages - left, pages),
            )
            copy.execute("PRAGMA journal_mode = DELETE")
    except (sqlite3.Error, OSError) as failed:
        raise _failed(folder, target, failed) from failed
    _sync(target)


def _failed(folder: Path, target: Path, failed: BaseException) -> StoreFailed:
    if dialect.is_full(failed):
        return StoreFailed(
            "the disk is full or failing",
            where=str(target.parent),
            remedy="make room or give another folder; the store itself is untouched",
        )
    return StoreFailed(
        f"the store cannot be copied: {failed}",
        where=str(folder / FILE),
        remedy="chengyun doctor says what is wrong; keep the backups that are there",
    )


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
