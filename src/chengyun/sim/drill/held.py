"""What a drill notes of itself: how it was set up, how the clock was handled, how it ended.

It stands in ``drill.json`` beside the store; the debrief is made from it, the store and the truth.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

import msgspec

from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import MINUTE_US, Instant
from chengyun.sim.living import Setting

FILE: Final = "drill.json"
TRUTH: Final = "truth"
ALONE: Final = "alone"

EndedBy = Literal["evening_over", "operator", "stopped"]
"""Its time was up, somebody ended it on the screen, or the process was told to stop."""

PATIENCE_MIN: Final = 100_000.0
"""The simulated duty room leaves every decision to the operator: longer than any evening."""


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """The clock stood: from which instant of the city, and how long by the wall."""

    at: int
    wall_s: float


class Paced(msgspec.Struct, frozen=True, kw_only=True):
    """From an instant on the clock went so many times faster than real."""

    at: int
    rate: float


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How a drill is set up."""

    seed: int
    scale: str
    scenario: str
    minutes: int
    began_at: int

    @property
    def until_at(self) -> Instant:
        """The end of the evening."""
        return Instant(self.began_at + self.minutes * MINUTE_US)

    def setting(self, *, patience_min: float = 0.0) -> Setting:
        """Return the city of the evening; without patience its duty room decides by itself."""
        return Setting(
            seed=self.seed,
            scale=self.scale,
            begins_at=Instant(self.began_at),
            patience_min=patience_min,
            evening=self.scenario,
            evening_min=self.minutes,
        )


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A drill that was held."""

    plan: Plan
    ended_at: int
    ended_by: EndedBy
    pauses: list[Pause]
    paces: list[Paced]

    def write(self, folder: Path) -> None:
        """Write it into the folder of the drill."""
        (folder / FILE).write_bytes(msgspec.json.format(msgspec.json.encode(self), indent=2))


def read_held(folder: Path) -> Held:
    """Read what a drill noted, or refuse the folder."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Held)
    except (OSError, msgspec.MsgspecError) as wrong:
        raise Rejected(
            "no_drill",
            f"no drill was held here: {wrong}",
            where=str(folder / FILE),
            remedy="give the folder that chengyun drill --out wrote",
        ) from wrong
