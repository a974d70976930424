"""``chengyun sim export``: a recording of the simulated city, for replays and for other systems."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console

from chengyun.cli.doors import needs
from chengyun.cli.folders import new_folder
from chengyun.cli.seeds import SEED
from chengyun.kernel.instants import DAY_US, Instant, from_local, zone
from chengyun.sim.linjiang.city import build
from chengyun.sim.linjiang.scales import SCALES, YEARS
from chengyun.sim.world.office import Office
from chengyun.sim.world.recording import RAIN, REQUESTS, written
from chengyun.sim.world.settling import town_of
from chengyun.sim.world.truth import Truth
from chengyun.sim.world.world import World


@click.command("export")
@click.option("--seed", type=SEED, default=7, show_default=True,
              help="Of the city and of what happens in it.")  # fmt: skip
@click.option("--scale", type=click.Choice(list(SCALES)), default="district", show_default=True)
@click.option("--days", type=click.IntRange(1, 366), default=7, show_default=True)
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), default="2026-06-01",
              show_default=True, help="The first day, local.")  # fmt: skip
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True,
              help="The folder for requests.csv and rain.csv.")  # fmt: skip
@click.option("--replace", is_flag=True, help="Write over a recording that is there.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@needs("sim:run")
def command(
    seed: int, scale: str, days: int, start: datetime, *, out: Path, replace: bool, as_json: bool
) -> None:
    """Write reports with their handling and rain as a city would have recorded them.

    chengyun replay cities/linjiang --requests OUT/requests.csv --rain OUT/rain.csv takes them.
    Nothing in them says what truly happened.
    """
    if start.year not in YEARS:
        raise click.BadParameter(
            f"Linjiang lives in the years {YEARS[0]} to {YEARS[-1]}", param_hint="--start"
        )
    new_folder(out, ours=(REQUESTS, RAIN), replace=replace)
    console = Console(soft_wrap=True, highlight=False, quiet=as_json)
    with console.status(f"building Linjiang at scale {scale}"):
        town = town_of(build(seed, scale))
    local = zone(town.zone)
    begin, _ = from_local(start, local)
    office = Office(World(town, seed=seed, start=begin, truth=Truth(None)), town, begin)
    for day in range(1, days + 1):
        with console.status(f"day {day} of {days}"):
            office.live(Instant(begin + day * DAY_US))
    rows = written(office, out, local)
    if as_json:
        click.echo(json.dumps({"folder": str(out), "seed": seed, "rows": rows}))
        return
    for name, count in rows.items():
        console.print(f"{out / name}: {count:,} rows")
