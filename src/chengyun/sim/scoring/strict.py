"""Stricter than found: how early, before whom, and as what. See docs/benchmark.md.

A report that is taken always becomes a case, so where citizens report, finding is easy. These say
what a platform adds: whether it knew before a citizen had to write, whether it was prompt, and
whether it saw that this is a thing of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from chengyun.kernel.instants import MINUTE_US
from chengyun.sim.scoring.truth import Event

CITIZENS: Final = "hotline"
"""The feed that people write on; alarms come on another one."""
PROMPT_US: Final = 15 * MINUTE_US

At = Callable[[Event], int | None]


def first_signal_at(
    event: Event, blue_micro: Mapping[tuple[str, str], int], silent_after_us: Mapping[str, int]
) -> int | None:
    """Return when it first could be known: written, alarmed, measured, or silent for too long."""
    first = [one.at for one in event.reports]
    first += [
        at
        for at, feed, value in event.measured
        if value >= blue_micro.get((feed, event.area), 2**62)
    ]
    first += [
        at + silent_after_us.get(feed, 0)
        for at, until, feed in event.silent
        if until - at > silent_after_us.get(feed, 0) + 10 * MINUTE_US
    ]
    return min(first, default=None)


def strict_scores(
    judged: Iterable[Event],
    *,
    found_at: At,
    signal_at: At,
    unasked_at: At,
    as_itself_at: At,
) -> dict[str, Any]:
    """Score the events that have a signal.

    ``found_at`` tells when an event was found, ``signal_at`` when it first could be, ``unasked_at``
    when it was found by warning, silence or alarm, ``as_itself_at`` when by warning, silence, or in
    an incident that one of its own reports or alarms had opened.
    """
    events = list(judged)
    ahead = sum(_is_ahead(one, unasked_at(one)) for one in events)
    prompt = sum(_is_prompt(found_at(one), signal_at(one)) for one in events)
    itself = sum(_is_prompt(as_itself_at(one), signal_at(one)) for one in events)
    return {
        "ahead_of_citizens": ahead,
        "ahead_of_citizens_share": share(ahead, len(events)),
        "prompt": prompt,
        "prompt_share": share(prompt, len(events)),
        "prompt_as_itself": itself,
        "prompt_as_itself_share": share(itself, len(events)),
    }


def _is_ahead(event: Event, unasked_at: int | None) -> bool:
    """Tell whether it was known before the first citizen wrote, or without any."""
    wrote_at = min((one.at for one in event.reports if one.feed == CITIZENS), default=2**62)
    return unasked_at is not None and unasked_at < wrote_at


def _is_prompt(found_at: int | None, signal_at: int | None) -> bool:
    return found_at is not None and signal_at is not None and found_at - signal_at <= PROMPT_US


def share(part: int, whole: int) -> float | None:
    """Return a part of a whole, to four places; ``None`` of nothing."""
    return round(part / whole, 4) if whole else None
