"""Two cases become one, and one becomes two again: what moves along and what stands still.

The case that goes on takes over the reporters and the earlier of the two deadlines; the other one
ends as ``merged``, with its clocks stopped. If it comes back it stands where it stood, under its
own deadline; the case it leaves keeps the earlier one, which somebody was promised.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from chengyun.engine.known import Known
from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change, Put
from chengyun.engine.timers import set_timer, stop_timer
from chengyun.facts.assess import IncidentsMerged, ReportSplit
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.handle import CaseMerged, CaseParted, CaseTookOver
from chengyun.handle.views import CASES, DUE, MEMBERS, CaseRow, changed
from chengyun.handle.waiting import ASKED, CLOCKS, answered, stopped
from chengyun.kernel.ids import under


def case_of(incident: str) -> str:
    """Return the case of an incident, whether it is open or not.

    >>> case_of("incident:requests:7")
    'case:requests:7'
    """
    return "case:" + incident.partition(":")[2]


def on_incidents_merged(fact: Fact[IncidentsMerged], known: Known) -> Iterable[Draft]:
    """The case of the incident that ended goes into the case of the one that goes on."""
    merged = fact.body
    ends = known.get(CASES, case_of(merged.merged))
    into = known.get(CASES, case_of(merged.incident))
    if ends is None or into is None or not ends.open or not into.open:
        return
    both = [due for due in (ends.due_at, into.due_at) if due is not None]
    yield Draft(
        id=under("merged", ends.case, fact.seq),
        happened_at=fact.happened_at,
        subject=ends.case,
        area=ends.area,
        body=CaseMerged(
            type=ends.type,
            incident=ends.incident,
            unit=ends.unit,
            into=into.case,
            members=len(merged.reports),
        ),
    )
    yield Draft(
        id=under("took_over", into.case, fact.seq),
        happened_at=fact.happened_at,
        subject=into.case,
        area=into.area,
        body=CaseTookOver(
            type=into.type,
            incident=into.incident,
            unit=into.unit,
            merged=ends.case,
            members=len(merged.reports),
            due_at=min(both, default=None),
        ),
    )


def parted(fact: Fact[ReportSplit], known: Known) -> Iterable[Draft]:
    """A case that had been merged comes back with the report that began it."""
    split = fact.body
    case = known.get(CASES, case_of(split.incident)) if split.again else None
    if case is not None and case.state == "merged":
        yield Draft(
            id=under("parted", case.case, fact.seq),
            happened_at=fact.happened_at,
            subject=case.case,
            area=case.area,
            body=CaseParted(
                type=case.type,
                incident=case.incident,
                unit=case.unit,
                apart_from=case_of(split.from_incident),
                members=1 + len(split.along),
            ),
        )


def note_incidents_merged(fact: Fact[IncidentsMerged], rows: Rows) -> Iterable[Change]:
    """The open reports are members of the case that goes on."""
    merged = fact.body
    count = len(merged.reports)
    ends, into = rows.get(CASES, case_of(merged.merged)), rows.get(CASES, case_of(merged.incident))
    if ends is None or into is None:
        return
    yield changed(ends, members=ends.members - count, open_members=ends.open_members - count)
    yield changed(into, members=into.members + count, open_members=into.open_members + count)
    for report in merged.reports:
        yield from _joined(report, into, rows)


def note_came_back(fact: Fact[ReportSplit], rows: Rows) -> Iterable[Change]:
    """Those that come back are members of the case they had begun with."""
    split = fact.body
    own = rows.get(CASES, case_of(split.incident)) if split.again else None
    if own is None:
        return
    moving = [split.report, *split.along]
    yield changed(
        own, members=own.members + len(moving), open_members=own.open_members + len(moving)
    )
    for report in moving:
        yield from _joined(report, own, rows)


def _joined(report: str, case: CaseRow, rows: Rows) -> Iterable[Change]:
    member = rows.get(MEMBERS, report)
    if member is not None:
        first = case_of(report) == case.case
        yield Put(
            MEMBERS,
            msgspec.structs.replace(member, incident=case.incident, case=case.case, first=first),
        )


def note_merged_into(fact: Fact[CaseMerged], rows: Rows) -> Iterable[Change]:
    """The case is over as merged; nothing about it waits and none of its clocks runs."""
    case = rows.get(CASES, fact.subject)
    if case is None:
        return
    yield changed(
        case,
        state="merged",
        stood=case.state,
        merged_into=fact.body.into,
        ended_at=fact.happened_at,
        open=False,
    )
    yield stop_timer(DUE, case.case)
    for waits in list(rows.find(ASKED, 0, case.case)):
        yield from answered(rows, case.case, waits.kind)
    for clock in list(rows.find(CLOCKS, 0, case.case)):
        yield from stopped(rows, case.case, clock.clock)


def note_took_over(fact: Fact[CaseTookOver], rows: Rows) -> Iterable[Change]:
    """The earlier deadline holds from now on; what was told of the later one is told anew."""
    case, due_at = rows.get(CASES, fact.subject), fact.body.due_at
    if case is None:
        return
    if due_at is None or due_at == case.due_at:
        yield changed(case)
        return
    yield changed(case, due_at=due_at)
    if case.stopped_at is None and not case.fell_due:
        yield from stopped(rows, case.case, "due")
        yield set_timer(DUE, case.case, due_at, fact, area=fact.area)


def note_parted(fact: Fact[CaseParted], rows: Rows) -> Iterable[Change]:
    """The case stands where it stood; a clock that a person had stopped, a person starts again."""
    case = rows.get(CASES, fact.subject)
    if case is None:
        return
    yield changed(case, state=case.stood, stood="", merged_into="", ended_at=None, open=True)
    if case.due_at is not None and not case.fell_due and case.stopped_at is None:
        yield set_timer(DUE, case.case, case.due_at, fact, area=fact.area)
