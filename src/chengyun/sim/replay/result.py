"""What a replay ends with: figures that anyone can check against the store and the two tables."""

from __future__ import annotations

import msgspec


class Routing(msgspec.Struct, frozen=True, kw_only=True):
    """How often the proposed unit was the one that handled it, over every accepted request."""

    n: int
    top1: float
    top3: float
    baseline_top1: float
    """Most frequent unit of type and area, then of type, then of all."""
    type_district_top1: float
    """Most frequent unit of type and police district, then of type, then of all."""


class Duplicates(msgspec.Struct, frozen=True, kw_only=True):
    """Merges against what was recorded as a duplicate; shares are 0 where nothing is to count."""

    labelled: int
    found: int
    precision: float
    recall: float


class FileDuplicates(msgspec.Struct, frozen=True, kw_only=True):
    """The same for the requests of one file."""

    file: str
    merged: int
    labelled: int
    found: int
    precision: float
    recall: float


class WarningLine(msgspec.Struct, frozen=True, kw_only=True):
    """A warning that was raised; times are ISO 8601 in the city's zone."""

    sign: str
    type: str
    area: str
    level: str
    """The highest level it reached."""
    onset: str
    cleared: str | None
    because: str


class RefusedLine(msgspec.Struct, frozen=True, kw_only=True):
    """Rows refused for one reason."""

    code: str
    rows: int
    example: str
    """File and row of the first one."""


class ProposalLine(msgspec.Struct, frozen=True, kw_only=True):
    """A policy that is regularly wrong, and what is proposed instead."""

    about: str
    type: str
    now: str
    proposed: str
    evidence: dict[str, int]


class UnitLine(msgspec.Struct, frozen=True, kw_only=True):
    """What one unit did."""

    unit: str
    dispatched: int
    """Cases given to it."""
    closed: int
    """Requests it closed."""
    on_time: int
    """Requests it closed by their deadline."""
    overdue: int
    """Requests it closed after their deadline."""


class DayLine(msgspec.Struct, frozen=True, kw_only=True):
    """One day of the city, in its zone, in requests."""

    day: str
    known: bool
    """False where the feed was silent: then nothing is known, not nothing happened."""
    reports: int
    merged: int
    closed: int
    warnings: int
    top1: float | None
    """Share of the day's requests whose first proposal was right."""


class Result(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """The report of a replay. ``--json`` prints it as one line."""

    requests: int
    """Rows read, taken or refused."""
    refused: int
    closings_refused: int
    reports: int
    incidents: int
    merged: int
    suspected_wrong_merges: int
    cases: int
    closed: int
    """Cases that ended: reported back or verified."""
    reported_back: int
    """Cases whose crew says it is done and that nobody verified."""
    verified: int
    open: int
    on_time: int
    """Requests closed by the deadline they had."""
    overdue: int
    """Requests whose deadline passed before they were closed, those still open included."""
    without_deadline: int
    routing: Routing
    duplicates: Duplicates
    duplicates_by_file: list[FileDuplicates]
    warnings: list[WarningLine]
    refused_rows: list[RefusedLine]
    proposals: list[ProposalLine]
    units: list[UnitLine]
    days: list[DayLine]
    encodings: dict[str, str]
    facts: int
    dead_letters: int
    from_: str
    until: str
    pack: str
    policy_version: str
    seed: int
    state_hash: str
    elapsed_s: float
    peak_rss_mb: float
