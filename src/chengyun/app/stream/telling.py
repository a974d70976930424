"""What a tick tells the engine: crossings in the words of the facts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from chengyun.facts.vitals import Crossing
from chengyun.kernel.instants import SECOND_US
from chengyun.vitals.layout import UNKNOWN
from chengyun.warn.levels import Crossed, Crossings
from chengyun.warn.rules import LEVELS

if TYPE_CHECKING:
    from chengyun.app.stream.lane import Lane
    from chengyun.app.stream.revising import Revision

_WORD: Final = tuple(kind.name.lower() for kind in Crossed)


def crossed(lane: Lane, revisions: Sequence[Revision], crossings: Crossings) -> list[Crossing]:
    """Return everything that crossed, revisions first, each in the order of blocks and areas."""
    told = [
        _told(
            lane,
            one.place,
            kind="revised" if one.level else "retracted",
            before=one.before,
            level=one.level,
            value=one.value,
        )
        for one in revisions
    ]
    columns = zip(*(column.tolist() for column in crossings), strict=True)
    return told + [
        _told(
            lane,
            place,
            kind=_WORD[kind],
            before=before,
            level=level,
            value=int(lane.values.value[place]),
        )
        for place, kind, before, level in columns
    ]


def _told(lane: Lane, place: int, *, kind: str, before: int, level: int, value: int) -> Crossing:
    layout = lane.city.layout
    blocks = layout.blocks
    block = int(np.searchsorted(blocks.start, place, side="right")) - 1
    area = int(blocks.first[block]) + place - int(blocks.start[block])
    return Crossing(
        sign=layout.names[int(blocks.sign[block])],
        area=lane.city.areas.codes[area],
        kind=kind,
        from_level=LEVELS[before],
        level=LEVELS[level],
        value_micro=None if value == UNKNOWN else value,
        window_s=layout.window_s(block),
        coverage_ppm=int(lane.values.coverage_ppm[place]),
        dwell_s=int(lane.city.thresholds.dwell_us[block]) // SECOND_US if kind == "below" else 0,
    )
