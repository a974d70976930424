"""``chengyun backup``: one file with a store as it stands, while its writer goes on."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec
from rich.console import Console

from chengyun.adapters.system.clock import SystemClock
from chengyun.app import backups
from chengyun.cli.doors import needs
from chengyun.cli.stores import store_in


@click.command("backup")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path),
              help="A new file (NAME.tar.gz), or a folder in which it gets a name.")  # fmt: skip
@click.option("--with-keys", is_flag=True, help="The keyring too: who has it reads what is sealed.")
@click.option("--verify", "verified", is_flag=True, help="Check every byte of every chain.")
@click.option("--keep", type=click.IntRange(min=1), help="How many backups stay in the folder.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
@needs("store:backup")
def command(
    folder: Path, out: Path, *, with_keys: bool, verified: bool, keep: int | None, as_json: bool
) -> None:
    """Back up the store in FOLDER; its writer may go on meanwhile."""
    console = Console(stderr=True)
    with console.status("copying") as status:
        made = backups.make(
            store_in(folder),
            out,
            now=SystemClock().now(),
            with_keys=with_keys,
            verified=verified,
            keep=keep,
            progress=lambda what, done, whole: status.update(f"{what} {100 * done // whole} %"),
        )
    if as_json:
        click.echo(msgspec.json.encode(made).decode())
        return
    click.echo(f"{made.path}: {made.size:,} bytes, release {made.manifest.release}")
    for chain in made.manifest.chains:
        whole = ", every byte checked" if verified else ""
        click.echo(f"  {chain.partition}/{chain.chain}: {chain.seq:,} facts, "
                   f"head {chain.hash[:16]}{whole}")  # fmt: skip
    if made.manifest.lane is not None:
        click.echo(f"  stream lane: up to tick {made.manifest.lane.tick:,}")
    for path in made.removed:
        click.echo(f"  removed {path}")
    if made.manifest.has_keys:
        click.echo("The keyring is in it: whoever has this file can read what is sealed.")
    else:
        click.echo("The keyring is not in it: keep a copy of it apart, or what is sealed is lost.")
