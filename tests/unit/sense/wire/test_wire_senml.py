"""SenML: the examples of RFC 8428, and what it leaves open."""

import json

import pytest
from wire_writers import AT, NOW, SENML, Row, code_of, refused_of, rows_of, taken

from chengyun.kernel.limits import MAX_BATCH_ROWS


def read(records: object) -> tuple[dict[int, Row], dict[int, str]]:
    batch = taken(json.dumps(records), SENML)
    return rows_of(batch), refused_of(batch)


# --- the examples of the RFC, sections 5.1.1 to 5.1.6 -----------------------------------------
def test_example_single_data_point() -> None:
    rows, _ = read([{"n": "urn:dev:ow:10e2073a01080063", "u": "Cel", "v": 23.1}])
    assert rows == {0: Row("urn:dev:ow:10e2073a01080063", NOW, 23_100_000)}


def test_example_multiple_data_points() -> None:
    rows, refused = read(
        [
            {"bn": "urn:dev:ow:10e2073a01080063:", "n": "voltage", "u": "V", "v": 120.1},
            {"n": "current", "u": "A", "v": 1.2},
        ]
    )
    assert refused == {}
    assert rows == {
        0: Row("urn:dev:ow:10e2073a01080063:voltage", NOW, 120_100_000),
        1: Row("urn:dev:ow:10e2073a01080063:current", NOW, 1_200_000),
    }


def test_example_multiple_measurements_with_times_before_the_base() -> None:
    rows, refused = read(
        [
            {
                "bn": "urn:dev:ow:10e2073a0108006:",
                "bt": 1.276020076001e09,
                "bu": "A",
                "bver": 5,
                "n": "voltage",
                "u": "V",
                "v": 120.1,
            },
            {"n": "current", "t": -5, "v": 1.2},
            {"n": "current", "t": -4, "v": 1.3},
            {"n": "current", "t": -3, "v": 1.4},
            {"n": "current", "t": -2, "v": 1.5},
            {"n": "current", "t": -1, "v": 1.6},
            {"n": "current", "v": 1.7},
        ]
    )
    assert refused == {}
    base = 1_276_020_076_001_000
    assert [row.at - base for row in rows.values()] == [
        0, -5_000_000, -4_000_000, -3_000_000, -2_000_000, -1_000_000, 0,
    ]  # fmt: skip
    assert [row.micro for row in rows.values()] == [
        120_100_000, 1_200_000, 1_300_000, 1_400_000, 1_500_000, 1_600_000, 1_700_000,
    ]  # fmt: skip
    assert {row.name for row in rows.values()} == {
        "urn:dev:ow:10e2073a0108006:voltage",
        "urn:dev:ow:10e2073a0108006:current",
    }


def test_example_names_that_are_base_names_alone() -> None:
    rows, _ = read(
        [
            {"bn": "urn:dev:ow:10e2073a01080063", "bt": 1.320067464e09, "bu": "%RH", "v": 20},
            {"u": "lon", "v": 24.30621},
            {"u": "lat", "v": 60.07965},
            {"t": 60, "v": 20.3},
        ]
    )
    assert {row.name for row in rows.values()} == {"urn:dev:ow:10e2073a01080063"}
    assert [row.at for row in rows.values()][-1] == 1_320_067_524_000_000


def test_example_collection_of_resources_with_text_and_opaque_values() -> None:
    rows, refused = read(
        [
            {"bn": "urn:dev:ow:10e2073a01080063:", "n": "temperature", "u": "Cel", "v": 27.2},
            {"n": "humidity", "u": "%RH", "v": 80},
            {"n": "label", "vs": "Machine Room"},
            {"n": "open", "vb": False},
            {"n": "nfc-reader", "vd": "aGkgCg"},
            {"n": "energy", "u": "J", "s": 50},
        ]
    )
    assert [row.micro for row in rows.values()] == [27_200_000, 80_000_000, 0]
    assert refused == {2: "not_a_number", 4: "not_a_number", 5: "missing"}


def test_a_sum_beside_a_value_is_left_aside() -> None:
    rows, refused = read([{"n": "a", "v": 2, "s": 50, "u": "J", "ut": 60}])
    assert (rows[0].micro, refused) == (2_000_000, {})


