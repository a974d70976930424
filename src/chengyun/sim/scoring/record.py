"""What a platform did, read from its store: incidents, cases, warnings, silences.

This is the only file of the scoring that knows Chengyun's store. Another system takes part by
writing the same ``Record``; see docs/benchmark.md.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, NamedTuple

from chengyun.adapters.sql.reading import StoreReader
from chengyun.engine import codec
from chengyun.warn.rules import LEVELS

KINDS: Final = (
    "ReportReceived",
    "IncidentOpened",
    "ReportMerged",
    "ReportSplit",
    "CaseFiled",
    "CaseDispatched",
    "CaseReportedBack",
    "CaseReworked",
    "CaseReopened",
    "CaseClosed",
    "CaseFellDue",
    "WarningRaised",
    "WarningChanged",
    "WarningCleared",
    "FeedFellSilent",
    "ReportRated",
    "UnitFailed",
)
SEVERE: Final = ("orange", "red")


class Case:
    """A case or a task."""

    def __init__(self, name: str, incident: str, report: str, type_: str, at: int) -> None:
        self.name, self.incident, self.first, self.type = name, incident, report, type_
        self.filed_at = at
        self.members = [report] if report else []
        self.units: list[str] = []
        self.back_at = 0
        self.closed_at = 0
        self.reworks = 0
        self.area = ""
        self.fell_due_at = 0


class Warned:
    """A warning from its onset to its end."""

    def __init__(self, name: str, sign: str, type_: str, area: str, at: int) -> None:
        self.name, self.sign, self.type, self.area, self.at = name, sign, type_, area, at
        self.cleared_at = 0
        self.severe = False
        self.highest = ""


class Join(NamedTuple):
    """A report came into an incident, by opening it or by being merged."""

    report: str
    incident: str
    at: int
    opened: bool


class Record:
    """Everything that is scored."""

    def __init__(self) -> None:
        self.received: set[str] = set()
        self.joins: list[Join] = []
        self.cases: dict[str, Case] = {}
        self.warnings: dict[str, Warned] = {}
        self.silent: list[tuple[int, str]] = []
        self.rated = 0
        self.solved = 0
        self.satisfied = 0
        self.failed_units = 0
        self.parents: dict[str, str] = {}

    def case_of(self, incident: str) -> Case | None:
        """Return the case of an incident."""
        return self.cases.get("case:" + incident.partition(":")[2])


def read_record(store: Path, partition: str) -> Record:
    """Read a store from outside, fact by fact."""
    record = Record()
    with StoreReader(store) as reader:
        for stored in reader.of_kinds(partition, KINDS):
            fact = codec.read(stored)
            _note(record, fact.kind, fact.subject, fact.area, fact.known_at, fact.body)
    return record


def _note(record: Record, kind: str, subject: str, area: str, at: int, body: Any) -> None:
    match kind:
        case "ReportReceived":
            record.received.add(subject)
        case "IncidentOpened":
            record.joins.append(Join(body.report, subject, at, opened=True))
        case "ReportMerged":
            record.joins.append(Join(subject, body.incident, at, opened=False))
            case = record.case_of(body.incident)
            if case is not None:
                case.members.append(subject)
        case "ReportSplit":
            case = record.case_of(body.from_incident)
            if case is not None and body.report in case.members:
                case.members.remove(body.report)
        case "FeedFellSilent":
            record.silent.append((at, body.feed))
        case "ReportRated":
            record.rated += 1
            record.solved += body.solved
            record.satisfied += body.satisfied
        case "UnitFailed":
            record.failed_units += 1
        case _:
            _note_case(record, kind, subject, area, at, body)
            _note_warning(record, kind, subject, area, at, body)


def _note_case(record: Record, kind: str, subject: str, area: str, at: int, body: Any) -> None:
    if kind == "CaseFiled":
        filed = Case(subject, body.incident, body.report, body.type, at)
        filed.area = area
        record.cases[subject] = filed
    case = record.cases.get(subject)
    if case is None:
        return
    if kind == "CaseDispatched":
        case.units.append(body.unit)
    elif kind == "CaseReportedBack":
        case.back_at = case.back_at or at
    elif kind in ("CaseReworked", "CaseReopened"):
        case.reworks += 1
    elif kind == "CaseClosed":
        case.closed_at = at
    elif kind == "CaseFellDue":
        case.fell_due_at = at


def _note_warning(record: Record, kind: str, subject: str, area: str, at: int, body: Any) -> None:
    if kind == "WarningRaised":
        record.warnings[subject] = Warned(subject, body.sign, body.type, area, at)
    warned = record.warnings.get(subject)
    if warned is None:
        return
    if kind == "WarningCleared":
        warned.cleared_at = at
    else:
        warned.severe = warned.severe or body.level in SEVERE
        warned.highest = max(warned.highest, body.level, key=LEVELS.index)
