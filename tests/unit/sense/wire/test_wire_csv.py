"""CSV: every line by itself, rows counted by lines, nothing taken that may have been cut."""

import time

import pytest
from wire_writers import AT, CSV, Row, code_of, refused_of, rows_of, taken

from chengyun.kernel.limits import MAX_BATCH_ROWS

HEADER = "sensor,at,value\n"


def read(text: str | bytes) -> tuple[dict[int, Row], dict[int, str]]:
    batch = taken(text, CSV)
    return rows_of(batch), refused_of(batch)


def test_lines_are_read_with_either_line_break_and_a_mark() -> None:
    for text in (
        f"{HEADER}a,{AT},1.5\nb,{AT},-2\n",
        f"{HEADER}a,{AT},1.5\nb,{AT},-2\n".replace("\n", "\r\n"),
        f"\ufeff{HEADER}a,{AT},1.5\nb,{AT},-2\n",
        f'"sensor","at","value"\n"a",{AT},"1.5"\n"b","{AT}",-2\n',
        f"value,sensor,at\n1.5,a,{AT}\n-2,b,{AT}\n",
    ):
        assert read(text) == ({0: Row("a", AT, 1_500_000), 1: Row("b", AT, -2_000_000)}, {})


def test_quotes_are_those_of_the_rfc() -> None:
    text = f'{HEADER}"a ""b"", c",{AT},1\nd,{AT},2\n'
    rows, refused = read(text)
    assert [row.name for row in rows.values()] == ['a "b", c', "d"]
    assert refused == {}


def test_handles_places_and_times_in_text() -> None:
    text = f"handle,at,value,lon,lat\n7,2026-05-01T09:00:00+08:00,1e3,121.5,31\n8,{AT},.5,,\n"
    assert read(text)[0] == {
        0: Row(7, 1_777_597_200_000_000, 1_000_000_000, (1_215_000_000, 310_000_000)),
        1: Row(8, AT, 500_000),
    }


def test_a_header_alone_is_an_empty_batch() -> None:
    assert read(HEADER) == ({}, {})
    assert read("handle,at,value,lon,lat\r\n") == ({}, {})


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (f"a,{AT}", "other_width"),
        (f"a,{AT},1,2", "other_width"),
        (f"a,{AT},1" + ",2" * 10_000, "other_width"),
        ("a", "other_width"),
        (f'"a,{AT},1', "bad_quotes"),
        (f'"a"b,{AT},1', "bad_quotes"),
        (f'"{"x" * 100_000}",{AT},1', "id_too_long"),
        (f'"{"x" * 200_000}",{AT},1', "id_too_long"),
        (f"{'x' * 129},{AT},1", "id_too_long"),
        (f"{'x' * 10_000_000},{AT},1", "id_too_long"),
        (f",{AT},1", "missing"),
        ("a,,1", "missing"),
        (f"a,{AT},", "missing"),
        (f"a\tb,{AT},1", "bad_id"),
        (f"a\rb,{AT},1", "bad_id"),
        ("a,noon,1", "bad_time"),
        ("a,0x65,1", "bad_time"),
        ("a,-5,1", "bad_time"),
        (f"a,{10**30},1", "bad_time"),
        ("a,１２,1", "bad_time"),
        ("a,2026-05-01T09:00:00,1", "bad_time"),
        (f"a,{AT},one", "not_a_number"),
        (f"a,{AT},1_0", "not_a_number"),
        (f"a,{AT},0x10", "not_a_number"),
        (f"a,{AT}, 1", "not_a_number"),
        (f"a,{AT},１", "not_a_number"),
        (f"a,{AT},nan", "not_finite"),
        (f"a,{AT},-Infinity", "not_finite"),
        (f"a,{AT},1e10", "too_large"),
        (f"a,{AT},1e400", "too_large"),
        (f"a,{AT},{'9' * 5_000}", "too_large"),
    ],
)
def test_a_wrong_line_refuses_its_row(line: str, code: str) -> None:
    rows, refused = read(f"{HEADER}b,{AT},1\n{line}\nc,{AT},2\n")
    assert refused == {1: code}
    assert {index: row.name for index, row in rows.items()} == {0: "b", 2: "c"}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("-1,5,1,,", "bad_id"),
        ("x,5,1,,", "bad_id"),
        ("1.0,5,1,,", "bad_id"),
        ("0x1,5,1,,", "bad_id"),
        ("4294967296,5,1,,", "bad_id"),
        (f"{10**40},5,1,,", "bad_id"),
        ("2,5,1,121,", "bad_place"),
        ("2,5,1,181,31", "bad_place"),
        ("2,5,1,east,31", "bad_place"),
    ],
)
def test_a_wrong_handle_or_place_refuses_its_row(line: str, code: str) -> None:
    rows, refused = read(f"handle,at,value,lon,lat\n1,5,1,121,31\n{line}\n3,5,1,,\n")
    assert refused == {1: code}
    assert list(rows) == [0, 2]


