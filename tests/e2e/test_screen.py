"""The situation screen in a real browser: what an officer sees, decides and is told."""

from collections.abc import Iterator

import pytest
from browsing import DRAWS, Browsing, browser_on, violations
from screen_city import CASE, NOW, PROPOSAL, UNDERPASS, ScreenCity, rows

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")


@pytest.fixture
def city() -> Iterator[ScreenCity]:
    served = ScreenCity()
    yield served
    served.close()


@pytest.fixture
def browsing(city: ScreenCity) -> Iterator[Browsing]:
    with browser_on(city.url) as found:
        yield found


@pytest.mark.parametrize("width", [1920, 1366, 390])
def test_the_map_is_for_everyone_too(city: ScreenCity, width: int) -> None:
    with browser_on(city.url, arguments=DRAWS) as browsing:
        page = browsing.open(lang="zh-CN", width=width)
        page.wait_for_selector(".map canvas")
        assert violations(page) == []


def test_the_situation_is_said_in_words(browsing: Browsing) -> None:
    page = browsing.open()
    said = page.inner_text("h1")
    assert "1 warning, the highest red (Underpass depth, Yugang)" in said
    assert "2 things need your decision" in said
    assert "Unknown: Rain" in said
    assert "No data since 02:58" in page.inner_text(".strip")
    assert page.inner_text(".clock .time") == "03:00"


def test_a_response_is_approved(browsing: Browsing, city: ScreenCity) -> None:
    page = browsing.open()
    page.click("#decide button >> text=Approve")
    page.click("button[type=submit] >> text=Approve and send the orders")
    page.wait_for_selector("text=Approved and on disk at 03:00")
    assert city.sent == [
        (
            "/api/v1/commands/DecideResponse",
            {"proposal": PROPOSAL, "approved": True, "reason": "The plan fits the situation"},
        )
    ]
    city.publish(put={"responses": [rows()["responses"][0] | {"state": "approved"}]})
    page.wait_for_selector("text=1 thing needs your decision")


def test_a_plan_is_called_by_its_name_and_one_of_an_older_pack_by_its_code(
    browsing: Browsing, city: ScreenCity
) -> None:
    page = browsing.open(lang="zh-CN")
    page.wait_for_selector("#decide h3 >> text=下立交积水预案")
    city.publish(put={"responses": [rows()["responses"][0] | {"plan": "flood_tide"}]})
    page.wait_for_selector("#decide h3 >> text=flood tide")


def test_a_refusal_needs_a_reason_and_says_what_to_do(browsing: Browsing, city: ScreenCity) -> None:
    city.refusal = {"code": "nothing_to_decide", "detail": "x", "remedy": "y", "params": {}}
    page = browsing.open()
    page.click("#decide button >> text=Refuse")
    assert page.is_disabled("text=Refuse the proposal")
    page.fill("#decide textarea", "Nobody is there")
    page.click("text=Refuse the proposal")
    page.wait_for_selector("text=somebody decided, or the warning ended")
    assert page.is_visible("text=Look at the list again")


def test_a_crew_is_sent(browsing: Browsing, city: ScreenCity) -> None:
    page = browsing.open()
    page.check("input[value=roads]")
    page.click("text=Send Road crew")
    page.wait_for_selector("text=Road crew has the case since 03:00")
    path, fields = city.sent[0]
    assert path == "/api/v1/commands/DecideRoute"
    assert (fields["case"], fields["unit"]) == (CASE, "roads")
    city.publish(drop={"desks": [CASE]})
    page.wait_for_selector("text=1 thing needs your decision")


def test_a_new_warning_is_read_out(browsing: Browsing, city: ScreenCity) -> None:
    page = browsing.open()
    new = rows()["warnings"][0] | {"warning": "warn:rain:all:h1:2", "sign": "rain", "area": "h1"}
    city.publish(put={"warnings": [new | {"level": "orange", "onset_at": NOW}]})
    voice = page.locator("p[aria-live=polite]")
    playwright.expect(voice).to_have_text("New: orange warning, Rain, Lanfang")
    city.publish(drop={"warnings": ["warn:rain:all:h1:2", UNDERPASS]})
    page.wait_for_selector("text=Linjiang is calm")


def test_a_lost_line_is_said_and_taken_up_again(browsing: Browsing, city: ScreenCity) -> None:
    page = browsing.open()
    city.publish(drop={"feeds": ["rain"]})
    page.wait_for_selector(".feeds li", state="detached")
    city.hang_up()
    page.wait_for_selector("p.bar >> text=What you see is from 03:00")
    assert page.inner_text(".connection") == "Reconnecting"
    city.listening = True
    page.wait_for_selector("p.bar", state="detached")
    assert page.inner_text(".connection") == "Live"


def test_down_into_an_area_and_back(browsing: Browsing) -> None:
    page = browsing.open()
    page.click("table >> text=Yugang")
    page.wait_for_selector("text=No open case in Yugang")
    assert page.title().startswith("Yugang")
    page.go_back()
    page.wait_for_selector("h1 >> text=Linjiang")


def test_by_keyboard_alone(browsing: Browsing) -> None:
    page = browsing.open()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "decide"
    page.focus(".right ol .row")
    page.keyboard.press("Enter")
    page.wait_for_selector(".pane .chain")
    assert page.is_visible("text=SomethingNew"), "a kind without words shows its name"
    page.keyboard.press("Escape")
    page.wait_for_selector(".pane", state="detached")
    assert page.evaluate("document.activeElement.className") == "row"


def test_without_webgl_there_is_a_table(browsing: Browsing) -> None:
    page = browsing.open()
    page.wait_for_selector("text=This browser cannot draw the map")
    assert page.is_visible("table >> text=Lanfang")
    assert page.locator(".map").count() == 0


def test_on_a_phone_nothing_is_cut_off(browsing: Browsing) -> None:
    page = browsing.open(width=390)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
