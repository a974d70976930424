"""What somebody was refused at a door is noted on the audit chain; the engine notes its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.facts.envelope import AUDIT, Draft
from chengyun.facts.guard import DoorRefused
from chengyun.kernel.ids import join


class NoteRefusal(Command, frozen=True, kw_only=True):
    """Note that ``who`` did not pass a door; sent by the platform itself."""

    NEEDS: ClassVar[str] = "audit:note"
    CHAIN: ClassVar[str] = AUDIT
    who: str
    door: str
    needs: str
    code: str


def note_refusal(command: NoteRefusal, known: Known) -> Iterable[Draft]:
    """Record the refusal; the same one at the same instant is one."""
    yield Draft(
        id=join("door", command.door, command.who, command.code, known.now),
        happened_at=known.now,
        subject=join("actor", command.who),
        body=DoorRefused(door=command.door, needs=command.needs, code=command.code),
    )
