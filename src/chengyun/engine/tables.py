"""Tables of projections, declared as data: a row type, a key, indexes, what stays in memory.

``adapters/sql`` turns a declaration into SQL; ``engine/rows.py`` keeps the resident rows. Column
types follow from the row's annotations: ``int`` is BIGINT, ``str`` is TEXT, ``bool`` is a small
integer, ``bytes`` is BLOB, ``X | None`` is nullable, everything else is JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from chengyun.kernel.errors import Bug

Row = msgspec.Struct
R = TypeVar("R", bound=msgspec.Struct)
Key = Any
"""The value of the key column, or a tuple of values where the key has several columns."""


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """How the rows of a table are listed, newest first: the names of the columns that say it.

    The store keeps beside each row in which area of the two levels below the city it lies and whose
    it is, so that a subtree is a piece of an index (``adapters/sql/listing.py``).
    """

    area: str
    unit: str
    at: str
    """When a row began; the newest is listed first."""
    due: str
    """By when it should be over; never before it began."""
    by: tuple[str, ...]
    """What else may be asked for."""
    beside: tuple[str, ...] = ()
    """Which of that never changes in a row."""


class Table(Generic[R]):
    """One projection table. ``partition`` is part of every key and is added by the store.

    ``resident`` names a column and the value with which a row stays in memory; without it the
    whole table does. An index finds resident rows only: what is looked up by index is what is
    still open. The rows of a ``clustered`` table lie in the order of their key, for readers that
    ask for ranges of it; it has no other index.
    """

    def __init__(
        self,
        name: str,
        row: type[R],
        *,
        key: tuple[str, ...],
        indexes: tuple[tuple[str, ...], ...] = (),
        resident: tuple[str, Any] | None = None,
        listed: Listed | None = None,
        clustered: bool = False,
    ) -> None:
        self.name = name
        self.row = row
        self.key = key
        self.indexes = indexes
        self.resident = resident
        self.listed = listed
        self.clustered = clustered
        self.key_of: Callable[[R], Key] = attrgetter(*key)
        self.index_of: tuple[Callable[[R], Key], ...] = tuple(attrgetter(*i) for i in indexes)

    def is_resident(self, row: R) -> bool:
        """Tell whether ``row`` stays in memory."""
        return self.resident is None or getattr(row, self.resident[0]) == self.resident[1]

    def __repr__(self) -> str:
        return f"Table({self.name})"


class Paths(NamedTuple):
    """Where everything lies, by which listed rows are found."""

    areas: Mapping[str, tuple[str, str]]
    """Of each area those of the two levels below the city in which it lies, empty above them."""
    units: Mapping[str, str]
    """Of each unit the one below the uppermost that it belongs to."""


def listed_of(table: Table[Any]) -> Listed:
    """Return how a table is listed; ``Bug`` for one that is not."""
    if table.listed is None:
        raise Bug(f"{table} is not listed", remedy="declare listed")
    return table.listed


class Put(msgspec.Struct, frozen=True, gc=False):
    """Write this row, whether or not one with its key is there."""

    table: Table[Any]
    row: Any


class Drop(msgspec.Struct, frozen=True, gc=False):
    """Remove the row with this key, if there is one."""

    table: Table[Any]
    key: Key


Change = Put | Drop