# --- base values, times, names ----------------------------------------------------------------
def test_base_values_are_added_until_they_change() -> None:
    rows, _ = read(
        [
            {"bn": "a", "bv": 20, "v": 1},
            {"v": 2, "vb_ignored": 1},
            {"bv": 0, "v": 3},
            {"vb": True},
            {"bn": "b", "v": 4},
        ]
    )
    assert [(row.name, row.micro // 10**6) for row in rows.values()] == [
        ("a", 21), ("a", 22), ("a", 3), ("a", 1), ("b", 4),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("base", "offset", "at"),
    [
        (0, 0, NOW),
        (0, -60, NOW - 60_000_000),
        (0, 1.5, NOW + 1_500_000),
        (-10, 4, NOW - 6_000_000),
        (0, 2**28 - 1, NOW + (2**28 - 1) * 1_000_000),
        (0, 2**28, 2**28 * 1_000_000),
        (2**28, -1, NOW + (2**28 - 1) * 1_000_000),
        (1.79e9, 0.000001, 1_790_000_000_000_001),
    ],
)
def test_times_below_two_to_the_28_are_counted_from_now(
    base: float, offset: float, at: int
) -> None:
    rows, _ = read([{"n": "a", "bt": base, "t": offset, "v": 1}])
    assert rows[0].at == at


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ({"n": "", "v": 1}, "missing"),
        ({"v": 1}, "missing"),
        ({"n": 5, "v": 1}, "bad_id"),
        ({"n": "a\n", "v": 1}, "bad_id"),
        ({"n": "\ud800", "v": 1}, "bad_id"),
        ({"n": "x" * 129, "v": 1}, "id_too_long"),
        ({"n": "a"}, "missing"),
        ({"n": "a", "v": "1"}, "not_a_number"),
        ({"n": "a", "v": True}, "not_a_number"),
        ({"n": "a", "v": None}, "not_a_number"),
        ({"n": "a", "vb": 1}, "not_a_number"),
        ({"n": "a", "v": 1, "vb": True}, "not_a_number"),
        ({"n": "a", "v": 1, "vs": "x"}, "not_a_number"),
        ({"n": "a", "v": float("nan")}, "not_finite"),
        ({"n": "a", "v": 1e10}, "too_large"),
        ({"n": "a", "v": 1, "t": "x"}, "bad_time"),
        ({"n": "a", "v": 1, "t": True}, "bad_time"),
        ({"n": "a", "v": 1, "t": float("nan")}, "bad_time"),
        ({"n": "a", "v": 1, "t": 1e300}, "bad_time"),
        ({"n": "a", "v": 1, "t": -1e10}, "bad_time"),
        ({"n": "a", "v": 1, "t": 7_289_654_400}, "bad_time"),
        ({"n": "a", "v": 1, "must_": 1}, "unknown_field"),
        (5, "not_a_row"),
    ],
)
def test_a_wrong_record_is_refused_alone(record: object, code: str) -> None:
    rows, refused = read([{"n": "b", "v": 1}, record, {"n": "c", "v": 2}])
    assert refused == {1: code}
    assert {index: row.name for index, row in rows.items()} == {0: "b", 2: "c"}


def test_a_record_without_a_value_still_sets_the_base() -> None:
    rows, refused = read([{"bn": "gw:", "bt": AT / 1e6}, {"n": "a", "v": 1}])
    assert refused == {0: "missing"}
    assert rows == {1: Row("gw:a", AT, 1_000_000)}


def test_fields_that_need_not_be_understood_are_ignored() -> None:
    assert read([{"n": "a", "v": 1, "extra": [1, {"deep": 2}]}])[1] == {}


@pytest.mark.parametrize(
    "base",
    [
        {"bn": 5},
        {"bn": None},
        {"bt": "x"},
        {"bt": None},
        {"bt": float("nan")},
        {"bt": True},
        {"bv": "x"},
        {"bv": 1e999},
        {"bfuture_": 1},
    ],
)
def test_a_wrong_base_field_refuses_the_pack(base: dict[str, object]) -> None:
    content = json.dumps([{"n": "a", "v": 1}, {"n": "b", "v": 2} | base])
    code = code_of(content, SENML)
    assert code == "bad_base"


@pytest.mark.parametrize("version", [11, 0, -1, "10", 10.0, True])
def test_another_version_refuses_the_pack(version: object) -> None:
    assert code_of(json.dumps([{"bver": version, "n": "a", "v": 1}]), SENML) == "other_version"


def test_a_long_base_name_is_not_joined_to_every_name() -> None:
    records = [{"bn": "x" * 1_000_000, "n": "a", "v": 1}, *[{"n": "b", "v": 1}] * 50_000]
    rows, refused = read(records)
    assert rows == {}
    assert set(refused.values()) == {"id_too_long"}
    assert len(refused) == 50_001


@pytest.mark.parametrize("content", ["", "{}", "5", '[{"n":"a","v":1}', '[{"n":"a","v":1}],'])
def test_what_is_no_pack_is_refused_whole(content: str) -> None:
    assert code_of(content, SENML) == "broken"


def test_nesting_and_number_are_bounded() -> None:
    assert code_of("[" * 200_000, SENML) == "too_deep"
    assert code_of('[{"n":' * 200_000, SENML) == "too_deep"
    assert code_of(json.dumps([{}] * (MAX_BATCH_ROWS + 1)), SENML) == "too_many_rows"
