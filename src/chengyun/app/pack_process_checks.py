"""What processes, response plans and the duty list must make sense of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from chengyun.citypack.mistakes import did_you_mean
from chengyun.citypack.sections import Finding, Path, Sections
from chengyun.command.policy import Response
from chengyun.dispatch.policy import DutyList
from chengyun.facts.registers import City
from chengyun.handle.policy import Move, Process, Processes

WALK: Final[tuple[Move, ...]] = ("dispatch", "report_back", "pass", "close")
"""The moves that take a case from its start to its end when nothing goes wrong."""


def processes(section: Processes, _sections: Sections) -> Iterator[Finding]:
    """Every process leads somewhere: known steps, all reachable, no dead end, a way to close."""
    for name, process in section.processes.items():
        yield from _process(process, ("processes", name))


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
        if not step.moves and not step.ends:
            what = f"the step {name!r} is a dead end: it has no move and does not end the case"
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
    """A case goes dispatch, report_back, pass, close, and that is its end."""
    step = process.start
    for move in WALK:
        target = process.steps[step].moves.get(move)
        if target is None:
            what = f"a case cannot {move.replace('_', ' ')} at the step {step!r}"
            yield Finding((*here, "steps", step, "moves"), what, f"add {move}: STEP", "no_way")
            return
        step = target
    if not process.steps[step].ends:
        what = f"the step {step!r}, where close leads, does not end the case"
        yield Finding((*here, "steps", step), what, "add ends: true", "no_end")


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
