"""``chengyun report``: take reports at the machine, one by one or from a table."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table as Grid

from chengyun.adapters.files.tables import BadRow, Row, open_table
from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.system.clock import SystemClock
from chengyun.api.receipts import digest_of_receipt, receipt_of
from chengyun.app.intake import refusal_command, told_command
from chengyun.app.tracing import section_in
from chengyun.cli.doors import needs
from chengyun.cli.executing import Execute, executing
from chengyun.cli.stores import only_partition, store_in
from chengyun.kernel.errors import ChengyunError, Rejected
from chengyun.kernel.instants import Instant
from chengyun.kernel.limits import MAX_REFUSED_SHOWN
from chengyun.sense.policy import Feed, Feeds
from chengyun.sense.rules import Reading, Registers
from chengyun.sense.taking import TakeReport

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


class Refused(msgspec.Struct, frozen=True):
    """A row that could not be taken; it is kept with its reason."""

    row: int
    field: str
    code: str
    what: str


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a table."""

    file: str
    encoding: str
    rows: int
    taken: int
    known_already: int
    refused: list[Refused]
    """The first of them; ``refused_count`` counts all."""
    refused_count: int


@click.group("report")
@needs("report:receive")
def command() -> None:
    """Take reports: every channel gets the same promise."""


@command.command("send")
@click.argument("folder", metavar="STORE", type=_FOLDER)
@click.argument("fields")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
@needs("report:receive")
def send(folder: Path, fields: str, *, as_json: bool) -> None:
    """Take the report in FIELDS (a JSON object, as POST /api/v1/reports takes it)."""
    code = receipt_of(None)
    try:
        given = msgspec.json.decode(fields, type=dict)
        wanted = msgspec.convert(given | {"receipt": digest_of_receipt(code)}, TakeReport)
    except msgspec.MsgspecError as wrong:
        raise click.BadParameter(f"FIELDS: {wrong}") from wrong
    with executing(store_in(folder)) as execute:
        facts = execute(wanted)
    report = facts[0].partition(":")[2] if facts else ""
    told = {"report": report, "receipt": code if facts else "", "repeated": not facts}
    if as_json:
        click.echo(msgspec.json.encode(told).decode())
    else:
        click.echo(f"{report}\nreceipt: {code}" if facts else "known already")


@command.command("import")
@click.argument("folder", metavar="STORE", type=_FOLDER)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--feed", required=True, help="The feed of the pack that says how it is read.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
@needs("report:receive")
def import_(folder: Path, file: Path, feed: str, *, as_json: bool) -> None:
    """Take every row of FILE (CSV in UTF-8 or GB18030, gzipped or not, or .xlsx) as a report.

    What cannot be taken is named with row and column and kept for correction; the rest goes on. A
    row that was taken before changes nothing.
    """
    store = store_in(folder)
    with StoreReader(store) as reader:
        feeds = section_in(reader, only_partition(reader, None), Feeds)
    declared = None if feeds is None else feeds.feeds.get(feed)
    if declared is None or declared.kind != "reports" or not isinstance(declared.crs, str):
        raise Rejected(
            "unknown_feed",
            f"{feed!r} is no feed of reports of this city whose reference system has a name",
            where="--feed",
            remedy="declare it in feeds/ of the city pack",
            params={"feed": feed},
        )
    with executing(store) as execute:
        found = _Import(feed, declared, file.name, execute).whole(file)
    _print(found, as_json=as_json)
    if found.refused_count:
        sys.exit(1)


class _Import:
    """Takes the rows of one file."""

    def __init__(self, name: str, feed: Feed, file: str, execute: Execute) -> None:
        self._name = name
        self._feed = feed
        self._file = file
        self._execute = execute
        self._refused: list[Refused] = []
        self._count = 0

    def whole(self, path: Path) -> Imported:
        """Take them all."""
        anywhere = Registers(types=(), area_of=lambda _: None, box=(-180, -90, 180, 90))
        rows = taken = known = 0
        opened = open_table(path, encoding=self._feed.encoding, delimiter=self._feed.delimiter)
        with opened as table:
            reading = Reading(self._feed, table.columns, anywhere)
            for row in table:
                rows += 1
                facts = self._row(reading, row)
                taken += bool(facts)
                known += facts == 0
            encoding = table.encoding
        return Imported(
            file=self._file,
            encoding=encoding,
            rows=rows,
            taken=taken,
            known_already=known,
            refused=self._refused,
            refused_count=self._count,
        )

    def _row(self, reading: Reading, row: Row | BadRow) -> int | None:
        """Take a row; return how many facts it made, ``None`` where it was refused."""
        if isinstance(row, BadRow):
            error = Rejected(row.code, f"row {row.number} cannot be read", params=row.params)
            self._refuse(row.number, error, row.raw)
            return None
        try:
            told = reading.told(row.values)
            return len(self._execute(told_command(self._name, str(self._feed.crs), told)))
        except Rejected as wrong:
            self._refuse(row.number, wrong, "\x1f".join(row.values))
        except msgspec.ValidationError as wrong:
            field = str(wrong).rpartition("`$.")[2].rstrip("`")
            error = Rejected("bad_fields", str(wrong), where=field, params={"field": field})
            self._refuse(row.number, error, "\x1f".join(row.values))
        return None

    def _refuse(self, number: int, error: ChengyunError, raw: str) -> None:
        now = Instant(SystemClock().now())
        kept = refusal_command(self._name, self._file, number, now, error, raw)
        try:
            self._execute(kept)
        except Rejected as known:
            if known.code not in ("conflict", "Conflict"):
                raise
        self._count += 1
        if len(self._refused) < MAX_REFUSED_SHOWN:
            self._refused.append(Refused(number, kept.field, kept.code, error.what))


def _print(found: Imported, *, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
        return
    console = Console()
    console.print(
        f"{found.file}: {found.rows:,} rows ({found.encoding}), {found.taken:,} taken, "
        f"{found.known_already:,} known already, {found.refused_count:,} refused",
        highlight=False,
    )
    if found.refused:
        grid = Grid("row", "column", "why")
        for one in found.refused:
            grid.add_row(str(one.row), one.field, f"{one.code}: {one.what}"[:200])
        console.print(grid)
