"""What differs between SQLite and PostgreSQL, and nothing else.

SQLite knows no BIGINT in a STRICT table (its INTEGER has 64 bits) and compares text by bytes;
PostgreSQL needs ``COLLATE "C"`` for that. Both upsert, each with its own statement.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Dialect,
    Engine,
    ExceptionContext,
    Integer,
    LargeBinary,
    Table,
    Text,
    create_engine,
    event,
    func,
    literal,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.pool import NullPool, StaticPool
from sqlalchemy.sql import Executable

from chengyun.kernel.errors import Rejected, StoreFailed

BIGINT = BigInteger().with_variant(Integer(), "sqlite")
TEXT = Text().with_variant(Text(collation="C"), "postgresql")
BLOB = LargeBinary()
STRICT: dict[str, Any] = {"sqlite_strict": True}
CLUSTERED: dict[str, Any] = STRICT | {"sqlite_with_rowid": False}
"""The rows lie in the order of the key, https://www.sqlite.org/withoutrowid.html."""

MIN_SQLITE = (3, 37, 0)
"""The first that knows STRICT tables, https://www.sqlite.org/stricttables.html."""

_MB = 1024 * 1024


def sqlite_version() -> tuple[int, ...]:
    """Return the version of the SQLite library that this interpreter is linked to."""
    return sqlite3.sqlite_version_info


