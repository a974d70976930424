"""The report of a replay: complete, calm, self-contained, and nothing in it can act.

``fake_result`` draws a realistic result from a seed. To look at one:
``PYTHONPATH=tests/unit/sim python -c "import test_report_page as t; t.show('/tmp/report.html')"``.
"""

from __future__ import annotations

import io
import random
import re
from datetime import date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rich.console import Console

from chengyun.sim.replay.page import calendar, gain_points, lasted, render_page, weeks_of
from chengyun.sim.replay.result import (
    DayLine,
    Duplicates,
    FileDuplicates,
    ProposalLine,
    RefusedLine,
    Result,
    Routing,
    UnitLine,
    WarningLine,
)
from chengyun.sim.replay.terminal import print_report

HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}[red]x[/red]&"
TYPES = (
    "Street Light Outages",
    "Schedule a Bulk Item Pickup",
    "Missed Trash/Recycling/Yard Waste",
    "Request for Pothole Repair",
    "Graffiti Removal",
    "Tree Emergencies",
    "Rodent Activity",
)
AREAS = (
    "Dorchester",
    "Roxbury",
    "Downtown / Financial District",
    "Jamaica Plain",
    "Fenway / Kenmore / Audubon Circle / Longwood",
    "East Boston",
)


def fake_days(rng: random.Random, count: int) -> list[DayLine]:
    """Two windows with 20 unknown days between them and 30 after."""
    days = []
    for at in range(count):
        on = date(2011, 7, 1) + timedelta(days=at)
        known = not (51 <= at < 71 or at >= count - 30)
        reports = round(rng.gauss(400 if on.weekday() < 5 else 130, 40)) if known else 0
        days.append(
            DayLine(
                day=on.isoformat(),
                known=known,
                reports=max(0, reports),
                merged=reports // 12,
                closed=max(0, reports - 40) if known else rng.randrange(30),
                warnings=rng.randrange(3) if known else 0,
                top1=min(1.0, 0.93 - 0.2 / (1 + at / 6) + rng.gauss(0, 0.015)) if known else None,
            )
        )
    return days


def fake_warning(rng: random.Random, days: list[DayLine]) -> WarningLine:
    day = rng.choice([line.day for line in days if line.known])
    onset = datetime.fromisoformat(f"{day}T00:00:00-04:00") + timedelta(
        minutes=5 * rng.randrange(288)
    )
    level = rng.choices(("blue", "yellow", "orange", "red"), (200, 40, 5, 2))[0]
    cleared = onset + timedelta(minutes=5 * rng.randrange(12, 500))
    count = rng.randrange(8, 40)
    return WarningLine(
        sign="demand",
        type=rng.choice(TYPES),
        area=rng.choice(AREAS),
        level=level,
        onset=onset.isoformat(),
        cleared=cleared.isoformat() if rng.random() < 0.97 else None,
        because=f"{count} requests in 1 h where {count / 11:.1f} are usual at this hour of the"
        f" week; one chance in 10^{rng.uniform(3, 12):.1f}",
    )


