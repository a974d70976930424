"""The tables of the log, and SQL tables from declared projections."""

from __future__ import annotations

import hashlib
import types
import typing
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from sqlalchemy import Column, Index, MetaData, Table, UniqueConstraint

from chengyun.adapters.sql.dialect import BIGINT, BLOB, CLUSTERED, STRICT, TEXT
from chengyun.engine.tables import Listed
from chengyun.engine.tables import Table as Declared

LOG = MetaData()
"""Migrated by Alembic: log, heads, keys, artefacts. Projections are dropped and rebuilt."""

CHAINS = Table(
    "chains",
    LOG,
    Column("log", BIGINT, primary_key=True, autoincrement=False),
    Column("partition", TEXT, nullable=False),
    Column("chain", TEXT, nullable=False),
    Column("seq", BIGINT, nullable=False),
    Column("hash", BLOB, nullable=False),
    Column("known_at", BIGINT, nullable=False),
    UniqueConstraint("partition", "chain"),
    **STRICT,
)
"""Every chain with its head; ``log`` stands for partition and chain in the table of facts."""

FACTS = Table(
    "facts",
    LOG,
    Column("log", BIGINT, primary_key=True, autoincrement=False),
    Column("seq", BIGINT, primary_key=True, autoincrement=False),
    Column("id", TEXT, nullable=False),
    Column("kind", TEXT, nullable=False),
    Column("subject", TEXT, nullable=False),
    Column("known_at", BIGINT, nullable=False),
    Column("caused_by", TEXT, nullable=False),
    Column("header", BLOB, nullable=False),
    Column("body", BLOB, nullable=False),
    Column("sealed", BLOB),
    Column("prev_hash", BLOB, nullable=False),
    Column("hash", BLOB, nullable=False),
    Index("facts_id", "id", "log", unique=True),
    Index("facts_subject", "subject", "log", "seq"),
    Index("facts_cause", "caused_by", "log"),
    **STRICT,
)

PERSON_KEYS = Table(
    "person_keys",
    LOG,
    Column("partition", TEXT, primary_key=True),
    Column("person", TEXT, primary_key=True),
    Column("wrapped", BLOB),
    **STRICT,
)

ARTEFACTS = Table(
    "artefacts",
    LOG,
    Column("hash", TEXT, primary_key=True),
    Column("content", BLOB, nullable=False),
    **STRICT,
)

LAYOUTS = Table(
    "projection_layouts",
    LOG,
    Column("name", TEXT, primary_key=True),
    Column("layout", TEXT, nullable=False),
    **STRICT,
)


UP1, UP2, TOP = "up1", "up2", "top"
"""The areas of the two levels below the city in which a listed row lies, empty above them; and the
unit below the uppermost one that it belongs to."""


def listed_places(metadata: MetaData) -> Table:
    """Return the table that says where each area and unit lies; filled when a pack is in force."""
    return Table(
        "p_listed_places",
        metadata,
        Column("partition", TEXT, primary_key=True),
        Column("kind", TEXT, primary_key=True),
        Column("code", TEXT, primary_key=True),
        Column("first", TEXT, nullable=False),
        Column("second", TEXT, nullable=False),
        **STRICT,
    )


def _list_indexes(name: str, listed: Listed, key: str) -> list[Index]:
    """Return the indexes by which rows are listed newest first, each whole in one piece.

    What is looked at besides stands behind, so that a row that is not asked for is not read.
    """
    newest, beside = (listed.at, key), (listed.area, listed.unit, *listed.beside)
    ways = {
        "all": (*newest, *beside),
        "unit": (listed.unit, *newest, UP1, UP2, *beside),
        TOP: (TOP, *newest, *beside),
        UP1: (UP1, *newest, *beside),
        f"{UP1}_{TOP}": (UP1, TOP, *newest, *beside),
        UP2: (UP2, *newest, TOP, *beside),
        **{one: (one, *newest, UP1, UP2, TOP, *beside) for one in listed.by},
    }
    return [
        Index(f"{name}_newest_by_{way}", "partition", *dict.fromkeys(columns))
        for way, columns in ways.items()
    ]


