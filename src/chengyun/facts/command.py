"""Orders for more than one case: responses proposed by the platform, decided by a person."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from chengyun.facts.envelope import Body


class Measure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One measure of a plan; with a type it becomes a task once the response is approved."""

    name: dict[str, str]
    """What is to be done, by language."""
    type: str = ""
    """The case type of the task: its time limit and, by the duty list, its unit."""
    unit: str = ""
    """Whose task it is; empty: the duty list says."""


class ResponseProposed(Body, frozen=True, kw_only=True):
    """The plan for a warning of this level, laid before a person.

    Up to schema 1 a measure was its English name alone.
    """

    SCHEMA: ClassVar[int] = 2
    warning: str
    response_level: str
    plan: str
    measures: list[Measure]


class ResponseDecided(Body, frozen=True, kw_only=True):
    """A person approved or refused a proposed response."""

    proposal: str
    approved: bool
    reason: str


class ResponseLapsed(Body, frozen=True, kw_only=True):
    """The warning ended before anyone decided, or the response with it."""

    proposal: str
    code: str
    """``undecided``, ``superseded`` by the plan of another level, ``warning_cleared``, or
    ``warning_retracted`` before anyone decided."""
