"""What waits about a case: clocks that run, and what somebody asked for and nobody decided yet.

Each clock is a row and its timers; both go together, so that none is lost and none outlives what
it measures. The deadline itself is the case's own (``views.DUE``): a ``due`` clock only says when
it is told to be due soon.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change, Drop, Put, Table
from chengyun.engine.timers import set_timer, stop_timer
from chengyun.facts.envelope import Fact


class Asked(msgspec.Struct, frozen=True):
    """What waits for somebody's decision or answer about a case."""

    case: str
    kind: str
    """``extension``, ``deferral``, ``appeal`` or ``supervision``."""
    unit: str
    actor: str
    """Who asked; another one decides."""
    asked_at: int
    decide_by: int
    until_at: int | None
    """The deadline asked for, or until when it shall be put off."""
    number: int
    against: str
    about: str
    reason: str


class ClockRow(msgspec.Struct, frozen=True):
    """A clock of a case that runs, or ran out while what it measures goes on."""

    case: str
    clock: str
    step: str
    due_at: int
    soon_at: int | None
    """Set until it was told."""
    ran_out: bool


ASKED = Table("case_asked", Asked, key=("case", "kind"), indexes=(("case",),))
CLOCKS = Table("case_clocks", ClockRow, key=("case", "clock"), indexes=(("case",),))


def asked(row: Asked, fact: Fact[Any], rows: Rows) -> Iterable[Change]:
    """Something waits for a decision, until it lapses."""
    yield Put(ASKED, row)
    yield from started(fact, row.kind, row.decide_by, rows)


def answered(rows: Rows, case: str, kind: str) -> Iterable[Change]:
    """It waits no longer."""
    if rows.get(ASKED, (case, kind)) is not None:
        yield Drop(ASKED, (case, kind))
        yield from stopped(rows, case, kind)


def started(
    fact: Fact[Any],
    clock: str,
    due_at: int,
    rows: Rows,
    *,
    step: str = "",
    soon_at: int | None = None,
) -> Iterable[Change]:
    """A clock runs: its row, and a timer for each moment of it. ``due`` has a timer of the case."""
    case = fact.subject
    before = rows.get(CLOCKS, (case, clock))
    yield Put(CLOCKS, ClockRow(case, clock, step, due_at, soon_at, ran_out=False))
    if clock != "due":
        yield set_timer(f"handle.{clock}", case, due_at, fact, area=fact.area)
    if soon_at is not None:
        yield set_timer(f"handle.soon.{clock}", case, soon_at, fact, area=fact.area)
    elif before is not None and before.soon_at is not None:
        yield stop_timer(f"handle.soon.{clock}", case)


def stopped(rows: Rows, case: str, clock: str) -> Iterable[Change]:
    """A clock runs no more, if it ran."""
    row = rows.get(CLOCKS, (case, clock))
    if row is None:
        return
    yield Drop(CLOCKS, (case, clock))
    if clock != "due" and not row.ran_out:
        yield stop_timer(f"handle.{clock}", case)
    if row.soon_at is not None:
        yield stop_timer(f"handle.soon.{clock}", case)
