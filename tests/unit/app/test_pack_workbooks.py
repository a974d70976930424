"""A pack to Excel and back: the same bytes; every mistake by sheet, row and column, or nothing."""

import csv
import io
import json
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from chengyun.adapters.files.packs import read_pack
from chengyun.adapters.files.workbooks import write_workbook
from chengyun.app.pack_workbook_import import imported
from chengyun.app.pack_workbooks import TABLES, number_of, sheets_of
from chengyun.citypack.reading import converters_of
from chengyun.citypack.sheet_words import COLUMNS, REASONS, TITLES, reason_of
from chengyun.citypack.sheets import narrow
from chengyun.cli.main import chengyun
from chengyun.kernel.errors import Rejected

CITIES = Path(__file__).parents[3] / "cities"
PACK = Path(__file__).parents[2] / "scenario" / "pack"
TYPES = "case_types 案件目录"


@pytest.fixture(scope="module")
def files():
    return read_pack(PACK)[0]


@pytest.fixture
def book(files, tmp_path):
    path = tmp_path / "x.xlsx"
    write_workbook(path, sheets_of(files))
    return path


def changed(path, change, title=TYPES):
    book = openpyxl.load_workbook(path)
    change(book[title])
    book.save(path)
    return path


def told(path, files):
    result = imported(path, files)
    return [(one.place, one.code) for one in result.mistakes]


def column(page, key):
    """Return the letter of a column by its English or Chinese word."""
    for cell in page[1]:
        if key in str(cell.value).split("\n"):
            return cell.column_letter
    raise AssertionError(key)


# --- round trips ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "city", ["linjiang", "boston-311", "melbourne-counters", "../tests/scenario/pack"]
)
def test_a_pack_comes_back_with_the_same_bytes(city, tmp_path):
    files = read_pack(CITIES / city)[0]
    path = tmp_path / "x.xlsx"
    write_workbook(path, sheets_of(files))
    result = imported(path, files)
    assert result.mistakes == ()
    assert result.files == {}
    assert {one.section for one in result.changes} == {
        one.name for one in TABLES if one.source.path in files
    }


FREE_TEXTS = st.text(
    st.one_of(
        st.characters(exclude_categories=("Cs", "Cc", "Co", "Cn")), st.sampled_from("=+-@'|\"\n,;")
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(FREE_TEXTS, FREE_TEXTS), max_size=4))
def test_whatever_people_write_into_a_pack_comes_back(tmp_path_factory, texts):
    files = dict(read_pack(PACK)[0])
    out = io.StringIO(newline="")
    table = csv.writer(out, lineterminator="\n")
    rows = list(csv.DictReader(io.StringIO(files["case_types.csv"].decode(), newline="")))
    names = [*dict.fromkeys([*rows[0], "filing_condition", "source"])]
    table.writerow(names)
    for number, row in enumerate(rows):
        more = texts[number] if number < len(texts) else ("", "")
        row |= {"filing_condition": more[0].strip(), "source": more[1].strip() or "-"}
        table.writerow([row.get(name, "") for name in names])
    files["case_types.csv"] = out.getvalue().encode()
    path = tmp_path_factory.mktemp("round") / "x.xlsx"
    write_workbook(path, sheets_of(files))
    result = imported(path, files)
    assert result.mistakes == ()
    assert result.files == {}


@given(st.one_of(st.integers().map(str), st.floats(allow_nan=False).map(str), st.text(max_size=8)))
def test_a_number_is_written_as_one_only_where_that_gives_the_same_text(text):
    assert str(number_of(text)) == text


# --- what people do ---------------------------------------------------------------------------
def test_a_change_and_a_new_column_come_into_the_file(book, files):
    def change(page):
        page[f"{column(page, '名称')}2"] = "A better name"
        page[f"{column(page, '名称（中文）')}2"] = "更好的名称"

    result = imported(changed(book, change), files)
    [types] = [one for one in result.changes if one.section == "case_types"]
    assert (types.added, types.changed, types.removed) == (0, 1, 0)
    assert list(result.files) == ["case_types.csv"]
    before = files["case_types.csv"].decode().splitlines()[0]
    after = result.files["case_types.csv"].decode().splitlines()
    assert after[0] == f"{before},name_zh"
    assert "A better name" in after[1]
    assert "更好的名称" in after[1]


def test_headers_are_found_in_either_language_below_a_title_and_in_any_order(book, files):
    def change(page):
        for cell in page[1]:
            cell.value = str(cell.value).split("\n")[cell.column % 2]
        page.move_range("B1:B99", cols=30)
        page.insert_rows(1)
        page["A1"] = "案件目录（2026年）"

    result = imported(changed(book, change), files)
    assert result.mistakes == ()
    assert result.files == {}


def test_full_width_digits_and_edges_are_made_plain(book, files):
    def change(page):
        cell = page[f"{column(page, 'Time limit')}2"]
        cell.value = "\u3000" + str(cell.value).replace("4", "４") + " \u200b"

    assert "４" in changed(book, change).name or imported(book, files).mistakes == ()
    assert imported(book, files).files == {}


def test_a_table_that_is_not_in_the_workbook_is_left_alone(book, files):
    workbook = openpyxl.load_workbook(book)
    for title in workbook.sheetnames:
        if title not in (TYPES, "_lists"):
            del workbook[title]
    workbook.save(book)
    result = imported(book, files)
    assert [one.section for one in result.changes] == ["case_types"]
    assert result.mistakes == ()


def letters(page, *keys):
    return [column(page, key) for key in keys]


