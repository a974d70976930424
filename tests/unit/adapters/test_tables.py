"""Tables as they come: whatever is wrong with one row, all others are read."""

import csv
import gzip
import io
import time
import tracemalloc
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chengyun.adapters.files.tables import BadRow, Row, Table, open_table
from chengyun.kernel import limits
from chengyun.kernel.errors import Rejected

HEADER = b"id,type,text\n"


def table(folder: Path, content: bytes, name: str = "t.csv", **options: str) -> Table:
    path = folder / name
    path.write_bytes(content)
    return open_table(path, **options)


def rows(opened: Table) -> list[tuple[int, object]]:
    """Return values of good rows and codes of bad ones, each with its number."""
    return [(row.number, row.values if isinstance(row, Row) else row.code) for row in opened]


def refused(folder: Path, content: bytes, name: str = "t.csv", **options: str) -> str:
    with pytest.raises(Rejected) as caught:
        list(table(folder, content, name, **options))
    assert caught.value.remedy
    return caught.value.code


def good(number: int) -> bytes:
    return b"%d,lamp,dark\n" % number


def test_numbers_are_the_lines_where_rows_begin(tmp_path: Path) -> None:
    opened = table(tmp_path, HEADER + b'1,lamp,"two\nlines"\n\n2,hole,x\n')
    assert opened.columns == ("id", "type", "text")
    assert rows(opened) == [(2, ("1", "lamp", "two\nlines")), (5, ("2", "hole", "x"))]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (HEADER + b"1,lamp,x\n", "utf-8"),
        (b"\xef\xbb\xbf" + HEADER + "1,lamp,路灯\n".encode(), "utf-8"),
        (HEADER + "1,lamp,路灯\n".encode(), "utf-8"),
        (HEADER + "1,lamp,路灯不亮\n".encode("gb18030"), "gb18030"),
        (HEADER + "1,lamp,㐀𠀀\n".encode("gb18030"), "gb18030"),
        (HEADER + "1,路灯,好\n".encode() * 9 + b"1,\xff,x\n", "utf-8"),
        (HEADER + "1,路灯,x\n".encode() * 9 + "1,路灯,x\n".encode("gb18030"), "utf-8"),
    ],
)
def test_the_encoding_is_detected_and_shown(tmp_path: Path, content: bytes, encoding: str) -> None:
    opened = table(tmp_path, content)
    assert opened.encoding == encoding
    assert opened.columns == ("id", "type", "text")
    first = next(iter(opened))
    assert isinstance(first, Row)
    assert "\ufffd" not in first.values[2]


def test_a_character_cut_by_the_sample_does_not_change_the_encoding(tmp_path: Path) -> None:
    line = "1,lamp,路灯\n".encode()
    opened = table(tmp_path, HEADER + b"x" + line * (1_100_000 // len(line)))
    assert opened.encoding == "utf-8"
    assert all(isinstance(row, Row) for row in opened)


def test_a_row_in_another_encoding_is_refused_alone(tmp_path: Path) -> None:
    broken = "2,lamp,路灯\n".encode("gb18030")
    opened = table(tmp_path, HEADER + good(1) + broken + good(3), encoding="utf-8")
    assert [code for _, code in rows(opened)][1] == "undecodable"
    opened = table(tmp_path, HEADER + good(1) + b'2,"a\n\xff",x\n' + good(3), encoding="utf-8")
    assert rows(opened) == [
        (2, ("1", "lamp", "dark")),
        (3, "undecodable"),
        (5, ("3", "lamp", "dark")),
    ]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"2,lamp\n", "too_few_columns"),
        (b"2,lamp,dark,extra\n", "too_many_columns"),
        (b"2,la\0mp,dark\n", "nul"),
        (b'2,"lamp" x,dark\n', "bad_quotes"),
        (b'2,"lamp,dark\n', "unclosed_quote"),
        (b"2,lamp," + b"x" * (limits.MAX_FIELD_CHARS + 1) + b"\n", "field_too_long"),
        (b"2,lamp," + b"x" * 10_000_000 + b"\n", "line_too_long"),
        (b'2,lamp,"' + b"x" * 10_000_000 + b'"\n', "line_too_long"),
        (b'2,"' + b"x" * 200_000 + b'",dark\n', "field_too_long"),
        (b"2,a\rb,dark\n", "bad_quotes"),
    ],
)
def test_a_bad_row_is_refused_alone(tmp_path: Path, line: bytes, code: str) -> None:
    content = HEADER + good(1) + line + b'3,lamp,"dark"\n' + good(4)
    found = list(table(tmp_path, content))
    assert [row.number for row in found] == [2, 3, 4, 5]
    assert [type(row) for row in found] == [Row, BadRow, Row, Row]
    bad = found[1]
    assert isinstance(bad, BadRow)
    assert bad.code == code
    assert bad.raw.startswith("2,")
    assert len(bad.raw) <= limits.MAX_KEPT_RAW_CHARS


