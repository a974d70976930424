"""The built screen in the package was made from the sources in ``web/``."""

import hashlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
WEB = ROOT / "web"
BUILT = ROOT / "src" / "chengyun" / "api" / "screen"
FOLDERS = ("fonts", "public", "src")
SINGLE = ("index.html", "package-lock.json", "package.json", "tsconfig.json", "vite.config.ts")
MOST_BYTES = 4_000_000


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
    assert built == source_digest(), "web/ changed since: run `npm run build` in web/ and commit"


def test_the_build_is_small() -> None:
    assert sum(path.stat().st_size for path in BUILT.rglob("*") if path.is_file()) < MOST_BYTES


def test_nothing_in_the_page_asks_elsewhere() -> None:
    page = (BUILT / "index.html").read_text(encoding="utf-8")
    assert "http:" not in page
    assert "https:" not in page
