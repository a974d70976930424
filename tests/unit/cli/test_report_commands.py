"""Reports and cases from the command line: a table comes in row by row, through the same doors."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.system.entropy import SeededEntropy
from chengyun.app import packs, platform
from chengyun.cli.main import chengyun
from chengyun.engine import codec
from chengyun.kernel.clock import VirtualClock
from chengyun.kernel.instants import Instant
from chengyun.sense.views import REFUSED

PACK = Path(__file__).parents[2] / "scenario" / "pack"
OPENS = Instant(1_777_600_000 * 1_000_000)
HEAD = "number,received,type,subject,words,address,area,lon,lat"
ROWS = [
    "h1,2026-05-02 08:00,manhole,井盖丢失,快来人,渡口路 3 号,319901001001,121.4705,31.2305",
    "h2,2026-05-02 08:05,dragon,不知道,有怪味,,渡口居委,east,north",
    "h3,soon,manhole,x,x,,,,",
    ",2026-05-02 08:05,manhole,x,x,,,,",
    "h1,2026-05-02 08:00,manhole,井盖丢失,快来人,渡口路 3 号,319901001001,121.4705,31.2305",
    "h4,2026-05-02 08:06,noise,,,,,,",
]


@pytest.fixture
def store(tmp_path):
    folder, clock = tmp_path / "store", VirtualClock(OPENS)
    with platform.opened(
        folder, partition="xiaocheng", clock=clock, entropy=SeededEntropy(1)
    ) as opened:
        content = packs.loaded(PACK).content
        platform.adopt(opened.engine, content, pack="xiaocheng", effective_from=OPENS)
        opened.engine.commit()
        opened.engine.settle()
    return folder


def run(*words):
    return CliRunner().invoke(chengyun, list(map(str, words)))


def told(done):
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    return json.loads(done.output.splitlines()[-1])


def table(tmp_path, encoding):
    path = tmp_path / "reports.csv"
    path.write_bytes("\n".join([HEAD, *ROWS]).encode(encoding))
    return path


def taken(store):
    with StoreReader(store) as reader:
        facts = [codec.read(one) for one in reader.facts("xiaocheng")]
        refused = list(reader.rows(REFUSED, "xiaocheng"))
    return {one.subject: one for one in facts if one.kind == "ReportTaken"}, refused


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_table_comes_in_row_by_row_whatever_is_wrong(store, tmp_path, encoding):
    done = run("report", "import", store, table(tmp_path, encoding), "--feed", "hotline", "--json")
    found = told(done)
    assert done.exit_code == 1
    assert (found["rows"], found["taken"], found["known_already"]) == (6, 3, 1)
    assert [(one["row"], one["field"], one["code"]) for one in found["refused"]] == [
        (4, "opened_at", "impossible_time"),
        (5, "id", "missing"),
    ]
    reports, refused = taken(store)
    assert set(reports) == {"report:hotline:h1", "report:hotline:h2", "report:hotline:h4"}
    odd = reports["report:hotline:h2"].body
    assert (odd.text, odd.waits_for, odd.place_code) == ("有怪味", "triage", "not_a_coordinate")
    assert reports["report:hotline:h2"].area == "319901001001"
    assert [(one.row, one.code) for one in refused] == [(4, "impossible_time"), (5, "missing")]
    again = told(
        run("report", "import", store, table(tmp_path, encoding), "--feed", "hotline", "--json")
    )
    assert (again["taken"], again["known_already"], again["refused_count"]) == (0, 4, 2)


def test_a_feed_must_be_one_of_reports(store, tmp_path):
    done = run("report", "import", store, table(tmp_path, "utf-8"), "--feed", "owls")
    assert done.exception.code == "unknown_feed"


def test_a_report_is_sent_and_its_case_moved(store):
    fields = {
        "channel": "window",
        "type": "manhole",
        "text": "x",
        "where": {"area": "319901001001"},
    }
    sent = told(run("report", "send", store, json.dumps(fields), "--json"))
    assert sent["report"].startswith("report:intake:")
    case = sent["report"].replace("report:", "case:")
    listed = run("case", "list", store, "--json")
    assert [json.loads(line)["case"] for line in listed.output.splitlines()] == [case]
    work = json.dumps({"outcome": "fixed"})
    assert run("case", "move", store, case, "report_back", work).exit_code == 0
    refused = run("case", "move", store, case, "return", json.dumps({"reason": "not ours"}))
    assert refused.exception.code == "move_not_allowed"
    assert run("case", "move", store, case, "fly").exception.code == "unknown_move"
    shown = [json.loads(line) for line in run("case", "show", store, case).output.splitlines()]
    assert shown[0]["state"] == "reported_back"
    assert "CaseReportedBack" in [one.get("kind") for one in shown]