def test_blank_cells_beyond_the_header_say_nothing(tmp_path: Path) -> None:
    assert rows(table(tmp_path, HEADER + b"1,lamp,dark,, \n")) == [(2, ("1", "lamp", "dark"))]


def test_an_unclosed_quote_swallows_nothing_however_far_the_next_one_is(tmp_path: Path) -> None:
    tail = b"".join(map(good, range(2, 60_000)))
    for closing in (b"", b'x,"lamp",dark\n', b'x,lamp"\n'):
        found = list(table(tmp_path, HEADER + b'1,"lamp,dark\n' + tail + closing))
        bad = [row.number for row in found if isinstance(row, BadRow)]
        assert bad[0] == 2
        assert len(bad) <= 2
        assert sum(isinstance(row, Row) for row in found) >= 59_998


def test_reading_again_after_broken_quotes_stays_linear(tmp_path: Path) -> None:
    """Every line seems to go on in a quote, whichever line one begins with."""
    began = time.perf_counter()
    found = list(table(tmp_path, HEADER + b'a","c\n' * 300_000))
    assert len(found) == 300_000
    assert time.perf_counter() - began < 20


def test_a_row_over_many_lines_is_given_up_at_the_bound(tmp_path: Path) -> None:
    opened = table(tmp_path, HEADER + b'1,"a\n' + b'b","c\n' * 1_000_000)
    first = next(iter(opened))
    assert isinstance(first, BadRow)
    assert first.code == "unclosed_quote"
    assert opened.position < opened.size / 2
    opened.close()


def test_a_long_line_takes_no_more_memory_than_the_bound(tmp_path: Path) -> None:
    opened = table(tmp_path, gzip.compress(HEADER + b"1,a," + b"x" * 100_000_000 + b"\n" + good(2)))
    tracemalloc.start()
    found = rows(opened)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == [(2, "line_too_long"), (3, ("2", "lamp", "dark"))]
    assert peak < 12 * limits.MAX_LINE_BYTES


def test_a_file_that_breaks_off_ends_with_a_short_row(tmp_path: Path) -> None:
    assert rows(table(tmp_path, HEADER + good(1) + b"2,la"))[-1] == (3, "too_few_columns")


