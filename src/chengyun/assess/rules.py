"""When two reports tell of the same thing.

A report is compared with those still open at the same place (the same words for it, or the same
point) or near it, of the same type or at least of the same group. The strongest relation, and
how long ago the other came in, name a *class of pairs*. How often reports of that class turned
out to be duplicates is known from closings; a class with few closings leans on the coarser one
above it. A report is merged when that learned rate reaches the pack's threshold.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol

from chengyun.assess.policy import Fusing
from chengyun.kernel.crs import Point, distance_mm

CELL_E7: Final = 10_000
"""Side of the look-up cells in 1e-7 degrees: about 110 m of latitude."""

PPM: Final = 1_000_000
ONE: Final = 1 << 10
"""One closing in the fading sums."""

_BLANKS: Final = re.compile(r"\s+")


class Open(Protocol):
    """An open report as far as comparing needs it."""

    @property
    def report(self) -> str: ...  # noqa: D102
    @property
    def seq(self) -> int: ...  # noqa: D102
    @property
    def type(self) -> str: ...  # noqa: D102
    @property
    def channel(self) -> str: ...  # noqa: D102
    @property
    def place_text(self) -> str: ...  # noqa: D102
    @property
    def attributes(self) -> dict[str, str]: ...  # noqa: D102
    @property
    def entered_at(self) -> int: ...  # noqa: D102
    @property
    def lon_e7(self) -> int | None: ...  # noqa: D102
    @property
    def lat_e7(self) -> int | None: ...  # noqa: D102


def incident_of(report: str) -> str:
    """Return the id of the incident that a report opens.

    >>> incident_of("report:requests:7")
    'incident:requests:7'
    """
    return "incident:" + report.partition(":")[2]


def report_of(incident: str) -> str:
    """Return the id of the report that opened an incident."""
    return "report:" + incident.partition(":")[2]


def folded(place_text: str) -> str:
    """Return a place in words, lower case with single blanks, for comparing.

    >>> folded(" 39 Lorraine St   Roslindale ")
    '39 lorraine st roslindale'
    """
    return _BLANKS.sub(" ", place_text.strip().lower())


def cell_of(lon_e7: int, lat_e7: int) -> str:
    """Return the look-up cell of a point."""
    return f"{lon_e7 // CELL_E7}/{lat_e7 // CELL_E7}"


def cells_within(lon_e7: int, lat_e7: int, radius_m: int) -> Iterable[str]:
    """Yield the look-up cells that a circle around a point can touch, up to 60° of latitude.

    A metre is at most 90 steps of 1e-7 degrees of latitude, and there twice as many of longitude.
    """
    reach = -(-radius_m * 180 // CELL_E7)
    lon, lat = lon_e7 // CELL_E7, lat_e7 // CELL_E7
    for lon_step in range(-reach, reach + 1):
        for lat_step in range(-reach, reach + 1):
            yield f"{lon + lon_step}/{lat + lat_step}"


class Relation:
    """How one report relates to an open one: the smaller the rank, the stronger."""

    __slots__ = ("near", "other", "rank", "same_type")

    def __init__(self, other: Open, *, near: bool, same_type: bool) -> None:
        self.other = other
        self.near = near
        self.same_type = same_type
        self.rank = (near, not same_type, -other.entered_at, -other.seq)


def relate(report: Open, other: Open, group: str, radius_m: int) -> Relation | None:
    """Return how ``report`` relates to the open report ``other``, or ``None``.

    ``group`` names the attribute that says which types are alike; ``radius_m`` is how far apart
    two reports of one thing may lie. A missing point relates to nothing.
    """
    same_type = report.type == other.type
    if not same_type and not _same_group(report, other, group):
        return None
    if report.place_text and report.place_text == other.place_text:
        return Relation(other, near=False, same_type=same_type)
    apart_mm = _distance_mm(report, other)
    if apart_mm is None or apart_mm > radius_m * 1_000:
        return None
    return Relation(other, near=apart_mm > 0, same_type=same_type)


def _same_group(report: Open, other: Open, group: str) -> bool:
    mine = report.attributes.get(group, "")
    return bool(mine) and mine == other.attributes.get(group, "")


def _distance_mm(a: Open, b: Open) -> int | None:
    if a.lon_e7 is None or a.lat_e7 is None or b.lon_e7 is None or b.lat_e7 is None:
        return None
    if a.lon_e7 == b.lon_e7 and a.lat_e7 == b.lat_e7:
        return 0
    return distance_mm(Point(a.lon_e7, a.lat_e7), Point(b.lon_e7, b.lat_e7))


def classes_of(relation: Relation, report: Open, gap_s: int, policy: Fusing) -> list[str]:
    """Return the classes of this pair, coarse to fine.

    Relation, group, type, type and gap; where the pack wants them, channel and finer gap too.
    """
    group = policy.group
    kind = ("near" if relation.near else "same-place") + (
        "+type" if relation.same_type else "+group"
    )
    gap = bisect_left(policy.gaps_s, gap_s)
    names = [kind]
    if group:
        names.append(f"{kind}|{group}={report.attributes.get(group, '')}")
    names.append(f"{kind}|type={report.type}")
    names.append(f"{kind}|type={report.type}|gap={gap}")
    if policy.by_channel:
        names.append(f"{names[-1]}|channel={report.channel}")
    if policy.fine_gaps_s:
        names.append(f"{names[-1]}|fine={bisect_left(policy.fine_gaps_s, gap_s)}")
    return names


def remembered(weight: int, closing: int, memory_shift: int) -> int:
    """Return a fading sum, in 1/1024, after one more closing that counts 1 or 0.

    >>> remembered(ONE, 1, 0), remembered(ONE, 1, 8), remembered(ONE, 0, 1)
    (2048, 2044, 512)
    """
    return weight + closing * ONE - (weight >> memory_shift if memory_shift else 0)


def learned_rate_ppm(
    classes: Sequence[str],
    counted: Callable[[str], tuple[int, int]],
    prior_ppm: int,
    pseudo_count: int,
) -> int:
    """Return the share of duplicates in the finest class, shrunk towards the coarser ones.

    ``counted`` gives the fading sums ``(closed pairs, duplicates)`` of a class in 1/1024. At each
    level the rate is
    ``(duplicates + pseudo · parent) / (pairs + pseudo)``: additive smoothing along a hierarchy
    (Jelinek and Mercer 1980, with the weight of Witten and Bell's kind set by the pack).
    """
    rate = prior_ppm
    for name in classes:
        pairs, duplicates = counted(name)
        rate = (duplicates * PPM + pseudo_count * ONE * rate) // (pairs + pseudo_count * ONE)
    return rate
