"""How the moves of a case change its row, its members, its parts and what waits about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change, Put
from chengyun.engine.timers import set_timer, stop_timer
from chengyun.facts.envelope import Fact
from chengyun.facts.handle import (
    AppealDecided,
    AppealMade,
    CaseAccepted,
    CaseDeferred,
    CaseLedgered,
    CaseReclassified,
    CaseReopened,
    CaseResumed,
    CaseSupervised,
    CaseTakenUp,
    DeferralAsked,
    DeferralRefused,
    ExtensionAsked,
    ExtensionDecided,
    JointDutyOpened,
    JointPartDone,
    JointPartGiven,
    JointPartReturned,
    ReporterContacted,
    SupervisionAnswered,
)
from chengyun.handle.views import CASES, DUE, MEMBERS, PARTS, CaseRow, Part, changed
from chengyun.handle.waiting import Asked, answered, asked, started, stopped


def _stands(case: CaseRow, fact: Fact[Any]) -> dict[str, Any]:
    """Return the columns that say where the case stands after a fact that names its step."""
    at: dict[str, Any] = {"step": fact.body.step, "path": []}
    if case.step != fact.body.step or case.path:
        at["step_at"] = fact.happened_at
    return at


def note_accepted(fact: Fact[CaseAccepted], rows: Rows) -> Iterable[Change]:
    """The unit took it on."""
    case = rows.get(CASES, fact.subject)
    if case is not None:
        yield changed(case, state="accepted", **_stands(case, fact))


def note_contacted(fact: Fact[ReporterContacted], rows: Rows) -> Iterable[Change]:
    """A first contact was tried, and perhaps made: then its clock runs no more."""
    case, contact = rows.get(CASES, fact.subject), fact.body
    if case is not None:
        made = case.contacted or contact.is_made
        yield changed(case, contacts=contact.attempt, contacted=made, **_stands(case, fact))
        if contact.is_made:
            yield from stopped(rows, fact.subject, "contact")


def note_extension_asked(fact: Fact[ExtensionAsked], rows: Rows) -> Iterable[Change]:
    """A later deadline waits for a decision."""
    case, body = rows.get(CASES, fact.subject), fact.body
    if case is not None:
        yield changed(case, **_stands(case, fact))
        row = _asked(fact, "extension", body.unit, body.decide_by, number=body.number)
        yield from asked(msgspec.structs.replace(row, until_at=body.asked_due_at), fact, rows)


def note_extension_decided(fact: Fact[ExtensionDecided], rows: Rows) -> Iterable[Change]:
    """The deadline is a later one, or stays."""
    case, body = rows.get(CASES, fact.subject), fact.body
    yield from answered(rows, fact.subject, "extension")
    if case is None:
        return
    if body.granted:
        yield from _due_moved(case, body.due_at, fact, rows, extensions=case.extensions + 1)
    else:
        yield changed(case)


def note_deferral_asked(fact: Fact[DeferralAsked], rows: Rows) -> Iterable[Change]:
    """Putting it off waits for a decision."""
    case, body = rows.get(CASES, fact.subject), fact.body
    if case is not None:
        yield changed(case)
        row = _asked(fact, "deferral", body.unit, body.decide_by)
        yield from asked(msgspec.structs.replace(row, until_at=body.until_at), fact, rows)


def note_deferral_refused(fact: Fact[DeferralRefused], rows: Rows) -> Iterable[Change]:
    """It goes on as it stands."""
    case = rows.get(CASES, fact.subject)
    yield from answered(rows, fact.subject, "deferral")
    if case is not None:
        yield changed(case)


def note_deferred(fact: Fact[CaseDeferred], rows: Rows) -> Iterable[Change]:
    """It waits until its time comes."""
    case = rows.get(CASES, fact.subject)
    if case is not None:
        yield from answered(rows, fact.subject, "deferral")
        yield from _waits(case, "deferred", fact, rows)
        yield from started(fact, "resume", fact.body.until_at, rows)


def note_ledgered(fact: Fact[CaseLedgered], rows: Rows) -> Iterable[Change]:
    """It is on the ledger until somebody takes it up."""
    case = rows.get(CASES, fact.subject)
    if case is not None:
        for kind in ("extension", "deferral"):
            yield from answered(rows, fact.subject, kind)
        yield from _waits(case, "ledgered", fact, rows)
        yield from started(fact, "review", fact.body.review_at, rows)


def _waits(
    case: CaseRow, state: str, fact: Fact[CaseDeferred] | Fact[CaseLedgered], rows: Rows
) -> Iterable[Change]:
    stopped_at = case.stopped_at
    if fact.body.clock_stops and stopped_at is None:
        stopped_at = fact.happened_at
        yield stop_timer(DUE, case.case)
        for clock in ("due", "escalation"):
            yield from stopped(rows, case.case, clock)
    yield changed(case, state=state, stopped_at=stopped_at, **_stands(case, fact))


def note_resumed(fact: Fact[CaseResumed], rows: Rows) -> Iterable[Change]:
    """It goes on, and so does its clock."""
    yield from _goes_on(fact, "resume", rows)


def note_taken_up(fact: Fact[CaseTakenUp], rows: Rows) -> Iterable[Change]:
    """It is off the ledger, and its clock goes on."""
    yield from _goes_on(fact, "review", rows)


def _goes_on(
    fact: Fact[CaseResumed] | Fact[CaseTakenUp], clock: str, rows: Rows
) -> Iterable[Change]:
    case = rows.get(CASES, fact.subject)
    if case is None:
        return
    yield from stopped(rows, fact.subject, clock)
    state = {"state": "dispatched", "stopped_at": None, **_stands(case, fact)}
    if case.stopped_at is None or fact.body.due_at is None or case.fell_due:
        yield changed(case, **state)
    else:
        yield from _due_moved(case, fact.body.due_at, fact, rows, **state)


def note_supervised(fact: Fact[CaseSupervised], rows: Rows) -> Iterable[Change]:
    """An answer is waited for."""
    case, body = rows.get(CASES, fact.subject), fact.body
    if case is not None:
        yield changed(case, supervisions=body.number, **_stands(case, fact))
        row = _asked(fact, "supervision", body.unit, body.answer_by, number=body.number)
        yield from asked(row, fact, rows)


def note_answered(fact: Fact[SupervisionAnswered], rows: Rows) -> Iterable[Change]:
    """The unit answered."""
    case = rows.get(CASES, fact.subject)
    yield from answered(rows, fact.subject, "supervision")
    if case is not None:
        yield changed(case)


def note_reopened(fact: Fact[CaseReopened], rows: Rows) -> Iterable[Change]:
    """It is handled again, under a new deadline."""
    case, body = rows.get(CASES, fact.subject), fact.body
    if case is None:
        return
    yield changed(
        case,
        state="dispatched",
        due_at=body.due_at,
        due_code="none" if body.due_at is None else "time_limit",
        counted_from=fact.happened_at,
        fell_due=False,
        round=body.round,
        reopened=case.reopened + 1,
        escalated=0,
        ended_at=None,
        open=True,
        solved="not_asked",
        **_stands(case, fact),
    )
    if body.due_at is not None:
        yield set_timer(DUE, fact.subject, body.due_at, fact, area=fact.area)


def note_appeal(fact: Fact[AppealMade], rows: Rows) -> Iterable[Change]:
    """An objection waits for a decision."""
    case, body = rows.get(CASES, fact.subject), fact.body
    if case is not None:
        yield changed(case, appeals=body.number, **_stands(case, fact))
        row = _asked(fact, "appeal", body.unit, body.decide_by, number=body.number)
        row = msgspec.structs.replace(row, against=body.against, about=body.about)
        yield from asked(row, fact, rows)


def note_judged(fact: Fact[AppealDecided], rows: Rows) -> Iterable[Change]:
    """The objection was decided; a failed check that was wrong counts no longer."""
    case, body = rows.get(CASES, fact.subject), fact.body
    yield from answered(rows, fact.subject, "appeal")
    if case is not None:
        wrong = int(body.upheld and body.against == "verdict")
        yield changed(case, rework=max(0, case.rework - wrong))


def note_joint(fact: Fact[JointDutyOpened], rows: Rows) -> Iterable[Change]:
    """Several units have parts of it."""
    case, parts = rows.get(CASES, fact.subject), fact.body.parts
    if case is not None:
        yield changed(
            case,
            parts=case.parts + len(parts),
            open_parts=case.open_parts + len(parts),
            **_stands(case, fact),
        )
        for one in parts:
            yield Put(PARTS, Part(fact.subject, one.part, one.unit, one.task, "open"))


def note_part_done(fact: Fact[JointPartDone], rows: Rows) -> Iterable[Change]:
    """One part less to be done."""
    case = rows.get(CASES, fact.subject)
    if case is not None:
        yield changed(case, open_parts=fact.body.left)
        yield from _part(fact, "done", fact.body.unit, rows)


def note_part_returned(fact: Fact[JointPartReturned], rows: Rows) -> Iterable[Change]:
    """A part is nobody's."""
    case = rows.get(CASES, fact.subject)
    if case is not None:
        yield changed(case)
        yield from _part(fact, "returned", "", rows)


