"""Writes the golden store of this release, once, when it is made: ``python tests/golden/make.py``.

A golden store is a small city as this release wrote it: two days of seeded requests, replayed.
It is never written again; each later release must open it (``tests/simulation/test_golden.py``)
and upgrade it (``tests/e2e/test_backup.py``). Keep it below ``MAX_BYTES``.
"""

from __future__ import annotations

import gzip
import json
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).parent
PACK = HERE.parents[1] / "cities" / "boston-311"
MAX_BYTES = 200_000


def chengyun(*words: object) -> str:
    """Run a command as a user would, and return what it printed."""
    return subprocess.run(
        [sys.executable, "-m", "chengyun", *map(str, words)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def main() -> None:
    """Replay, compact, pack; refuse to write over a golden store that is there."""
    target = HERE / f"store-{metadata.version('chengyun')}.db.gz"
    if target.exists():
        sys.exit(f"{target} is there: a golden store is never written again")
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        rows = work / "requests.csv"
        chengyun("sample", PACK, "--out", rows, "--seed", 1, "--days", 2, "--per-day", 15)
        chengyun("replay", PACK, "--requests", rows, "--out", work, "--json")
        with closing(sqlite3.connect(work / "store" / "chengyun.db")) as store:
            store.execute("VACUUM INTO ?", [str(work / "small.db")])
        packed = gzip.compress((work / "small.db").read_bytes(), 9, mtime=0)
        verdicts = json.loads(chengyun("audit", "verify", work, "--json"))
        state = json.loads(chengyun("audit", "state-hash", work, "--json"))
    if len(packed) > MAX_BYTES:
        sys.exit(f"{len(packed):,} bytes, at most {MAX_BYTES:,}: make fewer requests")
    target.write_bytes(packed)
    about = {"facts": sum(one["facts"] for one in verdicts), **state}
    target.with_name(target.name.replace(".db.gz", ".json")).write_text(
        json.dumps(about, indent=2) + "\n", encoding="utf-8"
    )
    print(f"{target}: {len(packed):,} bytes, {about['facts']} facts")


if __name__ == "__main__":
    main()
