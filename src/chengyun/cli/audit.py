"""``chengyun audit``: proofs that anyone can run over a store, with nobody's word."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from chengyun.adapters.files.seals import seals_in
from chengyun.adapters.keys.signing import verifiers_at
from chengyun.adapters.sql.artefacts import ArtefactsVerdict, artefacts_verdict
from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.sql.verifying import verdicts
from chengyun.app import packs
from chengyun.app.stages import TABLES
from chengyun.app.stream.city import city_of_sensors
from chengyun.app.stream.verifying import verified
from chengyun.cli import audit_evidence, audit_seals
from chengyun.cli.doors import needs
from chengyun.cli.stores import store_in
from chengyun.engine.seals import SealsVerdict, checked, named_in
from chengyun.engine.verify import Verdict
from chengyun.kernel.instants import Instant, to_text, zone

_FOLDER = click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
_SEALS = click.Path(exists=True, file_okay=False, path_type=Path)
_KEY = click.Path(exists=True, dir_okay=False, path_type=Path)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")


@click.group("audit")
@needs("audit:read")
def command() -> None:
    """Prove that a store is whole."""


@command.command("verify")
@_FOLDER
@click.option("--seals", type=_SEALS,
              help="As they were published: they tell of a tail that was cut off.")  # fmt: skip
@click.option("--public-key", "keys", type=_KEY, multiple=True,
              help="That of the key that signed; both after a change of keys.")  # fmt: skip
@_JSON
@needs("audit:verify")
def verify_chains(
    folder: Path, seals: Path | None, keys: tuple[Path, ...], *, as_json: bool
) -> None:
    """Check every chain and artefact in FOLDER, and seals; name the first bad one of each."""
    if (seals is None) != (not keys):
        raise click.UsageError("--seals and --public-key go together")
    store = store_in(folder)
    if seals is None:
        found = Audit(chains=verdicts(store), artefacts=artefacts_verdict(store))
    else:
        good, row = checked(seals_in(seals), verifiers_at(keys))
        found = Audit(
            chains=verdicts(store, named_in(good)),
            artefacts=artefacts_verdict(store),
            seals=row,
        )
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
    else:
        for line in _lines(found):
            click.echo(line)
    if not found.is_whole:
        sys.exit(1)


class Audit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was found: of every chain, of what is kept beside, of seals where some were given."""

    chains: list[Verdict]
    artefacts: ArtefactsVerdict
    seals: SealsVerdict | None = None

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong; no seal at all is wrong where seals are asked for."""
        sealed = self.seals is None or (self.seals.whole and self.seals.seals > 0)
        kept = self.artefacts.whole and all(verdict.whole for verdict in self.chains)
        return sealed and kept


def _lines(found: Audit) -> Iterator[str]:
    for verdict in found.chains:
        name = f"{verdict.partition}/{verdict.chain}"
        if verdict.whole:
            yield f"{name}: {verdict.facts:,} facts, whole"
        else:
            yield f"{name}: fact {verdict.first_bad_seq} is bad: {verdict.reason}"
    kept = found.artefacts
    if kept.whole:
        yield f"artefacts: {kept.artefacts:,}, whole"
    else:
        yield f"artefacts: {kept.first_bad} is bad: {kept.reason}"
    row = found.seals
    if row is not None and not row.whole:
        yield f"seals: seal {row.first_bad} is bad: {row.reason}"
    if row is not None and row.seals:
        at = to_text(Instant(row.sealed_at), zone("UTC"))
        yield f"seals: {row.seals:,} good, the last of {at}; compare with what was published:"
        yield row.newest
    elif row is not None and row.whole:
        yield "seals: there is none in this folder"


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


command.add_command(audit_seals.key)
command.add_command(audit_seals.seal)
command.add_command(audit_evidence.export_period)
command.add_command(audit_evidence.check)
