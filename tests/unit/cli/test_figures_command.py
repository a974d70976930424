"""``chengyun figures``: the numbers of a store as text, JSON and a workbook."""

import sys
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

sys.path.insert(0, str(Path(__file__).parents[2] / "scenario"))
from city import City

from chengyun.cli.figures import command
from chengyun.kernel.errors import Rejected


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Two cases of May; one is closed in time."""
    folder = tmp_path_factory.mktemp("city") / "store"
    city = City(folder)
    city.at("2026-05-07 09:00").reports("manhole", id="r1")
    city.at("09:30").reports("manhole", id="r2")
    city.at("10:00").crew("river-drainage", "r1").checks("inspection", "r1", passed=True)
    city.at("2026-06-02 10:00").reports("lamp", id="r3")
    city.close()
    return folder


def run(*arguments):
    return CliRunner().invoke(command, [str(one) for one in arguments], catch_exceptions=False)


def test_rates_stand_beside_their_numbers(store):
    told = run(store, "--figures", "filed,closing_rate,hands_per_case,time_to_close").output
    assert "2026-05-07 to 2026-06-02" in told
    assert "结案率 closing rate: 50.00 % (1 of 2)" in told
    assert "hands per case: 1.00 (1 for 1)" in told
    assert "time to close: 1.0 h (of 1)" in told


def test_json_by_unit_and_month(store):
    told = run(store, "--by", "unit", "--period", "month", "--figures", "filed", "--json").output
    lines = msgspec.json.decode(told)["lines"]
    found = {(line["key"], line["from"]): line["numbers"]["filed"]["value"] for line in lines}
    assert found[("river-drainage", "2026-05-07")] == 2
    assert sum(found.values()) == 3


def test_a_workbook_has_figures_and_their_definitions(store, tmp_path):
    file = tmp_path / "may.xlsx"
    assert run(store, "--by", "type", "--excel", file).exit_code == 0
    book = load_workbook(file)
    assert book.sheetnames == ["figures", "definitions"]
    header, *rows = book["figures"].iter_rows(values_only=True)
    by_type = {row[2]: dict(zip(header, row, strict=True)) for row in rows}
    assert by_type["manhole"]["立案数 cases filed"] == 2
    assert by_type["manhole"]["结案率 closing rate %"] == 50
    assert by_type["manhole"]["结案率 denominator"] == 2
    assert by_type["lamp"]["结案率 closing rate %"] is None


@pytest.mark.parametrize(
    "wrong",
    [("--by", "colour"), ("--figures", "dreams"), ("--from", "may"), ("--area", "nowhere")],
)
def test_what_makes_no_sense_is_refused(store, wrong):
    with pytest.raises(Rejected):
        run(store, *wrong)
