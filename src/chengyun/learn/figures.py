"""Every figure (综合评价), defined once: which marks it counts, and what is asked of them.

A count is a number of marks; a rate is the share of them of which something holds, and is made when
it is read, in millionths, beside both its numbers. A case counts once in each run: after it was
reopened it falls due, is handled and is closed once more, each in the period in which that happens.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from chengyun.learn import marks
from chengyun.learn.marks import Mark
from chengyun.learn.rules import PPM

Kind = Literal["count", "rate", "mean", "median"]
Of = Literal["", "met", "also", "not_also"]
"""Which of its marks: all, those of which the first or second thing is so, or the second is not."""

_GB: Final = "GB/T 30428.4 (?)"
_HOTLINE: Final = "12345 hotlines: rates of response, solution and satisfaction"


class Figure(NamedTuple):
    """One figure: what it is called, what it counts, how, and where that comes from."""

    name: str
    zh: str
    en: str
    kind: Kind
    mark: Mark
    of: Of = ""
    column: Literal["", "took_s", "hands"] = ""
    """What a mean or a median is taken of."""
    formula: str = ""
    source: str = ""


def _count(
    name: str, zh: str, en: str, mark: Mark, formula: str, source: str, of: Of = ""
) -> Figure:
    return Figure(name, zh, en, "count", mark, of, "", formula, source)


def _rate(name: str, zh: str, en: str, mark: Mark, of: Of, formula: str, source: str) -> Figure:
    return Figure(name, zh, en, "rate", mark, of, "", formula, source)


_ALL: Final = (
    _count(
        *("filed", "立案数", "cases filed", marks.FILED),
        *("cases filed in the period", _GB),
    ),
    _rate(
        *("proactive_case", "未诉先办率", "acted on before a complaint", marks.FILED, "met"),
        "of the cases filed, those found by a grid officer, a sensor, a camera or a plan",
        "Beijing 12345: 未诉先办",
    ),
    _count(
        *("due", "应结案数", "cases due", marks.DUE),
        "cases whose deadline, as it stands, lies in the period and has come",
        _GB,
    ),
    _rate(
        *("closing_rate", "结案率", "closing rate", marks.DUE, "met"),
        *("of the cases due, those closed", _GB),
    ),
    _rate(
        *("on_time_rate", "按期结案率", "on-time closing rate", marks.DUE, "also"),
        "of the cases due, those closed whose work was done by the deadline",
        _GB,
    ),
    _count(
        *("on_time", "按期结案数", "closed on time", marks.DUE),
        "cases due that are closed and whose work was done by the deadline",
        *(_GB, "also"),
    ),
    _count(
        *("overdue", "超期数", "overdue", marks.OVERDUE),
        *("cases whose deadline came in the period before the work was done", _GB),
    ),
    _count(
        *("closed", "结案数", "cases closed", marks.CLOSED),
        *("cases checked and closed in the period, whenever they were due", _GB),
    ),
    _count(
        *("handled", "处置数", "cases handled", marks.HANDLED),
        "cases reported back in the period; of several times the last",
        _GB,
    ),
    _rate(
        *("rework_rate", "返工率", "rework rate", marks.HANDLED, "met"),
        "of the cases handled, those that had failed a check before",
        _GB,
    ),
    _count(
        *("sent_back", "返工次数", "failed checks", marks.SENT_BACK),
        *("checks that failed in the period", _GB),
    ),
    _count(
        *("dispatched", "派遣数", "assignments", marks.GIVEN),
        *("times that a case was given to a unit in the period", _GB),
    ),
    _rate(
        *("dispatch_accuracy", "派遣准确率", "dispatch accuracy", marks.GIVEN, "not_also"),
        "of the assignments, those the unit kept: not given back, not given on",
        _GB,
    ),
    _count(
        *("wrong_hands", "错派数", "wrong hands", marks.GIVEN),
        *("assignments that were given back or given on", _GB, "also"),
    ),
    _count(
        *("returned", "退单数", "cases given back", marks.RETURNED),
        *("times that a unit gave a case back in the period", _GB),
    ),
    Figure(
        *("hands_per_case", "流转次数", "hands per case", "mean", marks.HANDLED, "", "hands"),
        "units that had the cases handled, for each of them, in thousandths",
        "FACTS of the field: 3.2 hands a case in one city before reform (?)",
    ),
    _rate(
        *("response_rate", "响应率", "response rate", marks.GIVEN, "met"),
        "of the assignments, those the unit took on, spoke about or reported back",
        _HOTLINE,
    ),
    _rate(
        *("first_contact_rate", "先行联系率", "first-contact rate", marks.CONTACT, "met"),
        "of the reporters to be contacted by an instant in the period, those reached by then",
        "Shanghai 12345: 先行联系率",
    ),
    _count(
        *("verdicts", "评价数", "verdicts", marks.RESOLUTION),
        "reporters who said in the period whether it is solved; of each the last word",
        _HOTLINE,
    ),
    _rate(
        *("resolution_rate", "解决率", "resolution rate", marks.RESOLUTION, "met"),
        *("of those who said whether it is solved, those who say that it is", _HOTLINE),
    ),
    _rate(
        *("satisfaction_rate", "满意率", "satisfaction rate", marks.SATISFACTION, "met"),
        *("of those who said whether they are satisfied, those who are", _HOTLINE),
    ),
    _count(
        *("called_back", "回访数", "call-backs", marks.CALLED),
        *("times that a reporter was called back in the period", _HOTLINE),
    ),
    _rate(
        *("reached_rate", "回访接通率", "call-backs answered", marks.CALLED, "met"),
        *("of the call-backs, those that reached the reporter", _HOTLINE),
    ),
    _count(
        *("extended", "延期数", "extensions", marks.EXTENDED),
        *("extensions granted in the period", _GB),
    ),
    _count(
        *("deferred", "缓办数", "cases put off", marks.DEFERRED),
        *("times that a case was put off in the period", _GB),
    ),
    _count(
        *("ledgered", "挂账数", "cases put on the ledger", marks.LEDGERED),
        *("times that a case was put on the ledger in the period", _GB),
    ),
    _count(
        *("supervised", "督办数", "cases supervised", marks.SUPERVISED),
        *("times that an answer was asked for in the period", _GB),
    ),
    _count(
        *("appealed", "申诉数", "appeals", marks.APPEALED),
        *("appeals that units made in the period", _GB),
    ),
    _count(
        *("reopened", "重开数", "cases reopened", marks.REOPENED),
        *("closed cases that were opened again in the period", _GB),
    ),
    _count(
        *("recurrence", "重复发生数", "came back", marks.CAME_BACK),
        *("cases that came back within the window of the city", "the city's own"),
    ),
    Figure(
        *("time_to_handle", "处置时长", "time to handle", "median", marks.HANDLED, "", "took_s"),
        *("median of filed to reported back, in seconds", "the city's own"),
    ),
    Figure(
        *("time_to_close", "结案时长", "time to close", "median", marks.CLOSED, "", "took_s"),
        *("median of filed to closed, in seconds", "the city's own"),
    ),
)

FIGURES: Final[Mapping[str, Figure]] = {one.name: one for one in _ALL}
"""Every figure by name, in the order in which they are shown."""


class Number(NamedTuple):
    """A figure as it was read: its value beside what it was made of."""

    value: int | None
    """A count; a rate in millionths; a mean in thousandths; a median in seconds. ``None`` where
    there is nothing to take it of."""
    numerator: int | None
    """Of a rate and a mean; the others have none."""
    denominator: int | None
    """Of how many it is taken; a count has none."""


def count(counted: int) -> Number:
    """Return a count."""
    return Number(counted, None, None)


def rate(part: int, whole: int) -> Number:
    """Return a rate, rounded down.

    >>> rate(911, 972).value, rate(737, 972).value, rate(0, 0).value
    (937242, 758230, None)
    """
    return Number(part * PPM // whole if whole else None, part, whole)


def mean(total: int, whole: int) -> Number:
    """Return a mean in thousandths, rounded down."""
    return Number(total * 1_000 // whole if whole else None, total, whole)


def median(counted: Mapping[int, int]) -> Number:
    """Return the median of values that are there so many times each; of an even number the lower.

    >>> median({60: 1, 120: 2, 7_200: 1})
    Number(value=120, numerator=None, denominator=4)
    """
    whole = sum(counted.values())
    passed = 0
    for value in sorted(counted):
        passed += counted[value]
        if 2 * passed >= whole:
            return Number(value, None, whole)
    return Number(None, None, 0)
