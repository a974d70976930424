"""Plots say what is known, hatch what is not, and let no text out of its quotes."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from chengyun.sim.replay.charts import (
    Frame,
    Lane,
    Line,
    axis_begin,
    day_bars,
    level_lanes,
    line_chart,
)

HOSTILE = "\"></title><script>alert('1')</script>&"
FRAME = Frame(id="plot", title="Title", desc="Text.", width=960, height=230)


def days(count: int) -> list[date]:
    return [date(2011, 7, 1) + timedelta(days=at) for at in range(count)]


def drawn(svg: str, name: str) -> list[ElementTree.Element]:
    """The elements of one class; parsing fails where the SVG is not well-formed."""
    root = ElementTree.fromstring(svg)
    return [element for element in root.iter() if element.get("class") == name]


def test_a_known_day_is_a_bar_and_an_unknown_one_is_not() -> None:
    svg = day_bars(FRAME, days(6), [3, 0, None, None, 5, None], "requests")
    bars = drawn(svg, "bar")
    assert [bar.findtext("title") for bar in bars] == [
        "2011-07-01: 3 requests",
        "2011-07-02: 0 requests",
        "2011-07-05: 5 requests",
    ]
    unknown = drawn(svg, "unknown")
    assert [field.findtext("title") for field in unknown] == [
        "2011-07-03 to 2011-07-04: unknown",
        "2011-07-06 to 2011-07-06: unknown",
    ]
    assert all(field.get("fill") == "url(#plot-hatch)" for field in unknown)


def test_bars_are_as_high_as_their_counts() -> None:
    bars = drawn(day_bars(FRAME, days(3), [100, 50, 0], "requests"), "bar")
    heights = [float(bar.get("height", "nan")) for bar in bars]
    assert heights[0] == pytest.approx(2 * heights[1])
    assert heights[2] == 0


def test_the_hatch_covers_the_unknown_days_and_no_other() -> None:
    svg = day_bars(FRAME, days(4), [1, None, None, 1], "requests")
    (field,) = drawn(svg, "unknown")
    bars = [float(bar.get("x", "nan")) for bar in drawn(svg, "bar")]
    begins = float(field.get("x", "nan"))
    ends = begins + float(field.get("width", "nan"))
    assert bars[0] < begins < ends < bars[1]
    assert float(field.get("width", "nan")) == pytest.approx((960 - 62 - 10) / 2)


def line(*values: float | None, mark: str = "line") -> Line:
    return Line(
        name="week", style="weekly", mark="dots" if mark == "dots" else "line", values=values
    )


def test_a_line_breaks_where_nothing_is_known() -> None:
    known = [True, True, False, True]
    svg = line_chart(FRAME, days(4), known, [line(90.0, 91.0, None, 92.0)], "%")
    (path,) = drawn(svg, "weekly")
    assert path.get("d", "").count("M") == 2
    assert len(drawn(svg, "unknown")) == 1


def test_no_dot_stands_for_an_unknown_day() -> None:
    known = [True, False, True]
    svg = line_chart(FRAME, days(3), known, [line(90.0, None, 92.0, mark="dots")], "%")
    assert [dot.findtext("title") for dot in drawn(svg, "weekly")] == [
        "2011-07-01: 90.00 %, week",
        "2011-07-03: 92.00 %, week",
    ]


@pytest.mark.parametrize(
    ("least", "begins"), [(0.0, 0.0), (9.9, 0.0), (85.3, 80.0), (90.0, 90.0), (100.0, 90.0)]
)
def test_the_axis_begins_at_a_ten_below_the_least(least: float, begins: float) -> None:
    assert axis_begin([line(least, 100.0, None)]) == begins


def test_each_lane_has_its_own_scale_and_says_it() -> None:
    lanes = [
        Lane(level="red", style="level red", counts=[1, 0]),
        Lane(level="blue", style="level blue", counts=[300, 150]),
        Lane(level="orange", style="level orange", counts=[0, 0]),
    ]
    svg = level_lanes(FRAME, days(2), [True, True], lanes, "warnings")
    (red,) = drawn(svg, "level red")
    blue = drawn(svg, "level blue")
    assert red.get("height") == blue[0].get("height")
    assert [text.text for text in drawn(svg, "tick")][:3] == ["0–1", "0–300", "none"]
    assert not drawn(svg, "level orange")


def test_lanes_hatch_unknown_days() -> None:
    svg = level_lanes(
        FRAME, days(3), [True, False, True], [Lane(level="red", style="r", counts=[0, 0, 1])], "w"
    )
    assert len(drawn(svg, "unknown")) == 1


def test_without_days_a_plot_says_so() -> None:
    for svg in (
        day_bars(FRAME, [], [], "requests"),
        line_chart(FRAME, [], [], [], "%"),
        level_lanes(FRAME, [], [], [], "warnings"),
    ):
        assert [text.text for text in drawn(svg, "word")] == ["no days"]


def test_days_and_values_must_match() -> None:
    with pytest.raises(ValueError, match="zip"):
        day_bars(FRAME, days(2), [1], "requests")


def test_a_plot_has_title_description_and_role() -> None:
    root = ElementTree.fromstring(day_bars(FRAME, days(1), [1], "requests"))
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "plot-title plot-desc"
    assert [root.findtext("title"), root.findtext("desc")] == ["Title", "Text."]


@pytest.mark.parametrize("count", [1, 2, 7, 46, 163, 400])
@pytest.mark.parametrize("width", [350, 960])
def test_labels_below_the_axis_stay_inside_and_apart(count: int, width: int) -> None:
    frame = Frame(id="plot", title="t", desc="d", width=width, height=200)
    svg = day_bars(frame, days(count), [1] * count, "requests")
    labels = [
        float(text.get("x", "nan"))
        for text in drawn(svg, "tick")
        if re.fullmatch(r"\d{4}-\d\d|\d\d-\d\d", text.text or "")
    ]
    assert labels
    assert all(right - left >= 40 for left, right in pairwise(labels))
    assert labels[-1] + 40 <= width


def hostile_plots() -> list[str]:
    frame = Frame(id=HOSTILE, title=HOSTILE, desc=HOSTILE, width=300, height=200)
    week = Line(name=HOSTILE, style=HOSTILE, mark="line", values=[1.0, None])
    dots = Line(name=HOSTILE, style=HOSTILE, mark="dots", values=[1.0, None])
    lane = Lane(level=HOSTILE, style=HOSTILE, counts=[1, 1])
    return [
        day_bars(frame, days(2), [1, None], HOSTILE),
        line_chart(frame, days(2), [True, False], [week, dots], HOSTILE),
        level_lanes(frame, days(2), [True, False], [lane], HOSTILE),
    ]


@pytest.mark.parametrize("svg", hostile_plots(), ids=["bars", "lines", "lanes"])
def test_hostile_text_is_escaped_everywhere(svg: str) -> None:
    names = {element.tag for element in ElementTree.fromstring(svg).iter()}
    allowed = {"svg", "title", "desc", "defs", "pattern", "path", "rect", "text", "circle"}
    assert names <= allowed
    assert "<script" not in svg
