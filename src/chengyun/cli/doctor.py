"""``chengyun doctor``: what is wrong with machine and store, and what to do about it."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.text import Text

from chengyun.adapters.system.clock import SystemClock
from chengyun.app.doctor import examine
from chengyun.app.findings import Finding, Patient
from chengyun.cli.doors import needs
from chengyun.cli.stores import store_or_new

HOST, PORT = "127.0.0.1", 8311
"""Where a platform listens unless told otherwise."""
STYLES = {"ok": "green", "warn": "yellow", "bad": "bold red"}
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command("doctor")
@click.argument("folder", required=False, type=_FOLDER)
@click.option("--pack", type=_FOLDER, help="The city pack that is served.")
@click.option("--backups", type=_FOLDER, help="The folder of the backups.")
@click.option("--host", default=HOST, show_default=True, help="Where the platform listens.")
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(0, 65_535))
@click.option("--verify", is_flag=True, help="Check every byte of every chain.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
@needs("store:examine")
def command(
    folder: Path | None,
    pack: Path | None,
    backups: Path | None,
    host: str,
    port: int,
    *,
    verify: bool,
    as_json: bool,
) -> None:
    """Look at the machine, and at the store in FOLDER; exit with 1 if anything is bad."""
    patient = Patient(
        now=SystemClock().now(),
        store=None if folder is None else store_or_new(folder),
        pack=pack,
        host=host,
        port=port,
        backups=backups,
        verify=verify,
    )
    found = list(examine(patient))
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
    else:
        show(found, Console(soft_wrap=True, highlight=False))
    if any(finding.level == "bad" for finding in found):
        sys.exit(1)


def show(found: list[Finding], console: Console) -> None:
    """Print the findings for people, the remedy below each that needs one."""
    for finding in found:
        where = f"  [{finding.where}]" if finding.where else ""
        line = Text.assemble(
            (f"{finding.level:<5}", STYLES[finding.level]), f"{finding.check}: {finding.what}",
            (where, "dim"),
        )  # fmt: skip
        console.print(line)
        if finding.remedy:
            console.print(Text(f"     -> {finding.remedy}", "cyan"))
    amiss = sum(finding.level != "ok" for finding in found)
    console.print("all is well" if not amiss else f"{amiss} of {len(found)} need a person")
