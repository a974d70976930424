"""Rosters and stand-ins: imported as a whole, recorded unit by unit, the same again is nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import ClassVar, Final

import msgspec

from chengyun.engine.about import CITY, About, Abouts
from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.engine.stage import Follows, Listens, Orders
from chengyun.facts.envelope import Draft
from chengyun.facts.guard import PersonErased
from chengyun.facts.registers import City, Units
from chengyun.facts.rosters import (
    DayOfRoster,
    DutyPersonNamed,
    RosterImported,
    StandInEnded,
    StandInNamed,
)
from chengyun.kernel.calendars import LAST_INSTANT
from chengyun.kernel.errors import Rejected
from chengyun.kernel.ids import join, outside, under
from chengyun.kernel.instants import HOUR_US, Instant
from chengyun.kernel.limits import (
    MAX_NAME_CHARS,
    MAX_ROSTER_D,
    MAX_ROSTER_SHIFTS,
    MAX_SHIFT_H,
    MAX_SKILLS,
)
from chengyun.kernel.rosters import Post, Shift
from chengyun.rosters import views
from chengyun.rosters.keeping import KeptRosters, units_up
from chengyun.rosters.ports import DIGESTS
from chengyun.rosters.views import AWAY, DUTY, DUTY_DAYS, DUTY_PERSONS

_ID: Final = re.compile(r"duty:[0-9a-f]{32}", re.ASCII)
_ACCOUNT: Final = re.compile(r"account:[A-Za-z0-9_.~-]{1,64}", re.ASCII)


class PersonOfRoster(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody on a roster as the sender knows him; sealed, or made opaque, at once."""

    account: str = ""
    """``account:…`` of who signs in; others are known by their key in the command."""
    name: str = ""
    phone: str = ""


