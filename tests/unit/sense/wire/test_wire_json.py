"""JSON, an object a row or an array a column: what is right is taken, what is wrong has a code."""

import json
import time

import numpy as np
import pytest
from wire_writers import AT, Row, code_of, refused_of, rows_of, taken

from chengyun.kernel.limits import MAX_BATCH_ROWS, MAX_BATCH_VALUES

GOOD = {"sensor": "s1", "at": AT, "value": 2.5}
ROW = Row("s1", AT, 2_500_000)


def said(**changes: object) -> dict[str, object]:
    return {name: one for name, one in (GOOD | changes).items() if one is not ...}


# --- objects ----------------------------------------------------------------------------------
def test_an_array_of_objects_is_read() -> None:
    batch = taken(json.dumps([said(), said(sensor="s2", value=-1)]))
    assert rows_of(batch) == {0: ROW, 1: Row("s2", AT, -1_000_000)}
    assert batch.refused == []
    assert batch.lon_e7 is None


def test_one_object_is_a_message_of_one_row() -> None:
    assert rows_of(taken(json.dumps(said()))) == {0: ROW}


def test_a_byte_order_mark_and_blanks_around_are_allowed() -> None:
    assert rows_of(taken(b"\xef\xbb\xbf \r\n" + json.dumps([said()]).encode() + b"\n\t")) == {
        0: ROW
    }


def test_an_empty_array_is_an_empty_batch() -> None:
    assert rows_of(taken("[]")) == {}


def test_handles_and_places_are_read() -> None:
    row = {"handle": 7, "at": AT, "value": True, "lon": 121.4737, "lat": 31.2304}
    placed = Row(7, AT, 1_000_000, (1_214_737_000, 312_304_000))
    assert rows_of(taken(json.dumps([row]))) == {0: placed}
    without = {"handle": 8, "at": AT, "value": False}
    assert rows_of(taken(json.dumps([row, without]))) == {0: placed, 1: Row(8, AT, 0)}
    assert rows_of(taken(json.dumps([without, row]))) == {0: Row(8, AT, 0), 1: placed}


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-05-01T09:00:00+08:00", 1_777_597_200_000_000),
        ("2026-05-01T01:00:00Z", 1_777_597_200_000_000),
        ("2026-05-01T01:00:00.000001Z", 1_777_597_200_000_001),
        ("2026-05-01 01:00:00.123456789+00:00", 1_777_597_200_123_456),
        ("20260501T010000Z", 1_777_597_200_000_000),
        ("1970-01-01T00:00:00Z", 0),
        ("2200-12-31T23:59:59.999999Z", 7_289_654_399_999_999),
    ],
)
def test_times_may_be_text_with_an_offset(text: str, at: int) -> None:
    assert rows_of(taken(json.dumps([said(at=text)]))) == {0: ROW._replace(at=at)}
    mixed = json.dumps([said(), said(at=text)])
    assert rows_of(taken(mixed)) == {0: ROW, 1: ROW._replace(at=at)}


