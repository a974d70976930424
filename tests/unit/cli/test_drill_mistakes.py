"""``chengyun drill`` given what it cannot take: each refusal has place, reason and remedy."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chengyun.cli.main import chengyun
from chengyun.kernel.errors import Rejected
from chengyun.sim.world.evenings import evenings


def drill(*given: str) -> Result:
    return CliRunner().invoke(chengyun, ["drill", "--port", "0", *given])


@pytest.mark.parametrize(
    ("given", "code", "where", "remedy"),
    [
        (["--scenario", "apocalypse"], "unknown_scenario", "--scenario", "quiet_night"),
        (["--scale", "mega"], "scale_too_large", "--scale", "district"),
        (["--scale", "galaxy"], "unknown_scale", "scale", "district"),
        (["--minutes", "5"], "drill_length", "--minutes", "60 to 720"),
        (["--minutes", "9999"], "drill_length", "--minutes", "60 to 720"),
        (["--rate", "0"], "bad_pace", "rate", "0.1"),
    ],
)
def test_a_drill_that_cannot_be_held(given: list[str], code: str, where: str, remedy: str) -> None:
    refused = drill(*given).exception
    assert isinstance(refused, Rejected)
    assert (refused.code, refused.where) == (code, where)
    assert remedy in refused.remedy


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["--seed", "seven"], "'seven' is no seed: give a whole number from 0 to"),
        (["--start", "tomorrow"], "'tomorrow' is no time; write it as 2026-09-18T16:00"),
        (["--port", "99999"], "99999"),
        (["--lang", "tlh"], "'tlh'"),
    ],
)
def test_words_that_are_no_numbers_and_no_times(given: list[str], says: str) -> None:
    done = drill(*given)
    assert done.exit_code == 2
    assert says in done.output
    assert given[0] in done.output


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    refused = drill("--out", str(tmp_path)).exception
    assert isinstance(refused, Rejected)
    assert (refused.code, refused.where) == ("not_empty", str(tmp_path))
    assert "name a new folder with --out" in refused.remedy
    assert [one.name for one in tmp_path.iterdir()] == ["mine"]


def test_a_port_in_use_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        refused = CliRunner().invoke(chengyun, ["drill", "--port", port]).exception
    assert isinstance(refused, Rejected)
    assert (refused.code, refused.where) == ("port_in_use", f"127.0.0.1:{port}")


def test_the_evenings_are_named() -> None:
    shown = drill("--list", "--lang", "zh").output
    assert all(name in shown for name in evenings())
    known = json.loads(drill("--list", "--json").output)
    assert set(known) == set(evenings())
    assert all("happens" not in one for one in known.values()), "the evening is not given away"
