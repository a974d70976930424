"""What waits on the intake desk, the numbers it gives, and the receipts by which reporters ask."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change, Listed, Put, Table
from chengyun.engine.timers import set_timer, stop_timer
from chengyun.facts.envelope import Fact
from chengyun.facts.places import Place
from chengyun.facts.sense import (
    DESK,
    IntakeEscalated,
    ReportDiverted,
    ReportReceived,
    ReportTaken,
    ReportTriaged,
    SightingDecided,
    TriageDecided,
)
from chengyun.kernel.instants import SECOND_US

WAITING = "sense.waiting"


class IntakeRow(msgspec.Struct, frozen=True):
    """A report that was taken; what it says is kept here while it waits."""

    report: str
    area: str
    unit: str
    """Nobody's yet, always empty: who sees the desk is decided by area."""
    channel: str
    state: str
    """``waits``, ``received`` or ``dismissed``."""
    waits_for: str
    type: str
    """As given, or as it was received."""
    taken_at: int
    wakes_at: int
    """When it is told again that it waits; when it was taken where it does not."""
    round: int
    diverted: bool
    feed: str
    likeness: str
    """Digest of what it says: the same report sent again is the same."""
    title: str
    text: str
    place: Place | None
    place_text: str
    attributes: dict[str, str]
    due_at: int | None
    notes: list[str]
    proposed: str
    """The type that triage proposes; empty for none."""
    confidence_ppm: int
    urgency: str
    """As triage proposes: ``life``, ``urgent`` or ``usual``."""
    open: bool


class ReceiptRow(msgspec.Struct, frozen=True):
    """A code that a reporter was given, by its digest."""

    receipt: str
    report: str
    open: bool = False
    """Never: receipts are looked up one by one."""


class NumberRow(msgspec.Struct, frozen=True):
    """How many numbers the desk has given on a day of the city."""

    day: str
    last: int


INTAKE = Table(
    "intake",
    IntakeRow,
    key=("report",),
    indexes=(("waits_for",),),
    resident=("open", True),
    listed=Listed(
        area="area",
        unit="unit",
        at="taken_at",
        due="wakes_at",
        by=("state", "waits_for", "channel"),
        beside=("channel",),
    ),
)
RECEIPTS = Table("receipts", ReceiptRow, key=("receipt",), resident=("open", True))
NUMBERS = Table("intake_numbers", NumberRow, key=("day",))
TABLES = (INTAKE, RECEIPTS, NUMBERS)


def note_taken(fact: Fact[ReportTaken], rows: Rows) -> Iterable[Change]:
    """A report has its number; what nobody decides yet waits."""
    taken = fact.body
    is_waiting = bool(taken.waits_for)
    wakes_at = fact.known_at + taken.round_s * SECOND_US if is_waiting else fact.happened_at
    yield Put(
        INTAKE,
        IntakeRow(
            report=fact.subject,
            area=fact.area,
            unit="",
            channel=taken.channel,
            state="waits" if is_waiting else "received",
            waits_for=taken.waits_for,
            type=taken.type,
            taken_at=fact.happened_at,
            wakes_at=max(wakes_at, fact.happened_at),
            round=0,
            diverted=False,
            feed=taken.feed,
            likeness=taken.likeness,
            title=taken.title,
            text=taken.text,
            place=taken.place,
            place_text=taken.place_text,
            attributes=taken.attributes,
            due_at=taken.due_at,
            notes=taken.notes,
            proposed="",
            confidence_ppm=0,
            urgency="usual",
            open=True,
        ),
    )
    if is_waiting:
        yield set_timer(WAITING, fact.subject, wakes_at, fact, area=fact.area)
    if taken.receipt:
        yield Put(RECEIPTS, ReceiptRow(taken.receipt, fact.subject))
    day, _, number = taken.number.partition("-")
    if taken.feed == DESK and number.isdigit():
        before = rows.get(NUMBERS, day)
        last = max(int(number), 0 if before is None else before.last)
        yield Put(NUMBERS, NumberRow(day, last))


def note_diverted(fact: Fact[ReportDiverted], rows: Rows) -> Iterable[Change]:
    """It never waited: life may be in danger."""
    row = rows.get(INTAKE, fact.subject)
    if row is not None:
        yield Put(INTAKE, msgspec.structs.replace(row, diverted=True, urgency="life"))


def note_triaged(fact: Fact[ReportTriaged], rows: Rows) -> Iterable[Change]:
    """What triage proposes stands beside what was said; a place it is sure of is the report's."""
    row = rows.get(INTAKE, fact.subject)
    if row is None:
        return
    found = fact.body
    row = msgspec.structs.replace(
        row, proposed=found.type, confidence_ppm=found.confidence_ppm, urgency=found.urgency
    )
    if found.placed:
        row = msgspec.structs.replace(row, area=fact.area, place=row.place or found.places[0].place)
    yield Put(INTAKE, row)


def note_triage_decided(fact: Fact[TriageDecided], rows: Rows) -> Iterable[Change]:
    """A person says where it is."""
    row = rows.get(INTAKE, fact.subject)
    if row is not None and fact.body.area:
        yield Put(INTAKE, msgspec.structs.replace(row, area=fact.body.area))


def note_sighting(fact: Fact[SightingDecided], rows: Rows) -> Iterable[Change]:
    """What somebody saw is not so ends here; the rest goes on."""
    row = rows.get(INTAKE, fact.subject)
    if row is not None and not fact.body.confirmed:
        yield Put(INTAKE, _over(row, "dismissed"))
        yield stop_timer(WAITING, fact.subject)


def note_escalated(fact: Fact[IntakeEscalated], rows: Rows) -> Iterable[Change]:
    """It was told that it waits, and will be again."""
    row = rows.get(INTAKE, fact.subject)
    if row is None:
        return
    row = msgspec.structs.replace(row, round=fact.body.round, wakes_at=fact.body.next_at)
    yield Put(INTAKE, row)
    if fact.body.next_at > fact.happened_at:
        yield set_timer(WAITING, fact.subject, fact.body.next_at, fact, area=fact.area)


def note_received(fact: Fact[ReportReceived], rows: Rows) -> Iterable[Change]:
    """The loop has it: what it says stands there from now on."""
    row = rows.get(INTAKE, fact.subject)
    if row is not None:
        yield Put(INTAKE, _over(msgspec.structs.replace(row, type=fact.body.type), "received"))
        yield stop_timer(WAITING, fact.subject)


def _over(row: IntakeRow, state: str) -> IntakeRow:
    return msgspec.structs.replace(
        row,
        state=state,
        waits_for="",
        wakes_at=row.taken_at,
        title="",
        text="",
        place_text="",
        attributes={},
        notes=[],
        open=False,
    )
