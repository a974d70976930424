"""Cases as the people who work on them know them: which reports are in one, and what it is about.

Everything here is what the platform said; whose an event truly is stands in the event.
"""

from __future__ import annotations

from typing import Any

import msgspec

from chengyun.sim.world.events import Event
from chengyun.sim.world.kinds import KINDS
from chengyun.sim.world.scene import Scene

_URGENT = frozenset(kind.type for kind in KINDS if kind.urgent)


class Case(msgspec.Struct, kw_only=True):
    """A case as the people who work on it know it."""

    name: str
    type: str
    area: str
    first: str
    """The report that opened it; empty for a task."""
    members: list[str]
    unit: str = ""
    hops: int = 0
    round: int = 0
    state: str = "filed"
    """``filed``, ``waiting``, ``under_way``, ``done``, ``back`` or ``closed``."""
    token: int = 0
    """Counts dispatches and returns: what was begun under another token is void."""
    half_done: bool = False
    left_min: float = 0.0
    """What a shift left for the next one to do; 0 where nothing was begun."""

    @property
    def is_urgent(self) -> bool:
        """Tell whether it is begun at night too; a task always is."""
        return not self.first or self.type in _URGENT


class Cases:
    """All cases by name, and the case of every report."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._by_name: dict[str, Case] = {}
        self._of_report: dict[str, str] = {}

    def get(self, name: str) -> Case | None:
        """Return a case that people know of."""
        return self._by_name.get(name)

    def filed(self, name: str, area: str, body: dict[str, Any]) -> None:
        """A case came into being."""
        report = str(body["report"])
        self._by_name[name] = Case(
            name=name,
            type=str(body["type"]),
            area=area,
            first=report,
            members=[report] if report else [],
        )
        if report:
            self._of_report[report] = name

    def merged(self, report: str, incident: str) -> Case | None:
        """A report joined the case of an incident; return the case, if people know it."""
        case = self.get("case:" + incident.partition(":")[2])
        if case is not None:
            case.members.append(report)
            self._of_report[report] = case.name
        return case

    def split(self, report: str) -> None:
        """A report left its case."""
        before = self.get(self._of_report.get(report, ""))
        if before is not None and report in before.members and before.first != report:
            before.members.remove(report)

    # --- what it is about ---------------------------------------------------------------------

    def event_of(self, case: Case) -> Event | None:
        """Return the event that the case was opened for."""
        return self._scene.event_of(case.first)

    def is_right(self, case: Case) -> bool:
        """Tell whether the unit that has it is truly responsible."""
        event = self.event_of(case)
        return event is None or not event.units or case.unit in event.units

    def place(self, case: Case) -> tuple[int, int]:
        """Return where a crew has to go."""
        event = self.event_of(case)
        spot = self._scene.middle(case.area) if event is None else event.spot
        return spot.lon_e7, spot.lat_e7
