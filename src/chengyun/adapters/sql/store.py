"""The store: log, heads, keys, artefacts and projections of all partitions in one database."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import msgspec
from sqlalchemy import Connection, MetaData, Select, bindparam, delete, func, select
from sqlalchemy.exc import SQLAlchemyError

from chengyun.adapters.sql import dialect, listing, migrate
from chengyun.adapters.sql.dialect import Written
from chengyun.adapters.sql.schema import (
    ARTEFACTS,
    CHAINS,
    FACTS,
    LAYOUTS,
    PERSON_KEYS,
    Projection,
    layout_of,
    listed_places,
)
from chengyun.adapters.sql.seen import SeenIds
from chengyun.engine.ports import Entry, Group, Head
from chengyun.engine.tables import Key, Paths, Table
from chengyun.facts.envelope import NO_HASH, OPERATIONS, Header, Stored
from chengyun.facts.kinds import KINDS
from chengyun.kernel.errors import Retryable, StoreFailed
from chengyun.kernel.instants import Instant
from chengyun.kernel.limits import LOCK_PAUSE_S, MAX_IDS_READ, MAX_LOCK_TRIES

FILE = "chengyun.db"
LOCK = "chengyun.lock"
_READ_AT_ONCE = 1_000
FAILURES = (SQLAlchemyError, OSError, OverflowError, UnicodeError)
"""What a commit may fail with: the database, the disk, a value that no column holds."""


class SqlStore:
    """The writer's side of the store; holds the writer's lock while it is open."""

    def __init__(self, folder: Path, tables: Iterable[Table[Any]]) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = _lock(folder)
        except OSError as failed:
            raise failed_opening(folder, failed) from failed
        self.folder = folder
        try:
            self._open(folder / FILE, tables)
        except BaseException as failed:
            self._lock.close()
            if isinstance(failed, SQLAlchemyError):
                raise failed_opening(folder, failed) from failed
            raise

    # --- opening ------------------------------------------------------------------------------

    def _open(self, path: Path, tables: Iterable[Table[Any]]) -> None:
        migrate.to_newest(path)
        self._engine = dialect.writer(path)
        self._reading = dialect.reader(path)
        self._reader = self._reading.connect()
        self._body_lookup = dialect.Quick(self._reader, _BODY_OF, _BODY_KEY, path)
        metadata = MetaData()
        self._projections = {table: Projection(table, metadata) for table in tables}
        listed = any(table.listed is not None for table in self._projections)
        self._paths = listed_places(metadata) if listed else None
        self._metadata = metadata
        sql = self._engine.dialect
        self._insert_facts = dialect.Many(FACTS.insert(), [c.name for c in FACTS.columns], sql)
        self._upserts = {
            table: listing.upsert(projection, self._paths, sql)
            if self._paths is not None and table.listed is not None
            else dialect.Many(dialect.upsert(projection.sql, sql.name), projection.columns, sql)
            for table, projection in self._projections.items()
        }
        self._deletes = {
            table: dialect.Many(_delete_by_key(projection.sql), _key_names(table), sql)
            for table, projection in self._projections.items()
        }
        self._set_head, self._set_key, self._set_artefact = (
            dialect.Many(dialect.upsert(one, sql.name), [c.name for c in one.columns], sql)
            for one in (CHAINS, PERSON_KEYS, ARTEFACTS)
        )
        self._set_layout = dialect.upsert(LAYOUTS, sql.name)
        self._logs: dict[tuple[str, str], int] = {}
        self._seen = self._ids_seen()
        self._layout = layout_of(self._projections.values())
        self.is_stale = self._prepare_projections()

    def _ids_seen(self) -> SeenIds | None:
        """Return the filter of all ids, or ``None`` where there are too many to read them first."""
        facts = self._reader.execute(select(func.sum(CHAINS.c.seq))).scalar()
        if facts is not None and facts > MAX_IDS_READ:
            return None
        seen = SeenIds()
        ids = select(FACTS.c.id).execution_options(yield_per=_READ_AT_ONCE)
        for identifier in self._reader.execute(ids).scalars():
            seen.add(identifier)
        return seen

    def _prepare_projections(self) -> bool:
        """Create what is missing; tell whether the layout changed and a rebuild is due.

        The layout is written down when the rebuild is done, so one that was cut off stays due.
        """
        with self._engine.begin() as connection:
            known = connection.execute(layout_known(PROJECTIONS)).scalar()
            if known == self._layout:
                return False
            refuse_unknown_facts(connection, self.folder / FILE)
            self.drop_projections(connection)
            if connection.execute(select(CHAINS.c.seq)).first() is not None:
                return True
            connection.execute(self._set_layout, self._layout_row)
            return False

    @property
    def _layout_row(self) -> dict[str, str]:
        return {"name": PROJECTIONS, "layout": self._layout}

    def rebuilt(self) -> None:
        """Write down that the projections are whole."""
        with self._engine.begin() as connection:
            connection.execute(self._set_layout, self._layout_row)

    def drop_projections(self, connection: Connection | None = None) -> None:
        """Drop every projection table and create it again, empty; a rebuild is due from here on."""
        if connection is None:
            with self._engine.begin() as own:
                self.drop_projections(own)
            return
        old = MetaData()
        old.reflect(connection, only=lambda name, _: name.startswith("p_"))
        old.drop_all(connection)
        connection.execute(delete(LAYOUTS))
        self._metadata.create_all(connection)

    @property
    def lock_handle(self) -> int:
        """The file handle that holds the writer's lock; whoever has it open holds the lock."""
        return self._lock.fileno()

    def close(self) -> None:
        """Close the connections and let the next writer in."""
        self._reader.close()
        self._engine.dispose()
        self._lock.close()

    # --- writing ------------------------------------------------------------------------------

    def commit(self, group: Group) -> None:
        """Write ``group`` in one synced transaction, or raise and write nothing."""
        statements = self.statements(group)
        try:
            with self._engine.begin() as connection:
                check_heads(connection, group.partition, expected_heads(group))
                for statement in statements:
                    statement.run(connection)
        except FAILURES as failed:
            raise failed_commit(group.partition, failed) from failed

    def settle(self) -> None:
        """Every commit is on disk when it returns."""

    def statements(self, group: Group) -> list[Written]:
        """Return everything that a commit of ``group`` runs, in order."""
        found: list[Written] = []
        heads = [
            (
                self._log(group.partition, chain),
                group.partition,
                chain,
                head.seq,
                head.hash,
                head.known_at,
            )
            for chain, head in group.after.items()
            if head != group.before.get(chain)
        ]
        if group.entries:
            facts = [
                _values(self._logs[group.partition, entry.stored.chain], entry)
                for entry in group.entries
            ]
            found.append(self._insert_facts.with_rows(facts))
            if self._seen is not None:
                for entry in group.entries:
                    self._seen.add(entry.id)
        if heads:
            found.append(self._set_head.with_rows(heads))
        found += self._row_statements(group.partition, group.rows)
        if group.keys:
            keys = [(group.partition, person, wrapped) for person, wrapped in group.keys.items()]
            found.append(self._set_key.with_rows(keys))
        if group.artefacts:
            found.append(self._set_artefact.with_rows(list(group.artefacts.items())))
        return found

    def _row_statements(
        self, partition: str, rows: Mapping[Table[Any], Mapping[Key, Any]]
    ) -> Iterator[Written]:
        for table, changed in rows.items():
            projection = self._projections[table]
            written, removed = [], []
            for key, row in changed.items():
                if row is not None:
                    written.append(projection.parameters(partition, row))
                else:
                    removed.append((partition, *_key_values(table, key)))
            if removed:
                yield self._deletes[table].with_rows(removed)
            if written:
                yield self._upserts[table].with_rows(written)

    def write_rows(self, partition: str, rows: Mapping[Table[Any], Mapping[Key, Any]]) -> None:
        """Write projection rows without any fact: a rebuild does so."""
        with self._engine.begin() as connection:
            for statement in self._row_statements(partition, rows):
                statement.run(connection)

    def place_listed(self, partition: str, paths: Paths) -> None:
        """Say in which area below the city each area lies, and each unit in which department.

        Where that is known already nothing is done; else every listed row is placed anew.
        """
        if self._paths is None:
            return
        name, digest = f"places of {partition}", listing.digest_of(paths)
        with self._engine.begin() as connection:
            if connection.execute(layout_known(name)).scalar() == digest:
                return
            listing.place(connection, partition, paths, self._paths, self._projections.values())
            connection.execute(self._set_layout, {"name": name, "layout": digest})

    def _log(self, partition: str, chain: str) -> int:
        """Return the number of a chain; a new one gets the next."""
        log = self._known_log(partition, chain)
        if log is None:
            taken = self._reader.execute(select(func.max(CHAINS.c.log))).scalar() or 0
            log = self._logs[partition, chain] = max(taken, *self._logs.values(), 0) + 1
        return log

    def _known_log(self, partition: str, chain: str) -> int | None:
        log = self._logs.get((partition, chain))
        if log is None:
            wanted = select(CHAINS.c.log).where(
                CHAINS.c.partition == partition, CHAINS.c.chain == chain
            )
            log = self._reader.execute(wanted).scalar()
            if log is not None:
                self._logs[partition, chain] = log
        return log

    def partitions(self) -> list[str]:
        """Return the partitions that have an operations chain."""
        wanted = select(CHAINS.c.partition).where(CHAINS.c.chain == OPERATIONS)
        return sorted(self._reader.execute(wanted).scalars())

    # --- reading ------------------------------------------------------------------------------

    def heads(self, partition: str) -> dict[str, Head]:
        """Return the head of every chain of ``partition``."""
        found = self._reader.execute(select(CHAINS).where(CHAINS.c.partition == partition))
        return {row.chain: Head(row.seq, row.hash, Instant(row.known_at)) for row in found}

    def body_of(self, partition: str, chain: str, fact_id: str) -> tuple[int, bytes] | None:
        """Return ``(happened_at, body)`` of a committed fact."""
        if self._seen is not None and not self._seen.may_hold(fact_id):
            return None
        log = self._known_log(partition, chain)
        row = None if log is None else self._body_lookup.first(fact_id, log)
        if row is None:
            return None
        return happened_at_of(row[0]), bytes(row[1])

    def fact(self, partition: str, chain: str, fact_id: str) -> Stored | None:
        """Return one committed fact by its id."""
        wanted = stored_of(partition, chain).where(FACTS.c.id == fact_id)
        row = self._reader.execute(wanted).first()
        return None if row is None else stored(row)

    def read(
        self, partition: str, chain: str, *, after_seq: int = 0, known_until: Instant | None = None
    ) -> Iterator[Stored]:
        """Yield committed facts in order of ``seq``."""
        return read_facts(
            self._reader, partition, chain, after_seq=after_seq, known_until=known_until
        )

    def resident(self, table: Table[Any], partition: str) -> Iterator[Any]:
        """Yield the rows of ``table`` that stay in memory, in key order."""
        projection = self._projections[table]
        wanted = select(projection.sql).where(projection.sql.c.partition == partition)
        if table.resident is not None:
            name, value = table.resident
            wanted = wanted.where(projection.sql.c[name] == value)
        wanted = wanted.order_by(*projection.sql.primary_key.columns)
        for values in self._reader.execute(wanted).mappings():
            yield projection.row(values)

    def row(self, table: Table[Any], partition: str, key: Key) -> Any:
        """Return one committed row or ``None``."""
        projection = self._projections[table]
        wanted = select(projection.sql).where(projection.sql.c.partition == partition)
        for name, value in zip(table.key, _key_values(table, key), strict=True):
            wanted = wanted.where(projection.sql.c[name] == value)
        values = self._reader.execute(wanted).mappings().first()
        return None if values is None else projection.row(values)

    def artefact(self, content_hash: str) -> bytes | None:
        """Return stored content by its SHA-256."""
        wanted = select(ARTEFACTS.c.content).where(ARTEFACTS.c.hash == content_hash)
        found = self._reader.execute(wanted).scalar()
        return None if found is None else bytes(found)

    def person_keys(self, partition: str) -> dict[str, bytes | None]:
        """Return the wrapped key of every person; ``None`` where it was destroyed."""
        wanted = select(PERSON_KEYS).where(PERSON_KEYS.c.partition == partition)
        return {row.person: row.wrapped for row in self._reader.execute(wanted)}