def writer(path: Path) -> Engine:
    """Return the one writing engine of a store: WAL, every commit synced to disk."""
    engine = _open(path, uri_mode="rwc", poolclass=StaticPool)

    @event.listens_for(engine, "begin")
    def _begin_immediately(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def reader(path: Path) -> Engine:
    """Return an engine that can only read; every statement is a transaction of its own."""
    return _open(path, uri_mode="ro", poolclass=NullPool).execution_options(
        isolation_level="AUTOCOMMIT"
    )


def explain(engine: Engine, path: Path) -> None:
    """Let what the database at ``path`` says through ``engine`` become errors with a remedy."""

    @event.listens_for(engine, "handle_error")
    def _say(context: ExceptionContext) -> None:
        if context.sqlalchemy_exception is not None:
            raise unreadable(path, context.original_exception) from context.original_exception


def unreadable(path: Path, failed: BaseException) -> Rejected | StoreFailed:
    """Return what a reader is told where the database does not answer."""
    text = str(failed)
    if "no such table" in text or "no such column" in text:
        return Rejected(
            "other_layout",
            f"the projections of this store are of another release: {text}",
            where=str(path),
            remedy="stop its writer and run chengyun upgrade on its folder",
        )
    return StoreFailed(
        f"the store cannot be read: {text}",
        where=str(path),
        remedy="chengyun doctor says what is wrong; restore a backup where the file is damaged",
    )


def _open(path: Path, *, uri_mode: str, poolclass: type) -> Engine:
    return create_engine(
        "sqlite://", creator=lambda: connect(path, uri_mode=uri_mode), poolclass=poolclass
    )


def connect(path: Path, *, uri_mode: str) -> sqlite3.Connection:
    """Return a plain connection to the database at ``path``: ``rwc`` for the writer, or ``ro``."""
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode={uri_mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=30,
    )
    connection.execute("PRAGMA busy_timeout = 30000")
    connection.execute("PRAGMA foreign_keys = ON")
    if uri_mode != "ro":
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute(f"PRAGMA journal_size_limit = {64 * _MB}")
        connection.execute("PRAGMA cache_size = -32768")
    return connection


def upsert(table: Table, dialect: str, **looked_up: Any) -> Executable:
    """Return "insert, or replace the row with the same key" for ``table``.

    ``looked_up`` are columns whose values the database looks up itself.
    """
    key = [column.name for column in table.primary_key.columns]
    others = [column.name for column in table.columns if column.name not in key]
    insert = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    insert = insert.values(**looked_up) if looked_up else insert
    if not others:
        return insert.on_conflict_do_nothing(index_elements=key)
    return insert.on_conflict_do_update(
        index_elements=key, set_={name: insert.excluded[name] for name in others}
    )


def unindexed(column: Column[Any]) -> ColumnElement[Any]:
    """Return a text column as one that is looked at, never looked up by.

    SQLite takes no index for what is no plain column, https://www.sqlite.org/optoverview.html;
    PostgreSQL neither.
    """
    return column + literal("")


def among(column: Column[Any], codes: Sequence[str], dialect: str) -> ColumnElement[bool]:
    """Return "is one of these codes", however many they are: they are sent as one value."""
    sent = json.dumps(codes)
    if dialect == "sqlite":
        found = func.json_each(sent).table_valued("value")
    else:
        found = func.json_array_elements_text(sent).table_valued("value")
    return column.in_(select(found.c.value))


class Many:
    """A statement compiled once for many rows of plain values, given in column order.

    SQLAlchemy spends more time on the parameters of a row than SQLite on writing it; values
    here are plain numbers, text and bytes already, so they go to the driver as they are.
    """

    def __init__(
        self,
        statement: Any,
        columns: Sequence[str],
        dialect: Dialect,
        also: Mapping[str, str] | None = None,
    ) -> None:
        """``also`` are further names in the statement, each for a column it stands for."""
        compiled = statement.compile(dialect=dialect, column_keys=list(columns))
        self.sql = str(compiled)
        order = compiled.positiontup or list(columns)
        stands_for = also or {}
        self._pick = tuple(columns.index(stands_for.get(name, name)) for name in order)
        self._in_order = self._pick == tuple(range(len(columns)))

    def with_rows(self, rows: list[tuple[Any, ...]]) -> Written:
        """Return the statement with its rows, each in the order that the driver wants."""
        if not self._in_order:
            rows = [tuple(row[place] for place in self._pick) for row in rows]
        return Written(self.sql, rows)


class Written(NamedTuple):
    """A statement and the rows it is run for."""

    sql: str
    rows: list[tuple[Any, ...]]

    def run(self, connection: Connection) -> None:
        """Run the statement for every row."""
        connection.exec_driver_sql(self.sql, self.rows)


class Quick:
    """A question with plain values, straight on the driver: some 6 µs for a row instead of 90."""

    def __init__(
        self, connection: Connection, statement: Any, columns: Sequence[str], path: Path
    ) -> None:
        compiled = statement.compile(dialect=connection.dialect)
        self._sql = str(compiled)
        order = compiled.positiontup
        self._pick = None if order is None else tuple(columns.index(name) for name in order)
        self._columns = tuple(columns)
        self._path = path
        self._driver: Any = connection.connection.driver_connection
        self._cursor: Any = connection.connection.cursor()

    def first(self, *values: Any) -> tuple[Any, ...] | None:
        """Return the first row for ``values`` (in the order of ``columns``), or ``None``."""
        rows = self.all(*values)
        return rows[0] if rows else None

    def all(self, *values: Any) -> list[tuple[Any, ...]]:
        """Return all rows for ``values``; text that is none has surrogates where it is broken."""
        given: Any = (
            dict(zip(self._columns, values, strict=True))
            if self._pick is None
            else tuple(values[place] for place in self._pick)
        )
        try:
            return self._rows(given)
        except sqlite3.OperationalError as failed:
            if "UTF-8" not in str(failed):
                raise unreadable(self._path, failed) from failed
            usual, self._driver.text_factory = self._driver.text_factory, _broken_text
            try:
                return self._rows(given)
            finally:
                self._driver.text_factory = usual
        except sqlite3.DatabaseError as failed:
            raise unreadable(self._path, failed) from failed

    def _rows(self, given: Any) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self._cursor.execute(self._sql, given).fetchall()
        return rows


def is_text(value: str) -> bool:
    """Tell whether a value that ``Quick`` returned is whole text."""
    return not any("\ud800" <= char <= "\udfff" for char in value)


def _broken_text(stored: bytes) -> str:
    return stored.decode("utf-8", "surrogateescape")


def is_full(error: BaseException | str) -> bool:
    """Tell whether the database says that there is no room left on the disk."""
    text = str(error).lower()
    return any(sign in text for sign in ("disk is full", "no space left", "disk i/o error"))


def whole_lines(rows: Iterable[Any]) -> Iterable[tuple[Any, ...]]:
    """Return result rows as plain tuples, the same from every driver."""
    for row in rows:
        line = tuple(row)
        if memoryview in map(type, line):
            line = tuple(bytes(one) if isinstance(one, memoryview) else one for one in line)
        yield line
