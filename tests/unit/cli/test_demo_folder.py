"""While a world catches up, somebody is told how far it has come."""

import sys

import pytest

from chengyun.cli import demo_folder
from chengyun.cli.demo_folder import shown
from chengyun.kernel.instants import Instant


@pytest.mark.parametrize("is_terminal", [True, False])
def test_every_so_often_a_line_says_how_far(
    is_terminal: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now_s = iter(range(1_000))
    monkeypatch.setattr(demo_folder.time, "monotonic", lambda: next(now_s))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: is_terminal)
    with shown(lambda at: f"<{at}>", Instant(100)) as show:
        for at in range(110, 200, 10):
            show(Instant(at), Instant(200))
    said = capsys.readouterr().err
    assert "catching up: <" in said
    assert "of <200> (" in said
    assert said.endswith("\n")
    assert ("\r" in said) is is_terminal
    assert said.count("%") == (9 if is_terminal else 1)


def test_where_it_is_quick_nothing_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with shown(str, Instant(0)) as show:
        show(Instant(1), Instant(2))
    assert capsys.readouterr().err == ""