PROJECTIONS = "projections"


def layout_known(name: str) -> Select[Any]:
    """Return the query for a layout that was written down."""
    return select(LAYOUTS.c.layout).where(LAYOUTS.c.name == name)


def read_facts(
    connection: Connection,
    partition: str,
    chain: str,
    *,
    after_seq: int = 0,
    known_until: Instant | None = None,
) -> Iterator[Stored]:
    """Yield facts in order of ``seq`` in short reads, so that no reader holds up the writer."""
    while True:
        wanted = (
            stored_of(partition, chain)
            .where(FACTS.c.seq > after_seq)
            .order_by(FACTS.c.seq)
            .limit(_READ_AT_ONCE)
        )
        if known_until is not None:
            wanted = wanted.where(FACTS.c.known_at <= known_until)
        rows = connection.execute(wanted).all()
        for row in rows:
            yield stored(row)
        if len(rows) < _READ_AT_ONCE:
            return
        after_seq = rows[-1].seq


def stored(row: Any) -> Stored:
    """Return the stored fact in a result row."""
    return Stored(*next(iter(dialect.whole_lines([row]))))


def stored_of(partition: str, chain: str, *more: Any) -> Select[Any]:
    """Return the query for the stored facts of a chain, with further columns after them."""
    columns = (
        CHAINS.c.partition,
        CHAINS.c.chain,
        FACTS.c.seq,
        FACTS.c.header,
        FACTS.c.body,
        FACTS.c.sealed,
        FACTS.c.prev_hash,
        FACTS.c.hash,
    )
    return (
        select(*columns, *more)
        .join_from(FACTS, CHAINS, FACTS.c.log == CHAINS.c.log)
        .where(CHAINS.c.partition == partition, CHAINS.c.chain == chain)
    )


