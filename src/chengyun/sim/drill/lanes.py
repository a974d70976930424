"""The evening at a glance: a lane for each of its own events, in both runs, as one SVG drawing.

Text enters it escaped; whoever shows it may take it as markup.
"""

from __future__ import annotations

from html import escape
from typing import Final

from chengyun.kernel.instants import MINUTE_US, Instant, to_datetime, zone
from chengyun.sim.drill.debrief import Debrief, Happened

WIDE_PX: Final = 960
NAMES_PX: Final = 250
MARGIN_PX: Final = 22
LANE_PX: Final = 30
HEAD_PX: Final = 26
FOOT_PX: Final = 30
MOST_LANES: Final = 24
TICKS_MIN: Final = (15, 30, 60, 120)
MOST_TICKS: Final = 9


def lanes(debrief: Debrief, lang: str, title: str) -> str:
    """Return the drawing: a thick bar with the operator, a thin one with the duty room alone."""
    events = [one for one in debrief.happened if one.arranged and one.real][:MOST_LANES]
    if not events:
        return ""
    begin, end = debrief.held.plan.began_at, debrief.held.ended_at
    scale = _Scale(begin, max(end, begin + MINUTE_US))
    height = HEAD_PX + LANE_PX * (len(events) + 1) + FOOT_PX
    parts = [
        f'<svg viewBox="0 0 {WIDE_PX} {height}" role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title>",
        *_axis(scale, debrief.zone, height),
    ]
    for number, one in enumerate(events):
        parts += _lane(one, scale, HEAD_PX + LANE_PX * number, lang)
    parts += _asked(debrief, scale, HEAD_PX + LANE_PX * len(events), lang)
    return "".join([*parts, "</svg>"])


class _Scale:
    """Where on the drawing an instant stands."""

    def __init__(self, begin: int, end: int) -> None:
        self.begin, self.end = begin, end

    def x(self, at: int) -> float:
        part = (min(max(at, self.begin), self.end) - self.begin) / (self.end - self.begin)
        return round(NAMES_PX + part * (WIDE_PX - NAMES_PX - MARGIN_PX), 1)


def _axis(scale: _Scale, zone_name: str, height: int) -> list[str]:
    whole = (scale.end - scale.begin) // MINUTE_US
    step_min = next((one for one in TICKS_MIN if whole / one <= MOST_TICKS), TICKS_MIN[-1])
    step = step_min * MINUTE_US
    parts = []
    at = -(-scale.begin // step) * step
    while at <= scale.end:
        x = scale.x(at)
        clock = f"{to_datetime(Instant(at), zone(zone_name)):%H:%M}"
        parts.append(f'<path class="rule" d="M{x} {HEAD_PX - 6}V{height - FOOT_PX}"/>')
        parts.append(f'<text class="word" x="{x}" y="{HEAD_PX - 12}">{clock}</text>')
        at += step
    return parts


def _lane(one: Happened, scale: _Scale, top: int, lang: str) -> list[str]:
    middle = top + LANE_PX / 2
    name = escape(f"{one.what[lang]} · {one.area[lang]}")
    from_x = scale.x(one.at)
    ours = _width(scale, one.at, one.you.lasted_min)
    parts = [
        f'<text class="lane" x="0" y="{middle + 4}">{name}</text>',
        f'<rect class="ours" x="{from_x}" y="{middle - 7}" width="{ours}" height="9" rx="2"/>',
    ]
    if one.alone is not None:
        theirs = _width(scale, one.at, one.alone.lasted_min)
        parts.append(
            f'<rect class="theirs" x="{from_x}" y="{middle + 5}" width="{theirs}" height="3"'
            ' rx="1"/>'
        )
    if one.you.found_at is not None:
        x = scale.x(one.you.found_at)
        parts.append(f'<path class="found" d="M{x} {middle - 10}v15"/>')
    return parts


def _width(scale: _Scale, at: int, minutes: float) -> float:
    return round(max(2.0, scale.x(at + round(minutes * MINUTE_US)) - scale.x(at)), 1)


def _asked(debrief: Debrief, scale: _Scale, top: int, lang: str) -> list[str]:
    """Draw every decision as a line from the question to the answer."""
    middle = top + LANE_PX / 2
    word = {"zh": "决定", "en": "Decisions"}[lang]
    parts = [f'<text class="lane" x="0" y="{middle + 4}">{word}</text>']
    for one in debrief.decisions:
        x, until = scale.x(one.asked_at), one.you.at or scale.end
        decided = one.you.state in ("approved", "refused", "given")
        style = "decided" if decided else "missed"
        parts.append(f'<path class="wait {style}" d="M{x} {middle}H{max(scale.x(until), x + 1)}"/>')
        if decided:
            parts.append(f'<circle class="answer" cx="{scale.x(until)}" cy="{middle}" r="4"/>')
    return parts
