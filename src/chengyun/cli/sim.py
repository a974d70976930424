"""``chengyun sim``: the simulated city Linjiang, made from a seed."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import click
from rich.console import Console

from chengyun.adapters.files import packs
from chengyun.app.pack_sections import SECTIONS
from chengyun.citypack.checking import check
from chengyun.cli.check import show
from chengyun.cli.doors import needs
from chengyun.cli.folders import new_folder, writable_folder
from chengyun.cli.seeds import SEED
from chengyun.cli.sim_export import command as export
from chengyun.kernel.errors import Rejected
from chengyun.sim.linjiang.city import build
from chengyun.sim.linjiang.pack import pack_files
from chengyun.sim.linjiang.scales import SCALES

CITY_FILE = "city.yaml"
CITY_ID = "linjiang"
"""What every pack of the simulator is called, whatever its seed."""


@click.group("sim")
@needs("sim:run")
def command() -> None:
    """Make the simulated city Linjiang."""


command.add_command(export)


@command.command("pack")
@click.option("--seed", type=SEED, default=7, show_default=True,
              help="A whole number; same seed, same city.")  # fmt: skip
@click.option("--scale", type=click.Choice(list(SCALES)), default="district", show_default=True)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True,
              help="The folder for the pack.")  # fmt: skip
@click.option("--replace", is_flag=True, help="Write over the files of a pack that is there.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@needs("pack:write")
def write_pack(seed: int, scale: str, *, out: Path, replace: bool, as_json: bool) -> None:
    """Build Linjiang and write its city pack to --out, ready for chengyun check and replay."""
    console = Console(soft_wrap=True, highlight=False, quiet=as_json)
    _check_folder(out, replace=replace)
    started = time.monotonic()
    with console.status(f"building Linjiang at scale {scale}"):
        city = build(seed, scale)
        built_s = time.monotonic() - started
    with console.status("writing the pack"):
        files = pack_files(city)
        packs.write_pack(files, out)
    with console.status("checking the pack"):
        taken, found = packs.read_pack(out)
        checked = check(taken, SECTIONS, found=found)
    result = {
        "folder": str(out),
        "ok": checked.resolved is not None,
        "seed": city.seed,
        "scale": scale,
        "sensors": len(city.sensors),
        "residents": city.scale.residents,
        "digest": city.digest(),
        "built_s": round(built_s, 3),
        "files": {path: len(content) for path, content in files.items()},
    }
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False))
    else:
        size = sum(map(len, files.values()))
        console.print(f"built in {built_s:.1f} s: {len(city.sensors):,} sensors, "
                      f"{city.scale.residents:,} residents, digest {result['digest']}")  # fmt: skip
        console.print(f"wrote {len(files)} files, {size:,} bytes, to {out}")
        show(checked, out, console)
    if checked.resolved is None:
        raise click.exceptions.Exit(1)


def _check_folder(folder: Path, *, replace: bool) -> None:
    """Refuse a folder with something in it; with ``replace`` only where it is not Linjiang's."""
    if not replace:
        is_pack = (folder / CITY_FILE).is_file()
        new_folder(folder, ours=os.listdir(folder) if is_pack else ())
        return
    writable_folder(folder)
    head = folder / CITY_FILE
    if head.is_file() and f"id: {CITY_ID}" not in head.read_text("utf-8", "replace").splitlines():
        raise Rejected(
            "other_city",
            "this is the pack of another city, and the simulator makes Linjiang alone",
            where=str(head),
            remedy="name another folder with --out",
            params={"folder": str(folder)},
        )
