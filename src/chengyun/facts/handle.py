"""The seven steps of a case: what crews did, what was checked, what closed."""

from __future__ import annotations

from typing import Final, Literal

from chengyun.facts.envelope import Body
from chengyun.facts.places import Place

DUPLICATE: Final = "duplicate"
"""The outcome with which a crew says: this was already known."""


class WorkReported(Body, frozen=True, kw_only=True):
    """A crew reported what it did about a report."""

    report: str
    unit: str
    outcome: str
    duplicate_of: str
    text: str


class ReportClosed(Body, frozen=True, kw_only=True):
    """One reporter's matter ended, with the incident or before it."""

    report: str
    incident: str
    type: str
    unit: str
    outcome: str
    duplicate_of: str
    due_at: int | None
    filed_at: int
    first: bool
    """Whether this report opened the incident."""


class WrongMergeSuspected(Body, frozen=True, kw_only=True):
    """A merged report was handled differently from the one that opened its incident."""

    report: str
    type: str
    incident: str
    code: str
    params: dict[str, str]


class CaseReturned(Body, frozen=True, kw_only=True):
    """A unit gave a case back: not its business, with a reason."""

    type: str
    unit: str
    reason: str


class CaseReportedBack(Body, frozen=True, kw_only=True):
    """The crew says the whole case is done; nobody has checked it yet."""

    type: str
    incident: str
    unit: str
    outcome: str
    members: int


class CaseVerified(Body, frozen=True, kw_only=True):
    """Another person than the handler checked the work."""

    passed: bool
    reason: str


class CaseReworked(Body, frozen=True, kw_only=True):
    """The check failed: back to the crew, the clock never stopped."""

    type: str
    incident: str
    unit: str
    round: int


class CaseClosed(Body, frozen=True, kw_only=True):
    """A verified case was closed."""

    type: str
    incident: str
    unit: str


class CaseFellDue(Body, frozen=True, kw_only=True):
    """The deadline passed and the case was still open."""

    due_at: int
    unit: str


class ReportRated(Body, frozen=True, kw_only=True):
    """The reporter says how it went: whether it is solved, and whether he is satisfied.

    The two are counted apart; what he writes stands in the seal.
    """

    report: str
    case: str
    type: str
    unit: str
    solved: bool
    satisfied: bool


class CaseTold(Body, frozen=True, kw_only=True):
    """Those who have a case in hand hear that what it came from looks different by now.

    Nothing else changes: only a person ends what a person began.
    """

    warning: str
    level: str
    """At which the warning stands now; empty where it was retracted."""
    code: str
    params: dict[str, str]


EvidenceKind = Literal["photo", "before", "after", "document", "text"]
"""What evidence is: a reporter's photo, the place before and after the work, a paper, words."""


class EvidenceAdded(Body, frozen=True, kw_only=True):
    """Something that shows how it was, or is: a file kept under its digest, or words."""

    case: str
    """Empty while the report has none."""
    report: str
    """Empty where it is about the whole case."""
    kind: EvidenceKind
    step: str
    """The step that the case was at."""
    digest: str
    """SHA-256 of the file as it is kept, stripped of place and time; empty for words alone."""
    media_type: str
    size_bytes: int
    taken_at: int | None
    """When the picture was taken, as the file said."""
    place: Place | None
    """Where, as the file said."""
    text: str
