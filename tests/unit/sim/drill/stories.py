"""Drills written by hand: what truly happened, what a platform recorded, what was decided."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from chengyun.app import packs
from chengyun.citypack.resolving import Resolved
from chengyun.kernel.instants import MINUTE_US, Instant, from_text
from chengyun.sim.drill.deeds import Asked, Deeds, Returned, State
from chengyun.sim.drill.held import Held, Paced, Pause, Plan
from chengyun.sim.drill.side import Side
from chengyun.sim.scoring.record import Case, Join, Record, Warned
from chengyun.sim.scoring.rules import rules_of
from chengyun.sim.scoring.truth import Event, Signal, Truth

PACK = Path(__file__).parents[4] / "cities" / "linjiang"
BEGAN = from_text("2026-09-18T18:00:00+08:00")
LENGTH_MIN = 180
AREA = "319901001001"
PUMP, DRAINS, GAS = "pump_truck.319901.1", "drainage.319901", "gas.319901"
_PACK: list[Resolved] = []


def pack() -> Resolved:
    """Return the pack of Linjiang, read once."""
    if not _PACK:
        _PACK.append(packs.loaded(PACK))
    return _PACK[0]


def at(minute: float) -> Instant:
    """Return an instant of the evening."""
    return Instant(BEGAN + round(minute * MINUTE_US))


class Story:
    """One run of an evening, minute by minute."""

    def __init__(self) -> None:
        self.truth, self.record, self.deeds = Truth({}, {}), Record(), Deeds()

    def event(self, name: str, kind: str, begins: float, ends: float, **more: Any) -> Event:
        """Let something truly happen; by default one of the evening's own events."""
        line = {
            "event": name,
            "kind": kind,
            "type": more.get("type", "gas_smell"),
            "area": more.get("area", AREA),
            "starts_at": at(begins),
            "ends_at": at(ends),
            "parent": more.get("parent", ""),
            "severity": 3,
            "injected": more.get("injected", True),
            "units": more.get("units", [GAS]),
            "real": more.get("real", True),
        }
        event = self.truth.events[name] = Event(line)
        event.ended_by = more.get("ended_by", "")
        return event

    def reported(self, event: str, report: str, minute: float, *units: str) -> Case:
        """Let a report of it be taken and become a case of these units, one after another."""
        one = self.truth.events[event]
        one.reports.append(Signal(report, at(minute), "hotline", one.type, one.area))
        self.truth.about[report] = event
        incident = "incident:" + report.partition(":")[2]
        self.record.joins.append(Join(report, incident, at(minute), opened=True))
        case = Case("case:" + report.partition(":")[2], incident, report, one.type, at(minute))
        case.units, case.area = list(units), one.area
        self.record.cases[case.name] = case
        return case

    def warned(self, sign: str, minute: float, highest: str, **more: Any) -> str:
        """Raise a warning."""
        area = more.get("area", AREA)
        name = f"warn:{sign}:{area}:{minute}"
        one = self.record.warnings[name] = Warned(name, sign, "", area, at(minute))
        one.highest, one.severe = highest, highest in ("orange", "red")
        one.cleared_at = at(more["cleared"]) if "cleared" in more else 0
        return name

    def proposed(self, warning: str, minute: float, level: str = "III") -> Asked:
        """Lay a plan before a person."""
        asked = Asked("response", f"response:{warning}:{level}", AREA, at(minute))
        asked.plan, asked.level, asked.warning = "underpass", level, warning
        asked.measures = [{"en": "Pump out the underpass", "zh": "强排下立交积水"}]
        self.deeds.asked.append(asked)
        return asked

    def asked(self, case: Case, minute: float, *candidates: tuple[str, int]) -> Asked:
        """Ask a person whose a case is."""
        asked = Asked("route", case.name, case.area, at(minute))
        asked.candidates = list(candidates)
        self.deeds.asked.append(asked)
        return asked

    def settled(self, asked: Asked, minute: float, state: State, unit: str = "") -> None:
        """Let it be decided, or lapse."""
        asked.state, asked.until, asked.unit = state, at(minute), unit
        asked.by = "person:lin" if asked.is_decided else ""

    def returned(self, case: Case, unit: str, minute: float) -> None:
        """Let a unit give a case back."""
        self.deeds.returned.append(Returned(case.name, unit, at(minute), "辖区划错了"))

    def task(self, asked: Asked, number: int, *, back: float = 0, overdue: float = 0) -> Case:
        """Order a task of an approved response."""
        case = Case(f"case:{asked.subject}:{number}", asked.warning, "", "task_pump", asked.until)
        case.units, case.area = [PUMP], asked.area
        case.back_at = at(back) if back else 0
        case.fell_due_at = at(overdue) if overdue else 0
        self.record.cases[case.name] = case
        return case

    def side(self) -> Side:
        """Return the run as it is read afterwards."""
        end = at(LENGTH_MIN)
        return Side(self.truth, self.record, self.deeds, rules_of(pack(), end), end)


def held(*, pauses: list[Pause] | None = None, rates: tuple[float, ...] = (10.0,)) -> Held:
    """Return a drill of the waterfront that came to its end."""
    plan = Plan(
        seed=7,
        scale="district",
        scenario="waterfront_rain",
        minutes=LENGTH_MIN,
        began_at=BEGAN,
    )
    return Held(
        plan=plan,
        ended_at=at(LENGTH_MIN),
        ended_by="evening_over",
        pauses=pauses or [],
        paces=[Paced(at=at(number), rate=rate) for number, rate in enumerate(rates)],
    )
