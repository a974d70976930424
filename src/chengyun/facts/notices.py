"""Who was told of what: notices asked for, sent, delivered, read, failed, escalated, suppressed.

A notice carries codes and parameters and never a name or a number of a person: to whom it goes is
the id of a report, a unit or an account, and how it reaches them is opened from a seal by whoever
sends it, at the moment of sending.
"""

from __future__ import annotations

import msgspec

from chengyun.facts.envelope import Body


class NoticesConfigured(Body, frozen=True, kw_only=True):
    """Of which kinds of facts somebody is told from now on; none is of nothing any more."""

    kinds: list[str]


class ContactSet(Body, frozen=True, kw_only=True):
    """How a unit or an account is reached in a way; its address is sealed as ``address``."""

    holder: str
    """``unit:<code>`` or ``account:<id>``."""
    way: str
    """``phone``, ``email`` or ``wecom``."""


class ContactRemoved(Body, frozen=True, kw_only=True):
    """A unit or an account is reached in this way no longer."""

    holder: str
    way: str


class NoticeAsked(Body, frozen=True, kw_only=True):
    """Somebody shall be told; whoever sends renders the text from template and parameters."""

    cause: str
    """The fact that they are told of, and …"""
    kind: str
    """… its kind."""
    rule: str
    template: str
    params: dict[str, str]
    recipient: str
    """``report:…`` (its reporter), ``unit:…`` or ``account:…``."""
    post: str
    """As what they are told: ``reporter``, ``unit``, ``leader`` …"""
    urgency: str
    """``life_safety``, ``normal`` or ``low``."""
    case: str
    unit: str
    """Whose business it is: decides, with the area, who may see the notice."""
    channels: list[str]
    """By which channels, the first one first."""
    send_at: int
    """Not before this."""
    group: str
    """What is sent to somebody at once in one message; empty where it is sent by itself."""
    level: int
    """How often it was escalated before."""
    unread_after_s: int
    """When it is escalated if nobody has read it; 0 is never."""


class NoticeSuppressed(Body, frozen=True, kw_only=True):
    """A notice is held back until ``until_at``, or not sent at all; why stands here."""

    notice: str
    until_at: int | None
    code: str
    """``quiet_hours``, ``digest``, ``outbox_full`` or ``too_many_reporters``."""
    params: dict[str, str]


class NoticeSent(Body, frozen=True, kw_only=True):
    """A provider took a notice."""

    notice: str
    channel: str
    key: str
    """What the provider knows it again by, so that a second sending is none."""
    provider_id: str
    """What the provider calls it; empty where it says nothing."""
    tries: int


class NoticeDelivered(Body, frozen=True, kw_only=True):
    """The provider says that it arrived."""

    notice: str
    channel: str


class NoticeRead(Body, frozen=True, kw_only=True):
    """It was read: the provider says so, or somebody did on the screen."""

    notice: str
    how: str
    """``provider`` or ``screen``."""


class NoticeFailed(Body, frozen=True, kw_only=True):
    """It cannot be sent by a channel; the next one is tried, if there is one."""

    notice: str
    channel: str
    code: str
    params: dict[str, str]
    tries: int
    next_channel: str
    """Empty where there is none: a person may have it tried again."""


class NoticeEscalated(Body, frozen=True, kw_only=True):
    """Nobody read it in time: the next post is told."""

    notice: str
    post: str
    recipients: list[str]
    level: int


class NoticeRetried(Body, frozen=True, kw_only=True):
    """A person had a notice that failed tried again, from its first channel on."""

    notice: str
    round: int


# --- reports of incidents to the level above --------------------------------------------------


class IssuedReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A report of an incident that was issued."""

    series: str
    """``word``, ``first``, ``followup`` or ``final``."""
    number: int
    at: int


class IncidentReportExpected(Body, frozen=True, kw_only=True):
    """The level above is to be told of a serious incident, by word and in writing, in time."""

    incident: str
    type: str
    by_word_at: int
    in_writing_at: int


class IncidentReportIssued(Body, frozen=True, kw_only=True):
    """The level above was told: by word, or by a report in writing."""

    incident: str
    series: str
    number: int


class IncidentReportOverdue(Body, frozen=True, kw_only=True):
    """The level above was not told in time."""

    incident: str
    code: str
    """``by_word`` or ``in_writing``."""
    due_at: int
