"""The end of what is known of a person: his key is destroyed, asked for or because it is time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import msgspec

from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change, Put, Table
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.guard import PersonalDataExpired, PersonErased
from chengyun.kernel.errors import Rejected
from chengyun.kernel.ids import under
from chengyun.kernel.instants import Instant


class ErasePerson(Command, frozen=True, kw_only=True):
    """Destroy the keys of a person: every seal under them is unreadable from then on."""

    NEEDS: ClassVar[str] = "person:erase"
    MAY_WAIT: ClassVar[bool] = True
    person: str
    ground: str


class ErasedRow(msgspec.Struct, frozen=True):
    """A person who was erased on request."""

    person: str
    at: int


class ExpiredRow(msgspec.Struct, frozen=True):
    """A record whose key was destroyed because it had been kept long enough."""

    person: str
    at: int
    open: bool = False
    """Never: there are as many as there were records, so none stays in memory."""


ERASED = Table("erased", ErasedRow, key=("person",))
EXPIRED = Table("expired", ExpiredRow, key=("person",), resident=("open", True))


def erase_person(command: ErasePerson, known: Known) -> Iterable[Draft]:
    """Record the erasure, once; it names the person by an opaque id only."""
    if known.get(ERASED, command.person) is not None:
        return
    if command.person.startswith("guard:"):
        raise Rejected(
            "no_person",
            f"{command.person[:40]!r} is no person: the platform itself has this key",
            where="person",
            remedy="name a person, or an account",
            params={"person": command.person[:40]},
        )
    yield Draft(
        id=under("erased", command.person),
        happened_at=known.now,
        subject=command.person,
        body=PersonErased(person=command.person, ground=command.ground),
    )


def erased_at(person: str, known: Known | Rows) -> Instant | None:
    """Return when what was sealed for a person became unreadable, or ``None``."""
    row = known.get(ERASED, person) or known.get(EXPIRED, person)
    return None if row is None else Instant(row.at)


def note_erased(fact: Fact[PersonErased], rows: Rows) -> Iterable[Change]:
    """Remember who was erased and when."""
    yield Put(ERASED, ErasedRow(fact.body.person, fact.happened_at))


def note_expired(fact: Fact[PersonalDataExpired], rows: Rows) -> Iterable[Change]:
    """Remember whose data were kept long enough."""
    for person in fact.body.persons:
        yield Put(EXPIRED, ExpiredRow(person, fact.happened_at))
