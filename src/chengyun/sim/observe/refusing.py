"""What could not be taken: counted by reason, and kept with file and row for correction."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from chengyun.sim.observe.result import RefusedLine

FILE: Final = "refused.csv"
MAX_EXAMPLES: Final = 5
"""How many rows of each reason a report names; the file has all of them."""

_HEADER: Final = ("file", "row", "sensor", "at", "code", "what", "raw")


class Refusals:
    """Writes ``refused.csv`` as the refusals come, and counts them."""

    def __init__(self, folder: Path) -> None:
        self._file = (folder / FILE).open("w", encoding="utf-8", newline="")
        self._table = csv.writer(self._file, lineterminator="\n")
        self._table.writerow(_HEADER)
        self._counts: dict[str, int] = {}
        self._examples: dict[str, list[str]] = {}

    def note(
        self,
        file: str,
        row: int,
        code: str,
        *,
        params: Mapping[str, str],
        raw: str,
        sensor: str = "",
        at: str = "",
    ) -> None:
        """Keep one row or value; ``row`` is the line of the file."""
        what = "; ".join(f"{name}: {value}" for name, value in params.items())
        self._table.writerow([file, row, sensor, at, code, what, raw])
        self._counts[code] = self._counts.get(code, 0) + 1
        examples = self._examples.setdefault(code, [])
        if len(examples) < MAX_EXAMPLES:
            said = f" ({raw[:60]})" if raw else ""
            examples.append(f"{file}, row {row}{said}")

    def lines(self) -> list[RefusedLine]:
        """Return the reasons, the most frequent first."""
        order = sorted(self._counts, key=lambda code: (-self._counts[code], code))
        return [
            RefusedLine(code=code, count=self._counts[code], examples=self._examples[code])
            for code in order
        ]

    def close(self) -> None:
        """Close the file."""
        self._file.close()
