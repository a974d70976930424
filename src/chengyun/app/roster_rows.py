"""The rows of a roster's sheets, each with how to say what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Final

import msgspec

from chengyun.adapters.files.workbook_cells import ReadSheet
from chengyun.app.roster_cells import SEPARATORS, date_in, days_in, minute_in, post_in
from chengyun.app.workbook_mistakes import Book
from chengyun.citypack.mistakes import did_you_mean, one_of, shown
from chengyun.citypack.sheets import CellMistake, Taken
from chengyun.kernel.calendars import WorkingCalendar
from chengyun.kernel.instants import DAY_US, MINUTE_US, Instant
from chengyun.kernel.limits import MAX_NAME_CHARS, MAX_ROSTER_D, MAX_SHIFT_H
from chengyun.kernel.rosters import POSTS, Post, Shift, gaps, overlaps
from chengyun.rosters.handlers import AwayOfRoster, PersonOfRoster, ShiftOfRoster

_DAY_MIN: Final = 24 * 60
_MAX_NOTES: Final = 50


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What of the city a roster is read by."""

    units: frozenset[str]
    calendar: WorkingCalendar
    accounts: Mapping[str, str]
    """Accounts by login."""


class Row:
    """A row that is read: what it says, and how to say what is wrong with it."""

    def __init__(
        self, title: str, taken: Taken, number: int, cells: Mapping[str, str], book: Book
    ) -> None:
        self.number = number
        self.cells = cells
        self._title = title
        self._columns = taken.columns
        self._book = book
        self.is_sound = True

    def wrong(self, column: str, code: str, what: str, remedy: str) -> None:
        """Note a mistake of a cell."""
        self.is_sound = False
        at = self._columns.get(column, 0)
        self._book.of_cell(self._title, CellMistake(self.number, at, code, what, remedy))

    def needed(self, column: str) -> str:
        """Return what a cell says; a mistake where it says nothing."""
        text = self.cells.get(column, "")
        if not text:
            self.wrong(column, "missing", f"{column} is empty", "fill it in")
        return text

    def date(self, column: str, default: date | None = None) -> date | None:
        """Return the date of a cell; a mistake where it says none."""
        if default is not None and column not in self.cells:
            return default
        text = self.needed(column)
        found = date_in(text) if text else None
        if text and found is None:
            what = f"{shown(text)} is no date"
            self.wrong(column, "not_a_day", what, "write it as 2026-10-01")
        return found

    def minute(self, column: str, default: int | None = None) -> int | None:
        """Return the minute after midnight of a cell; a mistake where it says none."""
        if default is not None and column not in self.cells:
            return default
        text = self.needed(column)
        found = minute_in(text) if text else None
        if text and found is None:
            self.wrong(column, "not_a_time", f"{shown(text)} is no time", "write it as 08:30")
        return found


def rows_of(sheet: ReadSheet, taken: Taken, book: Book) -> Iterator[Row]:
    """Yield the rows of a sheet."""
    for number, cells in taken.rows:
        yield Row(sheet.title, taken, number, cells, book)


class Persons:
    """The people of a roster by the key that its sheets call them by."""

    def __init__(self, read: tuple[ReadSheet, Taken] | None, known: Known, book: Book) -> None:
        self._is_listed = read is not None
        self.found: dict[str, PersonOfRoster] = {}
        for row in () if read is None else rows_of(*read, book):
            key = row.needed("person")
            if key in self.found:
                row.wrong("person", "duplicate_row", f"{key[:40]!r} is there twice", "keep one row")
                continue
            login, account = row.cells.get("account", ""), ""
            if login:
                account = known.accounts.get(login.casefold(), "")
                if not account:
                    what = f"nobody has the login {shown(login)}"
                    row.wrong("account", "unknown_login", what, "open the account, or leave it out")
            told = {one: row.cells.get(one, "") for one in ("name", "phone")}
            for column, text in told.items():
                if len(text) > MAX_NAME_CHARS:
                    what = f"{column} has over {MAX_NAME_CHARS} characters"
                    row.wrong(column, "too_long", what, "shorten it")
            self.found[key] = PersonOfRoster(account=account, **told)

    def named(self, row: Row, column: str) -> str:
        """Return the key in a cell; a mistake where the sheet of persons does not list it."""
        key = row.needed(column)
        if key and key not in self.found:
            if self._is_listed:
                remedy = did_you_mean(key, list(self.found)) or "list the person there"
                what = f"{shown(key)} is not in the sheet of persons"
                row.wrong(column, "unknown_person", what, remedy)
            else:
                self.found[key] = PersonOfRoster()
        return key


