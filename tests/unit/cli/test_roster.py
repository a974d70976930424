"""``chengyun roster``: from Excel into a store and back, shown now and as known at a time."""

import contextlib
import json
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from chengyun.adapters.system.clock import SystemClock
from chengyun.adapters.system.entropy import SeededEntropy
from chengyun.app import packs, platform
from chengyun.cli.main import chengyun
from chengyun.engine import codec
from chengyun.facts.envelope import OPERATIONS
from chengyun.guard.accounts import OpenAccount
from chengyun.guard.erasing import ErasePerson
from chengyun.kernel.instants import Instant

PACK = Path(__file__).parents[2] / "scenario" / "pack"
HEAD = ("unit", "post", "person", "from_date", "until_date", "days", "from", "until", "skills")


@contextlib.contextmanager
def opened(folder):
    with platform.opened(
        folder, partition="xiaocheng", clock=SystemClock(), entropy=SeededEntropy(1)
    ) as made:
        yield made


@pytest.fixture
def store(tmp_path):
    folder = tmp_path / "store"
    folder.mkdir()
    with opened(folder) as made:
        content = packs.loaded(PACK).content
        platform.adopt(made.engine, content, pack="xiaocheng", effective_from=Instant(0))
        account = OpenAccount(account=f"{1:016x}", login="lin", name="Lin")
        assert made.engine.execute(account, actor="person:tester").refused is None
        made.engine.commit()
        made.engine.settle()
    return folder


def book(path, rows, persons=(), away=(), titles=("值班表", "值班人员", "替班")):
    made = openpyxl.Workbook()
    made.active.title = titles[0]
    for row in (HEAD, *rows):
        made.active.append(row)
    if persons:
        page = made.create_sheet(titles[1])
        for row in (("人员", "登录名", "名称", "电话"), *persons):
            page.append(row)
    if away:
        page = made.create_sheet(titles[2])
        for row in (("person", "stand_in", "from_date", "from", "until_date", "until"), *away):
            page.append(row)
    made.save(path)
    return path


def run(*arguments):
    done = CliRunner().invoke(chengyun, ["roster", *map(str, arguments)])
    said = "" if isinstance(done.exception, SystemExit | None) else str(done.exception)
    return done.exit_code, done.output + said


def shown(store, at, *more):
    code, output = run("show", store, "--at", at, "--json", *more)
    assert code == 0, output
    return [json.loads(line) for line in output.splitlines()]


def facts(store):
    with opened(store) as made:
        return [codec.read(one) for one in made.store.read("xiaocheng", OPERATIONS)]


NIGHT = (
    "roads-east",
    "处置人员",
    "007",
    "2026-10-01",
    "2026年10月7日",
    "",
    "20:00",
    "8:00",
    "road",
)
DAY = ("roads-east", "crew", "lin", "2026/10/1", "2026-10-07", "working_days", "08:00", "20:00", "")
PERSONS = (("007", None, "Li Gu", "13800000000"), ("lin", "Lin", "", None), ("9", "", "Wang", ""))


def test_a_roster_from_excel_is_in_force_and_comes_back_as_it_was(store, tmp_path):
    path = book(
        tmp_path / "x.xlsx", [NIGHT, DAY], PERSONS, [("007", "9", "2026-10-03", "", "", "")]
    )
    code, output = run("import", store, path)
    assert code == 0, output
    assert "11 shifts of 1 units" in output or "shifts of 1 units are in force" in output
    [found] = shown(store, "2026-10-02T03:00")
    [duty] = found["duties"]
    assert (found["code"], duty["post"], duty["skills"]) == ("on_duty", "crew", ["road"])
    assert duty["person"].startswith("duty:")
    [stood_in] = shown(store, "2026-10-03T21:00")[0]["duties"]
    assert stood_in["instead_of"] == duty["person"]
    text = run("show", store, "--at", "2026-10-03T21:00", "--names")[1]
    assert "9 Wang" in text
    assert "Li Gu" not in text
    back = tmp_path / "back.xlsx"
    exported = run("export", store, back, "--from", "2026-09-01", "--until", "2026-10-31")
    assert exported[0] == 0, exported
    before = len(facts(store))
    assert run("import", store, back)[0] == 0
    assert len(facts(store)) == before, "the same again is nothing"


def test_a_person_with_a_login_is_known_by_the_account(store, tmp_path):
    run("import", store, book(tmp_path / "x.xlsx", [DAY], PERSONS))
    [found] = shown(store, "2026-10-09T09:00", "--unit", "roads-east")
    assert found["code"] == "no_roster"
    days = [shown(store, f"2026-10-0{day}T09:00", "--unit", "roads-east") for day in range(1, 8)]
    people = {duty["person"] for [one] in days for duty in one["duties"]}
    assert people == {f"account:{1:016x}"}


def test_what_was_known_then_is_shown_as_of_then(store, tmp_path):
    run("import", store, book(tmp_path / "x.xlsx", [NIGHT]))
    then = SystemClock().now()
    run("import", store, book(tmp_path / "y.xlsx", [(*NIGHT[:2], "other", *NIGHT[3:])]))
    as_of = "--as-of", f"{_local(then)}"
    first, second = (
        shown(store, "2026-10-01T21:00", *more)[0]["duties"][0]["person"] for more in (as_of, ())
    )
    assert first != second
    [nothing] = shown(
        store, "2026-10-01T21:00", "--unit", "roads-east", "--as-of", "2020-01-01T00:00"
    )
    assert nothing["code"] == "no_roster"