def test_a_cut_gzip_gives_what_it_has_and_says_so(tmp_path: Path) -> None:
    whole = HEADER + b"".join(b"%d,lamp,%d\n" % (n, n * 7919 % 10007) for n in range(50_000))
    packed = gzip.compress(whole)
    for cut in (len(packed) - 1, len(packed) - 9, len(packed) // 2):
        found = list(table(tmp_path, packed[:cut], "t.csv.gz"))
        assert [row for row in found if isinstance(row, BadRow)] == found[-1:]
        last = found[-1]
        assert isinstance(last, BadRow)
        assert last.code == "file_cut"
        assert last.number == len(found) + 1
        assert len(found) > 20_000


def test_a_damaged_gzip_says_so(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(HEADER + b"".join(map(good, range(1000)))))
    packed[-8] ^= 0xFF
    assert rows(table(tmp_path, bytes(packed)))[-1][1] == "file_damaged"


def test_several_gzip_members_are_one_file(tmp_path: Path) -> None:
    packed = gzip.compress(HEADER + good(1)) + gzip.compress(good(2))
    assert [number for number, _ in rows(table(tmp_path, packed))] == [2, 3]


def test_a_gzip_bomb_ends_at_the_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_EXPANDED_BYTES", 3_000_000)
    packed = gzip.compress(HEADER + good(1) * 1_000_000)
    found = list(table(tmp_path, packed))
    last = found[-1]
    assert isinstance(last, BadRow)
    assert last.code == "file_too_large"
    assert len(found) < 300_000


def test_too_many_rows_end_at_the_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_ROWS", 2)
    assert rows(table(tmp_path, HEADER + good(1) * 5))[2:] == [(4, "too_many_rows")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\xef\xbb\xbf\r\n \n", "empty_file"),
        (b",,\n1,2,3\n", "empty_file"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "binary_file"),
        (b"a,b\n" + b"\0\1\2" * 100, "binary_file"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 100, "binary_file"),
        (b"PK\x03\x04 not a workbook", "bad_workbook"),
        ("id,type\n".encode("utf-16"), "unsupported_encoding"),
        (b"id,type,id\n1,2,3\n", "duplicate_columns"),
        (",".join(map(str, range(limits.MAX_COLUMNS + 1))).encode() + b"\n", "too_many_columns"),
        (b'"id,type\n', "bad_header"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    assert refused(tmp_path, content) == code


def test_what_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(Rejected) as caught:
            open_table(path)
        assert caught.value.code == "unreadable_file"


def test_an_unknown_encoding_is_refused(tmp_path: Path) -> None:
    for encoding in ("klingon", "utf-16", "base64"):
        assert refused(tmp_path, HEADER, encoding=encoding) == "unsupported_encoding"


def test_delimiters_and_line_ends(tmp_path: Path) -> None:
    expected = [("1", "lamp", "a,b")]
    for content in (
        b"id;type;text\r\n1;lamp;a,b\r\n",
        b"id\ttype\ttext\n1\tlamp\ta,b\n",
        b"id|type|text\r1|lamp|a,b\r",
    ):
        opened = table(tmp_path, content, delimiter="detect")
        assert [values for _, values in rows(opened)] == expected


# --- properties -------------------------------------------------------------------------------
CELL = st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    cells=st.lists(st.tuples(st.integers(0, 9).map(str), CELL, CELL), max_size=12),
    encoding=st.sampled_from(["utf-8", "gb18030"]),
)
def test_what_was_written_is_read(
    tmp_path: Path, cells: list[tuple[str, str, str]], encoding: str
) -> None:
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\n")
    writer.writerows([("id", "type", "text"), *cells])
    content = written.getvalue().encode(encoding)
    opened = table(tmp_path, content, encoding=encoding)
    assert [row.values for row in opened if isinstance(row, Row)] == cells


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    before=st.integers(0, 5),
    after=st.integers(0, 5),
    line=st.text('",ab1 ', max_size=12).map(lambda text: b"x" + text.encode()),
)
def test_no_line_takes_another_with_it(
    tmp_path: Path, before: int, after: int, line: bytes
) -> None:
    """Around any one line, every sound row is read with its number."""
    sound = b"".join(map(good, range(before))), b"".join(map(good, range(after)))
    found = dict(rows(table(tmp_path, HEADER + sound[0] + line + b"\n" + sound[1])))
    expected = {2 + n: (str(n), "lamp", "dark") for n in range(before)}
    expected |= {3 + before + n: (str(n), "lamp", "dark") for n in range(after)}
    assert {number: found.get(number) for number in expected} == expected
    assert 2 + before in found


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_rows_or_a_refusal(tmp_path: Path, content: bytes) -> None:
    try:
        numbers = [row.number for row in table(tmp_path, HEADER + content)]
    except Rejected:
        return
    assert numbers == sorted(set(numbers))


# --- Excel ------------------------------------------------------------------------------------
def workbook(folder: Path, cells: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    for row in cells:
        book.active.append(row)
    book.save(folder / "t.xlsx")
    return folder / "t.xlsx"


def test_a_workbook_is_read_as_texts(tmp_path: Path) -> None:
    path = workbook(
        tmp_path,
        [
            ["编号", "受理时间", "经度", "ok"],
            [101000295613.0, datetime.fromisoformat("2011-07-01 01:32:33"), 121.5, True],
            [],
            ["x", None, "", False],
            ["y", 1, 2, 3, 4],
        ],
    )
    opened = open_table(path)
    assert opened.encoding == "xlsx"
    assert opened.columns == ("编号", "受理时间", "经度", "ok")
    assert rows(opened) == [
        (2, ("101000295613", "2011-07-01 01:32:33", "121.5", "true")),
        (4, ("x", "", "", "false")),
        (5, "too_many_columns"),
    ]


def test_an_empty_workbook_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Rejected) as caught:
        open_table(workbook(tmp_path, []))
    assert caught.value.code == "empty_file"


def test_a_cut_workbook_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["a"], ["b"]])
    assert refused(tmp_path, path.read_bytes()[:-200]) == "bad_workbook"


def test_a_workbook_whose_sheet_breaks_off_says_so(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["a"], *[[number] for number in range(5_000)]])
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(path, "w") as new:
        for name, content in parts.items():
            new.writestr(name, content[: len(content) // 2] if name == sheet else content)
    found = list(open_table(path))
    last = found[-1]
    assert isinstance(last, BadRow)
    assert last.code == "file_damaged"
    assert len(found) > 1_000


def test_a_workbook_that_grows_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workbook(tmp_path, [["a"], *[[number] for number in range(5_000)]])
    monkeypatch.setattr(limits, "MAX_EXPANDED_BYTES", 10_000)
    with pytest.raises(Rejected) as caught:
        open_table(path)
    assert caught.value.code == "file_too_large"


def test_ordinary_rows_are_read_fast(tmp_path: Path) -> None:
    """The bound is loose for slow machines; the benchmark says what is reached."""
    line = b"101000295613,2011-07-01 01:32:33,Street Light Outages,-71.0772,42.2715,Mattapan\n"
    opened = table(tmp_path, b"a,b,c,d,e,f\n" + line * 100_000)
    began = time.perf_counter()
    assert sum(1 for _ in opened) == 100_000
    assert time.perf_counter() - began < 4
