"""How many sensors there are, speak and are in a state, in every area and all above it.

They change when a sensor is registered, wakes, falls silent, moves or changes its state, which is
seldom beside the values that come in; so they are kept, not counted.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chengyun.engine.compiled import compiled, inlined
from chengyun.facts.columns import Bytes, Handles, Longs
from chengyun.kernel.growing import roomy
from chengyun.kernel.limits import MAX_SENSORS
from chengyun.vitals.gauging import Speaking
from chengyun.vitals.layout import Layout, States

MAX_STATES: Final = 8
"""Most states that may be asked of one property: a bit each."""


class Speakers:
    """The counts, and for each sensor in which of its property's states it is."""

    def __init__(self, layout: Layout, parent: Handles) -> None:
        areas, kinds = len(parent), len(layout.properties)
        self._parent = parent
        self._states = layout.states
        self.counts = Speaking(
            np.zeros((kinds, areas), np.int32),
            np.zeros((kinds, areas), np.int32),
            np.zeros((max(1, len(layout.states.property)), areas), np.int32),
        )
        self.marks: Bytes = roomy(np.uint8, MAX_SENSORS)
        """By sensor: a bit for each state of its property that it is in."""
        self.believed_at: Longs = roomy(np.int64, MAX_SENSORS)
        """By sensor: the instant of the newest value that is believed."""

    def registered(self, kind: Handles, area: Handles, by: int) -> None:
        """Count sensors of a property in an area as registered (1) or no longer (-1)."""
        _shift(self.counts.registered, self._parent, kind, area, by)

    def spoke(self, handle: Handles, kind: Handles, area: Handles, by: int) -> None:
        """Count sensors as speaking (1) or silent (-1), with the states they are in."""
        _shift(self.counts.speaking, self._parent, kind, area, by)
        _shift_states(
            self.counts.in_state,
            self._parent,
            self._states.first_of,
            self.marks,
            (handle, kind, area),
            by,
        )

    def measured(self, records: NDArray[np.void], rows: Measured) -> None:
        """Note in which states sensors are, by their newest values that count.

        ``records`` are the sensors after these rows.
        """
        if len(self._states.property):
            _mark(
                (self.counts.in_state, self._parent, self._states),
                self.marks,
                self.believed_at,
                records,
                rows,
            )

    def forget(self, handle: Handles) -> None:
        """Forget in which states sensors are: they measure something else from now on."""
        self.marks[handle] = 0
        self.believed_at[handle] = 0


class Measured(NamedTuple):
    """Rows as they were judged; columns of one length."""

    handle: Handles
    kind: Handles
    """The property of a value that counts; -1 for one that is not believed or too late."""
    at: Longs
    value: Longs


# --- compiled ---------------------------------------------------------------------------------


@inlined
def _up(counts: NDArray[np.int32], parent: Handles, kind: int, area: int, by: int) -> None:
    here = area
    while here >= 0:
        counts[kind, here] += by
        here = parent[here]


@compiled
def _shift(
    counts: NDArray[np.int32], parent: Handles, kind: Handles, area: Handles, by: int
) -> None:
    for row in range(len(kind)):
        if kind[row] >= 0:
            _up(counts, parent, kind[row], area[row], by)


@compiled
def _shift_states(
    counts: NDArray[np.int32],
    parent: Handles,
    first_of: Longs,
    marks: Bytes,
    sensors: tuple[Handles, Handles, Handles],
    by: int,
) -> None:
    handle, kind, area = sensors
    for row in range(len(handle)):
        held = marks[handle[row]]
        first = first_of[kind[row]]
        for state in range(first, first_of[kind[row] + 1]):
            if held >> (state - first) & 1:
                _up(counts, parent, state, area[row], by)


@compiled
def _mark(
    counted: tuple[NDArray[np.int32], Handles, States],
    marks: Bytes,
    believed_at: Longs,
    records: NDArray[np.void],
    rows: Measured,
) -> None:
    counts, parent, states = counted
    first_of, at_least, at_most = states.first_of, states.at_least, states.at_most
    handles, kinds, ats, values = rows
    for row in range(len(handles)):
        one, kind = handles[row], kinds[row]
        if kind < 0 or first_of[kind] == first_of[kind + 1] or ats[row] <= believed_at[one]:
            continue
        believed_at[one] = ats[row]
        area = records[one].area
        first, before, after = first_of[kind], marks[one], 0
        for state in range(first, first_of[kind + 1]):
            is_in = at_least[state] <= values[row] <= at_most[state]
            after |= is_in << (state - first)
            was_in = before >> (state - first) & 1
            if is_in != was_in:
                _up(counts, parent, state, area, 1 if is_in else -1)
        marks[one] = after