class ShiftOfRoster(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A shift as it is sent; ``person`` is a key of the command's ``persons``."""

    unit: str
    post: Post
    person: str
    from_at: int
    until_at: int
    skills: list[str] = []


class AwayOfRoster(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody away for a time; both are keys of ``persons``, and nobody stands in for empty."""

    person: str
    stand_in: str = ""
    from_at: int
    until_at: int


class DaysOfUnit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which local days of a unit a roster is about, the last one included."""

    unit: str
    from_day: str
    until_day: str


class ImportRoster(Command, frozen=True, kw_only=True):
    """Let rosters hold for the days they are about; what stood for these days is replaced."""

    NEEDS: ClassVar[str] = "roster:import"
    source: str
    days: list[DaysOfUnit]
    persons: dict[str, PersonOfRoster]
    shifts: list[ShiftOfRoster]
    away: list[AwayOfRoster]


class NameStandIn(Command, frozen=True, kw_only=True):
    """Say that somebody is away for a time and who stands in; both by the ids of the roster."""

    NEEDS: ClassVar[str] = "roster:import"
    person: str
    stand_in: str = ""
    from_at: int
    until_at: int


class EndStandIn(Command, frozen=True, kw_only=True):
    """Say that somebody is there again, or will not be away from ``from_at`` on."""

    NEEDS: ClassVar[str] = "roster:import"
    person: str
    from_at: int


def import_roster(command: ImportRoster, known: Known) -> Iterable[Draft]:
    """Record persons, then each unit whose days change, then who is away."""
    _check_size(command)
    kept = KeptRosters(known.get, known.built(units_up, City, Units))
    ids = {key: _person_of(key, one, known) for key, one in command.persons.items()}
    for key, one in sorted(command.persons.items()):
        yield from _named(ids[key], key, one, known)
    by_day: dict[tuple[str, date], list[Shift]] = {}
    for about in command.days:
        for day in _days_of(about, known):
            by_day[about.unit, day] = []
    for number, shift in enumerate(command.shifts):
        where = f"shifts[{number}]"
        _check_span(shift.from_at, shift.until_at, where)
        at = (shift.unit, kept.day_of(Instant(shift.from_at)))
        if at not in by_day:
            raise _wrong("outside_days", where, "the shift begins on none of the days of its unit")
        by_day[at].append(_shift(shift, ids, where))
    for unit in sorted({unit for unit, _ in by_day}):
        yield from _imported(unit, by_day, command.source, known)
    for number, away in enumerate(command.away):
        where = f"away[{number}]"
        person = _known_key(away.person, ids, where)
        stand_in = _known_key(away.stand_in, ids, where) if away.stand_in else ""
        yield from _away(person, stand_in, away.from_at, away.until_at, known, where)


def name_stand_in(command: NameStandIn, known: Known) -> Iterable[Draft]:
    """Record that somebody is away."""
    named = (command.person, command.stand_in) if command.stand_in else (command.person,)
    for person in named:
        if not (_ID.fullmatch(person) or _ACCOUNT.fullmatch(person)):
            raise _wrong("unknown_person", "person", f"{person[:40]!r} is nobody's id")
    yield from _away(
        command.person, command.stand_in, command.from_at, command.until_at, known, "person"
    )


def end_stand_in(command: EndStandIn, known: Known) -> Iterable[Draft]:
    """Record that an absence is over; one that is over already is left as it is."""
    row = known.get(AWAY, command.person)
    found = [one for one in ([] if row is None else row.times) if one.from_at == command.from_at]
    if not found:
        raise _wrong("unknown_absence", "from_at", "nobody is away from then on")
    if found[0].until_at > known.now:
        yield Draft(
            id=under("there-again", command.person, command.from_at, known.now),
            happened_at=known.now,
            subject=command.person,
            body=StandInEnded(person=command.person, from_at=command.from_at),
        )


def about_import(command: ImportRoster, known: Known) -> About:
    """Who imports must hold every unit whose days he sets, and the city for anybody else's absence.

    Absent may be who has a shift of these units in the same command.
    """
    units = tuple(sorted({one.unit for one in command.days}))
    theirs = {shift.person for shift in command.shifts}
    if not units or not all(one.person in theirs for one in command.away):
        return CITY
    listed = known.policy(Units).units
    areas = {listed[unit].area if unit in listed else "" for unit in units}
    return About(areas.pop() if len(areas) == 1 else "", units)


# --- persons ----------------------------------------------------------------------------------


def _person_of(key: str, one: PersonOfRoster, known: Known) -> str:
    """Return the id under which a person is known: the account, or a keyed digest of the key.

    A key that is such an id already is left as it is: so a roster names somebody who was erased.
    """
    outside(key, field="persons")
    if not one.account:
        return key if _ID.fullmatch(key) else DUTY + known.port(DIGESTS).digest("duty", key)
    if not _ACCOUNT.fullmatch(one.account):
        raise _wrong("bad_account", f"persons.{key[:40]}", f"{one.account[:40]!r} is no account")
    return one.account


def _named(person: str, key: str, one: PersonOfRoster, known: Known) -> Iterable[Draft]:
    """Seal key, name and telephone where they are new; nothing of somebody who was erased.

    The key is sealed too: it may be a name, and by it the person is entered again.
    """
    told = (("name", one.name), ("phone", one.phone), ("key", "" if key == person else key))
    sealed = {field: text for field, text in told if text}
    if any(len(text) > MAX_NAME_CHARS for text in sealed.values()):
        raise _wrong("too_long", "persons", f"name or phone is over {MAX_NAME_CHARS} characters")
    row = known.get(DUTY_PERSONS, person)
    if not sealed or (row is not None and row.is_erased):
        return
    text = msgspec.json.encode(sealed, order="sorted").decode()
    content = known.port(DIGESTS).digest(f"duty-person:{person}", text)
    if row is not None and row.content == content:
        return
    yield Draft(
        id=under("named", person, known.now),
        happened_at=known.now,
        subject=person,
        body=DutyPersonNamed(person=person, content=content),
        sealed=sealed,
        sealed_for=person,
    )


def _known_key(key: str, ids: dict[str, str], where: str) -> str:
    found = ids.get(key)
    if found is None:
        raise _wrong("unknown_person", where, f"{key[:40]!r} is none of the persons")
    return found


# --- days -------------------------------------------------------------------------------------


def _days_of(about: DaysOfUnit, known: Known) -> Iterable[date]:
    if about.unit not in known.policy(Units).units:
        raise _wrong("unknown_unit", "days", f"{about.unit[:80]!r} is no unit of this city")
    try:
        first, last = date.fromisoformat(about.from_day), date.fromisoformat(about.until_day)
    except ValueError as wrong:
        raise _wrong("not_a_day", "days", "a day is written as 2026-10-01") from wrong
    if not 0 <= (last - first).days < MAX_ROSTER_D:
        raise _wrong("bad_span", "days", f"a roster is about 1 to {MAX_ROSTER_D} days in order")
    return (first + timedelta(days=one) for one in range((last - first).days + 1))


def _shift(shift: ShiftOfRoster, ids: dict[str, str], where: str) -> Shift:
    if len(shift.skills) > MAX_SKILLS:
        raise _wrong("too_many_skills", where, f"at most {MAX_SKILLS} skills a shift")
    skills = tuple(sorted({outside(one, field="skills") for one in shift.skills}))
    person = _known_key(shift.person, ids, where)
    return Shift(shift.from_at, shift.until_at, shift.post, person, skills)


def _imported(
    unit: str, by_day: dict[tuple[str, date], list[Shift]], source: str, known: Known
) -> Iterable[Draft]:
    """Record the days of a unit that are not as they stand already."""
    changed = []
    for day in sorted(day for one, day in by_day if one == unit):
        shifts = sorted(set(by_day[unit, day]))
        row = known.get(DUTY_DAYS, (unit, day.isoformat()))
        if row is None or row.shifts != shifts:
            changed.append(DayOfRoster(day.isoformat(), shifts))
    if changed:
        yield Draft(
            id=join("roster", unit, changed[0].day, known.now),
            happened_at=known.now,
            subject=join("roster", unit),
            body=RosterImported(unit=unit, days=changed, source=source),
        )


def _away(
    person: str, stand_in: str, from_at: int, until_at: int, known: Known, where: str
) -> Iterable[Draft]:
    if (
        not 0 <= from_at < until_at <= LAST_INSTANT
        or until_at - from_at > MAX_ROSTER_D * 24 * HOUR_US
    ):
        raise _wrong("bad_span", where, f"one is away for a time of at most {MAX_ROSTER_D} days")
    if stand_in == person:
        raise _wrong("own_stand_in", where, "nobody stands in for himself")
    row = known.get(AWAY, person)
    wanted = (from_at, until_at, stand_in)
    if row is not None and wanted in {
        (one.from_at, one.until_at, one.stand_in) for one in row.times
    }:
        return
    yield Draft(
        id=under("away", person, from_at, known.now),
        happened_at=known.now,
        subject=person,
        body=StandInNamed(person=person, stand_in=stand_in, from_at=from_at, until_at=until_at),
    )


def _check_size(command: ImportRoster) -> None:
    outside(command.source, field="source")
    most = max(len(command.shifts), len(command.persons), len(command.away), len(command.days))
    if most > MAX_ROSTER_SHIFTS:
        raise _wrong(
            "too_many_shifts", "shifts", f"{most} at once, at most {MAX_ROSTER_SHIFTS} are taken"
        )


def _check_span(from_at: int, until_at: int, where: str) -> None:
    if not 0 <= from_at < until_at <= LAST_INSTANT:
        raise _wrong("bad_span", where, "the shift is over before it begins")
    if until_at - from_at > MAX_SHIFT_H * HOUR_US:
        raise _wrong("too_long_a_shift", where, f"a shift lasts at most {MAX_SHIFT_H} hours")


def _wrong(code: str, field: str, what: str) -> Rejected:
    return Rejected(code, what, where=field, remedy="correct it and send it again")


FOLLOWS: Final[Follows] = {
    RosterImported: (views.note_roster,),
    DutyPersonNamed: (views.note_person,),
    StandInNamed: (views.note_stand_in,),
    StandInEnded: (views.note_stand_in_ended,),
    PersonErased: (views.note_erased,),
}
LISTENS: Final[Listens] = {}
ORDERS: Final[Orders] = {
    ImportRoster: import_roster,
    NameStandIn: name_stand_in,
    EndStandIn: end_stand_in,
}
ABOUTS: Final[Abouts] = {ImportRoster: about_import}
