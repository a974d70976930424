"""A later deadline (延期): asked for by the unit, decided by another person, or lapsed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import msgspec

from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.facts.engine import TimerFired
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.handle import ExtensionAsked, ExtensionDecided
from chengyun.handle import rules
from chengyun.handle.deadlines import due_after
from chengyun.handle.forms import made_ready
from chengyun.handle.steps import Standing, move_draft, standing
from chengyun.handle.terms import pending, terms
from chengyun.handle.waiting import ASKED, Asked
from chengyun.kernel.instants import Instant


class AskExtension(Command, frozen=True, kw_only=True):
    """A unit asks for so much more time, as ``2 working_days``."""

    NEEDS: ClassVar[str] = "case:report_work"
    case: str
    unit: str
    limit: str
    reason: str
    form: dict[str, str] = msgspec.field(default_factory=dict)


class DecideExtension(Command, frozen=True, kw_only=True):
    """Another person grants or refuses it."""

    NEEDS: ClassVar[str] = "case:decide"
    MAY_WAIT: ClassVar[bool] = True
    case: str
    granted: bool
    reason: str


def ask_extension(command: AskExtension, known: Known) -> Iterable[Draft]:
    """Ask for a later deadline, as often and as far as the process allows."""
    stands = standing(command.case, known)
    case, now = stands.case, known.now
    step = stands.moved("extend")
    rules.holds(case, command.unit)
    extension = terms(stands.process.extension, stands, "extend")
    rules.reasoned(command.reason, case=case.case)
    rules.not_asked(known.get(ASKED, (case.case, "extension")))
    rules.in_time(case, now)
    rules.extendable(case, extension.times)
    rules.short_enough(command.limit, extension.longest, case=case.case)
    yield from made_ready(stands, "extend", command.form, known)
    due_at = now if case.due_at is None else case.due_at
    body = ExtensionAsked(
        unit=command.unit,
        limit=command.limit,
        due_at=due_at,
        asked_due_at=due_after(due_at, command.limit, case, known),
        decide_by=due_after(now, extension.decided_within, case, known),
        number=case.extensions + 1,
        reason=command.reason,
        step=step,
    )
    yield move_draft(stands, "extension", body, now)


def decide_extension(command: DecideExtension, known: Known) -> Iterable[Draft]:
    """Decide about an extension that somebody else asked for."""
    stands = standing(command.case, known)
    asked = pending(stands, "extension", known)
    rules.other_person(asked, known.actor)
    rules.reasoned(command.reason, case=command.case)
    yield _decided(
        stands, asked, known.now, granted=command.granted, code="person", reason=command.reason
    )


def on_extension_lapsed(fact: Fact[TimerFired], known: Known) -> Iterable[Draft]:
    """Nobody decided in time: it is not granted, and may be asked for again."""
    asked = known.get(ASKED, (fact.subject, "extension"))
    if asked is not None and asked.decide_by == fact.body.due_at:
        stands = standing(fact.subject, known)
        yield _decided(stands, asked, fact.happened_at, granted=False, code="lapsed", reason="")


def _decided(
    stands: Standing, asked: Asked, at: Instant, *, granted: bool, code: str, reason: str
) -> Draft:
    kept = stands.case.due_at or at
    body = ExtensionDecided(
        unit=asked.unit,
        granted=granted,
        code=code,
        due_at=max(kept, asked.until_at or kept) if granted else kept,
        number=asked.number,
        reason=reason,
    )
    return move_draft(stands, "extended", body, at)
