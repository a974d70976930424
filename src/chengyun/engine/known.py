"""What a handler may know: rows, policies in force, ports, the instant. Nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

import msgspec

from chengyun.engine.policies import Policies
from chengyun.engine.rows import Rows
from chengyun.engine.tables import Key, Table
from chengyun.kernel.errors import Bug
from chengyun.kernel.instants import Instant

R = TypeVar("R", bound=msgspec.Struct)
S = TypeVar("S", bound=msgspec.Struct)
P = TypeVar("P")
T = TypeVar("T")


class Port(Generic[P]):
    """The name of something a stage needs from outside; ``P`` is what it looks like."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"Port({self.name})"


class Known:
    """A read-only window on the partition while one fact or command is handled."""

    __slots__ = (
        "_area",
        "_at",
        "_policies",
        "_ports",
        "_rows",
        "actor",
        "chain_hash",
        "now",
        "parent",
        "partition",
    )

    def __init__(
        self,
        partition: str,
        parent: str,
        rows: Rows,
        policies: Policies,
        ports: Mapping[Port[Any], Any],
    ) -> None:
        self.partition = partition
        self.parent = parent
        """The partition of the level above; empty at the top."""
        self.actor = ""
        """Who sent the command that is handled; empty while a fact is heard."""
        self.now = Instant(0)
        self._area = ""
        self._at = Instant(0)
        self.chain_hash = b""
        """The hash of the last fact: names everything known at this instant."""
        self._rows = rows
        self._policies = policies
        self._ports = ports

    def get(self, table: Table[R], key: Key) -> R | None:
        """Return the row with ``key``, or ``None``."""
        return self._rows.get(table, key)

    def find(self, table: Table[R], index: int, value: Key) -> Iterator[R]:
        """Yield resident rows by an index, in key order."""
        return self._rows.find(table, index, value)

    def count(self, table: Table[R], index: int, value: Key) -> int:
        """Return how many resident rows an index holds for ``value``."""
        return self._rows.count(table, index, value)

    def each(self, table: Table[R]) -> Iterator[R]:
        """Yield all resident rows of ``table``, in key order."""
        return self._rows.each(table)

    def about(self, area: str, at: Instant) -> None:
        """Look at the world for ``area`` and ``at``: where and when what is handled happened."""
        self._area = area
        self._at = at

    def policy(self, section: type[S]) -> S:
        """Return the policy section in force where and when what is handled happened."""
        return self._policies.section(section, area=self._area, at=self._at)

    def built(self, build: Callable[..., T], *sections: type[msgspec.Struct]) -> T:
        """Return ``build(*sections)``, made once a version: trees, calendars, grids."""
        version = self._policies.version(area=self._area, at=self._at)
        return self._policies.built(build, sections, version)

    def built_under(
        self, version: str, build: Callable[..., T], *sections: type[msgspec.Struct]
    ) -> T:
        """Return ``build(*sections)`` of the version that a case was filed under."""
        return self._policies.built(build, sections, version)

    def is_kept(self, version: str) -> bool:
        """Tell whether the content of a version of the pack is there to be adopted."""
        return self._policies.is_kept(version)

    def is_area(self, area: str) -> bool:
        """Tell whether the city has this area, by the policy in force now."""
        return self._policies.is_area(area)

    def pinned(self, section: type[S], version: str) -> S:
        """Return the policy section of the version that a case was filed under."""
        return self._policies.pinned(section, version)

    def port(self, name: Port[P]) -> P:
        """Return the adapter that was wired for a port."""
        try:
            return self._ports[name]  # type: ignore[no-any-return]
        except KeyError:
            raise Bug(f"no adapter is wired for {name}") from None
