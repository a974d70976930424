"""The screen for everyone: axe finds nothing at any size, in any language and theme."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from browsing import Browsing, browser_on, violations
from screen_city import ScreenCity


@pytest.fixture(scope="module")
def browsing() -> Iterator[Browsing]:
    city = ScreenCity()
    with browser_on(city.url) as found:
        yield found
    city.close()


def with_a_case(page: Any) -> None:
    page.click(".right ol .row")
    page.wait_for_selector(".chain li")


def with_a_warning(page: Any) -> None:
    page.click(".warnings .row")
    page.wait_for_selector(".pane .chain li")


def with_a_sign(page: Any) -> None:
    page.click(".strip >> nth=0 >> button >> nth=0")
    page.wait_for_selector(".pane")


def down_in_an_area(page: Any) -> None:
    page.click("table .link >> nth=0")
    page.wait_for_selector(".crumbs li >> nth=2")


def with_the_events(page: Any) -> None:
    page.click("[data-hint=event]")
    page.wait_for_selector("#events button")


def with_the_crews(page: Any) -> None:
    page.click(".tabs button >> nth=1")
    page.wait_for_selector(".crews li")


def while_deciding(page: Any) -> None:
    page.click("#decide .card >> nth=0 >> button.main")
    page.wait_for_selector("#decide textarea")


def with_a_unit_chosen(page: Any) -> None:
    page.check("#decide input[type=radio] >> nth=-1")
    page.wait_for_selector("#decide select")


def while_asking_to_look(page: Any) -> None:
    with_a_case(page)
    page.click(".personal button")
    page.wait_for_selector(".personal form")


def with_who_looked(page: Any) -> None:
    page.click("[data-side=looks]")
    page.wait_for_selector(".looks li")


LOOKS: tuple[Callable[[Any], None], ...] = (
    with_a_case, with_a_warning, with_a_sign, down_in_an_area, with_the_events, with_the_crews,
    while_deciding, with_a_unit_chosen, while_asking_to_look, with_who_looked,
)  # fmt: skip
SIZES = [(1920, 1080), (1366, 768), (390, 844)]


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("lang", ["zh-CN", "en-GB"])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_everyone_can_use_it(
    browsing: Browsing, width: int, height: int, lang: str, theme: str
) -> None:
    found: dict[str, list[str]] = {}
    page = browsing.open(lang=lang, theme=theme, width=width, height=height)
    for look in LOOKS:
        page.goto("about:blank")
        page.goto(browsing.url)
        page.wait_for_selector("#decide")
        look(page)
        assert page.evaluate("document.documentElement.scrollWidth") == width, look.__name__
        if wrong := violations(page):
            found[look.__name__] = wrong
    page.close()
    assert found == {}
