"""Opens and closes a platform: store, keys, engine, wired in one straight function."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from chengyun.adapters.decisions.zen_tables import ZenTables
from chengyun.adapters.keys.keyring import Entropy, Keyring, master_key
from chengyun.adapters.sql.pipelined import PipelinedStore
from chengyun.adapters.sql.store import SqlStore
from chengyun.app.stages import ALL, STAGES, TABLES
from chengyun.app.triage_models import ArtefactModels
from chengyun.dispatch.ports import DECISION_TABLES
from chengyun.engine import rebuild
from chengyun.engine.adoption import AdoptPolicy
from chengyun.engine.engine import Engine
from chengyun.engine.ports import Store
from chengyun.engine.rows import Rows
from chengyun.engine.tables import Key, Table
from chengyun.facts.envelope import OPERATIONS
from chengyun.facts.registers import Areas, tree_of
from chengyun.guard.deciding import Decider
from chengyun.guard.gate import GrantGate
from chengyun.guard.ports import DIGESTS
from chengyun.kernel.clock import Clock
from chengyun.kernel.instants import Instant
from chengyun.rosters.ports import DIGESTS as ROSTER_DIGESTS
from chengyun.sense.triage.ports import TRIAGE


class Platform(NamedTuple):
    """A running platform of one partition."""

    engine: Engine
    keyring: Keyring
    store: Store
    was_rebuilt: bool


@contextmanager
def opened(
    folder: Path,
    *,
    partition: str,
    clock: Clock,
    entropy: Entropy,
    pipelined: bool = False,
) -> Iterator[Platform]:
    """Open the store in ``folder`` as its one writer, and close it again.

    With ``pipelined`` the commits are written by a process of their own, one group behind.
    """
    inner = SqlStore(folder, TABLES)
    store: SqlStore | PipelinedStore = inner
    try:
        if inner.is_stale:
            rebuild_projections(inner)
        if pipelined:
            store = PipelinedStore(inner, folder)
        keyring = Keyring(master_key(folder, entropy), inner.person_keys(partition), entropy)
        engine = wired(store, keyring, partition=partition, clock=clock)
        yield Platform(engine, keyring, store, inner.is_stale)
    finally:
        store.close()


def wired(
    store: Store, keyring: Keyring, *, partition: str, clock: Clock, parent: str = ""
) -> Engine:
    """Wire an engine over a store: every stage, every port."""

    def within(outer: str, inner: str) -> bool:
        version = engine.policies.version(at=clock.now())
        tree = engine.policies.built(tree_of, (Areas,), version)
        return outer in tree and inner in tree and tree.contains(outer, inner)

    engine = Engine(
        partition=partition,
        stages=STAGES,
        store=store,
        clock=clock,
        gate=GrantGate(lambda: decider),
        sealer=keyring,
        ports={
            DECISION_TABLES: ZenTables(),
            DIGESTS: keyring,
            ROSTER_DIGESTS: keyring,
            TRIAGE: ArtefactModels(lambda: engine),
        },
        within=within,
        parent=parent,
    )
    decider = Decider(engine.rows, engine.policies)
    return engine


def adopt(engine: Engine, content: bytes, *, pack: str, effective_from: Instant) -> str:
    """Put a resolved city pack in force, unless it is already; return its version."""
    version = engine.keep_artefact(content)
    if engine.policies.version(at=effective_from) != version:
        command = AdoptPolicy(version=version, pack=pack, effective_from=effective_from)
        outcome = engine.execute(command, actor="person:installer")
        if outcome.refused is not None:
            raise outcome.refused
    return version


def rebuild_projections(store: SqlStore) -> None:
    """Drop all projections of a store and build them again from its log."""
    store.drop_projections()
    for partition in store.partitions():
        _rebuild(store, partition)
    store.rebuilt()


def _rebuild(store: SqlStore, partition: str) -> None:
    def load(table: Table[Any], key: Key) -> Any:
        return store.row(table, partition, key)

    def flush(rows: Rows) -> None:
        store.write_rows(partition, rows.take_dirty())

    rebuild.replay(ALL, store.read(partition, OPERATIONS), load=load, flush=flush)
