"""``chengyun send``: one command to the engine, answered when it is on disk."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import msgspec

from chengyun.adapters.local.frames import Request, ask
from chengyun.cli.doors import needs
from chengyun.cli.stores import store_in


@click.command("send")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("name")
@click.argument("fields", default="{}")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
@needs("engine:send")
def command(folder: Path, name: str, fields: str, *, as_json: bool) -> None:
    """Send the command NAME with FIELDS (a JSON object) to the engine of the store in FOLDER."""
    try:
        given = msgspec.json.decode(fields, type=dict)
    except msgspec.MsgspecError as wrong:
        raise click.BadParameter(f"FIELDS is no JSON object: {wrong}") from wrong
    answer = ask(store_in(folder), Request(command=name, fields=given))
    if as_json:
        click.echo(msgspec.json.encode(answer).decode())
    elif answer.refused:
        click.echo(f"refused: {answer.refused}", err=True)
    else:
        click.echo("\n".join(answer.facts) or "known already")
    if answer.refused:
        sys.exit(1)
