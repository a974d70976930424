"""Plots as inline SVG: pure functions from figures to text, without a library.

Colours are not chosen here: every mark has a class, and the page's style sheet paints it for day,
night and paper. Days stand at their place in the calendar; a day on which nothing is known is
hatched and never drawn as zero. All text is escaped here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape
from itertools import groupby
from math import ceil, floor, log10
from typing import Final, Literal

import msgspec

LEFT: Final = 62.0
RIGHT: Final = 10.0
TOP: Final = 28.0
BOTTOM: Final = 24.0
LABEL_PX: Final = 54.0
"""The least distance of two labels below the axis, and the least width for a word in a hatch."""

Values = Sequence[float | None]


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What a plot is called and how large it is, in pixels; ``id`` is unique in the page."""

    id: str
    title: str
    desc: str
    width: int
    height: int


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One value a day or ``None``; a line breaks where there is none. ``style`` is a CSS class."""

    name: str
    style: str
    mark: Literal["line", "dots"]
    values: Values


class Lane(msgspec.Struct, frozen=True, kw_only=True):
    """How many of one level began on each day."""

    level: str
    style: str
    counts: Sequence[int]


class _Plane(msgspec.Struct, frozen=True):
    """Maps day numbers and values to pixels."""

    frame: Frame
    days: int
    low: float
    high: float

    @property
    def floor_px(self) -> float:
        return self.frame.height - BOTTOM

    @property
    def day_px(self) -> float:
        return (self.frame.width - LEFT - RIGHT) / self.days

    def x(self, day: float) -> float:
        return LEFT + day * self.day_px

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self.floor_px - share * (self.floor_px - TOP)


def day_bars(frame: Frame, days: Sequence[date], counts: Sequence[int | None], unit: str) -> str:
    """Draw a bar for each of ``days`` (without gaps); ``None`` is a day on which nothing is known.

    >>> frame = Frame(id="d", title="Demand", desc="Two days.", width=300, height=100)
    >>> svg = day_bars(frame, [date(2011, 7, 1), date(2011, 7, 2)], [3, None], "requests")
    >>> svg.count('class="bar"'), svg.count('class="unknown"')
    (1, 1)
    """
    if not days:
        return _nothing(frame)
    most = max([count for count in counts if count is not None], default=0)
    step = _step(most / 5, least=1)
    plane = _Plane(frame, len(days), 0, step * max(1, ceil(most / step)))
    gap = min(1.5, plane.day_px * 0.2)
    bars = [
        f'<rect class="bar" x="{plane.x(at) + gap / 2:.2f}" y="{plane.y(count):.2f}"'
        f' width="{plane.day_px - gap:.2f}" height="{plane.floor_px - plane.y(count):.2f}">'
        f"<title>{day}: {count:,} {escape(unit)}</title></rect>"
        for at, (day, count) in enumerate(zip(days, counts, strict=True))
        if count is not None
    ]
    return _svg(
        frame,
        _rules(plane, step, f"{unit} a day"),
        _hatches(plane, days, [count is not None for count in counts]),
        *bars,
        _calendar(plane, days),
    )


def line_chart(
    frame: Frame, days: Sequence[date], known: Sequence[bool], lines: Sequence[Line], unit: str
) -> str:
    """Draw shares in percent over ``days``; the axis ends at 100 and begins below the least."""
    if not days:
        return _nothing(frame)
    plane = _Plane(frame, len(days), axis_begin(lines), 100)
    step = _step((100 - plane.low) / 5, least=1)
    marks = [
        _dots(plane, days, line) if line.mark == "dots" else _path(plane, line) for line in lines
    ]
    return _svg(
        frame,
        _rules(plane, step, unit),
        _hatches(plane, days, known),
        *marks,
        _calendar(plane, days),
    )


def level_lanes(
    frame: Frame, days: Sequence[date], known: Sequence[bool], lanes: Sequence[Lane], unit: str
) -> str:
    """Stack one lane a level; each has its own scale, whose end stands at its left.

    So a single red one stays visible above hundreds of blue ones, and nothing depends on colour.
    """
    if not days or not lanes:
        return _nothing(frame)
    plane = _Plane(frame, len(days), 0, 1)
    lane_px = (plane.floor_px - TOP) / len(lanes)
    drawn = [
        _lane(plane, days, lane, (TOP + number * lane_px, lane_px), unit)
        for number, lane in enumerate(lanes)
    ]
    title = f'<text class="unit" x="0" y="{TOP - 15:.0f}">{escape(unit)} a day</text>'
    return _svg(frame, title, _hatches(plane, days, known), *drawn, _calendar(plane, days))


def axis_begin(lines: Sequence[Line]) -> float:
    """Return where the axis of a line chart begins: a multiple of ten, at most 90."""
    values = [value for line in lines for value in line.values if value is not None]
    return max(0.0, min(90.0, floor(min(values, default=0.0) / 10) * 10.0))


def _lane(
    plane: _Plane, days: Sequence[date], lane: Lane, place: tuple[float, float], unit: str
) -> str:
    top, height = place
    most = max(lane.counts, default=0)
    base, room = top + height - 1, height - 9
    bars = [
        f'<rect class="{escape(lane.style)}" x="{plane.x(at):.2f}"'
        f' y="{base - room * count / most:.2f}" width="{max(plane.day_px, 2):.2f}"'
        f' height="{room * count / most:.2f}">'
        f"<title>{day}: {count:,} {escape(unit)}, {escape(lane.level)}</title></rect>"
        for at, (day, count) in enumerate(zip(days, lane.counts, strict=True))
        if count
    ]
    scale = f"0–{most:,}" if most else "none"
    return (
        f'<path class="rule" d="M{LEFT:.0f} {base + 0.5:.1f}H{plane.x(plane.days):.1f}"/>'
        f'<text class="lane" x="0" y="{base - height / 2 + 5:.1f}">{escape(lane.level)}</text>'
        f'<text class="tick" x="0" y="{base - height / 2 + 18:.1f}">{scale}</text>' + "".join(bars)
    )


def _dots(plane: _Plane, days: Sequence[date], line: Line) -> str:
    return "".join(
        f'<circle class="{escape(line.style)}" cx="{plane.x(at + 0.5):.2f}"'
        f' cy="{plane.y(value):.2f}" r="{min(2.2, max(1.1, plane.day_px * 0.4)):.1f}">'
        f"<title>{day}: {value:.2f} %, {escape(line.name)}</title></circle>"
        for at, (day, value) in enumerate(zip(days, line.values, strict=True))
        if value is not None
    )


def _path(plane: _Plane, line: Line) -> str:
    drawn: list[str] = []
    pen = "M"
    for at, value in enumerate(line.values):
        if value is None:
            pen = "M"
            continue
        if pen == "M":
            drawn.append(f"M{plane.x(at):.1f} {plane.y(value):.1f}")
        drawn.append(f"L{plane.x(at + 0.25):.1f} {plane.y(value):.1f}")
        drawn.append(f"L{plane.x(at + 1):.1f} {plane.y(value):.1f}")
        pen = "L"
    return f'<path class="{escape(line.style)}" d="{"".join(drawn)}"/>'


def _hatches(plane: _Plane, days: Sequence[date], known: Sequence[bool]) -> str:
    """Draw one hatched field for each run of days on which nothing is known."""
    drawn: list[str] = []
    runs = groupby(zip(range(len(days)), days, known, strict=True), key=lambda day: day[2])
    for is_known, run in runs:
        if is_known:
            continue
        spell = list(run)
        x, width = plane.x(spell[0][0]), len(spell) * plane.day_px
        drawn.append(
            f'<rect class="unknown" fill="url(#{escape(plane.frame.id)}-hatch)" x="{x:.2f}"'
            f' y="{TOP:.0f}" width="{width:.2f}" height="{plane.floor_px - TOP:.2f}">'
            f"<title>{spell[0][1]} to {spell[-1][1]}: unknown</title></rect>"
        )
        if width >= LABEL_PX:
            drawn.append(
                f'<text class="word" x="{x + width / 2:.1f}" y="{TOP + 14:.0f}">unknown</text>'
            )
    return "".join(drawn)


def _rules(plane: _Plane, step: float, unit: str) -> str:
    drawn = [f'<text class="unit" x="0" y="{TOP - 15:.0f}">{escape(unit)}</text>']
    value = ceil(plane.low / step) * step
    while value <= plane.high:
        y = plane.y(value)
        drawn.append(
            f'<path class="rule" d="M{LEFT:.0f} {y:.1f}H{plane.x(plane.days):.1f}"/>'
            f'<text class="tick end" x="{LEFT - 8:.0f}" y="{y + 4:.1f}">{value:,.0f}</text>'
        )
        value += step
    return "".join(drawn)


def _calendar(plane: _Plane, days: Sequence[date]) -> str:
    """Draw the axis of days: months, or days where there are fewer than two months."""
    months = len(days) > 45
    y = plane.floor_px
    drawn = [f'<path class="axis" d="M{LEFT:.0f} {y:.1f}H{plane.x(plane.days):.1f}"/>']
    free_from = LEFT
    for at, day in enumerate(days):
        x = plane.x(at)
        if (months and day.day != 1) or x < free_from or x > plane.x(plane.days) - LABEL_PX * 0.8:
            continue
        label = f"{day:%Y-%m}" if months else f"{day:%m-%d}"
        drawn.append(
            f'<path class="axis" d="M{x:.1f} {y:.1f}v5"/>'
            f'<text class="tick" x="{x + 3:.1f}" y="{y + 16:.1f}">{label}</text>'
        )
        free_from = x + LABEL_PX
    return "".join(drawn)


def _step(about: float, *, least: float) -> float:
    """Return 1, 2 or 5 times a power of ten, not below ``about`` or ``least``."""
    if about <= least:
        return least
    power = 10.0 ** floor(log10(about))
    return next(nice * power for nice in (1, 2, 5, 10) if nice * power >= about)


def _nothing(frame: Frame) -> str:
    word = f'<text class="word" x="{frame.width / 2:.0f}" y="{frame.height / 2:.0f}">no days</text>'
    return _svg(frame, word)


def _svg(frame: Frame, *parts: str) -> str:
    name = escape(frame.id)
    return (
        f'<svg role="img" viewBox="0 0 {frame.width} {frame.height}" width="{frame.width}"'
        f' height="{frame.height}" aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{escape(frame.title)}</title>'
        f'<desc id="{name}-desc">{escape(frame.desc)}</desc>'
        f'<defs><pattern id="{name}-hatch" width="6" height="6" patternUnits="userSpaceOnUse"'
        ' patternTransform="rotate(45)"><path class="hatch" d="M0 0V6"/></pattern></defs>'
        + "".join(parts)
        + "</svg>"
    )
