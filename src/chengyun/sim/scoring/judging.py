"""Scores a record against the truth, by the rules of docs/benchmark.md."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from statistics import median
from typing import Any, Final

from chengyun.kernel.instants import MINUTE_US
from chengyun.sim.scoring.record import Case, Record, Warned
from chengyun.sim.scoring.rules import SIGN_OF, Rules
from chengyun.sim.scoring.strict import CITIZENS, first_signal_at, share, strict_scores
from chengyun.sim.scoring.truth import Event, Signal, Truth

SIGNAL_OF: Final = {
    "rainstorm": "rain",
    "high_tide": "tide",
    "underpass_flooding": "underpass_depth",
    "crowd_surge": "crowd",
}
LAG_US: Final = 60 * MINUTE_US
"""A warning may come so long after the end, and still belong to the event."""
SLACK_US: Final = 30 * MINUTE_US
"""Events whose first signal comes later than this before the end of the run are not judged."""
WINDOW_US: Final = 190 * MINUTE_US
"""How far back a warning of demand looks: three hours and a pane."""


class Judge:
    """Judges a run."""

    def __init__(self, truth: Truth, record: Record, rules: Rules) -> None:
        self._truth, self._record, self._rules = truth, record, rules
        self._join = {one.report: one for one in record.joins}
        openers = {one.incident: one.report for one in record.joins if one.opened}
        self._opened_by = {
            one.report: openers[one.incident] for one in record.joins if one.incident in openers
        }
        self._of_sign: dict[str, list[Warned]] = defaultdict(list)
        for warned in record.warnings.values():
            self._of_sign[warned.sign].append(warned)

    def result(self) -> dict[str, Any]:
        """Return all scores."""
        by_kind: dict[str, list[Event]] = defaultdict(list)
        for event in self._truth.events.values():
            by_kind[event.kind].append(event)
        kinds = {kind: self._of_events(events) for kind, events in sorted(by_kind.items())}
        real = [event for event in self._truth.events.values() if event.real]
        found = [
            one["found_share"]
            for kind, one in kinds.items()
            if kind != "false_report" and one["found_share"] is not None
        ]
        return {
            "kinds": kinds,
            "all": self._of_events(real),
            "least_found_share": min(found, default=None),
            "false_alarms": self._false_alarms(),
            "merging": self._merging(),
            "called_back": {
                "rated": self._record.rated,
                "solved_share": share(self._record.solved, self._record.rated),
                "satisfied_share": share(self._record.satisfied, self._record.rated),
            },
            "failed_units": self._record.failed_units,
        }

    # --- per kind -----------------------------------------------------------------------------

    def _of_events(self, events: Iterable[Event]) -> dict[str, Any]:
        events = list(events)
        judged = [one for one in events if self.has_signal(one)]
        found_at = {one.name: self.found_at(one) for one in judged}
        found = [one for one in judged if found_at[one.name] is not None]
        minutes = [((found_at[one.name] or 0) - one.starts_at) / MINUTE_US for one in found]
        cases = [(one, case) for one in found if (case := self.first_case(one)) is not None]
        owned = [(one, case) for one, case in cases if one.units and case.units]
        closed = [(one, case) for one, case in cases if case.closed_at]
        to_closure = [(case.closed_at - one.starts_at) / MINUTE_US for one, case in closed]
        return {
            "events": len(events),
            "with_signal": len(judged),
            "found": len(found),
            "missed": len(judged) - len(found),
            "found_share": share(len(found), len(judged)),
            "warned": sum(self.warning_of(one) is not None for one in judged),
            "minutes_to_find_median": _median(minutes),
            "minutes_to_find_p90": _p90(minutes),
            "cases": len(cases),
            "right_owner_first_share": share(
                sum(case.units[0] in one.units for one, case in owned), len(owned)
            ),
            "hops_mean": _mean([len(case.units) for _, case in cases]),
            "closed_share": share(len(closed), len(cases)),
            "minutes_to_closure_median": _median(to_closure),
            **strict_scores(
                judged,
                found_at=self.found_at,
                signal_at=self._signal_at,
                unasked_at=self._unasked_at,
                as_itself_at=self._as_itself_at,
            ),
        }

    def has_signal(self, event: Event) -> bool:
        """Tell whether a platform could know of it, long enough before the end of the run."""
        first = self._signal_at(event)
        return first is not None and first <= self._rules.until - SLACK_US

    def _signal_at(self, event: Event) -> int | None:
        return first_signal_at(event, self._rules.blue_micro, self._rules.silent_after_us)

    def found_at(self, event: Event) -> int | None:
        """Return when the platform first knew of it."""
        found = [self._noticed_at(event), self._joined_at(event.reports)]
        return min((at for at in found if at is not None), default=None)

    def _unasked_at(self, event: Event) -> int | None:
        """Return when it was found without a citizen: by warning, silence or alarm."""
        alarms = [one for one in event.reports if one.feed != CITIZENS]
        found = [self._noticed_at(event), self._joined_at(alarms)]
        return min((at for at in found if at is not None), default=None)

    def _as_itself_at(self, event: Event) -> int | None:
        """Return when it was found by warning or silence, or in an incident that was its own."""
        own = [
            one
            for one in event.reports
            if self._truth.about.get(self._opened_by.get(one.report, "")) == event.name
        ]
        found = [self._noticed_at(event), self._joined_at(own)]
        return min((at for at in found if at is not None), default=None)

    def _joined_at(self, reports: Iterable[Signal]) -> int | None:
        joins = [join.at for one in reports if (join := self._join.get(one.report)) is not None]
        return min(joins, default=None)

    def _noticed_at(self, event: Event) -> int | None:
        found = []
        warned = self.warning_of(event)
        if warned is not None:
            found.append(max(warned.at, event.starts_at))
        found += [
            at
            for since, until, feed in event.silent
            for at, named in self._record.silent
            if named == feed and since <= at <= until + LAG_US
        ]
        return min(found, default=None)

    def warning_of(self, event: Event) -> Warned | None:
        """Return the first warning of its sign and area, while it was on or a little later."""
        sign = SIGN_OF.get(SIGNAL_OF.get(event.kind, ""), "")
        fitting = [
            one
            for one in self._of_sign[sign]
            if one.area == event.area
            and one.at <= event.ends_at + LAG_US
            and (not one.cleared_at or one.cleared_at >= event.starts_at)
        ]
        return min(fitting, key=lambda one: one.at, default=None)

    def first_case(self, event: Event) -> Case | None:
        """Return the case that its first report opened or joined."""
        joins = [join for one in event.reports if (join := self._join.get(one.report)) is not None]
        if not joins:
            return None
        first = min(joins, key=lambda join: join.at)
        return self._record.case_of(first.incident)

    # --- over all -----------------------------------------------------------------------------

    def _false_alarms(self) -> dict[str, Any]:
        severe = [one for one in self._record.warnings.values() if one.severe]
        false = Counter(one.sign for one in severe if not self.belongs(one))
        cases = [case for case in self._record.cases.values() if case.members]
        of_nothing = sum(not self._of_something(case) for case in cases)
        return {
            "warnings": len(self._record.warnings),
            "warnings_orange_and_up": len(severe),
            "warnings_of_nothing": sum(false.values()),
            "warnings_of_nothing_by_sign": dict(sorted(false.items())),
            "cases": len(cases),
            "tasks": len(self._record.cases) - len(cases),
            "cases_of_nothing": of_nothing,
            "cases_of_nothing_share": share(of_nothing, len(cases)),
        }

    def event_of(self, warned: Warned) -> Event | None:
        """Return the event that a warning of a measured sign is about."""
        for event in self._truth.events.values():
            if (
                SIGN_OF.get(SIGNAL_OF.get(event.kind, "")) == warned.sign
                and event.area == warned.area
                and event.starts_at <= warned.at <= event.ends_at + LAG_US
            ):
                return event
        return None

    def belongs(self, warned: Warned) -> bool:
        """Tell whether a warning is about any event."""
        if warned.sign in SIGN_OF.values():
            return self.event_of(warned) is not None
        families = Counter(
            event.family
            for event in self._truth.events.values()
            for one in event.reports
            if event.real
            and (not warned.type or one.type == warned.type)
            and warned.at - WINDOW_US <= one.at <= warned.at
            and self._rules.within(warned.area, one.area)
        )
        return any(number >= 2 for number in families.values())

    def _of_something(self, case: Case) -> bool:
        names = [self._truth.about.get(one, "") for one in case.members]
        return any(name and self._truth.events[name].real for name in names)

    def _merging(self) -> dict[str, Any]:
        """Count right and wrong merges, and what should have been merged and was not."""
        right = wrong = apart = 0
        opener = {join.incident: join.report for join in self._record.joins if join.opened}
        open_until: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for join in sorted(self._record.joins, key=lambda one: one.at):
            event = self._truth.about.get(join.report, "")
            if join.opened:
                spans = open_until[event]
                apart += any(begin <= join.at <= end for begin, end in spans)
                case = self._record.case_of(join.incident)
                end = case.back_at if case is not None and case.back_at else self._rules.until
                spans.append((join.at, end))
                continue
            other = self._truth.about.get(opener.get(join.incident, ""), "")
            right += event == other
            wrong += event != other
        return {
            "rightly": right,
            "wrongly": wrong,
            "left_apart": apart,
            "precision": share(right, right + wrong),
            "recall": share(right, right + apart),
        }


def _median(values: list[float]) -> float | None:
    return round(median(values), 1) if values else None


def _mean(values: list[int]) -> float | None:
    return round(sum(values) / len(values), 2) if values else None


def _p90(values: list[float]) -> float | None:
    return round(sorted(values)[min(len(values) - 1, len(values) * 9 // 10)], 1) if values else None
