"""What the twin knows of every sensor: one record of a cache line each, ten million of them.

``SENSOR`` holds what changes with every value beside what is asked for with it, so that a value at
random costs one trip to memory. When a sensor will count as silent stands in a column of its own,
because all of them are looked through once a tick.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chengyun.facts.columns import Handles, Ids, Longs
from chengyun.kernel.area_index import NOWHERE
from chengyun.kernel.growing import roomy
from chengyun.kernel.limits import MAX_SENSORS
from chengyun.twin.interning import IdTable

SENSOR: Final = np.dtype(
    [
        ("at", "<i8"),
        ("at_1", "<i8"),
        ("at_2", "<i8"),
        ("value", "<i8"),
        ("same_since", "<i8"),
        ("heard_s", "<u4"),
        ("area", "<i4"),
        ("gateway", "<i4"),
        ("cadence_s", "<i4"),
        ("property", "<i2"),
        ("feed", "<i2"),
        ("weight", "<u2"),
        ("flags", "u1"),
        ("state", "u1"),
    ]
)
"""The instants of the three newest values, the newest value and since when it is the same; when it
was last heard (seconds); where it stands now; how its newest value is flagged; how it is."""

BELIEVED: Final = np.dtype([("value", "<i8"), ("at", "<i8")])
"""The last value that was believed, and its instant; 0 where there was none."""

NEVER: Final = 0
SPEAKS: Final = 1
SILENT: Final = 2
"""States: it has not said anything yet; it speaks; it is silent, and what it measures unknown."""

NOT_DUE: Final = 0xFFFF_FFFF
"""It never spoke, or is silent already."""

NONE: Final = -1


class Names:
    """Codes under dense numbers, in the order of their first use."""

    def __init__(self, codes: list[str] | None = None) -> None:
        self.codes: list[str] = list(codes or [])
        self._number = {code: place for place, code in enumerate(self.codes)}

    def number(self, code: str) -> int:
        """Return the number of ``code``, entering it if it is new; ``""`` is ``NONE``."""
        if not code:
            return NONE
        found = self._number.get(code)
        if found is None:
            found = self._number[code] = len(self.codes)
            self.codes.append(code)
        return found

    def known(self, code: str) -> int:
        """Return the number of ``code``, or ``NONE``."""
        return self._number.get(code, NONE)


class Binding(NamedTuple):
    """Where and what the sensors of a registration are, by number; columns of one length."""

    ids: Ids
    property: Handles
    feed: Handles
    area: Handles
    gateway: Handles
    asset: Handles
    cadence_s: Handles
    weight: Handles
    moving: NDArray[np.bool_]


class Registered(NamedTuple):
    """What a registration changed."""

    handles: Handles
    fresh: NDArray[np.bool_]
    """Those that were not known before."""
    before: Handles
    """The area that each stood in until now; -1 for a new one."""


class Sensors:
    """All registered sensors of a partition, by handle."""

    def __init__(self, key: tuple[int, int]) -> None:
        self.table = IdTable(key)
        self.records: NDArray[np.void] = roomy(SENSOR, MAX_SENSORS)
        self.believed: NDArray[np.void] = roomy(BELIEVED, MAX_SENSORS)
        """Says something for sensors whose newest value is flagged; else that value is it."""
        self.due_s: NDArray[np.uint32] = roomy(np.uint32, MAX_SENSORS)
        self.asset: Handles = roomy(np.int32, MAX_SENSORS)
        self.moving: NDArray[np.bool_] = roomy(np.bool_, MAX_SENSORS)
        self.feeds, self.gateways, self.assets = Names(), Names(), Names()

    def __len__(self) -> int:
        return len(self.table)

    def bind(self, binding: Binding) -> Registered:
        """Register what is new and bind anew what is known; what was measured stays."""
        known = len(self)
        handles = self.table.add(binding.ids)
        self.due_s[known : len(self)] = NOT_DUE
        fresh = handles >= known
        before = np.where(fresh, NOWHERE, self.records["area"][handles]).astype(np.int32)
        for name in ("property", "feed", "area", "gateway", "cadence_s", "weight"):
            self.records[name][handles] = getattr(binding, name)
        self.asset[handles] = binding.asset
        self.moving[handles] = binding.moving
        return Registered(handles, fresh, before)


class Rules(NamedTuple):
    """What holds for the sensors of each property, by number: how a value is judged.

    Values in millionths, times in microseconds; 0 for ``stuck_us`` and ``step`` is "never".
    """

    low: Longs
    high: Longs
    stuck_us: Longs
    step: Longs
    lateness_us: Longs
    silent_milli: Longs
    """After so many thousandths of its cadence a sensor is silent."""
