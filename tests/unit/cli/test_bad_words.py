"""What a newcomer gets wrong on the command line is said in a line, with how to go on."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SCENARIO = ROOT / "tests" / "scenario" / "pack"
WAIT_S = 120.0


def told(*words: str | Path, code: int | None = None) -> str:
    """Run a command that is refused; return what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "chengyun", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=WAIT_S,
    )
    assert done.returncode != 0
    assert code is None or done.returncode == code
    assert "Traceback" not in done.stderr, done.stderr
    return done.stderr + done.stdout


@pytest.fixture
def taken() -> Iterator[str]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield str(listening.getsockname()[1])


def test_a_port_in_use(taken: str, tmp_path: Path) -> None:
    for words in (("demo",), ("serve", tmp_path / "store", "--pack", SCENARIO)):
        said = told(*words, "--port", taken, code=1)
        assert "give another --port" in said
    assert not (tmp_path / "store").exists(), "nothing is begun before the port is had"


@pytest.mark.parametrize(
    "words",
    [
        ("demo", "--port", "0", "--seed", "seven"),
        ("demo", "--port", "0", "--seed", "-5"),
        ("sample", str(SCENARIO), "--out", "x.csv", "--seed", "7.5"),
        ("sim", "pack", "--out", "x", "--seed", "seven"),
    ],
)
def test_a_seed_that_is_no_number(words: tuple[str, ...]) -> None:
    assert "give a whole number from 0" in told(*words)


@pytest.mark.parametrize(
    ("start", "says"), [("tomorrow", "2026-09-18T16:00"), ("1850-01-01T00:00", "2000 to 2099")]
)
def test_a_day_on_which_no_city_begins(start: str, says: str) -> None:
    assert says in told("demo", "--port", "0", "--start", start, code=2)


@pytest.mark.parametrize("words", [("sim", "pack"), ("sim", "export"), ("demo", "--port", "0")])
def test_a_place_where_nothing_can_be_written(words: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    said = told(*words, "--out", tmp_path / "file" / "below", code=1)
    assert str(tmp_path / "file") in said
    assert "name another place" in said


def test_a_pack_that_cannot_be_populated(tmp_path: Path) -> None:
    poor = tmp_path / "poor"
    (poor / "feeds").mkdir(parents=True)
    for file in SCENARIO.glob("*.*"):
        (poor / file.name).write_bytes(file.read_bytes())
    said = told("sample", poor, "--out", tmp_path / "x.csv", code=1)
    assert "feeds/*.yaml: the file is missing (add it" in said
    assert not (tmp_path / "x.csv").exists()


def test_a_folder_of_backups_is_no_backup(tmp_path: Path) -> None:
    (tmp_path / "a-20260101T000000Z.chengyun.tar.gz").write_bytes(b"")
    said = told("restore", tmp_path, "--out", tmp_path / "store", code=1)
    assert "give one of the backups in it: a-20260101T000000Z.chengyun.tar.gz" in said


def test_who_stops_reading_sees_no_trace() -> None:
    words = [sys.executable, "-m", "chengyun", "pack", "schemas", "--help"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        running.stdout.close()
        assert b"Traceback" not in running.stderr.read()
