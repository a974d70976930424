"""What is usual: arrivals by type, hour of the week and area, each leaning on what is coarser.

Counts are integers in units of ``ONE``, fading every midnight; two series are kept, ``raw`` and
``thin`` (places 0 and 1). The expected rate of a type in an hour of the week leans on its rate
in that hour of all weekdays (or weekends), that on its mean and on the city's daily profile; an
area's share of a type leans on its share of everything (additive smoothing along a hierarchy).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from chengyun.vitals.policy import BaselinePolicy

ONE: Final = 1_024
HOURS: Final = 168
SERIES: Final = ("raw", "thin")
_WEEKDAYS: Final = (0, 1, 2, 3, 4)
_WEEKEND: Final = (5, 6)


class Overall(msgspec.Struct, frozen=True):
    """How often each hour of the week was seen, and all arrivals in it."""

    sign: str
    days: int
    hours: int
    exposure: list[int]
    """Per hour of the week, in ``ONE``."""
    profile: list[list[int]]
    """All arrivals per series and hour of the week."""
    totals: list[int]
    areas: list[dict[str, int]]
    """Arrivals per series and area."""


class TypeUsual(msgspec.Struct, frozen=True):
    """Arrivals of one type."""

    sign: str
    type: str
    slots: list[list[int]]
    """Per series and hour of the week."""
    totals: list[int]
    areas: list[dict[str, int]]


def nothing(sign: str) -> Overall:
    """Return the state before anything was learned."""
    return Overall(sign, 0, 0, [0] * HOURS, [[0] * HOURS, [0] * HOURS], [0, 0], [{}, {}])


def nothing_of(sign: str, type_: str) -> TypeUsual:
    """Return the state of a type before anything was learned of it."""
    return TypeUsual(sign, type_, [[0] * HOURS, [0] * HOURS], [0, 0], [{}, {}])


class Hour(NamedTuple):
    """What all types have in common in one hour of the week."""

    slot: int
    alike: tuple[int, ...]
    """The same hour of all weekdays, or of both days of the weekend."""
    seen_h: float
    """How often one of these hours was seen."""
    profile: float
    """How busy the city is then, 1 on average."""


def hour_of(overall: Overall, series: int, slot: int, policy: BaselinePolicy) -> Hour:
    """Return what all types have in common in the hour ``slot`` of the week."""
    day, hour = divmod(slot, 24)
    alike = tuple(one * 24 + hour for one in (_WEEKEND if day in _WEEKEND else _WEEKDAYS))
    seen_h = sum(overall.exposure[one] for one in alike) / ONE
    mean = (overall.totals[series] + ONE) / (overall.hours + ONE)
    seen = sum(overall.profile[series][one] for one in alike) / ONE
    weeks = policy.profile_weeks
    return Hour(slot, alike, seen_h, (seen + weeks * mean) / (seen_h + weeks) / mean)


def hourly(
    overall: Overall, usual: TypeUsual | None, series: int, hour: Hour, policy: BaselinePolicy
) -> float:
    """Return the expected arrivals of a type in the whole city in one hour of the week."""
    total = alike = here = 0
    if usual is not None:
        counts = usual.slots[series]
        total, here = usual.totals[series], counts[hour.slot]
        alike = sum([counts[one] for one in hour.alike])
    mean = (total / ONE + policy.type_hours * policy.prior_per_hour) / (
        overall.hours / ONE + policy.type_hours
    )
    weeks = policy.profile_weeks
    rate = (alike / ONE + weeks * mean * hour.profile) / (hour.seen_h + weeks)
    return (here / ONE + policy.slot_weeks * rate) / (
        overall.exposure[hour.slot] / ONE + policy.slot_weeks
    )


def share(
    overall: Overall, usual: TypeUsual | None, series: int, area: str, policy: BaselinePolicy
) -> float:
    """Return the share of a type's arrivals that is expected in ``area``."""
    areas = overall.areas[series]
    general = (areas.get(area, 0) / ONE + 1.0) / (overall.totals[series] / ONE + max(1, len(areas)))
    own = total = 0
    if usual is not None:
        own, total = usual.areas[series].get(area, 0), usual.totals[series]
    return (own / ONE + policy.share_arrivals * general) / (total / ONE + policy.share_arrivals)


def faded(values: Sequence[int], shift: int) -> list[int]:
    """Return counts after one more midnight; what is left of a count ends at nothing."""
    return [value - ((value >> shift) or (value > 0)) for value in values]


def faded_by_area(counts: Mapping[str, int], shift: int) -> dict[str, int]:
    """Return counts by area after one more midnight; those faded to nothing are forgotten."""
    left = zip(counts, faded(list(counts.values()), shift), strict=True)
    return {area: value for area, value in left if value}
