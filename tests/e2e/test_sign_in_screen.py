"""Signing in on the screen, by keyboard, in both languages; and what happens when it ends."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from contextlib import closing

import pytest
from browsing import browser_on, violations
from desk import PASSWORD, SESSION, code_for, secret_for
from replaying import BOSTON

from chengyun.adapters.local.frames import Request, ask
from chengyun.app.known_accounts import account_at

WAIT_S = 20.0


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Serve a city from a terminal, as somebody who begins does; yield store, address, secret."""
    store = tmp_path_factory.mktemp("city") / "store"
    here, there = pty.openpty()
    line = [sys.executable, "-m", "chengyun", "serve", store, "--pack", BOSTON, "--port", "0"]
    with (store.parent / "log").open("wb") as log:
        process = subprocess.Popen([*line, "--log", "json"], stdout=there, stderr=log)
    os.close(there)
    with closing(os.fdopen(here, "rb", buffering=0)) as terminal:
        shown, until = b"", time.monotonic() + WAIT_S
        while not re.search(rb"cyo_\S+\s", shown) and time.monotonic() < until:
            if select.select([terminal], [], [], 0.2)[0]:
                shown += terminal.read(4_096)
        url = re.search(rb"http://\S+/", shown)[0].decode()
        secret = re.search(rb"cyo_\S+", shown)[0].decode()
        yield store, url, secret
        process.terminate()
        process.wait(WAIT_S)
    assert secret.encode() not in (store.parent / "log").read_bytes()


def opened(found, **how):
    """Open the page in a context of its own: nobody is signed in there."""
    how = {"locale": "en-GB", "color_scheme": "dark"} | how
    size = how.pop("size", (1440, 900))
    context = found.browser.new_context(viewport={"width": size[0], "height": size[1]}, **how)
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.on("pageerror", lambda error: found.errors.append(str(error)))
    page.goto(found.url)
    page.wait_for_selector("#signin-login")
    return page


def typed(page, *words):
    """Type one field after another and send them, by keyboard alone."""
    for number, word in enumerate(words):
        if number:
            page.keyboard.press("Tab")
        page.keyboard.type(word)
    page.keyboard.press("Enter")


def test_the_first_administrator_signs_in_by_keyboard_and_comes_back(served):
    store, url, secret = served
    with browser_on(url) as found:
        page = opened(found)
        assert violations(page) == []
        assert page.title().startswith("Sign in")
        typed(page, "nobody", "anything at all")
        page.wait_for_selector("[role=alert] >> text=Login or password is wrong")
        assert page.evaluate("document.activeElement.id") == "signin-password"
        page.click("text=First time here")
        typed(page, secret, PASSWORD)
        page.wait_for_selector("text=Set up the second factor")
        assert violations(page) == []
        key = page.inner_text(".key").replace(" ", "")
        page.fill("#enrol-code", code_for(key))
        page.keyboard.press("Enter")
        page.wait_for_selector("text=Keep these recovery codes")
        assert violations(page) == []
        codes = page.locator(".codes li").all_inner_texts()
        page.click("text=I kept them")
        page.wait_for_selector("text=No situation is shown to this account")
        assert violations(page) == []
        page.click(".account > button")
        page.wait_for_selector("text=Security administrator")
        assert violations(page) == []
        page.keyboard.press("Escape")

        page.evaluate("location.hash = '#/Allston'")
        place = page.evaluate("location.hash")
        account = account_at(store, "admin").row.account
        for name in ("SuspendAccount", "ResumeAccount"):
            fields = {"account": account, "reason": "a lost badge"}
            assert not ask(store, Request(command=name, fields=fields)).refused
        page.wait_for_selector("text=Your session has ended")
        assert page.locator("text=No situation is shown").is_visible(), "what was seen stays"
        assert violations(page) == []
        page.click("text=Sign in again")
        typed(page, "admin", PASSWORD)
        page.wait_for_selector("#signin-code")
        page.click("text=Use a recovery code")
        typed(page, codes[0].lower())
        page.wait_for_selector("text=Your session has ended", state="detached")
        page.wait_for_selector("text=No situation is shown")
        assert page.evaluate("location.hash") == place

        page.click(".account > button")
        page.wait_for_selector("text=9 recovery codes are left")
        page.click("dialog[open] >> text=Sign out >> nth=-1")
        page.wait_for_selector("#signin-login")
        assert page.evaluate(f"fetch('{SESSION}').then((a) => a.status)") == 401
        assert page.context.cookies() == []


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("lang", ["zh-CN", "en-GB"])
def test_the_page_is_for_everyone(served, lang, theme):
    store, url, _ = served
    with browser_on(url) as found:
        page = opened(found, locale=lang, color_scheme=theme, size=(390, 844))
        assert violations(page) == []
        page.click("form .link")
        page.fill("#signin-secret", secret_for(store))
        page.fill("#signin-password", "shanghai2026")
        page.keyboard.press("Enter")
        page.wait_for_selector("[role=alert]")
        assert violations(page) == []
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 390
