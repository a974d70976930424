"""Projections from the log: for a rebuild, for a changed layout, and as of an earlier moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from chengyun.engine import codec
from chengyun.engine.projector import Projector
from chengyun.engine.rows import Loader, Rows
from chengyun.engine.stage import Stage
from chengyun.facts.envelope import Stored
from chengyun.kernel.instants import Instant

FLUSH_EVERY = 2_000
"""Facts between two flushes of a rebuild."""


def replay(
    stages: Iterable[Stage],
    log: Iterable[Stored],
    *,
    load: Loader = lambda table, key: None,
    flush: Callable[[Rows], None] | None = None,
    happened_until: Instant | None = None,
) -> Rows:
    """Apply every fact of ``log`` to empty projections and return them.

    ``flush`` writes what changed from time to time, and ``load`` finds it again; without them
    everything stays in memory. With ``happened_until`` only what had happened by then counts,
    whenever it became known; the log itself is cut by ``known_until`` when it is read. A
    follower that failed when the fact was new fails again, and is skipped again.
    """
    parts = tuple(stages)
    rows = Rows([table for stage in parts for table in stage.tables], load, keep_all=flush is None)
    projector = Projector(parts, rows)
    for number, stored in enumerate(log, start=1):
        fact = codec.read(stored)
        if happened_until is None or fact.happened_at <= happened_until:
            projector.apply(fact)
        if flush is not None and number % FLUSH_EVERY == 0:
            flush(rows)
    if flush is not None:
        flush(rows)
    return rows
