"""Where a case stands in its process: a step of the version it was filed under."""

from __future__ import annotations

from typing import NamedTuple, cast

from chengyun.engine.known import Known
from chengyun.facts.envelope import Body, Draft
from chengyun.handle import rules, views
from chengyun.handle.policy import Move, Process, Processes
from chengyun.kernel.errors import Rejected
from chengyun.kernel.ids import under
from chengyun.kernel.instants import Instant


class Standing(NamedTuple):
    """A case, its process, and the step it stands at."""

    case: views.CaseRow
    process: Process
    step: str

    def moved(self, move: Move) -> str:
        """Return the step that ``move`` leads to, or refuse it."""
        return rules.moved(self.process, self.step, move, case=self.case.case)


def process_of(case: views.CaseRow, known: Known) -> Process:
    """Return the process of the version that the case was filed under."""
    return known.pinned(Processes, case.policy_version).processes[case.process]


def step_of(case: views.CaseRow, process: Process) -> str:
    """Return where the case stands: its last named step, and where its moves since then lead.

    What happened without being allowed (a crew reports what nobody had given it yet) stands where
    the move leads from the first step that has it.
    """
    step = case.step or process.start
    for move in case.path:
        step = rules.target(process, step, cast("Move", move))
    return step


def standing(name: str, known: Known) -> Standing:
    """Return where a case stands; ``unknown_case`` for what is none."""
    case = known.get(views.CASES, name)
    if case is None:
        raise Rejected(
            "unknown_case",
            f"{name!r} is no case",
            remedy="look it up again",
            params={"case": name},
        )
    process = process_of(case, known)
    return Standing(case, process, step_of(case, process))


def move_draft(
    stands: Standing,
    word: str,
    body: Body,
    at: Instant,
    *,
    sealed: dict[str, str] | None = None,
    sealed_for: str = "",
) -> Draft:
    """Return the draft of a move: its id names the case as it stood before."""
    case = stands.case
    return Draft(
        id=under(word, case.case, case.revision),
        happened_at=at,
        subject=case.case,
        area=case.area,
        body=body,
        sealed=sealed,
        sealed_for=sealed_for,
    )


def workers_of(case: views.CaseRow, known: Known) -> frozenset[str]:
    """Return the accounts of those who worked on a case."""
    return frozenset(row.actor for row in known.find(views.CASE_WORKERS, 0, case.case))
