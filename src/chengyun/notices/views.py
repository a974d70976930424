"""The outbox, whom cases and posts belong to, and where an address is sealed."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change, Listed, Put, Table
from chengyun.engine.timers import set_timer, stop_timer
from chengyun.facts.envelope import Fact
from chengyun.facts.notices import (
    ContactRemoved,
    ContactSet,
    NoticeAsked,
    NoticeDelivered,
    NoticeEscalated,
    NoticeFailed,
    NoticeRead,
    NoticeRetried,
    NoticesConfigured,
    NoticeSent,
)
from chengyun.kernel.instants import SECOND_US

UNREAD = "notices.unread"
CONFIGURED = "notices"


class NoticeRow(msgspec.Struct, frozen=True):
    """A notice and where it stands."""

    notice: str
    cause: str
    kind: str
    """The kind of fact that it tells of."""
    rule: str
    template: str
    params: dict[str, str]
    recipient: str
    post: str
    urgency: str
    case: str
    area: str
    unit: str
    channels: list[str]
    channel: str
    """By which it is sent next, or was."""
    state: str
    """``waiting``, ``sent``, ``delivered``, ``read``, ``dead`` (a person may have it tried again)
    or ``unreachable`` (nobody knows how)."""
    code: str
    """Why the last channel failed."""
    asked_at: int
    send_at: int
    group: str
    level: int
    unread_after_s: int
    round: int
    provider_id: str
    policy_version: str
    seq: int
    """The last fact about it: what is not on disk yet is not sent."""
    open: bool
    """It waits, or is escalated if it stays unread."""


class NoticeKey(msgspec.Struct, frozen=True):
    """What a provider knows a message by, and the notices in it."""

    key: str
    notices: list[str]
    open: bool = False
    """Never: receipts are rare, so none stays in memory."""


class Configured(msgspec.Struct, frozen=True):
    """Of which kinds of facts somebody is told."""

    name: str
    kinds: list[str]


class Contact(msgspec.Struct, frozen=True):
    """Where the address of a unit or an account is sealed; ``fact`` is empty once removed."""

    holder: str
    way: str
    fact: str
    sealed_for: str
    changes: int


NOTICES = Table(
    "notices",
    NoticeRow,
    key=("notice",),
    indexes=(("state",),),
    resident=("open", True),
    listed=Listed(
        area="area",
        unit="unit",
        at="asked_at",
        due="send_at",
        by=("recipient", "state", "case"),
        beside=("recipient", "case"),
    ),
)
NOTICE_KEYS = Table("notice_keys", NoticeKey, key=("key",), resident=("open", True))
CONFIG = Table("notices_configured", Configured, key=("name",))
CONTACTS = Table("contacts", Contact, key=("holder", "way"))


def note_configured(fact: Fact[NoticesConfigured], rows: Rows) -> Iterable[Change]:
    """From now on it is remembered whom cases belong to, or no longer."""
    yield Put(CONFIG, Configured(CONFIGURED, fact.body.kinds))


def note_contact(fact: Fact[ContactSet], rows: Rows) -> Iterable[Change]:
    """The newest address counts."""
    before = rows.get(CONTACTS, (fact.body.holder, fact.body.way))
    changes = 0 if before is None else before.changes
    contact = Contact(fact.body.holder, fact.body.way, fact.id, fact.sealed_for, changes + 1)
    yield Put(CONTACTS, contact)


def note_no_contact(fact: Fact[ContactRemoved], rows: Rows) -> Iterable[Change]:
    """Nothing is opened any more."""
    before = rows.get(CONTACTS, (fact.body.holder, fact.body.way))
    if before is not None:
        yield Put(CONTACTS, msgspec.structs.replace(before, fact="", changes=before.changes + 1))


# --- the outbox -------------------------------------------------------------------------------


def note_asked(fact: Fact[NoticeAsked], rows: Rows) -> Iterable[Change]:
    """It waits in the outbox; where it must be read in time, a timer begins."""
    asked = fact.body
    yield Put(
        NOTICES,
        NoticeRow(
            notice=fact.subject,
            cause=asked.cause,
            kind=asked.kind,
            rule=asked.rule,
            template=asked.template,
            params=asked.params,
            recipient=asked.recipient,
            post=asked.post,
            urgency=asked.urgency,
            case=asked.case,
            area=fact.area,
            unit=asked.unit,
            channels=asked.channels,
            channel=asked.channels[0],
            state="waiting",
            code="",
            asked_at=fact.happened_at,
            send_at=asked.send_at,
            group=asked.group,
            level=asked.level,
            unread_after_s=asked.unread_after_s,
            round=0,
            provider_id="",
            policy_version=fact.policy_version,
            seq=fact.seq,
            open=True,
        ),
    )
    if asked.unread_after_s:
        due_at = asked.send_at + asked.unread_after_s * SECOND_US
        yield set_timer(UNREAD, fact.subject, due_at, fact, area=fact.area)


def note_sent(fact: Fact[NoticeSent], rows: Rows) -> Iterable[Change]:
    """The provider has it; what it says of it later is found by the key."""
    row = rows.get(NOTICES, fact.body.notice)
    if row is None:
        return
    yield _moved(row, "sent", fact, provider_id=fact.body.provider_id, code="")
    known = rows.get(NOTICE_KEYS, fact.body.key)
    notices = [] if known is None else known.notices
    if row.notice not in notices:
        yield Put(NOTICE_KEYS, NoticeKey(fact.body.key, [*notices, row.notice]))


def note_delivered(fact: Fact[NoticeDelivered], rows: Rows) -> Iterable[Change]:
    """It arrived."""
    row = rows.get(NOTICES, fact.body.notice)
    if row is not None and row.state != "read":
        yield _moved(row, "delivered", fact)


def note_read(fact: Fact[NoticeRead], rows: Rows) -> Iterable[Change]:
    """Somebody read it: nobody else need be told."""
    row = rows.get(NOTICES, fact.body.notice)
    if row is not None:
        yield _moved(row, "read", fact)
        yield stop_timer(UNREAD, row.notice)


def note_failed(fact: Fact[NoticeFailed], rows: Rows) -> Iterable[Change]:
    """The next channel is tried; without one it waits for a person, or reaches nobody."""
    row = rows.get(NOTICES, fact.body.notice)
    if row is None:
        return
    failed = fact.body
    if failed.next_channel:
        was = failed.code if row.code in ("", *NOBODY) else row.code
        yield _moved(row, "waiting", fact, channel=failed.next_channel, code=was)
    else:
        codes = {failed.code, row.code} - {""}
        state = "unreachable" if codes <= set(NOBODY) else "dead"
        yield _moved(row, state, fact, code=failed.code)


NOBODY = ("no_address", "erased")
"""Failures that no further try mends: nobody knows how to reach them."""


def note_retried(fact: Fact[NoticeRetried], rows: Rows) -> Iterable[Change]:
    """It waits again, from its first channel on."""
    row = rows.get(NOTICES, fact.body.notice)
    if row is not None:
        yield _moved(row, "waiting", fact, channel=row.channels[0], round=fact.body.round, code="")


def note_escalated(fact: Fact[NoticeEscalated], rows: Rows) -> Iterable[Change]:
    """Its time is over: what happens next happens to the next post's notice."""
    row = rows.get(NOTICES, fact.body.notice)
    if row is not None:
        yield _moved(row, row.state, fact, unread_after_s=0)


def _moved(row: NoticeRow, state: str, fact: Fact, **more: object) -> Put:  # type: ignore[type-arg]
    moved = msgspec.structs.replace(row, state=state, seq=fact.seq, **more)
    awaits = moved.unread_after_s > 0 and state in ("sent", "delivered", "dead", "unreachable")
    return Put(NOTICES, msgspec.structs.replace(moved, open=state == "waiting" or awaits))