WRONG = [
    (said(value=None), "not_a_number"),
    (said(value="2.5"), "not_a_number"),
    (said(value=[1]), "not_a_number"),
    (said(value={"v": 1}), "not_a_number"),
    (said(value=float("nan")), "not_finite"),
    (said(value=float("inf")), "not_finite"),
    (said(value=float("-inf")), "not_finite"),
    (said(value=1_000_000_000.001), "too_large"),
    (said(value=-(10**30)), "too_large"),
    (said(value=10**400), "too_large"),
    (said(value=...), "missing"),
    (said(at=...), "missing"),
    (said(sensor=...), "missing"),
    (said(at=None), "bad_time"),
    (said(at=1.5), "bad_time"),
    (said(at=True), "bad_time"),
    (said(at=-1), "bad_time"),
    (said(at=7_289_654_400_000_000), "bad_time"),
    (said(at=10**30), "bad_time"),
    (said(at="yesterday"), "bad_time"),
    (said(at="2026-05-01T09:00:00"), "bad_time"),
    (said(at="1969-12-31T23:59:59Z"), "bad_time"),
    (said(at="0001-01-01T00:00:00+23:00"), "bad_time"),
    (said(at="9" * 100_000), "bad_time"),
    (said(unit="m"), "unknown_field"),
    (said(lon=121.0), "bad_place"),
    (said(lat=31.0), "bad_place"),
    (said(lon=181.0, lat=31.0), "bad_place"),
    (said(lon=121.0, lat=-90.5), "bad_place"),
    (said(lon="121", lat=31.0), "bad_place"),
    (said(lon=True, lat=31.0), "bad_place"),
    (said(lon=float("nan"), lat=31.0), "bad_place"),
    (said(lon=float("nan"), lat=float("nan")), "bad_place"),
    (said(lon=10**400, lat=31.0), "bad_place"),
    (said(sensor="x" * 129), "id_too_long"),
    (said(sensor="桥" * 129), "id_too_long"),
    (said(sensor=""), "bad_id"),
    (said(sensor=5), "bad_id"),
    (said(sensor=None), "bad_id"),
    (said(sensor="a\nb"), "bad_id"),
    (said(sensor="a\x7fb"), "bad_id"),
    (said(sensor="a\x85b"), "bad_id"),
    (said(sensor="a\ud800b"), "bad_id"),
    (said(sensor="\udcff"), "bad_id"),
    (said(handle=3), "mixed_ids"),
    (said(sensor=..., handle=3), "mixed_ids"),
    (said(sensor=..., handle="3"), "bad_id"),
    (said(sensor=..., handle=1.0), "bad_id"),
    (said(sensor=..., handle=True), "bad_id"),
    (said(sensor=..., handle=10**30), "bad_id"),
    (7, "not_a_row"),
    ([said()], "not_a_row"),
    (None, "not_a_row"),
]


@pytest.mark.parametrize(("wrong", "code"), WRONG)
def test_a_wrong_row_is_refused_and_the_others_go_on(wrong: object, code: str) -> None:
    for place in (1, 0):
        rows = [said(), said(sensor="s3")]
        rows.insert(place, wrong)  # type: ignore[arg-type]
        if code == "mixed_ids" and place == 0 and "sensor" not in wrong:  # type: ignore[operator]
            continue  # the first row says what a message names its sensors by
        batch = taken(json.dumps(rows))
        assert refused_of(batch) == {place: code}
        names = {index: row.name for index, row in rows_of(batch).items()}
        assert names == ({0: "s1", 2: "s3"} if place else {1: "s1", 2: "s3"})


@pytest.mark.parametrize(("wrong", "code"), WRONG[:-3])
def test_a_wrong_object_alone_is_refused_as_a_row(wrong: object, code: str) -> None:
    if code == "mixed_ids" and "sensor" not in wrong:  # type: ignore[operator]
        return
    batch = taken(json.dumps(wrong))
    assert refused_of(batch) == {0: code}
    assert rows_of(batch) == {}


@pytest.mark.parametrize("handle", [-1, 2**31, 2**62])
def test_a_handle_beyond_its_column_is_refused(handle: int) -> None:
    batch = taken(
        json.dumps([{"handle": 5, "at": AT, "value": 1}, said(sensor=..., handle=handle)])
    )
    assert refused_of(batch) == {1: "bad_id"}
    assert list(rows_of(batch)) == [0]


def test_ids_up_to_the_bound_are_taken_in_any_script() -> None:
    names = ["x" * 128, "桥" * 128, "😀" * 128, "a b", 'q"\\/', "é"]
    batch = taken(json.dumps([said(sensor=name) for name in names]))
    assert [row.name for row in rows_of(batch).values()] == names


def test_broken_utf8_in_an_id_refuses_its_row_alone() -> None:
    rows = [said(sensor="é"), said(sensor="@"), said(sensor="s3")]
    content = json.dumps(rows, ensure_ascii=False).encode().replace(b"@", b"\xe9\xff")
    batch = taken(content)
    assert refused_of(batch) == {1: "bad_id"}
    assert [row.name for row in rows_of(batch).values()] == ["é", "s3"]


def test_the_name_of_an_unknown_field_is_said() -> None:
    (refused,) = taken(json.dumps([said(unit="m")])).refused
    assert refused.params == {"field": "unit"}
    (refused,) = taken(json.dumps([{"\ud800" * 90: 1}])).refused
    refused.params["field"].encode()
    assert len(refused.params["field"]) == 64


def test_values_become_millionths_to_the_nearest() -> None:
    values = [0.1, 2.0000005, -0.0000004, 1e9, -1e9, 123456.7890126]
    batch = taken(json.dumps([said(value=value) for value in values]))
    assert batch.value.tolist() == [
        100_000,
        round(2.0000005 * 1e6),
        0,
        10**15,
        -(10**15),
        123_456_789_013,
    ]


