"""``chengyun trace``: why something happened, and what followed from it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec

from chengyun.adapters.sql.reading import StoreReader
from chengyun.cli.doors import needs
from chengyun.cli.stores import only_partition, store_in
from chengyun.engine import codec
from chengyun.facts.envelope import Fact, Stored
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant, from_text, to_text, zone
from chengyun.kernel.limits import MAX_TRACE_FACTS


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
    """Print the causal chain of NAME, a fact or a subject (report, case, warning), in FOLDER."""
    city_zone = zone(zone_name)
    known_until = None if as_of is None else from_text(as_of)
    with StoreReader(store_in(folder)) as reader:
        place = only_partition(reader, partition)
        facts = [codec.read(stored) for stored in chain_of(reader, place, name)]
    shown = 0
    for fact in facts:
        if known_until is None or fact.known_at <= known_until:
            shown += 1
            body = msgspec.json.encode(fact.body).decode()
            if as_json:
                click.echo(msgspec.json.encode(fact).decode())
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


def chain_of(reader: StoreReader, partition: str, name: str) -> list[Stored]:
    """Return the facts that led to a fact or subject and those that followed, in order.

    Walked are all causes up to the first and all consequences, but not those of a timer that is
    about something else than its cause; at most ``MAX_TRACE_FACTS``.
    """
    found: dict[int, Stored] = {}
    start = reader.fact(partition, name)
    ahead = [start] if start is not None else list(reader.about(partition, name))
    while ahead and len(found) < MAX_TRACE_FACTS:
        stored = ahead.pop()
        if stored.seq in found:
            continue
        found[stored.seq] = stored
        ahead.extend(_around(reader, partition, stored))
    return [found[seq] for seq in sorted(found)]


def _around(reader: StoreReader, partition: str, stored: Stored) -> Iterator[Stored]:
    header = codec.header_of(stored)
    if header.caused_by:
        cause = reader.fact(partition, header.caused_by)
        if cause is not None:
            yield cause
    for after in reader.caused_by(partition, header.id):
        consequence = codec.header_of(after)
        if consequence.kind != "TimerFired" or consequence.subject == header.subject:
            yield after
