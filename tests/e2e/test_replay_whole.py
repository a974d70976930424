"""A small city through the whole loop from the command line, checked from outside."""

import json
import sqlite3

import pytest
from replaying import chengyun, read_rows, replay, sample, write_rows

KEYS = {
    "requests", "refused", "reports", "incidents", "merged", "suspected_wrong_merges", "cases",
    "closed", "reported_back", "verified", "open", "on_time", "overdue", "routing", "duplicates",
    "warnings", "facts", "state_hash", "elapsed_s", "peak_rss_mb",
}  # fmt: skip


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    folder = tmp_path_factory.mktemp("city")
    rows = sample(folder / "requests.csv", seed=5, days=14, per_day=40)
    report = replay(folder / "out", folder / "requests.csv")
    return folder, rows, report


def test_the_report_has_every_promised_key_and_adds_up(city):
    _, rows, report = city
    assert set(report) >= KEYS
    assert report["requests"] == len(rows) == report["reports"] + report["refused"]
    assert report["reports"] == report["incidents"] + report["merged"]
    assert report["cases"] == report["incidents"] == report["closed"] + report["open"]
    assert report["closed"] == report["reported_back"] + report["verified"]
    assert report["verified"] == 0, "nobody verified a recorded closing"
    assert set(report["routing"]) == {"n", "top1", "top3", "baseline_top1", "type_district_top1"}
    assert set(report["duplicates"]) == {"labelled", "found", "precision", "recall"}
    assert report["dead_letters"] == 0


def test_deadlines_are_counted_only_where_there_are_any(city):
    _, rows, report = city
    until = report["until"][:19].replace("T", " ")
    with_deadline = [row for row in rows if row["target_dt"]]
    closed = [row for row in with_deadline if row["closed_dt"] and row["closed_dt"] <= until]
    on_time = sum(row["closed_dt"] <= row["target_dt"] for row in closed)
    still_open = [row for row in with_deadline if row not in closed]
    overdue = len(closed) - on_time + sum(row["target_dt"] < until for row in still_open)
    assert report["on_time"] == on_time
    assert report["overdue"] == overdue
    assert report["without_deadline"] == len(rows) - len(with_deadline)


def test_the_figures_of_the_report_are_those_of_the_two_tables(city):
    folder, rows, report = city
    proposals = {row["request"]: row for row in read_rows(folder / "out" / "routing.csv")}
    assert set(proposals) == {row["case_enquiry_id"] for row in rows}
    known = [row for row in rows if row["queue"]]
    right = sum(proposals[row["case_enquiry_id"]]["proposed_1"] == row["queue"] for row in known)
    scored = len(known)
    assert report["routing"]["n"] == scored
    assert report["routing"]["top1"] == pytest.approx(right / scored, abs=1e-6)
    merges = read_rows(folder / "out" / "merges.csv")
    assert len(merges) == report["merged"]
    assert all(int(row["score_ppm"]) >= 325_000 for row in merges)


def test_audit_finds_the_same_state_and_a_whole_chain(city):
    folder, _, report = city
    assert chengyun("audit", "state-hash", folder / "out").stdout.strip() == report["state_hash"]
    assert "whole" in chengyun("audit", "verify", folder / "out").stdout
    again = replay(folder / "again", folder / "requests.csv")
    assert again["state_hash"] == report["state_hash"]


def test_rebuilding_gives_the_same_state(city):
    folder, _, report = city
    done = json.loads(chengyun("rebuild", folder / "out", "--json").stdout)
    assert done == {"before": report["state_hash"], "after": report["state_hash"], "same": True}


def test_the_chain_of_a_case_leads_from_the_report_to_its_end(city):
    folder, rows, _ = city
    closed = next(row for row in rows if row["closed_dt"] and row["closure_kind"] != "duplicate")
    done = chengyun("trace", folder / "out", f"report:requests:{closed['case_enquiry_id']}")
    assert "ReportReceived" in done.stdout
    assert "ReportLocated" in done.stdout
    early = chengyun(
        "trace", folder / "out", f"report:requests:{closed['case_enquiry_id']}",
        "--as-of", "2026-03-01T00:00:00+00:00", code=1,
    )  # fmt: skip
    assert "nothing is known" in early.stderr


def test_the_platform_sees_no_outcome_before_its_time(city, tmp_path):
    """Scrambling every outcome after T changes no proposal and no merge made before T."""
    folder, rows, _ = city
    cut = "2026-03-10 12:00:00"
    later = [row for row in rows if row["closed_dt"] > cut or not row["closed_dt"]]
    units = [row["queue"] for row in later]
    kinds = [row["closure_kind"] for row in later]
    scrambled = []
    for row in rows:
        known = row["closed_dt"] and row["closed_dt"] <= cut
        other = {} if known else {"queue": units.pop(), "closure_kind": kinds.pop()}
        scrambled.append(row | other | ({} if known else {"duplicate_of": ""}))
    assert sum(a != b for a, b in zip(rows, scrambled, strict=True)) > 50
    write_rows(tmp_path / "scrambled.csv", scrambled)
    replay(tmp_path / "out", tmp_path / "scrambled.csv")
    for table in ("routing.csv", "merges.csv"):
        opened = {row["case_enquiry_id"]: row["open_dt"] for row in rows}
        told = [
            [row for row in read_rows(where / "out" / table) if opened[row["request"]] <= cut]
            for where in (folder, tmp_path)
        ]
        assert told[0] == told[1]


def test_a_changed_byte_anywhere_is_found(city, tmp_path):
    folder, _, _ = city
    store = tmp_path / "store"
    store.mkdir()
    source = sqlite3.connect(folder / "out" / "store" / "chengyun.db")
    copy = sqlite3.connect(store / "chengyun.db")
    source.backup(copy)
    source.close()
    copy.close()
    with sqlite3.connect(store / "chengyun.db") as copy:
        copy.execute(
            "UPDATE facts SET body = CAST(replace(CAST(body AS TEXT), 'a', 'b') AS BLOB) "
            "WHERE seq = 100"
        )
    done = chengyun("audit", "verify", tmp_path, code=1)
    assert "fact 100 is bad" in done.stdout


def test_a_folder_with_a_store_is_not_overwritten(city):
    folder, _, _ = city
    done = chengyun(
        "replay", "cities/boston-311", "--requests", folder / "requests.csv",
        "--out", folder / "out", code=1,
    )  # fmt: skip
    assert "--resume" in done.stderr
