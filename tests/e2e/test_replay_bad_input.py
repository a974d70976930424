"""Rows and files as the world sends them: each refused with its reason, the rest goes on."""

import gzip
import json
import shutil
import sqlite3

import pytest
from replaying import BOSTON, chengyun, replay, sample, write_rows


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    return sample(tmp_path_factory.mktemp("rows") / "r.csv", seed=2, days=3, per_day=20)


def refused_in(out):
    with sqlite3.connect(out / "store" / "chengyun.db") as store:
        found = store.execute("SELECT file, row, code FROM p_refused_rows ORDER BY file, row")
        return found.fetchall()


def test_every_kind_of_bad_row_is_kept_with_its_number_and_reason(rows, tmp_path):
    bad = [dict(row) for row in rows]
    bad[3]["open_dt"] = "2026-02-30 10:00:00"
    bad[5]["latitude"], bad[5]["longitude"] = "48.85", "2.35"
    bad[7]["type"] = "Dragon Sighting"
    bad[9]["case_enquiry_id"] = ""
    bad[11]["case_enquiry_id"] = bad[1]["case_enquiry_id"]
    bad[13]["latitude"] = "north"
    bad[15]["location"] = "x" * 10_000_000
    bad[17]["closed_dt"] = "tomorrow"
    bad[19]["case_enquiry_id"] = "'; DROP TABLE facts; --"
    write_rows(tmp_path / "bad.csv", bad)
    report = replay(tmp_path / "out", tmp_path / "bad.csv")
    codes = {row: code for _, row, code in refused_in(tmp_path / "out")}
    assert codes[5] == "impossible_time"
    assert codes[7] == "outside_city"
    assert codes[9] == "unknown_type"
    assert codes[11] == "missing"
    assert codes[13] == "duplicate_id"
    assert codes[15] == "not_a_coordinate"
    assert codes[17] in {"line_too_long", "field_too_long", "row_too_long"}
    assert codes[19] == "impossible_time"
    assert report["refused"] == 7
    assert report["closings_refused"] == 1
    assert report["requests"] == len(rows) == report["reports"] + report["refused"]
    assert report["dead_letters"] == 0


def test_a_closing_before_the_opening_is_refused_and_the_request_stays(rows, tmp_path):
    bad = [dict(row) for row in rows]
    bad[4]["closed_dt"] = "2025-01-01 00:00:00"
    write_rows(tmp_path / "bad.csv", bad)
    report = replay(tmp_path / "out", tmp_path / "bad.csv")
    assert report["reports"] == len(rows)
    assert [code for _, _, code in refused_in(tmp_path / "out")] == ["closed_before_opened"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_other_encodings_are_normal_and_shown(rows, tmp_path, encoding):
    chinese = [row | {"location": "南京东路1号"} for row in rows]
    write_rows(tmp_path / "r.csv", chinese, encoding)
    report = replay(tmp_path / "out", tmp_path / "r.csv")
    assert report["refused"] == 0
    assert report["encodings"]["r.csv"].replace("_", "-") in {"utf-8-sig", "utf-8", "gb18030"}
    with sqlite3.connect(tmp_path / "out" / "store" / "chengyun.db") as store:
        body = store.execute("SELECT body FROM facts WHERE kind = 'ReportReceived'").fetchone()[0]
    assert json.loads(body)["place_text"] == "南京东路1号"


def test_only_the_row_that_cannot_be_decoded_is_refused(rows, tmp_path):
    write_rows(tmp_path / "r.csv", [row | {"location": "Straße"} for row in rows])
    lines = (tmp_path / "r.csv").read_bytes().split(b"\n")
    lines[4] = lines[4].replace("ß".encode(), b"\xff\xfe")
    (tmp_path / "r.csv").write_bytes(b"\n".join(lines))
    report = replay(tmp_path / "out", tmp_path / "r.csv")
    assert refused_in(tmp_path / "out") == [("r.csv", 5, "undecodable")]
    assert report["reports"] == len(rows) - 1


def test_a_file_that_was_cut_gives_its_rows_and_one_refusal(rows, tmp_path):
    write_rows(tmp_path / "r.csv", rows)
    packed = gzip.compress((tmp_path / "r.csv").read_bytes())
    (tmp_path / "cut.csv.gz").write_bytes(packed[: len(packed) * 3 // 4])
    report = replay(tmp_path / "out", tmp_path / "cut.csv.gz")
    codes = [code for _, _, code in refused_in(tmp_path / "out")]
    assert "file_cut" in codes
    assert 0 < report["reports"] < len(rows)


def test_a_file_of_another_schema_is_refused_and_the_other_goes_on(rows, tmp_path):
    write_rows(tmp_path / "r.csv", rows)
    (tmp_path / "other.csv").write_text("a,b,c\n1,2,3\n", encoding="utf-8")
    report = replay(tmp_path / "out", tmp_path / "other.csv", tmp_path / "r.csv")
    assert report["reports"] == len(rows)
    assert ("other.csv", 0, "other_schema") in refused_in(tmp_path / "out")


def test_nothing_readable_at_all_is_an_error_with_a_remedy(tmp_path):
    (tmp_path / "other.csv").write_text("a,b,c\n1,2,3\n", encoding="utf-8")
    done = chengyun(
        "replay", BOSTON, "--requests", tmp_path / "other.csv", "--out", tmp_path / "out", code=1
    )
    assert "case_enquiry_id" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_pack_with_a_mistake_never_starts(rows, tmp_path):
    shutil.copytree(BOSTON, tmp_path / "pack")
    city = tmp_path / "pack" / "city.yaml"
    city.write_text(city.read_text(encoding="utf-8").replace("zone:", "zoone:"), encoding="utf-8")
    write_rows(tmp_path / "r.csv", rows)
    done = chengyun(
        "replay", tmp_path / "pack", "--requests", tmp_path / "r.csv",
        "--out", tmp_path / "out", code=1,
    )  # fmt: skip
    assert "city.yaml" in done.stderr
    assert "zoone" in done.stderr
    assert not (tmp_path / "out").exists()


def test_the_public_download_schema_is_read_too(rows, tmp_path):
    renamed = []
    for row in rows:
        other = {
            {"target_dt": "sla_target_dt"}.get(name, name): value
            for name, value in row.items()
            if name not in {"closure_kind", "duplicate_of"}
        }
        other["closure_reason"] = (
            "Case Closed. Closed date : 2026-03-05 Duplicate of Existing Case"
            if row["closure_kind"] == "duplicate"
            else "Case Closed Case Resolved"
        )
        renamed.append(other)
    write_rows(tmp_path / "public.csv", renamed)
    report = replay(tmp_path / "out", tmp_path / "public.csv")
    assert report["reports"] == len(rows)
    labelled = sum(row["closure_kind"] == "duplicate" for row in rows if row["closed_dt"])
    assert report["duplicates"]["labelled"] == labelled
    assert report["on_time"] + report["overdue"] > 0