def test_broken_utf8_refuses_its_row_alone() -> None:
    content = HEADER.encode() + b"\xe9,%d,1\n\xe6\xa1\xa5,%d,2\nc,%d,\xff\nd,\xff,4\n" % (
        AT,
        AT,
        AT,
    )
    rows, refused = read(content)
    assert {index: row.name for index, row in rows.items()} == {1: "桥"}
    assert refused == {0: "bad_id", 2: "not_a_number", 3: "bad_time"}


def test_rows_are_counted_by_lines_blank_ones_too() -> None:
    rows, refused = read(f"{HEADER}\na,{AT},1\n\r\n\nb,{AT},x\nc,{AT},3\n")
    assert {index: row.name for index, row in rows.items()} == {1: "a", 5: "c"}
    assert refused == {4: "not_a_number"}


def test_an_open_quote_ends_with_its_line() -> None:
    rows, refused = read(f'{HEADER}"a,{AT},1\nb,{AT},2\n')
    assert [row.name for row in rows.values()] == ["b"]
    assert refused == {0: "bad_quotes"}


def test_a_last_line_that_may_have_been_cut_is_refused() -> None:
    rows, refused = read(f"{HEADER}a,{AT},1\nb,{AT},12")
    assert [row.name for row in rows.values()] == ["a"]
    assert refused == {1: "cut"}
    assert read(f"{HEADER}b,{AT},12") == ({}, {0: "cut"})


@pytest.mark.parametrize("content", ["", "sensor,at,value", "\ufeff", "x"])
def test_what_has_no_line_is_refused_whole(content: str) -> None:
    assert code_of(content, CSV) == "broken"


@pytest.mark.parametrize(
    "header",
    [
        "",
        "a",
        "sensor,at",
        "at,value",
        "sensor,value",
        "sensor,handle,at,value",
        "sensor,at,value,lon",
        "sensor,at,value,lat",
        "sensor,at,value,value",
        "sensor,at,value,unit",
        "Sensor,at,value",
        "sensor;at;value",
        '"sensor,at,value',
        "\ud800",
    ],
)
def test_another_header_is_refused_with_the_expected_columns(header: str) -> None:
    content = f"{header}\na,{AT},1\n".encode("utf-8", "surrogatepass")
    assert code_of(content, CSV) == "other_schema"


def test_the_most_rows_and_one_more() -> None:
    line = "1,5,1\n"
    header = "handle,at,value\n"
    assert len(taken(header + line * MAX_BATCH_ROWS, CSV)) == MAX_BATCH_ROWS
    assert code_of(header + line * (MAX_BATCH_ROWS + 1), CSV) == "too_many_rows"
    assert code_of(header + line * MAX_BATCH_ROWS + "1", CSV) == "too_many_rows"
    assert code_of(header + "," * 3_000_000 + "\n", CSV) == "too_many_rows"
    assert code_of("," * 3_000_000 + "\n", CSV) == "too_many_rows"


@pytest.mark.parametrize(
    "cell", ["1" * 5_000_000 + ".e", "." + "1" * 5_000_000 + "e", "1e" + "1" * 5_000_000]
)
def test_a_number_without_end_costs_little(cell: str) -> None:
    before = time.process_time()
    _, refused = read(f"{HEADER}a,{AT},x\nb,{AT},{cell}\n")
    assert list(refused) == [0, 1]
    assert time.process_time() - before < 2


def test_a_line_without_end_costs_little() -> None:
    before = time.process_time()
    rows, refused = read(f"{HEADER}{'x' * 30_000_000}\nb,{AT},2\n")
    assert refused == {0: "other_width"}
    assert list(rows) == [1]
    assert time.process_time() - before < 2
