"""The duty desk on the screen: a report is classed, its case is moved, and the second is told."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from browsing import Browsing, browser_on, violations
from desk import sign_in

WHOLE = Path(__file__).parent / "whole_city.py"


class Served(NamedTuple):
    """A city that is served: its store, where it is, and a service that may do much."""

    store: Path
    url: str
    service: httpx.Client

    def told(self, number: str, **more: Any) -> dict[str, Any]:
        """Tell the city something by telephone; return what it answers."""
        report = {"channel": "phone", "feed": "hotline", "number": number, **more}
        answer = self.service.post("/api/v1/reports", json=report)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    store = tmp_path_factory.mktemp("desk") / "store"
    log = (store.parent / "log").open("w+")
    process = subprocess.Popen(
        [sys.executable, WHOLE, store, "--sign-in"], stdout=subprocess.PIPE, stderr=log, text=True
    )
    assert process.stdout is not None
    url, _, key = process.stdout.readline().split()
    with httpx.Client(
        base_url=url, timeout=30, headers={"Authorization": f"Bearer {key}"}
    ) as service:
        yield Served(store, url, service)
    process.terminate()
    process.wait(20)


@pytest.fixture(scope="module")
def cookies(served: Served) -> list[dict[str, str]]:
    """Return the session of whoever is on duty."""
    with httpx.Client(base_url=served.url, timeout=30) as http:
        sign_in(served.store, http)
        return [
            {"name": one.name, "value": str(one.value), "url": served.url}
            for one in http.cookies.jar
        ]


def at_desk(found: Browsing, cookies: list[dict[str, str]], **how: Any) -> Any:
    """Open the duty desk in a page of its own."""
    width, height = how.pop("size", (1440, 900))
    context = found.browser.new_context(
        viewport={"width": width, "height": height}, **({"locale": "en-GB"} | how)
    )
    context.add_cookies(cookies)
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.on("pageerror", lambda error: found.errors.append(str(error)))
    page.goto(f"{found.url}/#page=desk")
    page.wait_for_selector(".desk .lists")
    return page


def test_a_report_without_a_type_is_classed_and_becomes_a_case(served, cookies) -> None:
    told = served.told("d1", text="Something odd lies before number 12", where={"words": "no. 12"})
    assert told["waits_for"] == "triage"
    with browser_on(served.url) as found:
        page = at_desk(found, cookies)
        page.click(".lists .tabs >> text=Intake")
        page.click("text=Something odd lies before number 12")
        page.wait_for_selector("blockquote >> text=Something odd")
        page.fill(".hand input[type=search]", "street_light")
        page.check(".hand input[value=street_light]")
        assert violations(page) == []
        page.click(".hand button[type=submit]")
        page.wait_for_selector(".lists >> text=Nothing waits for intake")
        page.click(".lists .tabs >> text=Open cases")
        page.wait_for_selector(".lists li >> text=Street light")


def test_a_case_is_moved_by_the_form_of_its_move(served, cookies) -> None:
    case = served.told("d2", type="road_damage", text="A hole", where={"words": "Ferry Lane 3"})
    with browser_on(served.url) as found:
        page = at_desk(found, cookies, color_scheme="light")
        page.fill(".lists input[type=search]", case["case"])
        page.click(".lists ol button")
        page.wait_for_selector(".steps li[aria-current=step] >> text=In hand")
        page.click(".moves >> text=Take it on")
        page.click("form.move button[type=submit]")
        page.wait_for_selector(".facts >> text=taken on")
        page.click(".moves >> text=Give back")
        assert page.is_disabled("form.move button[type=submit]"), "a return has a reason"
        page.fill("form.move textarea", "not our road")
        assert violations(page) == []
        page.click("form.move button[type=submit]")
        page.wait_for_selector(".chain >> text=not our road")


def test_of_two_at_one_case_the_second_is_told(served, cookies) -> None:
    case = served.told("d3", type="road_damage", text="A crack", where={"words": "Ferry Lane 9"})
    with browser_on(served.url) as found:
        page = at_desk(found, cookies, locale="zh-CN")
        page.fill(".lists input[type=search]", case["case"])
        page.click(".lists ol button")
        page.click(".moves >> text=退单")
        page.fill("form.move textarea", "不属本单位")
        faster = served.service.post(f"/api/v1/cases/{case['case']}/moves/accept", json={})
        assert faster.status_code == 200, faster.text
        page.click("form.move button[type=submit]")
        page.wait_for_selector("[role=alert], .notices, .notice")
        kinds = [one["kind"] for one in chain_of(served, case["case"])]
        assert "CaseAccepted" in kinds
        assert "CaseReturned" not in kinds, "what one did not see is not decided about"


def chain_of(served: Served, case: str) -> list[dict[str, Any]]:
    answer = served.service.get(f"/api/v1/cases/{case}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["chain"]
    return found


def test_on_a_telephone_nothing_is_cut_off(served, cookies) -> None:
    case = served.told("d4", type="road_damage", text="A step", where={"words": "Ferry Lane 21"})
    with browser_on(served.url) as found:
        page = at_desk(found, cookies, size=(390, 844), locale="zh-CN")
        page.fill(".lists input[type=search]", case["case"])
        page.click(".lists ol button")
        page.wait_for_selector(".moves .buttons button")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert violations(page) == []
