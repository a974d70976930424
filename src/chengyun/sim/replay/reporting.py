"""From the store to the report: every figure is read again from what is on disk."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import msgspec

from chengyun.adapters.sql.counting import Wanted
from chengyun.adapters.sql.reading import StoreReader
from chengyun.app import packs
from chengyun.assess.views import INCIDENTS
from chengyun.engine import codec
from chengyun.engine.deadletters import DEAD_LETTERS
from chengyun.facts.assess import ReportMerged, ReportSplit
from chengyun.facts.dispatch import RouteProposed
from chengyun.facts.envelope import OPERATIONS, Fact
from chengyun.facts.handle import ReportClosed
from chengyun.facts.registers import City
from chengyun.facts.sense import FeedFellSilent, FeedResumed, ReportReceived
from chengyun.facts.warn import WarningRaised
from chengyun.handle.views import CASES, MEMBERS
from chengyun.kernel.instants import DAY_US, MINUTE_US, Instant, to_datetime, to_text, zone
from chengyun.kernel.limits import MAX_NUMBER
from chengyun.learn.marks import GIVEN
from chengyun.learn.views import FIGURES, PROPOSALS
from chengyun.sense.views import REFUSED
from chengyun.sim.replay import scores
from chengyun.sim.replay.recording import Truth
from chengyun.sim.replay.result import (
    DayLine,
    ProposalLine,
    RefusedLine,
    Result,
    UnitLine,
    WarningLine,
)
from chengyun.sim.replay.run import STORE, Plan
from chengyun.sim.replay.scores import Merge, Proposal
from chengyun.warn.views import WARNINGS, WarningRow

CLOSING = " (closing)"
_SUMMED = (
    "reports",
    "doubted",
    "closed",
    "on_time",
    "overdue",
    "without_deadline",
)


class Read(msgspec.Struct):
    """What one pass over the log gathers."""

    proposals: dict[str, Proposal]
    merges: dict[str, Merge]
    reports: dict[str, Counter[str]]
    """Counts by local day: ``reports``, ``merged``, ``closed``, ``warnings``."""
    right: dict[str, Counter[str]]
    silences: list[tuple[int, int]]
    facts: int


_COUNTED = {ReportReceived.__name__: "reports", ReportClosed.__name__: "closed"}
"""Kinds of which only the day counts."""

_READ = frozenset(
    body.__name__
    for body in (
        RouteProposed,
        ReportMerged,
        ReportSplit,
        WarningRaised,
        FeedFellSilent,
        FeedResumed,
    )
)
_QUARTER_US = 15 * MINUTE_US
"""Zones shift by whole quarters of an hour: the day is asked once a quarter."""


def read_log(reader: StoreReader, plan: Plan, city_zone: ZoneInfo) -> Read:
    """Go once over those facts of the operations chain that the report counts."""
    heads = {(partition, chain): head for partition, chain, head in reader.chains()}
    read = Read({}, {}, {}, {}, [], heads[plan.partition, OPERATIONS].seq)
    silent_since: int | None = None
    day_of = _Days(city_zone)
    for kind, at in reader.happened_at(plan.partition, _COUNTED):
        read.reports.setdefault(day_of[at // _QUARTER_US], Counter())[_COUNTED[kind]] += 1
    for stored in reader.of_kinds(plan.partition, _READ):
        fact = codec.read(stored)
        _count(read, fact, day_of[fact.happened_at // _QUARTER_US], plan)
        body = fact.body
        if isinstance(body, FeedFellSilent) and body.feed == plan.feed:
            silent_since = body.since_at
        elif isinstance(body, FeedResumed) and body.feed == plan.feed:
            read.silences.append((body.silent_since_at, int(fact.happened_at)))
            silent_since = None
    if silent_since is not None:
        read.silences.append((silent_since, int(plan.until)))
    return read


class _Days(dict[int, str]):
    """The local day of each quarter of an hour, by its number."""

    def __init__(self, city_zone: ZoneInfo) -> None:
        self._zone = city_zone

    def __missing__(self, quarter: int) -> str:
        day = to_datetime(Instant(quarter * _QUARTER_US), self._zone).date().isoformat()
        self[quarter] = day
        return day


def _count(read: Read, fact: Fact[Any], day: str, plan: Plan) -> None:
    body = fact.body
    if isinstance(body, RouteProposed):
        request = _request(body.report)
        units = tuple(one.unit for one in body.candidates)
        read.proposals[request] = Proposal(units, fact.known_at)
        truth = plan.recording.truths.get(request)
        if truth is not None and truth.unit:
            of_day = read.right.setdefault(day, Counter())
            of_day["scored"] += 1
            of_day["right"] += units[:1] == (truth.unit,)
    elif isinstance(body, ReportMerged):
        merged_into = _request(body.incident)
        read.merges[_request(body.report)] = Merge(merged_into, body.likeness.rate_ppm)
        read.reports.setdefault(day, Counter())["merged"] += 1
    elif isinstance(body, ReportSplit):
        read.merges.pop(_request(body.report), None)
    elif isinstance(body, WarningRaised):
        read.reports.setdefault(day, Counter())["warnings"] += 1


def _request(identifier: str) -> str:
    """Return the id under which the city knows a report: the last part of ours."""
    return unquote(identifier.rpartition(":")[2])


def gather(plan: Plan, out: Path) -> Result:
    """Read the store under ``out`` and return the report; writes the two tables for scorers.

    What the run itself took, and the hash of its state, are for the caller to fill in.
    """
    city_zone = zone(packs.section(plan.pack, City).zone)
    recording = plan.recording
    with StoreReader(out / STORE) as reader:
        read = read_log(reader, plan, city_zone)
        write_tables(out, read, recording.truths.values(), city_zone)
        figures = reader.sums(FIGURES, plan.partition, _SUMMED, by="unit")
        cases = Counter(reader.counts(CASES, plan.partition, by="state"))
        refused = list(reader.rows(REFUSED, plan.partition))
        ended = cases["reported_back"] + cases["verified"] + cases["closed"]
        duplicates, by_file = scores.score_duplicates(recording.truths, read.merges)
        still_overdue, still_without = _still_open(reader, plan)
        return Result(
            requests=sum(file.rows for file in recording.files if file.file not in _rain(plan)),
            refused=sum(
                row.row > 0 and row.feed == plan.feed and CLOSING not in row.file for row in refused
            ),
            closings_refused=sum(CLOSING in row.file for row in refused),
            reports=_total(figures, "reports"),
            incidents=sum(reader.counts(INCIDENTS, plan.partition, by="open").values()),
            merged=len(read.merges),
            suspected_wrong_merges=_total(figures, "doubted"),
            cases=sum(cases.values()),
            closed=ended,
            reported_back=cases["reported_back"],
            verified=cases["verified"] + cases["closed"],
            open=sum(cases.values()) - ended,
            on_time=_total(figures, "on_time"),
            overdue=_total(figures, "overdue") + still_overdue,
            without_deadline=_total(figures, "without_deadline") + still_without,
            routing=scores.score_routing(
                recording.events, recording.truths, read.proposals, plan.until
            ),
            duplicates=duplicates,
            duplicates_by_file=by_file,
            warnings=[
                warning_line(row, city_zone) for row in reader.rows(WARNINGS, plan.partition)
            ],
            refused_rows=list(_refused_lines(refused)),
            proposals=list(_proposals(reader, plan)),
            units=list(_units(figures, _given(reader, plan))),
            days=list(_days(read, plan, city_zone)),
            encodings={file.file: file.encoding for file in recording.files},
            facts=read.facts,
            dead_letters=sum(reader.counts(DEAD_LETTERS, plan.partition, by="handler").values()),
            from_=to_text(recording.first_at, city_zone),
            until=to_text(plan.until, city_zone),
            pack=plan.partition,
            policy_version=plan.pack.version,
            seed=plan.seed,
            state_hash="",
            elapsed_s=0.0,
            peak_rss_mb=0.0,
        )


def _rain(plan: Plan) -> set[str]:
    return {file.file for file in plan.recording.files if file.of_observations}


def _total(figures: Mapping[str, Mapping[str, int]], name: str) -> int:
    return sum(of_unit[name] for of_unit in figures.values())


def _still_open(reader: StoreReader, plan: Plan) -> tuple[int, int]:
    """Return how many open reports are past their deadline, and how many have none."""
    overdue = without = 0
    for member in reader.rows(MEMBERS, plan.partition, open=True):
        if member.due_at is None:
            without += 1
        elif member.due_at < plan.until:
            overdue += 1
    return overdue, without


def warning_line(row: WarningRow, city_zone: ZoneInfo) -> WarningLine:
    """Return a warning as a report shows it."""
    return WarningLine(
        sign=row.sign,
        type=row.type,
        area=row.area,
        level=row.highest,
        onset=to_text(Instant(row.onset_at), city_zone),
        cleared=None if row.cleared_at is None else to_text(Instant(row.cleared_at), city_zone),
        because=because(row.code, row.params),
    )


def because(code: str, params: dict[str, str]) -> str:
    """Render the reason of a warning in English."""
    hours = int(params.get("window_s", "0")) / 3_600
    value = int(params.get("value_micro", "0")) / 1_000_000
    if code == "unusual_demand":
        expected = int(params["expected_ppm"]) / 1_000_000
        decades = int(params["surprise_milli"]) / 1_000
        kind = "reports" if params["series"] == "raw" else "moments with reports"
        return (
            f"{value:g} {kind} in {hours:g} h, {expected:.3g} expected "
            f"(one chance in 10^{decades:.1f})"
        )
    return f"{value:g} measured over {hours:g} h"


def _refused_lines(refused: list[Any]) -> Iterator[RefusedLine]:
    by_code: dict[str, list[Any]] = {}
    for row in refused:
        by_code.setdefault(row.code, []).append(row)
    for code, rows in sorted(by_code.items(), key=lambda one: (-len(one[1]), one[0])):
        first = min(rows, key=lambda row: (row.file, row.row))
        yield RefusedLine(code=code, rows=len(rows), example=f"{first.file}, row {first.row}")


def _proposals(reader: StoreReader, plan: Plan) -> Iterator[ProposalLine]:
    for row in reader.rows(PROPOSALS, plan.partition):
        yield ProposalLine(
            about=row.about,
            type=row.type,
            now=", ".join(row.now.values()),
            proposed=", ".join(row.proposed.values()),
            evidence=row.evidence,
        )


def _given(reader: StoreReader, plan: Plan) -> dict[str, int]:
    """Return how many cases were given to each unit."""
    wanted = Wanted(mark=GIVEN.name, from_at=-MAX_NUMBER, until_at=MAX_NUMBER)
    found = reader.marks_counted(plan.partition, wanted, "unit")
    return {unit: counted.marks for unit, counted in found.items()}


def _units(
    figures: Mapping[str, Mapping[str, int]], given: Mapping[str, int]
) -> Iterator[UnitLine]:
    nothing = {"closed": 0, "on_time": 0, "overdue": 0}
    by_unit = {unit: figures.get(unit, nothing) for unit in figures.keys() | given.keys() if unit}
    for unit, counts in sorted(by_unit.items(), key=lambda one: (-one[1]["closed"], one[0])):
        yield UnitLine(
            unit=unit,
            dispatched=given.get(unit, 0),
            closed=counts["closed"],
            on_time=counts["on_time"],
            overdue=counts["overdue"],
        )


def _days(read: Read, plan: Plan, city_zone: ZoneInfo) -> Iterator[DayLine]:
    at, last = plan.recording.first_at, plan.until
    seen = ""
    while at < last + DAY_US:
        day = to_datetime(Instant(min(at, last)), city_zone).date().isoformat()
        at = Instant(at + DAY_US)
        if day == seen:
            continue
        seen = day
        counts, right = read.reports.get(day, Counter()), read.right.get(day)
        noon = at - DAY_US // 2
        yield DayLine(
            day=day,
            known=bool(counts["reports"])
            or not any(since <= noon <= until for since, until in read.silences),
            reports=counts["reports"],
            merged=counts["merged"],
            closed=counts["closed"],
            warnings=counts["warnings"],
            top1=None if right is None else round(right["right"] / right["scored"], 4),
        )


def write_tables(out: Path, read: Read, truths: Iterable[Truth], city_zone: ZoneInfo) -> None:
    """Write ``routing.csv`` and ``merges.csv``, in the order of the rows, for other scorers."""
    accepted = [truth.id for truth in truths if truth.id in read.proposals]
    with (out / "routing.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["request", "proposed_1", "proposed_2", "proposed_3", "proposed_at"])
        for request in accepted:
            proposal = read.proposals[request]
            units = [*proposal.units[:3], "", "", ""][:3]
            table.writerow([request, *units, to_text(proposal.at, city_zone)])
    with (out / "merges.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["request", "merged_into", "score_ppm"])
        for request in accepted:
            if request in read.merges:
                merge = read.merges[request]
                table.writerow([request, merge.incident, merge.score_ppm])
