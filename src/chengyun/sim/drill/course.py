"""The course of an evening: truth, platform and person in one line of time."""

from __future__ import annotations

from collections.abc import Iterator

from chengyun.sim.drill.debrief import Moment
from chengyun.sim.drill.deeds import Asked
from chengyun.sim.drill.held import Held
from chengyun.sim.drill.naming import Naming
from chengyun.sim.drill.page import LANGUAGES, who
from chengyun.sim.drill.side import Side
from chengyun.sim.drill.telling import what_of
from chengyun.sim.drill.words import LEVELS, moment

TRUTH, PLATFORM, PERSON = "truth", "platform", "person"


def moments(you: Side, naming: Naming, held: Held) -> list[Moment]:
    """Return the evening's own events, warnings, decisions and what fell due, in order.

    What happened beside by the ordinary diary is left to the table of all events.
    """
    found = [
        *_of_drill(held),
        *_of_events(you, naming),
        *_of_warnings(you, naming),
        *_of_decisions(you, naming),
        *_of_overdue(you, naming),
    ]
    inside = [one for one in found if held.plan.began_at <= one.at <= held.ended_at]
    return sorted(inside, key=lambda one: one.at)


def _of_drill(held: Held) -> Iterator[Moment]:
    yield Moment(at=held.plan.began_at, kind=PERSON, reason=moment("began"))
    for pause in held.pauses:
        yield Moment(at=pause.at, kind=PERSON, reason=moment("paused", seconds=pause.wall_s))
    yield Moment(at=held.ended_at, kind=PERSON, reason=moment("ended"))


def _of_events(you: Side, naming: Naming) -> Iterator[Moment]:
    for event in you.events:
        if not you.arranged(event):
            continue
        what, area = naming.kind(event.kind), naming.area(event.area)
        parent = you.truth.events.get(event.parent)
        if parent is None:
            line = moment("event", what=what, area=area)
        else:
            line = moment("event_after", what=what, area=area, after=naming.kind(parent.kind))
        yield Moment(at=event.starts_at, kind=TRUTH, reason=line)
        if event.ends_at <= you.ended_at:
            over = moment("over", what=what, area=area)
            yield Moment(at=event.ends_at, kind=TRUTH, reason=over)
        course = you.course(event)
        if course.found_at is not None:
            found = moment("found", what=what, area=area, minutes=course.minutes_to_find or 0.0)
            yield Moment(at=course.found_at, kind=PLATFORM, reason=found)


def _of_warnings(you: Side, naming: Naming) -> Iterator[Moment]:
    for one in you.record.warnings.values():
        line = moment(
            "warning",
            level=LEVELS[one.highest],
            sign=naming.sign(one.sign),
            area=naming.area(one.area),
        )
        yield Moment(at=one.at, kind=PLATFORM, reason=line)


def _of_decisions(you: Side, naming: Naming) -> Iterator[Moment]:
    for one in you.deeds.asked:
        about = {"what": what_of(one, you, naming), "area": naming.area(one.area)}
        if one.was_asked:
            line = moment("asked", about=one.subject, **about)
            yield Moment(at=one.at, kind=PLATFORM, reason=line)
        if one.until:
            yield _settled(one, you, naming)


def _settled(one: Asked, you: Side, naming: Naming) -> Moment:
    about = {"what": what_of(one, you, naming), "area": naming.area(one.area)}
    if one.is_decided:
        about["by"] = dict.fromkeys(LANGUAGES, who(one.by))
        more = {"unit": naming.unit(one.unit)} if one.unit else {}
        line = moment(one.state, about=one.subject, minutes=you.waited_min(one), **about, **more)
        return Moment(at=one.until, kind=PERSON, reason=line)
    return Moment(at=one.until, kind=PLATFORM, reason=moment(one.state, about=one.subject, **about))


def _of_overdue(you: Side, naming: Naming) -> Iterator[Moment]:
    for case in you.overdue:
        line = moment(
            "overdue",
            about=case.name,
            what=naming.type(case.type),
            area=naming.area(case.area),
        )
        yield Moment(at=case.fell_due_at, kind=PLATFORM, reason=line)
