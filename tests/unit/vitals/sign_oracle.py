"""What a sign made of sensors is, in loops over rows: the oracle of history and of the live kernel.

Nothing here is fast, and nothing is shared with what it judges. All numbers are Python's integers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import inf
from typing import NamedTuple

from chengyun.facts.columns import Verdict
from chengyun.facts.registers import PropertyEntry
from chengyun.kernel.area_index import RANK, AreaIndex
from chengyun.vitals.policy import SensorSign


class Row(NamedTuple):
    """An observation as it was taken; instants in microseconds, value in millionths."""

    handle: int
    at: int
    value: int
    area: int
    flags: int = 0
    verdict: int = 0
    known_at: int = 0


class City(NamedTuple):
    """What the registers say; what is missing is not known."""

    areas: AreaIndex
    residents: Mapping[int, int] = {}
    area_m2: Mapping[int, int] = {}
    weight: Mapping[int, int] = {}
    silence_us: Mapping[int, int] = {}
    """How old a sensor's last word may be before it is unknown."""
    home: Mapping[int, int] = {}
    """Where each sensor of the property is registered."""


class Told(NamedTuple):
    """A value (None where it is not known), of how many, and how far its rank may be off."""

    value: int | None
    n: int
    error_ppm: int = 0


def value(
    sign: SensorSign,
    entry: PropertyEntry,
    rows: Sequence[Row],
    area: int,
    pane: int,
    city: City,
    *,
    backfilled: bool = False,
) -> Told | None:
    """Return the sign of ``area`` over the window that ends with ``pane``.

    All ``rows`` are of the sign's property. None is: nothing was counted there. A share is that
    of the instant at which the pane ends.
    """
    verdicts = {Verdict.ACCEPTED, Verdict.LATE} | ({Verdict.BACKFILLED} if backfilled else set())
    taken = [row for row in rows if row.verdict in verdicts]
    if sign.how == "share":
        told = share(sign, taken, area, (pane + 1) * sign.pane_s * 1_000_000, city)
    else:
        panes = 1 if sign.tumbling else max(1, sign.window_s // sign.pane_s)
        counted = [
            row
            for row in taken
            if row.flags == 0
            and pane - panes < row.at // (sign.pane_s * 1_000_000) <= pane
            and is_below(row.area, area, city.areas)
        ]
        told = judged(sign, entry, counted, city)
    if told is not None and sign.min_coverage:
        now = (pane + 1) * sign.pane_s * 1_000_000
        there = sum(is_below(home, area, city.areas) for home in city.home.values())
        speaking = len(speakers(taken, area, now, city))
        least = round(sign.min_coverage * 1_000_000)
        if not there or speaking * 1_000_000 // there < least:
            told = told._replace(value=None)
    if told is None or not sign.per or told.value is None:
        return told
    size = (city.residents if sign.per == "resident" else city.area_m2).get(area, 0)
    return told._replace(value=told.value // size if size else None)


def judged(
    sign: SensorSign, entry: PropertyEntry, counted: Sequence[Row], city: City
) -> Told | None:
    """Return what the counted rows of a window say."""
    if sign.weighted:
        counted = [row for row in counted if row.handle in city.weight]
    if not counted:
        return None
    values = [row.value for row in counted]
    n = len(values)
    if sign.how == "sum":
        return Told(sum(values), n)
    if sign.how == "count":
        return Told(n * 1_000_000, n)
    if sign.how == "mean" and sign.weighted:
        weighed = sum(city.weight[row.handle] * row.value for row in counted)
        return Told(weighed // sum(city.weight[row.handle] for row in counted), n)
    if sign.how == "mean":
        return Told(sum(values) // n, n)
    if sign.how == "min":
        return Told(min(values), n)
    if sign.how == "max":
        return Told(max(values), n)
    if sign.how == "rate":
        return Told(sum(values) * sign.rate_s // sign.window_s, n)
    return quantile(sign, entry, values)


def quantile(sign: SensorSign, entry: PropertyEntry, values: Iterable[int]) -> Told:
    """Return the middle of the first bin whose cumulated count reaches ``ceil(q·n)``."""
    low, high = round(entry.low * 1_000_000), round(entry.high * 1_000_000)
    bins = [0] * sign.bins
    for one in values:
        bins[min(sign.bins - 1, (one - low) * sign.bins // (high - low))] += 1
    n = sum(bins)
    wanted = max(1, -(-round(sign.quantile * 1_000_000) * n // 1_000_000))
    cumulated = 0
    for place, count in enumerate(bins):
        cumulated += count
        if cumulated >= wanted:
            middle = low + (2 * place + 1) * (high - low) // (2 * sign.bins)
            return Told(middle, n, count * 1_000_000 // n)
    raise AssertionError("the last bin holds the rest")


def share(sign: SensorSign, taken: Sequence[Row], area: int, now: int, city: City) -> Told | None:
    """Return which share of the speaking sensors of ``area`` is in the state at ``now``.

    A sensor stands where its newest row was measured. One that speaks and was never believed is
    not in the state.
    """
    if sign.state is None:
        raise AssertionError("a share has a state")
    low = round(sign.state.at_least * 1_000_000)
    high = round(sign.state.at_most * 1_000_000)
    speaking = inside = 0
    for known in speakers(taken, area, now, city):
        believed = max(
            (row for row in known if row.flags == 0), key=lambda row: row.at, default=None
        )
        speaking += 1
        inside += believed is not None and low <= believed.value <= high
    return Told(inside * 1_000_000 // speaking, speaking) if speaking else None


def speakers(taken: Sequence[Row], area: int, now: int, city: City) -> list[list[Row]]:
    """Return what is known at ``now`` of each sensor that speaks in ``area``."""
    found = []
    for handle in {row.handle for row in taken}:
        known = [row for row in taken if row.handle == handle and row.known_at <= now]
        last = max(known, key=lambda row: row.at, default=None)
        if last is None or not is_below(last.area, area, city.areas):
            continue
        if now - last.at <= city.silence_us.get(handle, -inf):
            found.append(known)
    return found


def is_below(area: int, above: int, areas: AreaIndex) -> bool:
    """Tell whether ``area`` is ``above`` or stands below it."""
    while area >= 0 and area != above:
        area = int(areas.parent[area])
    return area >= 0


def areas_of(level: str, areas: AreaIndex) -> list[int]:
    """Return the numbers of the areas of a level."""
    return [area for area in range(len(areas)) if int(areas.rank[area]) == RANK[level]]
