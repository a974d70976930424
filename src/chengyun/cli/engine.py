"""``chengyun engine``: the writer of a store as a process of its own."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from chengyun.adapters.system.clock import SystemClock
from chengyun.adapters.system.entropy import SystemEntropy
from chengyun.app import packs, platform
from chengyun.app.collecting import collect_seldom
from chengyun.app.local_door import local_door
from chengyun.app.serving import Server
from chengyun.cli.doors import needs
from chengyun.cli.stores import store_or_new
from chengyun.facts.registers import City


@click.command("engine")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--pack", type=click.Path(exists=True, file_okay=False, path_type=Path),
              required=True, help="The city pack; put in force if it is not yet.")  # fmt: skip
@needs("engine:run")
def command(folder: Path, pack: Path) -> None:
    """Write the store in FOLDER: take commands over its local socket, fire timers, commit."""
    folder = store_or_new(folder)
    resolved = packs.loaded(pack)
    city = packs.section(resolved, City)
    clock = SystemClock()
    with platform.opened(
        folder, partition=city.id, clock=clock, entropy=SystemEntropy(), pipelined=True
    ) as opened:
        platform.adopt(opened.engine, resolved.content, pack=city.id, effective_from=clock.now())
        opened.engine.commit()
        opened.engine.settle()
        click.echo(f"{city.id}: policy {resolved.version[:16]}, fact {opened.engine.head.seq}")
        collect_seldom()
        asyncio.run(Server(opened.engine, clock, folder).run(local_door))
    click.echo("stopped; everything acknowledged is on disk")
