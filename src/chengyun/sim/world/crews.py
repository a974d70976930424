"""Crews: they travel, mend, report back, sometimes refuse, sometimes leave it half done.

A unit has as many things in hand as it has teams on duty, and takes what is urgent first. Teams
keep their rosters: nobody sets out who would come after his shift, what a shift cannot finish it
hands over, and off duty only the team on call goes, for what is urgent.
"""

from __future__ import annotations

from typing import Final

from chengyun.kernel.instants import MINUTE_US
from chengyun.sim.world import rosters
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
"""When work that is not urgent is begun, by whoever is on duty."""
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
        self._woken: dict[str, int] = {}
        """When each unit looks at its queue again without being asked."""

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
        case.left_min = 0.0
        case.token += 1
        chance = self._scene.dice(case.name, "take", case.hops)
        token = case.token
        if code != "fallback_owner" and self._gives_back(case, chance.random()):
            minutes = 8 + chance.expovariate(1 / 25) + self._wait_min(case)
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
        case.round, case.state, case.left_min = round_, "waiting", 0.0
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

    def _wait_min(self, case: Case) -> float:
        """Return how long nobody of the unit looks at what is not urgent."""
        duty, scene = self._scene.town.units[case.unit].duty, self._scene
        return 0 if case.is_urgent else rosters.until_duty_min(duty, scene.minute(scene.now))

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
        """Take in hand what teams are on duty and free for, one thing after another."""
        while self._begin_one(unit):
            pass

    def _begin_one(self, unit: str) -> bool:
        """Take the next thing in hand, if a team is on duty and free for it; tell whether."""
        scene, home = self._scene, self._scene.town.units[unit]
        queue = [case for name in self._queues.get(unit, ()) if (case := self.cases.get(name))]
        if not queue:
            return False
        minute = scene.minute(scene.now)
        most = DESKS if home.kind in AT_DESKS else home.teams
        free = rosters.teams_at(home.duty, most, minute) - self._busy.get(unit, 0)
        case = _first_to_begin(queue, minute) if free > 0 else None
        if case is not None:
            minutes = self._travel_min(case, unit, minute)
            if case.is_urgent or minutes < rosters.left_min(home.duty, minute):
                self._set_out(case, unit, minutes)
                return True
        self._wake(unit, minute)
        return False

    def _wake(self, unit: str, minute: float) -> None:
        """Look again when the day or the next shift begins; once is enough."""
        scene, duty = self._scene, self._scene.town.units[unit].duty
        until_day = (DAY_HOURS[0] * 60 - minute) % rosters.DAY_MIN or rosters.DAY_MIN
        minutes = min(until_day, rosters.until_change_min(duty, minute)) + 1
        at = scene.now + round(minutes * MINUTE_US)
        if not scene.now < self._woken.get(unit, 0) <= at:
            self._woken[unit] = at
            scene.put(at, f"shift:{unit}", lambda: self._next(unit))

    def _travel_min(self, case: Case, unit: str, minute: float) -> float:
        """Return how long a team needs to be there; one on call has to come in first."""
        scene, home = self._scene, self._scene.town.units[unit]
        chance = scene.dice(case.name, "go", case.hops, case.round)
        lon, lat = self.cases.place(case)
        from_lon, from_lat = self._where.get(unit, (home.lon_e7, home.lat_e7))
        far = metres(from_lon, from_lat, lon, lat) * DETOUR
        minutes = 2 + far / METRES_A_MIN.get(home.kind, BY_CAR) * chance.uniform(0.8, 1.3)
        if not rosters.on_duty(home.duty, minute):
            minutes += rosters.call_out_min(chance)
        return minutes

    def _set_out(self, case: Case, unit: str, minutes: float) -> None:
        home = self._scene.town.units[unit]
        self._queues[unit].remove(case.name)
        self._busy[unit] = self._busy.get(unit, 0) + 1
        case.state = "under_way"
        lon, lat = self._where.get(unit, (home.lon_e7, home.lat_e7))
        self._moved(unit, "under_way", lon, lat, case.name)
        token = case.token
        name = f"there:{case.name}:{token}"
        self._scene.later(minutes, name, lambda: self._there(case, token, unit))

    def _there(self, case: Case, token: int, unit: str) -> None:
        scene, duty = self._scene, self._scene.town.units[unit].duty
        lon, lat = self.cases.place(case)
        self._where[unit] = (lon, lat)
        self._moved(unit, "on_site", lon, lat, case.name)
        minutes, minute = self._work_min(case), scene.minute(scene.now)
        left = rosters.left_min(duty, minute)
        if not case.is_urgent and case.token == token and minutes > left + rosters.OVERTIME_MIN:
            name = f"off:{case.name}:{token}"
            rest = minutes - left + rosters.HANDOVER_MIN
            scene.later(left, name, lambda: self._hand_over(case, token, unit, rest))
            return
        if rosters.is_handed_over(duty, minute, minutes):
            minutes += rosters.HANDOVER_MIN
        name = f"mended:{case.name}:{token}"
        scene.later(minutes, name, lambda: self._mended(case, token, unit))

    def _work_min(self, case: Case) -> float:
        """Return how long there is to do, or to see that it is over."""
        chance = self._scene.dice(case.name, "work", case.hops, case.round)
        event = self.cases.event_of(case)
        least, most = _WORK.get(case.type, TASK_MIN) if event is None else event.shape.work_min
        minutes = case.left_min or chance.uniform(least, most)
        case.left_min = 0.0
        if event is not None and event.is_over(self._scene.now):
            minutes = min(minutes, 10.0)
        return minutes

    def _hand_over(self, case: Case, token: int, unit: str, rest_min: float) -> None:
        """The shift ends before the work does: the next one goes on with it, first of all."""
        self._leave_site(unit)
        if case.token == token and case.state == "under_way":
            case.state, case.left_min = "waiting", rest_min
            self._queues.setdefault(unit, []).insert(0, case.name)
        self._next(unit)

    def _leave_site(self, unit: str) -> None:
        """A team is free again."""
        self._busy[unit] = max(0, self._busy.get(unit, 0) - 1)
        if not self._busy[unit]:
            self._moved(unit, "free", *self._where[unit], "")

    def _mended(self, case: Case, token: int, unit: str) -> None:
        scene = self._scene
        self._leave_site(unit)
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


def _first_to_begin(queue: list[Case], minute: float) -> Case | None:
    """Return what a free team begins now: what is urgent, else by day what came first."""
    urgent = next((case for case in queue if case.is_urgent), None)
    is_day = DAY_HOURS[0] * 60 <= minute < DAY_HOURS[1] * 60
    return urgent or (queue[0] if is_day else None)
