"""``chengyun audit key`` and ``audit seal``: the key outside the store, and what it signs."""

from __future__ import annotations

import os
from pathlib import Path

import click
import msgspec

from chengyun.adapters.keys.signing import PUBLIC, make_key, signer_at
from chengyun.adapters.system.clock import SystemClock
from chengyun.app.sealing import seal_store
from chengyun.cli.doors import needs
from chengyun.cli.stores import store_in

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")


def _usual() -> Path:
    """Return where a key stands unless told otherwise: with the settings of who runs it."""
    settings = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(settings) / "chengyun" / "seal.key"


@click.command("key")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=_usual,
              show_default="chengyun/seal.key among your settings (~/.config)",
              help="Never in the folder of a store.")  # fmt: skip
@_JSON
@needs("audit:key")
def key(out: Path, *, as_json: bool) -> None:
    """Make the key that signs seals (Ed25519), for its owner alone, and its public half."""
    made = make_key(out)
    public = out.with_name(out.name + PUBLIC)
    if as_json:
        found = {"key": str(out), "public_key": str(public), "sha256": made.key}
        click.echo(msgspec.json.encode(found).decode())
    else:
        click.echo(f"{out}: keep it where the store is not, and one copy in a safe")
        click.echo(f"{public}: give it to whoever verifies; its SHA-256 is")
        click.echo(made.key)


@click.command("seal")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--key", "reference", required=True,
              help="The signing key: the path of its file, or env:NAME.")  # fmt: skip
@click.option("--to", "seals", type=click.Path(file_okay=False, path_type=Path), required=True,
              help="The folder of the seals; the new one follows the last one there.")  # fmt: skip
@_JSON
@needs("audit:seal")
def seal(folder: Path, reference: str, seals: Path, *, as_json: bool) -> None:
    """Seal where every chain of the store in FOLDER stands; its writer may go on."""
    signer = signer_at(reference)
    made = seal_store(store_in(folder), seals, signer, now=SystemClock().now())
    if as_json:
        click.echo(msgspec.json.encode(made).decode())
        return
    facts = sum(head.seq for head in made.seal.chains)
    click.echo(f"{made.path}: seal {made.seal.number} over {facts:,} facts; publish it, or its")
    click.echo(f"SHA-256 {made.digest}")
