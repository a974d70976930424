"""What sense remembers: when each feed last spoke, and which rows were refused."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change, Put, Table
from chengyun.engine.timers import set_timer, stop_timer
from chengyun.facts.envelope import Fact
from chengyun.facts.sense import (
    FeedFellSilent,
    FeedResumed,
    ObservationReceived,
    ReportReceived,
    RowRefused,
)
from chengyun.kernel.instants import SECOND_US

SILENCE = "sense.silence"


class FeedRow(msgspec.Struct, frozen=True):
    """A feed: how much it sent, when it last spoke, whether it is silent now."""

    feed: str
    taken: int
    refused: int
    last_seen_at: int
    silent: bool
    silent_since_at: int


class RefusedRow(msgspec.Struct, frozen=True):
    """A refused row; its content is in the seal of the fact."""

    feed: str
    file: str
    row: int
    field: str
    code: str
    params: dict[str, str]
    open: bool


FEEDS = Table("feeds", FeedRow, key=("feed",))
REFUSED = Table("refused_rows", RefusedRow, key=("feed", "file", "row"), resident=("open", True))
TABLES = (FEEDS, REFUSED)


def _feed(name: str, rows: Rows) -> FeedRow:
    return rows.get(FEEDS, name) or FeedRow(
        feed=name, taken=0, refused=0, last_seen_at=0, silent=False, silent_since_at=0
    )


def note_spoken(
    fact: Fact[ReportReceived] | Fact[ObservationReceived], rows: Rows
) -> Iterable[Change]:
    """A feed spoke: it must speak again before it counts as silent.

    What people told at a desk is counted, and is no sign that the feed works.
    """
    feed = _feed(fact.body.feed, rows)
    if not fact.body.silent_after_s:
        yield Put(FEEDS, msgspec.structs.replace(feed, taken=feed.taken + 1))
        return
    last = max(feed.last_seen_at, fact.happened_at)
    yield Put(FEEDS, msgspec.structs.replace(feed, taken=feed.taken + 1, last_seen_at=last))
    next_by_at = fact.known_at + fact.body.silent_after_s * SECOND_US
    yield set_timer(SILENCE, feed.feed, next_by_at, fact)


def note_silent(fact: Fact[FeedFellSilent], rows: Rows) -> Iterable[Change]:
    """From ``since_at`` on nothing is known."""
    feed = _feed(fact.body.feed, rows)
    yield Put(FEEDS, msgspec.structs.replace(feed, silent=True, silent_since_at=fact.body.since_at))
    yield stop_timer(SILENCE, feed.feed)


def note_resumed(fact: Fact[FeedResumed], rows: Rows) -> Iterable[Change]:
    """The feed speaks again."""
    feed = _feed(fact.body.feed, rows)
    yield Put(FEEDS, msgspec.structs.replace(feed, silent=False))


def note_refused(fact: Fact[RowRefused], rows: Rows) -> Iterable[Change]:
    """Keep the place and reason of a refused row until it is corrected."""
    refused = fact.body
    feed = _feed(refused.feed, rows)
    yield Put(FEEDS, msgspec.structs.replace(feed, refused=feed.refused + 1))
    yield Put(
        REFUSED,
        RefusedRow(
            refused.feed,
            refused.file,
            refused.row,
            refused.field,
            refused.code,
            refused.params,
            open=True,
        ),
    )
