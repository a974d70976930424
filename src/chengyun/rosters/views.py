"""The tables of rosters: days of units, stand-ins and persons; none of it stays in memory.

A city's rosters are many and looked up by key alone: unit and day, or person.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change, Put, Table
from chengyun.facts.envelope import Fact
from chengyun.facts.guard import PersonErased
from chengyun.facts.rosters import DutyPersonNamed, RosterImported, StandInEnded, StandInNamed
from chengyun.kernel.limits import MAX_STAND_INS
from chengyun.kernel.rosters import Shift, StandIn

DUTY: Final = "duty:"
ACCOUNT: Final = "account:"


class DutyDayRow(msgspec.Struct, frozen=True):
    """The shifts of a unit that begin on a local day."""

    unit: str
    day: str
    shifts: list[Shift]
    source: str
    open: bool = False
    """Never: days are found by their key, so none stays in memory."""


class AwayRow(msgspec.Struct, frozen=True):
    """When a person is away, and who stands in; the newest ``MAX_STAND_INS`` of them."""

    person: str
    times: list[StandIn]
    open: bool = False


class DutyPersonRow(msgspec.Struct, frozen=True):
    """A person who is or was on a roster; ``named`` is the fact that seals name and telephone."""

    person: str
    named: str
    content: str
    is_erased: bool = False
    open: bool = False


DUTY_DAYS = Table("duty_days", DutyDayRow, key=("unit", "day"), resident=("open", True))
AWAY = Table("duty_away", AwayRow, key=("person",), resident=("open", True))
DUTY_PERSONS = Table("duty_persons", DutyPersonRow, key=("person",), resident=("open", True))
TABLES = (DUTY_DAYS, AWAY, DUTY_PERSONS)


def note_roster(fact: Fact[RosterImported], rows: Rows) -> Iterable[Change]:
    """A unit's days are as this fact says, whatever stood there."""
    for one in fact.body.days:
        yield Put(DUTY_DAYS, DutyDayRow(fact.body.unit, one.day, one.shifts, fact.body.source))


def note_person(fact: Fact[DutyPersonNamed], rows: Rows) -> Iterable[Change]:
    """Remember which fact says how somebody is reached."""
    yield Put(DUTY_PERSONS, DutyPersonRow(fact.body.person, fact.id, fact.body.content))


def note_erased(fact: Fact[PersonErased], rows: Rows) -> Iterable[Change]:
    """Nothing more is kept of somebody who was erased, and nothing new is sealed for him."""
    person = fact.body.person
    if person.startswith((DUTY, ACCOUNT)):
        yield Put(DUTY_PERSONS, DutyPersonRow(person, "", "", is_erased=True))


def note_stand_in(fact: Fact[StandInNamed], rows: Rows) -> Iterable[Change]:
    """Somebody is away; an absence that begins at the same instant is replaced."""
    said = fact.body
    times = [one for one in _times(said.person, rows) if one.from_at != said.from_at]
    times.append(StandIn(said.from_at, said.until_at, said.stand_in))
    newest = sorted(times, key=lambda one: (one.until_at, one.from_at))[-MAX_STAND_INS:]
    yield Put(AWAY, AwayRow(said.person, sorted(newest)))


def note_stand_in_ended(fact: Fact[StandInEnded], rows: Rows) -> Iterable[Change]:
    """An absence ends now; one that had not begun never was."""
    said, now = fact.body, fact.known_at
    times = []
    for one in _times(said.person, rows):
        if one.from_at != said.from_at:
            times.append(one)
        elif one.from_at < now:
            times.append(StandIn(one.from_at, min(one.until_at, now), one.stand_in))
    yield Put(AWAY, AwayRow(said.person, times))


def _times(person: str, rows: Rows) -> list[StandIn]:
    row = rows.get(AWAY, person)
    return [] if row is None else row.times
