"""``chengyun audit export`` and ``audit check-evidence``: a period with its proof, for others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec

from chengyun.adapters.keys.signing import verifiers_at
from chengyun.adapters.sql.reading import StoreReader
from chengyun.app.evidence import Period, export, proven
from chengyun.cli.doors import needs
from chengyun.cli.stores import only_partition, store_in
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant, from_text, to_text, zone

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
_KEYS = click.option("--public-key", "keys", type=_FILE, multiple=True, required=True,
                     help="That of the key that signed; both after a change of keys.")  # fmt: skip


@click.command("export")
@click.argument("folder", type=_FOLDER)
@click.option("--from", "since", required=True, help="2026-05-01T00:00:00+08:00, and all after it.")
@click.option("--until", required=True, help="The same form; what was known before it.")
@click.option("--seals", type=_FOLDER, required=True, help="The folder of the seals.")
@_KEYS
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), required=True,
              help="The new file, a zip archive.")  # fmt: skip
@click.option("--partition", help="The partition, where there are several.")
@_JSON
@needs("audit:export")
def export_period(
    folder: Path,
    since: str,
    until: str,
    seals: Path,
    keys: tuple[Path, ...],
    to: Path,
    partition: str | None,
    *,
    as_json: bool,
) -> None:
    """Write what was recorded in a period, with what proves it; what is sealed stays sealed."""
    period = Period(from_text(since), from_text(until))
    if period.since >= period.until:
        raise Rejected("empty_period", "the period ends before it begins", where="--until",
                       remedy="let --until be later than --from")  # fmt: skip
    store = store_in(folder)
    with StoreReader(store) as reader:
        place = only_partition(reader, partition)
    found = export(store, place, period, seals=seals, keys=verifiers_at(keys), to=to)
    _say(found, to, as_json=as_json)


@click.command("check-evidence")
@click.argument("file", type=_FILE)
@click.option("--public-key", "keys", type=_FILE, multiple=True,
              help="As it was published; else the keys in FILE are taken, and named.")  # fmt: skip
@_JSON
@needs("audit:read")
def check(file: Path, keys: tuple[Path, ...], *, as_json: bool) -> None:
    """Check a file of evidence; no store is needed."""
    _say(proven(file, verifiers_at(keys).values()), file, as_json=as_json)


def _say(found: dict[str, Any], where: Path, *, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
        return
    since, until = (to_text(Instant(found[name]), zone("UTC")) for name in ("from", "until"))
    click.echo(f"{where}: from {since} until {until}")
    for chain in found["chains"]:
        click.echo(f"{chain['partition']}/{chain['chain']}: {chain['facts']:,} facts, proven")
    first, last = found["seals"]
    click.echo(f"seals {first} to {last}, the SHA-256 of the last one {found['last_seal']},")
    click.echo("signed by")
    for key in found["keys"]:
        click.echo(key)
    if found["keys_from"] == "inside":
        click.echo("the keys are those in the file: compare their digests with the published ones")
