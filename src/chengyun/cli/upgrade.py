"""``chengyun upgrade``: a store of an earlier release becomes one of this release."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec
from rich.console import Console

from chengyun.adapters.system.clock import SystemClock
from chengyun.app.upgrading import upgrade
from chengyun.cli.doors import needs
from chengyun.cli.stores import store_in

BACKUPS = "backups"
"""The folder beside the store's own, where a backup goes unless another is named."""


@click.command("upgrade")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--backup", "backup_to", type=click.Path(file_okay=False, path_type=Path),
              help="Where the backup before it goes. [backups beside FOLDER]")  # fmt: skip
@click.option("--no-backup", is_flag=True, help="There is a backup already.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
@needs("store:upgrade")
def command(folder: Path, backup_to: Path | None, *, no_backup: bool, as_json: bool) -> None:
    """Bring the store in FOLDER to this release, after a backup; its writer must be stopped."""
    store = store_in(folder)
    target = None if no_backup else backup_to or store.resolve().parent / BACKUPS
    with Console(stderr=True).status("looking") as status:
        done = upgrade(store, now=SystemClock().now(), backup_to=target, progress=status.update)
    if as_json:
        click.echo(msgspec.json.encode(done).decode())
        return
    if done.was_current:
        click.echo(f"{store} is of this release already: nothing was written")
        return
    if done.backup:
        click.echo(f"backup: {done.backup}")
    click.echo(f"log: revision {done.from_revision} -> {done.to_revision}, {done.facts:,} facts")
    if done.rebuilt:
        click.echo("projections: built again from the log")
    click.echo(f"Next: chengyun doctor {store}, then start it again")
