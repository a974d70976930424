"""Bands over columns decide as the rules for single readings do."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from chengyun.kernel.instants import SECOND_US
from chengyun.warn.levels import Crossed, cross, standing_of, thresholds_of
from chengyun.warn.policy import Band
from chengyun.warn.rules import LEVELS, RANK, is_below, level_of

MICRO = 1_000_000
UNKNOWN = -(2**63)
BAND = Band(judge="value", up={"blue": 20, "orange": 40}, down=15, dwell_s=60)


class Single:
    """The rules for single readings, with the timer of the dwell, one value after another."""

    def __init__(self, band):
        self.band, self.level, self.until = band, "", None

    def sees(self, value, now_s):
        if value is None:
            was, self.level, self.until = self.level, "", None
            return Crossed.UNKNOWN if was else None
        if self.until is not None and now_s >= self.until:  # timers come first
            self.level, self.until = "", None
            return Crossed.CLEARED
        reached = level_of(value * 1_000, self.band, 0)
        if RANK[reached] > RANK[self.level]:
            was, self.level, self.until = self.level, reached, None
            return Crossed.CHANGED if was else Crossed.RAISED
        if self.level and is_below(value * 1_000, self.band):
            if self.until is None:
                self.until = now_s + self.band.dwell_s
                return Crossed.BELOW
        elif self.until is not None:
            self.until = None
            return Crossed.HOT_AGAIN
        return None


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 40), st.none() | st.sampled_from([0, 14, 15, 19, 20, 39, 40, 90])),
        max_size=30,
    ),
    st.sampled_from([0, 30, 60]),
)
def test_a_column_decides_as_single_readings_do(steps, dwell_s):
    band = Band(judge="value", up=BAND.up, down=BAND.down, dwell_s=dwell_s)
    single, standing, now_s = Single(band), standing_of(1), 1_000
    thresholds = thresholds_of([band])
    one = np.array([0]), np.array([1])
    for pause_s, value in steps:
        now_s += pause_s
        column = np.array([UNKNOWN if value is None else value * MICRO])
        found = cross(thresholds, standing, *one, column, now_s * SECOND_US)
        kinds = [Crossed(kind) for kind in found.kind.tolist()]
        expected = single.sees(value, now_s)
        assert kinds == ([] if expected is None else [expected])
        assert LEVELS[int(standing.level[0])] == single.level


def test_blocks_have_bands_of_their_own_or_none():
    thresholds = thresholds_of([BAND, None, Band(judge="value", up={"red": 1}, down=0, dwell_s=0)])
    standing = standing_of(6)
    value = np.array([19_999_999, 20 * MICRO, 99 * MICRO, 99 * MICRO, MICRO, UNKNOWN])
    found = cross(thresholds, standing, np.array([0, 2, 4]), np.array([2, 2, 2]), value, 5)
    assert found.place.tolist() == [1, 4]
    assert [LEVELS[level] for level in found.level] == ["blue", "red"]
