"""A drill on the screen, in a real browser: the line that says so, its end, and the debrief."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from screen_city import NOW, ScreenCity, name

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = Path("/usr/bin/chromium")
AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
HOUR_US = 3_600_000_000

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser at {CHROMIUM}")


def answer(state: str, minutes: float, **more: Any) -> dict[str, Any]:
    found = {"state": state, "by": "person:lin", "at": NOW, "minutes": minutes, "chosen": None}
    return found | {"right": None, "reason": ""} | more


REASON = {"code": "ended_sooner", "params": {}, "about": ""}
DEBRIEF = {
    "held": {"ended_at": NOW, "ended_by": "operator"},
    "figures": [
        {
            "code": "decided",
            "text": name("decided", "有人决定的"),
            "unit": name("", "件"),
            "source": name("the log", "事实链"),
            "you": 3,
            "you_of": 4,
            "alone": 4,
            "alone_of": 4,
        }
    ],
    "strengths": [REASON | {"text": name("The flood ended sooner.", "积水结束得更早。")}],
    "again": [REASON | {"text": name("One plan lapsed.", "一项预案失效。")}],
    "decisions": [
        {
            "kind": "route",
            "subject": "case:1",
            "what": name("Smell of gas", "燃气异味"),
            "area": name("Lanfang", "兰坊街道"),
            "asked_at": NOW,
            "was_asked": True,
            "you": answer("given", 4, chosen=name("Gas crew", "燃气队"), right=True),
            "alone": None,
        }
    ],
}


class DrillCity(ScreenCity):
    """The small city, in which a drill is held."""

    def __init__(self) -> None:
        self.state = "running"
        super().__init__()

    def answer(self, path: str) -> Any:
        if path == "/api/v1/drill":
            pages = {one: f"debrief.{one}.html" for one in ("zh", "en")}
            return {
                "scenario": "quiet_night",
                "title": name("A quiet night", "平静的夜"),
                "brief": name("Midweek, dry.", "周中，晴。"),
                "state": self.state,
                "began_at": NOW - HOUR_US,
                "until_at": NOW + HOUR_US,
                "problem": None,
                "done_min": 7,
                "of_min": 60,
                "pages": pages if self.state == "ready" else {},
            }
        if path == "/api/v1/drill/debrief" and self.state == "ready":
            return DEBRIEF
        if path == "/api/v1/demo":
            return {"seed": 7, "scale": "district", "events": []}
        return super().answer(path)


@pytest.fixture
def city() -> Iterator[DrillCity]:
    served = DrillCity()
    yield served
    served.close()


@pytest.fixture
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-3d-apis"]
        found = started.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield found
        found.close()


def opened(browser: Any, city: DrillCity, *, lang: str = "en", theme: str = "dark") -> Any:
    page = browser.new_page(
        viewport={"width": 1920, "height": 1080}, color_scheme=theme, locale=lang
    )
    page.set_default_timeout(15_000)
    page.goto(city.url)
    page.wait_for_selector(".drill")
    return page


def violations(page: Any) -> list[str]:
    if not AXE.exists():
        pytest.skip(f"{AXE.name} is not installed: run `npm ci` in web/")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found["violations"]]


def test_it_says_that_it_is_a_drill_and_how_much_is_left(browser: Any, city: DrillCity) -> None:
    page = opened(browser, city)
    line = page.inner_text(".drill")
    assert "Drill" in line
    assert "A quiet night" in line
    assert "1 h left (about 1 min at this pace)" in line
    assert page.locator(".hint").count() == 0, "a drill is no place to try things out"
    assert page.locator("text=Let something happen").count() == 0


def test_it_is_ended_only_when_one_is_sure(browser: Any, city: DrillCity) -> None:
    page = opened(browser, city)
    page.click("text=End the drill")
    assert page.evaluate("document.activeElement.innerText") == "End and debrief"
    page.keyboard.press("Escape")
    page.wait_for_selector("text=End the drill")
    assert city.sent == []
    page.click("text=End the drill")
    city.state = "debriefing"
    page.click("text=End and debrief")
    page.wait_for_selector("text=7 of 60 minutes")
    assert city.sent == [("/api/v1/drill/end", {})]
    city.state = "ready"
    page.wait_for_selector("dialog[open]")


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("lang", ["zh-CN", "en-GB"])
def test_the_debrief_opens_by_itself_and_everyone_can_read_it(
    browser: Any, city: DrillCity, lang: str, theme: str
) -> None:
    city.state = "ready"
    page = opened(browser, city, lang=lang, theme=theme)
    page.wait_for_selector("dialog[open]")
    shown = page.inner_text("dialog[open]")
    wanted = {
        "zh-CN": [
            "平静的夜",
            "积水结束得更早。",
            "一项预案失效。",
            "3 / 4 件",
            "派 燃气队",
            "未提出",
        ],
        "en-GB": [
            "A quiet night",
            "The flood ended sooner.",
            "One plan lapsed.",
            "3 / 4",
            "Gas crew",
        ],
    }[lang]
    assert [one for one in wanted if one not in shown] == []
    assert page.get_attribute("dialog[open] a", "href") == f"debrief.{lang[:2]}.html"
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog[open]", state="detached")
    page.click(".drill button")
    page.wait_for_selector("dialog[open]")
