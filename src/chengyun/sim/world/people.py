"""People at desks and at home: the dispatcher, the duty officer, verifiers, citizens called back.

Each does what is his after some minutes, unless an operator of the platform was faster: then the
fact tells, and he leaves it.
"""

from __future__ import annotations

from typing import Any, Final

from chengyun.kernel.instants import MINUTE_US
from chengyun.sim.world import rosters
from chengyun.sim.world.cases import Case
from chengyun.sim.world.crews import Crews
from chengyun.sim.world.scene import Scene
from chengyun.sim.world.wording import verdict

KNOWS: Final = 0.9
"""How often the dispatcher finds out whose it truly is."""
FINDS: Final = 0.8
"""How often a verifier sees that something was left half done."""
FINDS_WRONGLY: Final = 0.01
APPROVES: Final = 0.95
ANSWERS: Final = 0.45
"""Share of citizens who answer when they are called back."""
SATISFIED: Final = 0.9
MOST_ROUNDS: Final = 3
FAILED: Final = ("现场仍有残留", "未恢复原状", "照片与现场不符")
GOOD: Final = "现场核查通过"


class People:
    """Everybody who decides, checks and judges."""

    def __init__(self, scene: Scene, crews: Crews, *, patience_min: float = 0.0) -> None:
        """For ``patience_min`` minutes longer what waits is left to whoever watches."""
        self._scene = scene
        self._crews = crews
        self._patience_min = patience_min
        self._waiting: set[str] = set()
        """Cases and proposals that wait for a person."""

    # --- the dispatcher and the duty officer --------------------------------------------------

    def asked(self, case_name: str, candidates: list[dict[str, Any]]) -> None:
        """A case waits for a person."""
        case = self._crews.cases.get(case_name)
        if case is None:
            return
        self._waiting.add(case_name)
        chance = self._scene.dice(case_name, "decide", case.hops)
        event = self._crews.cases.event_of(case)
        choices = [str(one["unit"]) for one in candidates]
        unit = chance.choice(choices) if choices else ""
        if event is not None and event.units and (not unit or chance.random() < KNOWS):
            unit = event.units[0]
        unit = unit or self._someone(case)
        minutes = self._patience_min + 3 + chance.expovariate(1 / 6)
        name = f"decide:{case_name}:{case.token}"
        self._scene.later(minutes, name, lambda: self._decide(case_name, unit))

    def _someone(self, case: Case) -> str:
        town = self._scene.town
        return town.owner(case.type, case.area) or min(town.units, default="")

    def _decide(self, case_name: str, unit: str) -> None:
        if case_name in self._waiting and unit:
            self._scene.send(
                "dispatcher:duty", "DecideRoute", case=case_name, unit=unit, reason="核实权属后派单"
            )

    def proposed(self, proposal: str) -> None:
        """A response waits for a person."""
        self._waiting.add(proposal)
        chance = self._scene.dice(proposal, "approve")
        approved = chance.random() < APPROVES
        minutes = self._patience_min + 2 + chance.expovariate(1 / 5)
        name = f"approve:{proposal}"
        self._scene.later(minutes, name, lambda: self._approve(proposal, approved=approved))

    def _approve(self, proposal: str, *, approved: bool) -> None:
        if proposal in self._waiting:
            self._scene.send(
                "officer:duty",
                "DecideResponse",
                proposal=proposal,
                approved=approved,
                reason="同意启动" if approved else "暂不启动，继续观察",
            )

    def settled(self, what: str) -> None:
        """It is decided, or has lapsed: nobody has to decide it any more."""
        self._waiting.discard(what)

    # --- verifiers and citizens ---------------------------------------------------------------

    def check(self, case: Case) -> None:
        """Somebody of another unit goes and looks."""
        chance = self._scene.dice(case.name, "check", case.round)
        unit = self._verifier(case)
        sees = FINDS if case.half_done else FINDS_WRONGLY
        passed = case.round >= MOST_ROUNDS or chance.random() >= sees
        minutes = 12 + chance.expovariate(1 / 40)
        minutes += self._off_duty_min(case, unit, minutes)
        round_ = case.round
        name = f"check:{case.name}:{round_}"
        self._scene.later(minutes, name, lambda: self._check(case, unit, round_, passed=passed))

    def _verifier(self, case: Case) -> str:
        town = self._scene.town
        others = [one for one in town.units if one != case.unit]
        officers = [one for one in others if town.units[one].kind == "grid_officer"]
        from_ = officers or others
        chance = self._scene.dice(case.name, "verifier")
        return from_[chance.randrange(len(from_))] if from_ else ""

    def _off_duty_min(self, case: Case, unit: str, minutes: float) -> float:
        """Return how much longer it takes where the verifier would come off duty."""
        scene = self._scene
        if unit not in scene.town.units:
            return 0
        duty = scene.town.units[unit].duty
        minute = scene.minute(scene.now + round(minutes * MINUTE_US))
        if rosters.on_duty(duty, minute):
            return 0
        chance = scene.dice(case.name, "called", case.round)
        called = rosters.call_out_min(chance)
        return called if case.is_urgent else called + rosters.until_duty_min(duty, minute)

    def _check(self, case: Case, unit: str, round_: int, *, passed: bool) -> None:
        if case.state == "back" and case.round == round_ and unit != case.unit:
            chance = self._scene.dice(case.name, "seen", round_)
            self._scene.send(
                f"verifier:{unit}",
                "VerifyCase",
                case=case.name,
                by_unit=unit,
                passed=passed,
                reason=GOOD if passed else chance.choice(FAILED),
            )

    def call_back(self, case: Case) -> None:
        """Citizens are asked how it went; devices are not."""
        for report in case.members:
            chance = self._scene.dice(report, "call back", case.round)
            if report.startswith("report:devices:") or chance.random() > ANSWERS:
                continue
            event = self._scene.event_of(report)
            solved = event is None or not event.real or event.is_over(self._scene.now)
            satisfied = solved and chance.random() < SATISFIED
            text = verdict(chance, solved=solved, satisfied=satisfied)
            minutes = 60 + chance.expovariate(1 / 400)
            self._scene.later(
                minutes,
                f"rate:{report}:{case.round}",
                lambda report=report, solved=solved, satisfied=satisfied, text=text: self._rate(  # type: ignore[misc]
                    report, text, solved=solved, satisfied=satisfied
                ),
            )

    def _rate(self, report: str, text: str, *, solved: bool, satisfied: bool) -> None:
        self._scene.send(
            "citizen:called_back",
            "RateReport",
            report=report,
            solved=solved,
            satisfied=satisfied,
            text=text,
            at=self._scene.now,
        )
