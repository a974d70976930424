"""The seven steps of a case: what crews did, what was checked, what closed."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

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


class CalledBack(Body, frozen=True, kw_only=True):
    """An agent called a reporter back (回访); what was said stands in the seal.

    Whether it is solved and whether he is satisfied are two questions, and either may stay open.
    """

    report: str
    case: str
    type: str
    unit: str
    reached: bool
    attempt: int
    """How many times it was tried since the case was last reported back, this one counted."""
    solved: bool | None
    """``None`` where nobody was reached, or the question was not answered."""
    satisfied: bool | None


class CaseRecurred(Body, frozen=True, kw_only=True):
    """What was closed not long ago came back: the same type at the same place, as a new case."""

    type: str
    of: str
    """The case that was closed."""
    code: str
    """``asset`` (the same component) or ``place``."""
    closed_at: int
    window_days: int


class CaseTold(Body, frozen=True, kw_only=True):
    """Those who have a case in hand hear that what it came from looks different by now.

    Nothing else changes: only a person ends what a person began.
    """

    warning: str
    level: str
    """At which the warning stands now; empty where it was retracted."""
    code: str
    params: dict[str, str]


EvidenceKind = Literal["photo", "video", "sound", "document", "text"]
"""What evidence is: a file of a kind, or words alone."""

Moment = Literal["", "before", "after"]
"""Whether it shows the place before the work or after it."""


class EvidenceAdded(Body, frozen=True, kw_only=True):
    """Something that shows how it was, or is: a file kept under its digest, or words."""

    case: str
    """Empty while the report has none."""
    report: str
    """Empty where it is about the whole case."""
    kind: EvidenceKind
    moment: Moment
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


# --- the moves of a case ----------------------------------------------------------------------
# ``step`` is the step of the pinned process that the move led to.


class CaseAccepted(Body, frozen=True, kw_only=True):
    """The unit that has the case took it on (签收)."""

    unit: str
    step: str


class ReporterContacted(Body, frozen=True, kw_only=True):
    """The reporter was spoken to before the work began, or could not be reached (先行联系).

    What was said stands in the seal, under the key of the report.
    """

    report: str
    unit: str
    reached: bool
    attempt: int
    """How many times it was tried, this one counted."""
    is_made: bool
    """Reached, or tried as often as the process asks for."""
    step: str


class FormFilled(Body, frozen=True, kw_only=True):
    """What a move demands to be said, as it was said with the move."""

    move: str
    step: str
    """At which the move was made."""
    values: dict[str, str]


class ExtensionAsked(Body, frozen=True, kw_only=True):
    """A unit asks for a later deadline (延期)."""

    unit: str
    limit: str
    """How much longer, as ``2 working_days``."""
    due_at: int
    """The deadline as it stands."""
    asked_due_at: int
    decide_by: int
    """When it lapses."""
    number: int
    reason: str
    step: str


class ExtensionDecided(Body, frozen=True, kw_only=True):
    """Another person granted or refused it, or nobody decided in time."""

    unit: str
    granted: bool
    code: str
    """``person`` or ``lapsed``."""
    due_at: int
    """The deadline from now on."""
    number: int
    reason: str


class DeferralAsked(Body, frozen=True, kw_only=True):
    """A unit asks to put a case off until a day (缓办): it is solvable, but not now."""

    unit: str
    until_at: int
    decide_by: int
    """When it lapses."""
    reason: str


class DeferralRefused(Body, frozen=True, kw_only=True):
    """The case is not put off: a person said so, or nobody decided in time."""

    unit: str
    code: str
    """``person`` or ``lapsed``."""
    reason: str


class CaseDeferred(Body, frozen=True, kw_only=True):
    """Another person than the asker had the case put off."""

    unit: str
    until_at: int
    due_at: int | None
    clock_stops: bool
    reason: str
    step: str


class CaseResumed(Body, frozen=True, kw_only=True):
    """A deferred case goes on, by itself when its time came or because a person said so."""

    unit: str
    code: str
    """``time`` or ``person``."""
    due_at: int | None
    """The deadline from now on; later by what the clock stood."""
    reason: str
    step: str


class CaseLedgered(Body, frozen=True, kw_only=True):
    """Known and not yet solvable: on the ledger until it is reviewed (挂账)."""

    unit: str
    review_at: int
    due_at: int | None
    clock_stops: bool
    reason: str
    step: str


class CaseTakenUp(Body, frozen=True, kw_only=True):
    """A case came off the ledger: it can be solved now."""

    unit: str
    due_at: int | None
    reason: str
    step: str


class CaseSupervised(Body, frozen=True, kw_only=True):
    """Somebody above wants an answer by a moment (督办)."""

    unit: str
    number: int
    answer_by: int
    reason: str
    step: str


class SupervisionAnswered(Body, frozen=True, kw_only=True):
    """The unit answered."""

    unit: str
    number: int
    text: str


class CaseMerged(Body, frozen=True, kw_only=True):
    """What a case is about turned out to be the thing of another case, which goes on."""

    type: str
    incident: str
    unit: str
    into: str
    """The case that goes on."""
    members: int
    """How many open reports moved along."""


class CaseTookOver(Body, frozen=True, kw_only=True):
    """A case goes on for another one too: with its reporters, and with the earlier deadline."""

    type: str
    incident: str
    unit: str
    merged: str
    """The case that ended."""
    members: int
    due_at: int | None


class CaseParted(Body, frozen=True, kw_only=True):
    """A case that had been merged is one of its own again, standing where it stood."""

    type: str
    incident: str
    unit: str
    apart_from: str
    """The case it had been merged into."""
    members: int


class CaseReopened(Body, frozen=True, kw_only=True):
    """A closed case is open again, with the unit that had it."""

    type: str
    incident: str
    unit: str
    code: str
    """``person``, ``not_solved`` (the reporter says so) or ``came_back``."""
    params: dict[str, str]
    """``report`` where one is the reason."""
    round: int
    """How many times it is handled again, failed checks counted."""
    due_at: int | None
    reason: str
    step: str


class AppealMade(Body, frozen=True, kw_only=True):
    """A unit objects to a failed check, to being given the case, or to a rating (申诉)."""

    unit: str
    against: str
    """``verdict``, ``dispatch`` or ``rating``."""
    about: str
    """The report whose rating it is, or nothing."""
    decide_by: int
    """When it lapses."""
    number: int
    reason: str
    step: str


class AppealDecided(Body, frozen=True, kw_only=True):
    """Another person decided; what is upheld takes back what it was made against.

    An upheld appeal against a verdict counts that failed check no longer, one against a rating
    has the rating left out of the figures of the unit, one against a dispatch returns the case.
    """

    unit: str
    against: str
    about: str
    number: int
    upheld: bool
    code: str
    """``person`` or ``lapsed``: not decided in time, and so not upheld."""
    reason: str


class JointPart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What one unit has to do in a joint duty."""

    part: int
    unit: str
    task: str


