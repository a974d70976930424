"""``chengyun pack export-excel`` and ``import-excel``: a pack's tables as a workbook and back."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.text import Text

from chengyun.adapters.files.packs import read_pack, write_pack
from chengyun.adapters.files.workbooks import write_workbook
from chengyun.app.pack_sections import SECTIONS
from chengyun.app.pack_workbook_import import imported
from chengyun.app.pack_workbooks import TABLES, sheets_of
from chengyun.app.workbook_mistakes import Told
from chengyun.citypack.checking import check
from chengyun.cli.check import show
from chengyun.cli.doors import needs

_PACK = click.Path(exists=True, file_okay=False, path_type=Path)
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("export-excel")
@click.argument("pack", type=_PACK)
@click.argument("file", type=_FILE)
@click.option("--table", "tables", multiple=True, help="Of this table alone; more than once.",
              type=click.Choice([one.name for one in TABLES]))  # fmt: skip
@click.option("--replace", is_flag=True, help="Write over a file that is there.")
@needs("pack:read")
def export_excel(pack: Path, file: Path, tables: tuple[str, ...], *, replace: bool) -> None:
    """Write the tables of the pack in PACK to the Excel workbook FILE, one sheet a table."""
    if file.exists() and not replace:
        raise click.ClickException(f"{file} is there already; name another file, or --replace")
    files, found = read_pack(pack)
    checked = check(files, SECTIONS, found=found)
    if checked.resolved is None:
        show(checked, pack, Console(soft_wrap=True))
        raise click.exceptions.Exit(1)
    sheets = sheets_of(files, tables)
    if not sheets:
        raise click.ClickException("the pack has none of these tables; chengyun check names them")
    write_workbook(file, sheets)
    click.echo(f"wrote {len(sheets)} tables to {file}: {', '.join(one.title for one in sheets)}")


@click.command("import-excel")
@click.argument("file", type=_FILE)
@click.argument("pack", type=_PACK)
@click.option("--dry-run", is_flag=True, help="Say what would change, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@needs("pack:write")
def import_excel(file: Path, pack: Path, *, dry_run: bool, as_json: bool) -> None:
    """Take the sheets of the Excel workbook FILE into the pack in PACK: all of it, or nothing."""
    files, unreadable = read_pack(pack)
    if unreadable:
        show(check(files, SECTIONS, found=unreadable), pack, Console(soft_wrap=True))
        raise click.exceptions.Exit(1)
    result = imported(file, files)
    ok = not result.mistakes
    if ok and not dry_run:
        write_pack(result.files, pack)
    if as_json:
        told = {
            "ok": ok,
            "written": sorted(result.files) if ok and not dry_run else [],
            "changes": result.changes,
            "mistakes": result.mistakes,
            "more": result.more,
        }
        click.echo(msgspec.json.encode(told).decode())
    else:
        show_told(result.mistakes, result.more)
        for one in result.changes if ok else ():
            click.echo(
                f"{one.file}: {one.added} added, {one.changed} changed, {one.removed} removed,"
                f" {one.kept} as before"
            )
            for note in one.notes:
                click.echo(f"    {note}")
    if not ok:
        raise click.exceptions.Exit(1)


def show_told(mistakes: Iterable[Told], more: int) -> None:
    """Print the mistakes of a workbook for people, in both languages."""
    console, count = Console(soft_wrap=True), more
    for one in mistakes:
        count += 1
        console.print(
            Text.assemble(
                (one.place, "bold"), ": ", one.what, "\n    ", (one.remedy, "cyan"),
                "\n    ", (one.reason_zh, "cyan"),
            )
        )  # fmt: skip
    if count:
        rest = f", {more} of them not listed" if more else ""
        ending = "" if count == 1 else "s"
        console.print(Text(f"{count} mistake{ending}{rest}: nothing was imported", "red"))
