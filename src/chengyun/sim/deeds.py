"""Whether a world does again what the log says was done: the proof that it is the same world."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from chengyun.facts.envelope import Header
from chengyun.kernel.errors import Rejected
from chengyun.kernel.ids import join
from chengyun.kernel.instants import Instant, to_text, zone
from chengyun.sim.world.protocol import Move

_WORLDLY: Final = ("feed:", "crew:", "dispatcher:", "officer:", "verifier:", "citizen:")
"""How the names of those begin who act in the world; an operator is a person."""
_TAKEN_IN: Final = frozenset({"ReportReceived", "ObservationReceived"})


class Deeds(msgspec.Struct):
    """What people, devices and crews did within a step, as the log has it."""

    taken_in: set[str] = msgspec.field(default_factory=set)
    """Ids of the reports and observations that were taken in."""
    done: set[tuple[int, str]] = msgspec.field(default_factory=set)
    """When somebody did something, and who."""

    def note(self, header: Header) -> None:
        """Note a fact, if it is the first of something that somebody in the world sent."""
        if header.caused_by or not header.actor.startswith(_WORLDLY):
            return
        if header.kind in _TAKEN_IN:
            self.taken_in.add(header.id)
        self.done.add((header.known_at, header.actor))

    def check(self, moves: Sequence[Move], until: Instant, *, whole: bool) -> None:
        """Refuse a world whose moves are not those that the log answers (``other_world``).

        What was refused at the time left nothing on the log, so a move without a deed is all
        right, but for reports and observations of a ``whole`` step: those are always taken in.
        """
        sent_in = {one for one in map(_taken_in_as, moves) if one}
        differing = self.taken_in - sent_in
        if whole:
            differing |= sent_in - self.taken_in
        strange = self.done - {(move.at, move.actor) for move in moves}
        if differing or strange:
            first = min(differing, default="") or "{1} at {0}".format(*min(strange))
            raise Rejected(
                "other_world",
                "the world does something else than the log says was done by "
                f"{to_text(until, zone('UTC'))}: {first}",
                where="chengyun.sim.world",
                remedy="resume with the release that began this city, or begin another one "
                "in a new folder; this store stays readable",
                params={"until": str(until), "first": first},
            )


def _taken_in_as(move: Move) -> str:
    """Return the id of the fact that takes a report or an observation in."""
    fields = move.fields
    if move.command == "ReceiveReport":
        return join("report", fields["feed"], fields["id"])
    if move.command == "ReceiveObservation":
        return join("observation", fields["feed"], fields["area"], fields["id"])
    return ""
