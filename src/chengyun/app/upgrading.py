"""Brings a store to this release: a backup first, then the log's schema, then the projections."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from chengyun.adapters.sql import migrate
from chengyun.adapters.sql.locks import refuse_while_written
from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.sql.store import SqlStore
from chengyun.app import backups
from chengyun.app.manifest import heads_in
from chengyun.app.platform import rebuild_projections
from chengyun.app.stages import TABLES
from chengyun.kernel.errors import Bug
from chengyun.kernel.instants import Instant


class Upgraded(msgspec.Struct, frozen=True, kw_only=True):
    """What an upgrade did."""

    was_current: bool
    """Nothing was to be done, and nothing was written."""
    from_revision: str
    to_revision: str
    facts: int
    rebuilt: bool
    backup: str
    """The backup made before, or nothing."""


def upgrade(
    folder: Path,
    *,
    now: Instant,
    backup_to: Path | None,
    progress: Callable[[str], None] = lambda _: None,
) -> Upgraded:
    """Bring the store in ``folder`` to the layout of this release.

    Nothing is done where it has it already. With ``backup_to`` a verified backup is made first;
    the log itself never changes, and that is checked. Raises ``Retryable`` while another process
    writes, and ``Rejected`` for a store of a newer release.
    """
    with StoreReader(folder) as reader:
        before, revision = heads_in(reader), reader.revision
        current = reader.is_current(TABLES)
    facts = sum(head.seq for head in before)
    if current:
        return Upgraded(
            was_current=True,
            from_revision=revision,
            to_revision=revision,
            facts=facts,
            rebuilt=False,
            backup="",
        )
    refuse_while_written(folder, "an upgrade needs it for itself")
    made = ""
    if backup_to is not None:
        progress("backing up")
        backup_to.mkdir(parents=True, exist_ok=True)
        made = backups.make(folder, backup_to, now=now, with_keys=False, verified=True).path
    progress("rebuilding")
    store = SqlStore(folder, TABLES)
    try:
        rebuilt = store.is_stale
        if rebuilt:
            rebuild_projections(store)
    finally:
        store.close()
    with StoreReader(folder) as reader:
        if heads_in(reader) != before or not reader.is_current(TABLES):
            raise Bug(
                "the log ends elsewhere than before the upgrade",
                where=str(folder),
                remedy=f"restore the backup {made}" if made else "restore the last backup",
            )
    return Upgraded(
        was_current=False,
        from_revision=revision,
        to_revision=migrate.newest(),
        facts=facts,
        rebuilt=rebuilt,
        backup=made,
    )
