"""Crews: they travel, mend, report back, sometimes refuse, sometimes leave it half done.

A unit has as many things in hand as it has teams, and takes what is urgent first. What it finds
on the spot decides how each report ends: mended, already known, something else, or nothing there.
"""

from __future__ import annotations

from typing import Final

from chengyun.sim.world.cases import Case, Cases
from chengyun.sim.world.findings import Findings
from chengyun.sim.world.kinds import KINDS
from chengyun.sim.world.reporters import Reporters
from chengyun.sim.world.scene import Scene
from chengyun.sim.world.town import metres

DETOUR: Final = 1.3
"""Streets are longer than the straight line."""
METRES_A_MIN: Final = {"grid_officer": 200.0, "crew": 420.0}
BY_CAR: Final = 420.0
DAY_HOURS: Final = (7, 22)
"""When work that is not urgent is begun."""
AT_DESKS: Final = frozenset({"center", "department"})
DESKS: Final = 4
"""What a centre or a department has in hand at a time."""

GIVES_BACK: Final = 0.85
"""How often a unit gives back what is truly not its business."""
GIVES_BACK_OWN: Final = 0.01
MOST_HOPS: Final = 3
HALF_DONE: Final = 0.06
TASK_MIN: Final = (20, 60)

NOT_OURS: Final = (
    "不属于本单位职责",
    "产权不在我方，请转相关单位",
    "辖区划错了",
    "not our network",
)
TOO_BUSY: Final = ("现场人手不足，无法按时到场", "车辆全部派出")

_WORK: Final = {kind.type: kind.work_min for kind in reversed(KINDS) if kind.type}


