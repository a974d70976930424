"""``.ci/run`` on a bare machine: it installs what is missing, says what it cannot, and tests."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / ".ci" / "run"
THERE = ("bash", "dirname", "id", "env")


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """Give a folder of programs in which only the shell's own are found, and a ``make``."""
    if not SCRIPT.is_file():
        pytest.skip("no .ci/: this is not a checkout")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in THERE:
        (programs / name).symlink_to(str(shutil.which(name)))
    said(programs / "make", "made")
    return programs


def said(path: Path, what: str, code: int = 0) -> None:
    path.write_text(f'#!{shutil.which("bash")}\necho "{what} $*"\nexit {code}\n', encoding="ascii")
    path.chmod(0o755)


def run(programs: Path) -> str:
    done = subprocess.run(
        [programs / "bash", SCRIPT],
        env=os.environ | {"PATH": str(programs)},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    return done.stdout


def test_what_is_missing_is_installed_once(bare: Path) -> None:
    said(bare / "sudo", "sudo")
    said(bare / "apt-get", "apt-get")
    told = run(bare)
    assert "missing here: python3-venv chromium fonts-noto-cjk npm" in told
    assert "install -q -y --no-install-recommends python3-venv chromium fonts-noto-cjk npm" in told
    assert told.endswith("made test\n")


def test_what_is_there_is_not_installed_again(bare: Path) -> None:
    for name in ("python3", "chromium", "dpkg", "npm"):
        said(bare / name, name)
    assert run(bare) == "made test\n"


def test_without_a_network_the_tests_run_all_the_same(bare: Path) -> None:
    said(bare / "sudo", "sudo", 100)
    said(bare / "apt-get", "apt-get", 100)
    told = run(bare)
    assert "could not install" in told
    assert told.endswith("made test\n")


def test_elsewhere_than_on_debian_it_is_said(bare: Path) -> None:
    told = run(bare)
    assert "this is no Debian" in told
    assert told.endswith("made test\n")
