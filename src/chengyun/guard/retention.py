"""Data of persons go when they were kept long enough after their matter ended.

Records that ended stand in lists by the day on which they did, so that the policy of the moment at
which it is looked decides, also over what was kept under an earlier one. Each record has a key of
its own, and what is sensitive in it another: so each class goes at its time. A matter that is open
is kept as long as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from chengyun.engine.known import Known
from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change, Drop, Put, Table
from chengyun.engine.timers import TIMERS, set_timer
from chengyun.facts.classes import sensitive_of
from chengyun.facts.engine import PolicyTookEffect, TimerFired
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.guard import PersonalDataExpired, RetentionPlanned
from chengyun.facts.handle import ReportClosed, ReportRated
from chengyun.facts.privacy import Keep, Privacy
from chengyun.facts.sense import (
    ReportReceived,
    ReportTaken,
    RowRefused,
    SensitiveReceived,
    SightingDecided,
)
from chengyun.kernel.ids import join, under
from chengyun.kernel.instants import DAY_US, Instant
from chengyun.kernel.limits import MAX_EXPIRED_A_FACT, MAX_EXPIRED_FACTS

PURPOSE: Final = "guard.retention"
CITY: Final = "city"
PERSONAL: Final = "personal"
SENSITIVE: Final = "sensitive"
REFUSED: Final = "refused"


class Kept(msgspec.Struct, frozen=True):
    """A report whose matter is open and that has something sealed."""

    report: str
    personal: bool
    sensitive: bool
    open: bool = True


class EndedDay(msgspec.Struct, frozen=True):
    """How many records of a class ended on a day and are still kept."""

    what: str
    day: int
    count: int
    gone: int = 0
    """How many lists of them were worked off."""


class EndedList(msgspec.Struct, frozen=True):
    """Some records that ended on a day."""

    what: str
    day: int
    batch: int
    persons: list[str]
    open: bool = False
    """Never: lists are read when their day is due."""


KEPT = Table("kept_reports", Kept, key=("report",), resident=("open", True))
ENDED = Table("ended_days", EndedDay, key=("what", "day"))
LISTS = Table("ended_lists", EndedList, key=("what", "day", "batch"), resident=("open", True))


# --- what is remembered -----------------------------------------------------------------------


def note_received(
    fact: Fact[ReportTaken] | Fact[ReportReceived] | Fact[SensitiveReceived], rows: Rows
) -> Iterable[Change]:
    """A report with something sealed is kept until its matter ends."""
    if fact.sealed is None:
        return
    report = fact.subject
    before = rows.get(KEPT, report) or Kept(report, personal=False, sensitive=False)
    field = "sensitive" if fact.kind == "SensitiveReceived" else "personal"
    yield Put(KEPT, msgspec.structs.replace(before, **{field: True}))


def note_closed(fact: Fact[ReportClosed], rows: Rows) -> Iterable[Change]:
    """From now on the time runs for what is sealed in the report."""
    yield from _matter_ended(fact.body.report, fact, rows)


def note_dismissed(fact: Fact[SightingDecided], rows: Rows) -> Iterable[Change]:
    """What somebody saw is not so never enters the loop: its matter ends here."""
    if not fact.body.confirmed:
        yield from _matter_ended(fact.subject, fact, rows)


def _matter_ended(report: str, fact: Fact, rows: Rows) -> Iterator[Change]:  # type: ignore[type-arg]
    kept = rows.get(KEPT, report)
    if kept is None:
        return
    yield Drop(KEPT, kept.report)
    if kept.personal:
        yield from _ended(PERSONAL, kept.report, fact, rows)
    if kept.sensitive:
        yield from _ended(SENSITIVE, sensitive_of(kept.report), fact, rows)


def note_rated(fact: Fact[ReportRated], rows: Rows) -> Iterable[Change]:
    """What a reporter wrote about a closed report stands under the report's key."""
    if fact.sealed is not None:
        yield from _ended(PERSONAL, fact.sealed_for, fact, rows)


def note_refused(fact: Fact[RowRefused], rows: Rows) -> Iterable[Change]:
    """A refused row is kept for correction, for a while."""
    yield from _ended(REFUSED, fact.sealed_for, fact, rows)


