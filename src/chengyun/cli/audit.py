"""``chengyun audit``: proofs that anyone can run over a store, with nobody's word."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import msgspec

from chengyun.adapters.sql.reading import StoreReader
from chengyun.app import packs
from chengyun.app.stages import TABLES
from chengyun.app.stream.city import city_of_sensors
from chengyun.app.stream.verifying import verified
from chengyun.cli.doors import needs
from chengyun.cli.stores import store_in
from chengyun.engine.verify import Verdict, verify

_FOLDER = click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")


@click.group("audit")
@needs("audit:read")
def command() -> None:
    """Prove that a store is whole."""


@command.command("verify")
@_FOLDER
@_JSON
@needs("audit:verify")
def verify_chains(folder: Path, *, as_json: bool) -> None:
    """Check every byte of every chain in FOLDER; name the first bad fact."""
    with StoreReader(store_in(folder)) as reader:
        verdicts = [
            verify(partition, chain, reader.entries(partition, chain), head)
            for partition, chain, head in reader.chains()
        ]
    if as_json:
        click.echo(msgspec.json.encode(verdicts).decode())
    else:
        for verdict in verdicts:
            click.echo(_line(verdict))
    if not all(verdict.whole for verdict in verdicts):
        sys.exit(1)


def _line(verdict: Verdict) -> str:
    name = f"{verdict.partition}/{verdict.chain}"
    if verdict.whole:
        return f"{name}: {verdict.facts:,} facts, whole"
    return f"{name}: fact {verdict.first_bad_seq} is bad: {verdict.reason}"


@command.command("state-hash")
@_FOLDER
@_JSON
@needs("audit:verify")
def state_hash(folder: Path, *, as_json: bool) -> None:
    """Compute the hash of all projections and of the chain's head in FOLDER."""
    with StoreReader(store_in(folder)) as reader:
        found = reader.state_hash(TABLES)
    click.echo(msgspec.json.encode({"state_hash": found}).decode() if as_json else found)


@command.command("stream")
@_FOLDER
@click.option("--pack", type=click.Path(exists=True, file_okay=False, path_type=Path),
              required=True, help="The city pack under which it ran.")  # fmt: skip
@_JSON
@needs("audit:verify")
def stream(folder: Path, pack: Path, *, as_json: bool) -> None:
    """Play the stream lane of FOLDER again, from its snapshot and from its beginning; compare."""
    verdict = verified(store_in(folder), city_of_sensors(packs.loaded(pack)))
    if as_json:
        click.echo(msgspec.json.encode(verdict).decode())
    else:
        found = f"{verdict.rows:,} rows, {verdict.sensors:,} sensors, tick {verdict.ticks:,}"
        ways = "from both ends" if verdict.whole_log else "from the snapshot: its beginning is gone"
        click.echo(f"{found}, {ways}: {'the same' if verdict.same else 'ANOTHER'} state")
        click.echo(verdict.digest)
    if not verdict.same:
        sys.exit(1)
