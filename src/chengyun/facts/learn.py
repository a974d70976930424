"""What was learned: proposals for better policy, adopted by a person and never by themselves."""

from __future__ import annotations

from chengyun.facts.envelope import Body


class ReviewPlanned(Body, frozen=True, kw_only=True):
    """When the figures will be reviewed next."""

    from_at: int
    next_at: int


class PolicyProposed(Body, frozen=True, kw_only=True):
    """A deadline or a route is regularly wrong; here is a better one, with its evidence."""

    about: str
    """``deadline`` or ``route``."""
    type: str
    now: dict[str, str]
    proposed: dict[str, str]
    evidence: dict[str, int]


class ProposalDecided(Body, frozen=True, kw_only=True):
    """A person accepted or refused a proposal."""

    proposal: str
    accepted: bool
    reason: str


class ReviewHeld(Body, frozen=True, kw_only=True):
    """The figures of a finished period were reviewed."""

    from_at: int
    until_at: int
    closed: int
    on_time: int
    overdue: int
    proposals: int
    next_at: int


class FiguresShared(Body, frozen=True, kw_only=True):
    """Mergeable figures of a partition for the level above: counts, never records."""

    from_at: int
    until_at: int
    counts: dict[str, int]
