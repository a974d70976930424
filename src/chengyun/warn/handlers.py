"""Warn: a pane raises, moves and ends warnings; silence ends them as unknown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from chengyun.engine.known import Known
from chengyun.engine.stage import Follows, Listens
from chengyun.facts.engine import TimerFired
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.registers import Areas, levels_of
from chengyun.facts.vitals import LevelsCrossed, PaneClosed, Reading
from chengyun.facts.warn import (
    WarningBelow,
    WarningChanged,
    WarningCleared,
    WarningHotAgain,
    WarningRaised,
    WarningRetracted,
    WarningRevised,
)
from chengyun.kernel.ids import join, under
from chengyun.kernel.instants import SECOND_US, Instant
from chengyun.warn import rules, views
from chengyun.warn.crossing import on_levels_crossed
from chengyun.warn.policy import Band, Bands, SignBands


def on_pane_closed(fact: Fact[PaneClosed], known: Known) -> Iterable[Draft]:
    """Judge every reading, and every standing warning of the sign that has none."""
    pane = fact.body
    bands = known.policy(Bands).bands.get(pane.sign)
    if bands is None:
        return
    standing = {(row.type, row.area): row for row in known.find(views.WARNINGS, 2, pane.sign)}
    if not pane.fresh:
        for row in standing.values():
            yield _cleared(row, fact.happened_at, "unknown")
        return
    read = set()
    risen: dict[tuple[str, str], str] = {}
    for reading in sorted(pane.readings, key=lambda one: -(one.surprise_milli or 0)):
        read.add((reading.type, reading.area))
        band = bands.levels.get(reading.level)  # type: ignore[call-overload]
        if band is not None:
            before = standing.get((reading.type, reading.area))
            yield from _judge(reading, before, band, bands, fact, known, risen)
    for key, row in standing.items() if pane.complete else ():
        if key not in read and row.below_since is None:
            yield _below(row, fact, bands, known)


def _judge(
    reading: Reading,
    row: views.WarningRow | None,
    band: Band,
    bands: SignBands,
    fact: Fact[PaneClosed],
    known: Known,
    risen: dict[tuple[str, str], str],
) -> Iterator[Draft]:
    """Judge one reading; ``risen`` holds what rose in this pane already, by type and area."""
    value = rules.judged_milli(reading, band)
    level = rules.level_of(value, band, fact.body.days_known)
    if level:
        others = [
            other.level
            for other in known.find(views.WARNINGS, 1, (fact.body.sign, reading.type))
            if other.area != reading.area
        ] + [level for (type_, _), level in risen.items() if type_ == reading.type]
        level = rules.capped(level, others, bands.widened_at_most)
    if rules.RANK[level] > rules.RANK["" if row is None else row.level]:
        risen[reading.type, reading.area] = level
    if row is None:
        if level:
            yield _raised(reading, level, fact)
        return
    if rules.RANK[level] > rules.RANK[row.level]:
        yield Draft(
            id=under("level", row.warning, level),
            happened_at=fact.happened_at,
            subject=row.warning,
            area=row.area,
            body=WarningChanged(
                sign=row.sign,
                type=row.type,
                from_level=row.level,
                level=level,
                code=_code(reading),
                params=_params(reading),
            ),
        )
    if rules.is_below(value, band):
        if row.below_since is None:
            yield _below(row, fact, bands, known)
    elif row.below_since is not None:
        yield Draft(
            id=under("hot", row.warning, fact.happened_at),
            happened_at=fact.happened_at,
            subject=row.warning,
            area=row.area,
            body=WarningHotAgain(sign=row.sign, type=row.type),
        )


def _raised(reading: Reading, level: str, fact: Fact[PaneClosed]) -> Draft:
    onset = fact.body.until_at
    warning = join("warn", fact.body.sign, reading.type or "all", reading.area, onset)
    return Draft(
        id=warning,
        happened_at=fact.happened_at,
        subject=warning,
        area=reading.area,
        body=WarningRaised(
            sign=fact.body.sign,
            type=reading.type,
            level=level,
            onset_at=onset,
            code=_code(reading),
            params=_params(reading),
        ),
    )


def _below(row: views.WarningRow, fact: Fact[PaneClosed], bands: SignBands, known: Known) -> Draft:
    level = known.built(levels_of, Areas).get(row.area, "")
    band = bands.levels.get(level)  # type: ignore[call-overload]
    dwell_s = 0 if band is None else band.dwell_s
    return Draft(
        id=under("below", row.warning, fact.happened_at),
        happened_at=fact.happened_at,
        subject=row.warning,
        area=row.area,
        body=WarningBelow(
            sign=row.sign, type=row.type, until_at=fact.happened_at + dwell_s * SECOND_US
        ),
    )


def on_timer(fact: Fact[TimerFired], known: Known) -> Iterable[Draft]:
    """The sign stayed below for the whole dwell: the warning ends."""
    row = known.get(views.WARNINGS, fact.subject)
    if row is not None and row.open and row.below_since is not None:
        yield _cleared(row, fact.happened_at, "stayed_below")


def _cleared(row: views.WarningRow, at: Instant, code: str) -> Draft:
    return Draft(
        id=under("cleared", row.warning),
        happened_at=at,
        subject=row.warning,
        area=row.area,
        body=WarningCleared(
            sign=row.sign,
            type=row.type,
            from_level=row.level,
            highest_level=row.highest,
            code=code,
            params={},
        ),
    )


def _code(reading: Reading) -> str:
    return "value_reached" if reading.surprise_milli is None else "unusual_demand"


def _params(reading: Reading) -> dict[str, str]:
    params = {
        "value_micro": str(reading.value_micro),
        "window_s": str(reading.window_s),
    }
    if reading.surprise_milli is not None:
        params |= {
            "series": reading.series,
            "expected_ppm": str(reading.expected_ppm),
            "surprise_milli": str(reading.surprise_milli),
        }
    return params


LISTENS: Final[Listens] = {
    PaneClosed: (on_pane_closed,),
    LevelsCrossed: (on_levels_crossed,),
    TimerFired: (on_timer,),
}
FOLLOWS: Final[Follows] = {
    WarningRaised: (views.note_raised,),
    WarningChanged: (views.note_changed,),
    WarningBelow: (views.note_below,),
    WarningHotAgain: (views.note_hot_again,),
    WarningCleared: (views.note_cleared,),
    WarningRevised: (views.note_revised,),
    WarningRetracted: (views.note_retracted,),
}
