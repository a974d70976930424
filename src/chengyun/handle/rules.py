"""Pure rules of handling: which move a process allows, who may make it, what it asks for.

Every function up to ``GUARDS`` lets pass or refuses, and ``GUARDS`` names them all: the tests take
out each in turn and see what then goes wrong.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from chengyun.facts.handle import DUPLICATE
from chengyun.handle.policy import Appeal, Move, Process
from chengyun.handle.views import CaseRow, Part
from chengyun.handle.waiting import Asked
from chengyun.kernel.calendars import limit_of
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant

# --- the table --------------------------------------------------------------------------------


def target(process: Process, step: str, move: Move) -> str:
    """Return where ``move`` leads from ``step``.

    Where the step does not have it, where it leads from the first step that does.
    """
    here = process.steps.get(step)
    found = None if here is None else here.moves.get(move)
    if found is not None:
        return found
    return next((one.moves[move] for one in process.steps.values() if move in one.moves), step)


def allows(process: Process, step: str, move: Move) -> bool:
    """Tell whether ``move`` is allowed at ``step``."""
    return step in process.steps and move in process.steps[step].moves


def moved(process: Process, step: str, move: Move, *, case: str) -> str:
    """Return the step that ``move`` leads to from ``step``, or refuse the move."""
    allowed(process, step, move, case=case)
    return target(process, step, move)


# --- guards -----------------------------------------------------------------------------------


def allowed(process: Process, step: str, move: Move, *, case: str) -> None:
    """Refuse a move that the process does not have at this step."""
    if not allows(process, step, move):
        here = process.steps.get(step)
        ways = ", ".join(here.moves) if here is not None else ""
        raise Rejected(
            "move_not_allowed",
            f"{move!r} is not allowed at step {step!r}",
            where=case,
            remedy=f"allowed here: {ways or 'nothing'}",
            params={"case": case, "step": step, "move": move},
        )


def holds(case: CaseRow, unit: str) -> None:
    """Refuse a unit that does not have the case."""
    if unit != case.unit:
        raise _not_yours(case, unit)


def holds_or_coordinates(case: CaseRow, unit: str) -> None:
    """Refuse a unit that neither has the case nor received it first."""
    if unit not in (case.unit, case.coordinator) or not unit:
        raise _not_yours(case, unit)


def _not_yours(case: CaseRow, unit: str) -> Rejected:
    return Rejected(
        "not_yours",
        f"{case.case} is with {case.unit!r}, not with {unit!r}",
        remedy="only the unit that has a case reports on it or returns it",
        params={"case": case.case, "unit": unit},
    )


def other_unit(case: CaseRow, unit: str) -> None:
    """Refuse a check by the unit that did the work."""
    if unit == case.unit:
        raise Rejected(
            "own_work",
            f"{unit!r} handled {case.case} and cannot check it",
            remedy="let another unit check it",
            params={"case": case.case, "unit": unit},
        )


def other_worker(case: CaseRow, actor: str, workers: Collection[str]) -> None:
    """Refuse a person who worked on the case himself."""
    if actor in workers:
        raise Rejected(
            "own_work",
            f"you worked on {case.case} yourself",
            remedy="let another person do it",
            params={"case": case.case, "unit": case.unit},
        )


def other_person(asked: Asked, actor: str) -> None:
    """Refuse a person who decides about what he asked for himself."""
    if actor == asked.actor:
        raise Rejected(
            "own_request",
            f"you asked for this {asked.kind} yourself",
            where=asked.case,
            remedy="let another person decide",
            params={"case": asked.case, "kind": asked.kind},
        )


def reasoned(reason: str, *, case: str) -> None:
    """Refuse what nobody says why."""
    if not reason.strip():
        raise Rejected(
            "reason_missing",
            "say why",
            where=case,
            remedy="give a reason",
            params={"case": case},
        )


def not_asked(asked: Asked | None) -> None:
    """Refuse to ask for what is asked for already."""
    if asked is not None:
        raise Rejected(
            "asked_already",
            f"{asked.case} waits for a decision about its {asked.kind} already",
            remedy="wait for the decision",
            params={"case": asked.case, "kind": asked.kind},
        )


def reworkable(case: CaseRow, process: Process) -> None:
    """Refuse to send a case back to its crew more often than the process allows."""
    if case.rework >= process.max_rework:
        raise Rejected(
            "too_much_rework",
            f"{case.case} failed its check {case.rework} times already",
            remedy="a leader decides how it goes on",
            params={"case": case.case},
        )


def reopenable(case: CaseRow, process: Process) -> None:
    """Refuse to open a closed case more often than the process allows."""
    if case.reopened >= process.max_reopened:
        raise Rejected(
            "too_often_reopened",
            f"{case.case} was opened again {case.reopened} times already",
            remedy="file a new case, or let a leader take it up",
            params={"case": case.case, "limit": str(process.max_reopened)},
        )


def extendable(case: CaseRow, times: int) -> None:
    """Refuse more extensions than the process allows."""
    if case.extensions >= times:
        raise Rejected(
            "too_many_extensions",
            f"{case.case} was extended {case.extensions} times already",
            remedy="finish it, or have it deferred",
            params={"case": case.case, "limit": str(times)},
        )


def short_enough(limit: str, longest: str, *, case: str) -> None:
    """Refuse a time longer than ``longest``, or in another unit, where none is longer."""
    asked, most = limit_of(limit), limit_of(longest)
    if asked.unit != most.unit or asked.amount > most.amount:
        raise Rejected(
            "too_long_a_time",
            f"{limit} is more than {longest}",
            where=case,
            remedy=f"ask for at most {longest}",
            params={"case": case, "limit": limit, "longest": longest},
        )


def in_time(case: CaseRow, now: Instant) -> None:
    """Refuse to move a deadline that is not there, or has passed."""
    if case.due_at is None or case.fell_due or now > case.due_at:
        raise Rejected(
            "asked_too_late",
            f"{case.case} has no deadline that is still ahead",
            remedy="ask before the deadline passes",
            params={"case": case.case},
        )


def ahead(until: int, now: Instant, last: Instant, *, case: str) -> None:
    """Refuse a moment that is not ahead, or lies beyond ``last``."""
    if not now < until <= last:
        raise Rejected(
            "not_ahead",
            f"{until} is not ahead, or too far",
            where=case,
            remedy="name a moment from now on, as far as the process allows",
            params={"case": case, "until": str(until), "last": str(last)},
        )


def filled(process: Process, step: str, move: Move, form: Mapping[str, str], *, case: str) -> None:
    """Refuse a move without what the process demands to be said with it, or with more."""
    here = process.steps.get(step)
    demanded = here.demands.get(move, []) if here is not None else []
    for name in (*demanded, *form):
        wrong = name not in demanded or not process.form[name].takes(form.get(name, ""))
        if wrong:
            raise Rejected(
                "form_incomplete",
                f"{name!r} is missing, or is not what {move!r} asks for",
                where=case,
                remedy=f"fill in: {', '.join(demanded) or 'nothing'}",
                params={"case": case, "move": move, "field": name},
            )


def evidenced(
    process: Process, step: str, move: Move, there: Collection[str], *, case: str
) -> None:
    """Refuse a move without the evidence that the process demands for it."""
    here = process.steps.get(step)
    for kind in here.evidence.get(move, []) if here is not None else []:
        if kind not in there:
            raise Rejected(
                "evidence_missing",
                f"{move!r} asks for a {kind} that was added at this step",
                where=case,
                remedy="add it to the case first",
                params={"case": case, "move": move, "kind": kind},
            )


def parts_done(case: CaseRow) -> None:
    """Refuse to report back while somebody's part of a joint duty is open."""
    if case.open_parts:
        raise Rejected(
            "parts_open",
            f"{case.open_parts} parts of {case.case} are not done yet",
            remedy="let the other units finish their parts",
            params={"case": case.case, "parts": str(case.open_parts)},
        )


