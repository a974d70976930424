"""What somebody asks of the figures, as it is written: checked, and made a question."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from chengyun.app.figuring import Only, Question, Registers, Told
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant
from chengyun.kernel.limits import MAX_ID_CHARS
from chengyun.learn.figures import FIGURES, Figure
from chengyun.learn.periods import Period, Step, begun, day_of, period

_Text = Annotated[str, Meta(max_length=MAX_ID_CHARS)]
_Day = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


class FigureFilter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which figures, of which cases and days; what is left out limits nothing."""

    figures: Annotated[str, Meta(max_length=1_000)] = ""
    """Names with commas between them; all where it is left out."""
    by: Told = ""
    period: Literal["", "day", "week", "month", "quarter", "year"] = ""
    """Told apart by periods of this length; empty is one number for all days."""
    from_: _Day | None = msgspec.field(default=None, name="from")
    """The first day, in the city; that of the running month where it is left out."""
    until: _Day | None = None
    """The last day; today where it is left out."""
    area: _Text = ""
    """With everything below it."""
    unit: _Text = ""
    """With everything below it."""
    only: Only = ""
    """``area`` or ``unit``: the one that is named and nothing below it."""
    type: _Text | None = None
    category: _Text | None = None
    channel: _Text | None = None


def question_of(
    wanted: FigureFilter,
    registers: Registers,
    now: Instant,
    *,
    known_at: Instant | None = None,
    first: date | None = None,
) -> Question:
    """Return the question; what the city does not have is refused.

    ``first`` is the day from which on is asked where none is given.
    """
    places = registers.places
    _check("area", wanted.area, places.knows_area)
    _check("unit", wanted.unit, places.knows_unit)
    _check("type", wanted.type or "", registers.types.types.__contains__)
    return Question(
        figures=figures_of(wanted.figures),
        whole=_days_of(wanted, registers, now if known_at is None else known_at, first),
        now=now,
        by=wanted.by,
        step=_step_of(wanted),
        area=wanted.area,
        unit=wanted.unit,
        only=wanted.only,
        type=wanted.type,
        category=wanted.category,
        channel=wanted.channel,
        known_at=known_at,
    )


def figures_of(names: str) -> tuple[Figure, ...]:
    """Return figures by their names, with commas between them; all of them for no name."""
    if not names:
        return tuple(FIGURES.values())
    return tuple(figure_of(name.strip()) for name in dict.fromkeys(names.split(",")))


def figure_of(name: str) -> Figure:
    """Return a figure by its name."""
    found = FIGURES.get(name)
    if found is None:
        raise Rejected(
            "unknown_figure",
            f"{name[:80]!r} is no figure",
            where="figures",
            remedy=f"the figures are {', '.join(FIGURES)}",
            params={"figure": name[:80]},
        )
    return found


def _step_of(wanted: FigureFilter) -> Step | None:
    return wanted.period or None


def _days_of(
    wanted: FigureFilter, registers: Registers, now: Instant, first: date | None
) -> Period:
    today = day_of(now, registers.zone)
    last = today if wanted.until is None else _day("until", wanted.until)
    if wanted.from_ is not None:
        return period(_day("from", wanted.from_), last, registers.zone)
    return period(min(first or begun(last, "month"), last), last, registers.zone)


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as wrong:
        raise Rejected(
            "bad_day",
            f"{text!r} is no day",
            where=name,
            remedy="write it as 2026-05-31",
            params={"name": name, "value": text},
        ) from wrong


def _check(what: str, code: str, is_known: Callable[[str], bool]) -> None:
    if code and not is_known(code):
        raise Rejected(
            f"unknown_{what}",
            f"{code[:80]!r} is no {what} of this city",
            where=what,
            remedy=f"use a code of /api/v1/{what}s",
            params={what: code[:80]},
        )