class Projection:
    """A declared table as SQL, with the way from rows to parameters and back."""

    def __init__(self, declared: Declared[Any], metadata: MetaData) -> None:
        self.declared = declared
        hints = typing.get_type_hints(declared.row)
        self.fields = tuple(field.name for field in msgspec.structs.fields(declared.row))
        kinds = {name: _kind(hints[name]) for name in self.fields}
        self._json_types = {name: hints[name] for name in self.fields if kinds[name][0] == "json"}
        self._bool_fields = tuple(name for name in self.fields if kinds[name][0] == "bool")
        self._packing = tuple(
            (place, _PACK[kinds[name][0]])
            for place, name in enumerate(self.fields, start=1)
            if kinds[name][0] in _PACK
        )
        self.columns = ("partition", *self.fields)
        key = ("partition", *declared.key)
        names = [*key, *(name for name in self.fields if name not in declared.key)]
        columns = [
            Column(
                name,
                TEXT if name == "partition" else _SQL_TYPES[kinds[name][0]],
                primary_key=name in key,
                nullable=name not in key and kinds[name][1],
                autoincrement=False,
            )
            for name in names
        ]
        listed = declared.listed
        if listed is not None:
            columns += [Column(name, TEXT) for name in (UP1, UP2, TOP)]
        indexes = [
            Index(f"{declared.name}_by_{'_'.join(index)}", "partition", *index)
            for index in declared.indexes
        ]
        if listed is not None:
            indexes += _list_indexes(declared.name, listed, *declared.key)
        rows = CLUSTERED if declared.clustered else STRICT
        self.sql = Table(f"p_{declared.name}", metadata, *columns, *indexes, **rows)

    def parameters(self, partition: str, row: Any) -> tuple[Any, ...]:
        """Return ``row`` as plain values in the order of ``columns``."""
        values = [partition, *msgspec.structs.astuple(row)]
        for place, pack in self._packing:
            values[place] = pack(values[place])
        return tuple(values)

    def row(self, values: Any) -> Any:
        """Return the row in a result mapping."""
        loose = {name: values[name] for name in self.fields}
        for name, hint in self._json_types.items():
            loose[name] = msgspec.json.decode(loose[name], type=hint)
        for name in self._bool_fields:
            loose[name] = None if loose[name] is None else bool(loose[name])
        return self.declared.row(**loose)


_SQL_TYPES: dict[str, Any] = {
    "int": BIGINT,
    "bool": BIGINT,
    "str": TEXT,
    "bytes": BLOB,
    "json": TEXT,
}


_encode = msgspec.json.Encoder(order="deterministic").encode


def _json_text(value: Any) -> str:
    return _encode(value).decode()


def _zero_or_one(value: bool | None) -> int | None:  # noqa: FBT001 - a column's value
    return None if value is None else int(value)


_PACK: dict[str, Callable[[Any], Any]] = {"json": _json_text, "bool": _zero_or_one}


def _kind(hint: Any) -> tuple[str, bool]:
    """Return the storage kind of an annotation, and whether it may be absent."""
    if isinstance(hint, types.UnionType):
        inner = [one for one in typing.get_args(hint) if one is not type(None)]
        if len(inner) == 1 and len(typing.get_args(hint)) == 2:
            kind = _kind(inner[0])[0]
            return kind, kind != "json"
    known = {int: "int", bool: "bool", str: "str", bytes: "bytes"}
    return known.get(hint, "json"), False


def layout_of(projections: Iterable[Projection]) -> str:
    """Return a digest of the declared projections; another one means: rebuild."""
    digest = hashlib.sha256()
    for projection in sorted(projections, key=lambda one: one.sql.name):
        columns = ", ".join(
            f"{column.name} {column.type!r} {column.nullable}" for column in projection.sql.columns
        )
        digest.update(f"{projection.sql.name}({columns})\n".encode())
        digest.update(f"{projection.declared.key} {projection.declared.indexes}\n".encode())
        if projection.declared.clustered:
            digest.update(b"in the order of the key\n")
        if projection.declared.listed is not None:
            digest.update(
                f"{sorted(str(index.name) for index in projection.sql.indexes)}\n".encode()
            )
    return digest.hexdigest()