def part_held(part: Part | None, case: str, unit: str) -> None:
    """Refuse a unit that has no such part, or has done it."""
    if part is None or part.state != "open" or part.unit != unit:
        raise Rejected(
            "no_such_part",
            f"{unit!r} has no such part of {case} to do",
            remedy="look up who does what",
            params={"case": case, "unit": unit},
        )


def part_given_back(part: Part | None, case: str) -> None:
    """Refuse to give somebody a part that nobody gave back."""
    if part is None or part.state != "returned":
        raise Rejected(
            "part_not_free",
            f"no such part of {case} was given back",
            remedy="look up who does what",
            params={"case": case},
        )


def appealable(case: CaseRow, appeal: Appeal, against: str) -> None:
    """Refuse an appeal that the process does not know, too many, or against nothing."""
    ground = case.rework > 0 or against != "verdict"
    if against not in appeal.against or case.appeals >= appeal.times or not ground:
        raise Rejected(
            "no_appeal",
            f"{case.case} has nothing to object to as {against!r}, or no appeal left",
            remedy=f"known are {', '.join(appeal.against)}, at most {appeal.times}",
            params={"case": case.case, "against": against, "limit": str(appeal.times)},
        )


GUARDS: Final = (
    allowed,
    holds,
    holds_or_coordinates,
    other_unit,
    other_worker,
    other_person,
    reasoned,
    not_asked,
    reworkable,
    reopenable,
    extendable,
    short_enough,
    in_time,
    ahead,
    filled,
    evidenced,
    parts_done,
    part_held,
    part_given_back,
    appealable,
)

# --- what a closing says about a merge --------------------------------------------------------


def handled_differently(outcome: str, unit: str, first_outcome: str, first_unit: str) -> str | None:
    """Return why a merged report looks wrongly merged, or ``None``.

    A crew that closes it as a duplicate agrees with the merge. Otherwise it should have been
    handled like the report that opened the incident: by the same unit, with the same outcome.
    Before that one is closed nothing can be said, and nothing is doubted.
    """
    if outcome == DUPLICATE or not first_outcome or first_outcome == DUPLICATE:
        return None
    if unit != first_unit:
        return "other_unit"
    if outcome != first_outcome:
        return "other_outcome"
    return None


_ONWARD: Final[tuple[Move, ...]] = ("dispatch", "accept", "contact", "report_back", "pass", "close")
"""The moves that take a case on when nothing goes wrong."""


def line_of(process: Process, step: str) -> list[str]:
    """Return the steps from a process's start to its end, with ``step`` among them.

    A step beside the line (put off, on the ledger) stands behind the one that leads to it.
    """
    line = [process.start]
    while ahead := [
        to
        for move in _ONWARD
        if (to := process.steps[line[-1]].moves.get(move)) is not None and to not in line
    ]:
        line.append(ahead[0])
    if step not in line:
        leading = [
            place for place, one in enumerate(line) if step in process.steps[one].moves.values()
        ]
        line.insert(leading[-1] + 1 if leading else len(line), step)
    return line
