"""The lives of cases that the benchmark of cases lives: who does what, one step after the other.

The mix is published. Each case is reported, signed for, worked on and checked; ``SHARES`` says how
many of a hundred have their reporter contacted first, are given back to the fallback owner, fail
their first check, and are rated by their reporter: some five and a half commands a case. A step
says itself where it is sent and what it must come to, so that a client knows nothing else.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Any, Final, Literal, NamedTuple

Who = Literal["agent", "handler", "verifier"]
"""Three accounts: nobody checks what he did himself."""

SHARES: Final = {"contacted": 70, "returned": 8, "failed": 10, "rated": 50}
"""Of a hundred cases."""

FEED: Final = "hotline"
OWNERS: Final = {
    "power_cut": "dept.power",
    "water_outage": "dept.water",
    "street_light": "dept.transport",
    "road_damage": "dept.transport",
}
"""Types of the simulated city with one owner everywhere, and that owner."""
FALLBACK: Final = "center.319900"
CHECKER: Final = "dept.data"


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
    type_, owner = draw.choice(sorted(OWNERS.items()))
    name = f"b{number}"
    report, case = f"report:{FEED}:{name}", f"case:{FEED}:{name}"
    steps = [_reported(name, type_, areas[number % len(areas)]), _accepted(case, owner)]
    if chance["returned"]:
        given_back = {"case": case, "unit": owner, "reason": "not our lamps"}
        steps.append(Step("handler", "ReturnCase", given_back, "dispatched"))
        owner = FALLBACK
        steps.append(_accepted(case, owner))
    if chance["contacted"]:
        spoken = {"case": case, "report": report, "unit": owner, "reached": True, "text": "told"}
        steps.append(Step("handler", "ContactReporter", spoken, "dispatched"))
    steps.append(_worked(report, owner))
    if chance["failed"]:
        steps += [_checked(case, passed=False), _worked(report, owner)]
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


def _accepted(case: str, unit: str) -> Step:
    return Step("handler", "AcceptCase", {"case": case, "unit": unit}, "dispatched")


def _worked(report: str, unit: str) -> Step:
    done = {"report": report, "unit": unit, "outcome": "fixed", "duplicate_of": "", "text": "done"}
    return Step("handler", "ReportWork", done | {"at": _now()}, "reported_back")


def _checked(case: str, *, passed: bool) -> Step:
    seen = {"case": case, "by_unit": CHECKER, "passed": passed, "reason": "looked at"}
    return Step("verifier", "VerifyCase", seen, "closed" if passed else "dispatched")


def _now() -> int:
    return time.time_ns() // 1_000
