"""Who shall handle it: proposals with their reason, cases with an owner and a deadline."""

from __future__ import annotations

import msgspec

from chengyun.facts.envelope import Body


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A unit that could handle a report, with its share of the confidence in millionths."""

    unit: str
    ppm: int


class RouterConfigured(Body, frozen=True, kw_only=True):
    """What the router looks at from now on."""

    contexts: list[list[str]]
    home_field: str = ""
    """The field that tells the place whose own unit may be meant; empty: none does."""
    home_contexts: list[list[str]] = msgspec.field(default_factory=list)


class RouteProposed(Body, frozen=True, kw_only=True):
    """The units proposed for a report when it entered, best first."""

    report: str
    candidates: list[Candidate]
    source: str
    """``duty_list``, ``decision_table``, ``model`` or ``none``."""
    code: str
    params: dict[str, str]
    model: str
    """What the proposal was learned from: the algorithm, and the seq of the last closing it knew.

    The chain up to there is hashed, so the two name the state of the model exactly."""
    named: list[str] = msgspec.field(default_factory=list)
    """The units whose names are like the words of the report, best first."""


class CaseFiled(Body, frozen=True, kw_only=True):
    """An incident became a case under a process and, where one is due, a deadline."""

    incident: str
    report: str
    type: str
    process: str
    due_at: int | None
    due_code: str
    """Where the deadline comes from: ``promised``, ``time_limit`` or ``none``."""


class CaseDispatched(Body, frozen=True, kw_only=True):
    """A case was given to a unit."""

    type: str
    unit: str
    code: str
    params: dict[str, str]
    hops: int
    """How many units had it before."""


class DecisionAsked(Body, frozen=True, kw_only=True):
    """Nobody is sure enough whose it is: a person decides."""

    report: str
    candidates: list[Candidate]
    confidence_ppm: int
    threshold_ppm: int
