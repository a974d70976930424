"""Reads recorded files into one timeline: every value with its instant, its row and when it is due.

Values stay text. What is refused here are rows of which nobody can tell when or by whom they were
said; all else is for the wire to judge.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from chengyun.adapters.files.tables import BadRow, Row, open_table
from chengyun.facts.columns import Handles, Longs
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant
from chengyun.kernel.limits import MAX_KEPT_RAW_CHARS, MAX_RECORDED_VALUES
from chengyun.sense.policy import RecordedTable
from chengyun.sense.recorded import RecordedRows
from chengyun.sim.observe.refusing import Refusals
from chengyun.sim.observe.result import FileLine

Progress = Callable[[str, int], None]


class Timeline(NamedTuple):
    """All values in the order in which they come in; columns of one length."""

    sensors: list[str]
    """Every id that was named, in the order of its first value."""
    due: Longs
    at: Longs
    sensor: Handles
    """The place in ``sensors``."""
    file: Handles
    row: Longs
    text: list[str]
    files: list[FileLine]
    unsaid: Counter[str]
    ambiguous: int

    def __len__(self) -> int:
        return len(self.due)

    @property
    def first_at(self) -> Instant:
        """Return the earliest instant of any value."""
        return Instant(int(self.at.min()))


class _Columns:
    def __init__(self) -> None:
        self.sensors: dict[str, int] = {}
        self.due, self.at, self.row = array("q"), array("q"), array("q")
        self.sensor, self.file = array("i"), array("i")
        self.text: list[str] = []
        self.unsaid: Counter[str] = Counter()
        self.ambiguous = 0

    def add(self, reading: RecordedRows, row: Row, file: int) -> None:
        said = reading.row(row.values)
        self.ambiguous += said.is_ambiguous
        self.unsaid.update(said.unsaid)
        for sensor, text in said.values:
            self.due.append(said.due)
            self.at.append(said.at)
            self.row.append(row.number)
            self.sensor.append(self.sensors.setdefault(sensor, len(self.sensors)))
            self.file.append(file)
            self.text.append(text)


def read_files(
    table: RecordedTable,
    units: dict[str, str],
    paths: Sequence[Path],
    refusals: Refusals,
    progress: Progress,
) -> Timeline:
    """Read all files of a recording; raises ``Rejected`` for a file that is none of its schema."""
    columns = _Columns()
    files = [
        _read(columns, table, units, number, path, refusals, progress)
        for number, path in enumerate(paths)
    ]
    if not columns.due:
        raise Rejected(
            "nothing_said",
            "there is not one value in these files",
            where=", ".join(path.name for path in paths),
            remedy="look into refused.csv for the reasons, and at the mapping in the pack",
        )
    due = np.frombuffer(columns.due, np.int64)
    order = np.argsort(due, kind="stable")
    text = columns.text
    return Timeline(
        sensors=list(columns.sensors),
        due=due[order],
        at=np.frombuffer(columns.at, np.int64)[order],
        sensor=np.frombuffer(columns.sensor, np.int32)[order],
        file=np.frombuffer(columns.file, np.int32)[order],
        row=np.frombuffer(columns.row, np.int64)[order],
        text=[text[place] for place in order.tolist()],
        files=files,
        unsaid=columns.unsaid,
        ambiguous=columns.ambiguous,
    )


def _read(
    columns: _Columns,
    declared: RecordedTable,
    units: dict[str, str],
    number: int,
    path: Path,
    refusals: Refusals,
    progress: Progress,
) -> FileLine:
    rows = refused = 0
    with open_table(path, encoding=declared.encoding, delimiter=declared.delimiter) as table:
        reading = RecordedRows(declared, table.columns, units)
        for row in table:
            rows += 1
            try:
                columns.add(reading, _whole(row), number)
            except Rejected as wrong:
                refused += 1
                raw = row.raw if isinstance(row, BadRow) else "\x1f".join(row.values)
                refusals.note(
                    path.name,
                    row.number,
                    wrong.code,
                    params=wrong.params,
                    raw=raw[:MAX_KEPT_RAW_CHARS].replace("\x1f", declared.delimiter),
                )
            if len(columns.due) > MAX_RECORDED_VALUES:
                raise Rejected(
                    "too_many_values",
                    f"the recording has more than {MAX_RECORDED_VALUES:,} values",
                    where=path.name,
                    remedy="cut it into shorter spans of time",
                    params={"limit": str(MAX_RECORDED_VALUES)},
                )
            if rows % 10_000 == 0:
                progress(path.name, rows)
        return FileLine(file=path.name, encoding=table.encoding, rows=rows, refused=refused)


def _whole(row: Row | BadRow) -> Row:
    if isinstance(row, BadRow):
        raise Rejected(row.code, f"row {row.number} cannot be read", params=row.params)
    return row