@pytest.mark.parametrize(
    "content",
    [
        "",
        " ",
        "{",
        "[{}",
        "[{},]",
        "[,]",
        "[{} {}]",
        "[{}x{}]",
        "nonsense",
        "[] []",
        "5 5",
        json.dumps([said()])[:-1],
        json.dumps([said()]) + "x",
        json.dumps([said(value=float("nan"))]) + "]",
        json.dumps(said()) + "," + json.dumps(said()),
        json.dumps(said()) + "\n" + json.dumps(said()),
        '[{"sensor": "a\nb"}]',
        "\x00",
    ],
)
def test_what_is_no_json_is_refused_whole(content: str) -> None:
    assert code_of(content) == "broken"


def test_a_value_that_is_no_row_is_refused_as_one() -> None:
    assert refused_of(taken("5")) == {0: "not_a_row"}


@pytest.mark.parametrize(
    "opening", ["[", '{"a":', '[{"sensor":', "[[", '{"value":[', '{"at":{"a":']
)
def test_nesting_without_end_is_refused(opening: str) -> None:
    assert code_of(opening * 200_000) == "too_deep"


def test_more_rows_than_a_batch_may_have_are_refused() -> None:
    row = b'{"handle":1,"at":1,"value":1}'
    exactly = b"[" + b",".join([row] * MAX_BATCH_ROWS) + b"]"
    assert len(taken(exactly)) == MAX_BATCH_ROWS
    assert code_of(exactly[:-1] + b"," + row + b"]") == "too_many_rows"
    assert code_of(b"[" + b"1," * MAX_BATCH_ROWS + b"1]") == "too_many_rows"


@pytest.mark.parametrize("value", [b"1", b"[]", b"{}", b'""'])
def test_too_many_values_are_refused_before_they_are_built(value: bytes) -> None:
    content = b"[" + (value + b",") * (MAX_BATCH_VALUES + 1) + value + b"]"
    before = time.process_time()
    assert code_of(content) == "too_many_rows"
    assert time.process_time() - before < 1


