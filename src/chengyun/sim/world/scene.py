"""What all who act in the world share: the agenda, the moves, the events and reports."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from random import Random
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from chengyun.kernel import instants
from chengyun.kernel.instants import MINUTE_US, Instant
from chengyun.sim.world.dice import dice, mark
from chengyun.sim.world.events import Event
from chengyun.sim.world.protocol import Move
from chengyun.sim.world.town import Spot, Town
from chengyun.sim.world.truth import Truth

Act = Callable[[], None]
FIRST_SERIAL: Final = 1


class _Entry(NamedTuple):
    at: int
    name: str
    """Decides between two at one instant, so that the order of entering never does."""
    serial: int
    act: Act


class Scene:
    """The stage of the world: who acts looks here, and enters what comes next."""

    def __init__(self, town: Town, seed: int, start: Instant, truth: Truth) -> None:
        self.town = town
        self.seed = seed
        self.now = start
        self.truth = truth
        self.zone: ZoneInfo = instants.zone(town.zone)
        self.events: dict[str, Event] = {}
        self.about: dict[str, str] = {}
        """The event of every report, by the report's id."""
        self.silenced: dict[str, int] = {}
        """Until when a feed, or a feed in one area, says nothing."""
        self.moves: list[Move] = []
        self._middles: dict[tuple[str, tuple[str, ...]], Spot] = {}
        self._agenda: list[_Entry] = []
        self._serial = FIRST_SERIAL

    def dice(self, *about: str | int) -> Random:
        """Return the dice of one thing."""
        return dice(self.seed, *about)

    def mark(self, *about: str | int) -> str:
        """Return a mark that names a thing and shows nothing of it."""
        return mark(self.seed, *about)

    # --- what comes ---------------------------------------------------------------------------

    def put(self, at: int, name: str, act: Act) -> None:
        """Enter an act for ``at``, at the earliest right after now."""
        self._serial += 1
        heapq.heappush(self._agenda, _Entry(max(at, self.now + 1), name, self._serial, act))

    def later(self, minutes: float, name: str, act: Act) -> None:
        """Enter an act so many minutes from now."""
        self.put(self.now + round(minutes * MINUTE_US), name, act)

    @property
    def next_at(self) -> int:
        """When the next act is due; 0 where none is."""
        return self._agenda[0].at if self._agenda else 0

    def live(self, until: Instant) -> None:
        """Let everything happen that is due by ``until``, in order."""
        while self._agenda and self._agenda[0].at <= until:
            entry = heapq.heappop(self._agenda)
            self.now = Instant(entry.at)
            entry.act()
        self.now = until

    # --- what is sent -------------------------------------------------------------------------

    def send(self, actor: str, command: str, **fields: Any) -> None:
        """Send a command to the platform, now."""
        self.moves.append(Move(at=self.now, actor=actor, command=command, fields=fields))

    def take(self) -> list[Move]:
        """Return the moves since the last time."""
        moves, self.moves = self.moves, []
        return moves

    # --- what is known of it ------------------------------------------------------------------

    def minute(self, at: int) -> float:
        """Return the local minute of the day with its fraction."""
        moment = instants.to_datetime(Instant(at), self.zone)
        return moment.hour * 60 + moment.minute + at % MINUTE_US / MINUTE_US

    def middle(self, area: str, kinds: tuple[str, ...] = ()) -> Spot:
        """Return a spot that stands for an area, always the same one."""
        area = area if area in self.town.parents else self.town.root
        known = self._middles.get((area, kinds))
        if known is None:
            spot = self.town.spots_of(kinds, area)[0]
            known = Spot(spot.lon_e7, spot.lat_e7, area, spot.zh, spot.en)
            self._middles[area, kinds] = known
        return known

    def event_of(self, report: str) -> Event | None:
        """Return the event a report is about."""
        return self.events.get(self.about.get(report, ""))

    def end(self, event: Event, case: str) -> None:
        """A crew mended it."""
        if not event.handled_by:
            event.handled_by = case
            event.ends_at = Instant(min(event.ends_at, self.now))
            self.truth.write({"record": "ended", "event": event.name, "at": self.now, "case": case})
