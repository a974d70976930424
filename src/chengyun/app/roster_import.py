"""A roster (值班表) from Excel: three sheets read into commands, or every mistake by its cell.

``roster`` has a row a shift, or a shift on many days; ``persons`` says how people are reached and
may be left out; ``stand_ins`` says who is away. The days of a unit from the first to the last that
the sheet names are replaced whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from chengyun.adapters.files.workbook_cells import ReadSheet, read_workbook
from chengyun.app.roster_rows import Known, Persons, Shifts, away_in
from chengyun.app.workbook_mistakes import Book, Told, by_title, notes_of
from chengyun.citypack.mistakes import shown
from chengyun.citypack.sheet_words import TITLES, title_of
from chengyun.citypack.sheets import Taken, take
from chengyun.kernel.limits import MAX_ROSTER_SHIFTS
from chengyun.rosters.handlers import (
    AwayOfRoster,
    DaysOfUnit,
    ImportRoster,
    ShiftOfRoster,
)

COLUMNS: Final = {
    "roster": (
        *("unit", "post", "person", "from_date", "until_date", "days", "from", "until", "skills"),
    ),
    "persons": ("person", "account", "name", "phone"),
    "stand_ins": ("person", "stand_in", "from_date", "from", "until_date", "until"),
}
"""The sheets of a roster and their columns."""
NEEDED: Final = {"roster": "unit", "persons": "person", "stand_ins": "stand_in"}
"""The column by which the header of a sheet is found."""

_FREE: Final = frozenset({"name", "skills"})


class ReadRoster(msgspec.Struct, frozen=True):
    """What a workbook says: commands to be sent in order, or what is wrong with it."""

    commands: tuple[ImportRoster, ...]
    shifts: int
    units: int
    notes: tuple[str, ...]
    """Gaps, people who are on duty twice at once, and what was taken that one may not have seen."""
    mistakes: tuple[Told, ...]
    more: int


def read_roster(path: Path, known: Known) -> ReadRoster:
    """Read the workbook ``path``; raises ``Rejected`` for what is none."""
    book = Book()
    sheets = _sheets(read_workbook(path), book)
    persons = Persons(sheets.get("persons"), known, book)
    shifts = Shifts(known, persons, book)
    if "roster" in sheets:
        shifts.take(*sheets["roster"])
    stand_ins = sheets.get("stand_ins")
    away = [] if stand_ins is None else list(away_in(*stand_ins, known, persons, book))
    if not book and not shifts.rows and not away:
        book.of_sheet(title_of("roster"), "empty_sheet", "there is no shift", "enter one a row")
    notes = [f"{one.title}: {note}" for one, _ in sheets.values() for note in notes_of(one)]
    if not book:
        notes += shifts.notes()
    return ReadRoster(
        () if book else tuple(_commands(path.name, shifts, persons, away)),
        len(shifts.rows),
        len(shifts.spans),
        tuple(notes),
        book.listed(),
        book.more,
    )


def _sheets(found: Sequence[ReadSheet], book: Book) -> dict[str, tuple[ReadSheet, Taken]]:
    words = {word: name for name in COLUMNS for word in (name, TITLES[name], title_of(name))}
    names = by_title([sheet.title for sheet in found], words)
    if len(found) == 1 and not names:
        names = {found[0].title: "roster"}  # one table alone is the roster, whatever it is called
    sheets: dict[str, tuple[ReadSheet, Taken]] = {}
    for sheet in found:
        name = names.get(sheet.title)
        if name is None and sheet.rows:
            remedy = f"the sheets are {', '.join(map(title_of, COLUMNS))}"
            what = f"there is no sheet {shown(sheet.title)} in a roster"
            book.of_sheet(sheet.title, "unknown_sheet", what, remedy)
        elif name in sheets:
            what = f"the sheet {name} is there twice"
            book.of_sheet(sheet.title, "duplicate_sheet", what, "keep one")
        elif name is not None and (sheet.rows or name == "roster"):
            taken = take(
                sheet.rows, COLUMNS[name], needed=NEEDED[name], is_code=lambda one: one not in _FREE
            )
            book.of_reading(sheet, taken)
            sheets[name] = (sheet, taken)
    return sheets


# --- commands ---------------------------------------------------------------------------------


def _commands(
    source: str, shifts: Shifts, persons: Persons, away: Sequence[AwayOfRoster]
) -> Iterator[ImportRoster]:
    """Yield commands that are not too large, each with whole units; absences come last."""
    by_unit: dict[str, list[ShiftOfRoster]] = {unit: [] for unit in sorted(shifts.spans)}
    for shift in shifts.rows:
        by_unit[shift.unit].append(shift)
    batch: list[str] = []
    count = 0
    for unit, rows in by_unit.items():
        if batch and count + len(rows) > MAX_ROSTER_SHIFTS // 2:
            yield _command(source, batch, by_unit, shifts, persons, ())
            batch, count = [], 0
        batch.append(unit)
        count += len(rows)
    if batch or away:
        yield _command(source, batch, by_unit, shifts, persons, away)


def _command(
    source: str,
    units: Sequence[str],
    by_unit: Mapping[str, list[ShiftOfRoster]],
    shifts: Shifts,
    persons: Persons,
    away: Sequence[AwayOfRoster],
) -> ImportRoster:
    rows = [row for unit in units for row in by_unit[unit]]
    keys = {row.person for row in rows} | {one.person for one in away}
    keys |= {one.stand_in for one in away if one.stand_in}
    spans = [(unit, *shifts.spans[unit]) for unit in units]
    return ImportRoster(
        source=source,
        days=[
            DaysOfUnit(unit=unit, from_day=first.isoformat(), until_day=last.isoformat())
            for unit, first, last in spans
        ],
        persons={key: persons.found[key] for key in sorted(keys)},
        shifts=rows,
        away=list(away),
    )
