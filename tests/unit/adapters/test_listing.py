"""Lists by place: pages are what a plain filter finds, and every way in is an index."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import MetaData, create_engine

from chengyun.adapters.sql import listing
from chengyun.adapters.sql.listing import Asked, Part
from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.sql.schema import Projection
from chengyun.adapters.sql.store import SqlStore
from chengyun.app.listing import parts_of, paths_of
from chengyun.guard.deciding import Scope
from chengyun.guard.places import Places
from chengyun.handle.views import CASES, CaseRow

AREAS = {
    "c": "", "d1": "c", "d2": "c", "s1": "d1", "s2": "d1", "s3": "d2",
    "n1": "s1", "n2": "s1", "n3": "s3",
}  # fmt: skip
GRIDS = frozenset({"n1001", "n1002", "n3001"})
UNITS = {"water": "", "crew": "water", "shift": "crew", "roads": "", "r1": "roads"}
PLACES = Places("c", AREAS, UNITS, GRIDS)
MOVED = Places("c", AREAS | {"s2": "d2"}, UNITS, GRIDS)


def case(number, area, unit, at, state, type_):
    return CaseRow(
        case=f"case:{number:03d}", incident=f"i{number}", type=type_, area=area, process="p",
        policy_version="v", state=state, unit=unit, filed_at=at, due_at=at + 5, fell_due=False,
        members=1, open_members=1, hops=0, rework=0, first_outcome="", first_unit="",
        ended_at=None, open=state != "closed",
    )  # fmt: skip


@st.composite
def cities(draw):
    count = draw(st.integers(0, 40))
    return [
        case(
            number,
            draw(st.sampled_from(["c", *AREAS, *GRIDS, "gone"])),
            draw(st.sampled_from(["", *UNITS])),
            draw(st.integers(0, 12)),
            draw(st.sampled_from(["dispatched", "closed"])),
            draw(st.sampled_from(["lamp", "hole"])),
        )
        for number in range(count)
    ]


pairs = st.frozensets(
    st.tuples(st.sampled_from(["", *AREAS, *GRIDS]), st.sampled_from(["", *UNITS])), max_size=3
)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("store")
    opened = SqlStore(folder, [CASES])
    yield opened, folder
    opened.close()


def pages(folder, scope, places, limit, **asked):
    """Return all that is listed, page by page."""
    found, after = [], None
    parts = parts_of(scope, asked.pop("area", ""), asked.pop("unit", ""), places)
    with StoreReader(folder) as reader:
        while True:
            page = reader.newest(CASES, "p", Asked(parts, limit, after=after, **asked))
            assert len(page) <= limit
            found += page
            if len(page) < limit:
                return found
            after = (page[-1].filed_at, page[-1].case)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    cities(), pairs, st.sampled_from(["", *AREAS, "n1001"]), st.sampled_from(["", *UNITS]),
    st.sampled_from([{}, {"state": "closed"}, {"type": "lamp", "state": "dispatched"}]),
    st.sampled_from([None, 9]), st.integers(1, 7), st.sampled_from([0, 30_000]), st.booleans(),
    st.sampled_from([1, 128]),
)  # fmt: skip
def test_pages_are_what_a_plain_filter_finds(
    store, rows, held, area, unit, equal, due_before, limit, few, moved, parts
):
    opened, folder = store
    opened.drop_projections()
    opened.place_listed("p", paths_of(PLACES))
    opened.write_rows("p", {CASES: {row.case: row for row in rows}})
    opened.write_rows("q", {CASES: {row.case: row for row in rows}})  # another partition
    places = PLACES
    if moved:  # a pack with another tree took effect
        opened.place_listed("p", paths_of(MOVED))
        places = MOVED
    scope = Scope(held, places)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listing, "_FEW", few)
        patch.setattr(listing, "MAX_LIST_PARTS", parts)
        found = pages(
            folder, scope, places, limit, area=area, unit=unit, equal=equal, due_before=due_before
        )
    wanted = [
        row
        for row in rows
        if scope.covers(row.area, (row.unit,))
        and places.area_in(area, row.area)
        and places.unit_in(unit, row.unit)
        and all(getattr(row, name) == value for name, value in equal.items())
        and (due_before is None or row.due_at < due_before)
    ]
    assert found == sorted(wanted, key=lambda row: (row.filed_at, row.case), reverse=True)


def test_a_row_that_moves_is_listed_where_it_is(store):
    opened, folder = store
    opened.drop_projections()
    opened.place_listed("p", paths_of(PLACES))
    scope = Scope(frozenset({("s1", "water")}), PLACES)
    one = case(1, "n1", "roads", 1, "dispatched", "lamp")
    for unit, count in (("roads", 0), ("shift", 1), ("", 0)):
        row = CaseRow(
            **{name: getattr(one, name) for name in one.__struct_fields__} | {"unit": unit}
        )
        opened.write_rows("p", {CASES: {row.case: row}})
        assert len(pages(folder, scope, PLACES, 5)) == count


@pytest.mark.parametrize(
    ("part", "index"),
    [
        (Part(), "all"),
        (Part(units=("crew",)), "unit"),
        (Part(tops=("water",)), "top"),
        (Part(up1="d1"), "up1"),
        (Part(up1="d1", tops=("water",)), "up1_top"),
        (Part(up1="d1", units=("crew",)), "unit"),
        (Part(up2="s1"), "up2"),
        (Part(up2="s1", tops=("water", "roads")), "up2"),
        (Part(up2="s1", units=("shift", "crew")), "up2"),
        (Part(up2="s1", areas=("n1", "n1001")), "up2"),
    ],
)
def test_every_part_is_a_piece_of_an_index(part, index):
    metadata = MetaData()
    projection = Projection(CASES, metadata)
    with create_engine("sqlite://").connect() as connection:
        metadata.create_all(connection)
        for after in (None, (5, "case:1")):
            asked = Asked((part,), 10, after=after)
            statement = listing._Question(connection, projection, "p", asked).statement()
            sql = statement.compile(connection, compile_kwargs={"literal_binds": True})
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}").all()
            text = "\n".join(str(row[-1]) for row in plan)
            assert f"USING COVERING INDEX cases_newest_by_{index} (" in text, text
            assert "SCAN p_cases" not in text, text


@pytest.mark.parametrize(
    ("equal", "index"), [({"state": "closed"}, "state"), ({"type": "x"}, "type")]
)
def test_what_is_rare_is_the_way_in(equal, index):
    metadata = MetaData()
    projection = Projection(CASES, metadata)
    with create_engine("sqlite://").connect() as connection:
        metadata.create_all(connection)
        asked = Asked((Part(up1="d1"),), 10, equal=equal)
        statement = listing._Question(connection, projection, "p", asked).statement()
        sql = statement.compile(connection, compile_kwargs={"literal_binds": True})
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}").all()
        assert f"cases_newest_by_{index} (" in str(plan)


def test_where_areas_lie_is_written_once(store, monkeypatch):
    opened, _ = store
    opened.drop_projections()
    opened.place_listed("p", paths_of(PLACES))
    monkeypatch.delattr(listing, "place")
    opened.place_listed("p", paths_of(PLACES))
    with pytest.raises(AttributeError):
        opened.place_listed("p", paths_of(MOVED))
