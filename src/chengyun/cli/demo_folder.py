"""A city that ``chengyun demo`` keeps in a folder: how it is begun, and how it goes on."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click

from chengyun.adapters.files.packs import read_pack, write_pack
from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.sql.store import FILE as DATABASE
from chengyun.app import packs, platform
from chengyun.app.releases import this_release
from chengyun.citypack.resolving import Resolved
from chengyun.cli.folders import writable_folder
from chengyun.engine.engine import Engine
from chengyun.facts.registers import City
from chengyun.kernel.clock import VirtualClock
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant, to_text, zone
from chengyun.sim import kept, resuming
from chengyun.sim.kept import Kept
from chengyun.sim.linjiang.city import build
from chengyun.sim.linjiang.pack import pack_files
from chengyun.sim.linjiang.scales import YEARS
from chengyun.sim.resuming import Since
from chengyun.sim.wishes import Wishes
from chengyun.sim.world_process import WorldProcess

SEED = 7
SCALE = "district"
START = "2026-09-18T16:00"
"""A Friday afternoon in early autumn: rain, crowds and the evening are ahead."""

PATIENCE_MIN = 120.0
"""How long the simulated duty room leaves a decision to you: two minutes at sixty times."""

TERMINAL_EVERY_S = 0.2
LOG_EVERY_S = 5.0
"""How often somebody is told how far a world has come that catches up."""


def moment(start: str) -> datetime:
    """Return a whole minute in local time."""
    try:
        begins = datetime.fromisoformat(start).replace(tzinfo=None, second=0, microsecond=0)
    except ValueError as wrong:
        raise click.BadParameter(f"write it as {START}", param_hint="--start") from wrong
    if begins.year not in YEARS:
        raise click.BadParameter(
            f"Linjiang lives in the years {YEARS[0]} to {YEARS[-1]}", param_hint="--start"
        )
    return begins


def begun_in(folder: Path, seed: int | None, scale: str | None, start: str | None) -> Kept:
    """Return what the city in ``folder`` was begun with, or begin one with what was asked for."""
    asked = None if start is None else moment(start).isoformat(timespec="minutes")
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
    if not path.exists() or not (folder / kept.STORE / DATABASE).exists():
        click.echo(f"building Linjiang, seed {begun.seed}, scale {begun.scale}")
        files = pack_files(build(begun.seed, begun.scale))
        if not path.exists():
            half = path.with_name(f".{path.name}.half")
            write_pack(files, half)
            half.replace(path)
        elif read_pack(path)[0] != files:
            raise _other_pack(folder)
    return packs.loaded(path)


def _other_pack(folder: Path) -> Rejected:
    return Rejected(
        "other_pack",
        "the pack in this folder is not the one that its world was made with; the simulator "
        "can people no other city",
        where=str(folder / kept.PACK),
        remedy="remove the pack, and it is built again; or begin another city in a new --out",
    )


def resumed(
    engine: Engine,
    clock: VirtualClock,
    world: WorldProcess,
    pack: Resolved,
    folder: Path,
    wished: Wishes,
) -> Since | None:
    """Begin a new store, or bring clock and world to where the one that is there ends."""
    start, end = clock.now(), engine.head.known_at
    with StoreReader(folder / kept.STORE) as reader:
        partitions = {partition for partition, _, _ in reader.chains()}
    if partitions - {engine.partition}:
        raise _other_pack(folder)
    if not engine.head.seq:
        platform.adopt(engine, pack.content, pack=engine.partition, effective_from=start)
        engine.commit()
        engine.settle()
        return None
    if engine.policies.version(at=start) != pack.version:
        raise _other_pack(folder)
    clock.advance_to(max(start, end))
    local = zone(packs.section(pack, City).zone)
    with (
        StoreReader(folder / kept.STORE) as reader,
        shown(lambda at: to_text(at, local)[:16], start) as show,
    ):
        since = resuming.caught_up(
            world,
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