@pytest.mark.parametrize(
    ("change", "where", "code"),
    [
        (
            lambda p: p.__setitem__(f"{column(p, 'Time limit')}3", "4 hours"),
            "Time limit 3",
            "pattern",
        ),
        (
            lambda p: p.__setitem__(f"{column(p, 'Owner')}2", "nobody"),
            "Owner 2",
            "unknown_reference",
        ),
        (lambda p: p.__setitem__(f"{column(p, 'Kind')}2", "evnt"), "Kind 2", "not_allowed"),
        (lambda p: p.__setitem__(f"{column(p, 'Classes')}2", 110), "Classes 2", "pattern"),
        (lambda p: p.__setitem__("A3", p["A2"].value), "Code 3", "duplicate_code"),
        (lambda p: p.__setitem__("A2", None), "Code 2", "missing_code"),
        (lambda p: p.__setitem__(f"{column(p, 'Name')}2", None), "Name 2", "missing_key"),
        (lambda p: p.__setitem__("B1", "Preis"), "B1", "unknown_column"),
        (lambda p: p.__setitem__("C1", p["B1"].value), "C1", "duplicate_column"),
        (lambda p: p.__setitem__("AZ3", "stray"), "AZ3", "value_without_header"),
        (lambda p: p.__setitem__("B3", "=1+1"), "B3", "formula_without_value"),
        (lambda p: p.merge_cells("B3:C4"), "B3", "merged_cells"),
        (lambda p: p.__setitem__("A1", "x"), "1", "no_header"),
    ],
)
def test_a_mistake_is_told_by_sheet_row_and_column_and_nothing_is_taken(
    book, files, change, where, code
):
    page = openpyxl.load_workbook(book)[TYPES]
    if " " in where:
        key, row = where.rsplit(" ", 1)
        where = f"{column(page, key)}{row}"
    result = imported(changed(book, change), files)
    found = {one.code: one for one in result.mistakes if one.place == f"{TYPES}!{where}"}
    assert code in found, result.mistakes
    assert found[code].what
    assert found[code].remedy
    assert found[code].reason_zh == REASONS[code]


def test_every_mistake_is_told_at_once(book, files):
    def change(page):
        page[f"{column(page, 'Owner')}2"] = "nobody"
        page[f"{column(page, 'Time limit')}3"] = "4 hours"
        page["AZ9"] = "stray"

    assert {code for _, code in told(changed(book, change), files)} >= {
        "unknown_reference", "pattern", "value_without_header",
    }  # fmt: skip


def test_what_another_file_of_the_pack_needs_is_told_by_that_file(book, files):
    def change(page):
        page.delete_rows(2)

    found = told(changed(book, change), files)
    assert any("duty_list" in place and code == "unknown_reference" for place, code in found)


def test_unknown_and_doubled_sheets_are_named(book, files):
    workbook = openpyxl.load_workbook(book)
    workbook.create_sheet("Notes")["A1"] = "x"
    workbook.create_sheet("案件目录")["A1"] = "编码"
    workbook.create_sheet("Empty")
    workbook.save(book)
    assert set(told(book, files)) == {
        ("Notes!1", "unknown_sheet"), ("案件目录!1", "duplicate_sheet"),
    }  # fmt: skip


def test_a_code_that_nobody_could_see_is_not_exported(files):
    broken = dict(files)
    broken["units.csv"] = files["units.csv"].replace(b"roads-east,", "roads\u200b-east,".encode())
    with pytest.raises(Rejected) as refused:
        sheets_of(broken)
    assert refused.value.code == "not_a_code"


# --- the command ------------------------------------------------------------------------------
def run(*arguments):
    done = CliRunner().invoke(chengyun, ["pack", *map(str, arguments)])
    return done.exit_code, done.output


@pytest.fixture
def pack(files, tmp_path):
    folder = tmp_path / "pack"
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def test_the_commands_export_and_import(pack, tmp_path):
    path = tmp_path / "x.xlsx"
    assert run("export-excel", pack, path, "--table", "units")[0] == 0
    assert run("export-excel", pack, path)[0] == 1, "a file that is there is not written over"
    changed(path, lambda page: page.__setitem__("B2", "New name"), "units 责任单位")
    before = (pack / "units.csv").read_bytes()
    assert run("import-excel", path, pack, "--dry-run")[0] == 0
    assert (pack / "units.csv").read_bytes() == before
    code, output = run("import-excel", path, pack, "--json")
    assert code == 0
    assert json.loads(output)["written"] == ["units.csv"]
    assert b"New name" in (pack / "units.csv").read_bytes()


def test_nothing_is_written_where_anything_is_wrong(pack, tmp_path):
    path = tmp_path / "x.xlsx"
    run("export-excel", pack, path)
    changed(path, lambda page: page.__setitem__("B2", "New name"), "units 责任单位")
    changed(path, lambda page: page.__setitem__("A2", None))
    before = (pack / "units.csv").read_bytes()
    code, output = run("import-excel", path, pack)
    assert code == 1
    assert f"{TYPES}!A2" in output
    assert "该行没有编码" in output
    assert "nothing was imported" in output
    assert (pack / "units.csv").read_bytes() == before
    told_ = json.loads(run("import-excel", path, pack, "--json")[1])
    assert (told_["ok"], told_["written"]) == (False, [])
    assert {"sheet", "row", "column", "cell", "code", "remedy", "reason_zh"} <= set(
        told_["mistakes"][0]
    )


# --- words ------------------------------------------------------------------------------------
def test_every_table_and_column_has_chinese_words():
    for section in TABLES:
        assert section.name in TITLES
        for name in converters_of(section.shape, section.source.field):
            assert name in COLUMNS, name
    assert len(set(COLUMNS.values())) == len(COLUMNS)
    assert reason_of("never_heard_of")


def test_codes_are_made_plain_and_texts_are_left():
    assert narrow("　３１９９０１－１ ") == "319901-1"
