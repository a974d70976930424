"""What is asked of the simulator and cannot be: said with place, reason and remedy, at once."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chengyun.cli.main import chengyun
from chengyun.kernel.errors import Rejected
from chengyun.sim.world.recording import RAIN, REQUESTS

BOSTON = Path(__file__).parents[3] / "cities" / "boston-311"
SEEDS = ("seven", "-1", "1.5", "", "٧", "9" * 19, "9" * 400)


def asked(*line: object) -> Result:
    return CliRunner().invoke(chengyun, [str(part) for part in line])


def refused(*line: object) -> Rejected:
    done = asked(*line)
    assert isinstance(done.exception, Rejected), done.output
    assert done.exception.where
    assert done.exception.remedy
    return done.exception


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("command", [("sim", "pack"), ("sim", "export"), ("demo",)])
def test_a_seed_that_is_none(tmp_path: Path, command: tuple[str, ...], seed: str) -> None:
    out = tmp_path / "out"
    done = asked(*command, "--seed", seed, "--out", out)
    assert done.exit_code == 2
    assert "'--seed'" in done.output
    assert "give a whole number from 0 to 9223372036854775807" in done.output
    assert not out.exists()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (("--days", "0"), "not in the range 1<=x<=366"),
        (("--days", "-1"), "not in the range 1<=x<=366"),
        (("--days", "1000000000000"), "not in the range 1<=x<=366"),
        (("--days", "a week"), "a week"),
        (("--scale", "galaxy"), "'district', 'city', 'mega'"),
        (("--start", "1999-12-31"), "2000 to 2099"),
        (("--start", "9999-12-31"), "2000 to 2099"),
        (("--start", "tomorrow"), "tomorrow"),
    ],
)
def test_a_recording_that_cannot_be(tmp_path: Path, wrong: tuple[str, str], says: str) -> None:
    out = tmp_path / "out"
    done = asked("sim", "export", *wrong, "--out", out)
    assert done.exit_code == 2
    assert wrong[0] in done.output
    assert says in done.output
    assert not out.exists()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (("--start", "tomorrow"), "write it as 2026-09-18T16:00"),
        (("--start", "9999-12-31T23:59"), "2000 to 2099"),
        (("--scale", "galaxy"), "'district', 'city', 'mega'"),
        (("--rate", "0"), "give a pace from"),
        (("--rate", "nan"), "give a pace from"),
        (("--rate", "fast"), "fast"),
    ],
)
def test_a_demonstration_that_cannot_be(tmp_path: Path, wrong: tuple[str, str], says: str) -> None:
    out = tmp_path / "out"
    done = asked("demo", "--port", 0, *wrong, "--out", out)
    assert done.exit_code != 0
    assert says in done.output + str(done.exception)
    assert not out.exists()


def test_a_demonstration_leaves_a_folder_with_something_else(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    wrong = refused("demo", "--port", 0, "--out", tmp_path)
    assert wrong.code == "not_empty"
    assert "chengyun demo began" in wrong.remedy
    assert os.listdir(tmp_path) == ["letter.txt"]


@pytest.mark.parametrize("command", ["pack", "export"])
def test_a_folder_with_something_else_is_left_as_it_is(tmp_path: Path, command: str) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("mine")
    wrong = refused("sim", command, "--out", tmp_path)
    assert (wrong.code, wrong.params["holds"]) == ("not_empty", "letter.txt")
    assert os.listdir(tmp_path) == ["letter.txt"]
    assert "is a file" in asked("sim", command, "--out", letter).output


def test_a_recording_that_is_there_is_written_over_only_when_asked(tmp_path: Path) -> None:
    (tmp_path / REQUESTS).write_text("mine")
    wrong = refused("sim", "export", "--days", 1, "--out", tmp_path)
    assert wrong.code == "not_empty"
    assert "--replace" in wrong.remedy
    (tmp_path / "letter.txt").write_text("mine too")
    wrong = refused("sim", "export", "--days", 1, "--replace", "--out", tmp_path)
    assert wrong.params["holds"] == "letter.txt"
    assert "--replace" not in wrong.remedy
    (tmp_path / "letter.txt").unlink()
    assert asked("sim", "export", "--days", 1, "--replace", "--out", tmp_path).exit_code == 0
    assert sorted(os.listdir(tmp_path)) == [RAIN, REQUESTS]
    assert (tmp_path / REQUESTS).read_text() != "mine"


def test_the_pack_of_another_city_is_not_written_over(tmp_path: Path) -> None:
    head = (BOSTON / "city.yaml").read_bytes()
    (tmp_path / "city.yaml").write_bytes(head)
    wrong = refused("sim", "pack", "--replace", "--out", tmp_path)
    assert wrong.code == "other_city"
    assert "--replace" in refused("sim", "pack", "--out", tmp_path).remedy
    assert (tmp_path / "city.yaml").read_bytes() == head
    assert os.listdir(tmp_path) == ["city.yaml"]


@pytest.mark.parametrize("command", [("sim", "pack"), ("sim", "export"), ("demo", "--port", "0")])
def test_a_folder_that_cannot_be_made(command: tuple[str, ...]) -> None:
    wrong = refused(*command, "--out", "/proc/nowhere")
    assert wrong.code == "no_folder"
    assert wrong.where == "/proc/nowhere"
