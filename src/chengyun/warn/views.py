"""Warnings that stand, and those that ended."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change, Put, Table
from chengyun.engine.timers import set_timer, stop_timer
from chengyun.facts.envelope import Fact
from chengyun.facts.warn import (
    WarningBelow,
    WarningChanged,
    WarningCleared,
    WarningHotAgain,
    WarningRaised,
    WarningRetracted,
    WarningRevised,
)

DWELL = "warn.dwell"


class WarningRow(msgspec.Struct, frozen=True):
    """A warning: since when, how high, and since when its sign is below."""

    warning: str
    sign: str
    type: str
    area: str
    level: str
    highest: str
    onset_at: int
    below_since: int | None
    cleared_at: int | None
    code: str
    params: dict[str, str]
    open: bool


WARNINGS = Table(
    "warnings",
    WarningRow,
    key=("warning",),
    indexes=(("sign", "type", "area"), ("sign", "type"), ("sign",)),
    resident=("open", True),
)
TABLES = (WARNINGS,)


def note_raised(fact: Fact[WarningRaised], rows: Rows) -> Iterable[Change]:
    """A warning stands."""
    raised = fact.body
    yield Put(
        WARNINGS,
        WarningRow(
            warning=fact.subject,
            sign=raised.sign,
            type=raised.type,
            area=fact.area,
            level=raised.level,
            highest=raised.level,
            onset_at=raised.onset_at,
            below_since=None,
            cleared_at=None,
            code=raised.code,
            params=raised.params,
            open=True,
        ),
    )


def note_changed(fact: Fact[WarningChanged], rows: Rows) -> Iterable[Change]:
    """It moved to another level; the highest one is remembered."""
    row = rows.get(WARNINGS, fact.subject)
    if row is not None:
        changed = fact.body
        yield Put(
            WARNINGS,
            msgspec.structs.replace(
                row,
                level=changed.level,
                highest=changed.level,
                code=changed.code,
                params=changed.params,
            ),
        )


def note_below(fact: Fact[WarningBelow], rows: Rows) -> Iterable[Change]:
    """Its sign is below: if it stays there until ``until_at``, the warning ends."""
    row = rows.get(WARNINGS, fact.subject)
    if row is not None:
        yield Put(WARNINGS, msgspec.structs.replace(row, below_since=fact.happened_at))
        yield set_timer(DWELL, fact.subject, fact.body.until_at, fact, area=fact.area)


def note_hot_again(fact: Fact[WarningHotAgain], rows: Rows) -> Iterable[Change]:
    """Its sign rose again before the dwell was over."""
    row = rows.get(WARNINGS, fact.subject)
    if row is not None:
        yield Put(WARNINGS, msgspec.structs.replace(row, below_since=None))
        yield stop_timer(DWELL, fact.subject)


def note_cleared(fact: Fact[WarningCleared], rows: Rows) -> Iterable[Change]:
    """It ended."""
    row = rows.get(WARNINGS, fact.subject)
    if row is not None:
        yield Put(
            WARNINGS,
            msgspec.structs.replace(row, level="", cleared_at=fact.happened_at, open=False),
        )
        yield stop_timer(DWELL, fact.subject)


def note_revised(fact: Fact[WarningRevised], rows: Rows) -> Iterable[Change]:
    """It stands lower than it was raised; how high it once stood remains."""
    row = rows.get(WARNINGS, fact.subject)
    if row is not None:
        revised = fact.body
        yield Put(
            WARNINGS,
            msgspec.structs.replace(
                row, level=revised.level, code=revised.code, params=revised.params
            ),
        )


def note_retracted(fact: Fact[WarningRetracted], rows: Rows) -> Iterable[Change]:
    """It ended: late data took away what it was raised by."""
    row = rows.get(WARNINGS, fact.subject)
    if row is not None:
        yield Put(
            WARNINGS,
            msgspec.structs.replace(
                row,
                level="",
                cleared_at=fact.happened_at,
                code=fact.body.code,
                params=fact.body.params,
                open=False,
            ),
        )
        yield stop_timer(DWELL, fact.subject)
