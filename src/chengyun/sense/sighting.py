"""The second look: a person says whether what a device tells is so, and nothing waits for ever."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, ClassVar

from msgspec import Meta

from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.facts.engine import TimerFired
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.registers import CaseTypes
from chengyun.facts.sense import IntakeEscalated, SightingDecided, Waits
from chengyun.kernel.errors import Rejected
from chengyun.kernel.ids import under
from chengyun.kernel.instants import SECOND_US, Instant
from chengyun.kernel.limits import MAX_GROUND_CHARS
from chengyun.sense import waiting
from chengyun.sense.channels import Intake, wait_of
from chengyun.sense.taking import received


class ConfirmSighting(Command, frozen=True, kw_only=True):
    """Say whether what a camera or sensor reports is so."""

    NEEDS: ClassVar[str] = "sighting:decide"
    report: str
    confirmed: bool
    type: str = ""
    """What it is; as the device says where it is left out."""
    reason: Annotated[str, Meta(max_length=MAX_GROUND_CHARS)] = ""


def confirm_sighting(command: ConfirmSighting, known: Known) -> Iterable[Draft]:
    """Take in what a person saw, once."""
    row = known.get(waiting.INTAKE, command.report)
    if row is None or row.waits_for != "sighting":
        raise Rejected(
            "not_waiting",
            f"{command.report[:80]!r} waits for no second look",
            where="report",
            remedy="look at the desk again: somebody else was there first, or time ran out",
            params={"report": command.report[:80]},
        )
    type_ = command.type or row.type
    if command.confirmed and type_ not in known.policy(CaseTypes).types:
        raise Rejected(
            "unknown_type",
            f"{type_[:80]!r} is no case type of this city",
            where="type",
            remedy="say what it is with a code of /api/v1/types",
            params={"type": type_[:80]},
        )
    yield Draft(
        id=under("sighting", command.report),
        happened_at=known.now,
        subject=command.report,
        area=row.area,
        body=SightingDecided(confirmed=command.confirmed, type=type_, reason=command.reason),
    )


def on_sighting_decided(fact: Fact[SightingDecided], known: Known) -> Iterable[Draft]:
    """What was seen to be so goes on."""
    row = known.get(waiting.INTAKE, fact.subject)
    if row is not None and fact.body.confirmed:
        yield received(row, fact.body.type, known, at=fact.happened_at)


def on_waiting(fact: Fact[TimerFired], known: Known) -> Iterable[Draft]:
    """Tell that a report waits, so many times."""
    row = known.get(waiting.INTAKE, fact.subject)
    if fact.body.purpose != waiting.WAITING or row is None or not row.open:
        return
    wait = wait_of(known.policy(Intake), row.channel, row.waits_for)
    round_ = row.round + 1
    is_last = round_ >= wait.rounds
    next_at = known.now if is_last else Instant(known.now + wait.round_s * SECOND_US)
    waits_for: Waits = "sighting" if row.waits_for == "sighting" else "triage"
    yield Draft(
        id=under("waits", row.report, round_),
        happened_at=known.now,
        subject=row.report,
        area=row.area,
        body=IntakeEscalated(
            waits_for=waits_for,
            since_at=row.taken_at,
            round=round_,
            next_at=next_at,
            is_last=is_last,
        ),
    )


def on_escalated(fact: Fact[IntakeEscalated], known: Known) -> Iterable[Draft]:
    """After the last round it goes on without a look; a report is never left lying."""
    row = known.get(waiting.INTAKE, fact.subject)
    if row is None or not row.open or not fact.body.is_last:
        return
    type_ = row.type or known.policy(Intake).untyped
    if type_:
        note = f"nobody_looked:{fact.body.waits_for}"
        yield received(row, type_, known, at=fact.happened_at, notes=(note,))
