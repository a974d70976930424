"""Responses: proposed, decided, lapsed."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change, Put, Table
from chengyun.facts.command import Measure, ResponseDecided, ResponseLapsed, ResponseProposed
from chengyun.facts.envelope import Fact


class ResponseRow(msgspec.Struct, frozen=True):
    """A response to a warning and what became of it."""

    proposal: str
    warning: str
    response_level: str
    plan: str
    area: str
    measures: list[Measure]
    state: str
    """``proposed``, ``approved``, ``refused`` or ``lapsed``."""
    open: bool


RESPONSES = Table(
    "responses",
    ResponseRow,
    key=("proposal",),
    indexes=(("warning",),),
    resident=("open", True),
)
TABLES = (RESPONSES,)


def note_proposed(fact: Fact[ResponseProposed], rows: Rows) -> Iterable[Change]:
    """A response waits for a person."""
    proposed = fact.body
    yield Put(
        RESPONSES,
        ResponseRow(
            fact.subject,
            proposed.warning,
            proposed.response_level,
            proposed.plan,
            fact.area,
            proposed.measures,
            "proposed",
            open=True,
        ),
    )


def note_decided(fact: Fact[ResponseDecided], rows: Rows) -> Iterable[Change]:
    """A person decided; an approved response stays open until its warning ends."""
    row = rows.get(RESPONSES, fact.body.proposal)
    if row is not None:
        state = "approved" if fact.body.approved else "refused"
        yield Put(RESPONSES, msgspec.structs.replace(row, state=state, open=fact.body.approved))


def note_lapsed(fact: Fact[ResponseLapsed], rows: Rows) -> Iterable[Change]:
    """The warning ended, and the response with it."""
    row = rows.get(RESPONSES, fact.body.proposal)
    if row is not None:
        yield Put(RESPONSES, msgspec.structs.replace(row, state="lapsed", open=False))
