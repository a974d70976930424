from pathlib import Path

from chengyun.cli.reference import pages

FOLDER = Path(__file__).parents[3] / "docs" / "reference"


def test_the_reference_pages_are_those_that_the_code_writes():
    written = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    assert written == pages(), "run make docs"


def test_every_door_of_the_reference_has_its_sentence():
    for line in pages()["commands.md"].splitlines():
        if line.startswith("| `chengyun"):
            assert not line.rstrip().endswith("|  |"), line
