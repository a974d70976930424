"""``chengyun case``: look at cases and move them, at the machine and through the same gate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec

from chengyun.adapters.sql.listing import Asked, Part
from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.system.clock import SystemClock
from chengyun.api import shapes
from chengyun.api.moving import fields_of, making_of
from chengyun.app.row_classes import shown_row
from chengyun.app.tracing import privacy_in
from chengyun.cli.doors import needs
from chengyun.cli.executing import executing
from chengyun.cli.stores import only_partition, store_in
from chengyun.engine import codec
from chengyun.engine.commands import Command
from chengyun.guard.showing import shown_fact
from chengyun.handle.handlers import ReportWork
from chengyun.handle.views import CASES, MEMBERS, CaseRow
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant
from chengyun.kernel.limits import MAX_LIST_ROWS

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group("case")
@needs("case:read")
def command() -> None:
    """List, show and move cases."""


@command.command("list")
@click.argument("folder", metavar="STORE", type=_FOLDER)
@click.option("--state", default="", help="In this state alone.")
@click.option("--type", "type_", default="", help="Of this type alone.")
@click.option("--unit", default="", help="Of this unit alone.")
@click.option("--limit", type=click.IntRange(1, MAX_LIST_ROWS), default=20, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON a case.")
@needs("case:read")
def list_(folder: Path, state: str, type_: str, unit: str, limit: int, *, as_json: bool) -> None:
    """List the newest cases of the store in STORE."""
    equal = {name: value for name, value in (("state", state), ("type", type_)) if value}
    asked = Asked((Part(units=(unit,) if unit else ()),), limit, equal)
    with StoreReader(store_in(folder)) as reader:
        rows = reader.newest(CASES, only_partition(reader, None), asked)
    for row in rows:
        if as_json:
            click.echo(msgspec.json.encode(shapes.listed_case(row)).decode())
        else:
            click.echo(f"{row.case}  {row.type}  {row.state}  {row.unit or '-'}  {row.area}")


@command.command("show")
@click.argument("folder", metavar="STORE", type=_FOLDER)
@click.argument("case")
@needs("facts:read")
def show(folder: Path, case: str) -> None:
    """Print CASE and what happened to it, as lines of JSON; what tells of persons is masked."""
    with StoreReader(store_in(folder)) as reader:
        partition = only_partition(reader, None)
        row = _case(reader, partition, case)
        privacy = privacy_in(reader, partition)
        facts = [codec.read(one) for one in reader.about(partition, case)]
    click.echo(msgspec.json.encode(shown_row("cases", msgspec.to_builtins(row))).decode())
    for fact in facts:
        click.echo(msgspec.json.encode(shown_fact(fact, privacy)).decode())


@command.command("move")
@click.argument("folder", metavar="STORE", type=_FOLDER)
@click.argument("case")
@click.argument("move")
@click.argument("fields", default="{}")
@needs("engine:send")
def move(folder: Path, case: str, move: str, fields: str) -> None:
    """Make MOVE (accept, return, report_back, pass, …) on CASE, with FIELDS as a JSON object."""
    store = store_in(folder)
    with StoreReader(store) as reader:
        partition = only_partition(reader, None)
        row = _case(reader, partition, case)
        members = [one for one in reader.rows(MEMBERS, partition, case=case) if one.open]
    try:
        given = msgspec.json.decode(fields, type=dict)
        commands = _commands(row, move, given, [one.report for one in members])
    except msgspec.MsgspecError as wrong:
        raise click.BadParameter(f"FIELDS: {wrong}") from wrong
    with executing(store) as execute:
        facts = [fact for one in commands for fact in execute(one)]
    click.echo("\n".join(facts) or "known already")


def _commands(row: CaseRow, move: str, given: dict[str, Any], reports: list[str]) -> list[Command]:
    making = making_of(move, row)
    fields = fields_of(making, row, given, Instant(SystemClock().now()))
    shape = making.command
    if "report" not in shape.__struct_fields__ or "report" in fields:
        return [msgspec.convert(fields, shape)]
    meant = reports if shape is ReportWork else reports[:1]
    if not meant:
        raise Rejected("which_report", f"{row.case} has no open report", where="report",
                       remedy="name the report")  # fmt: skip
    return [msgspec.convert(fields | {"report": one}, shape) for one in meant]


def _case(reader: StoreReader, partition: str, name: str) -> CaseRow:
    found: CaseRow | None = next(reader.rows(CASES, partition, case=name), None)
    if found is None:
        raise Rejected(
            "unknown",
            f"no case {name[:200]!r} is known",
            where="case",
            remedy="chengyun case list names the newest",
            params={"name": name[:200]},
        )
    return found
