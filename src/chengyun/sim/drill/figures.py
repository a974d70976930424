"""The figures of a debrief: plain numbers of both runs, each with where it comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from statistics import median
from typing import NamedTuple

from chengyun.sim.drill.debrief import Figure
from chengyun.sim.drill.side import Side
from chengyun.sim.drill.words import FIGURES, SOURCES, UNITS


class Value(NamedTuple):
    """A number, or a number of another."""

    number: float | None
    of: int | None = None


def figures(you: Side, alone: Side) -> list[Figure]:
    """Return every figure of both runs."""
    return [_figure(code, unit, reckon(you), reckon(alone)) for code, unit, reckon in _RECKONED]


def _figure(code: str, unit: str, you: Value, alone: Value) -> Figure:
    zh, en, source = FIGURES[code]
    return Figure(
        code=code,
        text={"zh": zh, "en": en},
        unit=UNITS[unit],
        source=SOURCES[source],
        you=you.number,
        alone=alone.number,
        you_of=you.of,
        alone_of=alone.of,
    )


def _events(side: Side) -> Value:
    return Value(sum(one.real and side.judge.has_signal(one) for one in side.events))


def _found(side: Side) -> Value:
    signalled = [one for one in side.events if one.real and side.judge.has_signal(one)]
    found = [one for one in signalled if side.judge.found_at(one) is not None]
    return Value(len(found), len(signalled))


def _minutes_to_find(side: Side) -> Value:
    courses = [side.course(one) for one in side.events if one.real and side.judge.has_signal(one)]
    return Value(_median(one.minutes_to_find for one in courses))


def _evening_minutes(side: Side) -> Value:
    ours = [one for one in side.events if one.real and side.arranged(one)]
    return Value(round(sum(side.lasted_min(one) for one in ours)))


def _asked(side: Side) -> Value:
    return Value(sum(one.was_asked for one in side.deeds.asked))


def _decided(side: Side) -> Value:
    asked = [one for one in side.deeds.asked if one.was_asked]
    return Value(sum(one.is_decided for one in asked), len(asked))


def _minutes_to_decide(side: Side) -> Value:
    asked = [one for one in side.deeds.asked if one.was_asked and one.is_decided]
    return Value(_median(side.waited_min(one) for one in asked))


def _routes_right(side: Side) -> Value:
    given = [side.is_right(one, one.unit) for one in side.deeds.asked if one.unit]
    judged = [one for one in given if one is not None]
    return Value(sum(judged), len(judged))


def _first_owner_right(side: Side) -> Value:
    judged = [right for one in side.events if (right := side.course(one).right_owner) is not None]
    return Value(sum(judged), len(judged))


def _tasks_done(side: Side) -> Value:
    tasks = side.tasks
    return Value(sum(bool(one.back_at) for one in tasks), len(tasks))


def _cases_closed(side: Side) -> Value:
    return Value(sum(bool(one.closed_at) for one in side.cases), len(side.cases))


def _overdue(side: Side) -> Value:
    return Value(sum(bool(one.fell_due_at) for one in side.cases), len(side.cases))


def _tasks_late(side: Side) -> Value:
    tasks = side.tasks
    return Value(sum(bool(one.fell_due_at) for one in tasks), len(tasks))


def _warnings_of_nothing(side: Side) -> Value:
    severe = [one for one in side.record.warnings.values() if one.severe]
    return Value(sum(not side.judge.belongs(one) for one in severe), len(severe))


def _median(values: Iterable[float | None]) -> float | None:
    known = [one for one in values if one is not None]
    return round(median(known), 1) if known else None


_RECKONED: tuple[tuple[str, str, Callable[[Side], Value]], ...] = (
    ("asked", "n", _asked),
    ("decided", "n", _decided),
    ("minutes_to_decide", "min", _minutes_to_decide),
    ("evening_minutes", "min", _evening_minutes),
    ("routes_right", "n", _routes_right),
    ("tasks_done", "n", _tasks_done),
    ("tasks_late", "n", _tasks_late),
    ("events", "n", _events),
    ("found", "n", _found),
    ("minutes_to_find", "min", _minutes_to_find),
    ("first_owner_right", "n", _first_owner_right),
    ("cases_closed", "n", _cases_closed),
    ("overdue", "n", _overdue),
    ("warnings_of_nothing", "n", _warnings_of_nothing),
)
"""What the operator had in hand first, then what the platform did."""
