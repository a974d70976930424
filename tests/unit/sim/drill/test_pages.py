"""The debrief as page, drawing and terminal: in two languages, safe, and nothing to load."""

from __future__ import annotations

import re
from html import unescape

import pytest
from rich.console import Console
from stories import GAS, PUMP, Story, held, pack

from chengyun.sim.drill.debrief import Debrief
from chengyun.sim.drill.lanes import lanes
from chengyun.sim.drill.page import LANGUAGES, render_page
from chengyun.sim.drill.page_words import PAGE_WORDS
from chengyun.sim.drill.terminal import print_debrief
from chengyun.sim.drill.writing import debriefed

EVIL = "<script>alert(1)</script>"


@pytest.fixture
def debrief() -> Debrief:
    you, alone = Story(), Story()
    for story in (you, alone):
        story.event("gas:evening:0", "gas_smell", 10, 120)
        case = story.reported("gas:evening:0", "report:hotline:1", 15, PUMP)
        asked = story.asked(case, 20, (PUMP, 300_000))
        story.settled(asked, 26, "given", GAS)
        asked.reason = EVIL
        story.warned("underpass_depth", 30, "yellow")
    return debriefed(held(), pack(), you.side(), alone.side())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_says_it_all_and_loads_nothing(debrief: Debrief, lang: str) -> None:
    page = render_page(debrief, lang)
    said = unescape(page)
    assert debrief.title[lang] in said
    assert [one for one in (*debrief.strengths, *debrief.again) if one.text[lang] not in said] == []
    assert [one for one in debrief.figures if one.text[lang] not in said] == []
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert re.findall(r"(?:src|href)=\"([^\"]*)\"", page) == [
        f"debrief.{'en' if lang == 'zh' else 'zh'}.html"
    ]
    assert "default-src 'none'" in page
    assert "http" not in page.replace("http-equiv", "")


def test_every_word_of_the_page_is_there_in_both_languages() -> None:
    missing = [name for name, pair in PAGE_WORDS.items() if name != "level_" and not all(pair)]
    assert missing == []


def test_the_drawing_escapes_its_text_and_needs_an_event(debrief: Debrief) -> None:
    drawn = lanes(debrief, "en", EVIL)
    assert "<script" not in drawn
    assert drawn.count('class="ours"') == 1
    assert drawn.count('class="theirs"') == 1
    assert "Smell of gas" in drawn
    nothing = debriefed(held(), pack(), Story().side(), Story().side())
    assert lanes(nothing, "en", "") == ""


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_terminal_fits_eighty_columns(debrief: Debrief, lang: str) -> None:
    console = Console(width=80, record=True, force_terminal=False)
    print_debrief(debrief, console, lang)
    shown = console.export_text()
    assert debrief.title[lang] in shown
    assert PAGE_WORDS["again"][LANGUAGES.index(lang)] in shown
    assert "6" in shown


def test_an_evening_in_which_nothing_happened_is_told_too() -> None:
    empty = debriefed(held(), pack(), Story().side(), Story().side())
    for lang in LANGUAGES:
        assert PAGE_WORDS["no_decisions"][LANGUAGES.index(lang)] in render_page(empty, lang)
        print_debrief(empty, Console(width=80, record=True), lang)
