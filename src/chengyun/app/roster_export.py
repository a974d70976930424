"""Rosters of a store as the sheets that they can be imported from again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Final

from chengyun.adapters.files.workbooks import Column, Sheet
from chengyun.app.roster_cells import time_of
from chengyun.app.roster_import import COLUMNS
from chengyun.app.stored_rosters import StoredRosters
from chengyun.citypack.sheet_words import header_of, title_of
from chengyun.kernel.calendars import WorkingCalendar
from chengyun.kernel.instants import DAY_US, MINUTE_US, Instant
from chengyun.kernel.rosters import POSTS, Shift

_NOTES: Final = {
    "from": "08:30",
    "until": "20:00; 08:30 of the next day after a night, or 32:30",
    "from_date": "2026-10-01",
    "days": "all, working_days, days_off, mon|tue|…; empty is all",
    "person": "A staff number, or a name that nobody else has",
    "account": "The login, where there is one",
    "stand_in": "Empty: away, and nobody stands in",
    "skills": "Types of cases, separated by |; empty is any",
}
_OF_DAY: Final = 24 * 60


def roster_sheets(
    rosters: StoredRosters,
    calendar: WorkingCalendar,
    logins: Mapping[str, str],
    first: date,
    last: date,
    unit: str = "",
) -> list[Sheet]:
    """Return the sheets of all rosters, or of one unit, for the days from ``first`` to ``last``.

    ``logins`` are logins by account. Days on which nobody is on duty have no row, so a roster that
    begins or ends with such days is imported again without them.
    """
    shifts = [
        (row.unit, row.day, shift)
        for row in rosters.days(first.isoformat(), last.isoformat(), unit)
        for shift in row.shifts
    ]
    begins = calendar.at(first.toordinal(), 0)
    ends = calendar.at(last.toordinal() + 1, 0)
    people = dict.fromkeys(shift.person for _, _, shift in shifts)
    away = [
        (person, one)
        for person in people
        for one in rosters.kept.stand_ins_of(person)
        if one.until_at > begins and one.from_at < ends
    ]
    people |= dict.fromkeys(one.stand_in for _, one in away if one.stand_in)
    told = {person: rosters.person(person) for person in people}
    keys = {person: found.key or person for person, found in told.items()}
    units = sorted(rosters.up.above)
    return [
        _sheet(
            "roster",
            ([one, shift.post, keys[shift.person], day, "", "", *_times(shift, day, calendar),
              "|".join(shift.skills)] for one, day, shift in shifts),
            {"unit": units, "post": POSTS, "person": sorted(keys.values())},
        ),
        _sheet(
            "persons",
            ([keys[person], logins.get(person, ""), found.name, found.phone]
             for person, found in told.items()),
            {},
        ),
        _sheet(
            "stand_ins",
            ([keys[person], keys.get(one.stand_in, ""), *_moment(Instant(one.from_at), calendar),
              *_moment(Instant(one.until_at), calendar)] for person, one in away),
            {},
        ),
    ]  # fmt: skip


def _sheet(name: str, rows: Iterable[list[str]], choices: Mapping[str, Iterable[str]]) -> Sheet:
    columns = [
        Column(
            header=header_of(column),
            choices=tuple(choices.get(column, ())),
            is_strict=column == "post",
            note=_NOTES.get(column, ""),
        )
        for column in COLUMNS[name]
    ]
    return Sheet(title=title_of(name), columns=columns, rows=list(rows))


def _times(shift: Shift, day: str, calendar: WorkingCalendar) -> Iterator[str]:
    """Yield when a shift begins and ends; an end after more than a day as hours beyond 24."""
    midnight = calendar.at(date.fromisoformat(day).toordinal(), 0)
    start, end = ((at - midnight) // MINUTE_US for at in (shift.from_at, shift.until_at))
    yield time_of(start)
    yield time_of(end - _OF_DAY if _OF_DAY < end <= start + _OF_DAY else end)


def _moment(at: Instant, calendar: WorkingCalendar) -> Iterator[str]:
    day = calendar.day_of(at)
    yield date.fromordinal(day).isoformat()
    yield time_of((at - calendar.at(day, 0)) % DAY_US // MINUTE_US)
