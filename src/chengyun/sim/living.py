"""Linjiang as something that lives: its pack on disk, its world in a process, its engine open.

The demonstration, a drill and the run that a drill is compared with all begin here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from chengyun.adapters.files.packs import write_pack
from chengyun.adapters.system.entropy import SeededEntropy
from chengyun.app import packs, platform
from chengyun.citypack.resolving import Resolved
from chengyun.engine.engine import Engine
from chengyun.facts.registers import City
from chengyun.kernel.clock import VirtualClock
from chengyun.kernel.instants import Instant, from_local, zone
from chengyun.sim.linjiang.city import build
from chengyun.sim.linjiang.pack import pack_files
from chengyun.sim.lockstep import WorldProcess


class Setting(NamedTuple):
    """Which city lives from when on, and what is special about it."""

    seed: int
    scale: str
    begins_at: Instant
    patience_min: float = 0.0
    """How long the simulated duty room leaves a decision to whoever watches."""
    evening: str = ""
    """The declared evening that happens; empty: the ordinary diary."""
    evening_min: int = 0


class Living(NamedTuple):
    """A city that lives: what moves it, and what it is made of."""

    engine: Engine
    clock: VirtualClock
    world: WorldProcess
    pack: Resolved


def settled(folder: Path, seed: int, scale: str) -> Resolved:
    """Build the city of a seed, write its pack into ``folder`` and return it as it is read."""
    write_pack(pack_files(build(seed, scale)), folder)
    return packs.loaded(folder)


def begins(pack: Resolved, local: datetime) -> Instant:
    """Return the instant of a local time in the city."""
    return from_local(local, zone(packs.section(pack, City).zone))[0]


@contextmanager
def living(
    pack: Resolved, store: Path, setting: Setting, *, truth: Path | None = None
) -> Iterator[Living]:
    """Open a store for the city and start its world; ``truth`` is for the world's eyes alone."""
    city, at = packs.section(pack, City), setting.begins_at
    clock = VirtualClock(at)
    with (
        WorldProcess.started(
            seed=setting.seed,
            scale=setting.scale,
            city_seed=setting.seed,
            start=at,
            truth=truth,
            patience_min=setting.patience_min,
            evening=setting.evening,
            evening_min=setting.evening_min,
        ) as world,
        platform.opened(
            store, partition=city.id, clock=clock, entropy=SeededEntropy(setting.seed)
        ) as opened,
    ):
        platform.adopt(opened.engine, pack.content, pack=city.id, effective_from=at)
        opened.engine.commit()
        opened.engine.settle()
        yield Living(opened.engine, clock, world, pack)
