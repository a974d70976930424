"""Pure rules of learning: figures, classes of duration, when a policy is regularly wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from chengyun.learn.policy import Review

PPM: Final = 1_000_000
HOUR_S: Final = 3_600
DURATION_EDGES_H: Final = (
    1, 2, 4, 8, 12, 24, 36, 48, 72, 96, 120, 168, 240, 336, 504, 720, 1_080, 1_440, 2_160, 4_320,
)  # fmt: skip
"""Upper edges of the classes of duration, in hours; a proposed deadline is one of them."""


def duration_class(hours: float) -> int:
    """Return the place of the class that ``hours`` falls in; the last one is open."""
    for place, edge in enumerate(DURATION_EDGES_H):
        if hours <= edge:
            return place
    return len(DURATION_EDGES_H)


def share_ppm(part: int, whole: int) -> int:
    """Return ``part`` of ``whole`` in millionths, 0 where there is nothing.

    >>> share_ppm(911, 972)
    937242
    """
    return part * PPM // whole if whole else 0


def better_deadline_h(durations: Mapping[int, int], review: Review) -> int | None:
    """Return the shortest deadline, in hours, that enough of the cases would have kept."""
    total, reached = sum(durations.values()), 0
    for place, edge in enumerate(DURATION_EDGES_H):
        reached += durations.get(place, 0)
        if share_ppm(reached, total) >= review.deadline_ppm:
            return edge
    return None


def is_regularly_late(on_time: int, overdue: int, review: Review) -> bool:
    """Tell whether a deadline is regularly missed."""
    whole = on_time + overdue
    return whole >= review.min_cases and share_ppm(overdue, whole) >= review.late_ppm


def regular_unit(units: Mapping[str, int], review: Review) -> tuple[str, int] | None:
    """Return the unit that handles (nearly) all of a type, with its count, or ``None``."""
    total = sum(units.values())
    if total < review.min_cases:
        return None
    unit, count = max(units.items(), key=lambda one: (one[1], one[0]))
    return (unit, count) if share_ppm(count, total) >= review.route_ppm else None


def summed(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Return the sum of several counts by name."""
    total: dict[str, int] = {}
    for one in counts:
        for name, count in one.items():
            total[name] = total.get(name, 0) + count
    return total
