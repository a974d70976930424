"""The stream lane as the engine sees it: columns that pass a tuple of steps, in order.

A flow is one group of batches on its way. Steps fill in its columns; the order in which they
stand is the order in which things happen, and is the same when the log is played again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from chengyun.facts.columns import Batch, Bytes, Handles, Longs
from chengyun.facts.sensors import BatchTaken

_NONE: Any = np.zeros(0, np.int32)


class Incoming(msgspec.Struct, kw_only=True):
    """A batch as it came in: who sent it, under which id, with which content."""

    feed: str
    batch: Batch
    id: str = ""
    digest: str = ""


class Flow(msgspec.Struct, kw_only=True):
    """A group on its way through the steps; columns of one length."""

    now: int
    incoming: list[Incoming]
    """Empty when the log is played again."""
    taken: list[BatchTaken]
    handle: Handles = _NONE
    at: Longs = _NONE
    value: Longs = _NONE
    feed: Handles = _NONE
    place: Handles = _NONE
    verdict: Bytes = _NONE
    flags: Bytes = _NONE
    area: Handles = _NONE
    counted: Handles = _NONE
    weight: Longs = _NONE
    woken: Handles = _NONE
    again: Bytes = _NONE
    moved: Handles = _NONE
    moved_from: Handles = _NONE
    moved_to: Handles = _NONE

    @property
    def bounds(self) -> NDArray[np.int64]:
        """Where each batch ends."""
        return np.cumsum([len(one.batch) for one in self.incoming], dtype=np.int64)


Step = Callable[[Flow], None]


def run(steps: tuple[Step, ...], flow: Flow) -> Flow:
    """Let a flow pass every step."""
    for step in steps:
        step(flow)
    return flow
