"""Both Boston windows through the whole loop, twice: time, memory, the same state.

The figures of routing and duplicates are computed here again, from the recorded files and the
two tables the replay wrote, without any of its code.
"""

from __future__ import annotations

import csv
import gzip
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.running import arguments, audit, replay, report, windows

Row = dict[str, str]


def rows_of(path: Path) -> list[Row]:
    """Read a recorded file."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def routing_scores(rows: list[Row], table: Path, until: str) -> dict[str, float]:
    """Score ``routing.csv`` and both baselines, each knowing only what had closed."""
    with table.open(encoding="utf-8", newline="") as file:
        proposed = {
            row["request"]: [row[f"proposed_{place}"] for place in (1, 2, 3)]
            for row in csv.DictReader(file)
        }
    moments = [(row["open_dt"], 0, number) for number, row in enumerate(rows)]
    moments += [
        (row["closed_dt"], 1, number)
        for number, row in enumerate(rows)
        if row["closed_dt"] and row["closed_dt"] <= until
    ]
    right: Counter[str] = Counter()
    counts: dict[tuple[str, ...], Counter[str]] = {}
    for _, is_closing, number in sorted(moments):
        row = rows[number]
        chains = {
            "baseline_top1": ("n", row["type"], row["neighborhood"]),
            "type_district_top1": ("d", row["type"], row["police_district"]),
        }
        if is_closing:
            for key in (*chains.values(), ("t", row["type"]), ("all",)):
                counts.setdefault(key, Counter())[row["queue"]] += 1
            continue
        units = proposed[row["case_enquiry_id"]]
        right["top1"] += units[0] == row["queue"]
        right["top3"] += row["queue"] in units
        for name, fine in chains.items():
            known = counts.get(fine) or counts.get(("t", row["type"])) or counts.get(("all",))
            right[name] += known is not None and known.most_common(1)[0][0] == row["queue"]
    names = ("top1", "top3", "baseline_top1", "type_district_top1")
    return {name: round(right[name] / len(rows), 4) for name in names}


def duplicate_scores(rows: list[Row], table: Path, only: list[Row]) -> dict[str, float]:
    """Score ``merges.csv`` over the requests in ``only``."""
    with table.open(encoding="utf-8", newline="") as file:
        merged = {row["request"]: row["merged_into"] for row in csv.DictReader(file)}
    known = {row["case_enquiry_id"] for row in rows}
    found = 0
    for row in only:
        request, partner = row["case_enquiry_id"], row["duplicate_of"]
        if row["closure_kind"] != "duplicate" or request not in merged:
            continue
        named = partner in known and partner != request
        found += not named or merged.get(partner, partner) == merged[request]
    labelled = sum(row["closure_kind"] == "duplicate" for row in only)
    tried = sum(row["case_enquiry_id"] in merged for row in only)
    return {
        "labelled": labelled,
        "merged": tried,
        "found": found,
        "precision": round(found / tried, 4) if tried else 0.0,
        "recall": round(found / labelled, 4) if labelled else 0.0,
    }


def main() -> None:
    """Run the benchmark."""
    given = arguments(__doc__)
    files = windows(given.data)
    files = files[:1] if given.quick else files
    rain = given.data / "boston-311" / "rainfall_daily.csv"
    more = ["--rain", str(rain)] if rain.exists() else []
    with tempfile.TemporaryDirectory() as folder:
        outs = [Path(folder) / "first", Path(folder) / "second"]
        runs = [replay(files, out, *more) for out in outs]
        rows = [row for path in files for row in rows_of(path)]
        until = runs[0]["until"][:19].replace("T", " ")
        result: dict[str, Any] = {
            "requests": len(rows),
            "elapsed_s": [run["elapsed_s"] for run in runs],
            "peak_rss_mb": max(run["peak_rss_mb"] for run in runs),
            "facts": runs[0]["facts"],
            "same_state": runs[0]["state_hash"] == runs[1]["state_hash"]
            and audit(outs[0], "state-hash") == runs[1]["state_hash"],
            "chain": audit(outs[0], "verify"),
            "routing": routing_scores(rows, outs[0] / "routing.csv", until),
            "duplicates": {
                path.name: duplicate_scores(rows, outs[0] / "merges.csv", rows_of(path))
                for path in files
            },
            "told": {"routing": runs[0]["routing"], "duplicates": runs[0]["duplicates_by_file"]},
        }
    report(result)
    sys.exit(0 if result["same_state"] else 1)


if __name__ == "__main__":
    main()
