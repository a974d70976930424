"""What whoever sends has to say: a provider took it, or not; it arrived, it was read.

These commands come from the sender inside the platform and from the door for receipts, never from a
person. Each may come twice and records once.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal

from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.facts.envelope import Draft
from chengyun.facts.notices import NoticeDelivered, NoticeFailed, NoticeRead, NoticeSent
from chengyun.kernel.errors import Rejected
from chengyun.kernel.ids import under
from chengyun.kernel.instants import Instant
from chengyun.notices.views import NOTICE_KEYS, NOTICES, NoticeRow


class NoteSent(Command, frozen=True, kw_only=True):
    """A provider took a notice."""

    NEEDS: ClassVar[str] = "notice:record"
    BY_NAME: ClassVar[bool] = False
    notice: str
    channel: str
    key: str
    provider_id: str
    tries: int


class NoteFailed(Command, frozen=True, kw_only=True):
    """A notice cannot be sent by a channel."""

    NEEDS: ClassVar[str] = "notice:record"
    BY_NAME: ClassVar[bool] = False
    notice: str
    channel: str
    code: str
    params: dict[str, str]
    tries: int


class NoteReceipt(Command, frozen=True, kw_only=True):
    """A provider says what became of a message that it knows by ``key``."""

    NEEDS: ClassVar[str] = "notice:record"
    BY_NAME: ClassVar[bool] = False
    key: str
    channel: str
    state: Literal["delivered", "read", "failed"]
    code: str = ""


def note_sent(command: NoteSent, known: Known) -> Iterable[Draft]:
    """Record that a provider has it; what waits no longer was sent already."""
    row = known.get(NOTICES, command.notice)
    if row is not None and row.state == "waiting" and row.channel == command.channel:
        yield Draft(
            id=under("sent", row.notice, row.round, command.channel),
            happened_at=known.now,
            subject=row.notice,
            area=row.area,
            body=NoticeSent(
                notice=row.notice,
                channel=command.channel,
                key=command.key,
                provider_id=command.provider_id,
                tries=command.tries,
            ),
        )


def note_failed(command: NoteFailed, known: Known) -> Iterable[Draft]:
    """Record why not; the next channel of its rule is tried."""
    row = known.get(NOTICES, command.notice)
    if row is not None and row.state == "waiting" and row.channel == command.channel:
        yield _failed(row, command.code, command.params, command.tries, known.now)


def note_receipt(command: NoteReceipt, known: Known) -> Iterable[Draft]:
    """Record what a provider says of every notice in a message; it may say it again."""
    found = known.get(NOTICE_KEYS, command.key)
    if found is None:
        raise Rejected(
            "unknown",
            "no message with this key was sent",
            where="key",
            remedy="send the receipt again in a moment: the message may not be on disk yet",
            params={"name": command.key[:64]},
        )
    for name in found.notices:
        row = known.get(NOTICES, name)
        if row is None or row.channel != command.channel:
            continue
        if command.state == "read" and row.state != "read":
            yield read(row, "provider", known.now)
        elif command.state == "delivered" and row.state == "sent":
            yield Draft(
                id=under("delivered", row.notice, row.round, row.channel),
                happened_at=known.now,
                subject=row.notice,
                area=row.area,
                body=NoticeDelivered(notice=row.notice, channel=row.channel),
            )
        elif command.state == "failed" and row.state == "sent":
            yield _failed(row, "not_delivered", {"reason": command.code}, 1, known.now)


def read(row: NoticeRow, how: str, at: Instant) -> Draft:
    """Return that a notice was read."""
    return Draft(
        id=under("read", row.notice),
        happened_at=at,
        subject=row.notice,
        area=row.area,
        body=NoticeRead(notice=row.notice, how=how),
    )


def _failed(row: NoticeRow, code: str, params: dict[str, str], tries: int, at: Instant) -> Draft:
    place = row.channels.index(row.channel) + 1
    return Draft(
        id=under("failed", row.notice, row.round, row.channel),
        happened_at=at,
        subject=row.notice,
        area=row.area,
        body=NoticeFailed(
            notice=row.notice,
            channel=row.channel,
            code=code,
            params=params,
            tries=tries,
            next_channel="".join(row.channels[place : place + 1]),
        ),
    )
