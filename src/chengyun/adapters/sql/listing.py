"""Lists of rows by place, newest first: each part of a question is one piece of an index.

A listed row carries the areas of the two levels below the city in which it lies; the database looks
them up when the row is written. So a city, a district and a subdistrict are a piece of an index
each; a smaller area is looked for within its subdistrict. Where few rows have what else is asked
for, that is the way in instead.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import (
    Connection,
    Dialect,
    Select,
    Table,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    tuple_,
    union_all,
    update,
)

from chengyun.adapters.sql import dialect
from chengyun.adapters.sql.schema import UP1, UP2, Projection
from chengyun.kernel.limits import MAX_LIST_PARTS

_FEW: Final = 2_000
"""So few rows are looked through one by one."""


class Part(NamedTuple):
    """A piece of what is asked for: all of it must hold, and empty limits nothing."""

    up1: str = ""
    """A district, say; not together with ``up2``."""
    up2: str = ""
    """A subdistrict, say."""
    areas: tuple[str, ...] = ()
    """Of one subdistrict, where less than the whole of it is meant."""
    units: tuple[str, ...] = ()


class Asked(NamedTuple):
    """What is asked of a list: rows in any of the parts, older than the cursor."""

    parts: tuple[Part, ...]
    limit: int
    equal: Mapping[str, str] = {}
    due_before: int | None = None
    after: tuple[int, str] | None = None
    """When the last row of the page before began, and its key."""


def upsert(projection: Projection, paths: Table, sql: Dialect) -> dialect.Many:
    """Return how rows of a listed table are written: the database adds where they lie."""
    listed = projection.declared.listed
    here = {"listed_partition": "partition", "listed_area": listed.area if listed else ""}
    looked_up = {
        name: select(paths.c[name])
        .where(
            paths.c.partition == bindparam("listed_partition"),
            paths.c.area == bindparam("listed_area"),
        )
        .scalar_subquery()
        for name in (UP1, UP2)
    }
    statement = dialect.upsert(projection.sql, sql.name, **looked_up)
    return dialect.Many(statement, projection.columns, sql, here)


def digest_of(paths: Mapping[str, tuple[str, str]]) -> str:
    """Return what names the places of all areas."""
    return hashlib.sha256(msgspec.json.encode(sorted(paths.items()))).hexdigest()


def place(
    connection: Connection,
    partition: str,
    paths: Mapping[str, tuple[str, str]],
    table: Table,
    projections: Iterable[Projection],
) -> None:
    """Write down where areas lie, and place every listed row there."""
    connection.execute(delete(table).where(table.c.partition == partition))
    rows = [
        {"partition": partition, "area": area, UP1: up1, UP2: up2}
        for area, (up1, up2) in paths.items()
    ]
    if rows:
        connection.execute(insert(table), rows)
    for projection in projections:
        listed, sql = projection.declared.listed, projection.sql
        if listed is None:
            continue
        found = {
            name: select(table.c[name])
            .where(table.c.partition == partition, table.c.area == sql.c[listed.area])
            .scalar_subquery()
            for name in (UP1, UP2)
        }
        connection.execute(update(sql).where(sql.c.partition == partition).values(**found))


def newest(
    connection: Connection, projection: Projection, partition: str, asked: Asked
) -> list[Any]:
    """Return the rows that are asked for, newest first, at most ``limit``."""
    found = _Question(connection, projection, partition, asked).statement()
    if found is None:
        return []
    return [projection.row(values) for values in connection.execute(found).mappings()]


class _Question:
    """One question as one statement: a limited select a piece, merged by the database."""

    def __init__(
        self, connection: Connection, projection: Projection, partition: str, asked: Asked
    ) -> None:
        listed = projection.declared.listed
        if listed is None:
            raise TypeError(f"{projection.declared} is not listed")
        self._connection = connection
        self._listed = listed
        self._sql = projection.sql
        self._key = projection.sql.c[projection.declared.key[0]]
        self._at = projection.sql.c[listed.at]
        self._partition = partition
        self._asked = asked

    def statement(self) -> Any:
        pieces = self._pieces()
        if not pieces:
            return None
        if len(pieces) == 1:
            return pieces[0]
        merged = union_all(*(select(piece.subquery()) for piece in pieces)).subquery()
        return (
            select(merged)
            .distinct()
            .order_by(merged.c[self._at.name].desc(), merged.c[self._key.name].desc())
            .limit(self._asked.limit)
        )

    def _pieces(self) -> list[Select[Any]]:
        way = self._rare()
        parts = self._asked.parts
        many = sum(max(1, len(part.units)) for part in parts) > MAX_LIST_PARTS
        found = []
        for part in parts:
            whole_units = way is not None or part.up2 or many or not part.units
            for units in (part.units,) if whole_units else ((unit,) for unit in part.units):
                found.append(self._piece(part, units, way))
        return found

    def _piece(self, part: Part, units: tuple[str, ...], way: str | None) -> Select[Any]:
        sql, listed, asked = self._sql, self._listed, self._asked
        wanted = select(sql).where(sql.c.partition == self._partition)
        if part.up1:
            wanted = wanted.where(self._in(UP1, part.up1, drives=way is None))
        if part.up2:
            wanted = wanted.where(self._in(UP2, part.up2, drives=way is None))
        if part.areas:
            wanted = wanted.where(self._beside(listed.area).in_(part.areas))
        if len(units) == 1 and not part.up2 and way is None:
            wanted = wanted.where(sql.c[listed.unit] == units[0])
        elif units:
            wanted = wanted.where(self._beside(listed.unit).in_(units))
        for name, value in asked.equal.items():
            wanted = wanted.where(self._in(name, value, drives=name == way))
        if asked.due_before is not None:  # what began later is due later
            wanted = wanted.where(sql.c[listed.due] < asked.due_before, self._at < asked.due_before)
        if asked.after is not None:
            at, key = asked.after
            wanted = wanted.where(self._at <= at, tuple_(self._at, self._key) < (at, key))
        return wanted.order_by(self._at.desc(), self._key.desc()).limit(asked.limit)

    def _in(self, name: str, value: str, *, drives: bool) -> Any:
        return (self._sql.c[name] if drives else self._beside(name)) == value

    def _beside(self, name: str) -> Any:
        """Return a column as what is only looked at: no index is chosen for it."""
        return dialect.unindexed(self._sql.c[name])

    def _rare(self) -> str | None:
        """Return what else is asked for and so rare that it is the best way in."""
        for name, value in self._asked.equal.items():
            few = (
                select(literal_column("1"))
                .select_from(self._sql)
                .where(self._sql.c.partition == self._partition, self._sql.c[name] == value)
                .limit(_FEW + 1)
                .subquery()
            )
            count = self._connection.execute(select(func.count()).select_from(few)).scalar()
            if count is not None and count <= _FEW:
                return name
        return None
