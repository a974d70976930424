"""The readers' side of a store: read-only connections, any process, beside the one writer."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec
from sqlalchemy import Connection, MetaData, func, select

from chengyun.adapters.sql import dialect, migrate
from chengyun.adapters.sql.listing import Asked, newest
from chengyun.adapters.sql.schema import CHAINS, FACTS, PERSON_KEYS, Projection, layout_of
from chengyun.adapters.sql.store import (
    FILE,
    PROJECTIONS,
    STORED_COLUMNS,
    happened_at_of,
    layout_known,
    read_facts,
    stored,
    stored_of,
)
from chengyun.engine.ports import Entry, Head
from chengyun.engine.tables import Table
from chengyun.facts.envelope import OPERATIONS, Stored
from chengyun.kernel.errors import ChengyunError, Rejected
from chengyun.kernel.instants import Instant


class StoreReader:
    """Reads facts, heads and projections; writes nothing, locks nothing."""

    def __init__(self, folder: Path) -> None:
        path = folder / FILE
        if not path.is_file():
            raise Rejected(
                "no_store",
                "there is no store in this folder",
                where=str(folder),
                remedy="give the folder that a replay or a platform wrote",
                params={"folder": str(folder)},
            )
        self._engine = dialect.reader(path)
        dialect.explain(self._engine, path)
        self._connection = self._engine.connect()
        try:
            self.revision = _readable(self._connection, path)
        except ChengyunError:
            self._connection.close()
            raise

    def __enter__(self) -> StoreReader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()
        self._engine.dispose()

    def chains(self) -> list[tuple[str, str, Head]]:
        """Return every chain with its head, by partition and name."""
        wanted = select(CHAINS).order_by(CHAINS.c.partition, CHAINS.c.chain)
        return [
            (row.partition, row.chain, Head(row.seq, row.hash, Instant(row.known_at)))
            for row in self._connection.execute(wanted)
        ]

    def is_current(self, tables: Iterable[Table[Any]]) -> bool:
        """Tell whether log and projections have the layout of this release."""
        layout = layout_of(Projection(table, MetaData()) for table in tables)
        written = self._connection.execute(layout_known(PROJECTIONS)).scalar()
        return written == layout and self.revision == migrate.newest()

    def person_keys(self, partition: str) -> dict[str, bytes | None]:
        """Return the wrapped key of every person; ``None`` where it was destroyed."""
        wanted = select(PERSON_KEYS).where(PERSON_KEYS.c.partition == partition)
        return {row.person: row.wrapped for row in self._connection.execute(wanted)}

    def entries(self, partition: str, chain: str) -> Iterator[Entry]:
        """Yield every fact with the columns that are copied out of its header."""
        copied = (FACTS.c[name] for name in _COPIED)
        query = stored_of(partition, chain, *copied).order_by(FACTS.c.seq).limit(_AT_ONCE)
        after_seq = 0
        while True:
            wanted = query.where(FACTS.c.seq > after_seq)
            rows = list(dialect.whole_lines(self._connection.execute(wanted)))
            for row in rows:
                yield Entry(Stored(*row[:STORED_COLUMNS]), *row[STORED_COLUMNS:])
            if len(rows) < _AT_ONCE:
                return
            after_seq = rows[-1][2]

    def facts(
        self, partition: str, *, chain: str = OPERATIONS, known_until: Instant | None = None
    ) -> Iterator[Stored]:
        """Yield facts in order, at most those known at ``known_until``."""
        return read_facts(self._connection, partition, chain, known_until=known_until)

    def of_kinds(self, partition: str, kinds: Collection[str]) -> Iterator[Stored]:
        """Yield the facts of some kinds, in order."""
        wanted = (
            stored_of(partition, OPERATIONS)
            .where(FACTS.c.kind.in_(sorted(kinds)))
            .order_by(FACTS.c.seq)
            .execution_options(yield_per=_AT_ONCE)
        )
        return map(stored, self._connection.execute(wanted))

    def happened_at(self, partition: str, kinds: Collection[str]) -> Iterator[tuple[str, Instant]]:
        """Yield kind and instant of the facts of some kinds, in order: the headers tell."""
        wanted = (
            select(FACTS.c.kind, FACTS.c.header)
            .join_from(FACTS, CHAINS, FACTS.c.log == CHAINS.c.log)
            .where(CHAINS.c.partition == partition, CHAINS.c.chain == OPERATIONS)
            .where(FACTS.c.kind.in_(sorted(kinds)))
            .order_by(FACTS.c.seq)
            .execution_options(yield_per=_AT_ONCE)
        )
        for kind, header in self._connection.execute(wanted):
            yield kind, happened_at_of(header)

    def fact(self, partition: str, fact_id: str) -> Stored | None:
        """Return one fact of the operations chain by its id."""
        return next(self._few(FACTS.c.id == fact_id, partition), None)

    def about(self, partition: str, subject: str) -> Iterator[Stored]:
        """Yield the facts about a subject, in order."""
        return self._few(FACTS.c.subject == subject, partition)

    def caused_by(self, partition: str, fact_id: str) -> Iterator[Stored]:
        """Yield the facts that followed from a fact, in order."""
        return self._few(FACTS.c.caused_by == fact_id, partition)

    def _few(self, condition: Any, partition: str) -> Iterator[Stored]:
        wanted = stored_of(partition, OPERATIONS).where(condition).order_by(FACTS.c.seq)
        return map(stored, self._connection.execute(wanted))

    def rows(self, table: Table[Any], partition: str, **equal: Any) -> Iterator[Any]:
        """Yield the rows of a projection in key order; all, or those with these values."""
        projection = Projection(table, MetaData())
        wanted = (
            select(projection.sql)
            .where(projection.sql.c.partition == partition)
            .where(*(projection.sql.c[name] == value for name, value in equal.items()))
            .order_by(*projection.sql.primary_key.columns)
        )
        for values in self._connection.execute(wanted).mappings():
            yield projection.row(values)

    def newest(self, table: Table[Any], partition: str, asked: Asked) -> list[Any]:
        """Return the rows of a listed table that are asked for, the newest first."""
        projection = Projection(table, MetaData())
        return newest(self._connection, projection, partition, asked)

    def counts(self, table: Table[Any], partition: str, by: str) -> dict[Any, int]:
        """Return how many rows of a projection have each value of a column."""
        sql = Projection(table, MetaData()).sql
        wanted = (
            select(sql.c[by], func.count()).where(sql.c.partition == partition).group_by(sql.c[by])
        )
        return dict(self._connection.execute(wanted).tuples().all())

    def sums(
        self, table: Table[Any], partition: str, columns: Sequence[str], by: str
    ) -> dict[Any, dict[str, int]]:
        """Return the sums of some columns of a projection, for each value of another one."""
        sql = Projection(table, MetaData()).sql
        wanted = (
            select(sql.c[by], *(func.sum(sql.c[name]) for name in columns))
            .where(sql.c.partition == partition)
            .group_by(sql.c[by])
            .order_by(sql.c[by])
        )
        return {
            value: dict(zip(columns, map(int, sums), strict=True))
            for value, *sums in self._connection.execute(wanted)
        }

    def state_hash(self, tables: Iterable[Table[Any]]) -> str:
        """Return the SHA-256 of the state, as hexadecimal digits.

        Hashed are, for every partition in order, the head of its operations chain and then all
        its projections by name, each row in key order as one line of JSON. The audit chain, the
        keys of persons and measured durations are not part of it.
        """
        digest = hashlib.sha256()
        heads = [(p, head) for p, chain, head in self.chains() if chain == OPERATIONS]
        for partition, head in heads:
            digest.update(f"{partition} {head.seq} {head.hash.hex()}\n".encode())
            for table in sorted(tables, key=lambda one: one.name):
                for line in self.dump(table, partition):
                    digest.update(line)
        return digest.hexdigest()

    def dump(self, table: Table[Any], partition: str) -> Iterator[bytes]:
        """Yield the rows of a projection as they are stored, one line of JSON each."""
        projection = Projection(table, MetaData())
        wanted = (
            select(*(projection.sql.c[name] for name in projection.columns))
            .where(projection.sql.c.partition == partition)
            .order_by(*projection.sql.primary_key.columns)
        )
        for row in dialect.whole_lines(self._connection.execute(wanted)):
            yield table.name.encode() + b" " + msgspec.json.encode(row) + b"\n"


def _readable(connection: Connection, path: Path) -> str:
    """Return the revision of the log's schema; refuse what is no store, or a newer one."""
    revision = migrate.revision_of(connection)
    if revision is None:
        raise Rejected(
            "no_store",
            "this database holds no log",
            where=str(path),
            remedy="give the folder that a replay or a platform wrote, or restore a backup",
        )
    migrate.refuse_newer(revision, path)
    return revision


_AT_ONCE = 1_000
_COPIED = ("id", "kind", "subject", "known_at", "caused_by")
