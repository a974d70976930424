"""What came in: reports, observations, refused rows, silent feeds."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from chengyun.facts.envelope import Body
from chengyun.facts.places import Place

Channel = Literal[
    "grid_officer",
    "citizen_web",
    "phone",
    "window",
    "carer",
    "hotline",
    "sensor",
    "camera",
    "department",
    "csv",
    "api",
]
"""By which way somebody told the city."""

Waits = Literal["", "sighting", "triage"]
"""What a taken report waits for: nothing, somebody who looks, somebody who says what it is."""

DESK: Final = "intake"
"""The feed of what was taken at a desk and has no number of a sending system."""


class ReportTaken(Body, frozen=True, kw_only=True):
    """Somebody told the city something, and has a number for it; what it is may not be clear yet.

    Who he is, how he is reached and for whom he speaks stand in the seal, under the report's id.
    """

    feed: str
    """The system in which it has its number; ``intake`` where the desk gave it."""
    number: str
    channel: Channel
    type: str
    """As the sender says; empty where he does not."""
    title: str
    text: str
    place: Place | None
    place_text: str
    asset: str
    place_code: str
    """How its place was given, or what is wrong with it: ``given``, ``asset``, ``area``,
    ``words``, ``missing``, ``not_a_coordinate``, ``outside_city``, ``unknown_crs``."""
    signal: str
    """What a device says of it, in the words of the pack, such as ``gas_alarm``."""
    call_sheet: str
    """The number of the hotline's call sheet."""
    on_behalf: bool
    """Whether the reporter speaks for somebody else."""
    may_call: bool
    """Whether the reporter may be called about it."""
    attributes: dict[str, str]
    due_at: int | None
    """The deadline promised to the reporter by the sending system, if any."""
    waits_for: Waits
    round_s: int
    """How long it waits before that is told."""
    likeness: str
    """Digest of what it says, by which the same report is known when it comes a second time."""
    receipt: str
    """Digest of the code with which the reporter asks how it stands; empty where he got none."""
    notes: list[str]
    """What was odd in it and kept as it came, such as ``unknown_area:old town``."""


class ReportDiverted(Body, frozen=True, kw_only=True):
    """Life may be in danger: the report goes straight to where that is met, whatever it was."""

    type: str
    """What it is taken as."""
    given_type: str
    code: str
    """``danger_words`` or ``danger_signal``."""
    params: dict[str, str]


class SightingDecided(Body, frozen=True, kw_only=True):
    """Somebody looked at what a camera or sensor says, and says whether it is so."""

    confirmed: bool
    type: str
    reason: str


class IntakeEscalated(Body, frozen=True, kw_only=True):
    """A report waits at the desk longer than the pack allows; after the last round it goes on."""

    waits_for: Waits
    since_at: int
    round: int
    next_at: int
    """When it is told again; now where it goes on, or was told for the last time."""
    is_last: bool


Urgency = Literal["life", "urgent", "usual"]
"""Danger to life; something that cannot wait; everything else."""


class TypeShare(msgspec.Struct, frozen=True, kw_only=True):
    """A type that a report may be of, with its share of the confidence in millionths."""

    type: str
    ppm: int


class PlaceShare(msgspec.Struct, frozen=True, kw_only=True):
    """A place that a report may mean, with its share of the confidence in millionths."""

    kind: Literal["area", "asset", "landmark"]
    code: str
    area: str
    """The smallest area known to hold it; empty where none is."""
    ppm: int
    place: Place | None = None


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why something was proposed; said in each language by whoever shows it."""

    code: str
    params: dict[str, str]


class ReportTriaged(Body, frozen=True, kw_only=True):
    """What a machine proposes of a report: what it is about, how urgent it is, where, and whose.

    It stands as it was proposed, whatever is learned later.
    """

    type: str
    """The likeliest; empty where nothing is known of its words."""
    unit: str
    """Whom the catalogue names for the type; who gets the case dispatch decides."""
    candidates: list[TypeShare]
    """The likeliest types, best first."""
    confidence_ppm: int
    threshold_ppm: int
    """With less confidence a person decides."""
    sure: bool
    urgency: Urgency
    places: list[PlaceShare]
    """Where the words say it is, likeliest first."""
    placed: bool
    """Whether the first of them is taken as the report's place, which gave none itself."""
    reasons: list[Reason]
    model: str
    """SHA-256 of the model that proposed; empty where there was none."""


class TriageDecided(Body, frozen=True, kw_only=True):
    """A person says what a report is; triage learns from it."""

    type: str
    proposed: str
    """What the machine had proposed, empty for nothing."""
    area: str
    """Where it is, where that is said; else as it stood."""
    reason: str


class TriageLearned(Body, frozen=True, kw_only=True):
    """A new model proposes from now on; its content is kept under its hash."""

    model: str
    """SHA-256 of the artefact."""
    decided: int
    """How many decided reports it learned from, beside the words of the catalogue."""
    labels: int
    until_seq: int
    """The last fact it could know."""


class ReportReceived(Body, frozen=True, kw_only=True):
    """Somebody reported something; nothing has been judged yet."""

    feed: str
    file: str
    row: int
    """Where it was read: the same id from another row is another claim, and refused."""
    channel: str
    type: str
    title: str
    text: str
    place: Place | None
    place_text: str
    due_at: int | None
    """The deadline promised to the reporter by the sending system, if any."""
    attributes: dict[str, str]
    silent_after_s: int
    """How long the feed may say nothing before it counts as silent."""
    notes: list[str]
    """Choices made while reading, such as ``ambiguous_local_time:opened_at:first``."""


class SensitiveReceived(Body, frozen=True, kw_only=True):
    """What is sensitive in a report stands in this seal, under a key of its own."""

    report: str


class RowRefused(Body, frozen=True, kw_only=True):
    """A row of a feed could not be taken; the row and what was read of it stand in the seal."""

    feed: str
    file: str
    row: int
    field: str
    code: str
    params: dict[str, str]


class ObservationReceived(Body, frozen=True, kw_only=True):
    """A measured value of a property of an area, over an interval."""

    feed: str
    property: str
    unit: str
    value_micro: int
    """The value in millionths of ``unit``."""
    from_at: int
    until_at: int
    silent_after_s: int
    """How long the feed may say nothing before it counts as silent."""


class FeedFellSilent(Body, frozen=True, kw_only=True):
    """A feed has sent nothing for longer than its cadence allows: from then on, unknown."""

    feed: str
    since_at: int


class FeedResumed(Body, frozen=True, kw_only=True):
    """A feed speaks again; what lies between is unknown, never zero."""

    feed: str
    silent_since_at: int
