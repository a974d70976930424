"""Counts over the marks of cases, and the marks themselves by pages: pieces of one sorted table.

Marks lie in the order of their name and instant, so a figure of a period is one stretch of the
table, read from its beginning to its end. Whoever asks gets what lies in his areas and belongs to
his units; that is part of the question, not of what becomes of its answer.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, MetaData, Select, and_, false, func, or_, select, tuple_

from chengyun.adapters.sql import dialect
from chengyun.adapters.sql.schema import Projection
from chengyun.learn.figures import Of
from chengyun.learn.marks import CASE_MARKS, CaseMark

By = Literal["", "unit", "area", "type", "channel"]
"""What the counts are told apart by; empty is nothing."""


class Piece(NamedTuple):
    """Some areas and some units; ``None`` is all of them."""

    areas: tuple[str, ...] | None = None
    units: tuple[str, ...] | None = None


class Wanted(NamedTuple):
    """Which marks: of a name, of a stretch of time, in any of the pieces."""

    mark: str
    from_at: int
    until_at: int
    """No longer part of it."""
    pieces: tuple[Piece, ...] = (Piece(),)
    types: tuple[str, ...] | None = None
    """``None`` is every type."""
    channel: str | None = None
    known_at: int | None = None
    """As it was known then; ``None`` is as it is known now."""
    of: Of = ""


class Counted(NamedTuple):
    """What was counted of the marks of one name: how many, and of how many what is asked holds."""

    marks: int = 0
    met: int = 0
    also: int = 0
    hands: int = 0

    def plus(self, other: Counted) -> Counted:
        """Return the sum of both."""
        return Counted(*(one + more for one, more in zip(self, other, strict=True)))


Place = tuple[int, str, int]
"""Where a page ended: instant, case and number of its last mark."""

_PROJECTION = Projection(CASE_MARKS, MetaData())
_T = _PROJECTION.sql


def counts(connection: Connection, partition: str, wanted: Wanted, by: By) -> dict[str, Counted]:
    """Return the counts by what ``by`` names; what has none is not there."""
    sums = [
        func.count(),
        _known(func.count(_T.c.met_at), _T.c.met_at, wanted),
        _known(func.count(_T.c.also_at), _T.c.also_at, wanted),
        func.coalesce(func.sum(_T.c.hands), 0),
    ]
    asked = select(*sums).where(*_conditions(connection, partition, wanted))
    if not by:
        found = Counted(*map(int, connection.execute(asked).one()))
        return {"": found} if found.marks else {}
    grouped = asked.add_columns(_T.c[by]).group_by(_T.c[by])
    return {row[-1]: Counted(*map(int, row[:-1])) for row in connection.execute(grouped)}


def spread(
    connection: Connection, partition: str, wanted: Wanted, by: By
) -> dict[str, dict[int, int]]:
    """Return how often each duration in seconds is there, by what ``by`` names."""
    columns = [_T.c.took_s] if not by else [_T.c.took_s, _T.c[by]]
    asked = (
        select(func.count(), *columns)
        .where(*_conditions(connection, partition, wanted))
        .group_by(*columns)
    )
    found: dict[str, dict[int, int]] = {}
    for row in connection.execute(asked):
        found.setdefault(row[2] if by else "", {})[int(row[1])] = int(row[0])
    return found


def page(
    connection: Connection, partition: str, wanted: Wanted, *, after: Place | None, limit: int
) -> list[CaseMark]:
    """Return the marks that were counted, the first ones first, at most ``limit``."""
    place = (_T.c.at, _T.c.case, _T.c.n)
    asked: Select[Any] = (
        select(_T).where(*_conditions(connection, partition, wanted)).order_by(*place).limit(limit)
    )
    if after is not None:
        asked = asked.where(_T.c.at >= after[0], tuple_(*place) > after)
    return [_PROJECTION.row(row) for row in connection.execute(asked).mappings()]


def first_at(connection: Connection, partition: str, mark: str) -> int | None:
    """Return the instant of the first mark of a name, ``None`` where there is none."""
    asked = select(func.min(_T.c.at)).where(_T.c.partition == partition, _T.c.mark == mark)
    found: int | None = connection.execute(asked).scalar()
    return found


def _conditions(connection: Connection, partition: str, wanted: Wanted) -> list[Any]:
    sql = connection.dialect.name
    found: list[Any] = [
        _T.c.partition == partition,
        _T.c.mark == wanted.mark,
        _T.c.at >= wanted.from_at,
        _T.c.at < wanted.until_at,
    ]
    if wanted.known_at is None:
        found.append(_T.c.gone_at.is_(None))
    else:
        found.append(_T.c.since_at <= wanted.known_at)
        found.append(or_(_T.c.gone_at.is_(None), _T.c.gone_at > wanted.known_at))
    if not any(piece == Piece() for piece in wanted.pieces):
        parts = [_within(piece, sql) for piece in wanted.pieces]
        found.append(or_(*parts) if parts else false())
    if wanted.types is not None:
        found.append(dialect.among(_T.c.type, wanted.types, sql))
    if wanted.channel is not None:
        found.append(_T.c.channel == wanted.channel)
    if wanted.of:
        found.append(_holds(wanted))
    return found


def _within(piece: Piece, sql: str) -> Any:
    columns = ((_T.c.area, piece.areas), (_T.c.unit, piece.units))
    return and_(
        *(dialect.among(column, codes, sql) for column, codes in columns if codes is not None)
    )


def _holds(wanted: Wanted) -> Any:
    column = _T.c.met_at if wanted.of == "met" else _T.c.also_at
    holds: Any = column.is_not(None)
    if wanted.known_at is not None:
        holds = and_(holds, column <= wanted.known_at)
    return ~holds if wanted.of == "not_also" else holds


def _known(counted: Any, column: Any, wanted: Wanted) -> Any:
    """Return what is counted of a column, as far as it was known by then."""
    return counted if wanted.known_at is None else counted.filter(column <= wanted.known_at)
