"""What a store holds of the cases of a ledger, read in a process of its own.

``python -m benchmarks.cases_kept STORE LEDGER`` counts, case by case, the facts that the commands
of the ledger must have left, and compares where each case stands.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Final

from chengyun.adapters.sql.reading import StoreReader
from chengyun.engine import codec
from chengyun.facts.envelope import OPERATIONS
from chengyun.handle.views import CASES

LEFT_BY: Final = {
    "TakeReport": "ReportTaken",
    "AcceptCase": "CaseAccepted",
    "ReturnCase": "CaseReturned",
    "AskExtension": "ExtensionAsked",
    "DecideExtension": "ExtensionDecided",
    "ReportWork": "WorkReported",
    "VerifyCase": "CaseVerified",
    "RateReport": "ReportRated",
}
"""The fact that each command leaves, once."""


def compared(store: Path, ledger: dict[str, Any]) -> dict[str, Any]:
    """Return what is lost, doubled or stands elsewhere, with an example of each."""
    command_of = {kind: command for command, kind in LEFT_BY.items()}
    kept: Counter[tuple[str, str]] = Counter()
    ids: set[str] = set()
    with StoreReader(store) as reader:
        (partition,) = {name for name, chain, _ in reader.chains() if chain == OPERATIONS}
        for stored in reader.facts(partition):
            header = codec.header_of(stored)
            ids.add(header.id)
            if header.kind in command_of:
                case = f"case:{header.subject.partition(':')[2]}"
                kept[case, command_of[header.kind]] += 1
        states = {row.case: row.state for row in reader.rows(CASES, partition)}
    lost = [name for name in ledger["facts"] if name not in ids]
    doubled: list[str] = []
    for case, done in ledger["done"].items():
        for command, times in done.items():
            found, open_ = kept[case, command], ledger["unsure"].get(case) == command
            lost += [f"{command} of {case}"] * max(0, times - found)
            doubled += [f"{command} of {case}"] * max(0, found - times - open_)
    elsewhere = [
        f"{case} {states.get(case)} instead of {state}"
        for case, state in ledger["states"].items()
        if case not in ledger["unsure"] and states.get(case) != state
    ]
    return {
        "lost": len(lost),
        "doubled": len(doubled),
        "elsewhere": len(elsewhere),
        "for_example": [*lost[:3], *doubled[:3], *elsewhere[:3]],
    }


if __name__ == "__main__":
    print(json.dumps(compared(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text()))))
