"""An event with its truth: what it is, where, why, whose, and what becomes of it."""

from __future__ import annotations

from typing import Any

import msgspec

from chengyun.kernel.instants import Instant
from chengyun.sim.world.kind import Kind
from chengyun.sim.world.kinds import BY_CODE
from chengyun.sim.world.town import Spot


class Event(msgspec.Struct, kw_only=True):
    """One thing that truly happens; the world alone knows it."""

    name: str
    kind: str
    type: str
    """The case type it truly is; empty where it is only measured."""
    area: str
    spot: Spot
    starts_at: Instant
    ends_at: Instant
    """When it is over, as far as is known yet: crews may end it earlier."""
    lasts_until: Instant
    """When it would be over by itself."""
    severity: int
    """1 mild to 4 grave."""
    cause: str
    parent: str = ""
    """The event it follows from."""
    units: tuple[str, ...] = ()
    """The units whose business it truly is."""
    real: bool = True
    injected: bool = False
    unplaced: bool = False
    """Nobody who reports it says where it is, but in words."""
    handled_by: str = ""
    """The case under which a crew mended it."""
    reports: int = 0

    @property
    def shape(self) -> Kind:
        """The kind it is of."""
        return BY_CODE[self.kind]

    def is_over(self, at: Instant) -> bool:
        """Tell whether nothing of it is left at ``at``."""
        return at >= self.ends_at

    def truth(self) -> dict[str, Any]:
        """Return the line of the truth file."""
        return {
            "record": "event",
            "event": self.name,
            "kind": self.kind,
            "type": self.type,
            "area": self.area,
            "lon_e7": self.spot.lon_e7,
            "lat_e7": self.spot.lat_e7,
            "starts_at": self.starts_at,
            "ends_at": self.ends_at,
            "severity": self.severity,
            "cause": self.cause,
            "parent": self.parent,
            "units": list(self.units),
            "real": self.real,
            "injected": self.injected,
        }
