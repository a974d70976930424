"""How often Python looks for cycles of objects: seldom, where a process lives long and makes many.

What stands after start-up (the pack, the rows) stays; looking through it again and again for
garbage took half the time of a burst of facts.
"""

from __future__ import annotations

import gc
from typing import Final

_THRESHOLDS: Final = (50_000, 20, 10)


def collect_seldom() -> None:
    """Leave what is there now out of every later look, and look less often. For a process."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
