"""A city that ``chengyun demo`` keeps in a folder: how it is begun, and how it goes on."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.sql.store import FILE as DATABASE
from chengyun.app import packs
from chengyun.app.releases import this_release
from chengyun.citypack.resolving import Resolved
from chengyun.cli.folders import writable_folder
from chengyun.cli.simulated import when
from chengyun.facts.registers import City
from chengyun.kernel.instants import Instant, to_text, zone
from chengyun.sim import kept, resuming
from chengyun.sim.kept import Kept
from chengyun.sim.living import Living, other_pack, settled
from chengyun.sim.resuming import Since
from chengyun.sim.wishes import Wishes

SEED = 7
SCALE = "district"
START = "2026-09-18T16:00"
"""A Friday afternoon in early autumn: rain, crowds and the evening are ahead."""

PATIENCE_MIN = 120.0
"""How long the simulated duty room leaves a decision to you: two minutes at sixty times."""

TERMINAL_EVERY_S = 0.2
LOG_EVERY_S = 5.0
"""How often somebody is told how far a world has come that catches up."""


def begun_in(folder: Path, seed: int | None, scale: str | None, start: str | None) -> Kept:
    """Return what the city in ``folder`` was begun with, or begin one with what was asked for."""
    asked = None if start is None else when(start).isoformat(timespec="minutes")
    begun = kept.read_kept(folder)
    if begun is not None:
        kept.check_same(begun, folder, seed=seed, scale=scale, start=asked)
        return begun
    writable_folder(folder)
    new = Kept(
        seed=SEED if seed is None else seed,
        scale=SCALE if scale is None else scale,
        start=START if asked is None else asked,
        patience_min=PATIENCE_MIN,
        release=this_release(),
    )
    kept.keep(folder, new)
    return new


def pack_in(folder: Path, begun: Kept) -> Resolved:
    """Return the pack of the city, built unless it is there; it appears whole or not at all."""
    path = folder / kept.PACK
    if path.exists() and (folder / kept.STORE / DATABASE).exists():
        return packs.loaded(path)
    click.echo(f"building Linjiang, seed {begun.seed}, scale {begun.scale}")
    return settled(path, begun.seed, begun.scale)


def resumed(city: Living, folder: Path, wished: Wishes) -> Since | None:
    """Begin a new store, or bring clock and world to where the one that is there ends."""
    engine, clock, pack = city.engine, city.clock, city.pack
    start, end = clock.now(), engine.head.known_at
    with StoreReader(folder / kept.STORE) as reader:
        partitions = {partition for partition, _, _ in reader.chains()}
    if partitions - {engine.partition}:
        raise other_pack(folder / kept.PACK)
    if not engine.head.seq:
        city.begin()
        return None
    if engine.policies.version(at=start) != pack.version:
        raise other_pack(folder / kept.PACK)
    clock.advance_to(max(start, end))
    local = zone(packs.section(pack, City).zone)
    with (
        StoreReader(folder / kept.STORE) as reader,
        shown(lambda at: to_text(at, local)[:16], start) as show,
    ):
        since = resuming.caught_up(
            city.world,
            reader.facts(engine.partition),
            start=start,
            end=end,
            wishes=wished.of_step,
            progress=show,
        )
    click.echo(f"it goes on where it stopped, {to_text(end, local)[:16]}")
    return since


@contextmanager
def shown(text: Callable[[Instant], str], start: Instant) -> Iterator[resuming.Progress]:
    """Give what shows on stderr how far a world has come: one line, or one every few seconds."""
    is_terminal, lines = sys.stderr.isatty(), 0
    shown_s = time.monotonic()

    def show(at: Instant, end: Instant) -> None:
        nonlocal shown_s, lines
        if time.monotonic() - shown_s < (TERMINAL_EVERY_S if is_terminal else LOG_EVERY_S):
            return
        shown_s, lines = time.monotonic(), lines + 1
        share = (at - start) * 100 // max(1, end - start)
        line = f"catching up: {text(at)} of {text(end)} ({share} %)"
        click.echo(f"\r{line}" if is_terminal else line, err=True, nl=not is_terminal)

    yield show
    if is_terminal and lines:
        click.echo(err=True)
