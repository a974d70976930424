"""Reads recorded files into a timeline: what came in, and what was done about it.

The two are kept apart from the first moment: an ``Opening`` carries what was visible when the
request entered, a ``Closing`` what the city recorded later, and it enters at its own time only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from chengyun.adapters.files.tables import BadRow, Row, open_table
from chengyun.kernel.errors import ChengyunError, Rejected
from chengyun.kernel.instants import Instant
from chengyun.sense.policy import Feed
from chengyun.sense.rules import ObservationRow, OutcomeRow, Reading, Registers, ReportRow

Progress = Callable[[str, int], None]


class Opening(msgspec.Struct, frozen=True, gc=False):
    """A request as it entered."""

    at: Instant
    file: str
    row: int
    report: ReportRow


class Closing(msgspec.Struct, frozen=True, gc=False):
    """The recorded end of a request; nobody sees it before ``at``."""

    at: Instant
    file: str
    row: int
    report_id: str
    outcome: OutcomeRow


class Refusal(msgspec.Struct, frozen=True):
    """A row (or the closing of one) that could not be read."""

    at: Instant
    file: str
    row: int
    error: ChengyunError
    raw: str
    of_closing: bool


class Measured(msgspec.Struct, frozen=True, gc=False):
    """A measured value; known when its interval is over."""

    at: Instant
    file: str
    row: int
    observation: ObservationRow


Event = Opening | Closing | Refusal | Measured


class Truth(msgspec.Struct, frozen=True, gc=False):
    """What only the scorer may look at."""

    id: str
    file: str
    row: int
    opened_at: Instant
    closed_at: Instant | None
    type: str
    area: str
    police_district: str
    unit: str
    outcome: str
    duplicate_of: str


class FileRead(msgspec.Struct, frozen=True):
    """How a file was read, to be shown to the user."""

    file: str
    encoding: str
    rows: int
    refused: int
    of_observations: bool = False


class Recording(msgspec.Struct, frozen=True):
    """Everything that was read, in the order it enters."""

    events: list[Event]
    truths: dict[str, Truth]
    files: list[FileRead]
    first_at: Instant
    last_at: Instant
    """When the last request entered."""


def order_of(event: Event) -> tuple[int, int]:
    """Return the place of an event: at one instant openings before closings.

    Sorting is stable, so that events of one kind at one instant keep the order of their rows.
    """
    return (event.at, 1 if isinstance(event, Closing) else 0)


class _Reader:
    def __init__(self, feed: Feed, registers: Registers) -> None:
        self._feed = feed
        self._registers = registers
        self.events: list[Event] = []
        self.truths: dict[str, Truth] = {}
        self.files: list[FileRead] = []

    def read(self, path: Path, label: str, progress: Progress) -> None:
        encoding, rows, refused, at = "", 0, 0, Instant(0)
        try:
            with open_table(
                path, encoding=self._feed.encoding, delimiter=self._feed.delimiter
            ) as table:
                encoding = table.encoding
                reading = Reading(self._feed, table.columns, self._registers)
                for row in table:
                    rows += 1
                    at, bad = self._row(reading, row, label, at)
                    refused += bad
                    if rows % 1_000 == 0:
                        progress(label, rows)
        except Rejected as whole_file:
            refused += 1
            self.events.append(Refusal(at, label, 0, whole_file, "", of_closing=False))
        self.files.append(FileRead(label, encoding, rows, refused))

    def _row(
        self, reading: Reading, row: Row | BadRow, label: str, at: Instant
    ) -> tuple[Instant, int]:
        if isinstance(row, BadRow):
            error = Rejected(row.code, f"row {row.number} cannot be read", params=row.params)
            self.events.append(Refusal(at, label, row.number, error, row.raw, of_closing=False))
            return at, 1
        try:
            report = reading.report(row.values)
            self._check_new(report)
        except Rejected as wrong:
            raw = "\x1f".join(row.values)
            self.events.append(Refusal(at, label, row.number, wrong, raw, of_closing=False))
            return at, 1
        self.events.append(Opening(report.opened_at, label, row.number, report))
        self._closing(reading, row, label, report)
        return report.opened_at, 0

    def _check_new(self, report: ReportRow) -> None:
        if report.id in self.truths:
            raise Rejected(
                "duplicate_id",
                f"the id {report.id!r} came before",
                where="id",
                remedy="give every request an id of its own",
                params={"field": "id", "value": report.id},
            )

    def _closing(self, reading: Reading, row: Row, label: str, report: ReportRow) -> None:
        outcome: OutcomeRow | None = None
        try:
            outcome = reading.outcome(row.values)
        except Rejected as wrong:
            raw = "\x1f".join(row.values)
            self.events.append(
                Refusal(report.opened_at, label, row.number, wrong, raw, of_closing=True)
            )
        if outcome is not None:
            at = max(outcome.closed_at, report.opened_at)
            self.events.append(Closing(at, label, row.number, report.id, outcome))
        self.truths[report.id] = Truth(
            id=report.id,
            file=label,
            row=row.number,
            opened_at=report.opened_at,
            closed_at=None if outcome is None else outcome.closed_at,
            type=report.type,
            area=report.area,
            police_district=report.attributes.get("police_district", ""),
            unit=reading.recorded_unit(row.values),
            outcome="" if outcome is None else outcome.outcome,
            duplicate_of="" if outcome is None else outcome.duplicate_of,
        )


def read_requests(
    feed: Feed, registers: Registers, paths: Sequence[Path], progress: Progress
) -> Recording:
    """Read the files of a request feed; a file that cannot be read is refused, the rest goes on.

    Raises ``Rejected`` where nothing at all could be read.
    """
    reader = _Reader(feed, registers)
    for path, label in zip(paths, _labels(paths), strict=True):
        reader.read(path, label, progress)
    opened = [event.at for event in reader.events if isinstance(event, Opening)]
    if not opened:
        reasons = "; ".join(
            str(event.error) for event in reader.events if isinstance(event, Refusal)
        )
        raise Rejected(
            "nothing_read",
            f"no request could be read: {reasons[:2_000] or 'the files are empty'}",
            remedy="give files of the schema that the pack's feed declares",
        )
    first_at = min(opened)
    events = [_not_before(event, first_at) for event in reader.events]
    return Recording(
        events=sorted(events, key=order_of),
        truths=reader.truths,
        files=reader.files,
        first_at=first_at,
        last_at=max(opened),
    )


def _not_before(event: Event, first_at: Instant) -> Event:
    """A row that was refused before anything else entered is known when the replay begins."""
    if isinstance(event, Refusal) and event.at < first_at:
        return msgspec.structs.replace(event, at=first_at)
    return event


def _labels(paths: Sequence[Path]) -> Iterator[str]:
    """Yield a name for each file; the second of one name is told apart."""
    seen: dict[str, int] = {}
    for path in paths:
        seen[path.name] = seen.get(path.name, 0) + 1
        yield path.name if seen[path.name] == 1 else f"{path.name}#{seen[path.name]}"


def _observation(reading: Reading, row: Row | BadRow) -> ObservationRow:
    if isinstance(row, BadRow):
        raise Rejected(row.code, f"row {row.number} is unreadable", params=row.params)
    return reading.observation(row.values)


def read_observations(
    feed: Feed, registers: Registers, path: Path, between: tuple[Instant, Instant]
) -> tuple[list[Event], FileRead]:
    """Read a file of measured values; those over between two instants are part of the replay."""
    events: list[Event] = []
    rows = refused = 0
    from_at, until_at = between
    with open_table(path, encoding=feed.encoding, delimiter=feed.delimiter) as table:
        reading = Reading(feed, table.columns, registers)
        for row in table:
            rows += 1
            try:
                value = _observation(reading, row)
            except Rejected as wrong:
                refused += 1
                raw = row.raw if isinstance(row, BadRow) else "\x1f".join(row.values)
                events.append(Refusal(from_at, path.name, row.number, wrong, raw, of_closing=False))
                continue
            if from_at <= value.until_at <= until_at:
                events.append(Measured(value.until_at, path.name, row.number, value))
    return events, FileRead(path.name, table.encoding, rows, refused, of_observations=True)
