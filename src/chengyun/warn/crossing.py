"""Warn, on the stream lane: each crossing of a level raises, moves or ends a warning."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from chengyun.engine.known import Known
from chengyun.facts.envelope import Body, Draft, Fact
from chengyun.facts.vitals import Crossing, LevelsCrossed
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
from chengyun.kernel.instants import SECOND_US
from chengyun.warn import views


def on_levels_crossed(fact: Fact[LevelsCrossed], known: Known) -> Iterable[Draft]:
    """Make of every crossing what it means for the warning of its sign and area."""
    for one in fact.body.crossings:
        standing = known.find(views.WARNINGS, 0, (one.sign, "", one.area))
        row = next((row for row in standing if row.open), None)
        if one.kind == "raised":
            if row is not None:
                yield _about(row, fact, _cleared(row, one, fact))
            yield _raised(one, fact)
        elif row is not None:
            yield _about(row, fact, _MEANS[one.kind](row, one, fact))


def _raised(one: Crossing, fact: Fact[LevelsCrossed]) -> Draft:
    warning = join("warn", one.sign, "all", one.area, fact.body.at)
    return Draft(
        id=warning,
        happened_at=fact.happened_at,
        subject=warning,
        area=one.area,
        body=WarningRaised(
            sign=one.sign,
            type="",
            level=one.level,
            onset_at=fact.body.at,
            code="value_reached",
            params=_params(one),
        ),
    )


def _about(row: views.WarningRow, fact: Fact[LevelsCrossed], body: Body) -> Draft:
    return Draft(
        id=under(_VERBS[type(body)], row.warning, fact.happened_at),
        happened_at=fact.happened_at,
        subject=row.warning,
        area=row.area,
        body=body,
    )


def _params(one: Crossing) -> dict[str, str]:
    return {
        "value_micro": str(one.value_micro),
        "window_s": str(one.window_s),
        "coverage_ppm": str(one.coverage_ppm),
    }


def _changed(row: views.WarningRow, one: Crossing, fact: Fact[LevelsCrossed]) -> Body:
    return WarningChanged(
        sign=row.sign,
        type=row.type,
        from_level=row.level,
        level=one.level,
        code="value_reached",
        params=_params(one),
    )


def _below(row: views.WarningRow, one: Crossing, fact: Fact[LevelsCrossed]) -> Body:
    until_at = fact.body.at + one.dwell_s * SECOND_US
    return WarningBelow(sign=row.sign, type=row.type, until_at=until_at)


def _hot_again(row: views.WarningRow, one: Crossing, fact: Fact[LevelsCrossed]) -> Body:
    return WarningHotAgain(sign=row.sign, type=row.type)


def _cleared(row: views.WarningRow, one: Crossing, fact: Fact[LevelsCrossed]) -> Body:
    return WarningCleared(
        sign=row.sign,
        type=row.type,
        from_level=row.level,
        highest_level=row.highest,
        code="unknown" if one.kind == "unknown" else "stayed_below",
        params={},
    )


def _revised(row: views.WarningRow, one: Crossing, fact: Fact[LevelsCrossed]) -> Body:
    return WarningRevised(
        sign=row.sign,
        type=row.type,
        from_level=row.level,
        level=one.level,
        code="late_data",
        params=_params(one),
    )


def _retracted(row: views.WarningRow, one: Crossing, fact: Fact[LevelsCrossed]) -> Body:
    return WarningRetracted(
        sign=row.sign, type=row.type, from_level=row.level, code="late_data", params=_params(one)
    )


_Meaning = Callable[[views.WarningRow, Crossing, Fact[LevelsCrossed]], Body]

_MEANS: Final[Mapping[str, _Meaning]] = {
    "changed": _changed,
    "below": _below,
    "hot_again": _hot_again,
    "cleared": _cleared,
    "unknown": _cleared,
    "revised": _revised,
    "retracted": _retracted,
}
_VERBS: Final[Mapping[type[Body], str]] = {
    WarningChanged: "level",
    WarningBelow: "below",
    WarningHotAgain: "hot",
    WarningCleared: "cleared",
    WarningRevised: "revised",
    WarningRetracted: "retracted",
}
