"""Putting a case off until a day (缓办): asked for, decided by another person, ended by itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import msgspec

from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.facts.engine import TimerFired
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.handle import CaseDeferred, CaseResumed, DeferralAsked, DeferralRefused
from chengyun.handle import rules
from chengyun.handle.deadlines import due_after, due_when_resumed
from chengyun.handle.forms import made_ready
from chengyun.handle.steps import Standing, move_draft, standing
from chengyun.handle.terms import pending, terms
from chengyun.handle.waiting import ASKED, CLOCKS
from chengyun.kernel.instants import Instant


class DeferCase(Command, frozen=True, kw_only=True):
    """A unit wants a case put off; it takes effect when another person agrees."""

    NEEDS: ClassVar[str] = "case:report_work"
    case: str
    unit: str
    until: Instant
    reason: str
    form: dict[str, str] = msgspec.field(default_factory=dict)


class DecideDeferral(Command, frozen=True, kw_only=True):
    """Another person has the case put off, or refuses it."""

    NEEDS: ClassVar[str] = "case:decide"
    MAY_WAIT: ClassVar[bool] = True
    case: str
    granted: bool
    reason: str


class ResumeCase(Command, frozen=True, kw_only=True):
    """The unit goes on with a case before its time came."""

    NEEDS: ClassVar[str] = "case:report_work"
    case: str
    unit: str
    reason: str


def defer_case(command: DeferCase, known: Known) -> Iterable[Draft]:
    """Ask to put a case off, as far as the process allows."""
    stands = standing(command.case, known)
    case, now = stands.case, known.now
    stands.moved("defer")
    rules.holds(case, command.unit)
    deferral = terms(stands.process.deferral, stands, "defer")
    rules.reasoned(command.reason, case=case.case)
    rules.not_asked(known.get(ASKED, (case.case, "deferral")))
    last = due_after(now, deferral.longest, case, known)
    rules.ahead(command.until, now, last, case=case.case)
    yield from made_ready(stands, "defer", command.form, known)
    body = DeferralAsked(
        unit=command.unit,
        until_at=command.until,
        decide_by=min(command.until, due_after(now, deferral.decided_within, case, known)),
        reason=command.reason,
    )
    yield move_draft(stands, "deferral", body, now)


def decide_deferral(command: DecideDeferral, known: Known) -> Iterable[Draft]:
    """Decide about a deferral that somebody else asked for."""
    stands = standing(command.case, known)
    case = stands.case
    asked = pending(stands, "deferral", known)
    rules.other_person(asked, known.actor)
    rules.reasoned(command.reason, case=case.case)
    if not command.granted:
        refused = DeferralRefused(unit=asked.unit, code="person", reason=command.reason)
        yield move_draft(stands, "deferred", refused, known.now)
        return
    deferral = terms(stands.process.deferral, stands, "defer")
    body = CaseDeferred(
        unit=case.unit,
        until_at=asked.until_at or known.now,
        due_at=case.due_at,
        clock_stops=deferral.clock == "stops",
        reason=command.reason,
        step=stands.moved("defer"),
    )
    yield move_draft(stands, "deferred", body, known.now)


def resume_case(command: ResumeCase, known: Known) -> Iterable[Draft]:
    """Go on with a deferred case."""
    stands = standing(command.case, known)
    stands.moved("resume")
    rules.holds(stands.case, command.unit)
    yield _resumed(stands, known.now, "person", command.reason, known)


def on_deferral_lapsed(fact: Fact[TimerFired], known: Known) -> Iterable[Draft]:
    """Nobody decided in time: the case goes on as it stands."""
    asked = known.get(ASKED, (fact.subject, "deferral"))
    if asked is not None and asked.decide_by == fact.body.due_at:
        body = DeferralRefused(unit=asked.unit, code="lapsed", reason="")
        stands = standing(fact.subject, known)
        yield move_draft(stands, "deferred", body, fact.happened_at)


def on_deferral_over(fact: Fact[TimerFired], known: Known) -> Iterable[Draft]:
    """Its time came: the case goes on by itself."""
    clock = known.get(CLOCKS, (fact.subject, "resume"))
    if clock is not None and clock.due_at == fact.body.due_at:
        yield _resumed(standing(fact.subject, known), fact.happened_at, "time", "", known)


def _resumed(stands: Standing, at: Instant, code: str, reason: str, known: Known) -> Draft:
    body = CaseResumed(
        unit=stands.case.unit,
        code=code,
        due_at=due_when_resumed(stands.case, at, known),
        reason=reason,
        step=rules.target(stands.process, stands.step, "resume"),
    )
    return move_draft(stands, "resumed", body, at)
