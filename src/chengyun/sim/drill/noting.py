"""What stands out of a drill: strengths, and what to look at again, each as a coded reason.

There is no score. Every reason names what it is about, and says nothing that the tables do not
show; what the operator could not help is said to be the platform's.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import Final, NamedTuple

from chengyun.kernel.instants import Instant, to_datetime, zone
from chengyun.sim.drill.debrief import Reason
from chengyun.sim.drill.deeds import Asked
from chengyun.sim.drill.held import Held
from chengyun.sim.drill.naming import Naming
from chengyun.sim.drill.side import Side
from chengyun.sim.drill.telling import what_of
from chengyun.sim.drill.words import reason
from chengyun.sim.scoring.record import Case
from chengyun.sim.scoring.truth import Event

SLOW_MIN: Final = 20
"""A decision that waited so many minutes of the city is worth looking at again."""
NOTABLE_MIN: Final = 10
"""So much sooner or later an event must have ended to be said."""
FEW: Final = 2
"""Fewer decisions have no median worth a word."""
MOST_OF_A_CODE: Final = 3
"""The first so many of a code are said; the tables hold all of them."""


class Noting(NamedTuple):
    """Looks at a drill and at the same evening with the duty room alone."""

    you: Side
    alone: Side
    naming: Naming
    held: Held

    def strengths(self) -> list[Reason]:
        """Return what went well: nothing did by the operator's doing if he decided nothing."""
        if not any(one.is_decided for one in self.you.deeds.asked):
            return []
        return _fewer([*self._decided_well(), *self._sooner(), *self._less_overdue()])

    def again(self) -> list[Reason]:
        """Return what to look at again."""
        return _fewer(
            [
                *self._left(),
                *self._wrong_owners(),
                *self._refused_in_need(),
                *self._later(),
                *self._more_overdue(),
                *self._not_found(),
                *self._clock(),
            ]
        )

    # --- decisions ----------------------------------------------------------------------------

    def _asked(self) -> list[Asked]:
        return [one for one in self.you.deeds.asked if one.was_asked]

    def _decided_well(self) -> Iterator[Reason]:
        asked = self._asked()
        missed = [one for one in asked if one.state in ("open", "lapsed") or self._overtaken(one)]
        if asked and not missed:
            yield reason("everything_decided", n=len(asked))
        times, others = _times(self.you), _times(self.alone)
        if len(times) >= FEW and others and median(times) <= median(others):
            minutes, alone = float(median(times)), float(median(others))
            yield reason("decided_soon", minutes=minutes, alone=alone)
        right = [self.you.is_right(one, one.unit) for one in self.you.deeds.asked if one.unit]
        judged = [one for one in right if one is not None]
        if judged and all(judged):
            yield reason("owners_right", n=len(judged))
        for one in self.you.deeds.asked:
            if one.state == "refused" and self.you.event_of_response(one) is None:
                yield reason(
                    "refused_for_nothing",
                    about=one.subject,
                    plan=self.naming.plan(one.plan),
                    area=self.naming.area(one.area),
                )

    def _overtaken(self, one: Asked) -> bool:
        return one.state == "superseded" and self.you.waited_min(one) >= SLOW_MIN

    def _left(self) -> Iterator[Reason]:
        for one in self._asked():
            waited = self.you.waited_min(one)
            if one.state == "open":
                code = "left_open"
            elif one.state == "lapsed":
                code = "lapsed"
            elif self._overtaken(one):
                code = "overtaken"
            elif one.is_decided and waited >= SLOW_MIN:
                code = "slow"
            else:
                continue
            yield reason(
                code,
                about=one.subject,
                what=what_of(one, self.you, self.naming),
                area=self.naming.area(one.area),
                time=self._clock_of(one.at),
                minutes=waited,
            )

    def _wrong_owners(self) -> Iterator[Reason]:
        for one in self.you.deeds.asked:
            event = self.you.event_of_case(one.subject)
            if not one.unit or event is None or self.you.is_right(one, one.unit) is not False:
                continue
            yield reason(
                "wrong_owner",
                about=one.subject,
                what=what_of(one, self.you, self.naming),
                area=self.naming.area(one.area),
                unit=self.naming.unit(one.unit),
                right=self.naming.unit(event.units[0]),
            )

    def _refused_in_need(self) -> Iterator[Reason]:
        """Name what was refused and truly needed, where no plan of that warning was approved."""
        approved = {one.warning for one in self.you.deeds.asked if one.state == "approved"}
        for one in self.you.deeds.asked:
            event = self.you.event_of_response(one) if one.state == "refused" else None
            if event is not None and one.warning not in approved:
                yield reason(
                    "refused_in_need",
                    about=one.subject,
                    plan=self.naming.plan(one.plan),
                    area=self.naming.area(one.area),
                    what=self.naming.kind(event.kind),
                    minutes=self.you.lasted_min(event),
                )

    # --- what became of the evening -----------------------------------------------------------

    def _compared(self) -> list[tuple[float, Event, float, float]]:
        """Return the evening's own events by how much longer they lasted than without a person."""
        found = []
        for event in self.you.events:
            same = self.alone.truth.events.get(event.name)
            if same is not None and event.real and self.you.arranged(event):
                ours, theirs = self.you.lasted_min(event), self.alone.lasted_min(same)
                found.append((ours - theirs, event, ours, theirs))
        return sorted(found, key=lambda one: (-abs(one[0]), one[1].name))

    def _sooner(self) -> Iterator[Reason]:
        for more, event, ours, theirs in self._compared():
            if more <= -NOTABLE_MIN:
                yield self._lasting("ended_sooner", event, ours, theirs)

    def _later(self) -> Iterator[Reason]:
        for more, event, ours, theirs in self._compared():
            if more >= NOTABLE_MIN:
                yield self._lasting("ended_later", event, ours, theirs)

    def _lasting(self, code: str, event: Event, ours: float, theirs: float) -> Reason:
        what, area = self.naming.kind(event.kind), self.naming.area(event.area)
        return reason(code, what=what, area=area, minutes=ours, alone=theirs)

    def _less_overdue(self) -> Iterator[Reason]:
        ours, theirs = _late(self.you.cases), _late(self.alone.cases)
        if ours < theirs:
            yield reason("less_overdue", n=ours, alone=theirs)

    def _more_overdue(self) -> Iterator[Reason]:
        ours, theirs = _late(self.you.cases), _late(self.alone.cases)
        if ours > theirs:
            yield reason("more_overdue", n=ours, alone=theirs)
        ours, theirs = _late(self.you.tasks), _late(self.alone.tasks)
        if ours > theirs:
            yield reason("more_tasks_late", n=ours, alone=theirs, of=len(self.you.tasks))

    def _not_found(self) -> Iterator[Reason]:
        for event in self.you.events:
            if not event.real or not self.you.judge.has_signal(event):
                continue
            if self.you.judge.found_at(event) is None:
                what, area = self.naming.kind(event.kind), self.naming.area(event.area)
                yield reason("not_found", what=what, area=area)

    def _clock(self) -> Iterator[Reason]:
        if self.held.pauses:
            seconds = round(sum(one.wall_s for one in self.held.pauses))
            yield reason("paused", n=len(self.held.pauses), seconds=seconds)
        rates = [one.rate for one in self.held.paces]
        if min(rates) != max(rates):
            yield reason("slower_clock", fastest=max(rates), slowest=min(rates))

    def _clock_of(self, at: int) -> str:
        return f"{to_datetime(Instant(at), zone(self.naming.zone)):%H:%M}"


def _times(side: Side) -> list[float]:
    asked = [one for one in side.deeds.asked if one.was_asked and one.is_decided]
    return [side.waited_min(one) for one in asked]


def _late(cases: list[Case]) -> int:
    return sum(bool(one.fell_due_at) for one in cases)


def _fewer(found: list[Reason]) -> list[Reason]:
    """Keep the first of each code and say how many more there are, in the order of the codes."""
    kept: list[Reason] = []
    for code in dict.fromkeys(one.code for one in found):
        same = [one for one in found if one.code == code]
        kept += same[:MOST_OF_A_CODE]
        if len(same) > MOST_OF_A_CODE:
            kept.append(reason("and_more", n=len(same) - MOST_OF_A_CODE))
    return kept
