"""Counts the figures again from the facts alone, by their definitions: slow, and with nothing kept.

Each case is cut into its runs, and of a run every mark is looked up by itself; nothing is shared
with the code that is tested but the names.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from chengyun.facts.envelope import Fact

FOUND = {"response", "officer", "grid_officer", "sensor", "camera", "inspection"}
SECOND_US = 1_000_000


class Seen(NamedTuple):
    """A mark as the facts tell it."""

    mark: str
    at: int
    case: str
    type: str
    area: str
    unit: str
    channel: str
    met: bool = False
    also: bool = False
    took_s: int = 0
    hands: int = 0


def recounted(facts: list[Fact[Any]]) -> list[Seen]:
    """Return every mark that stands after these facts."""
    channels = {one.subject: one.body.channel for one in facts if one.kind == "ReportReceived"}
    by_case: dict[str, list[Fact[Any]]] = {}
    for one in facts:
        name = one.body.case if one.kind in ("ReportRated", "CalledBack") else one.subject
        if name.startswith("case:"):
            by_case.setdefault(name, []).append(one)
    found: list[Seen] = []
    for case, about in by_case.items():
        filed = about[0]
        assert filed.kind == "CaseFiled"
        report = filed.body.report
        channel = channels[report] if report else "response"
        types = [one.body.type for one in about if one.kind in ("CaseFiled", "CaseReclassified")]
        whose = (case, types[-1], filed.area)
        for number, run in enumerate(_runs(about)):
            due_at = run[0].body.due_at if hasattr(run[0].body, "due_at") else filed.body.due_at
            marks = _of_run(run, number, channel, due_at)
            found += (Seen(*one[:2], *whose[:3], one[2], channel, *one[3:]) for one in marks)
    return found


def _runs(about: list[Fact[Any]]) -> Iterator[list[Fact[Any]]]:
    run: list[Fact[Any]] = []
    closed = False
    for one in about:
        if one.kind == "CaseReopened" or (one.kind == "CaseReworked" and closed):
            yield run
            run, closed = [], False
        closed = closed or one.kind == "CaseClosed"
        run.append(one)
    yield run


def _of_run(run: list[Fact[Any]], number: int, channel: str, due_at: int | None) -> Iterator[Any]:
    first = run[0]
    given = [one for one in run if one.kind == "CaseDispatched"]
    if number == 0:
        unit = given[0].body.unit if given else ""
        yield "filed", first.happened_at, unit, channel in FOUND
    else:
        yield "reopened", first.happened_at, first.body.unit
    yield from _given(run, given)
    yield from _due(run, given, due_at)
    yield from _handled(run, len(given) + int(number > 0))
    last: dict[tuple[str, str], Fact[Any]] = {}
    for one in run:
        if one.kind == "CaseReturned":
            yield "returned", one.happened_at, one.body.unit
        if one.kind == "CalledBack":
            yield "called", one.happened_at, _holder(run, one), one.body.reached
        if one.kind in ("ReportRated", "CalledBack"):
            for question in ("solved", "satisfied"):
                if getattr(one.body, question) is not None:
                    last[question, one.body.report] = one
    for (question, _), one in last.items():
        mark = {"solved": "resolution", "satisfied": "satisfaction"}[question]
        yield mark, one.happened_at, _holder(run, one), getattr(one.body, question)


def _holder(run: list[Fact[Any]], at: Fact[Any]) -> str:
    """Return whose the case is when ``at`` happens."""
    gives = ("CaseDispatched", "CaseReportedBack", "CaseReworked", "CaseReopened")
    before = [one for one in run if one.seq < at.seq and one.kind in (*gives, "CaseReturned")]
    return before[-1].body.unit if before and before[-1].kind in gives else ""


def _given(run: list[Fact[Any]], given: list[Fact[Any]]) -> Iterator[Any]:
    for place, one in enumerate(given):
        until = given[place + 1].seq if place + 1 < len(given) else run[-1].seq + 1
        while_had = [other.kind for other in run if one.seq < other.seq < until]
        lost = place + 1 < len(given) or "CaseReturned" in while_had
        answers = ("CaseAccepted", "ReporterContacted", "CaseReportedBack")
        yield "given", one.happened_at, one.body.unit, any(a in while_had for a in answers), lost


def _due(run: list[Fact[Any]], given: list[Fact[Any]], due_at: int | None) -> Iterator[Any]:
    began = run[0].happened_at
    for one in run:
        if one.kind == "CaseFellDue":
            yield "overdue", max(one.body.due_at, began), one.body.unit
    if due_at is None:
        return
    at = max(due_at, began)
    unit = getattr(run[0].body, "unit", "") or (given[0].body.unit if given else "")
    for one in given:
        unit = one.body.unit if one.happened_at <= at else unit
    closed = any(one.kind == "CaseClosed" for one in run)
    backs = [one.happened_at for one in run if one.kind == "CaseReportedBack"]
    yield "due", at, unit, closed, closed and backs[-1] <= due_at


def _handled(run: list[Fact[Any]], hands: int) -> Iterator[Any]:
    began = run[0].happened_at
    again = [one for one in run[1:] if one.kind == "CaseReworked"]
    for one in again:
        yield "sent_back", one.happened_at, one.body.unit
    for one in [one for one in run if one.kind == "CaseReportedBack"][-1:]:
        if not again or again[-1].seq < one.seq:
            took_s = (one.happened_at - began) // SECOND_US
            yield "handled", one.happened_at, one.body.unit, bool(again), False, took_s, hands
    for one in run:
        if one.kind == "CaseClosed":
            took_s = (one.happened_at - began) // SECOND_US
            yield "closed", one.happened_at, one.body.unit, False, False, took_s, hands