def _local(at):
    moment = datetime.fromtimestamp(at / 1e6, UTC).astimezone(timezone(timedelta(hours=8)))
    return moment.replace(tzinfo=None).isoformat()


def test_an_erased_person_goes_from_names_and_exports(store, tmp_path):
    run("import", store, book(tmp_path / "x.xlsx", [NIGHT], PERSONS))
    person = shown(store, "2026-10-01T21:00")[0]["duties"][0]["person"]
    with opened(store) as made:
        made.engine.execute(ErasePerson(person=person, ground="asked"), actor="person:tester")
        made.engine.commit()
        made.engine.settle()
    assert person in run("show", store, "--at", "2026-10-01T21:00", "--names")[1]
    back = tmp_path / "back.xlsx"
    run("export", store, back, "--from", "2026-09-01", "--until", "2026-10-31")
    assert "Li Gu" not in str(list(openpyxl.load_workbook(back)["persons 值班人员"].values))
    assert run("import", store, back)[0] == 0
    assert shown(store, "2026-10-01T21:00")[0]["duties"][0]["person"] == person


@pytest.mark.parametrize(
    ("row", "cell", "code"),
    [
        ({0: "moon"}, "A2", "unknown_unit"),
        ({0: None}, "A2", "missing"),
        ({1: "boss"}, "B2", "not_allowed"),
        ({2: "nobody"}, "C2", "unknown_person"),
        ({3: "10月1日"}, "D2", "not_a_day"),
        ({3: "2026-02-30"}, "D2", "not_a_day"),
        ({4: "2026-09-30"}, "E2", "bad_span"),
        ({4: "2028-09-30"}, "E2", "bad_span"),
        ({5: "funday"}, "F2", "unknown_days"),
        ({3: "2026-10-01", 4: "2026-10-01", 5: "mon"}, "F2", "no_shift_day"),
        ({6: "25 o'clock"}, "G2", "not_a_time"),
        ({7: "59:00"}, "H2", "too_long_a_shift"),
    ],
)
def test_a_mistake_is_told_by_its_cell_and_nothing_is_recorded(store, tmp_path, row, cell, code):
    cells = list(NIGHT)
    for at, value in row.items():
        cells[at] = value
    before = len(facts(store))
    path = book(tmp_path / "x.xlsx", [cells, DAY], PERSONS)
    status, output = run("import", store, path, "--json")
    assert status == 1
    told = json.loads(output)
    assert {(one["sheet"], one["cell"], one["code"]) for one in told["mistakes"]} == {
        ("值班表", cell, code)
    }
    assert len(facts(store)) == before


def test_every_mistake_of_all_sheets_is_told_at_once(store, tmp_path):
    persons = (*PERSONS, ("007", "", "", ""), ("8", "nologin", "", ""))
    away = [("007", "007", "2026-10-01", "", "", ""), ("lost", "", "2026-10-01", "", "", "")]
    path = book(tmp_path / "x.xlsx", [NIGHT, NIGHT], persons, away)
    told = json.loads(run("import", store, path, "--json")[1])["mistakes"]
    assert [(one["sheet"], one["cell"], one["code"]) for one in told] == [
        ("值班人员", "A5", "duplicate_row"),
        ("值班人员", "B6", "unknown_login"),
        ("值班表", "C3", "duplicate_row"),
        ("替班", "B2", "own_stand_in"),
        ("替班", "A3", "unknown_person"),
    ]


def test_gaps_and_people_on_duty_twice_are_named(store, tmp_path):
    both = ("drainage", "crew", "007", "2026-10-01", "", "", "22:00", "23:00", "")
    code, output = run("import", store, book(tmp_path / "x.xlsx", [NIGHT, both]), "--dry-run")
    assert code == 0
    assert "roads-east: nobody is on duty from 2026-10-01 00:00 to 2026-10-01 20:00" in output
    assert "007: on duty twice from 2026-10-01 22:00 to 2026-10-01 23:00" in output
    assert shown(store, "2026-10-01T21:00") == []


def test_merged_units_and_excels_own_dates_and_times_are_understood(store, tmp_path):
    path = book(
        tmp_path / "x.xlsx",
        [
            ("roads-east", "lead", "a", date(2026, 10, 1), None, None, time(8), time(20), None),
            (None, "crew", "b", 46296, None, None, 0.5, "24:00", None),
        ],
    )
    made = openpyxl.load_workbook(path)
    made.active.merge_cells("A2:A3")
    made.save(path)
    assert run("import", store, path)[0] == 0
    [found] = shown(store, "2026-10-01T13:00")
    assert [one["post"] for one in found["duties"]] == ["lead", "crew"]


def test_a_file_that_is_no_workbook_is_refused(store, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("unit,post\n")
    code, output = run("import", store, path)
    assert code == 1
    assert "no Excel workbook" in output
