"""Scores proposals and merges against what was recorded, and two simple baselines beside them.

The baselines have the same delayed knowledge as the platform: at a request's entry they know the
units of those that had closed by then, and nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from chengyun.facts.handle import DUPLICATE
from chengyun.kernel.instants import Instant
from chengyun.sim.replay.recording import Closing, Event, Opening, Truth
from chengyun.sim.replay.result import Duplicates, FileDuplicates, Routing


class Proposal(NamedTuple):
    """The units proposed for a request, in order, and when."""

    units: tuple[str, ...]
    at: Instant


class Merge(NamedTuple):
    """A request that was merged into an incident."""

    incident: str
    score_ppm: int


class BackOff:
    """Most frequent unit of the finest key that was seen; keys go from fine to coarse."""

    def __init__(self, keys: Callable[[Truth], Sequence[tuple[str, ...]]]) -> None:
        self._keys = keys
        self._counts: dict[tuple[str, ...], Counter[str]] = {}

    def guess(self, truth: Truth) -> str:
        """Return the most frequent unit; of two, the one that was counted first."""
        for key in self._keys(truth):
            counts = self._counts.get(key)
            if counts:
                return counts.most_common(1)[0][0]
        return ""

    def learn(self, truth: Truth) -> None:
        """Count a request that closed."""
        for key in self._keys(truth):
            self._counts.setdefault(key, Counter())[truth.unit] += 1


def by_area(truth: Truth) -> Sequence[tuple[str, ...]]:
    """Type and area, then type, then all."""
    return (("area", truth.type, truth.area), ("type", truth.type), ("all",))


def by_police_district(truth: Truth) -> Sequence[tuple[str, ...]]:
    """Type and police district, then type, then all."""
    return (("district", truth.type, truth.police_district), ("type", truth.type), ("all",))


def score_routing(
    events: Iterable[Event],
    truths: Mapping[str, Truth],
    proposals: Mapping[str, Proposal],
    until: Instant,
) -> Routing:
    """Score the first proposals of every accepted request that has a recorded unit."""
    baselines = (BackOff(by_area), BackOff(by_police_district))
    scored = first = among = 0
    right = [0, 0]
    for event in events:
        if event.at > until:
            break
        if isinstance(event, Opening) and event.report.id in proposals:
            truth = truths[event.report.id]
            if not truth.unit:
                continue
            units = proposals[event.report.id].units
            scored += 1
            first += units[:1] == (truth.unit,)
            among += truth.unit in units[:3]
            for place, baseline in enumerate(baselines):
                right[place] += baseline.guess(truth) == truth.unit
        elif isinstance(event, Closing) and event.report_id in proposals:
            truth = truths[event.report_id]
            if truth.unit:
                for baseline in baselines:
                    baseline.learn(truth)
    return Routing(
        n=scored,
        top1=_share(first, scored),
        top3=_share(among, scored),
        baseline_top1=_share(right[0], scored),
        type_district_top1=_share(right[1], scored),
    )


class Members:
    """Which incident each request ended up in."""

    def __init__(self, merges: Mapping[str, Merge]) -> None:
        self._merges = merges

    def incident_of(self, request: str) -> str:
        """Return the request that opened the incident of ``request``."""
        merge = self._merges.get(request)
        return request if merge is None else merge.incident

    def is_found(self, truth: Truth, accepted: Mapping[str, Truth]) -> bool:
        """Tell whether a labelled duplicate was merged, with the named partner if there is one."""
        if truth.id not in self._merges:
            return False
        partner = truth.duplicate_of
        if not partner or partner not in accepted or partner == truth.id:
            return True
        return self.incident_of(partner) == self.incident_of(truth.id)


def score_duplicates(
    truths: Mapping[str, Truth], merges: Mapping[str, Merge]
) -> tuple[Duplicates, list[FileDuplicates]]:
    """Score merges per request against ``duplicate`` closings, over all and by file."""
    members = Members(merges)
    by_file = []
    for file in dict.fromkeys(truth.file for truth in truths.values()):
        inside = [truth for truth in truths.values() if truth.file == file]
        labelled = [truth for truth in inside if truth.outcome == DUPLICATE]
        merged = sum(truth.id in merges for truth in inside)
        found = sum(members.is_found(truth, truths) for truth in labelled)
        by_file.append(
            FileDuplicates(
                file=file,
                merged=merged,
                labelled=len(labelled),
                found=found,
                precision=_share(found, merged),
                recall=_share(found, len(labelled)),
            )
        )
    labelled_count = sum(one.labelled for one in by_file)
    found_count = sum(one.found for one in by_file)
    whole = Duplicates(
        labelled=labelled_count,
        found=found_count,
        precision=_share(found_count, len(merges)),
        recall=_share(found_count, labelled_count),
    )
    return whole, by_file


def _share(part: int, whole: int) -> float:
    return round(part / whole, 6) if whole else 0.0
