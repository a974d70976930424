"""One pane of a sign that counts reports: its readings, and what it teaches about spread."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from chengyun.engine.known import Known
from chengyun.facts.vitals import Arrivals, Reading, Spread
from chengyun.kernel.instants import SECOND_US
from chengyun.vitals import views
from chengyun.vitals.baseline import (
    SERIES,
    Hour,
    Overall,
    TypeUsual,
    hour_of,
    hourly,
    nothing,
    share,
)
from chengyun.vitals.policy import BaselinePolicy, Sign
from chengyun.vitals.rules import surprise_milli

MICRO: Final = 1_000_000
_HOUR_S: Final = 3_600
_LEAST_SPREAD: Final = 0.02


Mark = tuple[int, int, int]
"""Arrivals of a cell in one pane: its number, ``raw``, ``thin``."""


class Cell(msgspec.Struct, frozen=True):
    """A cell that is looked at."""

    counts: list[tuple[int, int]]
    """What arrived in each window, ``raw`` and ``thin``."""
    now: Mark | None
    """What arrived in the pane that just ended, if anything did."""


class Measuring:
    """Measures the cells that something arrived in, or that were notable a pane ago."""

    def __init__(
        self,
        name: str,
        sign: Sign,
        policy: BaselinePolicy,
        known: Known,
        *,
        city: str,
        level_of: dict[str, str],
        until_at: int,
        slots: list[int],
    ) -> None:
        self._name = name
        self._sign = sign
        self._policy = policy
        self._known = known
        self._city = city
        self._level_of = level_of
        self._pane = until_at // (sign.pane_s * SECOND_US)
        self._slots = slots
        """The hour of the week of each pane of the longest window, the newest first."""
        self._overall: Overall = known.get(views.OVERALL, name) or nothing(name)
        self._hours: dict[tuple[int, int], Hour] = {}
        self._rates: dict[tuple[str, int, int], float] = {}
        self._means: dict[tuple[str, str], list[tuple[float, ...]]] = {}
        self.days_known = self._overall.days

    def cells(self, arrivals: Iterable[Arrivals]) -> dict[tuple[str, str], Cell]:
        """Return all cells to look at, with what just arrived, whole city too."""
        cells: dict[tuple[str, str], Cell] = {}
        whole: dict[str, list[int]] = {}
        for arrived in arrivals:
            key = (arrived.type, arrived.area)
            if arrived.area != self._city:
                cells[key] = self._cell(self._recent(*key), (self._pane, arrived.count, 1))
            both = whole.setdefault(arrived.type, [0, 0])
            both[0] += arrived.count
            both[1] += 1
        for row in self._known.each(views.VITALS):
            if row.sign == self._name:
                if row.area == self._city:
                    whole.setdefault(row.type, [0, 0])
                elif (row.type, row.area) not in cells:
                    cells[row.type, row.area] = self._cell(self._recent(row.type, row.area), None)
        for type_, (raw, thin) in whole.items():
            now = (self._pane, raw, thin) if raw else None
            cells[type_, self._city] = self._cell(self._recent_everywhere(type_), now)
        return cells

    def _recent(self, type_: str, area: str) -> list[Mark]:
        row = self._known.get(views.RECENT, (self._name, type_, area))
        return [] if row is None else row.marks

    def _recent_everywhere(self, type_: str) -> list[Mark]:
        rows = self._known.find(views.RECENT, 0, (self._name, type_))
        return [mark for row in rows for mark in row.marks]

    def _cell(self, recent: list[Mark], now: Mark | None) -> Cell:
        marks = recent if now is None else [*recent, now]
        counts = []
        for window_s in self._sign.windows_s:
            oldest = self._pane - window_s // self._sign.pane_s
            raw = thin = 0
            for pane, its_raw, its_thin in marks:
                if pane > oldest:
                    raw += its_raw
                    thin += its_thin
            counts.append((raw, thin))
        return Cell(counts, now)

    def readings(self, cells: dict[tuple[str, str], Cell]) -> Iterator[Reading]:
        """Yield the most surprising reading of each notable cell."""
        if self.days_known < self._policy.silent_days:
            return
        for type_, area in sorted(cells):
            found = self._most_surprising(type_, area, cells[type_, area])
            if found is not None and (found.surprise_milli or 0) >= self._sign.notable_milli:
                yield found

    def _most_surprising(self, type_: str, area: str, cell: Cell) -> Reading | None:
        level = self._level_of[area]
        spreading = self._sign.levels.get(level)  # type: ignore[call-overload]
        best: Reading | None = None
        if spreading is None:
            return None
        if max(map(max, cell.counts)) < spreading.min_count:
            return None
        means = self._expected(type_, area)
        for place, counts in enumerate(cell.counts):
            for series, count in enumerate(counts):
                mean = means[place][series]
                if count < spreading.min_count or count <= mean:
                    continue
                spread = self._spread(type_, level, place, series)
                variance = mean * spread + spreading.model_error * mean * mean
                surprise = surprise_milli(count, mean, variance)
                if best is None or surprise > (best.surprise_milli or 0):
                    best = Reading(
                        type=type_,
                        area=area,
                        level=level,
                        window_s=self._sign.windows_s[place],
                        value_micro=count * MICRO,
                        series=SERIES[series],
                        expected_ppm=int(mean * MICRO + 0.5),
                        surprise_milli=surprise,
                    )
        return best

    def spreads(
        self, arrivals: Iterable[Arrivals], cells: dict[tuple[str, str], Cell]
    ) -> Iterator[Spread]:
        """Yield how much more often arrivals came in company than chance would have it.

        For ``x`` arrivals with ``before`` in the window, the excess of ordered pairs is
        ``2x (before - expected) + x (x - 1)``; per arrival it estimates the variance over the
        mean, less one, of a compound Poisson stream.
        """
        if self.days_known < 1:
            return
        types = {arrived.type for arrived in arrivals}
        sums: dict[tuple[str, str], list[int]] = {}
        for (type_, area), cell in cells.items():
            level = self._level_of[area]
            if cell.now is None or type_ not in types or level not in self._sign.levels:
                continue
            taught: list[int] = []
            for counts, means in zip(cell.counts, self._expected(type_, area), strict=True):
                for count, mean, new in zip(counts, means, cell.now[1:], strict=True):
                    taught += (_excess_micro(new, count - new, mean), new * MICRO)
            before = sums.get((type_, level))
            if before is not None:
                taught = [one + other for one, other in zip(before, taught, strict=True)]
            sums[type_, level] = taught
        for (type_, level), taught in sorted(sums.items()):
            yield Spread(type_, level, taught)

    def _expected(self, type_: str, area: str) -> list[tuple[float, ...]]:
        """Return what is expected of a cell in each window, by series."""
        means = self._means.get((type_, area))
        if means is not None:
            return means
        usual = self._known.get(views.USUAL, (self._name, type_))
        both = range(len(SERIES))
        shares = [
            1.0 if area == self._city else share(self._overall, usual, series, area, self._policy)
            for series in both
        ]
        means = self._means[type_, area] = [
            tuple([self._rate(type_, usual, window_s, one) * shares[one] for one in both])
            for window_s in self._sign.windows_s
        ]
        return means

    def _rate(self, type_: str, usual: TypeUsual | None, window_s: int, series: int) -> float:
        """Return what is expected of a type in the whole city."""
        mean = self._rates.get((type_, window_s, series))
        if mean is None:
            panes = self._slots[: window_s // self._sign.pane_s]
            share_of_hour = self._sign.pane_s / _HOUR_S
            mean = 0.0
            for slot in dict.fromkeys(panes):
                hour = self._hour(series, slot)
                rate = hourly(self._overall, usual, series, hour, self._policy)
                mean += rate * panes.count(slot) * share_of_hour
            self._rates[type_, window_s, series] = mean
        return mean

    def _hour(self, series: int, slot: int) -> Hour:
        hour = self._hours.get((series, slot))
        if hour is None:
            hour = self._hours[series, slot] = hour_of(self._overall, series, slot, self._policy)
        return hour

    def _spread(self, type_: str, level: str, window: int, series: int) -> float:
        policy = self._policy
        row = self._known.get(views.SPREADS, (self._name, type_, level))
        excess = arrivals = 0.0
        if row is not None:
            place = (window * len(SERIES) + series) * 2
            excess, arrivals = row.known[place] / MICRO, row.known[place + 1] / MICRO
        prior = policy.spread_arrivals
        return max(_LEAST_SPREAD, (excess + prior * policy.prior_spread) / (arrivals + prior))


def _excess_micro(new: int, before: int, mean: float) -> int:
    return round((2.0 * new * (before - mean) + new * (new - 1)) * MICRO)
