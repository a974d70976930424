"""The report of an observation as one HTML file, in the style of the replay's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from importlib import resources
from typing import Final

from chengyun.sim.observe.result import DayLine, Result
from chengyun.sim.observe.sensors import REASONS
from chengyun.sim.replay.charts import Frame, Lane, day_bars, level_lanes
from chengyun.sim.replay.page import (
    FALLING,
    MAX_DAYS,
    MAX_REFUSED,
    MAX_WARNINGS,
    page_of,
    style,
    things,
    twice,
)

MAX_SENSORS: Final = 500
MAX_RUNS: Final = 200

_COLOURS: Final = {"out_of_range": "red", "jump": "orange", "stuck": "blue"}


def render_page(result: Result) -> str:
    """Return the report as one HTML document in UTF-8: nothing to load, no script."""
    days = result.days[-MAX_DAYS:]
    by_level = Counter(warning.level for warning in result.warnings)
    return page_of(resources.files("chengyun.sim.observe")).render(
        style=style(),
        r=result,
        values_refused=result.values.refused,
        rows_refused=sum(file.refused for file in result.files),
        taken=sum(line.values for line in result.sensors),
        not_believed=sum(line.values - line.believed for line in result.sensors),
        unknown=sum(line.unknown for line in result.sensors),
        slots=sum(line.slots for line in result.sensors),
        by_level=[(level, by_level[level]) for level in FALLING],
        values=twice(lambda width: _values(days, width)),
        flagged=twice(lambda width: _flagged(days, width)),
        max_refused=MAX_REFUSED,
        max_runs=MAX_RUNS,
        max_sensors=MAX_SENSORS,
        max_warnings=MAX_WARNINGS,
    )


def _values(days: Sequence[DayLine], width: int) -> str:
    counts = [day.values or None for day in days]
    known = [count for count in counts if count is not None]
    desc = f"{things(len(known), 'day')} with values, {len(days) - len(known):,} without any."
    frame = Frame(
        id=f"values-{width}", title="Values taken by day", desc=desc, width=width, height=230
    )
    return day_bars(frame, [date.fromisoformat(day.day) for day in days], counts, "values")


def _flagged(days: Sequence[DayLine], width: int) -> str:
    lanes = [
        Lane(
            level=reason.replace("_", " "),
            style=f"level {_COLOURS[reason]}",
            counts=[day.flagged[reason] for day in days],
        )
        for reason in REASONS
    ]
    totals = ", ".join(f"{sum(lane.counts):,} {lane.level}" for lane in lanes)
    frame = Frame(
        id=f"flagged-{width}",
        title="Values that were not believed, by day and reason",
        desc=f"In the days shown: {totals}.",
        width=width,
        height=230,
    )
    known = [bool(day.values) for day in days]
    on = [date.fromisoformat(day.day) for day in days]
    return level_lanes(frame, on, known, lanes, "values")
