"""A real browser on a screen, for every test that needs one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
NAMES = ("chromium", "chromium-browser", "google-chrome")
DRAWS = ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
CANNOT_DRAW = ("--disable-gpu", "--disable-3d-apis")
"""Drawing a map in software is slow: only the tests that look at one ask for it."""


def chromium() -> str:
    """Return where the browser is (``CHENGYUN_CHROMIUM`` names another); skip without one."""
    named = os.environ.get("CHENGYUN_CHROMIUM", "")
    found = named or next(filter(None, map(shutil.which, NAMES)), "")
    if not found:
        pytest.skip(f"no browser: none of {', '.join(NAMES)} is installed")
    return found


class Browsing:
    """A browser on the screen, which notes every error and every request that leaves."""

    def __init__(self, browser: Any, url: str) -> None:
        self.browser, self.url = browser, url
        self.errors: list[str] = []
        self.elsewhere: list[str] = []

    def open(
        self, *, lang: str = "en", theme: str = "dark", width: int = 1920, height: int = 1080
    ) -> Any:
        """Open the screen in a new page; return it when the city is there."""
        page = self.browser.new_page(
            viewport={"width": width, "height": height}, color_scheme=theme, locale=lang
        )
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._note)
        page.goto(self.url)
        page.wait_for_selector("#decide")
        return page

    def _note(self, request: Any) -> None:
        if not request.url.startswith((self.url, "blob:", "data:")):
            self.elsewhere.append(request.url)


@contextmanager
def browser_on(url: str, *, arguments: tuple[str, ...] = CANNOT_DRAW) -> Iterator[Browsing]:
    """Start a browser for the screen at ``url``; at the end nothing failed, nothing left."""
    reason = "playwright is not installed"
    playwright = pytest.importorskip("playwright.sync_api", reason=reason)
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=chromium(),
            args=["--no-sandbox", "--disable-background-networking", *arguments],
        )
        found = Browsing(browser, url)
        yield found
        browser.close()
    assert found.errors == []
    assert found.elsewhere == [], "no request may leave the city's own network"


def violations(page: Any) -> list[str]:
    """Return what axe finds on a page, a line each; skip where it is not installed."""
    if not AXE.exists():
        pytest.skip(f"{AXE.name} is not installed: `make setup` installs it where npm is")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
        for one in found["violations"]
        for node in one["nodes"][:3]
    ]
