"""Registrations: entries by their place, the wrong ones refused with their field."""

import csv
import io
import json

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wire_writers import ARROW, CSV, JSON, stream

from chengyun.facts.sensors import SensorEntry
from chengyun.kernel.errors import Rejected
from chengyun.kernel.limits import MAX_BATCH_ROWS
from chengyun.sense.wire.sensors import FIELDS, read

GOOD = {"id": "s1", "property": "people", "feed": "bund"}
FULL = GOOD | {
    "area": "310101001001",
    "asset": "pole-7",
    "gateway": "gw1",
    "device": "3" * 20,
    "cadence_s": 60,
    "weight": 3,
    "lon": 121.5,
    "lat": 31.25,
    "moving": True,
}


def as_csv(entries: list[dict[str, object]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(entries)
    return text.getvalue().encode()


def as_arrow(entries: list[dict[str, object]]) -> bytes:
    names = [name for name in FIELDS if any(name in entry for entry in entries)] or list(GOOD)
    return stream(pa.table({name: pa.array([one.get(name) for one in entries]) for name in names}))


def as_json(entries: list[dict[str, object]]) -> bytes:
    return json.dumps(entries).encode()


FORMATS = [(JSON, as_json), (CSV, as_csv), (ARROW, as_arrow)]


@pytest.mark.parametrize(("kind", "write"), FORMATS)
def test_entries_are_read_with_their_places(kind: str, write) -> None:
    found = read(write([FULL, GOOD | {"id": "s2"}, GOOD | {"id": "桥3"}]), kind, "")
    assert found.refused == []
    assert found.taken == [
        (0, SensorEntry(**FULL)),
        (1, SensorEntry(**GOOD | {"id": "s2"})),
        (2, SensorEntry(**GOOD | {"id": "桥3"})),
    ]


@pytest.mark.parametrize(("kind", "write"), FORMATS)
@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"id": "x" * 129}, "id_too_long", None),
        ({"id": "a\x07"}, "bad_id", None),
        ({"property": "x" * 129}, "bad_field", "property"),
        ({"feed": "a\x07"}, "bad_field", "feed"),
        ({"area": "a\x85"}, "bad_field", "area"),
        ({"device": "12"}, "bad_field", "device"),
        ({"cadence_s": -1}, "bad_field", "cadence_s"),
        ({"cadence_s": 86_401}, "bad_field", "cadence_s"),
        ({"weight": 0}, "bad_field", "weight"),
        ({"lon": 181.0, "lat": 0.0}, "bad_place", None),
        ({"lon": 1.0}, "bad_place", None),
        ({"lon": float("nan"), "lat": 0.0}, "bad_place", None),
    ],
)
def test_a_wrong_entry_is_refused_alone(kind: str, write, changes, code: str, field) -> None:
    found = read(write([GOOD, GOOD | changes, GOOD | {"id": "s3"}]), kind, "")
    assert [place for place, _ in found.taken] == [0, 2]
    (refused,) = found.refused
    assert (refused.index, refused.code) == (1, code)
    assert refused.params.get("field") == field


@pytest.mark.parametrize(
    ("entry", "code", "field"),
    [
        (GOOD | {"colour": "red"}, "unknown_field", "colour"),
        ({"id": "a", "feed": "b"}, "missing", "property"),
        (GOOD | {"id": 5}, "bad_id", None),
        (GOOD | {"id": ""}, "bad_id", None),
        (GOOD | {"id": "\ud800"}, "bad_id", None),
        (GOOD | {"gateway": "\udcff"}, "bad_field", "gateway"),
        (GOOD | {"weight": 1.5}, "bad_field", "weight"),
        (GOOD | {"weight": "3"}, "bad_field", "weight"),
        (GOOD | {"moving": 1}, "bad_field", "moving"),
        (GOOD | {"lon": "east", "lat": 1.0}, "bad_place", None),
        (GOOD | {"area": [[1]]}, "bad_field", "area"),
        ([], "not_a_row", None),
        (None, "not_a_row", None),
    ],
)
def test_a_wrong_object_is_refused_alone(entry, code: str, field) -> None:
    found = read(as_json([GOOD, entry, GOOD]), JSON, "")
    assert [place for place, _ in found.taken] == [0, 2]
    (refused,) = found.refused
    assert (refused.index, refused.code, refused.params.get("field")) == (1, code, field)


