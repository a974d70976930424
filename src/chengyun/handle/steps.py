"""Where a case stands in its process: its state as a step of the version it was filed under."""

from __future__ import annotations

from typing import Final

from chengyun.engine.known import Known
from chengyun.handle import rules, views
from chengyun.handle.policy import Move, Process, Processes

_MOVES_TO: Final[dict[str, tuple[Move, ...]]] = {
    "filed": (),
    "returned": (),
    "dispatched": ("dispatch",),
    "reported_back": ("dispatch", "report_back"),
    "verified": ("dispatch", "report_back", "pass"),
    "closed": ("dispatch", "report_back", "pass", "close"),
}


def process_of(case: views.CaseRow, known: Known) -> Process:
    """Return the process of the version that the case was filed under."""
    return known.pinned(Processes, case.policy_version).processes[case.process]


def step_of(case: views.CaseRow, process: Process) -> str:
    """Return the step of the process that the state of the case stands for."""
    step = process.start
    for move in _MOVES_TO[case.state]:
        step = rules.moved(process, step, move, case=case.case)
    return step
