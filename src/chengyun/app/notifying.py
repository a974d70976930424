"""Sends what waits in the outbox, from inside the process that serves the city.

A notice is sent when it is on disk and before it is recorded as sent, so that a crash in between
sends it again: the provider knows it by its key. An address is opened for one try, after the look
stands on the audit chain, and is neither kept nor logged.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from chengyun.app import logs
from chengyun.app.duty import Duties
from chengyun.app.notice_queue import ChannelQueue, Waits
from chengyun.app.notice_words import Wording, Words
from chengyun.app.serving import Server
from chengyun.engine.commands import Command, Outcome
from chengyun.engine.ports import Group
from chengyun.guard.erasing import erased_at
from chengyun.guard.looking import LookAtPersonal
from chengyun.kernel.clock import Clock
from chengyun.kernel.errors import ChengyunError, Rejected, Retryable
from chengyun.kernel.instants import SECOND_US, Instant
from chengyun.kernel.limits import MAX_IDLE_S, MAX_NOTICE_TRIES
from chengyun.notices.noting import NoteFailed, NoteSent
from chengyun.notices.policy import WAY_OF, Notices, Way
from chengyun.notices.ports import Channel, Entropy, Message
from chengyun.notices.rules import key_of
from chengyun.notices.views import CONTACTS, NOTICES, NoticeRow
from chengyun.notices.whose import TOLD_REPORTS
from chengyun.rosters.views import DUTY_PERSONS

ACTOR: Final = "system:notices"
"""Who sends, opens addresses to do so, and records what became of it."""


class _Found(NamedTuple):
    """Where an address is sealed."""

    fact: str
    kind: str
    person: str
    field: str
    address: str


class Notifying:
    """The sender; an audience of the server and a door while it runs."""

    def __init__(
        self, server: Server, channels: Mapping[str, Channel], clock: Clock, entropy: Entropy
    ) -> None:
        self.channels = channels
        self.sent = 0
        self.failed = 0
        """How often a channel was given up for a notice."""
        self._server = server
        self._engine = server.engine
        self._clock = clock
        self._entropy = entropy
        self._draws = 0
        self._wording = Wording(server.engine.policies)
        self._duty = Duties(server.engine.rows, server.engine.policies)
        self._queues: dict[str, ChannelQueue] = {}
        self._messages: dict[str, dict[str, NoticeRow]] = {}
        """The notices of each message that waits, by its key."""
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._take_in(self._engine.rows.find(NOTICES, 0, "waiting"))

    @property
    def waiting(self) -> int:
        """How many messages wait."""
        return len(self._messages)

    def executed(self, command: Command, outcome: Outcome) -> None:
        """Commands are of no interest here, only what is on disk."""

    def committed(self, groups: Sequence[Group], took_s: float) -> None:
        """Take in the notices that wait now: they are on disk."""
        rows = [row for group in groups for row in group.rows.get(NOTICES, {}).values()]
        self._take_in(row for row in rows if row is not None and row.state == "waiting")

    @contextlib.asynccontextmanager
    async def open(self, server: Server) -> AsyncIterator[None]:
        """Send as long as the server runs; what is under way then is sent again later."""
        sending = asyncio.create_task(self._run())
        try:
            yield
        finally:
            tasks = [sending, *self._tasks]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for channel in self.channels.values():
                await channel.close()

    # --- what waits ---------------------------------------------------------------------------

    def _take_in(self, rows: Iterable[NoticeRow]) -> None:
        for row in rows:
            key = key_of(row.notice, row.group, row.channel)
            known = self._messages.get(key)
            if known is None or row.round != next(iter(known.values())).round:
                self._messages[key] = {row.notice: row}
                self._queue(row.channel).enter(row, key)
            else:
                known[row.notice] = row
        self._wake.set()

    def _queue(self, channel: str) -> ChannelQueue:
        return self._queues.setdefault(channel, ChannelQueue())

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            now = self._clock.now()
            for name, queue in self._queues.items():
                self._give_to_next(name, queue, now)
                while (waits := queue.take(now)) is not None:
                    self._start(self._deliver(name, queue, waits))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pause_s(now)):
                    await self._wake.wait()

    def _pause_s(self, now: int) -> float:
        times = [at for queue in self._queues.values() if (at := queue.next_at(now)) is not None]
        return min([MAX_IDLE_S, *(max(0.0, (at - now) / SECOND_US) for at in times)])

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _give_to_next(self, name: str, queue: ChannelQueue, now: int) -> None:
        """What waited too long for a channel that rests goes to the next one, if it has one."""
        for waits in list(queue.overdue(now)):
            rows = self._rows(waits.key)
            if rows and rows[0].channels[-1] != name:
                self._start(self._give_up(name, rows, "resting", {}, waits))
            elif rows:
                queue.put_back(waits)

    def _rows(self, key: str) -> list[NoticeRow]:
        """Return the notices of a message that still wait for the channel they waited for."""
        known = self._messages.get(key, {})
        rows = [self._engine.rows.get(NOTICES, name) for name in known]
        still = [
            row
            for row in rows
            if row is not None
            and row.state == "waiting"
            and row.channel == known[row.notice].channel
        ]
        if not still:
            self._messages.pop(key, None)
        return still

    # --- one message --------------------------------------------------------------------------

    async def _deliver(self, name: str, queue: ChannelQueue, waits: Waits) -> None:
        """Try one message once: it is sent, waits for another try, or goes to the next channel."""
        rows = self._rows(waits.key)
        has_failed: bool | None = None
        try:
            if not rows:
                return
            provider_id = await self._sent(name, rows, waits.key)
            has_failed = False
            await self._record(
                [
                    NoteSent(
                        notice=row.notice,
                        channel=name,
                        key=waits.key,
                        provider_id=provider_id,
                        tries=waits.tries + 1,
                    )
                    for row in rows
                ]
            )
            self.sent += len(rows)
            self._messages.pop(waits.key, None)
        except Rejected as refused:
            has_failed = False if refused.code == "refused" else None
            await self._give_up(name, rows, refused.code, refused.params, waits)
        except Retryable as failed:
            has_failed = True
            logs.note("notice_waits", channel=name, tries=waits.tries + 1, reason=failed.what)
            if waits.tries + 1 >= MAX_NOTICE_TRIES:
                await self._give_up(name, rows, "no_answer", {}, waits)
            else:
                queue.again(waits, self._clock.now(), self._share())
        except Exception as broken:  # noqa: BLE001 - the sender's edge: the others are sent
            kind = type(broken).__name__  # what it says may hold an address
            logs.LOG.error("notice broke", extra={"fields": {"channel": name, "why": kind}})
            await self._give_up(name, rows, "bug", {}, waits)
        finally:
            queue.ended(self._clock.now(), failed=has_failed)
            self._wake.set()

    async def _sent(self, name: str, rows: list[NoticeRow], key: str) -> str:
        channel = self.channels.get(name)
        if channel is None:
            raise Rejected("not_connected", "nobody connected this channel", where=name)
        row = rows[0]
        way = WAY_OF[channel.kind]
        to = "" if way is None else await self._opened(row, name, way)
        said = self._said(rows)
        message = Message(
            key=key,
            to=to,
            text=said.text,
            title=said.title,
            urgency=row.urgency,
            case="" if row.group else row.case,
            at=Instant(row.asked_at),
        )
        return await channel.send(message)

    def _said(self, rows: list[NoticeRow]) -> Words:
        language = self._wording.language(rows[0])
        if rows[0].group:
            return self._wording.digest(rows, language)
        return self._wording.words(rows[0], language)

    def _share(self) -> float:
        return int.from_bytes(self._drawn("pause")[:4], "big") / 2**32

    def _drawn(self, what: str) -> bytes:
        self._draws += 1
        return self._entropy.key(f"notice:{what}:{self._draws}")

    # --- whom -------------------------------------------------------------------------------

    async def _opened(self, row: NoticeRow, channel: str, way: Way) -> str:
        """Return an address, opened for this try alone: the look is on disk before it is used."""
        section = self._engine.policies.pinned(Notices, row.policy_version)
        found = self._sealed(row, way, section)
        if found is None:
            raise Rejected("no_address", "nothing says how they are reached", where=channel)
        look = LookAtPersonal(
            look=self._drawn("look")[:16].hex(),
            fact=found.fact,
            kind=found.kind,
            person=found.person,
            area=row.area,
            fields=[found.field],
            purpose=section.purpose,
            ground=f"notice {row.rule} by {channel}",
        )
        outcome = await self._server.submit(look, ACTOR)
        if outcome.refused is not None:
            raise outcome.refused
        return found.address

    def _sealed(self, row: NoticeRow, way: Way, section: Notices) -> _Found | None:
        rows = self._engine.rows
        if row.recipient.startswith("report:"):
            told = rows.get(TOLD_REPORTS, row.recipient)
            if told is None:
                return None
            fact, kind, person = told.sealed_in, told.kind, told.sealed_for
            fields = section.reporter.get(way, [])
        else:
            place = self._place(row, way)
            if place is None:
                return None
            fact, kind, person, fields = place
        if erased_at(person, rows) is not None:
            raise Rejected("erased", "what was known of them was erased", where=row.channel)
        seal = self._engine.unsealed(fact) or {}
        field = next((one for one in fields if seal.get(one, "").strip()), "")
        return _Found(fact, kind, person, field, seal[field].strip()) if field else None

    def _place(self, row: NoticeRow, way: Way) -> tuple[str, str, str, list[str]] | None:
        """Return where the address of a unit or an account is sealed.

        Of a unit it is that of whoever is on duty by its roster, then its own, then that of whoever
        is on duty above it.
        """
        holders, above = [row.recipient], list[str]()
        if row.recipient.startswith("unit:"):
            unit = row.recipient.removeprefix("unit:")
            duty = self._duty.on_duty(unit, self._clock.now())
            persons = [one.person for one in duty.duties]
            (holders if duty.unit == unit else above)[:0] = persons
        for holder in (*holders, *above):
            named = self._engine.rows.get(DUTY_PERSONS, holder)
            if way == "phone" and named is not None and named.named:
                return named.named, "DutyPersonNamed", holder, ["phone"]
            contact = self._engine.rows.get(CONTACTS, (holder, way))
            if contact is not None and contact.fact:
                return contact.fact, "ContactSet", contact.sealed_for, ["address"]
        return None

    # --- what became of it --------------------------------------------------------------------

    async def _give_up(
        self, name: str, rows: list[NoticeRow], code: str, params: dict[str, str], waits: Waits
    ) -> None:
        self.failed += len(rows)
        logs.note("notice_failed", channel=name, code=code, count=len(rows), **params)
        self._messages.pop(waits.key, None)
        await self._record(
            [
                NoteFailed(
                    notice=row.notice,
                    channel=name,
                    code=code,
                    params=params,
                    tries=waits.tries + 1,
                )
                for row in rows
            ]
        )

    async def _record(self, commands: Sequence[Command]) -> None:
        """Have it recorded; while too many commands wait, wait too."""
        for command in commands:
            while True:
                try:
                    outcome = await self._server.submit(command, ACTOR)
                except Retryable:
                    if not self._server.is_writing:
                        return  # it stops: the notice is sent again after the next start
                    await asyncio.sleep(1)
                    continue
                if outcome.refused is not None:
                    logs.LOG.error("notice not recorded", extra={"fields": {"why": _code(outcome)}})
                break


def _code(outcome: Outcome) -> str:
    refused: ChengyunError | None = outcome.refused
    return refused.code if isinstance(refused, Rejected) else type(refused).__name__