class JointDutyOpened(Body, frozen=True, kw_only=True):
    """Several units handle a case together, one of them leads (联合处置)."""

    lead: str
    parts: list[JointPart]
    reason: str
    step: str


class JointPartDone(Body, frozen=True, kw_only=True):
    """A unit did its part; with the last one the case is reported back."""

    part: int
    unit: str
    outcome: str
    text: str
    left: int
    """How many parts are still to be done."""


class JointPartReturned(Body, frozen=True, kw_only=True):
    """A unit gave its part back: not its business, with a reason."""

    part: int
    unit: str
    reason: str


class JointPartGiven(Body, frozen=True, kw_only=True):
    """A part that was given back is another unit's now."""

    part: int
    unit: str
    task: str
    reason: str


class CaseReclassified(Body, frozen=True, kw_only=True):
    """It is of another type, and its deadline is reckoned anew under the pinned policy."""

    from_type: str
    type: str
    from_due_at: int | None
    due_at: int | None
    due_code: str
    """``time_limit``, ``promised`` (what was promised stands) or ``none``."""
    params: dict[str, str]
    """``limit`` and ``from_limit``."""
    reason: str
    step: str


# --- the clocks of a case ---------------------------------------------------------------------


class ClockStarted(Body, frozen=True, kw_only=True):
    """A clock of a case runs from now on: one that ran already is set anew.

    ``due`` is the case's own, told only where somebody is to hear that it runs out soon; ``step``
    that of the step it stands at, ``contact`` that of the first contact, ``escalation`` the time
    to the next level. Clocks of what was asked or put off start with what asks and puts off.
    """

    clock: str
    step: str
    due_at: int
    soon_at: int | None
    """When it is told that it is due soon; not where nobody wants to be told."""
    limit: str
    """What it was reckoned from."""


class ClockStopped(Body, frozen=True, kw_only=True):
    """A clock runs no more, because what it measured is over."""

    clock: str
    step: str
    due_at: int


class CaseDueSoon(Body, frozen=True, kw_only=True):
    """A clock of the case runs out before long."""

    clock: str
    due_at: int
    unit: str


class ClockRanOut(Body, frozen=True, kw_only=True):
    """A clock of the case ran out that is not its own deadline (``CaseFellDue``).

    ``step``, ``contact``, ``supervision`` or ``review`` (of the ledger).
    """

    clock: str
    step: str
    due_at: int
    unit: str


class CaseEscalated(Body, frozen=True, kw_only=True):
    """What ran out is told a level higher: the unit above, then the one above that."""

    clock: str
    level: int
    """1 is the unit directly above."""
    unit: str
    """Whose case it is."""
    to_unit: str
    due_at: int
    """What ran out."""
    next_at: int | None
    """When it goes a level higher still."""
