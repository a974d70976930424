"""Guard: erasing a person is a command; the key goes with the commit of the fact."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final

from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.engine.stage import Orders
from chengyun.facts.envelope import Draft
from chengyun.facts.guard import PersonErased
from chengyun.kernel.ids import under


class ErasePerson(Command, frozen=True, kw_only=True):
    """Destroy the key of a person: every seal under it is unreadable from then on."""

    NEEDS: ClassVar[str] = "person:erase"
    person: str
    ground: str


def erase_person(command: ErasePerson, known: Known) -> Iterable[Draft]:
    """Record the erasure; it names the person by an opaque id only."""
    yield Draft(
        id=under("erased", command.person),
        happened_at=known.now,
        subject=command.person,
        body=PersonErased(person=command.person, ground=command.ground),
    )


ORDERS: Final[Orders] = {ErasePerson: erase_person}
