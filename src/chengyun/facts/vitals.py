"""The city's vital signs, pane by pane."""

from __future__ import annotations

import msgspec

from chengyun.facts.envelope import Body


class Arrivals(msgspec.Struct, frozen=True, array_like=True):
    """How many came in during a pane, in one cell."""

    type: str
    area: str
    count: int


class Reading(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One cell of a vital sign at the end of a pane.

    ``expected_ppm`` is the baseline's expectation for the same window in millionths, and
    ``surprise_milli`` the surprise of the value against it, ``-1000 · log10 P(X ≥ value)``; both
    are absent for signs without a baseline.
    """

    type: str
    area: str
    level: str
    window_s: int
    value_micro: int
    series: str = ""
    """``raw`` counts everything; ``thin`` counts a pane with any arrival once."""
    expected_ppm: int | None = None
    surprise_milli: int | None = None


class Spread(msgspec.Struct, frozen=True, array_like=True):
    """What a pane taught about the spread of a type at a level.

    ``sums`` holds excess pairs (in millionths) and arrivals, for each window and in it for the
    raw and the thin series.
    """

    type: str
    level: str
    sums: list[int]


class SignStarted(Body, frozen=True, kw_only=True):
    """A sign is measured from now on: for the first time, or again after silence."""

    sign: str
    feeds: list[str]
    pane_s: int
    windows_s: list[int]
    next_day_at: int
    first: Arrivals | None
    """The report that started it, if that was not counted as waiting yet."""


class PaneClosed(Body, frozen=True, kw_only=True):
    """A pane of a vital sign ended; cells that hold nothing are not listed."""

    sign: str
    from_at: int
    until_at: int
    fresh: bool
    """False where a feed of the sign is silent: every cell is unknown then, not zero."""
    complete: bool
    """Whether cells that are not listed are known to hold nothing notable."""
    days_known: int
    """How many days the baseline has seen; 0 for signs without one."""
    slot: int
    """The hour of the week of the pane, local time, Monday 00 is 0."""
    arrivals: list[Arrivals]
    readings: list[Reading]
    spreads: list[Spread]
    next_at: int | None
    """When the next pane is looked at without being asked; ``None`` if nothing is unusual."""


class BaselineLearned(Body, frozen=True, kw_only=True):
    """Finished hours entered the baseline of a sign.

    Learned are whole hours before the last report of its feeds: what comes after it may be quiet
    or silence, and is decided when the feed speaks again or counts as silent.
    """

    sign: str
    from_at: int
    until_at: int
    slots_known: list[int]
    """The hours of the week that were known throughout."""
    fade_shift: int
    """Counts fade by ``1/2^shift`` before the day is added."""
    next_at: int | None


class Crossing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One value of a sign made from sensors that crossed into a level, or out of it."""

    sign: str
    area: str
    kind: str
    """``raised``, ``changed``, ``below``, ``hot_again``, ``cleared``, ``unknown``, ``revised`` or
    ``retracted``; the last two because late data changed the pane it was judged by."""
    from_level: str = ""
    level: str = ""
    value_micro: int | None = None
    window_s: int
    coverage_ppm: int
    """How many of its sensors spoke, in millionths."""
    dwell_s: int = 0


class LevelsCrossed(Body, frozen=True, kw_only=True):
    """What crossed at a tick of the stream lane; ``segment`` and ``offset`` are where it stands."""

    tick: int
    part: int
    at: int
    segment: int
    offset: int
    crossings: list[Crossing]
