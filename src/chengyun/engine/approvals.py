"""Commands that wait for a second person: asked, approved or refused by another, or lapsed.

Who demands it is the gate's business; here stands what then happens. Nothing of the command is
done before it is approved, and then it is decided and executed as of that moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Final

import msgspec

from chengyun.engine.about import CITY, About
from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change, Listed, Put, Table
from chengyun.engine.timers import set_timer, stop_timer
from chengyun.facts.engine import ApprovalAsked, ApprovalDecided, ApprovalLapsed, TimerFired
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.registers import Units
from chengyun.kernel.errors import Bug, Forbidden, Rejected
from chengyun.kernel.ids import join, under
from chengyun.kernel.instants import Instant
from chengyun.kernel.limits import MAX_APPROVALS_WAITING

LAPSE: Final = "engine.approval"


class DecideApproval(Command, frozen=True, kw_only=True):
    """A second person approves a command that waits, which is then executed, or refuses it."""

    NEEDS: ClassVar[str] = "command:approve"
    approval: str
    approved: bool
    reason: str


class ApprovalRow(msgspec.Struct, frozen=True):
    """A command that waits, or waited, for a second person."""

    approval: str
    command: str
    fields: str
    """The command as JSON."""
    actor: str
    area: str
    units: list[str]
    asked_at: int
    lapses_at: int
    state: str
    """``waits``, ``approved``, ``refused`` or ``lapsed``."""
    open: bool
    unit: str = ""
    """Where it is listed: whoever holds this unit, or one above it, holds all ``units``. Empty is
    nobody's yet, ``NO_UNIT`` what has no department."""


NO_UNIT: Final = "*"
"""Stands for a thing without a department: it is everybody's whose area it is."""

APPROVALS = Table(
    "approvals",
    ApprovalRow,
    key=("approval",),
    indexes=(("actor",),),
    resident=("open", True),
    listed=Listed(
        area="area",
        unit="unit",
        at="asked_at",
        due="lapses_at",
        by=("actor", "command", "state"),
        beside=("command",),
    ),
)


def about(command: DecideApproval, known: Known) -> About:
    """An approval is about what its command is about."""
    row = known.get(APPROVALS, command.approval)
    return CITY if row is None else About(row.area, tuple(row.units))


def asked(
    command: Command, about: About, known: Known, *, lapses_at: Instant, number: int
) -> Draft:
    """Return the draft that keeps a command until another person approves it."""
    name = type(command).__name__
    if not command.MAY_WAIT:
        raise Bug(f"{name} cannot wait for a second person", remedy="take it out of the roles")
    if known.count(APPROVALS, 0, known.actor) >= MAX_APPROVALS_WAITING:
        raise Rejected(
            "too_many_waiting",
            f"{MAX_APPROVALS_WAITING} commands of yours wait for a second person",
            remedy="let somebody decide about them first",
            params={"limit": str(MAX_APPROVALS_WAITING)},
        )
    return Draft(
        id=join("approval", name, number),
        happened_at=known.now,
        subject=join("approval", name, number),
        area=about.area,
        body=ApprovalAsked(
            command=name,
            fields=msgspec.json.encode(command).decode(),
            units=list(about.units),
            lapses_at=lapses_at,
            common_unit=_common_unit(about.units, known) if len(about.units) > 1 else "",
        ),
    )


def _common_unit(units: Sequence[str], known: Known) -> str:
    """Return the lowest unit to which all of several belong, empty where there is none."""
    above = known.policy(Units).units
    ways = []
    for unit in units:
        way = [unit]
        while way[-1] in above and len(way) <= len(above):
            way.append(above[way[-1]].parent)
        ways.append(way)
    common = (code for code in ways[0] if all(code in way for way in ways))
    return next(common, "")


def waiting(name: str, actor: str, known: Known) -> ApprovalRow:
    """Return the command that waits; ``Forbidden`` for the person who sent it."""
    row = known.get(APPROVALS, name)
    if row is None or not row.open or row.lapses_at <= known.now:
        raise Rejected(
            "nothing_to_decide",
            f"{name[:200]!r} does not wait for a second person",
            where="approval",
            remedy="list what waits again",
            params={"approval": name[:200]},
        )
    if row.actor == actor:
        raise Forbidden(
            "own_approval",
            "nobody approves his own command",
            where="approval",
            remedy="let another person with the same permission decide",
        )
    return row


def decided(command: DecideApproval, row: ApprovalRow, now: Instant) -> Draft:
    """Return the draft of what the second person decided."""
    return Draft(
        id=under("decided", row.approval),
        happened_at=now,
        subject=row.approval,
        area=row.area,
        body=ApprovalDecided(command=row.command, approved=command.approved, reason=command.reason),
    )


def on_timer(fact: Fact[TimerFired], known: Known) -> Iterable[Draft]:
    """Nobody decided in time."""
    row = known.get(APPROVALS, fact.subject) if fact.body.purpose == LAPSE else None
    if row is not None and row.open:
        yield Draft(
            id=under("lapsed", row.approval),
            happened_at=fact.happened_at,
            subject=row.approval,
            area=row.area,
            body=ApprovalLapsed(command=row.command),
        )


def note_asked(fact: Fact[ApprovalAsked], rows: Rows) -> Iterable[Change]:
    """A command waits, until somebody decides or its time is over."""
    body = fact.body
    yield Put(
        APPROVALS,
        ApprovalRow(
            fact.subject, body.command, body.fields, fact.actor, fact.area, body.units,
            fact.happened_at, body.lapses_at, "waits", open=True, unit=_listed_under(body),
        ),
    )  # fmt: skip
    yield set_timer(LAPSE, fact.subject, body.lapses_at, fact, area=fact.area)


def _listed_under(body: ApprovalAsked) -> str:
    if not body.units:
        return NO_UNIT
    return body.units[0] if len(body.units) == 1 else body.common_unit


def note_decided(fact: Fact[ApprovalDecided], rows: Rows) -> Iterable[Change]:
    """It waits no longer."""
    yield from _ended(fact, rows, "approved" if fact.body.approved else "refused")
    yield stop_timer(LAPSE, fact.subject)


def note_lapsed(fact: Fact[ApprovalLapsed], rows: Rows) -> Iterable[Change]:
    """It waits no longer, and was never executed."""
    yield from _ended(fact, rows, "lapsed")


def _ended(
    fact: Fact[ApprovalDecided] | Fact[ApprovalLapsed], rows: Rows, state: str
) -> Iterable[Change]:
    row = rows.get(APPROVALS, fact.subject)
    if row is not None:
        yield Put(APPROVALS, msgspec.structs.replace(row, state=state, open=False))
