"""The clocks of a case: which run, when they are told, and who hears it above.

What a timer says is reckoned from when it was due, never from when it fired: after downtime, and
whatever the machine's clock did, the same facts follow in the same order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from chengyun.engine.known import Known
from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change, Put
from chengyun.facts.dispatch import CaseFiled
from chengyun.facts.engine import TimerFired
from chengyun.facts.envelope import Body, Draft, Fact
from chengyun.facts.handle import (
    CaseDueSoon,
    CaseEscalated,
    CaseFellDue,
    CaseReopened,
    CaseReworked,
    ClockRanOut,
    ClockStarted,
    ClockStopped,
)
from chengyun.facts.registers import Units
from chengyun.handle import views
from chengyun.handle.deadlines import due_after, limit_for
from chengyun.handle.deferring import on_deferral_lapsed, on_deferral_over
from chengyun.handle.extending import on_extension_lapsed
from chengyun.handle.objecting import on_appeal_lapsed
from chengyun.handle.policy import Process, Processes
from chengyun.handle.steps import process_of, step_of
from chengyun.handle.waiting import CLOCKS, ClockRow, started, stopped
from chengyun.kernel.ids import under
from chengyun.kernel.instants import Instant

SOON: Final = "handle.soon."
AT_ONCE: Final = "at once"


def clocked(processes: Processes) -> frozenset[str]:
    """Return the processes that have clocks besides the deadline of the case."""
    return frozenset(
        name
        for name, one in processes.processes.items()
        if one.tiers or one.escalation or one.soon_percent
        or any(step.within for step in one.steps.values())
    )  # fmt: skip


def _process(case: views.CaseRow, known: Known) -> Process | None:
    """Return the process of a case if it has clocks of its own."""
    names = known.built_under(case.policy_version, clocked, Processes)
    return process_of(case, known) if case.process in names else None


# --- which clocks run -------------------------------------------------------------------------


def on_moved(fact: Fact[Any], known: Known) -> Iterable[Draft]:
    """Start and stop the clocks as the case stands now."""
    case = known.get(views.CASES, fact.subject)
    process = None if case is None else _process(case, known)
    if case is None or process is None or case.state == "closed":
        return
    yield from _step_clock(case, process, fact, known)
    if isinstance(fact.body, CaseFiled) and case.members:
        yield from _contact_clock(case, process, fact, known)
    if not case.open or case.stopped_at is not None or case.due_at is None:
        return
    if not case.fell_due and known.get(CLOCKS, (case.case, "due")) is None:
        soon_at = _soon(process, case.counted_from, case.due_at, fact.happened_at)
        if soon_at is not None:
            yield _start(case, "due", "", case.due_at, soon_at, "", fact)
    if case.fell_due and known.get(CLOCKS, (case.case, "escalation")) is None:
        yield from _climb_again(case, process, fact, known)


def _step_clock(
    case: views.CaseRow, process: Process, fact: Fact[Any], known: Known
) -> Iterable[Draft]:
    step, runs = step_of(case, process), known.get(CLOCKS, (case.case, "step"))
    within = process.steps[step].within
    if not within:
        if runs is not None:
            body = ClockStopped(clock="step", step=runs.step, due_at=runs.due_at)
            yield _draft(case, "stopped", "step", body, fact.happened_at)
    elif runs is None or runs.step != step or isinstance(fact.body, CaseReworked | CaseReopened):
        due_at = due_after(fact.happened_at, within, case, known)
        soon_at = _soon(process, fact.happened_at, due_at, fact.happened_at)
        yield _start(case, "step", step, due_at, soon_at, within, fact)


def _contact_clock(
    case: views.CaseRow, process: Process, fact: Fact[Any], known: Known
) -> Iterable[Draft]:
    limit = limit_for(case, known)
    for tier in process.tiers.values():
        if tier.limit == limit:
            due_at = due_after(case.filed_at, tier.contact, case, known)
            soon_at = _soon(process, case.filed_at, due_at, fact.happened_at)
            yield _start(case, "contact", "", due_at, soon_at, tier.contact, fact)
            return


def _climb_again(
    case: views.CaseRow, process: Process, fact: Fact[Any], known: Known
) -> Iterable[Draft]:
    """A case that was told and comes back overdue goes on climbing from where it was."""
    if case.escalated < min(len(process.escalation), len(_above(case, known))):
        after = process.escalation[case.escalated]
        due_at = fact.happened_at
        if after != AT_ONCE:
            due_at = due_after(fact.happened_at, after, case, known)
        yield _start(case, "escalation", "", due_at, None, after, fact)


def _soon(process: Process, from_at: int, due_at: int, now: int) -> int | None:
    if not process.soon_percent:
        return None
    soon_at = from_at + (due_at - from_at) * process.soon_percent // 100
    return soon_at if now < soon_at < due_at else None


def _start(
    case: views.CaseRow,
    clock: str,
    step: str,
    due_at: int,
    soon_at: int | None,
    limit: str,
    fact: Fact[Any],
) -> Draft:
    body = ClockStarted(clock=clock, step=step, due_at=due_at, soon_at=soon_at, limit=limit)
    return _draft(case, "clock", clock, body, fact.happened_at)


def _draft(case: views.CaseRow, word: str, clock: str, body: Body, at: Instant) -> Draft:
    return Draft(
        id=under(word, case.case, clock, case.revision),
        happened_at=at,
        subject=case.case,
        area=case.area,
        body=body,
    )


# --- what is told -----------------------------------------------------------------------------


def on_timer(fact: Fact[TimerFired], known: Known) -> Iterable[Draft]:
    """A moment of a clock came."""
    purpose = fact.body.purpose
    if purpose.startswith(SOON):
        return _told_soon(fact, purpose.removeprefix(SOON), known)
    answer = _ANSWERS.get(purpose)
    return () if answer is None else answer(fact, known)


def _told_soon(fact: Fact[TimerFired], clock: str, known: Known) -> Iterable[Draft]:
    case = known.get(views.CASES, fact.subject)
    runs = known.get(CLOCKS, (fact.subject, clock))
    if case is not None and runs is not None and runs.soon_at == fact.body.due_at:
        body = CaseDueSoon(clock=clock, due_at=runs.due_at, unit=case.unit)
        yield _told(case, "soon", clock, fact.body.due_at, body)


def on_due(fact: Fact[TimerFired], known: Known) -> Iterable[Draft]:
    """The deadline of a case came while it was open."""
    case = known.get(views.CASES, fact.subject)
    if case is None or not case.open or case.stopped_at is not None:
        return
    if case.due_at == fact.body.due_at:
        before = (case.overdues,) if case.overdues else ()
        name = under("due", case.case, fact.body.due_at, *before)
        body = CaseFellDue(due_at=fact.body.due_at, unit=case.unit)
        yield Draft(
            id=name, happened_at=fact.happened_at, subject=case.case, area=case.area, body=body
        )


def _ran_out(fact: Fact[TimerFired], known: Known) -> Iterable[Draft]:
    clock = fact.body.purpose.partition(".")[2]
    case = known.get(views.CASES, fact.subject)
    runs = known.get(CLOCKS, (fact.subject, clock))
    if case is not None and runs is not None and runs.due_at == fact.body.due_at:
        body = ClockRanOut(clock=clock, step=runs.step, due_at=runs.due_at, unit=case.unit)
        yield _told(case, "ran-out", clock, runs.due_at, body)


def _told(case: views.CaseRow, word: str, clock: str, at: int, body: Body) -> Draft:
    return Draft(
        id=under(word, case.case, clock, at, case.revision),
        happened_at=Instant(at),
        subject=case.case,
        area=case.area,
        body=body,
    )


# --- who hears it above -----------------------------------------------------------------------


def _above(case: views.CaseRow, known: Known) -> list[str]:
    """Return the units above that of the case, the nearest first."""
    units = known.pinned(Units, case.policy_version).units
    found: list[str] = []
    unit = units.get(case.unit)
    while unit is not None and unit.parent and unit.parent not in found:
        found.append(unit.parent)
        unit = units.get(unit.parent)
    return found


def on_fell_due(fact: Fact[CaseFellDue], known: Known) -> Iterable[Draft]:
    """The unit above hears it, at once or after a while."""
    case = known.get(views.CASES, fact.subject)
    process = None if case is None else _process(case, known)
    if case is None or process is None or not process.escalation or not _above(case, known):
        return
    if process.escalation[0] == AT_ONCE:
        yield from _escalated(case, process, 1, fact.happened_at, known)
    else:
        yield from _climb_again(case, process, fact, known)


def on_ran_out(fact: Fact[ClockRanOut], known: Known) -> Iterable[Draft]:
    """What runs out beside the deadline is told one level up, once."""
    case = known.get(views.CASES, fact.subject)
    process = None if case is None else _process(case, known)
    above = [] if case is None else _above(case, known)
    if case is not None and process is not None and process.escalation and above:
        clock, due_at = fact.body.clock, fact.body.due_at
        body = CaseEscalated(
            clock=clock, level=1, unit=case.unit, to_unit=above[0], due_at=due_at, next_at=None
        )
        yield _told(case, "escalated", clock, due_at, body)


def _climbed(fact: Fact[TimerFired], known: Known) -> Iterable[Draft]:
    case = known.get(views.CASES, fact.subject)
    runs = known.get(CLOCKS, (fact.subject, "escalation"))
    process = None if case is None else _process(case, known)
    if case is None or process is None or runs is None or not case.open:
        return
    if runs.due_at != fact.body.due_at:
        return
    if case.escalated < len(_above(case, known)):
        yield from _escalated(case, process, case.escalated + 1, fact.happened_at, known)
    else:  # it is with another unit by now, which has nobody above
        body = ClockStopped(clock="escalation", step="", due_at=runs.due_at)
        yield _draft(case, "stopped", "escalation", body, fact.happened_at)


def _escalated(
    case: views.CaseRow, process: Process, level: int, at: Instant, known: Known
) -> Iterable[Draft]:
    above = _above(case, known)
    next_at: int | None = None
    if level < min(len(process.escalation), len(above)):
        after = process.escalation[level]
        next_at = at if after == AT_ONCE else due_after(at, after, case, known)
    body = CaseEscalated(
        clock="due",
        level=level,
        unit=case.unit,
        to_unit=above[level - 1],
        due_at=at if case.due_at is None else case.due_at,
        next_at=next_at,
    )
    yield _told(case, "escalated", f"due.{level}", at, body)


_ANSWERS: Final[Mapping[str, Callable[[Fact[TimerFired], Known], Iterable[Draft]]]] = {
    views.DUE: on_due,
    "handle.step": _ran_out,
    "handle.contact": _ran_out,
    "handle.supervision": _ran_out,
    "handle.review": _ran_out,
    "handle.extension": on_extension_lapsed,
    "handle.deferral": on_deferral_lapsed,
    "handle.appeal": on_appeal_lapsed,
    "handle.resume": on_deferral_over,
    "handle.escalation": _climbed,
}

# --- what is remembered -----------------------------------------------------------------------


def note_started(fact: Fact[ClockStarted], rows: Rows) -> Iterable[Change]:
    """A clock runs."""
    clock = fact.body
    yield from started(
        fact, clock.clock, clock.due_at, rows, step=clock.step, soon_at=clock.soon_at
    )


def note_stopped(fact: Fact[ClockStopped], rows: Rows) -> Iterable[Change]:
    """A clock runs no more."""
    yield from stopped(rows, fact.subject, fact.body.clock)


def note_soon(fact: Fact[CaseDueSoon], rows: Rows) -> Iterable[Change]:
    """It was told."""
    clock = rows.get(CLOCKS, (fact.subject, fact.body.clock))
    if clock is not None:
        yield Put(CLOCKS, _marked(clock, ran_out=clock.ran_out))


def note_ran_out(fact: Fact[ClockRanOut], rows: Rows) -> Iterable[Change]:
    """It ran out, and stays so while what it measures goes on."""
    clock = rows.get(CLOCKS, (fact.subject, fact.body.clock))
    if clock is not None:
        yield Put(CLOCKS, _marked(clock, ran_out=True))


def _marked(clock: ClockRow, *, ran_out: bool) -> ClockRow:
    return ClockRow(clock.case, clock.clock, clock.step, clock.due_at, None, ran_out)


def note_escalated(fact: Fact[CaseEscalated], rows: Rows) -> Iterable[Change]:
    """It was told a level higher; the next one waits for its time."""
    case, body = rows.get(views.CASES, fact.subject), fact.body
    if case is None or body.clock != "due":
        return
    yield views.changed(case, escalated=body.level)
    if body.next_at is None:
        yield from stopped(rows, fact.subject, "escalation")
    else:
        yield from started(fact, "escalation", body.next_at, rows)
