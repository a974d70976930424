"""The system's clock."""

from __future__ import annotations

import time

from chengyun.kernel.instants import Instant


class SystemClock:
    """Tells the machine's time, in microseconds UTC."""

    def now(self) -> Instant:
        """Return the current instant."""
        return Instant(time.time_ns() // 1_000)
