"""What the stream lane tells the engine of a tick: which values crossed, and where that stands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.facts.envelope import Draft
from chengyun.facts.registers import Areas, city_of
from chengyun.facts.vitals import Crossing, LevelsCrossed
from chengyun.kernel.errors import Rejected
from chengyun.kernel.ids import join
from chengyun.kernel.instants import Instant
from chengyun.kernel.limits import MAX_CROSSINGS_A_FACT


class RecordCrossings(Command, frozen=True, kw_only=True):
    """Record what crossed at a tick; sent again after a crash it changes nothing."""

    NEEDS: ClassVar[str] = "stream:record"
    tick: int
    part: int
    at: Instant
    segment: int
    offset: int
    crossings: list[Crossing]


def record_crossings(command: RecordCrossings, known: Known) -> Iterable[Draft]:
    """Make one fact of the crossings of a tick, or of a part of them."""
    if len(command.crossings) > MAX_CROSSINGS_A_FACT:
        raise Rejected(
            "too_many",
            f"{len(command.crossings)} crossings in one command",
            where="crossings",
            remedy=f"send at most {MAX_CROSSINGS_A_FACT} in a part",
        )
    yield Draft(
        id=join("crossed", command.at, command.part),
        happened_at=command.at,
        subject="stream",
        area=known.built(city_of, Areas),
        body=LevelsCrossed(
            tick=command.tick,
            part=command.part,
            at=command.at,
            segment=command.segment,
            offset=command.offset,
            crossings=command.crossings,
        ),
    )
