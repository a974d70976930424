"""``chengyun notices``: who was told of what, what no channel could send, and a further try."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.table import Table

from chengyun.adapters.sql.reading import StoreReader
from chengyun.cli.doors import needs
from chengyun.cli.executing import executed
from chengyun.cli.stores import only_partition, store_in
from chengyun.kernel.instants import Instant, to_text, zone
from chengyun.notices.handlers import RetryNotice
from chengyun.notices.views import NOTICES

_SHOWN = (
    *("notice", "kind", "recipient", "post", "urgency", "case", "channel", "state", "code"),
    *("asked_at", "send_at", "level"),
)
_STATES = ["waiting", "sent", "delivered", "read", "dead", "unreachable"]
_FAILED = ("dead", "unreachable")


@click.command("notices")
@click.argument("folder", metavar="STORE",
                type=click.Path(exists=True, file_okay=False, path_type=Path))  # fmt: skip
@click.option("--state", type=click.Choice(_STATES), help="Those in this state alone.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True,
              help="How many are listed, the newest first.")  # fmt: skip
@click.option("--retry", metavar="NOTICE", help="Have one tried again that no channel could send.")
@click.option("--retry-dead", is_flag=True, help="Have every dead one tried again.")
@click.option("--zone", "zone_name", default="UTC", show_default=True, help="Zone of the times.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
@needs("notice:read")
def command(
    folder: Path,
    state: str | None,
    limit: int,
    retry: str | None,
    zone_name: str,
    *,
    retry_dead: bool,
    as_json: bool,
) -> None:
    """List the notices in STORE, or have what failed tried again; nothing personal is shown."""
    store = store_in(folder)
    local = zone(zone_name)
    if retry is not None:
        executed(store, RetryNotice(notice=retry))
        click.echo("it is tried again")
        return
    with StoreReader(store) as reader:
        partition = only_partition(reader, None)
        counts = reader.counts(NOTICES, partition, "state")
        wanted = {} if state is None else {"state": state}
        dead = retry_dead and [row.notice for row in reader.rows(NOTICES, partition, state="dead")]
        rows = sorted(
            reader.rows(NOTICES, partition, **wanted), key=lambda row: row.asked_at, reverse=True
        )[:limit]
    if dead:
        for notice in dead:
            executed(store, RetryNotice(notice=notice))
        click.echo(f"{len(dead)} are tried again")
        return
    shown: list[dict[str, Any]] = [{name: getattr(row, name) for name in _SHOWN} for row in rows]
    if as_json:
        click.echo(msgspec.json.encode({"counts": counts, "notices": shown}).decode())
        return
    table = Table("asked", "of", "to", "as", "by", "state", "why not")
    for one in shown:
        table.add_row(
            to_text(Instant(one["asked_at"]), local),
            *(str(one[name]) for name in ("kind", "recipient", "post", "channel", "state", "code")),
        )
    console = Console()
    console.print(table)
    console.print(
        ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items())) or "none"
    )
