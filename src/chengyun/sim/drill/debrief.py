"""The debrief as data: plain figures with their source, and reasons as codes with their words.

Instants are microseconds, lengths are minutes of the city's time. What has words has them in
Chinese and English; every ``code`` with its ``params`` can be worded anew in another language.
"""

from __future__ import annotations

import msgspec

from chengyun.facts.registers import Names
from chengyun.sim.drill.held import Held


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Something worth saying: a code with its parameters, and its words."""

    code: str
    params: dict[str, Names]
    text: Names
    about: str = ""
    """The case or proposal it is about, to look it up."""


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """What could have been chosen."""

    name: Names
    share_ppm: int
    right: bool | None
    """Whether it was truly the right one; unknown where nothing real stood behind it."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody decided, or that nobody did."""

    state: str
    by: str
    at: int | None
    minutes: float | None
    chosen: Names | None
    right: bool | None
    reason: str = ""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that waited for a person."""

    kind: str
    """``response`` or ``route``."""
    subject: str
    what: Names
    area: Names
    asked_at: int
    was_asked: bool
    options: list[Option]
    you: Answer
    alone: Answer | None
    """What the simulated duty room did with the same question; none where it was not asked."""
    followed: list[Reason]


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """How an event went in one run."""

    found_at: int | None
    found_by: str
    """``report``, ``warning``, ``silence``, or nothing."""
    minutes_to_find: float | None
    right_owner: bool | None
    """Whether the first unit that had it was truly responsible."""
    hops: int
    over: bool
    """Whether it was over when the drill ended."""
    lasted_min: float
    case: str


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it truly was, and how it went in both runs."""

    kind: str
    what: Names
    area: Names
    at: int
    severity: int
    real: bool
    arranged: bool
    """Whether it is one of the evening's own events, or follows from one."""
    after: Names | None
    """The event that it follows from."""
    has_signal: bool
    you: Course
    alone: Course | None


class WarningSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A warning, and what it was truly about."""

    sign: Names
    area: Names
    at: int
    highest: str
    cleared_at: int | None
    about_something: bool


class Overdue(msgspec.Struct, frozen=True, kw_only=True):
    """A case that fell due."""

    case: str
    what: Names
    area: Names
    unit: Names | None
    due_at: int
    closed_at: int | None


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A figure of both runs: a number, or a number of another."""

    code: str
    text: Names
    unit: Names
    source: Names
    you: float | None
    alone: float | None
    you_of: int | None = None
    alone_of: int | None = None


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the evening's course."""

    at: int
    kind: str
    """``truth``, ``platform`` or ``person``: whose line it is."""
    reason: Reason


class Debrief(msgspec.Struct, frozen=True, kw_only=True):
    """What a drill showed."""

    held: Held
    title: Names
    brief: Names
    city: Names
    zone: str
    figures: list[Figure]
    strengths: list[Reason]
    again: list[Reason]
    """What to look at again."""
    moments: list[Moment]
    happened: list[Happened]
    decisions: list[Decision]
    warnings: list[WarningSeen]
    overdue: list[Overdue]
