"""The lives of cases that the benchmark of cases lives: who does what, one step after the other.

The mix is published. Each case is reported, signed for, worked on and checked; ``SHARES`` says how
many of a hundred are given back to the fallback owner, have their deadline moved, fail their first
check, and are rated by their reporter: some five commands a case. A step says itself who sends it
and what it must come to, so that a client knows nothing else.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Any, Final, Literal, NamedTuple

Who = Literal["agent", "handler", "verifier"]
"""Three accounts: nobody checks what he did himself."""

SHARES: Final = {"returned": 8, "extended": 10, "failed": 10, "rated": 50}
"""Of a hundred cases."""

FEED: Final = "hotline"
TYPES: Final = ("power_cut", "street_light", "road_damage", "water_outage")
CHECKER: Final = "dept.data"
HOLDER: Final = "<who has it>"
"""Stands in a step for the unit that has the case: whoever signs for it has read that before."""


class Step(NamedTuple):
    """One command of a life, and the state that the case is in when it is acknowledged."""

    who: Who
    command: str
    fields: dict[str, Any]
    state: str


class Life(NamedTuple):
    """A case from its report to its end."""

    case: str
    report: str
    steps: tuple[Step, ...]


def lives(first: int, step: int, areas: list[str], seed: int) -> Iterator[Life]:
    """Yield life after life; clients that begin at other numbers share none."""
    number = first
    while True:
        yield life(number, areas, random.Random(f"{seed}/{number}"))  # noqa: S311 - a benchmark
        number += step


def life(number: int, areas: list[str], draw: random.Random) -> Life:
    """Return the life of the case with this number."""
    chance = {name: draw.randrange(100) < share for name, share in SHARES.items()}
    type_ = draw.choice(TYPES)
    name = f"b{number}"
    report, case = f"report:{FEED}:{name}", f"case:{FEED}:{name}"
    steps = [_reported(name, type_, areas[number % len(areas)]), _accepted(case)]
    if chance["returned"]:
        given_back = {"case": case, "unit": HOLDER, "reason": "not our lamps"}
        steps.append(Step("handler", "ReturnCase", given_back, "dispatched"))
        steps.append(_accepted(case))
    if chance["extended"]:
        later = {"case": case, "unit": HOLDER, "limit": "1 working_days", "reason": "spare parts"}
        steps.append(Step("handler", "AskExtension", later, "accepted"))
        granted = {"case": case, "granted": True, "reason": "they are on their way"}
        steps.append(Step("verifier", "DecideExtension", granted, "accepted"))
    steps.append(_worked(report))
    if chance["failed"]:
        steps += [_checked(case, passed=False), _worked(report)]
    steps.append(_checked(case, passed=True))
    if chance["rated"]:
        said = {"report": report, "solved": True, "satisfied": True, "text": "", "at": _now()}
        steps.append(Step("agent", "RateReport", said, "closed"))
    return Life(case, report, tuple(steps))


def _reported(name: str, type_: str, area: str) -> Step:
    fields = {
        "channel": "phone", "feed": FEED, "number": name, "type": type_, "at": _now(),
        "title": f"request {name}", "text": "The whole house is dark since this morning.",
        "where": {"area": area, "words": f"house {name}"}, "call_sheet": name,
        "reporter": {"name": f"caller {name}", "phone": "13800000000"}, "may_call": True,
    }  # fmt: skip
    return Step("agent", "TakeReport", fields, "dispatched")


def _accepted(case: str) -> Step:
    return Step("handler", "AcceptCase", {"case": case, "unit": HOLDER}, "accepted")


def _worked(report: str) -> Step:
    done = {"report": report, "unit": HOLDER, "outcome": "fixed", "duplicate_of": "", "text": ""}
    return Step("handler", "ReportWork", done | {"at": _now()}, "reported_back")


def _checked(case: str, *, passed: bool) -> Step:
    seen = {"case": case, "by_unit": CHECKER, "passed": passed, "reason": "looked at"}
    return Step("verifier", "VerifyCase", seen, "closed" if passed else "dispatched")


def filled(step: Step, holder: str) -> dict[str, Any]:
    """Return the fields of a step with the unit that has the case."""
    return {name: holder if value == HOLDER else value for name, value in step.fields.items()}


def _now() -> int:
    return time.time_ns() // 1_000
