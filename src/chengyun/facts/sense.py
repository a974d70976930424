"""What came in: reports, observations, refused rows, silent feeds."""

from __future__ import annotations

from chengyun.facts.envelope import Body
from chengyun.facts.places import Place


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
