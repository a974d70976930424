"""On the screen data of persons are masked, shown for a purpose, and an auditor sees who looked."""

from collections.abc import Iterator

import pytest
from browsing import Browsing, browser_on
from screen_city import ScreenCity


@pytest.fixture
def city() -> Iterator[ScreenCity]:
    served = ScreenCity()
    yield served
    served.close()


@pytest.fixture
def browsing(city: ScreenCity) -> Iterator[Browsing]:
    with browser_on(city.url) as found:
        yield found


def test_a_masked_name_is_shown_for_a_purpose_and_hidden_again(
    browsing: Browsing, city: ScreenCity
) -> None:
    page = browsing.open()
    page.click(".right ol .row")
    page.wait_for_selector("text=王**")
    assert "138****1234" in page.inner_text(".personal >> nth=0")
    assert "Personal data erased" in page.inner_text(".personal >> nth=1")
    assert page.locator(".personal >> nth=1 >> button").count() == 0
    page.click("text=Show, for …")
    assert page.is_disabled("text=Show, on record")
    page.check("text=Call the reporter back")
    page.fill(".personal textarea", "  not yet done ")
    page.click("text=Show, on record")
    page.wait_for_selector("text=王小明")
    assert "310101" not in page.inner_text(".pane"), "the purpose does not open what is sensitive"
    look = {"fact": "r", "fields": ["name", "phone"], "purpose": "call_back"}
    assert city.sent == [("/api/v1/personal", look | {"ground": "not yet done"})]
    page.click("text=Hide again")
    page.wait_for_selector("text=王**")
    assert "王小明" not in page.inner_text("body")


def test_a_refusal_says_why_and_shows_nothing(browsing: Browsing, city: ScreenCity) -> None:
    city.refusal = {"code": "overload", "title": "", "detail": "slow", "params": {}, "remedy": "r"}
    page = browsing.open()
    page.click(".right ol .row")
    page.click("text=Show, for …")
    page.check("text=Danger to life")
    page.fill(".personal textarea", "flood")
    page.click("text=Show, on record")
    page.wait_for_selector("text=Too much of this at the moment")
    assert city.sent[0][1]["fields"] == ["name", "phone", "id_card"]
    assert "王小明" not in page.inner_text("body")


def test_an_auditor_sees_who_saw_what_about_whom_and_why(browsing: Browsing) -> None:
    page = browsing.open()
    page.click(".tabs >> text=Who looked")
    page.wait_for_selector(".looks li")
    said = page.inner_text(".looks li")
    for word in ("person:li", "saw Name, Phone", "for: Call the reporter back · not yet done"):
        assert word in said
    page.click(".looks .whom")
    assert page.input_value(".looks input >> nth=0") == "r"
