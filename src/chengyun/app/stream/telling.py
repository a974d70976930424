"""What a tick tells the engine: crossings in the words of the facts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from chengyun.facts.columns import Longs
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
    corrected = _told(
        lane,
        np.array([one.place for one in revisions], np.int64),
        ["revised" if one.level else "retracted" for one in revisions],
        [one.before for one in revisions],
        [one.level for one in revisions],
        [one.value for one in revisions],
    )
    places = crossings.place.astype(np.int64)
    return corrected + _told(
        lane,
        places,
        [_WORD[kind] for kind in crossings.kind.tolist()],
        crossings.before.tolist(),
        crossings.level.tolist(),
        lane.values.value[places].tolist(),
    )


def _told(
    lane: Lane,
    places: Longs,
    kinds: list[str],
    before: list[int],
    levels: list[int],
    values: list[int],
) -> list[Crossing]:
    """Return crossings at some places; lists of one length."""
    layout, codes = lane.city.layout, lane.city.areas.codes
    blocks, dwell_us = layout.blocks, lane.city.thresholds.dwell_us
    found = np.searchsorted(blocks.start, places, side="right") - 1
    areas = (blocks.first[found] + places - blocks.start[found]).tolist()
    covered = lane.values.coverage_ppm[places].tolist()
    window_s = {block: layout.window_s(block) for block in np.unique(found).tolist()}
    columns = zip(found.tolist(), areas, kinds, before, levels, values, covered, strict=True)
    return [
        Crossing(
            sign=layout.names[blocks.sign[block]],
            area=codes[area],
            kind=kind,
            from_level=LEVELS[was],
            level=LEVELS[level],
            value_micro=None if value == UNKNOWN else value,
            window_s=window_s[block],
            coverage_ppm=coverage,
            dwell_s=int(dwell_us[block]) // SECOND_US if kind == "below" else 0,
        )
        for block, area, kind, was, level, value, coverage in columns
    ]
