"""Lists of rows by place, newest first: each part of a question is one piece of an index.

A listed row carries the areas of the two levels below the city in which it lies, and the department
it belongs to; the database looks them up when the row is written. So a city, a district and a
subdistrict, each with a department or without, are a piece of an index each; a smaller area is
looked for within its subdistrict. Where few rows have what else is asked for, that is the way in
instead. The pieces give keys; whole rows are read for one page alone.
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
from chengyun.adapters.sql.schema import TOP, UP1, UP2, Projection
from chengyun.engine.tables import Paths, listed_of
from chengyun.kernel.limits import MAX_LIST_PARTS

_FEW: Final = 30_000
"""So few entries of an index are looked through one by one."""


class Part(NamedTuple):
    """A piece of what is asked for: all of it must hold, and empty limits nothing."""

    up1: str = ""
    """A district, say; not together with ``up2``."""
    up2: str = ""
    """A subdistrict, say."""
    areas: tuple[str, ...] = ()
    """Of one subdistrict, where less than the whole of it is meant."""
    tops: tuple[str, ...] = ()
    """Departments with everything below them; not together with ``units``."""
    units: tuple[str, ...] = ()


class Asked(NamedTuple):
    """What is asked of a list: rows in any of the parts, older than the cursor."""

    parts: tuple[Part, ...]
    limit: int
    equal: Mapping[str, str] = {}
    due_before: int | None = None
    after: tuple[int, str] | None = None
    """When the last row of the page before began, and its key."""


def upsert(projection: Projection, places: Table, sql: Dialect) -> dialect.Many:
    """Return how rows of a listed table are written: the database adds where they lie."""
    listed = listed_of(projection.declared)
    here = {
        "listed_partition": "partition", "listed_area": listed.area, "listed_unit": listed.unit
    }  # fmt: skip
    names: dict[str, Any] = {name: bindparam(name) for name in here}
    looked_up = _looked_up(
        places, names["listed_partition"], names["listed_area"], names["listed_unit"]
    )
    statement = dialect.upsert(projection.sql, sql.name, **looked_up)
    return dialect.Many(statement, projection.columns, sql, here)


def _looked_up(places: Table, partition: Any, area: Any, unit: Any) -> dict[str, Any]:
    """Return what the database looks up for a row in ``area`` that belongs to ``unit``."""

    def found(kind: str, code: Any, column: str) -> Any:
        return (
            select(places.c[column])
            .where(
                places.c.partition == partition,
                places.c.kind == literal_column(f"'{kind}'"),
                places.c.code == code,
            )
            .scalar_subquery()
        )

    return {
        UP1: found("area", area, "first"),
        UP2: found("area", area, "second"),
        TOP: found("unit", unit, "first"),
    }


def digest_of(paths: Paths) -> str:
    """Return what names the places of everything."""
    parts = (sorted(paths.areas.items()), sorted(paths.units.items()))
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


def place(
    connection: Connection,
    partition: str,
    paths: Paths,
    places: Table,
    projections: Iterable[Projection],
) -> None:
    """Write down where everything lies, and place every listed row there."""
    connection.execute(delete(places).where(places.c.partition == partition))
    rows = [("area", code, *way) for code, way in paths.areas.items()]
    rows += [("unit", code, top, "") for code, top in paths.units.items()]
    names = ("kind", "code", "first", "second")
    if rows:
        written = [{"partition": partition, **dict(zip(names, row, strict=True))} for row in rows]
        connection.execute(insert(places), written)
    for projection in projections:
        listed, sql = projection.declared.listed, projection.sql
        if listed is not None:
            found = _looked_up(places, partition, sql.c[listed.area], sql.c[listed.unit])
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
        self._connection = connection
        self._listed = listed = listed_of(projection.declared)
        self._sql = projection.sql
        self._key = projection.sql.c[projection.declared.key[0]]
        self._at = projection.sql.c[listed.at]
        self._partition = partition
        self._asked = asked

    def statement(self) -> Any:
        """Return the rows of one page; the pieces give their keys."""
        pieces = self._pieces()
        if not pieces:
            return None
        keys = union_all(*(select(piece.subquery()) for piece in pieces)).subquery()
        names = [column.name for column in keys.c]
        page = (
            select(*(keys.c[name] for name in names))
            .distinct()
            .order_by(*(keys.c[name].desc() for name in names))
            .limit(self._asked.limit)
            .subquery()
        )
        return (
            select(self._sql)
            .join(page, self._key == page.c[self._key.name])
            .where(self._sql.c.partition == self._partition)
            .order_by(*(page.c[name].desc() for name in names))
        )

    def _pieces(self) -> list[Select[Any]]:
        way, parts = self._rare(), self._asked.parts
        many = sum(max(1, len(part.tops or part.units)) for part in parts) > MAX_LIST_PARTS
        found = []
        for part in parts:
            if way is not None or part.up2 or many:
                found.append(self._piece(part, way, is_one=False))
            elif part.tops:
                found += [self._piece(part._replace(tops=(top,)), way) for top in part.tops]
            else:
                units = part.units or ("",)
                each = [part._replace(units=(unit,)) if unit else part for unit in units]
                found += [self._piece(one, way) for one in each]
        return found

    def _piece(self, part: Part, way: str | None, *, is_one: bool = True) -> Select[Any]:
        """Return the keys of the newest rows of a part, with when they began."""
        sql, listed, asked = self._sql, self._listed, self._asked
        by_unit = is_one and bool(part.units)
        wanted = select(self._at, self._key).where(sql.c.partition == self._partition)
        if part.up1:
            wanted = wanted.where(self._in(UP1, part.up1, drives=way is None and not by_unit))
        if part.up2:
            wanted = wanted.where(self._in(UP2, part.up2, drives=way is None))
        if part.areas:
            wanted = wanted.where(self._beside(listed.area).in_(part.areas))
        for name, codes in ((TOP, part.tops), (listed.unit, part.units)):
            if codes and is_one:
                wanted = wanted.where(sql.c[name] == codes[0])
            elif codes:
                wanted = wanted.where(self._beside(name).in_(codes))
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
