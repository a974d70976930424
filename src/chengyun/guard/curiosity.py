"""How often one actor may look at data of persons: a few in a row, then one at a time.

Work needs a look now and then; who leafs through people meets the end of his budget. A token
bucket an actor, in memory: after a restart everybody begins with a full one.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import NamedTuple

from chengyun.kernel.limits import LOOK_PAUSE_S, MAX_LOOKERS, MAX_LOOKS


class _Left(NamedTuple):
    looks: float
    at_s: float


class Curiosity:
    """The looks that each actor has left."""

    def __init__(self, *, looks: int = MAX_LOOKS, pause_s: float = LOOK_PAUSE_S) -> None:
        self._most = float(looks)
        self._pause_s = pause_s
        self._left: OrderedDict[str, _Left] = OrderedDict()

    def take(self, actor: str, now_s: float) -> int:
        """Take one look of ``actor``; return 0, or after how many seconds there is one again.

        ``now_s`` counts seconds on a clock that never goes back.
        """
        before = self._left.pop(actor, _Left(self._most, now_s))
        grown = max(0.0, now_s - before.at_s) / self._pause_s
        looks = min(self._most, before.looks + grown)
        wait_s = 0 if looks >= 1 else math.ceil((1 - looks) * self._pause_s)
        self._left[actor] = _Left(looks - 1 if looks >= 1 else looks, now_s)
        if len(self._left) > MAX_LOOKERS:
            self._left.popitem(last=False)
        return wait_s