def note_part_given(fact: Fact[JointPartGiven], rows: Rows) -> Iterable[Change]:
    """A part is another unit's."""
    case = rows.get(CASES, fact.subject)
    if case is not None:
        yield changed(case)
        yield from _part(fact, "open", fact.body.unit, rows)


def _part(fact: Fact[Any], state: str, unit: str, rows: Rows) -> Iterable[Change]:
    part = rows.get(PARTS, (fact.subject, fact.body.part))
    if part is not None:
        yield Put(PARTS, msgspec.structs.replace(part, state=state, unit=unit))


def note_reclassified(fact: Fact[CaseReclassified], rows: Rows) -> Iterable[Change]:
    """It is of another type, with that one's deadline."""
    case, body = rows.get(CASES, fact.subject), fact.body
    if case is None:
        return
    more = {"type": body.type, "due_code": body.due_code, **_stands(case, fact)}
    for member in rows.find(MEMBERS, 0, case.case):
        if member.type == body.from_type and member.due_at == body.from_due_at:
            row = msgspec.structs.replace(member, type=body.type, due_at=body.due_at)
            yield Put(MEMBERS, row)
    yield from _due_set(case, body.due_at, fact, rows, **more)


def _due_moved(
    case: CaseRow, due_at: int, fact: Fact[Any], rows: Rows, **more: Any
) -> Iterable[Change]:
    """The deadline is another one, for those reporters too who were promised the case's own."""
    for member in rows.find(MEMBERS, 0, case.case):
        if member.due_at == case.due_at:
            yield Put(MEMBERS, msgspec.structs.replace(member, due_at=due_at))
    yield from _due_set(case, due_at, fact, rows, **more)


def _due_set(
    case: CaseRow, due_at: int | None, fact: Fact[Any], rows: Rows, **more: Any
) -> Iterable[Change]:
    """Set the deadline and its timer; what was told about the old one is told no more."""
    row = changed(case, due_at=due_at, fell_due=False, escalated=0, **more)
    yield row
    for clock in ("due", "escalation"):
        yield from stopped(rows, case.case, clock)
    if due_at is None:
        yield stop_timer(DUE, case.case)
    elif row.row.open and row.row.stopped_at is None:
        yield set_timer(DUE, case.case, due_at, fact, area=fact.area)


def _asked(fact: Fact[Any], kind: str, unit: str, decide_by: int, *, number: int = 0) -> Asked:
    return Asked(
        case=fact.subject,
        kind=kind,
        unit=unit,
        actor=fact.actor,
        asked_at=fact.happened_at,
        decide_by=decide_by,
        until_at=None,
        number=number,
        against="",
        about="",
        reason=fact.body.reason,
    )
