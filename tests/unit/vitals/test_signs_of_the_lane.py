"""What the lane says of windows is what the oracle counts, in whatever order rows come."""

import sys
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "app" / "stream"))

import sign_oracle
from lane_city import MICRO, PROPERTIES, SIGNS, T0, Fed, city, entry, state

SENSORS = {"a": ("n1", 1), "b": ("n2", 3), "c": ("d2", 2), "d": ("s1", 1)}
WINDOWED = [name for name in SIGNS if name not in ("share", "probed")]
END = 300
SMALL = city()

ROWS = st.lists(
    st.tuples(
        st.sampled_from(sorted(SENSORS)),
        st.integers(END - 100, END + 40),
        st.integers(-110, 110),
    ),
    max_size=40,
    unique_by=lambda row: row[:2],
)


def lane_of(batches, order=()):
    """Feed batches within the allowed lateness, with ticks and a restart in between."""
    fed = Fed(SMALL)
    fed.enrols(*[entry(name, area, weight=weight) for name, (area, weight) in SENSORS.items()])
    fed.ticks(END - 1)
    for batch, is_ticked, is_restarted in batches:
        fed.says(*batch)
        if is_ticked:
            fed.ticks(END)
        if is_restarted:
            log = fed.log.records
            fed, _ = fed.again(max(0, len(log) - 1))
            fed.log.records = log
    fed.ticks(END + 10)
    return fed


@st.composite
def batched(draw, rows):
    """Put rows in any order, some of them twice, in any batches."""
    doubled = draw(st.lists(st.sampled_from(rows), max_size=8)) if rows else []
    left = list(draw(st.permutations(rows + doubled)))
    batches = []
    while left:
        size = draw(st.integers(1, len(left)))
        batches.append((left[:size], draw(st.booleans()), draw(st.booleans())))
        left = left[size:]
    return batches


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_order_batching_doubling_and_restart_say_the_same_as_the_oracle(data):
    rows = data.draw(ROWS)
    one = lane_of(data.draw(batched(rows)))
    other = lane_of(data.draw(batched(rows)))
    assert one.lane.values.value.tolist() == other.lane.values.value.tolist()
    kept_one, kept_other = state(one.lane)[1], state(other.lane)[1]
    for name in ("in_state", "registered", "speaking", "believed_at", "marks"):
        assert kept_one[name] == kept_other[name], name

    areas = SMALL.areas
    handle = {name: one.lane.register.handle_of(name) for name in SENSORS}
    known = [
        sign_oracle.Row(
            handle[name],
            T0 + second * MICRO,
            value * MICRO,
            areas.number[SENSORS[name][0]],
            flags=0 if -100 <= value <= 100 else 1,
        )
        for name, second, value in rows
    ]
    of = sign_oracle.City(
        areas,
        residents=dict(enumerate(SMALL.sizes.residents.tolist())),
        area_m2=dict(enumerate(SMALL.sizes.area_m2.tolist())),
        weight={handle[name]: weight for name, (_, weight) in SENSORS.items()},
        silence_us=dict.fromkeys(handle.values(), 10_000 * MICRO),
        home={handle[name]: areas.number[area] for name, (area, _) in SENSORS.items()},
    )
    for name in WINDOWED:
        sign = SIGNS[name]
        running = (T0 + (END + 10) * MICRO) // (sign.pane_s * MICRO)
        for code, area in areas.number.items():
            if SMALL.layout.block_of(name, int(areas.rank[area])) is None:
                continue
            speaks = any(sign_oracle.is_below(row.area, area, areas) for row in known)
            told = sign_oracle.value(
                sign, PROPERTIES["meter"], known, area, running - sign.tumbling, of
            )
            expected = None if told is None or told.value is None else told.value
            said = {row.handle for row in known if sign_oracle.is_below(row.area, area, areas)}
            there = sum(sign_oracle.is_below(home, area, areas) for home in of.home.values())
            enough = len(said) >= sign.min_coverage * there
            if told is None and speaks and enough and sign.how in ("sum", "count", "rate"):
                size = {"": 1, "resident": of.residents, "m2": of.area_m2}[sign.per]
                expected = 0 if size == 1 or size[area] else None
            found = one.value(name, code)
            assert (None if found is None else round(found * MICRO)) == expected, (name, code)