_BODY_KEY = ("id", "log")
_BODY_OF = select(FACTS.c.header, FACTS.c.body).where(
    *(FACTS.c[name] == bindparam(name) for name in _BODY_KEY)
)


def _values(log: int, entry: Entry) -> tuple[Any, ...]:
    """Return ``entry`` in the order of the columns of ``FACTS``."""
    stored = entry.stored
    return (
        log,
        stored.seq,
        entry.id,
        entry.kind,
        entry.subject,
        entry.known_at,
        entry.caused_by,
        stored.header,
        stored.body,
        stored.sealed,
        stored.prev_hash,
        stored.hash,
    )


_decode_header = msgspec.json.Decoder(Header).decode


def happened_at_of(header: bytes) -> Instant:
    """Return when a stored fact happened."""
    return Instant(_decode_header(header).happened_at)


def expected_heads(group: Group) -> dict[str, tuple[int, bytes]]:
    """Return seq and hash at which each chain must stand for ``group`` to follow it."""
    return {chain: (head.seq, head.hash) for chain, head in group.before.items()}


def check_heads(
    connection: Connection, partition: str, expected: Mapping[str, tuple[int, bytes]]
) -> None:
    """Lock the heads of a partition and refuse if another writer moved them."""
    locked = select(CHAINS).where(CHAINS.c.partition == partition).with_for_update()
    found = {row.chain: (row.seq, bytes(row.hash)) for row in connection.execute(locked)}
    for chain, (seq, seen_hash) in expected.items():
        stands_at, its_hash = found.get(chain, (0, NO_HASH))
        if (stands_at, its_hash) != (seq, seen_hash):
            raise StoreFailed(
                f"{chain} stands at {stands_at} ({its_hash.hex()[:8]}), this writer expected "
                f"{seq} ({seen_hash.hex()[:8]})",
                where=partition,
                remedy="another process writes to this store: stop one of them",
            )


