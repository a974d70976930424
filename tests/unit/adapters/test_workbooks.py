"""Workbooks: what is written is read again exactly; whatever Excel may hold is told, or refused."""

import contextlib
import zipfile
from datetime import date, datetime, time, timedelta

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.styles import PatternFill

from chengyun.adapters.files.cell_texts import MAX_CELL_CHARS, of_cell, to_cell
from chengyun.adapters.files.workbook_cells import address, read_workbook
from chengyun.adapters.files.workbooks import LISTS, Column, Sheet, write_workbook
from chengyun.kernel import limits
from chengyun.kernel.errors import Rejected

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)


def sheet(*rows, title="t", columns=("a", "b"), **more):
    return Sheet(title=title, columns=[Column(header=one, **more) for one in columns], rows=rows)


def read(path):
    [found] = read_workbook(path)
    return found


def made(path, *rows, change=lambda page: None):
    """Write a workbook as somebody else's program would."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    change(book.active)
    book.save(path)
    return path


# --- texts ------------------------------------------------------------------------------------
@given(TEXTS)
def test_a_text_of_a_cell_is_read_as_it_was_written(text):
    assert of_cell(to_cell(text)) == text


@given(st.sampled_from("=+-@＝|%\t\r\n"), TEXTS, st.integers(0, 3))
def test_nothing_that_runs_begins_a_cell(first, text, quotes):
    written = to_cell("'" * quotes + first + text)
    assert written.startswith("'")
    assert of_cell(written) == "'" * quotes + first + text


@given(rows=st.lists(st.lists(TEXTS, min_size=2, max_size=2), max_size=5))
def test_what_is_written_is_read_again(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("round") / "x.xlsx"
    write_workbook(path, [sheet(*rows)])
    found = read(path)
    assert found.flaws == []
    for number, row in enumerate(rows, start=2):
        cells = found.rows.get(number, {})
        assert [cells.get(1, ""), cells.get(2, "")] == [one if one.strip() else "" for one in row]


def test_formulas_are_texts_and_codes_keep_their_zeros(tmp_path):
    path = tmp_path / "x.xlsx"
    write_workbook(path, [sheet(("=1+1", "0110"), ("-2", 3), ("@SUM(A1)", 1.5))])
    page = openpyxl.load_workbook(path).active
    assert [cell.data_type for cell in page[2]] == ["s", "s"]
    assert [row[0] for row in page.iter_rows(min_row=2, values_only=True)] == [
        "'=1+1", "'-2", "'@SUM(A1)",
    ]  # fmt: skip
    assert read(path).rows[2] == {1: "=1+1", 2: "0110"}
    assert read(path).rows[3] == {1: "-2", 2: "3"}


def test_the_header_is_frozen_and_filtered_and_columns_offer_their_lists(tmp_path):
    path = tmp_path / "x.xlsx"
    write_workbook(path, [sheet(("x", "y"), choices=("x", "=y"), is_strict=True)])
    book = openpyxl.load_workbook(path)
    page = book["t"]
    assert (page.freeze_panes, page.auto_filter.ref) == ("B2", "A1:B2")
    assert {one.formula1 for one in page.data_validations.dataValidation} == {f"{LISTS}!$A$1:$A$2"}
    assert book[LISTS].sheet_state == "hidden"
    assert book[LISTS]["A2"].value == "'=y"
    assert [one.title for one in read_workbook(path)] == ["t"]


def test_the_same_content_is_the_same_bytes(tmp_path):
    paths = [tmp_path / f"{one}.xlsx" for one in "ab"]
    for path in paths:
        write_workbook(path, [sheet(("x", "y"), choices=("x",))])
    parts = [
        {name: archive.read(name) for name in archive.namelist() if name != "docProps/core.xml"}
        for archive in map(zipfile.ZipFile, paths)
    ]
    assert parts[0] == parts[1]


def test_a_text_that_excel_cannot_hold_is_refused_with_its_cell(tmp_path):
    with pytest.raises(Rejected, match="t!B2") as refused:
        write_workbook(tmp_path / "x.xlsx", [sheet(("x", "y" * (MAX_CELL_CHARS + 1)))])
    assert refused.value.code == "too_long_for_excel"


def test_more_rows_than_the_bound_are_refused_both_ways(tmp_path, monkeypatch):
    path = tmp_path / "x.xlsx"
    write_workbook(path, [sheet(*[("x", "y")] * 9)])
    monkeypatch.setattr(limits, "MAX_SHEET_ROWS", 9)
    for act in (
        lambda: read_workbook(path),
        lambda: write_workbook(tmp_path / "y.xlsx", [sheet(*[("x", "y")] * 9)]),
    ):
        with pytest.raises(Rejected) as refused:
            act()
        assert refused.value.code == "too_many_rows"


# --- cells ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("value", "text"),
    [
        (110, "110"),
        (1.5, "1.5"),
        (True, "true"),
        (datetime.fromisoformat("2026-10-01"), "2026-10-01"),
        (date(2026, 10, 1), "2026-10-01"),
        (datetime.fromisoformat("2026-10-01T08:30"), "2026-10-01 08:30"),
        (time(8, 30), "08:30"),
        (timedelta(hours=32), "32:00"),
        ("  x ", "  x "),
    ],
)
def test_values_become_texts(tmp_path, value, text):
    assert read(made(tmp_path / "x.xlsx", [value])).rows == {1: {1: text}}


def test_a_number_shown_with_zeros_has_them(tmp_path):
    def shown(page):
        page["A1"].number_format = "0000"

    assert read(made(tmp_path / "x.xlsx", [110], change=shown)).rows == {1: {1: "0110"}}


def test_a_number_of_which_excel_lost_digits_is_a_flaw(tmp_path):
    [flaw] = read(made(tmp_path / "x.xlsx", ["x", 3199010103000001])).flaws
    assert (flaw.row, flaw.column, flaw.code) == (1, 2, "digits_lost")


def cached(path, cell):
    """Put a cell as Excel writes it into a workbook that was written by another program."""
    made(path, ["x"])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    parts[name] = parts[name].replace(b"</row>", cell + b"</row>", 1)
    with zipfile.ZipFile(path, "w") as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    return path


@pytest.mark.parametrize(
    ("cell", "text", "flaw"),
    [
        (b'<c r="B1"><f>1+1</f><v>2</v></c>', "2", None),
        (b'<c r="B1" t="str"><f>"a"</f><v>a</v></c>', "a", None),
        (b'<c r="B1"><f>1+1</f></c>', None, "formula_without_value"),
        (b'<c r="B1" t="e"><f>1/0</f><v>#DIV/0!</v></c>', None, "error_value"),
        (b'<c r="B1" t="e"><v>#REF!</v></c>', None, "error_value"),
    ],
)
def test_a_formula_gives_its_value_or_is_a_flaw(tmp_path, cell, text, flaw):
    found = read(cached(tmp_path / "x.xlsx", cell))
    assert found.rows[1].get(2) == text
    assert [(one.column, one.code) for one in found.flaws] == ([] if flaw is None else [(2, flaw)])
    assert found.formulas == (1 if text else 0)


def test_cells_merged_down_a_column_have_their_value_in_each_row(tmp_path):
    path = made(
        tmp_path / "x.xlsx", ["unit", "day"], ["roads", "1"], [None, "2"], [None, "3"],
        change=lambda page: page.merge_cells("A2:A4"),
    )  # fmt: skip
    found = read(path)
    assert [found.rows[row][1] for row in (2, 3, 4)] == ["roads"] * 3
    assert found.flaws == []


def test_other_merged_cells_are_flaws_with_their_range(tmp_path):
    path = made(
        tmp_path / "x.xlsx", ["a", "b"], ["x", "y"], change=lambda page: page.merge_cells("A2:B3")
    )
    [flaw] = read(path).flaws
    assert (flaw.row, flaw.column, flaw.code, flaw.params) == (
        2,
        1,
        "merged_cells",
        {"range": "A2:B3"},
    )


def test_hidden_rows_and_sheets_are_read_and_counted(tmp_path):
    def hidden(page):
        page.row_dimensions[2].hidden = True
        page.parent.create_sheet("other")
        page.sheet_state = "hidden"

    path = made(tmp_path / "x.xlsx", ["a"], ["b"], change=hidden)
    first, other = read_workbook(path)
    assert (first.is_hidden, first.hidden_rows, first.rows[2]) == (True, 1, {1: "b"})
    assert not other.is_hidden


def test_cells_that_are_only_coloured_far_below_are_nothing(tmp_path):
    def coloured(page):
        page["XFD1048576"].fill = PatternFill("solid", fgColor="FFFF00")

    assert read(made(tmp_path / "x.xlsx", ["a"], change=coloured)).rows == {1: {1: "a"}}


# --- files ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"code,name\n", "not_excel"),
        (b"", "not_excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, "old_excel"),
        (b"PK\x03\x04" + b"\0" * 100, "bad_workbook"),
    ],
)
def test_what_is_no_workbook_is_refused_with_what_it_is(tmp_path, content, code):
    path = tmp_path / "x.xlsx"
    path.write_bytes(content)
    with pytest.raises(Rejected) as refused:
        read_workbook(path)
    assert refused.value.code == code
    assert refused.value.remedy


def test_another_archive_and_a_missing_file_are_refused(tmp_path):
    path = tmp_path / "x.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    for one, code in ((path, "bad_workbook"), (tmp_path / "gone.xlsx", "unreadable_file")):
        with pytest.raises(Rejected) as refused:
            read_workbook(one)
        assert refused.value.code == code


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = made(tmp_path / "x.xlsx", ["a"])
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/media/bomb.bin", "w", force_zip64=True) as part,
    ):
        for _ in range(limits.MAX_WORKBOOK_BYTES // 1_048_576 + 1):
            part.write(bytes(1_048_576))
    assert path.stat().st_size < 1_000_000
    with pytest.raises(Rejected) as refused:
        read_workbook(path)
    assert refused.value.code == "file_too_large"


@given(st.data())
def test_no_damage_makes_reading_fail_otherwise(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("damage") / "x.xlsx"
    write_workbook(path, [sheet(("x", "=y"), ("0110", 5), choices=("x",))])
    content = bytearray(path.read_bytes())  # some bytes more or less: it holds when it was written
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, 999_999)) * len(content) // 1_000_000
        content[place] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(500, 1_000)) * len(content) // 1_000])
    with contextlib.suppress(Rejected):
        read_workbook(path)


def test_cells_are_named_as_excel_names_them():
    assert [address(1, 1), address(9, 27), address(3, 0)] == ["A1", "AA9", "3"]
