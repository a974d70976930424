"""The report of a replay as one HTML file that asks nothing of a network and needs no script.

The template stands beside this file and escapes every value; only the plots, which escape their
own text, enter it as markup. Whoever passes a limit below is told so on the page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from importlib import resources
from importlib.resources.abc import Traversable
from itertools import groupby
from typing import Final

import msgspec
from jinja2 import Environment, StrictUndefined, Template

from chengyun.sim.replay.charts import (
    Frame,
    Lane,
    Line,
    axis_begin,
    day_bars,
    level_lanes,
    line_chart,
)
from chengyun.sim.replay.result import DayLine, Result, WarningLine
from chengyun.warn.rules import LEVELS

FALLING: Final = tuple(reversed(LEVELS[1:]))
"""The four levels, red first."""
MILD: Final = frozenset({"blue", "yellow"})
"""Levels that the page counts without listing."""

MAX_DAYS: Final = 1_500
MAX_WARNINGS: Final = 500
MAX_UNITS: Final = 20
MAX_PROPOSALS: Final = 200
MAX_REFUSED: Final = 100
MAX_TEXT_CHARS: Final = 500

WIDE_PX: Final = 960
NARROW_PX: Final = 350


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """A day of the calendar; days that the result leaves out are here too, as unknown."""

    on: date
    line: DayLine
    levels: dict[str, int]
    """Warnings that began on it, by the highest level they reached."""


class Week(msgspec.Struct, frozen=True, kw_only=True):
    """A week from Monday on; ``top1`` is the share of its requests with a right first proposal."""

    begins: date
    days: int
    requests: int
    top1: float | None


class Plot(msgspec.Struct, frozen=True, kw_only=True):
    """One plot drawn twice, for a desk and for a telephone; the style sheet shows one of them."""

    wide: str
    narrow: str


def render_page(result: Result) -> str:
    """Return the report as one HTML document in UTF-8: inline style and plots, nothing to load."""
    days = calendar(result)
    weeks = weeks_of(days)
    severe = [warning for warning in result.warnings if warning.level not in MILD]
    by_level = Counter(warning.level for warning in result.warnings)
    known_days = sum(day.line.known for day in days)
    return page_of(resources.files("chengyun.sim.replay")).render(
        style=style(),
        r=result,
        days=days,
        weeks=weeks,
        severe=severe,
        by_level=[(level, by_level[level]) for level in FALLING],
        known_days=known_days,
        unknown_days=len(days) - known_days,
        outside=_outside(result.warnings, days),
        units=sorted(result.units, key=lambda line: (-line.closed, line.unit)),
        gain=gain_points(result),
        demand=twice(lambda width: _demand(days, width)),
        levels=twice(lambda width: _levels(days, width)),
        accuracy=twice(lambda width: _accuracy(result, days, weeks, width)),
        accuracy_from=axis_begin(_accuracy_lines(result, days, weeks)),
        max_days=MAX_DAYS,
        max_warnings=MAX_WARNINGS,
        max_units=MAX_UNITS,
        max_proposals=MAX_PROPOSALS,
        max_refused=MAX_REFUSED,
    )


def share(part: float, whole: float) -> str:
    """Return ``part`` of ``whole`` in percent, or that there is nothing to count.

    >>> share(911, 972), share(0, 0)
    ('93.72\\xa0%', 'n/a')
    """
    return percent(part / whole) if whole else "n/a"


def percent(fraction: float | None) -> str:
    """Return a fraction in percent with two decimals.

    >>> percent(0.75821), percent(None)
    ('75.82\\xa0%', 'n/a')
    """
    return "n/a" if fraction is None else f"{100 * fraction:.2f}\N{NO-BREAK SPACE}%"


def points(difference: float) -> str:
    """Return a difference of two percentages with its sign.

    >>> points(2.591), points(-0.17)
    ('+2.59\\xa0points', '−0.17\\xa0points')
    """
    return f"{difference:+.2f}\N{NO-BREAK SPACE}points".replace("-", "\N{MINUS SIGN}")


def things(count: int, one: str, many: str = "") -> str:
    """Return a grouped number with its unit.

    >>> things(1, "day"), things(1200, "day"), things(2, "day of rain", "days of rain")
    ('1\\xa0day', '1,200\\xa0days', '2\\xa0days of rain')
    """
    return f"{count:,}\N{NO-BREAK SPACE}{one if count == 1 else many or one + 's'}"


def moment(text: str) -> str:
    """Return an ISO 8601 time to the second as people read it; other text stays as it is.

    >>> moment("2011-07-22T14:05:00-04:00"), moment("soon")
    ('2011-07-22 14:05 -04:00', 'soon')
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    clock = f"{at:%Y-%m-%d %H:%M:%S}" if at.second else f"{at:%Y-%m-%d %H:%M}"
    zone = "" if at.tzinfo is None else at.isoformat()[-6:]
    return f"{clock} {zone}".rstrip()


def lasted(warning: WarningLine) -> str:
    """Return how long a warning stood."""
    if warning.cleared is None:
        return "still standing at the end"
    try:
        stood = datetime.fromisoformat(warning.cleared) - datetime.fromisoformat(warning.onset)
    except (ValueError, TypeError):
        return f"until {moment(warning.cleared)}"
    hours, minutes = divmod(round(stood.total_seconds() / 60), 60)
    if hours >= 48:
        return f"{hours // 24} d {hours % 24} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def clipped(text: str) -> str:
    """Return ``text``, cut where it is longer than anybody reads in a table."""
    return text if len(text) <= MAX_TEXT_CHARS else text[:MAX_TEXT_CHARS] + " …"


def gain_points(result: Result) -> float:
    """Return by how many percentage points the first proposal beats the better baseline."""
    routing = result.routing
    return 100 * (routing.top1 - max(routing.baseline_top1, routing.type_district_top1))


