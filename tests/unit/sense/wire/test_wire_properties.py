"""What holds for every format: read back equal, cut anywhere, mutated anyhow."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from wire_writers import (
    ARROW,
    AT,
    CSV,
    JSON,
    NOW,
    SENML,
    WRITERS,
    Row,
    refused_of,
    rows_of,
    stream,
    table,
    taken,
)

from chengyun.facts.columns import Batch
from chengyun.kernel.errors import Rejected
from chengyun.sense.wire.judging import LATEST
from chengyun.sense.wire.reading import READERS, read
from chengyun.sense.wire.times import instant_of, instants_of

NAMES = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=128)
PLACES = st.none() | st.tuples(
    st.integers(-1_800_000_000, 1_800_000_000), st.integers(-900_000_000, 900_000_000)
)
MICROS = st.integers(-(10**15), 10**15)


def batches(names: st.SearchStrategy[int | str]) -> st.SearchStrategy[list[Row]]:
    row = st.builds(Row, name=names, at=st.integers(0, LATEST - 1), micro=MICROS, place=PLACES)
    return st.lists(row, max_size=12)


BATCHES = batches(NAMES) | batches(st.integers(0, 2**31 - 1))


@pytest.mark.parametrize("name", WRITERS)
@settings(deadline=None)
@given(rows=BATCHES)
@example(rows=[Row("\ufeff", AT, 1)])
@example(rows=[Row('"', 0, -(10**15), (-1_800_000_000, 900_000_000)), Row(",", LATEST - 1, 10**15)])
def test_a_batch_reads_back_equal(name: str, rows: list[Row]) -> None:
    kind, write = WRITERS[name]
    if name == "senml":  # seconds in a double, names, and no places
        rows = [
            row._replace(name=str(row.name), at=max(row.at // 10, 2**28 * 10**6), place=None)
            for row in rows
        ]
    batch = taken(write(rows), kind)
    assert batch.refused == []
    assert list(rows_of(batch).values()) == rows


@settings(deadline=None)
@given(rows=BATCHES, chunk=st.integers(1, 5), compression=st.sampled_from([None, "lz4", "zstd"]))
def test_an_arrow_stream_reads_back_equal_however_it_is_cut(rows, chunk, compression) -> None:
    batch = taken(stream(table(rows), chunk=chunk, compression=compression), ARROW)
    assert list(rows_of(batch).values()) == rows


@settings(deadline=None)
@given(rows=BATCHES, content=st.sampled_from(["NaN", "null", '"x"']))
def test_a_wrong_row_beside_good_ones_changes_nothing_for_them(
    rows: list[Row], content: str
) -> None:
    _, write = WRITERS["objects"]
    key = "sensor" if rows and isinstance(rows[0].name, str) else "handle"
    wrong = (
        f'{{"{key}": {json.dumps(rows[0].name) if rows else 1}, "at": {AT}, "value": {content}}}'
    )
    message = write(rows)[:-1] + (", " if rows else "").encode() + wrong.encode() + b"]"
    batch = taken(message)
    assert refused_of(batch) == {len(rows): "not_finite" if content == "NaN" else "not_a_number"}
    assert list(rows_of(batch).values()) == rows


MESSAGE = [
    Row("桥1", AT, 123_456_789, (1_214_737_000, 312_304_000)),
    Row("s,2", AT + 1, -2_500_000),
    Row('s"3', AT + 2, 10**15, (1, -1)),
]


@pytest.mark.parametrize("name", WRITERS)
def test_a_message_that_was_cut_says_nothing_that_was_not_in_it(name: str) -> None:
    kind, write = WRITERS[name]
    whole = rows_of(taken(write(MESSAGE), kind))
    assert len(whole) == 3
    content = write(MESSAGE)
    for length in range(len(content)):
        try:
            batch = taken(content[:length], kind)
        except Rejected:
            continue
        assert name == "csv", length  # all others tell that they were cut
        found = rows_of(batch)
        assert len(found) < 3
        assert found == {index: whole[index] for index in found}


def check(content: bytes, kind: str) -> None:
    """Hold a message to what every message is held to."""
    try:
        batch = read(content, kind, "", now=NOW)
    except Rejected as rejected:
        refusal = rejected
    else:
        check_batch(batch)
        return
    assert refusal.code
    assert refusal.remedy
    str(refusal).encode()


def check_batch(batch: Batch) -> None:
    rows = rows_of(batch)
    assert not set(rows) & set(refused_of(batch))
    assert len(rows) == len(batch)
    for row in rows.values():
        assert 0 <= row.at < LATEST
        assert abs(row.micro) <= 10**15
        if isinstance(row.name, str):
            assert 1 <= len(row.name) <= 128
            assert row.name.encode().decode() == row.name
            assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in row.name)
        else:
            assert 0 <= row.name < 2**31
    for one in batch.refused:
        json.dumps(one.params, ensure_ascii=False).encode()


@settings(deadline=None)
@given(content=st.binary(max_size=400), kind=st.sampled_from(list(READERS)))
def test_any_bytes_are_read_or_rejected(content: bytes, kind: str) -> None:
    check(content, kind)


@pytest.mark.parametrize("name", [*WRITERS, "packed", "dictionary", "views"])
@settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_mutation_is_read_or_rejected(name: str, data: st.DataObject) -> None:
    kind, write = WRITERS.get(name, (ARROW, None))
    if write is not None:
        content = bytearray(write(MESSAGE))
    elif name == "packed":
        content = bytearray(stream(table(MESSAGE * 40), compression="lz4"))
    else:
        said = table(MESSAGE)
        ids = said.column("sensor").combine_chunks()
        ids = ids.dictionary_encode() if name == "dictionary" else ids.cast(pa.string_view())
        content = bytearray(stream(said.set_column(0, "sensor", ids)))
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(content) - 1))
        how = data.draw(st.sampled_from(["byte", "cut out", "double", "long"]))
        if how == "byte":
            content[place] = data.draw(st.integers(0, 255))
        elif how == "long":
            content[place : place + 4] = data.draw(
                st.sampled_from(
                    [b"\0\0\0\0", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\1\0\0\0"]
                )
            )
        elif how == "cut out":
            del content[place : place + data.draw(st.integers(1, 16))]
        else:
            content[place:place] = content[place : place + data.draw(st.integers(1, 16))]
        if not content:
            break
    check(bytes(content), kind)


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**25), 10**25)
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["2026-05-01T09:00:00Z", "a"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "sensor",
                    "handle",
                    "sensors",
                    "handles",
                    "at",
                    "value",
                    "lon",
                    "lat",
                    "register",
                    "start",
                    "step",
                    "bn",
                    "bt",
                    "bv",
                    "bver",
                    "n",
                    "v",
                    "vb",
                    "t",
                    "x_",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@settings(deadline=None, max_examples=500)
@given(value=JSON_VALUES, kind=st.sampled_from([JSON, SENML]))
def test_any_json_is_read_or_rejected(value: object, kind: str) -> None:
    check(json.dumps(value).encode(), kind)


@settings(deadline=None, max_examples=300)
@given(text=st.text(st.sampled_from('asdfe,"\n\r0123456789.-+:TZ桥\x00 '), max_size=80))
def test_any_table_is_read_or_rejected(text: str) -> None:
    check(b"sensor,at,value\n" + text.encode(), CSV)


# --- times ------------------------------------------------------------------------------------
OFFSETS = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda one: timezone(timedelta(minutes=one)))


@settings(deadline=None)
@given(st.datetimes(datetime(1800, 1, 1), datetime(2300, 1, 1), timezones=OFFSETS))  # noqa: DTZ001
def test_many_times_at_once_are_read_as_one_alone(moment: datetime) -> None:
    exact = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert instant_of(moment.isoformat()) == exact
    assert instants_of([moment.isoformat()]).tolist() == [exact]


@settings(deadline=None, max_examples=500)
@given(st.text(st.sampled_from("0123456789-:.+TZ "), max_size=30))
def test_no_text_is_a_time_to_one_and_none_to_the_other(text: str) -> None:
    assert instants_of([text]).tolist() == [instant_of(text)]
