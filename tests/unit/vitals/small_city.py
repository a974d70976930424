"""A city of eight areas with a level left out, its sensors, and random rows of them."""

from __future__ import annotations

from hypothesis import strategies as st
from sign_oracle import City, Row

from chengyun.facts.registers import PropertyEntry
from chengyun.kernel.area_index import AreaIndex
from chengyun.kernel.areas import Area, AreaLevel, AreaTree

AREAS = AreaIndex(
    AreaTree(
        [
            Area("1", AreaLevel.CITY),
            Area("11", AreaLevel.DISTRICT, "1"),
            Area("12", AreaLevel.DISTRICT, "1"),
            Area("111", AreaLevel.SUBDISTRICT, "11"),
            Area("112", AreaLevel.SUBDISTRICT, "11"),
            Area("1111", AreaLevel.NEIGHBOURHOOD, "111"),
            Area("1112", AreaLevel.NEIGHBOURHOOD, "111"),
            Area("1201", AreaLevel.UNIT_GRID, "12"),
        ]
    )
)
SENSORS = 6
CITY = City(
    areas=AREAS,
    residents={0: 900_001, 1: 700_000, 3: 13},
    area_m2={0: 5, 2: 123_456_789},
    weight={0: 1, 1: 7, 2: 10_000, 3: 3, 4: 2, 5: 9},
    silence_us={0: 0, 1: 10_000_000, 2: 61_000_000, 3: 7_200_000_000, 4: 59_999_999, 5: 3},
    home={0: 5, 1: 6, 2: 7, 3: 3, 4: -1, 5: 4},
)
ENTRY = PropertyEntry(name={"en": "level"}, unit="m", low=-3.5, high=7.1, source="test")
LOW, HIGH = -3_500_000, 7_100_000
EPOCH_US = 1_780_272_000_000_000
"""2026-06-01 at midnight UTC: every round width of a pane begins here."""

EDGE_US = 20_000_000
"""Half of the rows stand at multiples of it, where panes begin and silences end."""


@st.composite
def some_rows(
    draw: st.DrawFn, *, around_us: int = EPOCH_US, spread_us: int = 400_000_000
) -> list[Row]:
    """Draw rows in any order, no sensor and instant twice; known before or after they happened."""
    values = st.one_of(
        st.integers(LOW, HIGH), st.sampled_from([LOW, HIGH, 0, -1, 1, LOW + 1, HIGH - 1])
    )
    row = st.builds(
        Row,
        handle=st.integers(0, SENSORS - 1),
        at=st.one_of(
            st.integers(around_us - spread_us, around_us + spread_us),
            st.integers(-spread_us // EDGE_US, spread_us // EDGE_US).map(
                lambda edge: around_us + edge * EDGE_US
            ),
        ),
        value=values,
        area=st.integers(-1, len(AREAS) - 1),
        flags=st.sampled_from([0, 0, 0, 0, 1, 2, 4, 5]),
        verdict=st.sampled_from([0, 0, 0, 1, 1, 2]),
        known_at=st.integers(-60_000_000, 600_000_000),
    )
    rows = draw(st.lists(row, min_size=25, max_size=50, unique_by=lambda one: (one.handle, one.at)))
    return [one._replace(known_at=one.at + one.known_at) for one in rows]
