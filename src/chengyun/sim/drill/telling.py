"""Tells a drill: what happened, what was decided and what followed, line by line."""

from __future__ import annotations

from collections.abc import Iterator

from chengyun.facts.registers import Names
from chengyun.sim.drill.debrief import (
    Answer,
    Decision,
    Happened,
    Option,
    Overdue,
    Reason,
    WarningSeen,
)
from chengyun.sim.drill.deeds import Asked
from chengyun.sim.drill.naming import Naming
from chengyun.sim.drill.side import Side, minutes
from chengyun.sim.drill.words import LEVELS, reason
from chengyun.sim.scoring.truth import Event
from chengyun.warn.rules import RANK


def happened(you: Side, alone: Side, naming: Naming) -> list[Happened]:
    """Return every event that had begun, in order, with how it went in both runs."""
    told = []
    for event in sorted(you.events, key=lambda one: (one.starts_at, one.name)):
        parent = you.truth.events.get(event.parent)
        same = alone.truth.events.get(event.name)
        told.append(
            Happened(
                kind=event.kind,
                what=naming.kind(event.kind),
                area=naming.area(event.area),
                at=event.starts_at,
                severity=event.severity,
                real=event.real,
                arranged=you.arranged(event),
                after=None if parent is None else naming.kind(parent.kind),
                has_signal=you.judge.has_signal(event),
                you=you.course(event),
                alone=None if same is None else alone.course(same),
            )
        )
    return told


def warnings(you: Side, naming: Naming) -> list[WarningSeen]:
    """Return every warning with the highest level it reached, and whether it was about anything."""
    return [
        WarningSeen(
            sign=naming.sign(one.sign),
            area=naming.area(one.area),
            at=one.at,
            highest=one.highest,
            cleared_at=one.cleared_at or None,
            about_something=you.judge.belongs(one),
        )
        for one in sorted(you.record.warnings.values(), key=lambda one: (one.at, one.name))
    ]


def overdue(you: Side, naming: Naming) -> list[Overdue]:
    """Return the cases that fell due, in order."""
    return [
        Overdue(
            case=case.name,
            what=naming.type(case.type),
            area=naming.area(case.area),
            unit=naming.unit(case.units[-1]) if case.units else None,
            due_at=case.fell_due_at,
            closed_at=case.closed_at or None,
        )
        for case in sorted(you.overdue, key=lambda one: (one.fell_due_at, one.name))
    ]


# --- decisions --------------------------------------------------------------------------------


def what_of(asked: Asked, side: Side, naming: Naming) -> Names:
    """Return what was asked, in words: the plan with its level, or the kind of case."""
    if asked.kind == "response":
        plan = naming.plan(asked.plan)
        return {"zh": f"{asked.level} 级{plan['zh']}", "en": f"{plan['en']}, level {asked.level}"}
    case = side.record.cases.get(asked.subject)
    return naming.type("" if case is None else case.type)


def decisions(you: Side, alone: Side, naming: Naming) -> list[Decision]:
    """Return everything that waited for a person, with what the duty room alone did about it."""
    told = []
    for asked in you.deeds.asked:
        same = alone.by_subject.get(asked.subject)
        told.append(
            Decision(
                kind=asked.kind,
                subject=asked.subject,
                what=what_of(asked, you, naming),
                area=naming.area(asked.area),
                asked_at=asked.at,
                was_asked=asked.was_asked,
                options=list(_options(asked, you, naming)),
                you=_answer(asked, you, naming),
                alone=None if same is None else _answer(same, alone, naming),
                followed=list(_followed(asked, you, naming)),
            )
        )
    return told


def _options(asked: Asked, side: Side, naming: Naming) -> Iterator[Option]:
    if asked.kind == "response":
        for measure in asked.measures:
            yield Option(name=_both(measure), share_ppm=0, right=None)
        return
    event = side.event_of_case(asked.subject)
    known = [unit for unit, _ in asked.candidates]
    for unit, ppm in asked.candidates:
        yield Option(name=naming.unit(unit), share_ppm=ppm, right=side.is_right(asked, unit))
    for unit in event.units if event is not None and event.real else []:
        if unit not in known:
            yield Option(name=naming.unit(unit), share_ppm=0, right=True)


def _answer(asked: Asked, side: Side, naming: Naming) -> Answer:
    return Answer(
        state=asked.state,
        by=asked.by,
        at=asked.until or None,
        minutes=side.waited_min(asked) if asked.was_asked else None,
        chosen=naming.unit(asked.unit) if asked.unit else None,
        right=side.is_right(asked, asked.unit) if asked.unit else None,
        reason=asked.reason,
    )


def _followed(asked: Asked, side: Side, naming: Naming) -> Iterator[Reason]:
    if asked.state == "approved":
        yield from _after_approval(asked, side, naming)
    elif asked.state in ("refused", "lapsed", "open"):
        yield from _after_none(asked, side, naming)
    elif asked.state == "given":
        yield from _after_giving(asked, side, naming)


def _after_approval(asked: Asked, side: Side, naming: Naming) -> Iterator[Reason]:
    tasks = side.tasks_of(asked)
    if tasks:
        done = sum(bool(one.back_at) for one in tasks)
        yield reason("tasks", n=len(tasks), done=done)
        late = sum(bool(one.fell_due_at) for one in tasks)
        if late:
            yield reason("tasks_late", n=late)
    for event in side.events:
        for task in tasks:
            if event.ended_by == task.name:
                yield reason(
                    "task_ended",
                    about=task.name,
                    unit=naming.unit(task.units[-1]) if task.units else naming.unit(""),
                    minutes=minutes(asked.until, event.ends_at),
                    what=naming.kind(event.kind),
                )


def _after_none(asked: Asked, side: Side, naming: Naming) -> Iterator[Reason]:
    if asked.kind != "response":
        return
    warned = side.warning_of(asked)
    level = _level_of(asked)
    if warned is not None and RANK.get(warned.highest, 0) > level > 0:
        yield reason("warning_rose", level=LEVELS[warned.highest])
    event = side.event_of_response(asked)
    if event is None:
        yield reason("nothing_there")
    else:
        yield _lasted(event, side, naming)


def _lasted(event: Event, side: Side, naming: Naming) -> Reason:
    what = naming.kind(event.kind)
    return reason("event_lasted", what=what, minutes=side.lasted_min(event))


def _after_giving(asked: Asked, side: Side, naming: Naming) -> Iterator[Reason]:
    for back in side.deeds.returned:
        if back.case == asked.subject and back.unit == asked.unit and back.at >= asked.until:
            yield reason(
                "returned",
                unit=naming.unit(back.unit),
                minutes=minutes(asked.until, back.at),
                reason=back.reason,
            )
            break
    case = side.record.cases.get(asked.subject)
    if case is not None and case.closed_at:
        yield reason("closed", minutes=minutes(asked.until, case.closed_at))
    elif case is not None:
        yield reason("still_open")


def _level_of(asked: Asked) -> int:
    """Return the rank of the warning's level that a response was proposed at."""
    return {"IV": 1, "III": 2, "II": 3, "I": 4}.get(asked.level, 0)


def _both(names: Names) -> Names:
    first = next(iter(names.values()), "")
    return {"zh": names.get("zh", first), "en": names.get("en", first)}
