"""``chengyun roster``: who is on duty, from Excel and to it, now and as was known at any time."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import click
import msgspec

from chengyun.adapters.files.workbooks import write_workbook
from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.system.clock import SystemClock
from chengyun.app.known_accounts import accounts_at
from chengyun.app.roster_export import roster_sheets
from chengyun.app.roster_import import read_roster
from chengyun.app.roster_rows import Known
from chengyun.app.stored_rosters import StoredRosters
from chengyun.cli.doors import needs
from chengyun.cli.executing import executed
from chengyun.cli.pack_excel import show_told
from chengyun.cli.stores import only_partition, store_in
from chengyun.facts.registers import CalendarPolicy, City, calendar_of
from chengyun.guard.accounts import plain_login, subject_of
from chengyun.kernel.instants import Instant, from_local, to_datetime, to_text
from chengyun.kernel.rosters import POSTS, OnDuty, on_duty

_FOLDER = click.argument(
    "folder", metavar="STORE", type=click.Path(exists=True, file_okay=False, path_type=Path)
)
_PARTITION = click.option("--partition", help="The partition, where there are several.")
_FILE = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@click.group("roster")
@needs("roster:read")
def command() -> None:
    """Import, show and export rosters (值班表)."""


@command.command("import")
@_FOLDER
@_FILE
@click.option("--dry-run", is_flag=True, help="Say what is wrong, and record nothing.")
@_PARTITION
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@needs("roster:import")
def import_(
    folder: Path, file: Path, partition: str | None, *, dry_run: bool, as_json: bool
) -> None:
    """Let the roster in the Excel workbook FILE hold in the city of STORE: all of it, or none."""
    folder = store_in(folder)
    with StoreReader(folder) as reader:
        rosters = StoredRosters(folder, reader, only_partition(reader, partition))
        known = Known(
            units=frozenset(rosters.up.above),
            calendar=calendar_of(rosters.section(CalendarPolicy), rosters.section(City)),
            accounts={
                plain_login(one.login): subject_of(one.row.account)
                for one in accounts_at(folder)
                if one.login
            },
        )
    read = read_roster(file, known)
    if not read.mistakes and not dry_run:
        for one in read.commands:
            executed(folder, one)
    if as_json:
        told = {
            "ok": not read.mistakes, "shifts": read.shifts, "units": read.units,
            "notes": read.notes, "mistakes": read.mistakes, "more": read.more,
        }  # fmt: skip
        click.echo(msgspec.json.encode(told).decode())
    else:
        show_told(read.mistakes, read.more)
        for note in read.notes:
            click.echo(note)
        if not read.mistakes:
            done = "read" if dry_run else "in force"
            click.echo(f"{read.shifts} shifts of {read.units} units are {done}")
    if read.mistakes:
        raise click.exceptions.Exit(1)


@command.command("show")
@_FOLDER
@click.option("--at", "moment", help="A local moment, as 2026-10-01T20:30.  [now]")
@click.option("--as-of", help="By what was known at this local moment.")
@click.option("--unit", default="", help="Of this unit; else of all that keep a roster that day.")
@click.option("--post", "posts", multiple=True, type=click.Choice(POSTS), help="In this post.")
@click.option("--skill", default="", help="Crews with this skill.")
@click.option("--names", is_flag=True, help="Open what is sealed: names and telephones.")
@_PARTITION
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON a unit.")
@needs("roster:read")
def show(
    folder: Path,
    moment: str | None,
    as_of: str | None,
    unit: str,
    posts: tuple[str, ...],
    skill: str,
    partition: str | None,
    *,
    names: bool,
    as_json: bool,
) -> None:
    """Say who is on duty in the city of STORE; where nobody is, who is in the unit above."""
    folder = store_in(folder)
    with StoreReader(folder) as reader:
        place = only_partition(reader, partition)
        rosters = StoredRosters(folder, reader, place)
        if as_of is not None:
            until = _moment(as_of, rosters)
            rosters = StoredRosters(folder, reader, place, until)
        at = SystemClock().now() if moment is None else _moment(moment, rosters)
        if unit and unit not in rosters.up.above:
            raise click.BadParameter(f"{unit!r} is no unit of this city", param_hint="--unit")
        for one in [unit] if unit else _units(rosters, at):
            found = on_duty(rosters.kept, one, at, posts=posts or POSTS, skill=skill)
            click.echo(_line(found) if as_json else _told(found, rosters, names=names))


@command.command("export")
@_FOLDER
@_FILE
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), required=True,
              help="The first day.")  # fmt: skip
@click.option("--until", "last", type=click.DateTime(["%Y-%m-%d"]), required=True,
              help="The last day.")  # fmt: skip
@click.option("--unit", default="", help="Of this unit; else of all.")
@click.option("--replace", is_flag=True, help="Write over a file that is there.")
@_PARTITION
@needs("roster:import")
def export(
    folder: Path,
    file: Path,
    first: datetime,
    last: datetime,
    unit: str,
    partition: str | None,
    *,
    replace: bool,
) -> None:
    """Write the rosters of STORE to the workbook FILE, names and telephones opened."""
    if file.exists() and not replace:
        raise click.ClickException(f"{file} is there already; name another file, or --replace")
    folder = store_in(folder)
    with StoreReader(folder) as reader:
        rosters = StoredRosters(folder, reader, only_partition(reader, partition))
        calendar = calendar_of(rosters.section(CalendarPolicy), rosters.section(City))
        logins = {subject_of(one.row.account): one.login for one in accounts_at(folder)}
        sheets = roster_sheets(rosters, calendar, logins, first.date(), last.date(), unit)
    write_workbook(file, sheets)
    click.echo(f"wrote {len(list(sheets[0].rows))} shifts to {file}")


def _moment(text: str, rosters: StoredRosters) -> Instant:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise click.BadParameter("write it as 2026-10-01T20:30") from wrong
    zone = rosters.up.zone
    naive = moment if moment.tzinfo is None else moment.astimezone(zone).replace(tzinfo=None)
    return from_local(naive, zone)[0]


def _units(rosters: StoredRosters, at: Instant) -> list[str]:
    """Return the units that keep a roster on the day, or have a shift that began the day before."""
    today: date = to_datetime(at, rosters.up.zone).date()
    first = today - timedelta(days=1)
    days = rosters.days(first.isoformat(), today.isoformat())
    return sorted({row.unit for row in days})


def _line(found: OnDuty) -> str:
    duties = [one._asdict() for one in found.duties]
    return msgspec.json.encode(found._asdict() | {"duties": duties}).decode()


def _told(found: OnDuty, rosters: StoredRosters, *, names: bool) -> str:
    where = "" if found.unit in ("", found.asked) else f", asked above: {found.unit}"
    lines = [f"{found.asked}: {found.code}{where}"]
    for one in found.duties:
        instead = f" instead of {one.instead_of}" if one.instead_of else ""
        skills = f" [{', '.join(one.skills)}]" if one.skills else ""
        who = one.person
        if names:
            opened = rosters.person(one.person)
            who = " ".join(filter(None, (opened.key, opened.name, opened.phone))) or who
        until = to_text(one.until_at, rosters.up.zone)
        lines.append(f"    {one.post:<10} {who} until {until}{instead}{skills}")
    if not found.duties:
        lines.append("    nobody, nor in any unit above")
    return "\n".join(lines)
