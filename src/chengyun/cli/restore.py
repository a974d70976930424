"""``chengyun restore``: a store from a backup, refused unless every byte is what was backed up."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec
from rich.console import Console

from chengyun.adapters.system.clock import SystemClock
from chengyun.app import backups
from chengyun.cli.doors import needs
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant, to_text, zone

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_MOST_NAMED = 3


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path),
              help="The new or empty folder for the store.")  # fmt: skip
@click.option("--keyring", "keys", type=_FILE, help="The keyring that was kept apart.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
@needs("store:restore")
def command(file: Path, out: Path, keys: Path | None, *, as_json: bool) -> None:
    """Make a store from the backup FILE and verify its chains."""
    if file.is_dir():
        raise _one_of(file)
    console = Console(stderr=True)
    with console.status("reading") as status:
        manifest = backups.restore(
            file,
            out,
            now=SystemClock().now(),
            keys=keys,
            progress=lambda what, *_: status.update(what),
        )
    missing = backups.needs_keys(out)
    if as_json:
        told = {"folder": str(out), "manifest": manifest, "keyring_missing": missing}
        click.echo(msgspec.json.encode(told).decode())
        return
    made_at = to_text(Instant(manifest.made_at), zone("UTC"))
    click.echo(f"{out}: as it stood at {made_at}, release {manifest.release}")
    for chain in manifest.chains:
        click.echo(f"  {chain.partition}/{chain.chain}: {chain.seq:,} facts, whole")
    if manifest.lane is not None:
        click.echo(f"  stream lane: whole, up to tick {manifest.lane.tick:,}")
    click.echo(
        "What happened later is not in it: persons erased since then are to be erased again."
    )
    if missing:
        click.echo(f"The keyring is missing: put it into {out} before an engine is started there.")
    click.echo(f"Next: chengyun upgrade {out}, then chengyun doctor {out}")


def _one_of(folder: Path) -> Rejected:
    """A folder of backups holds many stores as they stood: a person chooses one."""
    found = sorted(folder.glob(f"*{backups.ENDING}"), key=lambda one: one.stat().st_mtime_ns)
    newest = ", ".join(one.name for one in reversed(found[-_MOST_NAMED:]))
    named = f"give one of the backups in it: {newest}" if newest else "give a backup"
    return Rejected(
        "not_a_file",
        "this is a folder, and a backup is one file",
        where=str(folder),
        remedy=named,
        params={"folder": str(folder)},
    )
