"""Arrow streams: every way to write the columns is read, and nothing they claim is believed."""

import resource
import struct
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from wire_writers import ARROW, AT, Row, code_of, refused_of, rows_of, stream, taken

from chengyun.kernel.errors import Rejected
from chengyun.kernel.limits import MAX_BATCH_PARTS, MAX_BATCH_ROWS, MAX_INGEST_BYTES
from chengyun.sense.wire import arrow_frames

GOOD = {
    "handle": pa.array([3, 4, 5], pa.int32()),
    "at": pa.array([AT, AT + 1, AT + 2], pa.int64()),
    "value": pa.array([1.5, -2.0, 0.25], pa.float64()),
}
READ = {0: Row(3, AT, 1_500_000), 1: Row(4, AT + 1, -2_000_000), 2: Row(5, AT + 2, 250_000)}
END = struct.pack("<II", 0xFFFFFFFF, 0)


def written(**changes: object) -> bytes:
    columns = {name: one for name, one in (GOOD | changes).items() if one is not ...}
    return stream(pa.table(columns))


def read(content: bytes) -> dict[int, Row]:
    batch = taken(content, ARROW)
    assert batch.refused == []
    return rows_of(batch)


def test_columns_are_read_in_one_batch_and_in_many() -> None:
    assert read(written()) == READ
    assert read(stream(pa.table(GOOD), chunk=1)) == READ
    assert read(stream(pa.table(GOOD).slice(0, 0))) == {}
    sink = pa.BufferOutputStream()
    pa.ipc.new_stream(sink, pa.table(GOOD).schema).close()
    assert read(sink.getvalue().to_pybytes()) == {}


@pytest.mark.parametrize("compression", ["lz4", "zstd"])
def test_packed_bodies_are_read(compression: str) -> None:
    long = pa.table({name: pa.concat_arrays([column] * 500) for name, column in GOOD.items()})
    content = stream(long, compression=compression, chunk=700)
    assert len(content) < len(stream(long)) / 2
    assert list(read(content).values()) == list(READ.values()) * 500