def fake_units(rng: random.Random, count: int) -> list[UnitLine]:
    units = []
    for at in range(count):
        closed = round(9000 / (1 + at))
        late = rng.randrange(1 + closed // 3)
        units.append(
            UnitLine(
                unit=f"PWDx_{rng.choice(TYPES)}_{at:02} (Internal)",
                dispatched=closed + rng.randrange(40),
                closed=closed,
                on_time=max(0, closed - late - closed // 10),
                overdue=late,
            )
        )
    return units


def fake_proposals() -> list[ProposalLine]:
    late = {"closed": 412, "on_time": 120, "overdue": 292}
    wrong = {"closed": 95, "handled_by_owner": 93, "proposed": 97, "proposed_rightly": 12}
    return [
        ProposalLine(
            about="deadline",
            type=TYPES[0],
            now="as promised",
            proposed="336 calendar_hours",
            evidence=late,
        ),
        ProposalLine(
            about="route",
            type=TYPES[4],
            now="decided case by case",
            proposed="PROP_GRAF_GraffitiRemoval",
            evidence=wrong,
        ),
    ]


def fake_result(
    seed: int = 7, *, day_count: int = 163, warning_count: int = 140, **fields: Any
) -> Result:
    """A result as a replay of both windows might end; ``fields`` replace what is drawn."""
    rng = random.Random(seed)
    days = fake_days(rng, day_count)
    result = Result(
        requests=37_106,
        refused=3,
        closings_refused=2,
        reports=37_103,
        incidents=33_987,
        merged=3_116,
        suspected_wrong_merges=214,
        cases=33_987,
        closed=32_950,
        reported_back=32_950,
        verified=0,
        open=1_037,
        on_time=23_412,
        overdue=6_518,
        without_deadline=7_010,
        routing=Routing(
            n=37_103, top1=0.8931, top3=0.9624, baseline_top1=0.8655, type_district_top1=0.8672
        ),
        duplicates=Duplicates(labelled=1_604, found=1_012, precision=0.5467, recall=0.6309),
        duplicates_by_file=[
            FileDuplicates(
                file=name, merged=1_500, labelled=802, found=506, precision=0.5467, recall=0.6309
            )
            for name in (
                "requests-2011-07-01--2011-08-20.csv.gz",
                "requests-2011-09-10--2011-11-10.csv.gz",
            )
        ],
        warnings=[fake_warning(rng, days) for _ in range(warning_count)],
        refused_rows=[
            RefusedLine(code="outside_the_city", rows=2, example="requests.csv, row 1,204"),
            RefusedLine(code="impossible_date", rows=1, example="requests.csv, row 9,999"),
        ],
        proposals=fake_proposals(),
        units=fake_units(rng, 48),
        days=days,
        encodings={"requests-2011-07-01--2011-08-20.csv.gz": "utf-8"},
        facts=211_842,
        dead_letters=0,
        from_="2011-07-01T01:32:33-04:00",
        until="2011-12-10T22:41:07-05:00",
        pack="boston-311",
        policy_version="9b1c" * 16,
        seed=311,
        state_hash="a7f0" * 16,
        elapsed_s=41.329,
        peak_rss_mb=402.418,
    )
    return msgspec.structs.replace(result, **fields)


def empty_result() -> Result:
    """What a replay of an empty recording would end with."""
    usual = fake_result()
    nothing: dict[str, Any] = {
        name: type(getattr(usual, name))()
        for name in Result.__struct_fields__
        if isinstance(getattr(usual, name), int | list | dict)
    }
    return msgspec.structs.replace(
        usual,
        **nothing,
        routing=Routing(n=0, top1=0, top3=0, baseline_top1=0, type_district_top1=0),
        duplicates=Duplicates(labelled=0, found=0, precision=0, recall=0),
    )


def hostile_result() -> Result:
    """Every text that a file, a pack or a citizen can bring is an attack."""
    usual = fake_result()
    return fake_result(
        pack=HOSTILE,
        policy_version=HOSTILE,
        state_hash=HOSTILE,
        from_=HOSTILE,
        until=HOSTILE,
        encodings={HOSTILE: HOSTILE},
        refused_rows=[RefusedLine(code=HOSTILE, rows=1, example=HOSTILE)],
        warnings=[
            WarningLine(
                sign=HOSTILE,
                type=HOSTILE,
                area=HOSTILE,
                level=HOSTILE,
                onset=HOSTILE,
                cleared=HOSTILE,
                because=HOSTILE,
            )
        ],
        units=[msgspec.structs.replace(usual.units[0], unit=HOSTILE)],
        proposals=[
            ProposalLine(
                about=HOSTILE, type=HOSTILE, now=HOSTILE, proposed=HOSTILE, evidence={HOSTILE: 1}
            )
        ],
        duplicates_by_file=[msgspec.structs.replace(usual.duplicates_by_file[0], file=HOSTILE)],
    )


def show(path: str) -> None:
    """Write a page to look at."""
    Path(path).write_text(render_page(fake_result()), "utf-8")


VOID = {"meta", "br", "circle", "path"}
CELLS = {"td", "th", "dt", "dd", "li", "span", "caption", "title", "text"}


class Outline(HTMLParser):
    """What a reader of the page meets: elements, their attributes, and text by element."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.stack: list[str] = []
        self.text: list[tuple[str, str]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.stack.pop() == tag, f"</{tag}> closes another element"
        if tag in CELLS:
            self.text.append((tag, " "))

    def handle_data(self, data: str) -> None:
        self.text.append((self.stack[-1] if self.stack else "", data))

    def named(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag == name]

    def words(self) -> str:
        kept = "".join(data for tag, data in self.text if tag != "style")
        return " ".join(kept.replace("\xa0", " ").split())


@pytest.fixture(scope="module")
def page() -> str:
    return render_page(fake_result())


def test_the_page_is_one_file_without_request_or_script(page: str) -> None:
    for text in (page, render_page(hostile_result()), render_page(empty_result())):
        outline = Outline(text)
        assert {"script", "link", "img", "iframe", "object", "image", "base", "form"}.isdisjoint(
            tag for tag, _ in outline.elements
        )
        for _, attributes in outline.elements:
            assert not any(name.startswith("on") or name == "src" for name in attributes)
            assert (attributes.get("href") or "#").startswith("#")
    assert not re.search(r"https?:|//|@import|@font-face", page)
    assert set(re.findall(r"url\((.)", page)) == {"#"}
    assert "default-src 'none'" in page


@pytest.mark.parametrize(
    "result", [fake_result(), empty_result(), hostile_result()], ids=["usual", "empty", "hostile"]
)
def test_every_element_is_closed_and_every_id_is_unique(result: Result) -> None:
    outline = Outline(render_page(result))
    assert outline.stack == []
    ids = [attributes["id"] for _, attributes in outline.elements if attributes.get("id")]
    assert len(ids) == len(set(ids))
    for _, attributes in outline.elements:
        for name in (attributes.get("aria-labelledby") or "").split():
            assert name in ids
        if (attributes.get("href") or "").startswith("#"):
            assert (attributes["href"] or "")[1:] in ids


def test_hostile_text_is_shown_and_does_nothing() -> None:
    text = render_page(hostile_result())
    assert "<script" not in text.lower()
    assert "<img" not in text.lower()
    assert not re.search(r"alert.{0,80}49", text), "a value was taken for a template"
    words = Outline(text).words()
    # pack twice (heading, footer) and title; policy, hash, from and until; file and encoding; …
    assert words.count("<script>alert(1)</script>") >= 18


def test_figures_stand_in_the_order_of_the_loop(page: str) -> None:
    outline = Outline(page)
    headings = [attributes["id"] for attributes in outline.named("h2")]
    assert headings == ["sense", "assess", "dispatch", "handle", "warn", "learn", "check"]
    for chinese in ("感知", "研判·一件事", "派遣", "处置", "预警", "综合评价"):
        assert chinese in outline.words()


@pytest.mark.parametrize(
    "words",
    [
        "Read 37,106 rows",
        "Refused 3 rows 0.01 % of rows read",
        "outside_the_city 2 requests.csv, row 1,204",
        "Incidents 33,987 incidents",
        "Suspected wrong merges 214 reports 6.87 % of merged",
        "All files 3,116 1,604 1,012 54.67 % 63.09 %",
        "Platform, first proposal 89.31 % +2.59 points",
        "Platform, among the first three 96.24 % not comparable",
        "most frequent unit of type and area 86.55 % −0.17 points",
        "police district 86.72 % +0.00 points",
        "Nobody verified these closings: reported back is not fixed.",
        "reported back, not verified 32,950 cases 96.95 % of cases",
        "Closed on time 23,412 requests 78.22 % of those due",
        "Overdue, those still open included 6,518 requests 21.78 % of those due",
        "Without a deadline, neither on time nor late 7,010 requests 18.89 % of reports",
        "Open, deadline after the end 163 requests 0.44 % of reports",
        "A person decides.",
        "336 calendar_hours",
        "93 handled by owner",
        "From 2011-07-01 01:32:33 -04:00",
        "Seed 311",
        "a7f0" * 16,
        "211,842 facts",
        "41.33 s",
        "402.42 MB",
        "chengyun audit state-hash DIR",
        "chengyun audit verify DIR",
    ],
)
def test_the_page_says(page: str, words: str) -> None:
    assert words in Outline(page).words()


def test_every_table_has_a_caption_and_scoped_headers(page: str) -> None:
    outline = Outline(page)
    assert len(outline.named("table")) == len(outline.named("caption")) > 8
    assert all(header.get("scope") in {"row", "col"} for header in outline.named("th"))
    for tag in re.findall(r"<svg[^>]*>", page):
        assert "aria-hidden" in tag or "aria-labelledby" in tag


def test_unknown_days_are_hatched_and_called_unknown_never_zero() -> None:
    result = fake_result()
    text = render_page(result)
    known = sum(day.known for day in result.days)
    assert text.count('class="bar"') == 2 * known
    assert text.count(": unknown</title>") == 2 * 3 * 2  # two gaps, three plots, two widths
    gap = next(day.day for day in result.days if not day.known)
    (row,) = re.findall(rf'<tr><th scope="row">{gap}</th>(<td class="n">unknown.*)</tr>', text)
    assert re.findall(r">([^<]+)<", row)[:2] == ["unknown", "unknown"]
    assert (
        "113 known days and 50 unknown days, on which the feed was silent" in Outline(text).words()
    )


def test_a_day_that_the_result_leaves_out_is_unknown() -> None:
    kept = [day for day in fake_result().days if day.known]
    days = calendar(fake_result(days=kept))
    assert len(days) == 133
    assert sum(not day.line.known for day in days) == 20


def test_a_week_weighs_its_days_by_their_requests() -> None:
    monday = DayLine(
        day="2011-07-04", known=True, reports=300, merged=0, closed=0, warnings=0, top1=0.9
    )
    tuesday = msgspec.structs.replace(monday, day="2011-07-05", reports=100, top1=0.5)
    sunday = msgspec.structs.replace(monday, day="2011-07-10", reports=50, top1=None)
    (week,) = weeks_of(calendar(fake_result(days=[monday, tuesday, sunday])))
    assert (week.begins, week.days, week.requests) == (date(2011, 7, 4), 7, 450)
    assert week.top1 == pytest.approx(0.8)


def test_orange_and_red_are_listed_and_the_rest_is_counted() -> None:
    warnings = [
        msgspec.structs.replace(warning, because=f"cause-{at:04}")
        for at, warning in enumerate(fake_result().warnings)
    ]
    result = fake_result(warnings=warnings)
    words = Outline(render_page(result)).words()
    for warning in warnings:
        listed = warning.because in words
        assert listed == (warning.level in {"orange", "red"})
    blue = sum(warning.level == "blue" for warning in result.warnings)
    assert f"blue {blue} warnings" in words


def test_a_warning_outside_the_days_is_not_silently_lost() -> None:
    late = msgspec.structs.replace(fake_result().warnings[0], onset="2013-01-01T00:00:00-05:00")
    words = Outline(render_page(fake_result(warnings=[late]))).words()
    assert "1 warning began outside the days shown" in words


@pytest.mark.parametrize(
    ("cleared", "told"),
    [
        (None, "still standing at the end"),
        ("2011-07-01T10:40:00-04:00", "40 min"),
        ("2011-07-01T12:05:00-04:00", "2 h 5 min"),
        ("2011-07-04T13:00:00-04:00", "3 d 3 h"),
        ("nonsense", "until nonsense"),
        ("2011-07-01T12:05:00", "until 2011-07-01 12:05"),
    ],
)
def test_a_warning_says_how_long_it_stood(cleared: str | None, told: str) -> None:
    warning = WarningLine(
        sign="s",
        type="t",
        area="a",
        level="red",
        onset="2011-07-01T10:00:00-04:00",
        cleared=cleared,
        because="b",
    )
    assert lasted(warning) == told


def test_some_verified_closings_change_the_sentence() -> None:
    words = Outline(render_page(fake_result(verified=950, reported_back=32_000))).words()
    assert "Nobody verified 32,000 of 32,950 closings: reported back is not fixed." in words
    words = Outline(render_page(fake_result(verified=32_950, reported_back=0))).words()
    assert "Nobody verified" not in words


def test_dead_letters_are_said_first() -> None:
    words = Outline(render_page(fake_result(dead_letters=2))).words()
    assert "2 dead letters. So many units of work failed" in words


def test_an_empty_result_renders_and_counts_nothing() -> None:
    words = Outline(render_page(empty_result())).words()
    assert "No row was refused." in words
    assert "No warning was orange or red." in words
    assert "No unit was given a case." in words
    assert "No proposal was made n/a n/a" in words
    assert "nan" not in words
    assert "Nobody verified" not in words


def test_a_huge_result_stays_below_two_megabytes() -> None:
    result = fake_result(day_count=400, warning_count=2_000)
    long = [
        msgspec.structs.replace(line, level="red", because=line.because * 40)
        for line in result.warnings
    ]
    huge = msgspec.structs.replace(
        result,
        warnings=long,
        proposals=fake_proposals() * 500,
        units=fake_units(random.Random(1), 900),
    )
    text = render_page(huge)
    assert len(text.encode()) < 2_000_000
    words = Outline(text).words()
    assert (
        "The first 500 are shown; 1,500 more warnings are in report.json, beside this page."
        in words
    )
    assert "The 20 of 900 units that closed most" in words


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.1."""
    if len(colour) == 4:
        colour = "#" + "".join(2 * digit for digit in colour[1:])
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [
        value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4
        for value in channels
    ]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_contrast_is_wcag_aa_by_day_by_night_and_on_paper(page: str) -> None:
    schemes = [
        dict(re.findall(r"--(\w+): (#\w+);", block))
        for block in re.findall(r":root \{(.*?)\}", page, re.DOTALL)
    ]
    assert len(schemes) == 3
    for scheme in schemes:
        for ground in ("paper", "panel", "heed"):
            for ink, least in (
                ("ink", 4.5),
                ("soft", 4.5),
                ("accent", 4.5),
                ("red", 3),
                ("orange", 3),
                ("yellow", 3),
                ("blue", 3),
                ("bar", 3),
            ):
                light, dark = sorted(
                    (luminance(scheme[ink]), luminance(scheme[ground])), reverse=True
                )
                ratio = (light + 0.05) / (dark + 0.05)
                assert ratio >= least, f"{ink} on {ground}: {ratio:.2f}"


def printed(result: Result, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    print_report(result, Console(file=stream, width=80, color_system=None))
    stream.flush()
    return raw.getvalue().decode(encoding)


def test_the_terminal_report_fits_one_screen() -> None:
    text = printed(fake_result())
    lines = text.splitlines()
    assert len(lines) <= 48
    assert max(len(line) for line in lines) <= 80
    assert "\x1b" not in text
    for words in (
        "37,106  rows",
        "89.31 %",
        "+2.59 points",
        "reported back is not fixed",
        "a7f0" * 16,
        "chengyun audit verify DIR",
    ):
        assert words in text


@pytest.mark.parametrize("result", [empty_result(), hostile_result()], ids=["empty", "hostile"])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "gb18030"])
def test_the_terminal_prints_anything_as_plain_text(result: Result, encoding: str) -> None:
    pack = result.pack + "\x1b[31m城\u202e"
    text = printed(msgspec.structs.replace(result, pack=pack), encoding)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "state hash" in text
    if result.pack == HOSTILE:
        assert "[red]x[/red]" in text


def test_the_terminal_shows_brackets_of_a_warning_as_they_are() -> None:
    warning = msgspec.structs.replace(
        fake_result().warnings[0], type="[red]a[/red]", area="[/b]b", level="red"
    )
    assert "[red]a[/red], [/b]b" in printed(fake_result(warnings=[warning]))


def test_the_gain_is_to_the_better_baseline() -> None:
    assert gain_points(fake_result()) == pytest.approx(2.59)
