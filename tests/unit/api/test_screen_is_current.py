"""The built screen in the package was made from the sources in ``web/``."""

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
WEB = ROOT / "web"
BUILT = ROOT / "src" / "chengyun" / "api" / "screen"
FOLDERS = ("fonts", "public", "src")
SINGLE = ("index.html", "package-lock.json", "package.json", "tsconfig.json", "vite.config.ts")
MOST_BYTES = 4_000_000
OLDEST_NODE = 20
BUILD_S = 180
SEALED = ("source.sha256", "OFL-")
"""What ``web/seal.mjs`` adds to the build."""


def source_digest() -> str:
    """Reckon what ``web/seal.mjs`` reckons: the SHA-256 over names and contents, in order."""
    found = [path for folder in FOLDERS for path in (WEB / folder).rglob("*") if path.is_file()]
    names = sorted([path.relative_to(WEB).as_posix() for path in found] + list(SINGLE))
    whole = hashlib.sha256()
    for name in names:
        content = hashlib.sha256((WEB / name).read_bytes()).hexdigest()
        whole.update(f"{name}\0{content}\n".encode())
    return whole.hexdigest()


def test_the_build_is_of_these_sources() -> None:
    if not WEB.is_dir():
        pytest.skip("no web/: an installed package has no sources to compare with")
    built = (BUILT / "source.sha256").read_text(encoding="ascii").strip()
    assert built == source_digest(), "web/ changed since: run `make web` and commit the build"


def test_the_sources_give_this_build(tmp_path: Path) -> None:
    vite = WEB / "node_modules" / "vite" / "bin" / "vite.js"
    if not vite.is_file():
        pytest.skip("no web/node_modules: `make setup` installs it where npm is")
    node = shutil.which("node")
    if node is None or major_of(node) < OLDEST_NODE:
        pytest.skip(f"no Node of version {OLDEST_NODE} or later")
    build = [node, vite, "build", "--logLevel", "warn", "--outDir", tmp_path / "screen"]
    subprocess.run(build, cwd=WEB, check=True, timeout=BUILD_S)
    made = contents(tmp_path / "screen")
    there = {name: held for name, held in contents(BUILT).items() if not name.startswith(SEALED)}
    assert made.keys() == there.keys()
    assert [name for name in made if made[name] != there[name]] == []


def major_of(node: str) -> int:
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
    return int(told.stdout.removeprefix("v").split(".")[0])


def contents(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_the_build_is_small() -> None:
    assert sum(path.stat().st_size for path in BUILT.rglob("*") if path.is_file()) < MOST_BYTES


def test_nothing_in_the_page_asks_elsewhere() -> None:
    page = (BUILT / "index.html").read_text(encoding="utf-8")
    assert "http:" not in page
    assert "https:" not in page
