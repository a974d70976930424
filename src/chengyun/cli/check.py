"""``chengyun check PACK``: every mistake of a city pack with file, line and remedy."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from chengyun.adapters.files.packs import read_pack
from chengyun.app.pack_sections import SECTIONS
from chengyun.citypack.checking import Checked, check
from chengyun.cli.doors import needs


@click.command("check")
@click.argument("pack", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@needs("pack:check")
def command(pack: Path, *, as_json: bool) -> None:
    """Check the city pack in the folder PACK; exit with 1 if there is any mistake."""
    files, found = read_pack(pack)
    checked = check(files, SECTIONS, found=found)
    if as_json:
        click.echo(json.dumps(as_data(checked), ensure_ascii=False))
    else:
        show(checked, pack, Console(soft_wrap=True))
    sys.exit(1 if checked.resolved is None else 0)


def as_data(checked: Checked) -> dict[str, object]:
    """Return the verdict for programs."""
    return {
        "ok": checked.resolved is not None,
        "version": checked.resolved.version if checked.resolved else None,
        "mistakes": [
            {
                "file": mistake.place.file,
                "line": mistake.place.line,
                "column": mistake.place.column,
                "code": mistake.code,
                "what": mistake.what,
                "remedy": mistake.remedy,
            }
            for mistake in checked.mistakes
        ],
        "more": checked.more,
    }


def show(checked: Checked, pack: Path, console: Console) -> None:
    """Print the verdict for people."""
    for mistake in checked.mistakes:
        console.print(
            Text.assemble(
                (str(mistake.place), "bold"), ": ", mistake.what, "\n    ", (mistake.remedy, "cyan")
            )
        )
    if checked.resolved is not None:
        console.print(
            Text.assemble((f"{pack}", "bold"), " is sound, version ", checked.resolved.version)
        )
        return
    count = len(checked.mistakes) + checked.more
    more = f", {checked.more} of them not listed" if checked.more else ""
    console.print(
        Text(f"{count} mistake{'' if count == 1 else 's'}{more}: the pack is refused", "red")
    )