def _ended(what: str, person: str, fact: Fact, rows: Rows) -> Iterator[Change]:  # type: ignore[type-arg]
    day = fact.known_at // DAY_US
    ended = rows.get(ENDED, (what, day)) or EndedDay(what, day, 0)
    batch = ended.count // MAX_EXPIRED_A_FACT
    before = rows.get(LISTS, (what, day, batch))
    persons = [*(before.persons if before else ()), person]
    yield Put(ENDED, msgspec.structs.replace(ended, count=ended.count + 1))
    yield Put(LISTS, EndedList(what, day, batch, persons))
    soon, waiting = (day + 2) * DAY_US, rows.get(TIMERS, under(PURPOSE, CITY))
    if waiting is None or waiting.due_at > soon:  # it may fall due before what was planned for
        yield set_timer(PURPOSE, CITY, soon, fact)


def note_planned(fact: Fact[RetentionPlanned], rows: Rows) -> Iterable[Change]:
    """Look again when the next record falls due."""
    yield set_timer(PURPOSE, CITY, fact.body.next_at, fact)


def forget_list(fact: Fact[PersonalDataExpired], rows: Rows) -> Iterable[Change]:
    """A list was worked off; with the last one its day is."""
    one = fact.body
    yield Drop(LISTS, (one.what, one.day, one.batch))
    ended = rows.get(ENDED, (one.what, one.day))
    if ended is None:
        return
    gone = one.batch + 1
    if gone * MAX_EXPIRED_A_FACT >= ended.count:
        yield Drop(ENDED, (one.what, one.day))
    else:
        yield Put(ENDED, msgspec.structs.replace(ended, gone=gone))


# --- when it is time --------------------------------------------------------------------------


def due_at(ended: EndedDay, keep: Keep) -> Instant:
    """Return when the records that ended on a day have been kept long enough."""
    return Instant((ended.day + 1 + _days(ended.what, keep)) * DAY_US)


def _days(what: str, keep: Keep) -> int:
    return {
        PERSONAL: keep.personal_days,
        SENSITIVE: keep.sensitive_days,
        REFUSED: keep.refused_days,
    }[what]


def on_timer(fact: Fact[TimerFired], known: Known) -> Iterable[Draft]:
    """Let go what is due, so many lists at once, and say when it is looked again."""
    if fact.body.purpose != PURPOSE:
        return
    keep = known.policy(Privacy).keep
    let_go = 0
    later: list[Instant] = []
    for ended in known.each(ENDED):
        if due_at(ended, keep) > known.now:
            later.append(due_at(ended, keep))
            continue
        for batch in range(ended.gone, -(-ended.count // MAX_EXPIRED_A_FACT)):
            if let_go >= MAX_EXPIRED_FACTS:
                later.append(known.now)
                break
            let_go += 1
            yield from _expired(ended, batch, keep, known)
    if later:
        yield _planned(min(later), fact, known)


def on_policy(fact: Fact[PolicyTookEffect], known: Known) -> Iterable[Draft]:
    """Another policy may let them go earlier, or later."""
    keep = known.policy(Privacy).keep
    due = [due_at(ended, keep) for ended in known.each(ENDED)]
    if due:
        yield _planned(min(due), fact, known)


def _expired(ended: EndedDay, batch: int, keep: Keep, known: Known) -> Iterator[Draft]:
    found = known.get(LISTS, (ended.what, ended.day, batch))
    if found is None:
        return
    name = join("expired", ended.what, ended.day, batch)
    yield Draft(
        id=name,
        happened_at=known.now,
        subject=join("retention", ended.what),
        body=PersonalDataExpired(
            what=ended.what,
            day=ended.day,
            batch=batch,
            persons=found.persons,
            kept_days=_days(ended.what, keep),
        ),
    )


def _planned(next_at: Instant, fact: Fact, known: Known) -> Draft:  # type: ignore[type-arg]
    return Draft(
        id=under("retention", fact.id),
        happened_at=known.now,
        subject=join("retention", CITY),
        body=RetentionPlanned(next_at=max(next_at, known.now)),
    )
