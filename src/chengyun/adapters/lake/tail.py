"""The tail: rows that stand in the log and have not gone into the lake.

History is lake and tail together. A row that was taken late for history alone may stand in both; of
the tail it is left out.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chengyun.adapters.lake.columns import KEPT, Rows, joined, none
from chengyun.adapters.lake.compaction import rows_of_frame
from chengyun.adapters.lake.manifest import Manifest
from chengyun.adapters.lake.runs import Observed
from chengyun.adapters.segments.reading import groups_in, segments_in
from chengyun.kernel.errors import Retryable


class Wanted(NamedTuple):
    """Which rows are looked for: of a property, perhaps one sensor, with ``at`` in a span."""

    property: str
    since_us: int
    until_us: int
    handle: int = -1


def recent(log: Path, manifest: Manifest, observed: Observed, wanted: Wanted) -> Rows:
    """Return the wanted rows of the segments that ``manifest`` does not name, in their order.

    Doubled rows among them are left out. Raises ``Retryable`` when a segment went into the lake
    meanwhile and left the log: with the manifest of now the answer is whole.
    """
    numbers = [number for number in segments_in(log) if number > manifest.through]
    if numbers and manifest.through and numbers[0] != manifest.through + 1:
        raise Retryable("segments have gone into the lake meanwhile", where=str(log))
    parts = [none()]
    for number in numbers:
        try:
            for frame in groups_in(log, number, closed=number != numbers[-1]):
                parts.append(_wanted(rows_of_frame(frame), observed, wanted))
        except FileNotFoundError as gone:
            raise Retryable("a segment has left the log meanwhile", where=str(log)) from gone
    return _first_known(joined(parts))


def _wanted(rows: Rows, observed: Observed, wanted: Wanted) -> Rows:
    chosen = (rows.at >= wanted.since_us) & (rows.at < wanted.until_us)
    if wanted.handle >= 0:
        chosen &= rows.handle == wanted.handle
    else:
        chosen &= _observes(rows, observed, wanted.property)
    return rows.take(np.flatnonzero(chosen & np.isin(rows.verdict, KEPT)))


def _observes(rows: Rows, observed: Observed, name: str) -> NDArray[np.bool_]:
    """Tell which rows are of a property; a handle newer than ``observed`` is of none yet."""
    place = observed.names.index(name) if name in observed.names else -1
    known = rows.handle < len(observed.property_of)
    of = np.full(rows.size, -1, np.int64)
    of[known] = observed.property_of[rows.handle[known]]
    found: NDArray[np.bool_] = (of == place) & (place >= 0)
    return found


def _first_known(rows: Rows) -> Rows:
    """Leave out rows whose sensor and instant stand before them; the log is in order of knowing."""
    order = np.lexsort((rows.at, rows.handle))  # stable
    handle, at = rows.handle[order], rows.at[order]
    again = np.zeros(rows.size, np.bool_)
    again[order[1:]] = (handle[1:] == handle[:-1]) & (at[1:] == at[:-1])
    return rows.take(np.flatnonzero(~again)) if again.any() else rows
