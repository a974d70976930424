"""How often a subject has already gone backward along the loop."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from chengyun.engine.loop import RETURNS
from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change, Put, Table
from chengyun.facts.envelope import Body, Fact
from chengyun.facts.kinds import KINDS


class ReturnCount(msgspec.Struct, frozen=True):
    """One subject and one way back."""

    kind: str
    subject: str
    times: int


RETURN_COUNTS = Table("return_counts", ReturnCount, key=("kind", "subject"))

GOES_BACK: tuple[type[Body], ...] = tuple(KINDS[back.kind] for back in RETURNS)


def count_return(fact: Fact[Any], rows: Rows) -> Iterable[Change]:
    """Count one more way back of this subject."""
    before = rows.get(RETURN_COUNTS, (fact.kind, fact.subject))
    times = 1 if before is None else before.times + 1
    yield Put(RETURN_COUNTS, ReturnCount(fact.kind, fact.subject, times))


def times_returned(rows: Rows, kind: str, subject: str) -> int:
    """Return how often ``subject`` has gone this way back."""
    row = rows.get(RETURN_COUNTS, (kind, subject))
    return 0 if row is None else row.times
