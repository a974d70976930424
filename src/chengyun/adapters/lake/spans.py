"""Which panes a question is about. Pane p of a sign holds the instants with ``at // pane == p``."""

from __future__ import annotations

from typing import NamedTuple

import ibis  # type: ignore[import-untyped]

from chengyun.adapters.lake.exact import Table
from chengyun.kernel.instants import SECOND_US
from chengyun.vitals.policy import SensorSign


class Span(NamedTuple):
    """The panes ``first`` to ``end - 1``, and how many of them a window holds."""

    first: int
    end: int
    panes: int
    pane_us: int

    @property
    def since_us(self) -> int:
        """Where the first pane of the first window begins."""
        return (self.first - self.panes + 1) * self.pane_us

    @property
    def until_us(self) -> int:
        """Where the last pane ends."""
        return self.end * self.pane_us

    def numbers(self, *, before: int = 0) -> Table:
        """Return a table of the panes, ``before`` more of them in front."""
        return ibis.range(self.first - before, self.end).unnest().name("pane").as_table()


def span_of(sign: SensorSign, since: int, until: int) -> Span:
    """Return the panes of ``sign`` that begin in [since, until)."""
    panes = 1 if sign.tumbling else max(1, sign.window_s // sign.pane_s)
    pane_us = sign.pane_s * SECOND_US
    first, end = -(-since // pane_us), -(-until // pane_us)
    return Span(first, max(first, end), panes, pane_us)