class Shifts:
    """The shifts of the roster, and which days of which unit they are about."""

    def __init__(self, known: Known, persons: Persons, book: Book) -> None:
        self.rows: list[ShiftOfRoster] = []
        self.spans: dict[str, tuple[date, date]] = {}
        self._known = known
        self._persons = persons
        self._book = book
        self._seen: set[tuple[str, str, str, int, int]] = set()

    def take(self, sheet: ReadSheet, taken: Taken) -> None:
        """Read all rows of the sheet."""
        for row in rows_of(sheet, taken, self._book):
            self._take(row)

    def _take(self, row: Row) -> None:
        unit = row.needed("unit")
        if unit and unit not in self._known.units:
            remedy = did_you_mean(unit, sorted(self._known.units)) or "use a code of the units"
            row.wrong("unit", "unknown_unit", f"{shown(unit)} is no unit of this city", remedy)
        said = row.needed("post")
        post = post_in(said)
        if said and post is None:
            remedy = f"allowed are {one_of(list(POSTS))}"
            row.wrong("post", "not_allowed", f"{shown(said)} is no post", remedy)
        person = self._persons.named(row, "person")
        first = row.date("from_date")
        last = row.date("until_date", first)
        start, end = row.minute("from"), row.minute("until")
        is_meant = days_in(row.cells.get("days", ""), self._known.calendar)
        if isinstance(is_meant, str):
            remedy = "write all, working_days, days_off, or mon|tue|…"
            row.wrong("days", "unknown_days", f"{shown(is_meant)} says no days", remedy)
            return
        skills = [one.strip() for one in SEPARATORS.split(row.cells.get("skills", ""))]
        if (
            first is None
            or last is None
            or start is None
            or end is None
            or post is None
            or not row.is_sound
        ):
            return
        if not 0 <= (last - first).days < MAX_ROSTER_D:
            what = f"{first} to {last} is no span of 1 to {MAX_ROSTER_D} days"
            row.wrong("until_date", "bad_span", what, "correct the dates")
            return
        length = end - start if end > start else end + _DAY_MIN - start
        if not 0 < length <= MAX_SHIFT_H * 60 or start >= _DAY_MIN:
            what = f"a shift begins within the day and lasts at most {MAX_SHIFT_H} hours"
            row.wrong("until", "too_long_a_shift", what, "make it several shifts")
            return
        days = [first + timedelta(days=one) for one in range((last - first).days + 1)]
        meant = [day for day in days if is_meant(day)]
        if not meant:
            what = f"no day from {first} to {last} is meant by {row.cells.get('days', '')!r}"
            row.wrong("days", "no_shift_day", what, "correct the dates or the days")
            return
        before = self.spans.get(unit, (first, last))
        self.spans[unit] = (min(before[0], first), max(before[1], last))
        at = self._known.calendar.at
        for day in meant:
            from_at = at(day.toordinal(), start)
            until_at = at(*divmod(day.toordinal() * _DAY_MIN + start + length, _DAY_MIN))
            self._add(row, unit, post, person, int(from_at), int(until_at), skills)

    def _add(
        self, row: Row, unit: str, post: Post, person: str, from_at: int, until_at: int,
        skills: list[str],
    ) -> None:  # fmt: skip
        key = (unit, post, person, from_at, until_at)
        if key in self._seen:
            what = "the same person has the same shift in another row"
            row.wrong("person", "duplicate_row", what, "keep one of the rows")
            return
        self._seen.add(key)
        kept = sorted({one for one in skills if one})
        self.rows.append(
            ShiftOfRoster(
                unit=unit, post=post, person=person, from_at=from_at, until_at=until_at,
                skills=kept,
            )
        )  # fmt: skip

    def notes(self) -> Iterator[str]:
        """Name the gaps of each unit, and whoever is on duty twice at once."""
        told = list(self._gaps()) + list(self._overlaps())
        yield from told[:_MAX_NOTES]
        if len(told) > _MAX_NOTES:
            yield f"{len(told) - _MAX_NOTES} further gaps and overlaps are not listed"

    def _gaps(self) -> Iterator[str]:
        at = self._known.calendar.at
        for unit, (first, last) in sorted(self.spans.items()):
            shifts = [_as_shift(one) for one in self.rows if one.unit == unit]
            ends = at(first.toordinal(), 0), at(last.toordinal() + 1, 0)
            for gap in gaps(shifts, *ends):
                span = f"{self._shown(gap.from_at)} to {self._shown(gap.until_at)}"
                yield f"{unit}: nobody is on duty from {span} 无人值班"

    def _overlaps(self) -> Iterator[str]:
        for one in overlaps(map(_as_shift, self.rows)):
            span = f"{self._shown(one.from_at)} to {self._shown(one.until_at)}"
            yield f"{one.person}: on duty twice from {span} 同时值两个班"

    def _shown(self, at: int) -> str:
        return date_time(Instant(at), self._known.calendar)


def date_time(at: Instant, calendar: WorkingCalendar) -> str:
    """Return an instant as a local date and time."""
    day = calendar.day_of(at)
    minute = (at - calendar.at(day, 0)) // MINUTE_US
    return f"{date.fromordinal(day).isoformat()} {minute // 60:02d}:{minute % 60:02d}"


def _as_shift(one: ShiftOfRoster) -> Shift:
    return Shift(one.from_at, one.until_at, one.post, one.person)


def away_in(
    sheet: ReadSheet, taken: Taken, known: Known, persons: Persons, book: Book
) -> Iterator[AwayOfRoster]:
    """Yield who is away when, and who stands in."""
    at = known.calendar.at
    for row in rows_of(sheet, taken, book):
        person = persons.named(row, "person")
        stand_in = persons.named(row, "stand_in") if row.cells.get("stand_in") else ""
        first, start = row.date("from_date"), row.minute("from", 0)
        last, end = row.date("until_date", first), row.minute("until", _DAY_MIN)
        if first is None or last is None or start is None or end is None or not row.is_sound:
            continue
        from_at = at(*divmod(first.toordinal() * _DAY_MIN + start, _DAY_MIN))
        until_at = at(*divmod(last.toordinal() * _DAY_MIN + end, _DAY_MIN))
        if not from_at < until_at <= from_at + MAX_ROSTER_D * DAY_US:
            what = f"one is away for a time of at most {MAX_ROSTER_D} days"
            row.wrong("until_date", "bad_span", what, "correct the dates")
        elif stand_in == person:
            row.wrong("stand_in", "own_stand_in", "nobody stands in for himself", "name another")
        else:
            yield AwayOfRoster(
                person=person, stand_in=stand_in, from_at=int(from_at), until_at=int(until_at)
            )