def refuse_unknown_facts(connection: Connection, path: Path) -> None:
    """Raise ``Rejected`` where the log holds a kind or a schema that only a newer release knows.

    Looked at is the last fact of each kind: a body's schema never goes back.
    """
    last = (
        select(FACTS.c.log, func.max(FACTS.c.seq).label("seq"))
        .group_by(FACTS.c.log, FACTS.c.kind)
        .subquery()
    )
    wanted = select(FACTS.c.header).join(
        last, (FACTS.c.log == last.c.log) & (FACTS.c.seq == last.c.seq)
    )
    for stored_header in connection.execute(wanted).scalars():
        header = _decode_header(stored_header)
        body = KINDS.get(header.kind)
        if body is None or header.schema > body.SCHEMA:
            raise migrate.newer_store(f"it holds {header.kind} of schema {header.schema}", path)


def failed_opening(folder: Path, failed: BaseException) -> StoreFailed:
    """Return the error of a store that does not open."""
    if dialect.is_full(failed):
        what, remedy = "the disk is full or failing", "make room and start again"
    elif isinstance(failed, OSError):
        what, remedy = f"the store does not open: {failed}", "chengyun doctor says what is wrong"
    else:
        what, remedy = f"the store does not open: {failed}", "restore a backup: chengyun restore"
    return StoreFailed(what, where=str(folder), remedy=remedy)


def failed_commit(partition: str, failed: BaseException | str) -> StoreFailed:
    """Return the error of a commit that did not happen."""
    full = dialect.is_full(failed)
    return StoreFailed(
        "the disk is full or failing" if full else f"the commit failed: {failed}",
        where=partition,
        remedy="make room and start again: everything acknowledged is on disk",
    )


def _key_values(table: Table[Any], key: Key) -> tuple[Any, ...]:
    return (key,) if len(table.key) == 1 else key


def _key_names(table: Table[Any]) -> list[str]:
    return [f"k_{name}" for name in ("partition", *table.key)]


def _delete_by_key(table: Any) -> Any:
    statement = delete(table)
    for column in table.primary_key.columns:
        statement = statement.where(column == bindparam(f"k_{column.name}"))
    return statement


def _flock(handle: IO[str]) -> None:
    for _ in range(MAX_LOCK_TRIES - 1):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(LOCK_PAUSE_S)
        else:
            return
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _lock(folder: Path) -> IO[str]:
    """Take the writer's lock of the folder, or say who has it.

    A writer that was killed may have left a commit in the making; that is waited for a while.
    """
    handle = (folder / LOCK).open("a+")
    try:
        _flock(handle)
    except OSError as held:
        handle.seek(0)
        owner = handle.read().strip() or "unknown"
        handle.close()
        raise Retryable(
            f"another process (pid {owner}) writes to this store",
            where=str(folder),
            remedy="wait for it, or stop it",
        ) from held
    handle.truncate(0)
    handle.write(str(os.getpid()))
    handle.flush()
    return handle
