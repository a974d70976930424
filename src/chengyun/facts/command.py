"""Orders for more than one case: responses proposed by the platform, decided by a person."""

from __future__ import annotations

from chengyun.facts.envelope import Body


class ResponseProposed(Body, frozen=True, kw_only=True):
    """The plan for a warning of this level, laid before a person."""

    warning: str
    response_level: str
    plan: str
    measures: list[str]


class ResponseDecided(Body, frozen=True, kw_only=True):
    """A person approved or refused a proposed response."""

    proposal: str
    approved: bool
    reason: str


class ResponseLapsed(Body, frozen=True, kw_only=True):
    """The warning ended before anyone decided, or the response with it."""

    proposal: str
    code: str
