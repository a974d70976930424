"""Linjiang as something that lives: its pack on disk, its world in a process, its engine open.

The demonstration, a drill and the run that a drill is compared with all begin here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from chengyun.adapters.files.packs import read_pack, write_pack
from chengyun.adapters.system.entropy import SeededEntropy
from chengyun.app import packs, platform
from chengyun.citypack.resolving import Resolved
from chengyun.engine.engine import Engine
from chengyun.facts.registers import City
from chengyun.kernel.clock import VirtualClock
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant, from_local, zone
from chengyun.sim.linjiang.city import build
from chengyun.sim.linjiang.pack import pack_files
from chengyun.sim.world_process import WorldProcess


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

    def begin(self) -> None:
        """Put its policy into force in a store that is new."""
        platform.adopt(
            self.engine,
            self.pack.content,
            pack=self.engine.partition,
            effective_from=self.clock.now(),
        )
        self.engine.commit()
        self.engine.settle()


def settled(path: Path, seed: int, scale: str) -> Resolved:
    """Build the city of a seed and return its pack as it is read from ``path``.

    The pack is written whole or not at all; one that is there has to be the same (``other_pack``).
    """
    files = pack_files(build(seed, scale), tells=False)
    if not path.exists():
        half = path.with_name(f".{path.name}.half")
        write_pack(files, half)
        half.replace(path)
    elif read_pack(path)[0] != files:
        raise other_pack(path)
    return packs.loaded(path)


def other_pack(path: Path) -> Rejected:
    """Return the refusal of a pack that the world was not made with."""
    return Rejected(
        "other_pack",
        "the pack in this folder is not the one that its world was made with; the simulator "
        "can people no other city",
        where=str(path),
        remedy="remove the pack, and it is built again; or begin another city in a new --out",
    )


def begins(pack: Resolved, local: datetime) -> Instant:
    """Return the instant of a local time in the city."""
    return from_local(local, zone(packs.section(pack, City).zone))[0]


@contextmanager
def opened(
    pack: Resolved, store: Path, setting: Setting, *, truth: Path | None = None
) -> Iterator[Living]:
    """Open a store for the city, new or not, and start its world at the beginning.

    ``truth`` is for the world's eyes alone.
    """
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
        ) as ready,
    ):
        yield Living(ready.engine, clock, world, pack)


@contextmanager
def living(
    pack: Resolved, store: Path, setting: Setting, *, truth: Path | None = None
) -> Iterator[Living]:
    """Begin the city in a store that is new."""
    with opened(pack, store, setting, truth=truth) as city:
        city.begin()
        yield city