class Crews:
    """Everybody who goes and mends."""

    def __init__(self, scene: Scene, reporters: Reporters) -> None:
        self._scene = scene
        self.cases = Cases(scene)
        self._findings = Findings(scene, self.cases, reporters)
        self._queues: dict[str, list[str]] = {}
        self._busy: dict[str, int] = {}
        self._where: dict[str, tuple[int, int]] = {}

    # --- what they hear -----------------------------------------------------------------------

    def merged(self, report: str, incident: str) -> None:
        """A report joined a case; a crew that is done already looks at it at once."""
        case = self.cases.merged(report, incident)
        if case is not None and case.state == "done":
            self._scene.later(
                5, f"late:{report}", lambda: self._findings.reported(case, report, late=True)
            )

    def dispatched(self, case_name: str, unit: str, code: str) -> None:
        """A case was given to a unit."""
        case = self.cases.get(case_name)
        if case is None or unit not in self._scene.town.units:
            return
        self._leave(case)
        case.unit, case.hops, case.state = unit, case.hops + 1, "waiting"
        case.token += 1
        chance = self._scene.dice(case.name, "take", case.hops)
        token = case.token
        if code != "fallback_owner" and self._gives_back(case, chance.random()):
            minutes = 8 + chance.expovariate(1 / 25)
            reason = chance.choice(NOT_OURS if not self.cases.is_right(case) else TOO_BUSY)
            name = f"return:{case.name}:{token}"
            self._scene.later(minutes, name, lambda: self._return(case, token, reason))
            return
        self._queues.setdefault(unit, []).append(case.name)
        self._scene.later(1, f"take:{case.name}:{token}", lambda: self._next(unit))

    def asked(self, case_name: str) -> None:
        """Nobody has it now: a person will decide."""
        case = self.cases.get(case_name)
        if case is not None:
            self._leave(case)
            case.state, case.unit = "filed", ""
            case.token += 1

    def reworked(self, case_name: str, unit: str, round_: int) -> None:
        """The check failed, or the citizen says it is not solved: go again."""
        case = self.cases.get(case_name)
        if case is None or (unit or case.unit) not in self._scene.town.units:
            return
        self._leave(case)
        case.round, case.state = round_, "waiting"
        case.unit = unit or case.unit
        case.token += 1
        name = case.unit
        self._queues.setdefault(name, []).append(case.name)
        token = case.token
        self._scene.later(3, f"again:{case.name}:{token}", lambda: self._next(name))

    def back(self, case_name: str) -> Case | None:
        """The platform has taken it as reported back."""
        case = self.cases.get(case_name)
        if case is not None:
            if case.state != "done":  # somebody else did it, or said so: the crew need not
                self._leave(case)
                case.token += 1
            case.state = "back"
        return case

    def closed(self, case_name: str) -> Case | None:
        """It was checked and closed."""
        case = self.cases.get(case_name)
        if case is not None:
            case.state = "closed"
        return case

    # --- whose it is --------------------------------------------------------------------------

    def _gives_back(self, case: Case, thrown: float) -> bool:
        if not case.first or case.hops > MOST_HOPS:
            return False
        return thrown < (GIVES_BACK_OWN if self.cases.is_right(case) else GIVES_BACK)

    def _return(self, case: Case, token: int, reason: str) -> None:
        if case.token == token:
            self._scene.send(
                f"crew:{case.unit}", "ReturnCase", case=case.name, unit=case.unit, reason=reason
            )

    def _leave(self, case: Case) -> None:
        queue = self._queues.get(case.unit, [])
        if case.name in queue:
            queue.remove(case.name)

    # --- going and mending --------------------------------------------------------------------

    def _next(self, unit: str) -> None:
        """Take the next thing in hand, if a team is free."""
        scene, kind = self._scene, self._scene.town.units[unit].kind
        queue = self._queues.get(unit, [])
        teams = DESKS if kind in AT_DESKS else scene.town.units[unit].teams
        if not queue or self._busy.get(unit, 0) >= teams:
            return
        waiting = [case for name in queue if (case := self.cases.get(name)) is not None]
        urgent = [case for case in waiting if case.is_urgent]
        hour = scene.hour(scene.now)
        if not urgent and not DAY_HOURS[0] <= hour < DAY_HOURS[1]:
            minutes = ((DAY_HOURS[0] - hour) % 24) * 60 + 1
            scene.later(minutes, f"morning:{unit}", lambda: self._next(unit))
            return
        case = (urgent or waiting)[0]
        queue.remove(case.name)
        self._busy[unit] = self._busy.get(unit, 0) + 1
        case.state = "under_way"
        chance = scene.dice(case.name, "go", case.hops, case.round)
        lon, lat = self.cases.place(case)
        home = scene.town.units[unit]
        from_lon, from_lat = self._where.get(unit, (home.lon_e7, home.lat_e7))
        far = metres(from_lon, from_lat, lon, lat) * DETOUR
        minutes = 2 + far / METRES_A_MIN.get(kind, BY_CAR) * chance.uniform(0.8, 1.3)
        self._moved(unit, "under_way", from_lon, from_lat, case.name)
        token = case.token
        scene.later(minutes, f"there:{case.name}:{token}", lambda: self._there(case, token, unit))

    def _there(self, case: Case, token: int, unit: str) -> None:
        lon, lat = self.cases.place(case)
        self._where[unit] = (lon, lat)
        self._moved(unit, "on_site", lon, lat, case.name)
        chance = self._scene.dice(case.name, "work", case.hops, case.round)
        event = self.cases.event_of(case)
        least, most = _WORK.get(case.type, TASK_MIN) if event is None else event.shape.work_min
        minutes = chance.uniform(least, most)
        if event is not None and event.is_over(self._scene.now):
            minutes = min(minutes, 10.0)
        name = f"mended:{case.name}:{token}"
        self._scene.later(minutes, name, lambda: self._mended(case, token, unit))

    def _mended(self, case: Case, token: int, unit: str) -> None:
        scene = self._scene
        self._busy[unit] = max(0, self._busy.get(unit, 0) - 1)
        lon, lat = self._where[unit]
        if not self._busy[unit]:
            self._moved(unit, "free", lon, lat, "")
        scene.later(1, f"next:{unit}:{case.name}:{token}", lambda: self._next(unit))
        if case.token != token:
            return
        case.state = "done"
        chance = scene.dice(case.name, "well", case.round)
        case.half_done = chance.random() < HALF_DONE
        if not case.first:
            self._findings.task_done(case)
            return
        members = [case.first] if case.round else list(case.members)
        for report in members:
            self._findings.reported(case, report, late=False)

    # --- where they are -----------------------------------------------------------------------

    def _moved(self, unit: str, state: str, lon: int, lat: int, case: str) -> None:
        if self._scene.town.units[unit].kind in AT_DESKS:
            return
        self._scene.send(
            f"crew:{unit}",
            "ReportCrew",
            unit=unit,
            state=state,
            place={"lon_e7": int(lon), "lat_e7": int(lat)},
            case=case,
            at=self._scene.now,
        )