@pytest.mark.parametrize(
    "kind", [pa.int8(), pa.int16(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()]
)
def test_handles_of_any_width(kind: pa.DataType) -> None:
    assert read(written(handle=GOOD["handle"].cast(kind))) == READ


@pytest.mark.parametrize(
    ("unit", "a_second"), [("s", 1), ("ms", 10**3), ("us", 10**6), ("ns", 10**9)]
)
@pytest.mark.parametrize("zone", [None, "UTC", "Asia/Shanghai"])
def test_timestamps_of_any_unit(unit: str, a_second: int, zone: str | None) -> None:
    at = pa.array([1_790_000_000 * a_second] * 3, pa.int64()).cast(pa.timestamp(unit, zone))
    assert {row.at for row in read(written(at=at)).values()} == {1_790_000_000_000_000}


@pytest.mark.parametrize(("unit", "factor"), [("s", 10**6), ("ms", 10**3)])
def test_a_time_that_would_wrap_around_is_refused(unit: str, factor: int) -> None:
    wraps = (2**64 + factor) // factor
    at = pa.array([0, wraps, 0], pa.int64()).cast(pa.timestamp(unit))
    assert refused_of(taken(written(at=at), ARROW)) == {1: "bad_time"}


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_times_outside_are_refused(unit: str) -> None:
    at = pa.array([-1, 2**63 - 1, 0], pa.int64()).cast(pa.timestamp(unit))
    batch = taken(written(at=at), ARROW)
    expected = {0: "bad_time"} if unit == "ns" else {0: "bad_time", 1: "bad_time"}
    if unit == "ns":  # 2^63 nanoseconds is in 2262
        expected[1] = "bad_time"
    assert refused_of(batch) == expected


@pytest.mark.parametrize(
    "value",
    [
        pa.array([1, 0, 2], pa.int8()),
        pa.array([1, 0, 2], pa.uint64()),
        pa.array([1, 0, 2], pa.float32()),
        pa.array(np.array([1, 0, 2], np.float16)),
        pa.array([Decimal("1.00"), Decimal("0.00"), Decimal("2.00")], pa.decimal128(9, 2)),
        pa.array([Decimal("1.00"), Decimal("0.00"), Decimal("2.00")], pa.decimal256(40, 2)),
    ],
)
def test_values_of_any_kind_of_number(value: pa.Array) -> None:
    micros = [row.micro for row in read(written(value=value)).values()]
    assert micros == [1_000_000, 0, 2_000_000]


def test_true_and_false_are_values() -> None:
    micros = [row.micro for row in read(written(value=pa.array([True, False, True]))).values()]
    assert micros == [1_000_000, 0, 1_000_000]


NAMES = ["a", "桥梁", "c" * 128]


@pytest.mark.parametrize(
    "sensor",
    [
        pa.array(NAMES, pa.string()),
        pa.array(NAMES, pa.large_string()),
        pa.array(NAMES, pa.string_view()),
        pa.array(NAMES).dictionary_encode(),
        pa.array(["x", *NAMES, "y"])[1:4],
        pa.array(["x", *NAMES, "y"], pa.string_view())[1:4],
        pa.array(["x", *NAMES, "y"]).dictionary_encode()[1:4],
        pa.DictionaryArray.from_arrays(
            pa.array([2, 0, 1], pa.uint8()), [NAMES[1], NAMES[2], NAMES[0]]
        ),
        pa.DictionaryArray.from_arrays(
            pa.array([0, 1, 2], pa.int64()), pa.array(NAMES, pa.large_string())
        ),
    ],
)
def test_ids_of_any_kind_of_text(sensor: pa.Array) -> None:
    content = written(handle=..., sensor=sensor)
    assert [row.name for row in read(content).values()] == NAMES
    two = stream(pa.table({"sensor": sensor, "at": GOOD["at"], "value": GOOD["value"]}), chunk=2)
    assert [row.name for row in read(two).values()] == NAMES


def test_a_dictionary_that_is_replaced_on_the_way() -> None:
    batches = [
        pa.record_batch({"sensor": pa.array(names).dictionary_encode(), "at": at, "value": value})
        for names, at, value in (
            (["a", "b"], [AT, AT], [1.0, 2.0]),
            (["c", "a"], [AT, AT], [3.0, 4.0]),
        )
    ]
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batches[0].schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
    assert [row.name for row in read(sink.getvalue().to_pybytes()).values()] == ["a", "b", "c", "a"]


def test_delta_dictionaries_are_refused() -> None:
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(emit_dictionary_deltas=True)
    schema = pa.schema(
        {"sensor": pa.dictionary(pa.int32(), pa.string()), "at": pa.int64(), "value": pa.float64()}
    )
    with pa.ipc.new_stream(sink, schema, options=options) as writer:
        for names in (["a"], ["a", "b"]):
            words = pa.DictionaryArray.from_arrays(pa.array(range(len(names)), pa.int32()), names)
            writer.write_batch(
                pa.record_batch([words, [AT] * len(names), [1.0] * len(names)], schema=schema)
            )
    assert code_of(sink.getvalue().to_pybytes(), ARROW) == "broken"


def test_places_and_the_register_are_read() -> None:
    columns = GOOD | {"lon": pa.array([121.5, None, 181.0]), "lat": pa.array([31.0, None, 31.0])}
    said = pa.table(columns).replace_schema_metadata({"register": "bund", "made by": "x"})
    batch = taken(stream(said), ARROW)
    assert rows_of(batch) == {0: READ[0]._replace(place=(1_215_000_000, 310_000_000)), 1: READ[1]}
    assert refused_of(batch) == {2: "bad_place"}
    assert batch.register == "bund"
    long = pa.table(GOOD).replace_schema_metadata({"register": "x" * 129})
    assert code_of(stream(long), ARROW) == "bad_register"


@pytest.mark.parametrize(
    ("name", "column", "code"),
    [
        ("handle", pa.array([1, None, 2]), "missing"),
        ("handle", pa.array([1, -1, 2]), "bad_id"),
        ("handle", pa.array([1, 2**64 - 1, 2], pa.uint64()), "bad_id"),
        ("at", pa.array([AT, None, AT]), "missing"),
        ("value", pa.array([1.0, None, 2.0]), "missing"),
        ("value", pa.array([True, None, False]), "missing"),
        ("value", pa.array([Decimal(1), None, Decimal(2)], pa.decimal128(5, 1)), "missing"),
        ("value", pa.array([1.0, np.nan, 2.0]), "not_finite"),
        ("value", pa.array([1.0, -np.inf, 2.0]), "not_finite"),
        ("value", pa.array([1, -(2**63), 2]), "too_large"),
        ("sensor", pa.array(["a", None, "b"]), "missing"),
        ("sensor", pa.array(["a", None, "b"], pa.string_view()), "missing"),
        ("sensor", pa.array(["a", None, "b"]).dictionary_encode(), "missing"),
        ("sensor", pa.array(["a", None, "b"]).dictionary_encode("encode"), "missing"),
        ("sensor", pa.array(["a", "", "b"]), "bad_id"),
        ("sensor", pa.array(["a", "\x1f", "b"], pa.string_view()), "bad_id"),
        ("sensor", pa.array(["a", "x" * 129, "b"]), "id_too_long"),
        ("sensor", pa.array(["a", "x" * 10_000_000, "b"]), "id_too_long"),
        ("sensor", pa.array(["a", "x" * 10_000_000, "b"], pa.string_view()), "id_too_long"),
        ("sensor", pa.array(["a", "x" * 10_000_000, "b"]).dictionary_encode(), "id_too_long"),
        ("sensor", pa.array([b"a", b"\xff", b"b"]).view(pa.string()), "bad_id"),
        (
            "sensor",
            pa.array([b"a", b"\xff", b"b"]).cast(pa.binary_view()).view(pa.string_view()),
            "bad_id",
        ),
    ],
)
def test_a_wrong_value_refuses_its_row(name: str, column: pa.Array, code: str) -> None:
    changes = {"handle": ...} if name == "sensor" else {}
    batch = taken(written(**changes, **{name: column}), ARROW)
    assert refused_of(batch) == {1: code}
    assert list(rows_of(batch)) == [0, 2]


def test_characters_that_run_over_the_edge_of_an_id_are_none() -> None:
    halves = pa.array([b"\xe6\xa1", b"\xa5", b"ok"]).view(pa.string())
    batch = taken(written(handle=..., sensor=halves), ARROW)
    assert refused_of(batch) == {0: "bad_id", 1: "bad_id"}


@pytest.mark.parametrize(
    "changes",
    [
        {"handle": ...},
        {"at": ...},
        {"value": ...},
        {"sensor": pa.array(["a", "b", "c"])},
        {"lon": pa.array([1.0, 2.0, 3.0])},
        {"unit": pa.array(["m", "m", "m"])},
        {"handle": pa.array([1.0, 2.0, 3.0])},
        {"at": pa.array(["a", "b", "c"])},
        {"at": pa.array([1, 2, 3], pa.int32())},
        {"at": pa.array([1, 2, 3], pa.date64())},
        {"value": pa.array(["1", "2", "3"])},
        {"value": pa.array([[1], [2], [3]])},
        {"value": pa.nulls(3)},
        {"value": pa.RunEndEncodedArray.from_arrays([3], [1.0])},
        {"handle": ..., "sensor": pa.array([b"a", b"b", b"c"])},
    ],
)
def test_another_schema_is_refused_with_the_expected_columns(changes: dict[str, object]) -> None:
    content = written(**changes)
    with pytest.raises(Exception, match="handle \\(integers\\) or sensor \\(texts\\)") as caught:
        taken(content, ARROW)
    assert caught.value.code == "other_schema"  # type: ignore[attr-defined]


def test_a_column_that_comes_twice_is_refused() -> None:
    twice = pa.Table.from_arrays([*GOOD.values(), GOOD["value"]], [*GOOD, "value"])
    assert code_of(stream(twice), ARROW) == "other_schema"


def test_a_wide_schema_is_refused() -> None:
    wide = pa.table({f"column {number}": pa.array([1]) for number in range(5_000)})
    assert code_of(stream(wide), ARROW) == "broken"


# --- what a stream claims ---------------------------------------------------------------------
def test_a_stream_without_its_end_is_cut() -> None:
    content = stream(pa.table(GOOD), chunk=1)
    assert content.endswith(END)
    assert code_of(content[: -len(END)], ARROW) == "broken"
    assert code_of(content + b"x", ARROW) == "broken"
    assert code_of(content + content, ARROW) == "broken"


@pytest.mark.parametrize("content", [b"", END, b"ARROW1\0\0", b"\xff" * 64, b"\0" * 64])
def test_what_is_no_stream_is_refused(content: bytes) -> None:
    assert code_of(content, ARROW) == "broken"


def test_too_many_rows_are_refused_before_they_are_unpacked() -> None:
    columns = {"handle": pa.array(np.zeros(MAX_BATCH_ROWS + 1, np.int32))}
    columns["at"] = columns["handle"].cast(pa.int64())
    columns["value"] = columns["handle"]
    content = stream(pa.table(columns), compression="zstd")
    assert code_of(content, ARROW) == "too_many_rows"
    assert len(taken(stream(pa.table(columns).slice(1)), ARROW)) == MAX_BATCH_ROWS


def test_too_many_batches_are_refused() -> None:
    sink = pa.BufferOutputStream()
    batch = pa.record_batch(GOOD).slice(0, 0)
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        for _ in range(MAX_BATCH_PARTS + 1):
            writer.write_batch(batch)
    assert code_of(sink.getvalue().to_pybytes(), ARROW) == "too_many_parts"


def test_a_bomb_in_a_packed_body_is_refused_before_it_grows() -> None:
    sensor = pa.array(["x" * 300_000_000, "b", "c"])
    content = stream(
        pa.table({"sensor": sensor, "at": GOOD["at"], "value": GOOD["value"]}), compression="zstd"
    )
    assert len(content) < 1_000_000
    del sensor
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert code_of(content, ARROW) == "too_long"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 16_384


def test_a_body_that_claims_too_little_is_broken() -> None:
    long = pa.table({name: pa.concat_arrays([column] * 500) for name, column in GOOD.items()})
    content = bytearray(stream(long, compression="zstd"))
    place = content.index(struct.pack("<q", 1500 * 8))
    content[place : place + 8] = struct.pack("<q", 8)
    assert code_of(bytes(content), ARROW) == "broken"
    content[place : place + 8] = struct.pack("<q", MAX_INGEST_BYTES + 1)
    assert code_of(bytes(content), ARROW) == "too_long"
    content[place : place + 8] = struct.pack("<q", -5)
    assert code_of(bytes(content), ARROW) == "broken"


def test_a_long_word_of_a_dictionary_is_not_spelled_out_for_each_row() -> None:
    words = pa.array(["x" * 20_000_000])
    rows = 100_000
    sensor = pa.DictionaryArray.from_arrays(np.zeros(rows, np.int32), words)
    column = np.zeros(rows, np.int64)
    content = stream(pa.table({"sensor": sensor, "at": column, "value": column}))
    batch = taken(content, ARROW)
    assert len(batch) == 0
    assert set(refused_of(batch).values()) == {"id_too_long"}
    assert len(batch.refused) == rows


def test_a_word_that_the_dictionary_does_not_have_is_broken() -> None:
    sensor = pa.DictionaryArray.from_arrays(pa.array([0, 1, 7], pa.int32()), ["a", "b"], safe=False)
    assert code_of(written(handle=..., sensor=sensor), ARROW) == "broken"
    sensor = pa.DictionaryArray.from_arrays(
        pa.array([0, 1, -1], pa.int32()), ["a", "b"], safe=False
    )
    assert code_of(written(handle=..., sensor=sensor), ARROW) == "broken"


def test_the_walk_agrees_with_what_pyarrow_writes() -> None:
    for compression in (None, "lz4", "zstd"):
        arrow_frames.check(stream(pa.table(GOOD), compression=compression))


def checked(content: bytes) -> str:
    """Return the code with which the walk alone refuses a stream."""
    with pytest.raises(Rejected) as caught:
        arrow_frames.check(content)
    return caught.value.code


def test_the_walk_finds_every_cut() -> None:
    content = stream(pa.table(GOOD), chunk=1)
    for length in range(len(content)):
        assert checked(content[:length]) == "broken"


def test_the_walk_wants_one_schema_and_first() -> None:
    content = stream(pa.table(GOOD))
    schema = stream(pa.table(GOOD).slice(0, 0), chunk=1)
    size = 8 + struct.unpack_from("<I", content, 4)[0]
    assert checked(END) == "broken"
    assert checked(content[:size] + content) == "broken"
    assert checked(content[size:]) == "broken"
    assert schema[:size] == content[:size]


def message_of(content: bytes) -> tuple[int, int]:
    """Return where the second message's table lies, and where its header's table does."""
    start = 8 + struct.unpack_from("<I", content, 4)[0] + 8
    message = start + struct.unpack_from("<I", content, start)[0]
    return message, field_of(content, message, 2)


def field_of(content: bytes, table: int, number: int) -> int:
    """Return where the table or list lies that a field points to."""
    place = place_of(content, table, number)
    return place + int(struct.unpack_from("<I", content, place)[0])


def place_of(content: bytes, table: int, number: int) -> int:
    vtable = table - struct.unpack_from("<i", content, table)[0]
    return table + int(struct.unpack_from("<H", content, vtable + 4 + 2 * number)[0])


def changed(content: bytes, place: int, form: str, *values: int) -> bytes:
    other = bytearray(content)
    struct.pack_into(form, other, place, *values)
    return bytes(other)


def test_the_walk_refuses_what_a_message_cannot_say() -> None:
    long = pa.table({name: pa.concat_arrays([column] * 500) for name, column in GOOD.items()})
    content = stream(long, compression="zstd")
    message, batch = message_of(content)
    buffers = field_of(content, batch, 2) + 4
    arrow_frames.check(content)
    assert checked(changed(content, place_of(content, message, 1), "<B", 5)) == "broken"
    assert checked(changed(content, message, "<i", 2**30)) == "broken"
    assert checked(changed(content, place_of(content, batch, 0), "<q", -1)) == "broken"
    assert checked(changed(content, place_of(content, message, 3), "<q", -8)) == "broken"
    assert checked(changed(content, buffers + 16, "<qq", -8, 16)) == "broken"
    assert checked(changed(content, buffers + 16, "<qq", 2**20, 16)) == "broken"
    claims = content.index(struct.pack("<q", 1500 * 8))
    assert checked(changed(content, claims, "<q", -5)) == "broken"


def test_the_walk_refuses_a_packed_batch_of_many_columns() -> None:
    wide = pa.table({f"c{number}": pa.array([1.0]) for number in range(40)})
    assert checked(stream(wide, compression="lz4")) == "broken"
    arrow_frames.check(stream(wide))


@pytest.mark.parametrize(
    "sensor",
    [
        None,
        pa.array(["a", "b", "c"]),
        pa.array(["a", None, "c"]),
        pa.array(["a", "b", "c"]).dictionary_encode(),
        pa.array(["a", None, "c"]).dictionary_encode(),
        pa.array(["a", None, "c"], pa.string_view()),
    ],
)
def test_columns_that_hold_less_than_they_claim_are_broken(sensor: pa.Array | None) -> None:
    columns = GOOD if sensor is None else GOOD | {"handle": ..., "sensor": sensor}
    table = pa.table({name: one for name, one in columns.items() if one is not ...})
    content = stream(table)
    claims = content.replace(struct.pack("<q", 3), struct.pack("<q", 200_000))
    assert claims != content
    assert code_of(claims, ARROW) == "broken"


def views(rows: int, length: int, buffer: int, text: bytes) -> pa.Array:
    """Return texts that all are views on the beginning of one buffer."""
    view = struct.pack("<i4sii", length, text[:4], buffer, 0)
    return pa.Array.from_buffers(
        pa.string_view(), rows, [None, pa.py_buffer(view * rows), pa.py_buffer(text)]
    )


def test_a_long_text_that_many_rows_view_is_not_spelled_out_for_each() -> None:
    rows = 100_000
    sensor = views(rows, 20_000_000, 0, b"x" * 20_000_000)
    zeros = np.zeros(rows, np.int64)
    batch = taken(stream(pa.table({"sensor": sensor, "at": zeros, "value": zeros})), ARROW)
    assert len(batch) == 0
    assert set(refused_of(batch).values()) == {"id_too_long"}


def test_a_view_beyond_its_buffer_is_broken() -> None:
    good = views(3, 20, 0, b"x" * 40)
    assert len(taken(written(handle=..., sensor=good), ARROW)) == 3
    content = written(handle=..., sensor=good)
    view = struct.pack("<i4sii", 20, b"xxxx", 0, 0)
    for beyond in (
        struct.pack("<i4sii", 20, b"xxxx", 0, 39),
        struct.pack("<i4sii", 20, b"xxxx", 9, 0),
    ):
        assert code_of(content.replace(view, beyond), ARROW) == "broken"
