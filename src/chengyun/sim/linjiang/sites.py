"""What places are made from: the use of every unit grid, and places of one kind in the making."""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from chengyun.sim.linjiang.division import Division
from chengyun.sim.linjiang.ground import Floats, Ground, Ints
from chengyun.sim.linjiang.networks import Networks
from chengyun.sim.linjiang.seeds import stream

USES: Final = ("residential", "commercial", "industry", "school", "hospital", "park", "green_bank")
"""What a unit grid is for."""


class Some(msgspec.Struct, frozen=True):
    """Places of one kind before they are put into the table."""

    kind: str
    along: Floats
    off: Floats
    grid: Ints
    names: tuple[list[str], list[str]] | None = None
    floors: NDArray[np.int16] | None = None
    within: Ints | None = None
    wide_m: NDArray[np.uint8] | None = None
    deep_m: NDArray[np.uint8] | None = None
    house: NDArray[np.int16] | None = None


class Site(msgspec.Struct, frozen=True):
    """What every maker of places looks at."""

    ground: Ground
    division: Division
    networks: Networks
    use: NDArray[np.uint8]
    seed: int

    def rng(self, part: str) -> np.random.Generator:
        """Return the random stream of a kind of place."""
        return stream(self.seed, self.ground.scale.name, "places", part)

    def spots(self, grid: Ints, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return the places at shares ``x`` and ``y`` of the width and depth of unit grids."""
        table = self.division.grids
        along, off = table.along[grid], table.off[grid]
        return (
            along[:, 0] + x * (along[:, 1] - along[:, 0]),
            off[:, 0] + y * (off[:, 1] - off[:, 0]),
        )

    def used_as(self, *uses: str) -> Ints:
        """Return the unit grids with one of these uses."""
        wanted = [USES.index(use) for use in uses]
        return np.flatnonzero(np.isin(self.use, wanted)).astype(np.int32)


def uses_of(ground: Ground, division: Division, seed: int) -> NDArray[np.uint8]:
    """Return the use of every unit grid, a number in ``USES``: trade in the middle, industry far
    out, schools and hospitals spread, parks here and there, and a green strip on the banks."""
    grids, scale = division.grids, ground.scale
    rng = stream(seed, scale.name, "uses")
    draws = rng.random(len(grids))
    use = np.zeros(len(grids), np.uint8)
    use[draws < 0.34 * np.exp(-2.2 * grids.outward)] = USES.index("commercial")
    use[(grids.outward > 0.75) & (draws > 0.86)] = USES.index("industry")
    use[rng.random(len(grids)) < 0.045] = USES.index("park")
    schools = max(scale.subdistricts, scale.residents // 7_000)
    for name, count in (("school", schools), ("hospital", scale.hospitals)):
        free = np.flatnonzero((use == 0) & ~grids.riverside)
        use[spread(free, count)] = USES.index(name)
    use[grids.riverside & (use != USES.index("park"))] = USES.index("green_bank")
    return use


def spread(free: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return ``count`` of the unit grids, evenly along their codes and so over the areas."""
    count = min(count, len(free))
    return free[(np.arange(count) * 2 + 1) * len(free) // (2 * count)]
