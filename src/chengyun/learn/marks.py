"""What is kept of a case for the figures: a row for each thing that counts, with when and whose.

A mark is counted at its instant ``at``: what was filed when it was filed, what was due at its
deadline, a verdict when it was spoken. It carries what the quotients ask of it (``met_at``,
``also_at``), so that numerator and denominator are rows of the same piece of the table. A mark
that is no longer so (its deadline moved, its verdict was taken back) is not removed but gone
since an instant: what was known at a moment can be counted again.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec

from chengyun.engine.tables import Table


class CaseMark(msgspec.Struct, frozen=True):
    """One thing that counts, about one case; most of its columns are by what it is counted."""

    mark: str
    at: int
    """When it counts."""
    case: str
    n: int
    """Which mark of the case it is, in the order in which they were made."""
    about: str
    """Of which report, or which appeal; empty where the case as a whole is meant."""
    run: int
    """0 until the case is closed, 1 after it was reopened, and so on."""
    type: str
    area: str
    unit: str
    """Whose it was; empty where it was nobody's yet."""
    channel: str
    since_at: int
    """Since when it is known."""
    gone_at: int | None
    """Since when it is known that it is not so."""
    met_at: int | None
    """Since when the first thing that is asked of it is known to be so, as its ``Mark`` says."""
    also_at: int | None
    """The same for the second."""
    took_s: int
    """Since this run of the case began."""
    hands: int
    """How many units it has been given to in this run."""


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """What is remembered of a mark of a case: its place in the list is its ``n``."""

    mark: str
    at: int
    run: int
    about: str
    is_gone: bool


class CaseLife(msgspec.Struct, frozen=True):
    """A case as far as its marks need it; resident until it is reported back."""

    case: str
    type: str
    area: str
    channel: str
    unit: str
    run: int
    began_at: int
    """When it was filed, or opened again."""
    due_at: int | None
    hands: int
    handled_at: int | None
    """When this run was reported back; nothing while it is in hand."""
    stood_at: int | None
    """When the work was done that a check wrongly failed, as an upheld appeal found."""
    failed: int
    """How many checks of this run failed, those left out that an appeal took back."""
    closed: bool
    merged_at: int | None
    """Since when it is known to be the same as another case, and counts no more."""
    kept: list[Kept]
    open: bool


class OpenReport(msgspec.Struct, frozen=True):
    """How a report came and what was first proposed for it; resident until it closes."""

    report: str
    channel: str
    unit: str
    """Empty before anything was proposed, and where nothing could be."""
    source: str
    open: bool


class Mark(NamedTuple):
    """What a mark says, and what is asked of it."""

    name: str
    says: str
    met: str = ""
    also: str = ""


FILED: Final = Mark("filed", "the case was filed", met="found before anybody complained")
GIVEN: Final = Mark(
    "given",
    "the case was given to the unit",
    met="the unit took it on, spoke to the reporter or reported back",
    also="it went on to another unit, or was given back",
)
CONTACT: Final = Mark(
    "contact", "the reporter was to be contacted by then", met="the unit reached him by then"
)
DUE: Final = Mark("due", "the deadline came", met="closed", also="closed, and done by the deadline")
OVERDUE: Final = Mark("overdue", "the deadline came and the work was not done")
HANDLED: Final = Mark("handled", "reported back by the unit", met="a check had failed before")
CLOSED: Final = Mark("closed", "checked and closed")
RESOLUTION: Final = Mark("resolution", "a reporter said whether it is solved", met="it is")
SATISFACTION: Final = Mark("satisfaction", "a reporter said whether he is satisfied", met="he is")
CALLED: Final = Mark("called", "a reporter was called back", met="and reached")
RETURNED: Final = Mark("returned", "the unit gave it back")
SENT_BACK: Final = Mark("sent_back", "a check failed: back to the crew")
EXTENDED: Final = Mark("extended", "a later deadline was granted")
DEFERRED: Final = Mark("deferred", "put off until a day")
LEDGERED: Final = Mark("ledgered", "put on the ledger")
SUPERVISED: Final = Mark("supervised", "somebody above wants an answer")
APPEALED: Final = Mark("appealed", "the unit objects", met="upheld")
REOPENED: Final = Mark("reopened", "open again after it was closed")
CAME_BACK: Final = Mark("came_back", "the same thing again, within the window of the city")

MARKS: Final = {
    one.name: one
    for one in (
        *(FILED, GIVEN, CONTACT, DUE, OVERDUE, HANDLED, CLOSED, RESOLUTION, SATISFACTION),
        *(CALLED, RETURNED, SENT_BACK, EXTENDED, DEFERRED, LEDGERED, SUPERVISED, APPEALED),
        *(REOPENED, CAME_BACK),
    )
}
"""Every mark by name."""

CASE_MARKS = Table(
    "case_marks",
    CaseMark,
    key=("mark", "at", "case", "n"),
    resident=("mark", ""),  # none: they are read from the store
    clustered=True,
)
LIVES = Table("case_lives", CaseLife, key=("case",), resident=("open", True))
OPEN_REPORTS = Table("open_reports", OpenReport, key=("report",), resident=("open", True))
