"""What sensors say on the screen: signs down to each sensor, feeds, and nothing without a lane."""

from collections.abc import Iterator
from typing import Any

import pytest
from browsing import Browsing, browser_on, violations
from screen_city import MINUTE, NOW, ScreenCity, name

PANE = NOW // MINUTE


def sign(code: str, area: str, value: float | None, **other: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "sign": code,
        "area": area,
        "name": name("Highest drain", "排水最高液位"),
    }
    found |= {"unit": "mm", "value_micro": None if value is None else round(value * 1e6)}
    found |= {"level": "", "coverage_ppm": 947_000, "number": 7, "rank_error_ppm": 0}
    return found | {"at": NOW, "window_s": 300} | other


def sensor(code: str, value: float, *flags: str, state: str = "speaks") -> dict[str, Any]:
    found: dict[str, Any] = {"id": code, "property": "drain_level", "feed": "gateways"}
    found |= {"area": "h1", "asset": ""}
    found |= {"gateway": "g", "state": state, "value_micro": round(value * 1e6), "flags": flags}
    return found | {"at": NOW - MINUTE, "heard_at": NOW, "cadence_s": 300, "weight": 1}


SILENT: dict[str, Any] = {
    "unit": "ratio",
    "name": name("Covers that tilt", "井盖倾斜占比"),
    "coverage_ppm": 0,
}
LIFTS: dict[str, Any] = {
    "unit": "ratio",
    "name": name("Lifts out of order", "故障电梯占比"),
    "window_s": 0,
}


class SensedCity(ScreenCity):
    """A city with a lane that can be broken; it counts what it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.broken = False

    def answer(self, path: str) -> Any:
        if not path.startswith("/api/v1/sensing/"):
            return super().answer(path)
        self.asked.append(path)
        if self.broken:
            return None
        drain = sign("drain_level", "c", 2_954, level="orange")
        feed: dict[str, Any] = {
            "feed": "gateways",
            "registered": 9,
            "speaking": 6,
            "silent": 2,
            "rows": 50,
        }
        feed |= {"accepted": 40, "late": 3, "backfilled": 0, "duplicate": 4, "refused": 3}
        feed |= {"reasons": {"unknown_sensor": 3}, "rows_per_s": 58.8, "lag_ms": 1_493}
        properties = [{"property": "drain_level", "area": "c", "registered": 9, "speaking": 6}]
        explained: dict[str, Any] = {"value": drain, "property": "drain_level", "how": "max"}
        explained |= {"registered": 9}
        explained |= {"parts": [sign("drain_level", "d", 2_954), sign("drain_level", "h1", None)]}
        explained |= {"speaking": 6, "more_sensors": 4}
        explained["sensors"] = [
            sensor("drain/1", 9_000, "out_of_range"),
            sensor("drain/2", 2_954),
            sensor("drain/3", 40, state="silent"),
        ]
        panes = [PANE - 4, PANE - 3, PANE - 2]
        return {
            "signs": {
                "signs": [
                    sign("covers_tilted", "c", None, **SILENT),
                    sign("lifts_down", "c", 0.041, **LIFTS),
                    drain,
                ]
            },
            "signs/drain_level": explained,
            "signs/drain_level/history": {"pane": panes, "value": [10**9, None, 2 * 10**9]},
            "feeds": {"feeds": [feed | {"last_at": NOW}], "properties": properties},
        }.get(path.removeprefix("/api/v1/sensing/"))


@pytest.fixture
def sensed() -> Iterator[tuple[SensedCity, Browsing]]:
    city = SensedCity()
    with browser_on(city.url) as found:
        yield city, found
    city.close()


def test_signs_say_their_value_or_that_it_is_unknown(sensed: tuple[SensedCity, Browsing]) -> None:
    city, browsing = sensed
    page = browsing.open()
    page.click("text=Sensor signs")
    page.wait_for_selector(".sign:has-text('Highest drain')")
    rows = page.locator(".sensed .sign").all_inner_texts()
    assert [row.split("\n")[0] for row in rows] == [
        "Highest drain", "Lifts out of order", "Covers that tilt",
    ]  # fmt: skip
    drain, lifts, covers = (" ".join(row.split()) for row in rows)
    assert "Orange 2.95 m" in drain
    assert "4.1 % 94% of the sensors speak" in lifts
    assert covers.startswith("Covers that tilt Unknown No sensor speaks")
    city.broken = True
    page.wait_for_selector("text=asked again")


def test_a_sign_is_explained_down_to_its_sensors(sensed: tuple[SensedCity, Browsing]) -> None:
    city, browsing = sensed
    page = browsing.open()
    page.click("text=Sensor signs")
    page.locator(".sensed .sign").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("text=The last day")
    said = page.inner_text(".pane")
    for words in (
        "Highest value, over the last 5 min", "6 of 9 sensors speak", "Unknown", "drain/2",
        "out of range: not counted", "silent", "4 more sensors", "The last day",
    ):  # fmt: skip
        assert words in said, words
    assert violations(page) == []
    before = city.asked.count("/api/v1/sensing/signs")
    page.wait_for_timeout(4_500)
    assert city.asked.count("/api/v1/sensing/signs") == before, "nobody sees the list"
    page.click(".pane .link >> nth=0")
    page.wait_for_selector(".crumbs li >> nth=1")
    page.keyboard.press("Escape")
    page.wait_for_selector(".pane", state="detached")
    assert page.evaluate("document.activeElement.classList.contains('sign')")


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("lang", ["zh-CN", "en-GB"])
@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1366, 768), (390, 844)])
def test_everyone_can_use_it(
    sensed: tuple[SensedCity, Browsing], width: int, height: int, lang: str, theme: str
) -> None:
    page = sensed[1].open(lang=lang, theme=theme, width=width, height=height)
    page.click(".tabs >> text=/Sensor signs|传感体征/")
    page.wait_for_selector(".sensed .sign")
    assert violations(page) == []
    page.click(".feeds button")
    page.wait_for_selector(".pane table")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert violations(page) == []


def test_feeds_say_what_they_took_and_refused(sensed: tuple[SensedCity, Browsing]) -> None:
    page = sensed[1].open()
    page.click(".feeds button")
    page.wait_for_selector(".pane table")
    said = " ".join(page.inner_text(".pane").split())
    for words in (
        "58.8 values a second", "1.5 s, mean age", "6 of 9 speak", "Silent: unknown 2",
        "Never spoke 1", "Accepted 40", "Late 3", "Doubled 4", "Refused 3",
        "sensor not registered 3", "Water in a drain 9 6 3",
    ):  # fmt: skip
        assert words in said, words


def test_without_a_lane_nothing_of_it_is_shown() -> None:
    city = ScreenCity()
    with browser_on(city.url) as browsing:
        page = browsing.open()
        page.wait_for_timeout(500)
        assert "Sensor" not in page.inner_text(".tabs")
        assert page.locator(".feeds button").count() == 0
    city.close()
