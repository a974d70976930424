"""The rows of a partition's projections: resident ones in memory, the others behind a loader.

Memory is ahead of disk between two commits; ``take_dirty`` hands the net change to the store.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import msgspec

from chengyun.engine.tables import Change, Key, Put, Table
from chengyun.kernel.limits import MAX_CACHED_ROWS

R = TypeVar("R", bound=msgspec.Struct)
Loader = Callable[[Table[Any], Key], Any]


class _Index:
    """The keys of the resident rows, by the value of some columns."""

    __slots__ = ("is_fixed", "keys", "value_of")

    def __init__(self, columns: tuple[str, ...], table: Table[Any], value_of: Any) -> None:
        self.keys: dict[Key, dict[Key, None]] = {}
        self.value_of = value_of
        self.is_fixed = set(columns) <= set(table.key)
        """A row never moves in it: the columns are part of the key."""

    def take_out(self, value: Key, key: Key) -> None:
        keys = self.keys[value]
        del keys[key]
        if not keys:
            del self.keys[value]


class _Held:
    """What is in memory of one table."""

    __slots__ = ("cached", "dirty", "indexes", "is_plain", "rows", "table")

    def __init__(self, table: Table[Any]) -> None:
        self.table = table
        self.rows: dict[Key, Any] = {}
        self.cached: OrderedDict[Key, Any] = OrderedDict()
        self.indexes = tuple(
            _Index(columns, table, value_of)
            for columns, value_of in zip(table.indexes, table.index_of, strict=True)
        )
        self.dirty: dict[Key, Any] = {}
        self.is_plain = table.resident is None and not table.indexes


class Rows:
    """All projection rows of one partition, as of the last applied fact."""

    def __init__(
        self, tables: Iterable[Table[Any]], load: Loader, *, keep_all: bool = False
    ) -> None:
        """``keep_all`` keeps what is not resident in memory too: there is no store behind."""
        self._held = {table.name: _Held(table) for table in tables}
        self._load = load
        self._keep_all = keep_all

    def get(self, table: Table[R], key: Key) -> R | None:
        """Return the row with ``key``, from memory or from the store."""
        held = self._held[table.name]
        found: R | None = held.rows.get(key)
        if found is not None or table.resident is None:
            return found
        if key in held.dirty:
            return held.dirty[key]  # type: ignore[no-any-return]
        if key in held.cached:
            held.cached.move_to_end(key)
            return held.cached[key]  # type: ignore[no-any-return]
        found = self._load(table, key)
        held.cached[key] = found
        if len(held.cached) > MAX_CACHED_ROWS:
            held.cached.popitem(last=False)
        return found

    def find(self, table: Table[R], index: int, value: Key) -> Iterator[R]:
        """Yield the resident rows whose index columns equal ``value``, in key order.

        Key order, not order of arrival: a restart must not change what a handler sees.
        """
        held = self._held[table.name]
        rows = held.rows
        for key in sorted(held.indexes[index].keys.get(value, ())):
            yield rows[key]

    def count(self, table: Table[R], index: int, value: Key) -> int:
        """Return how many resident rows have these index columns."""
        return len(self._held[table.name].indexes[index].keys.get(value, ()))

    def each(self, table: Table[R]) -> Iterator[R]:
        """Yield all resident rows of ``table``, in key order."""
        rows = self._held[table.name].rows
        for key in sorted(rows):
            yield rows[key]

    def load_resident(self, table: Table[R], rows: Iterable[R]) -> None:
        """Take rows read from the store into memory; they are not dirty."""
        held = self._held[table.name]
        for row in rows:
            self._enter(held, table.key_of(row), row)

    def apply(self, changes: Iterable[Change]) -> None:
        """Write ``changes`` to memory and remember them for the next commit."""
        for change in changes:
            table = change.table
            held = self._held[table.name]
            if isinstance(change, Put):
                row = change.row
                key = table.key_of(row)
                if held.is_plain:
                    held.rows[key] = row
                elif table.is_resident(row):
                    self._enter(held, key, row)
                else:
                    self._leave(held, key)
                held.dirty[key] = row
            else:
                key = change.key
                self._leave(held, key)
                held.dirty[key] = None
            if held.cached:
                held.cached.pop(key, None)

    def take_dirty(self) -> dict[Table[Any], dict[Key, Any]]:
        """Return the net change since the last call, and forget it."""
        if self._keep_all:
            return {}
        taken: dict[Table[Any], dict[Key, Any]] = {}
        for held in self._held.values():
            if held.dirty:
                taken[held.table] = held.dirty
                held.dirty = {}
        return taken

    @staticmethod
    def _enter(held: _Held, key: Key, row: Any) -> None:
        before = held.rows.get(key)
        held.rows[key] = row
        for index in held.indexes:
            if before is not None and index.is_fixed:
                continue
            value = index.value_of(row)
            if before is not None:
                old = index.value_of(before)
                if old == value:
                    continue
                index.take_out(old, key)
            index.keys.setdefault(value, {})[key] = None

    @staticmethod
    def _leave(held: _Held, key: Key) -> None:
        row = held.rows.pop(key, None)
        if row is None:
            return
        for index in held.indexes:
            index.take_out(index.value_of(row), key)
