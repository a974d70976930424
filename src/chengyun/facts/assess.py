"""What is the same thing: incidents, merges and splits, and what a warning touches."""

from __future__ import annotations

import msgspec

from chengyun.facts.envelope import Body


class Likeness(msgspec.Struct, frozen=True, kw_only=True):
    """How like an open report is, and how often such pairs turned out to be one thing."""

    report: str
    near: bool
    """Whether it lies near; otherwise it is at the same place."""
    same_type: bool
    gap_s: int
    classes: list[str]
    """The classes of pairs it falls in, coarse to fine: what its closing will teach."""
    pairs: int
    duplicates: int
    """Closed pairs of the finest class so far, and how many of them were duplicates."""
    memory_shift: int = 0
    """Its closing makes the classes forget 1/2^n of what they learned; 0 is nothing."""
    rate_ppm: int
    """The learned share of duplicates, the finer classes leaning on the coarser ones."""


class IncidentOpened(Body, frozen=True, kw_only=True):
    """A report tells of something new."""

    report: str
    type: str
    grid: str
    likeness: Likeness | None
    """The open report it is most like, where that was not enough to merge."""


class ReportMerged(Body, frozen=True, kw_only=True):
    """A report tells of something that is already being handled; reversible by a split."""

    report: str
    type: str
    incident: str
    likeness: Likeness
    threshold_ppm: int


class ReportSplit(Body, frozen=True, kw_only=True):
    """A person took a report out of an incident again; it became one of its own."""

    report: str
    type: str
    from_incident: str
    incident: str
    reason: str
    again: bool = False
    """Whether ``incident`` had been merged before and comes back by this."""
    along: list[str] = msgspec.field(default_factory=list)
    """Further reports that had come with it and go with it again."""


class IncidentsMerged(Body, frozen=True, kw_only=True):
    """A person said that two incidents are one thing; splitting takes them apart again."""

    type: str
    """Of the one that ended."""
    incident: str
    """The one that goes on."""
    merged: str
    """The one that ended."""
    reports: list[str]
    """The open reports that moved along; what had closed stays where it closed."""
    reason: str


class WarningAssessed(Body, frozen=True, kw_only=True):
    """What a warning touches: the open incidents of its cell."""

    warning: str
    level: str
    sign: str
    type: str
    incidents: list[str]
    open_incidents: int
    """How many are open in the cell; ``incidents`` names the newest of them."""
