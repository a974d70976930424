"""What the stream lane tells the engine of its sensors: who fell silent, who speaks again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.facts.envelope import Draft
from chengyun.facts.registers import Areas, city_of
from chengyun.facts.twin import SensorGroup, SensorsFellSilent, SensorsSpokeAgain
from chengyun.kernel.ids import join
from chengyun.kernel.instants import Instant


class RecordSilences(Command, frozen=True, kw_only=True):
    """Record whose sensors fell silent or speak again at a tick."""

    NEEDS: ClassVar[str] = "stream:record"
    tick: int
    part: int
    at: Instant
    silent: list[SensorGroup]
    spoken: list[SensorGroup]


def record_silences(command: RecordSilences, known: Known) -> Iterable[Draft]:
    """Make a fact of each; sent again after a crash it changes nothing."""
    city = known.built(city_of, Areas)
    if command.silent:
        yield Draft(
            id=join("sensors_silent", command.at, command.part),
            happened_at=command.at,
            subject="stream",
            area=city,
            body=SensorsFellSilent(tick=command.tick, groups=command.silent),
        )
    if command.spoken:
        yield Draft(
            id=join("sensors_spoke", command.at, command.part),
            happened_at=command.at,
            subject="stream",
            area=city,
            body=SensorsSpokeAgain(tick=command.tick, groups=command.spoken),
        )
