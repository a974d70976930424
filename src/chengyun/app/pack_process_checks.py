"""What processes, response plans and the duty list must make sense of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from chengyun.app import pack_process_terms as terms
from chengyun.citypack.mistakes import did_you_mean
from chengyun.citypack.sections import Finding, Path, Sections
from chengyun.command.policy import Response
from chengyun.dispatch.policy import DutyList
from chengyun.facts.registers import City
from chengyun.guard.roles import Roles
from chengyun.handle.policy import Move, Process, Processes, Step

_ON_THE_WAY: Final[tuple[Move, ...]] = ("accept", "contact", "join")
"""Moves that may stand between being dispatched and reporting back."""

_AFTER_THE_END: Final = frozenset({"reopen", "appeal", "supervise"})
"""Moves that a case may still make when it has ended."""

_BACK: Final[dict[Move, Move]] = {"defer": "resume", "ledger": "take_up"}
"""How a case comes back from where a move let it wait."""

_HANDS: Final = frozenset({"crew", "verifier"})
"""Who takes steps besides those who have a role: whichever unit has the case, or checks it."""


def processes(section: Processes, sections: Sections) -> Iterator[Finding]:
    """Every process leads somewhere, by steps and moves that somebody takes, and keeps its word."""
    roles = sections.get(Roles)
    hands = frozenset() if roles is None else _HANDS | set(roles.roles)
    for name, process in section.processes.items():
        here = ("processes", name)
        yield from _process(process, here)
        for step_name, step in process.steps.items():
            yield from _step(process, step, hands, (*here, "steps", step_name))
        yield from terms.terms(process, here)
        yield from terms.promises(name, process, sections, here)


def _process(process: Process, here: Path) -> Iterator[Finding]:
    steps = process.steps
    targets: list[tuple[Path, str]] = [(("start",), process.start)]
    targets += [
        (("steps", name, "moves", move), target)
        for name, step in steps.items()
        for move, target in step.moves.items()
    ]
    unknown = [(path, target) for path, target in targets if target not in steps]
    for path, target in unknown:
        what = f"there is no step {target!r}"
        remedy = did_you_mean(target, list(steps)) or "use one of the steps, or add it"
        yield Finding((*here, *path), what, remedy, "unknown_step")
    for name, step in steps.items():
        if not step.ends and all(target == name for target in step.moves.values()):
            what = (
                f"the step {name!r} is a dead end: no move leaves it and it does not end the case"
            )
            yield Finding((*here, "steps", name), what, "add a move, or ends: true", "dead_end")
    if unknown:
        return
    reached = _reached(process)
    for name in steps:
        if name not in reached:
            what = f"the step {name!r} is never reached from {process.start!r}"
            yield Finding(
                (*here, "steps", name), what, "lead a move to it, or remove it", "unreachable_step"
            )
    yield from _walk(process, here)


def _reached(process: Process) -> set[str]:
    reached, ahead = set[str](), [process.start]
    while ahead:
        step = ahead.pop()
        if step not in reached:
            reached.add(step)
            ahead.extend(process.steps[step].moves.values())
    return reached


def _walk(process: Process, here: Path) -> Iterator[Finding]:
    """A case is dispatched, reported back, passes, is closed, and that is its end."""
    start = process.steps[process.start].moves.get("dispatch")
    if start is None:
        yield _no_way(here, process.start, "dispatch")
        return
    way = _way(process, start)
    if not any("report_back" in process.steps[step].moves for step in way):
        yield _no_way(here, start, "report_back")
        return
    reported = dict.fromkeys(
        step.moves["report_back"] for step in process.steps.values() if "report_back" in step.moves
    )
    for step in reported:
        passed = process.steps[step].moves.get("pass")
        if passed is None:
            yield _no_way(here, step, "pass")
            continue
        closed = process.steps[passed].moves.get("close")
        if closed is None:
            yield _no_way(here, passed, "close")
        elif not process.steps[closed].ends:
            what = f"the step {closed!r}, where close leads, does not end the case"
            yield Finding((*here, "steps", closed), what, "add ends: true", "no_end")


def _way(process: Process, start: str) -> list[str]:
    """Return the steps between being dispatched and reporting back, in order."""
    way: list[str] = []
    ahead = [start]
    while ahead:
        step = ahead.pop(0)
        if step not in way:
            way.append(step)
            moves = process.steps[step].moves
            ahead += [moves[move] for move in _ON_THE_WAY if move in moves]
    return way


def _no_way(here: Path, step: str, move: Move) -> Finding:
    what = f"a case cannot {move.replace('_', ' ')} at the step {step!r}"
    return Finding((*here, "steps", step, "moves"), what, f"add {move}: STEP", "no_way")


def _step(process: Process, step: Step, hands: frozenset[str], here: Path) -> Iterator[Finding]:
    if not step.role.strip() or (hands and step.role not in hands):
        what = f"{step.role!r} is no role: nobody takes this step"
        remedy = did_you_mean(step.role, sorted(hands)) or "use crew, verifier or a role"
        yield Finding((*here, "role"), what, remedy, "unknown_role")
    for field, asked in (("demands", step.demands), ("evidence", step.evidence)):
        for move in asked:
            if move not in step.moves:
                what = f"{move!r} is no move of this step, so nobody fills anything in for it"
                yield Finding((*here, field, move), what, "add the move, or remove it", "no_move")
    for move, fields in step.demands.items():
        for number, name in enumerate(fields):
            if name not in process.form:
                what = f"the form has no field {name!r}"
                remedy = did_you_mean(name, list(process.form)) or "add it to form"
                path = (*here, "demands", move, number)
                yield Finding(path, what, remedy, "unknown_field")
    for move in step.moves:
        if step.ends and move not in _AFTER_THE_END:
            what = f"nobody can {move.replace('_', ' ')} a case that has ended"
            yield Finding((*here, "moves", move), what, "remove the move", "moves_after_end")
    for away, back in _BACK.items():
        target = step.moves.get(away)
        if target in process.steps and back not in process.steps[target].moves:
            what = f"{away} leads to {target!r}, from where nobody can {back.replace('_', ' ')}"
            remedy = f"add {back}: STEP to {target!r}"
            yield Finding((*here, "moves", away), what, remedy, "no_way_back")


def duty_list(section: DutyList, _sections: Sections) -> Iterator[Finding]:
    """One type in one area is the business of one unit."""
    first: dict[tuple[str, str], str] = {}
    for code, duty in section.duties.items():
        other = first.setdefault((duty.type, duty.area), code)
        if other != code:
            what = f"type and area are those of {other!r}, so two lines speak of one duty"
            yield Finding(("duties", code), what, "keep one of the two lines", "duplicate_duty")


def response(section: Response, sections: Sections) -> Iterator[Finding]:
    """What is named is a plan, and it is named in every language of the city."""
    used = {plan.plan for plans in section.plans.values() for plan in plans.levels.values()}
    city = sections.get(City)
    for code, names in section.names.items():
        if code not in used:
            what = f"no level of warning has the plan {code!r}"
            remedy = did_you_mean(code, sorted(used)) or "remove the name, or use the plan"
            yield Finding(("names", code), what, remedy, "unknown_plan")
        for language in () if city is None else city.languages:
            if not names.get(language, "").strip():
                what = f"the plan {code!r} has no name in {language!r}, a language of the city"
                yield Finding(("names", code), what, f"add {language}: …", "missing")
