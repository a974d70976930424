"""What a crew finds on the spot, and how it reports on each reporter's matter."""

from __future__ import annotations

from typing import Final

from chengyun.sim.world.cases import Case, Cases
from chengyun.sim.world.relief import ended_by
from chengyun.sim.world.reporters import Reporters
from chengyun.sim.world.scene import Scene

RESOLVED: Final = "resolved"
DUPLICATE: Final = "duplicate"
NOTHING_FOUND: Final = "nothing_found"
OTHER_MATTER: Final = "other_matter"

_TEXTS: Final = {
    RESOLVED: "已到场处置完毕",
    DUPLICATE: "同一问题，已由前单处置",
    NOTHING_FOUND: "到场未发现所述情况",
    OTHER_MATTER: "与本案不是同一问题，请另行反映",
}


class Findings:
    """Reports on work: mended, already known, something else, or nothing there."""

    def __init__(self, scene: Scene, cases: Cases, reporters: Reporters) -> None:
        self._scene = scene
        self._cases = cases
        self._reporters = reporters

    def task_done(self, case: Case) -> None:
        """Report a task as carried out; what was ordered to end is over, if it was done well."""
        scene = self._scene
        scene.send(
            f"crew:{case.unit}",
            "FinishTask",
            case=case.name,
            unit=case.unit,
            outcome=RESOLVED,
            text="已落实",
            at=scene.now,
        )
        if not case.half_done:
            for event in ended_by(case.type, case.area, scene.events.values(), scene.now):
                scene.end(event, case.name)

    def reported(self, case: Case, report: str, *, late: bool) -> None:
        """Report on one reporter's matter as it was found; a ``late`` one may have left again."""
        scene = self._scene
        if case.state != "done" or (late and report not in case.members):
            return
        outcome, known_as = self._outcome(case, report)
        event = self._cases.event_of(case)
        is_mended = event is scene.event_of(report) and not case.half_done
        if is_mended and event is not None and event.real:
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

    def _outcome(self, case: Case, report: str) -> tuple[str, str]:
        """Return how a report ends, and the report that was known before it."""
        scene = self._scene
        event, main = scene.event_of(report), self._cases.event_of(case)
        if event is None:
            return RESOLVED, ""
        if not event.real:
            return NOTHING_FOUND, ""
        if event is not main:
            if not event.is_over(scene.now):
                self._reporters.remind(event, report)
            return OTHER_MATTER, ""
        if report != case.first:
            return DUPLICATE, case.first
        other = self._cases.get(event.handled_by)
        if other is not None and other is not case and other.first:  # a task has no report
            return DUPLICATE, other.first
        return RESOLVED, ""
