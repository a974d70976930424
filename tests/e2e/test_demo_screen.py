"""A newcomer's first decision: the real demonstration, a real browser, clicks alone."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from browsing import browser_on

MOST_S = 120.0
"""From the open page to the decision on disk."""
LIVES_WITHIN_S = 90.0
"""From the command to the living city on the screen; a shared machine is slow, not dead."""


class Started(NamedTuple):
    url: str
    at_s: float


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Started]:
    """Start what ``make run`` starts, at its own pace, on a free port."""
    at_s = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "chengyun", "demo", "--port", "0", "--out", tmp_path / "demo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    line = next((line for line in process.stdout if "http://" in line), "")
    assert line, process.stderr.read()
    yield Started(line.split("open ")[1].split()[0], at_s)
    process.terminate()
    process.communicate()


@pytest.mark.parametrize("lang", ["en-GB", "zh-CN"])
def test_a_newcomer_decides_within_two_minutes(
    demo: Started, lang: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with browser_on(demo.url) as browsing:
        opened_s = time.monotonic()
        page = browsing.open(lang=lang)
        page.set_default_timeout(MOST_S * 1000)
        page.wait_for_selector(".connection.live")
        lives_s = time.monotonic() - demo.at_s

        page.click(".hint .button.main")  # let something happen
        page.wait_for_selector("#decide .card")
        page.click(".hint .button:not(.quiet):not(.main)")  # show it to me
        card = page.locator("#decide .card").first
        if card.locator("input[type=radio]").count():  # a crew is to be sent
            card.locator("input[type=radio]").first.check()
        elif not card.locator("form").count():
            card.locator(".button.main").click()
        card.locator("button[type=submit]").click()
        page.wait_for_selector(".notice.done >> text=/on disk|落盘/")
        decided_s = time.monotonic() - opened_s

        page.click(".hint .button.main:enabled")  # open what came of it
        page.wait_for_selector(".pane .chain li:not(.quiet) >> text=/approved|Given to|批准|派给/")
        seen_s = time.monotonic() - opened_s
    with capsys.disabled():
        print(
            f"\n{lang}: the city lives on the screen {lives_s:.1f} s after the command; "
            f"decided {decided_s:.1f} s after the page was opened, seen in its chain {seen_s:.1f} s"
        )
    assert lives_s < LIVES_WITHIN_S
    assert decided_s < MOST_S
