"""A composite over history: what its parts say at the end of each pane, put together as live.

Its panes are as long as the longest of its parts. A part says at an instant what its last pane that
had ended by then says; it is unknown where none of its sensors spoke at the end of that pane, and
zero where some did and a sum, count or rate had nothing to count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from chengyun.facts.columns import Longs
from chengyun.kernel.instants import SECOND_US
from chengyun.vitals.gauging import scored
from chengyun.vitals.layout import UNKNOWN
from chengyun.vitals.policy import Composite, InState, SensorSign

Ask = Callable[[SensorSign, int, int], pa.Table]
"""Returns a sign in one area for the panes that begin in [since, until)."""

_ANYBODY: Final = 0.000001
"""The least coverage: one sensor of a million that are registered."""
_ZERO_IS_KNOWN: Final = ("sum", "count", "rate")


def pane_s_of(composite: Composite, signs: Mapping[str, SensorSign]) -> int:
    """Return how long the panes of a composite are."""
    return max(signs[name].pane_s for name in composite.parts)


def composed(
    ask: Ask,
    composite: Composite,
    signs: Mapping[str, SensorSign],
    sizes: Mapping[str, int],
    since: int,
    until: int,
) -> pa.Table:
    """Return pane, value (null where unknown) and known weight of the panes in [since, until).

    ``sizes`` are the area's, by what a sign may be told ``per``; 0 is not known.
    """
    pane_us = pane_s_of(composite, signs) * SECOND_US
    panes = np.arange(-(-since // pane_us), max(-(-since // pane_us), -(-until // pane_us)))
    ends = (panes + 1) * pane_us
    parts = [
        (part, _said(ask, signs[name], sizes.get(signs[name].per, 1), ends))
        for name, part in composite.parts.items()
    ]
    value, weight = scored(parts, len(panes), composite.min_known)
    return pa.table(
        {
            "pane": pa.array(panes, pa.int64()),
            "value": pa.array(value, pa.int64(), mask=value == UNKNOWN),
            "n": pa.array(weight, pa.int64()),
        }
    )


def _said(ask: Ask, sign: SensorSign, size: int, ends: Longs) -> Longs:
    """Return what a part says at each instant."""
    said = np.full(len(ends), UNKNOWN, np.int64)
    if not len(ends):
        return said
    pane_us = sign.pane_s * SECOND_US
    panes = ends // pane_us - 1
    span = int(panes[0]) * pane_us, (int(panes[-1]) + 1) * pane_us
    covered = msgspec.structs.replace(sign, min_coverage=max(sign.min_coverage, _ANYBODY))
    if sign.how in _ZERO_IS_KNOWN and size:
        speaking = msgspec.structs.replace(covered, how="share", state=InState(), per="")
        said[np.isin(panes, _known(ask(speaking, *span))[0])] = 0
    known, values = _known(ask(covered, *span))
    place = np.searchsorted(known, panes)
    found = np.isin(panes, known)
    said[found] = values[place[found]]
    return said


def _known(table: pa.Table) -> tuple[Longs, Longs]:
    """Return the panes of which something is known, in order, and what."""
    table = table.filter(table.column("value").is_valid()).sort_by("pane")
    return (
        np.asarray(table.column("pane").to_numpy(), np.int64),
        np.asarray(table.column("value").to_numpy(), np.int64),
    )
