"""How each feed is doing since the start: counts, reasons, rate and lag. Measured, not kept."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from typing import Final

import msgspec

from chengyun.facts.sensors import BatchTaken
from chengyun.kernel.instants import SECOND_US

_RATE_S: Final = 60
_COUNTED: Final = ("rows", "accepted", "late", "backfilled", "duplicate", "refused")


class FeedView(msgspec.Struct, frozen=True, kw_only=True):
    """How a feed is doing."""

    feed: str
    name: dict[str, str]
    registered: int
    speaking: int
    silent: int
    rows: int
    accepted: int
    late: int
    backfilled: int
    duplicate: int
    refused: int
    reasons: dict[str, int]
    """Refused rows by code."""
    rows_per_s: float
    """Over the last minute."""
    lag_ms: int | None
    """How old the values of the last batch were in the mean."""
    last_at: int | None
    """When the last batch came."""


class _Tally(msgspec.Struct):
    counts: Counter[str] = msgspec.field(default_factory=Counter)
    reasons: Counter[str] = msgspec.field(default_factory=Counter)
    seconds: deque[tuple[int, int]] = msgspec.field(default_factory=deque)
    lag_ms: int | None = None
    last_at: int | None = None


class Tallies:
    """The tally of every feed that sent something."""

    def __init__(self) -> None:
        self.feeds: dict[str, _Tally] = {}

    def note(
        self, taken: BatchTaken, reasons: Mapping[str, int], mean_at: float | None, now: int
    ) -> None:
        """Count what was answered for a batch."""
        tally = self.feeds.setdefault(taken.feed, _Tally())
        for name in _COUNTED:
            tally.counts[name] += getattr(taken, name)
        tally.reasons.update(reasons)
        second = now // SECOND_US
        if tally.seconds and tally.seconds[-1][0] == second:
            tally.seconds[-1] = (second, tally.seconds[-1][1] + taken.rows)
        else:
            tally.seconds.append((second, taken.rows))
        while tally.seconds[0][0] <= second - _RATE_S:
            tally.seconds.popleft()
        tally.last_at = now
        if mean_at is not None:
            tally.lag_ms = round((now - mean_at) / 1_000)

    def view(
        self,
        feed: str,
        name: dict[str, str],
        now: int,
        registered: int,
        speaking: int,
        silent: int,
    ) -> FeedView:
        """Return how a feed is doing."""
        tally = self.feeds.get(feed) or _Tally()
        since = now // SECOND_US - _RATE_S
        recent = sum(rows for second, rows in tally.seconds if second > since)
        return FeedView(
            feed=feed,
            name=name,
            registered=registered,
            speaking=speaking,
            silent=silent,
            rows=tally.counts["rows"],
            accepted=tally.counts["accepted"],
            late=tally.counts["late"],
            backfilled=tally.counts["backfilled"],
            duplicate=tally.counts["duplicate"],
            refused=tally.counts["refused"],
            reasons=dict(sorted(tally.reasons.items())),
            rows_per_s=round(recent / _RATE_S, 1),
            lag_ms=tally.lag_ms,
            last_at=tally.last_at,
        )
