"""Units that failed and were set aside; a person can have them tried again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import msgspec

from chengyun.engine.commands import Command
from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change, Drop, Put, Table
from chengyun.facts.engine import UnitFailed, UnitRetried
from chengyun.facts.envelope import Fact


class DeadLetter(msgspec.Struct, frozen=True):
    """One handler that failed on one fact."""

    handler: str
    fact: str
    error: str
    code: str
    at: int


DEAD_LETTERS = Table("dead_letters", DeadLetter, key=("handler", "fact"))


class RetryUnit(Command, frozen=True, kw_only=True):
    """Try a unit again that was set aside."""

    NEEDS: ClassVar[str] = "engine:retry"
    handler: str
    fact: str


def keep(fact: Fact[UnitFailed], rows: Rows) -> Iterable[Change]:
    """Keep the failed unit until it goes through."""
    failed = fact.body
    yield Put(
        DEAD_LETTERS,
        DeadLetter(failed.handler, failed.fact, failed.error, failed.code, fact.known_at),
    )


def release(fact: Fact[UnitRetried], rows: Rows) -> Iterable[Change]:
    """A unit that went through is no longer kept."""
    yield Drop(DEAD_LETTERS, (fact.body.handler, fact.body.fact))
