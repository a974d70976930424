"""``chengyun trace``: why something happened, and what followed from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec

from chengyun.adapters.sql.reading import StoreReader
from chengyun.app.tracing import chain_of, privacy_in
from chengyun.cli.doors import needs
from chengyun.cli.stores import only_partition, store_in
from chengyun.engine import codec
from chengyun.facts.envelope import Fact
from chengyun.guard.showing import shown_fact
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant, from_text, to_text, zone


@click.command("trace")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("name")
@click.option("--partition", help="The partition, where there are several.")
@click.option("--zone", "zone_name", default="UTC", show_default=True, help="Zone of the times.")
@click.option("--as-of", help="Only what was known at this moment (2026-05-01T09:00:00+08:00).")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON a fact.")
@needs("facts:read")
def command(
    folder: Path,
    name: str,
    partition: str | None,
    zone_name: str,
    as_of: str | None,
    *,
    as_json: bool,
) -> None:
    """Print the causal chain of NAME, a fact or a subject (report, case, warning), in FOLDER.

    What tells of persons is masked.
    """
    city_zone = zone(zone_name)
    known_until = None if as_of is None else from_text(as_of)
    with StoreReader(store_in(folder)) as reader:
        place = only_partition(reader, partition)
        facts = [codec.read(stored) for stored in chain_of(reader, place, name)]
        privacy = privacy_in(reader, place)
    shown = 0
    for fact in facts:
        if known_until is None or fact.known_at <= known_until:
            shown += 1
            seen = shown_fact(fact, privacy)
            body = msgspec.json.encode(seen["body"]).decode()
            if as_json:
                click.echo(msgspec.json.encode(seen).decode())
            else:
                click.echo(f"{to_text(Instant(fact.happened_at), city_zone)}  {_about(fact)}")
                click.echo(f"    {body[:400]}")
    if not shown:
        raise Rejected(
            "unknown",
            f"nothing is known of {name!r}",
            where=str(folder),
            remedy="give the id of a fact, or of a report, incident, case or warning",
            params={"name": name},
        )


def _about(fact: Fact[Any]) -> str:
    by = f" by {fact.actor}" if fact.actor else ""
    because = f" because of {fact.caused_by}" if fact.caused_by else ""
    return f"#{fact.seq} {fact.kind} {fact.subject}{by}{because}"
