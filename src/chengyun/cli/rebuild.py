"""``chengyun rebuild``: the projections from the log, and whether they are what they were."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import msgspec

from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.sql.store import SqlStore
from chengyun.app.platform import rebuild_projections
from chengyun.app.stages import TABLES
from chengyun.cli.doors import needs
from chengyun.cli.stores import store_in


@click.command("rebuild")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
@needs("engine:rebuild")
def command(folder: Path, *, as_json: bool) -> None:
    """Drop all projections in FOLDER and build them again from the log.

    Ends with an error if the state is another one than before: then a view is not a function of
    the log, or somebody changed a table.
    """
    where = store_in(folder)
    with StoreReader(where) as reader:
        before = reader.state_hash(TABLES)
    store = SqlStore(where, TABLES)
    try:
        rebuild_projections(store)
    finally:
        store.close()
    with StoreReader(where) as reader:
        after = reader.state_hash(TABLES)
    same = before == after
    if as_json:
        click.echo(msgspec.json.encode({"before": before, "after": after, "same": same}).decode())
    else:
        click.echo(f"before {before}\nafter  {after}\n{'the same' if same else 'ANOTHER STATE'}")
    if not same:
        sys.exit(1)