@pytest.mark.parametrize("size", [1_000_000, 10_000_000])
def test_an_endless_id_costs_little(size: int) -> None:
    content = json.dumps([said(), said(sensor="x" * size), said(value=None)])
    before = time.process_time()
    assert refused_of(taken(content)) == {1: "id_too_long", 2: "not_a_number"}
    good = json.dumps([said(), said(sensor="桥" * (size // 3))])
    assert refused_of(taken(good)) == {1: "id_too_long"}
    assert time.process_time() - before < 3


# --- columns ----------------------------------------------------------------------------------
COLUMNS = {"handles": [3, 4, 5], "at": [AT, AT + 1, AT + 2], "value": [1, 2.5, True]}
READ = {0: Row(3, AT, 1_000_000), 1: Row(4, AT + 1, 2_500_000), 2: Row(5, AT + 2, 1_000_000)}


def columned(**changes: object) -> str:
    return json.dumps({name: one for name, one in (COLUMNS | changes).items() if one is not ...})


def test_columns_are_read() -> None:
    batch = taken(columned())
    assert rows_of(batch) == READ
    assert batch.register == ""
    assert taken(columned(register="bund-2026")).register == "bund-2026"


def test_columns_of_ids_text_times_and_places() -> None:
    moments = ["2026-05-01T09:00:00+08:00"] * 3
    content = columned(
        handles=..., sensors=["a", "桥", "c"], at=moments, lon=[121.5, None, 0], lat=[31, None, 0]
    )
    at = 1_777_597_200_000_000
    assert rows_of(taken(content)) == {
        0: Row("a", at, 1_000_000, (1_215_000_000, 310_000_000)),
        1: Row("桥", at, 2_500_000),
        2: Row("c", at, 1_000_000, (0, 0)),
    }


def test_even_times_are_said_once() -> None:
    batch = taken(columned(at={"start": AT, "step": 250_000}))
    assert batch.at.tolist() == [AT, AT + 250_000, AT + 500_000]
    backwards = taken(columned(at={"start": 1, "step": -1}))
    assert backwards.at.tolist() == [1, 0]
    assert refused_of(backwards) == {2: "bad_time"}
    assert refused_of(taken(columned(at={"start": 5, "step": 10**40}))) == {
        1: "bad_time",
        2: "bad_time",
    }
    assert set(refused_of(taken(columned(at={"start": -(10**18), "step": 0}))).values()) == {
        "bad_time"
    }


@pytest.mark.parametrize(
    ("column", "values", "code"),
    [
        ("value", [1, None, 1], "not_a_number"),
        ("value", [1, "2", 1], "not_a_number"),
        ("value", [1, [], 1], "not_a_number"),
        ("value", [1, float("nan"), 1], "not_finite"),
        ("value", [1, float("-inf"), 1], "not_finite"),
        ("value", [1, 2e9, 1], "too_large"),
        ("value", [1, 10**400, 1], "too_large"),
        ("at", [AT, -5, AT], "bad_time"),
        ("at", [AT, None, AT], "bad_time"),
        ("at", [AT, 1.5, AT], "bad_time"),
        ("at", [AT, 10**30, AT], "bad_time"),
        ("at", [AT, "noon", AT], "bad_time"),
        ("at", ["1970-01-01T00:00:00Z", "noon", "1970-01-01T00:00:00Z"], "bad_time"),
        ("handles", [1, -1, 1], "bad_id"),
        ("handles", [1, 2**31, 1], "bad_id"),
        ("handles", [1, 10**30, 1], "bad_id"),
        ("handles", [1, "2", 1], "bad_id"),
        ("handles", [1, None, 1], "bad_id"),
        ("sensors", ["a", "", "c"], "bad_id"),
        ("sensors", ["a", "\x00", "c"], "bad_id"),
        ("sensors", ["a", "\ud800", "c"], "bad_id"),
        ("sensors", ["a", None, "c"], "bad_id"),
        ("sensors", ["a", "b" * 129, "c"], "id_too_long"),
    ],
)
def test_a_wrong_value_refuses_its_row(column: str, values: list[object], code: str) -> None:
    changes = {"handles": ...} if column == "sensors" else {}
    batch = taken(columned(**changes, **{column: values}))
    assert refused_of(batch) == {1: code}
    assert list(rows_of(batch)) == [0, 2]


def test_a_wrong_place_refuses_its_row() -> None:
    for lon, lat in ((None, 31), (200, 31), ("121", 31), (float("nan"), 31)):
        batch = taken(columned(lon=[121, lon, 121], lat=[31, lat, 31]))
        assert refused_of(batch) == {1: "bad_place"}


@pytest.mark.parametrize("column", ["handles", "at", "value"])
def test_columns_of_different_lengths_are_refused_saying_which(column: str) -> None:
    for change in (COLUMNS[column][:-1], [*COLUMNS[column][:-1], "x"][:2]):  # type: ignore[index]
        with pytest.raises(Exception, match=f"{column} has 2 values, .* has 3") as caught:
            taken(columned(**{column: change}))
        assert caught.value.code == "columns_differ"  # type: ignore[attr-defined]
        assert caught.value.params["shorter"] == column  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "changes",
    [
        {"handles": ...},
        {"sensors": ["a", "b", "c"]},
        {"value": ...},
        {"at": ...},
        {"at": 5},
        {"at": {"start": 1}},
        {"at": {"start": 1, "step": 1, "stop": 3}},
        {"at": {"start": True, "step": 1}},
        {"handles": 3},
        {"value": {"a": 1}},
        {"lon": [1, 2, 3]},
        {"unit": "m"},
    ],
)
def test_other_columns_are_refused_whole(changes: dict[str, object]) -> None:
    assert code_of(columned(**changes)) == "other_schema"


@pytest.mark.parametrize("register", ["x" * 129, "a\nb", 5, None, "\ud800"])
def test_a_register_has_the_form_of_an_id(register: object) -> None:
    assert code_of(columned(register=register)) == "bad_register"


def test_more_values_than_rows_of_a_batch_are_refused() -> None:
    many = [1] * (MAX_BATCH_ROWS + 1)
    assert code_of(columned(handles=many, at=many, value=many)) == "too_many_rows"
    assert code_of(columned(handles=many, at=many, value=[None, *many[1:], ""])) == "too_many_rows"


def test_indices_are_places_in_the_message() -> None:
    batch = taken(columned(value=[None, 1, None]))
    assert batch.index.tolist() == [1]
    assert np.asarray(batch.handles).tolist() == [4]
