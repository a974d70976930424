"""What of a store whoever asks may see; the rest is as if it were not there."""

from __future__ import annotations

from chengyun.adapters.sql.reading import StoreReader
from chengyun.app.tracing import chain_of
from chengyun.engine import codec
from chengyun.facts.envelope import Header, Stored
from chengyun.guard.deciding import Scope
from chengyun.handle.views import CASES, MEMBERS, CaseRow


class Seen:
    """A store, as far as a scope reaches."""

    def __init__(self, reader: StoreReader, partition: str, scope: Scope) -> None:
        self._scope = scope
        self._units: dict[str, tuple[str, ...]] = {}
        self.reader = reader
        self.partition = partition

    def case(self, name: str) -> CaseRow | None:
        """Return a case."""
        row: CaseRow | None = next(self.reader.rows(CASES, self.partition, case=name), None)
        return row if row is not None and self._scope.covers(row.area, (row.unit,)) else None

    def fact(self, name: str) -> Stored | None:
        """Return a fact."""
        stored = self.reader.fact(self.partition, name)
        return stored if stored is not None and self._covers(codec.header_of(stored)) else None

    def chain(self, name: str) -> list[Stored]:
        """Return the causal chain of a fact or subject; nothing where that itself is not seen."""
        chain = chain_of(self.reader, self.partition, name)
        if self._scope.is_everything:
            return chain
        seen = [stored for stored in chain if self._covers(codec.header_of(stored))]
        meant = any(name in (one.id, one.subject) for one in map(codec.header_of, seen))
        return seen if meant else []

    def _covers(self, header: Header) -> bool:
        """A fact lies where its area is, and is the business of the units of its case."""
        if self._scope.is_everything:
            return True
        if header.subject not in self._units:
            self._units[header.subject] = self._units_of(header.subject)
        return self._scope.covers(header.area, self._units[header.subject])

    def _units_of(self, subject: str) -> tuple[str, ...]:
        member = next(self.reader.rows(MEMBERS, self.partition, report=subject), None)
        name = subject if member is None else member.case
        row = next(self.reader.rows(CASES, self.partition, case=name), None)
        return () if row is None else (row.unit,)