def test_lines_that_are_no_rows_are_refused_in_order() -> None:
    content = b'id,property,feed\ns1,p,f\ns2,p\n"s3,p,f\n,p,f\ns5,p,f\ns6,p,f'
    found = read(content, CSV, "")
    assert [place for place, _ in found.taken] == [0, 4]
    assert [(one.index, one.code) for one in found.refused] == [
        (1, "other_width"),
        (2, "bad_quotes"),
        (3, "missing"),
        (5, "cut"),
    ]


def test_codes_by_dictionary_and_long_words() -> None:
    columns = {
        "id": pa.array(["a", "b", "c"]),
        "property": pa.array(["p", "p", "x" * 5_000_000]).dictionary_encode(),
        "feed": pa.array(["f"] * 3, pa.string_view()),
        "cadence_s": pa.array([1, None, 3], pa.uint16()),
    }
    found = read(stream(pa.table(columns)), ARROW, "")
    assert [(place, entry.cadence_s) for place, entry in found.taken] == [(0, 1), (1, 0)]
    assert [(one.index, one.code) for one in found.refused] == [(2, "bad_field")]


@pytest.mark.parametrize(
    ("content", "kind", "code"),
    [
        (b"", JSON, "broken"),
        (b"{}", JSON, "broken"),
        (b"[" * 100_000, JSON, "too_deep"),
        (b"id,property\n", CSV, "other_schema"),
        (b"id,property,feed,colour\n", CSV, "other_schema"),
        (b"id,property,feed,feed\n", CSV, "other_schema"),
        (b"", CSV, "broken"),
        (b"", ARROW, "broken"),
        (stream(pa.table({"id": ["a"]})), ARROW, "other_schema"),
        (
            stream(pa.table({"id": ["a"], "property": [["p"]], "feed": ["f"]})),
            ARROW,
            "other_schema",
        ),
        (b"[]", "application/senml+json", "unknown_type"),
        (json.dumps([GOOD] * (MAX_BATCH_ROWS + 1)).encode(), JSON, "too_many_rows"),
    ],
)
def test_what_is_no_registration_is_refused_whole(content: bytes, kind: str, code: str) -> None:
    with pytest.raises(Rejected) as caught:
        read(content, kind, "")
    assert caught.value.code == code
    assert caught.value.remedy


TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20)
ENTRIES = st.lists(
    st.fixed_dictionaries(
        {"id": TEXT, "property": TEXT, "feed": TEXT},
        optional={
            "area": TEXT,
            "device": st.from_regex(r"[0-9]{20}", fullmatch=True),
            "cadence_s": st.integers(0, 86_400),
            "weight": st.integers(1, 10_000),
            "moving": st.booleans(),
        },
    ),
    min_size=1,
    max_size=8,
)


@settings(deadline=None)
@given(ENTRIES)
def test_entries_read_back_equal_in_every_format(entries: list[dict[str, object]]) -> None:
    expected = [(place, SensorEntry(**entry)) for place, entry in enumerate(entries)]
    for kind, write in FORMATS:
        found = read(write(entries), kind, "")
        assert found.refused == []
        assert found.taken == expected


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from([JSON, CSV, ARROW]))
def test_any_bytes_are_read_or_rejected(content: bytes, kind: str) -> None:
    try:
        found = read(content, kind, "")
    except Rejected:
        return
    assert all(isinstance(entry, SensorEntry) for _, entry in found.taken)