def calendar(result: Result) -> list[Day]:
    """Return every day from the first to the last of the result, at most the last ``MAX_DAYS``."""
    lines = {date.fromisoformat(line.day): line for line in result.days}
    if not lines:
        return []
    began: dict[str, Counter[str]] = {}
    for warning in result.warnings:
        began.setdefault(warning.onset[:10], Counter())[warning.level] += 1
    first, last = min(lines), max(lines)
    spell = min((last - first).days + 1, MAX_DAYS)
    every = (last - timedelta(days=back) for back in reversed(range(spell)))
    return [
        Day(
            on=on,
            line=lines.get(on) or _unknown(on),
            levels={level: began.get(on.isoformat(), Counter())[level] for level in FALLING},
        )
        for on in every
    ]


def weeks_of(days: Sequence[Day]) -> list[Week]:
    """Return the weeks of ``days``, each day weighed by its requests."""
    weeks: list[Week] = []
    for begins, group in groupby(days, key=lambda day: day.on - timedelta(day.on.weekday())):
        spell = [day.line for day in group]
        told = [line for line in spell if line.top1 is not None and line.reports]
        requests = sum(line.reports for line in told)
        right = sum((line.top1 or 0.0) * line.reports for line in told)
        weeks.append(
            Week(
                begins=begins,
                days=len(spell),
                requests=sum(line.reports for line in spell),
                top1=right / requests if requests else None,
            )
        )
    return weeks


def _unknown(on: date) -> DayLine:
    return DayLine(
        day=on.isoformat(), known=False, reports=0, merged=0, closed=0, warnings=0, top1=None
    )


def _outside(warnings: Iterable[WarningLine], days: Sequence[Day]) -> int:
    """Count the warnings that began on none of ``days``: the plot cannot show them."""
    shown = {day.on.isoformat() for day in days}
    return sum(warning.onset[:10] not in shown for warning in warnings)


def twice(draw: Callable[[int], str]) -> Plot:
    """Draw a plot for a desk and for a telephone."""
    return Plot(wide=draw(WIDE_PX), narrow=draw(NARROW_PX))


def _demand(days: Sequence[Day], width: int) -> str:
    counts = [day.line.reports if day.line.known else None for day in days]
    known = [count for count in counts if count is not None]
    desc = f"{things(len(known), 'known day')}, {things(len(days) - len(known), 'unknown day')}."
    if known:
        desc += (
            f" On known days between {min(known):,} and {things(max(known), 'request')},"
            f" {sum(known) / len(known):,.2f} on average."
        )
    frame = Frame(id=f"demand-{width}", title="Requests by day", desc=desc, width=width, height=230)
    return day_bars(frame, [day.on for day in days], counts, "requests")


def _levels(days: Sequence[Day], width: int) -> str:
    lanes = [
        Lane(level=level, style=f"level {level}", counts=[day.levels[level] for day in days])
        for level in FALLING
    ]
    totals = ", ".join(f"{sum(lane.counts):,} {lane.level}" for lane in lanes)
    frame = Frame(
        id=f"levels-{width}",
        title="Warnings by day of onset and highest level",
        desc=f"Warnings in the days shown: {totals}.",
        width=width,
        height=290,
    )
    known = [day.line.known for day in days]
    return level_lanes(frame, [day.on for day in days], known, lanes, "warnings")


def _accuracy(result: Result, days: Sequence[Day], weeks: Sequence[Week], width: int) -> str:
    told = [week.top1 for week in weeks if week.top1 is not None]
    desc = "No day has a right or wrong proposal."
    if told:
        desc = (
            f"By week between {percent(min(told))} and {percent(max(told))};"
            f" {percent(result.routing.top1)} over the whole replay."
        )
    frame = Frame(
        id=f"accuracy-{width}",
        title="Share of requests whose first proposal was right, by day and week",
        desc=desc,
        width=width,
        height=250,
    )
    known = [day.line.known for day in days]
    lines = _accuracy_lines(result, days, weeks)
    return line_chart(frame, [day.on for day in days], known, lines, "% right at first")


def _accuracy_lines(result: Result, days: Sequence[Day], weeks: Sequence[Week]) -> tuple[Line, ...]:
    daily = [_hundredfold(day.line.top1) for day in days]
    by_week = [_hundredfold(week.top1) for week in weeks for _ in range(week.days)]
    weekly = [value if day.line.known else None for day, value in zip(days, by_week, strict=True)]
    area = [100 * result.routing.baseline_top1] * len(days)
    district = [100 * result.routing.type_district_top1] * len(days)
    return (
        Line(name="most frequent by area", style="by-area", mark="line", values=area),
        Line(name="most frequent by district", style="by-district", mark="line", values=district),
        Line(name="day", style="daily", mark="dots", values=daily),
        Line(name="week", style="weekly", mark="line", values=weekly),
    )


def _hundredfold(fraction: float | None) -> float | None:
    return None if fraction is None else 100 * fraction


def style() -> str:
    """Return the style sheet of the reports."""
    return resources.files("chengyun.sim.replay").joinpath("report.css").read_text("utf-8")


def page_of(folder: Traversable) -> Template:
    """Return the template ``report.html`` of a folder, with what all reports begin and end with."""
    parts = resources.files("chengyun.sim.replay").joinpath("page_parts.html")
    page = folder.joinpath("report.html")
    return environment().from_string(parts.read_text("utf-8") + page.read_text("utf-8"))


def environment() -> Environment:
    """Return what renders a report: every value is escaped, a missing one is an error."""
    made = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters.update(
        percent=percent,
        points=points,
        things=things,
        moment=moment,
        lasted=lasted,
        clipped=clipped,
    )
    made.globals.update(share=share)
    return made
