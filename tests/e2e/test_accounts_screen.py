"""Accounts and grants on the screen: opened, recovered, given and withdrawn by who may."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from browsing import Browsing, browser_on, violations
from desk import PASSWORD, SESSION, open_security, sign_in

WHOLE = Path(__file__).parent / "whole_city.py"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    store = tmp_path_factory.mktemp("accounts") / "store"
    log = (store.parent / "log").open("w+")
    process = subprocess.Popen(
        [sys.executable, WHOLE, store, "--sign-in"], stdout=subprocess.PIPE, stderr=log, text=True
    )
    assert process.stdout is not None
    url = process.stdout.readline().split()[0]
    open_security(store)
    yield store, url
    process.terminate()
    process.wait(20)


def opened(found: Browsing, store: Path, **how: Any) -> Any:
    """Open the page as the security administrator, who signed in before."""
    with httpx.Client(base_url=found.url, timeout=30) as http:
        sign_in(store, http, "keeper")
        cookies = [
            {"name": one.name, "value": str(one.value), "url": found.url}
            for one in http.cookies.jar
        ]
    width, height = how.pop("size", (1366, 850))
    context = found.browser.new_context(
        viewport={"width": width, "height": height}, **({"locale": "en-GB"} | how)
    )
    context.add_cookies(cookies)
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.on("pageerror", lambda error: found.errors.append(str(error)))
    page.goto(found.url)
    page.wait_for_selector(".accounts [data-login=keeper]")
    return page


def open_account(page: Any, login: str, name: str) -> None:
    page.click(".accounts > header button")
    page.fill("#open-login", login)
    page.fill("#open-name", name)
    page.click("form.in button[type=submit]")


def test_an_account_is_opened_given_a_grant_and_closed(served: tuple[Path, str]) -> None:
    store, url = served
    with browser_on(url) as found:
        page = opened(found, store)
        assert page.locator(".clock").count() == 0, "no situation, so no clock of one"
        open_account(page, "li.hua", "李华")
        page.wait_for_selector("text=The secret for li.hua, shown this once")
        assert "cyo_" not in page.inner_text("body"), "shown only when somebody asks to see it"
        page.click(".secret .acts button >> nth=0")
        page.wait_for_selector(".secret .value >> text=cyo_")
        secret = page.inner_text(".secret .value")
        assert violations(page) == []
        page.click("text=It is passed on")
        page.wait_for_selector(".secret", state="detached")
        assert secret not in page.content()

        page.click("text=Give a grant")
        page.select_option("#grant-role", "dispatcher")
        page.fill("#grant-area", "no such place")
        assert page.is_disabled("form.grant button[type=submit]")
        page.fill("#grant-area", "")
        page.select_option("#grant-nature", "stand_in")
        assert page.is_disabled("form.grant button[type=submit]"), "a power for a time has a ground"
        page.fill("#grant-ground", "for Wang, on leave")
        assert violations(page) == []
        page.click("form.grant button[type=submit]")
        page.wait_for_selector(".detail li >> text=for Wang, on leave")
        page.click(".detail li >> text=Withdraw")
        page.fill("#act-reason", "back at work")
        page.click("text=Do it")
        page.wait_for_selector("text=It may do nothing yet")

        with httpx.Client(base_url=url, timeout=30) as http:
            given = {"secret": secret, "password": PASSWORD}
            answer = http.post(f"{SESSION}/recovery", json=given)
            assert answer.json().get("step") == "enrol", answer.text

        page.click("text=Close for good")
        assert page.is_disabled("text=Do it")
        page.fill("#act-reason", "left the city")
        page.click("text=Do it")
        page.wait_for_selector(".accounts [data-login='li.hua'] >> text=closed")


def test_what_nobody_may_is_not_offered_and_a_refusal_says_why(served: tuple[Path, str]) -> None:
    store, url = served
    with browser_on(url) as found:
        page = opened(found, store, color_scheme="light")
        page.click("[data-login=keeper]")
        page.wait_for_selector("text=This is your own account")
        assert page.locator(".detail > .acts").count() == 0
        assert page.locator(".detail >> text=Give a grant").count() == 0
        open_account(page, "KEEPER", "another")
        page.wait_for_selector("[role=alert] >> text=Another account has this login")
        page.fill("#open-login", "sun")
        page.select_option("#open-power", "audit_administrator")
        page.click("form.in button[type=submit]")
        page.wait_for_selector("text=No secret is shown here")
        assert page.locator("text=Issue a secret").count() == 0
        assert violations(page) == []


def test_it_is_usable_on_a_telephone_in_chinese(served: tuple[Path, str]) -> None:
    store, url = served
    with browser_on(url) as found:
        page = opened(found, store, size=(390, 844), locale="zh-CN", color_scheme="dark")
        assert page.is_visible("text=账号与授权")
        page.click("[data-login=keeper]")
        assert not page.is_visible("[data-login=keeper]")
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide, "nothing reaches beyond the side of the screen"
        assert violations(page) == []
        page.click(".back")
        assert page.is_visible("[data-login=keeper]")
