"""The readers' side of a store: read-only connections, any process, beside the one writer."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec
from sqlalchemy import Connection, MetaData, bindparam, func, literal, select, tuple_

from chengyun.adapters.sql import counting, dialect, migrate
from chengyun.adapters.sql.listing import Asked, newest
from chengyun.adapters.sql.schema import (
    ARTEFACTS,
    CHAINS,
    FACTS,
    PERSON_KEYS,
    Projection,
    layout_of,
)
from chengyun.adapters.sql.store import (
    FILE,
    PROJECTIONS,
    happened_at_of,
    layout_known,
    read_facts,
    stored,
    stored_of,
)
from chengyun.engine.ports import Entry, Head
from chengyun.engine.tables import Table
from chengyun.engine.verify import End
from chengyun.facts.engine import PolicyAdopted
from chengyun.facts.envelope import OPERATIONS, Stored
from chengyun.kernel.errors import ChengyunError, Rejected
from chengyun.kernel.instants import Instant
from chengyun.kernel.limits import MAX_NUMBER
from chengyun.learn.marks import CaseMark


@cache
def projected(table: Table[Any]) -> Projection:
    """Return a table as SQL; made once, which takes longer than most questions to it."""
    return Projection(table, MetaData())


class StoreReader:
    """Reads facts, heads and projections; writes nothing, locks nothing."""

    def __init__(self, folder: Path) -> None:
        path = self._path = folder / FILE
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
        self._block = dialect.Quick(self._connection, _BLOCK, _BLOCK_KEY, path)
        self._place = dialect.Quick(self._connection, _PLACE, _PLACE_KEY, path)
        self._by_id, self._by_subject, self._by_cause = (
            dialect.Quick(self._connection, _few_by(name), (*_PLACE_KEY[:2], name), path)
            for name in ("id", "subject", "caused_by")
        )
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
        self.close()

    def close(self) -> None:
        """Close the connection."""
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
        layout = layout_of(projected(table) for table in tables)
        written = self._connection.execute(layout_known(PROJECTIONS)).scalar()
        return written == layout and self.revision == migrate.newest()

    def person_keys(self, partition: str) -> dict[str, bytes | None]:
        """Return the wrapped key of every person; ``None`` where it was destroyed."""
        wanted = select(PERSON_KEYS).where(PERSON_KEYS.c.partition == partition)
        return {row.person: row.wrapped for row in self._connection.execute(wanted)}

    def ends(self) -> list[End]:
        """Return where every chain ends, all at one moment; also one that lost its head or name.

        The facts of such a one are a chain whose head says that it is empty.
        """
        rows = dialect.Quick(self._connection, _ENDS, (), self._path).all()
        lost = dialect.Quick(self._connection, _LOST, (), self._path).all()
        return [_end(*row) for row in rows] + [_nameless(log, "without a head") for (log,) in lost]

    def entries(
        self, partition: str, chain: str, *, after_seq: int = 0, until_seq: int = MAX_NUMBER
    ) -> Iterator[Entry]:
        """Yield facts in order of ``seq``, with the columns that are copied out of the header.

        It ends where a thousand facts in a row are missing.
        """
        while after_seq < until_seq:
            last_seq = min(after_seq + _AT_ONCE, until_seq)
            rows = self._block.all(partition, chain, after_seq, last_seq)
            for row in rows:
                yield Entry(Stored(partition, chain, *row[:_BYTES]), *row[_BYTES:])
            if not rows:
                return
            after_seq = last_seq

    def head_at(self, partition: str, chain: str, seq: int) -> Head | None:
        """Return a chain as it would end at its fact ``seq``; ``None`` where there is none."""
        if seq == 0:
            return Head()
        row = self._place.first(partition, chain, seq)
        return None if row is None else Head(seq, bytes(row[0]), Instant(row[1]))

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
        return next(self._few(self._by_id, partition, fact_id), None)

    def about(self, partition: str, subject: str) -> Iterator[Stored]:
        """Yield the facts about a subject, in order."""
        return self._few(self._by_subject, partition, subject)

    def caused_by(self, partition: str, fact_id: str) -> Iterator[Stored]:
        """Yield the facts that followed from a fact, in order."""
        return self._few(self._by_cause, partition, fact_id)

    def _few(self, quick: dialect.Quick, partition: str, value: str) -> Iterator[Stored]:
        """Yield in order what an index finds; sorted here, for a database would walk the log."""
        for row in sorted(quick.all(partition, OPERATIONS, value)):
            yield Stored(partition, OPERATIONS, *row)

    def back(
        self, partition: str, chain: str, *, before_seq: int, most: int, subject: str = ""
    ) -> list[Stored]:
        """Return the last facts of a chain before a place in it, the newest first."""
        wanted = (
            stored_of(partition, chain)
            .where(FACTS.c.seq < before_seq)
            .order_by(FACTS.c.seq.desc())
            .limit(most)
        )
        if subject:
            wanted = wanted.where(FACTS.c.subject == subject)
        return [stored(row) for row in self._connection.execute(wanted)]

    def seq_at(self, partition: str, chain: str, at: Instant) -> int:
        """Return the first place in a chain that was known at ``at`` or later.

        Found by halving, since ``known_at`` never decreases along a chain.
        """
        head = {(one, name): head for one, name, head in self.chains()}.get((partition, chain))
        low, high = 1, 1 if head is None else head.seq + 1
        known_at = (
            select(FACTS.c.known_at)
            .join_from(FACTS, CHAINS, FACTS.c.log == CHAINS.c.log)
            .where(CHAINS.c.partition == partition, CHAINS.c.chain == chain)
        )
        while low < high:
            middle = (low + high) // 2
            found = self._connection.execute(known_at.where(FACTS.c.seq == middle)).scalar()
            if found is not None and found < at:
                low = middle + 1
            else:
                high = middle
        return low

    def artefact(self, content_hash: str) -> bytes | None:
        """Return stored content by its SHA-256."""
        wanted = select(ARTEFACTS.c.content).where(ARTEFACTS.c.hash == content_hash)
        found = self._connection.execute(wanted).scalar()
        return None if found is None else bytes(found)

    def artefact_names(self) -> list[str]:
        """Return the name of every artefact, in order; with surrogates where one is broken."""
        names = dialect.Quick(self._connection, _ARTEFACTS, (), self._path).all()
        return [name for (name,) in names]

    def adopted(self) -> list[bytes]:
        """Return the body of every ``PolicyAdopted``, of all partitions."""
        quick = dialect.Quick(self._connection, _ADOPTED, ("first", "before", "kind"), self._path)
        found = quick.all("policy:", "policy;", PolicyAdopted.__name__)
        return [bytes(body) for (body,) in found]

    def rows(self, table: Table[Any], partition: str, **equal: Any) -> Iterator[Any]:
        """Yield the rows of a projection in key order; all, or those with these values."""
        projection = projected(table)
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
        projection = projected(table)
        return newest(self._connection, projection, partition, asked)

    def marks_counted(
        self, partition: str, wanted: counting.Wanted, by: counting.By
    ) -> dict[str, counting.Counted]:
        """Return the counts of marks of cases by what ``by`` names."""
        return counting.counts(self._connection, partition, wanted, by)

    def marks_spread(
        self, partition: str, wanted: counting.Wanted, by: counting.By
    ) -> dict[str, dict[int, int]]:
        """Return how often each duration is there, by what ``by`` names."""
        return counting.spread(self._connection, partition, wanted, by)

    def marks(
        self, partition: str, wanted: counting.Wanted, *, after: counting.Place | None, limit: int
    ) -> list[CaseMark]:
        """Return a page of the marks that were counted, the first ones first."""
        return counting.page(self._connection, partition, wanted, after=after, limit=limit)

    def first_marked_at(self, partition: str, mark: str) -> int | None:
        """Return the instant of the first mark of a name, ``None`` where there is none."""
        return counting.first_at(self._connection, partition, mark)

    def page(
        self,
        table: Table[Any],
        partition: str,
        at: str,
        *,
        after: tuple[int, str] | None,
        limit: int,
        **equal: Any,
    ) -> list[Any]:
        """Return rows with these values, the newest by ``at`` first, that stand after a cursor.

        For tables without areas; those with them are listed by ``newest``.
        """
        projection = projected(table)
        began, key = projection.sql.c[at], projection.sql.c[table.key[0]]
        wanted = (
            select(projection.sql)
            .where(projection.sql.c.partition == partition)
            .where(*(projection.sql.c[name] == value for name, value in equal.items()))
            .order_by(began.desc(), key.desc())
            .limit(limit)
        )
        if after is not None:
            wanted = wanted.where(tuple_(began, key) < tuple_(*map(literal, after)))
        return [projection.row(one) for one in self._connection.execute(wanted).mappings()]

    def counts(self, table: Table[Any], partition: str, by: str) -> dict[Any, int]:
        """Return how many rows of a projection have each value of a column."""
        sql = projected(table).sql
        wanted = (
            select(sql.c[by], func.count()).where(sql.c.partition == partition).group_by(sql.c[by])
        )
        return dict(self._connection.execute(wanted).tuples().all())

    def sums(
        self, table: Table[Any], partition: str, columns: Sequence[str], by: str
    ) -> dict[Any, dict[str, int]]:
        """Return the sums of some columns of a projection, for each value of another one."""
        sql = projected(table).sql
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
        projection = projected(table)
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


def _end(
    log: int,
    partition: str,
    chain: str,
    seq: int,
    hash_: bytes,
    known_at: int,
    facts: int,
    first_seq: int | None,
    last_seq: int | None,
) -> End:
    """Return what a row of ``_ENDS`` says."""
    if not (dialect.is_text(partition) and dialect.is_text(chain)):
        return _nameless(log, "with a broken name")
    head = Head(seq, bytes(hash_), Instant(known_at))
    extent = (1, 0) if first_seq is None or last_seq is None else (first_seq, last_seq)
    return End(partition, chain, head, *extent, facts)


def _nameless(log: int, why: str) -> End:
    return End(f"log {log}", why, Head(), 1, 1, 1)


_AT_ONCE = 1_000

_STORED = ("seq", "header", "body", "sealed", "prev_hash", "hash")
_BYTES = len(_STORED)
_COPIED = ("id", "kind", "subject", "known_at", "caused_by")
_OF_CHAIN = (CHAINS.c.partition == bindparam("partition"), CHAINS.c.chain == bindparam("chain"))
_LOG_OF = select(CHAINS.c.log).where(*_OF_CHAIN).scalar_subquery()

_BLOCK_KEY = ("partition", "chain", "after_seq", "until_seq")
_BLOCK = (
    select(*(FACTS.c[name] for name in (*_STORED, *_COPIED)))
    .where(FACTS.c.log == _LOG_OF)
    .where(FACTS.c.seq > bindparam("after_seq"), FACTS.c.seq <= bindparam("until_seq"))
    .order_by(FACTS.c.seq)
)
_PLACE_KEY = ("partition", "chain", "seq")
_PLACE = select(FACTS.c.hash, FACTS.c.known_at).where(
    FACTS.c.log == _LOG_OF, FACTS.c.seq == bindparam("seq")
)


def _of_log(found: Any) -> Any:
    return select(found).where(FACTS.c.log == CHAINS.c.log).correlate(CHAINS).scalar_subquery()


def _few_by(name: str) -> Any:
    wanted = select(*(FACTS.c[column] for column in _STORED))
    return wanted.where(FACTS.c.log == _LOG_OF, FACTS.c[name] == bindparam(name))


_ARTEFACTS = select(ARTEFACTS.c.hash).order_by(ARTEFACTS.c.hash)
_ADOPTED = (
    select(FACTS.c.body)
    .where(FACTS.c.subject >= bindparam("first"), FACTS.c.subject < bindparam("before"))
    .where(FACTS.c.kind == bindparam("kind"))
    .order_by(FACTS.c.log, FACTS.c.seq)
)
"""By subject, for which there is an index: an adoption is about ``policy:`` and its pack."""
_ENDS = select(
    CHAINS.c.log,
    CHAINS.c.partition,
    CHAINS.c.chain,
    CHAINS.c.seq,
    CHAINS.c.hash,
    CHAINS.c.known_at,
    _of_log(func.count()),
    _of_log(func.min(FACTS.c.seq)),
    _of_log(func.max(FACTS.c.seq)),
).order_by(CHAINS.c.partition, CHAINS.c.chain)
_LOST = select(FACTS.c.log).where(FACTS.c.log.not_in(select(CHAINS.c.log))).distinct()
