"""What a process says about time must hold: its terms, its tiers, what it promises its types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from chengyun.citypack.sections import Finding, Path, Sections
from chengyun.dispatch.policy import DutyList, Routing
from chengyun.facts.registers import (
    CalendarPolicy,
    CaseTypeEntry,
    CaseTypes,
    City,
    calendar_of,
)
from chengyun.handle.policy import MADE_BY, Move, Process
from chengyun.kernel.calendars import WorkingCalendar, deadline
from chengyun.kernel.errors import ChengyunError
from chengyun.kernel.instants import DAY_US, HOUR_US, Instant

_TERMS: Final[dict[Move, str]] = {
    "extend": "extension",
    "defer": "deferral",
    "ledger": "ledger",
    "supervise": "supervision",
    "appeal": "appeal",
}
"""The terms without which the command of a move makes none."""

_HOURS: Final = (3, 10, 16, 21)
_A_MONDAY: Final = 739_677
"""2 March 2026 as an ordinal: an ordinary week, in which limits are compared."""

_BEFORE_THE_CHECK: Final = frozenset({"report_back", "return", "accept", "contact", "dispatch"})
"""A step with one of these moves is on the way to reporting back, and so inside the time limit."""


def terms(process: Process, here: Path) -> Iterator[Finding]:
    """A move that wants terms has them."""
    for move, field in _TERMS.items():
        having = [name for name, step in process.steps.items() if move in step.moves]
        if having and getattr(process, field) is None:
            what = f"{MADE_BY[move]} makes no move without {field}"
            path = (*here, "steps", having[0], "moves", move)
            yield Finding(path, what, f"add {field} to the process", "no_terms")


def promises(name: str, process: Process, sections: Sections, here: Path) -> Iterator[Finding]:
    """What a process promises is there, and no step may take longer than the whole case."""
    if "step_limits" in process.promises:
        for step_name, step in process.steps.items():
            if not step.within and not step.ends:
                what = f"the step {step_name!r} has no limit, though the process promises one"
                path = (*here, "steps", step_name)
                yield Finding(path, what, "add within", "no_step_limit")
    types, routing = sections.get(CaseTypes), sections.get(Routing)
    if types is None or routing is None:
        return
    own = {
        code: one
        for code, one in types.types.items()
        if (one.process or routing.default_process) == name
    }
    duties = sections.get(DutyList)
    on_duty = set() if duties is None else {duty.type for duty in duties.duties.values()}
    for code, one in own.items():
        yield from _type(code, one, process, here, is_on_duty=code in on_duty)
    yield from _steps_fit(process, own, sections, here)


def _type(
    code: str, one: CaseTypeEntry, process: Process, here: Path, *, is_on_duty: bool
) -> Iterator[Finding]:
    where = (*here, "promises")
    if "time_limit" in process.promises and not one.time_limit:
        what = f"the type {code!r} has no time limit, though its process promises one"
        yield Finding(where, what, "add time_limit in case_types.csv", "no_time_limit")
    if "owner" in process.promises and not (one.owner or is_on_duty):
        what = f"the type {code!r} has no owner and no line in the duty list"
        yield Finding(where, what, "add owner in case_types.csv, or a duty", "no_owner")
    if "fallback" in process.promises and not one.fallback:
        what = f"the type {code!r} has no fallback owner, though its process promises one"
        yield Finding(where, what, "add fallback in case_types.csv", "no_fallback")
    limits = [tier.limit for tier in process.tiers.values()]
    if limits and one.time_limit not in limits:
        what = f"the limit {one.time_limit!r} of the type {code!r} is that of no tier"
        remedy = f"use one of {', '.join(limits)}, or add a tier"
        yield Finding((*here, "tiers"), what, remedy, "no_tier")


def _steps_fit(
    process: Process, own: dict[str, CaseTypeEntry], sections: Sections, here: Path
) -> Iterator[Finding]:
    policy, city = sections.get(CalendarPolicy), sections.get(City)
    if policy is None or city is None:
        return
    try:
        calendar = calendar_of(policy, city)
    except (ChengyunError, ValueError):
        return  # its own check names what is wrong
    for tier_name, tier in process.tiers.items():
        if _is_longer(tier.contact, tier.limit, calendar):
            what = f"the first contact may take {tier.contact}, longer than all of {tier.limit}"
            yield Finding((*here, "tiers", tier_name, "contact"), what, "shorten it", "too_long")
    for step_name, step in process.steps.items():
        if not step.within or not _BEFORE_THE_CHECK & set(step.moves):
            continue
        for code, one in own.items():
            if one.time_limit and _is_longer(step.within, one.time_limit, calendar):
                what = (
                    f"the step {step_name!r} may take {step.within}, "
                    f"longer than all of {one.time_limit} for {code!r}"
                )
                path = (*here, "steps", step_name, "within")
                yield Finding(path, what, "shorten it", "too_long")
                break


def _is_longer(limit: str, whole: str, calendar: WorkingCalendar) -> bool:
    """Tell whether ``limit`` runs out after ``whole`` whenever both begin within a week."""
    monday = calendar.at(_A_MONDAY, 0)
    starts = [
        Instant(monday + day * DAY_US + hour * HOUR_US) for day in range(7) for hour in _HOURS
    ]
    return all(deadline(at, limit, calendar) > deadline(at, whole, calendar) for at in starts)
