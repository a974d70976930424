"""Crews: they travel, mend, report back, sometimes refuse, sometimes leave it half done.

A unit has as many things in hand as it has teams, and takes what is urgent first. What it finds
on the spot decides how each report ends: mended, already known, something else, or nothing there.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from chengyun.sim.world.events import Event
from chengyun.sim.world.kinds import KINDS
from chengyun.sim.world.relief import ended_by
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

RESOLVED: Final = "resolved"
DUPLICATE: Final = "duplicate"
NOTHING_FOUND: Final = "nothing_found"
OTHER_MATTER: Final = "other_matter"

NOT_OURS: Final = (
    "不属于本单位职责",
    "产权不在我方，请转相关单位",
    "辖区划错了",
    "not our network",
)
TOO_BUSY: Final = ("现场人手不足，无法按时到场", "车辆全部派出")

_URGENT: Final = frozenset(kind.type for kind in KINDS if kind.urgent)
_WORK: Final = {kind.type: kind.work_min for kind in reversed(KINDS) if kind.type}


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


class Crews:
    """Everybody who goes and mends."""

    def __init__(self, scene: Scene, reporters: Reporters) -> None:
        self._scene = scene
        self._reporters = reporters
        self.cases: dict[str, Case] = {}
        self._case_of: dict[str, str] = {}
        """The case of every report."""
        self._queues: dict[str, list[str]] = {}
        self._busy: dict[str, int] = {}
        self._where: dict[str, tuple[int, int]] = {}

    # --- what they hear -----------------------------------------------------------------------

    def filed(self, case: str, area: str, body: dict[str, Any]) -> None:
        """A case came into being."""
        report = str(body["report"])
        members = [report] if report else []
        self.cases[case] = Case(
            name=case, type=str(body["type"]), area=area, first=report, members=members
        )
        if report:
            self._case_of[report] = case

    def merged(self, report: str, incident: str) -> None:
        """A report joined a case; a crew that is done already looks at it at once."""
        case = self.cases.get("case:" + incident.partition(":")[2])
        if case is None:
            return
        case.members.append(report)
        self._case_of[report] = case.name
        if case.state == "done":
            name = f"late:{report}"
            self._scene.later(5, name, lambda: self._close(case, report, late=True))

    def split(self, report: str) -> None:
        """A report left its case."""
        before = self.cases.get(self._case_of.get(report, ""))
        if before is not None and report in before.members and before.first != report:
            before.members.remove(report)

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
            reason = chance.choice(NOT_OURS if not self._is_right(case) else TOO_BUSY)
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

    def event_of(self, case: Case) -> Event | None:
        """Return the event that the case was opened for."""
        return self._scene.event_of(case.first)

    def _is_right(self, case: Case) -> bool:
        event = self.event_of(case)
        return event is None or not event.units or case.unit in event.units

    def _gives_back(self, case: Case, thrown: float) -> bool:
        if not case.first or case.hops > MOST_HOPS:
            return False
        return thrown < (GIVES_BACK_OWN if self._is_right(case) else GIVES_BACK)

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
        urgent = [name for name in queue if _is_urgent(self.cases[name])]
        hour = scene.hour(scene.now)
        if not urgent and not DAY_HOURS[0] <= hour < DAY_HOURS[1]:
            minutes = ((DAY_HOURS[0] - hour) % 24) * 60 + 1
            scene.later(minutes, f"morning:{unit}", lambda: self._next(unit))
            return
        case = self.cases[(urgent or queue)[0]]
        queue.remove(case.name)
        self._busy[unit] = self._busy.get(unit, 0) + 1
        case.state = "under_way"
        chance = scene.dice(case.name, "go", case.hops, case.round)
        lon, lat = self._place(case)
        home = scene.town.units[unit]
        from_lon, from_lat = self._where.get(unit, (home.lon_e7, home.lat_e7))
        far = metres(from_lon, from_lat, lon, lat) * DETOUR
        minutes = 2 + far / METRES_A_MIN.get(kind, BY_CAR) * chance.uniform(0.8, 1.3)
        self._moved(unit, "under_way", from_lon, from_lat, case.name)
        token = case.token
        scene.later(minutes, f"there:{case.name}:{token}", lambda: self._there(case, token, unit))

    def _there(self, case: Case, token: int, unit: str) -> None:
        lon, lat = self._place(case)
        self._where[unit] = (lon, lat)
        self._moved(unit, "on_site", lon, lat, case.name)
        chance = self._scene.dice(case.name, "work", case.hops, case.round)
        event = self.event_of(case)
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
            scene.send(
                f"crew:{unit}",
                "FinishTask",
                case=case.name,
                unit=unit,
                outcome=RESOLVED,
                text="已落实",
                at=scene.now,
            )
            if not case.half_done:
                for event in ended_by(case.type, case.area, scene.events.values(), scene.now):
                    scene.end(event, case.name)
            return
        members = [case.first] if case.round else list(case.members)
        for report in members:
            self._close(case, report, late=False)

    def _close(self, case: Case, report: str, *, late: bool) -> None:
        """Report on one reporter's matter as it was found."""
        scene = self._scene
        if case.state != "done" or (late and report not in case.members):
            return
        event, main = scene.event_of(report), self.event_of(case)
        outcome, known_as = RESOLVED, ""
        if event is not None and not event.real:
            outcome = NOTHING_FOUND
        elif event is not None and event is not main:
            outcome = OTHER_MATTER
            if not event.is_over(scene.now):
                self._reporters.remind(event, report)
        elif event is not None and report != case.first:
            outcome, known_as = DUPLICATE, case.first
        elif event is not None and event.handled_by not in ("", case.name):
            known_as = self.cases[event.handled_by].first
            outcome = DUPLICATE if known_as else RESOLVED  # a task has no report to point at
        if event is main and event is not None and event.real and not case.half_done:
            scene.end(event, case.name)
        scene.send(
            f"crew:{case.unit}",
            "ReportWork",
            report=report,
            unit=case.unit,
            outcome=outcome,
            duplicate_of=known_as if known_as != report else "",
            text=_TEXTS[outcome],
            at=scene.now,
        )

    # --- where they are -----------------------------------------------------------------------

    def _place(self, case: Case) -> tuple[int, int]:
        event = self.event_of(case)
        if event is not None:
            return event.spot.lon_e7, event.spot.lat_e7
        spot = self._scene.middle(case.area)
        return spot.lon_e7, spot.lat_e7

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


def _is_urgent(case: Case) -> bool:
    """Tell whether it is begun at night too; a task always is."""
    return not case.first or case.type in _URGENT


_TEXTS: Final = {
    RESOLVED: "已到场处置完毕",
    DUPLICATE: "同一问题，已由前单处置",
    NOTHING_FOUND: "到场未发现所述情况",
    OTHER_MATTER: "与本案不是同一问题，请另行反映",
}
