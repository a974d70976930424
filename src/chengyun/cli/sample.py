"""``chengyun sample PACK``: recorded requests of an invented city, for trying out a pack."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from rich.console import Console

from chengyun.app import packs
from chengyun.cli.doors import needs
from chengyun.cli.seeds import SEED
from chengyun.kernel.errors import PackRefused, Rejected
from chengyun.kernel.instants import to_text, zone
from chengyun.sim.demand import Sample, generate, request_feed, write_csv


@click.command("sample")
@click.argument("pack", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The new file."
)
@click.option("--seed", type=SEED, default=1, show_default=True)
@click.option("--days", type=click.IntRange(1, 3_660), default=28, show_default=True)
@click.option("--per-day", type=click.IntRange(1, 100_000), default=100, show_default=True)
@click.option(
    "--start",
    type=click.DateTime(["%Y-%m-%d"]),
    default="2026-03-02",
    show_default=True,
    help="The first day, local.",
)
@click.option("--burst", is_flag=True, help="Add three hours of unusual demand.")
@click.option("--feed", default="", help="Which feed of requests; the first by name otherwise.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@needs("sim:run")
def command(
    pack: Path,
    *,
    out: Path,
    seed: int,
    days: int,
    per_day: int,
    start: datetime,
    burst: bool,
    feed: str,
    as_json: bool,
) -> None:
    """Write requests that never were, with their handling, in the columns of PACK's own feed.

    The same pack, seed and numbers give the same file.
    """
    try:
        resolved = packs.loaded(pack)
        sample = generate(
            resolved,
            seed=seed,
            days=days,
            per_day=per_day,
            start=start.date(),
            burst=burst,
            feed=feed,
        )
        local = zone(request_feed(resolved, feed)[1].zone)
        write_csv(out, sample)
    except (PackRefused, Rejected) as wrong:
        raise click.ClickException(str(wrong)) from wrong
    except OSError as wrong:
        raise click.ClickException(f"{out}: cannot be written: {wrong.strerror}") from wrong
    data = as_data(sample, out, seed, local)
    if as_json:
        click.echo(json.dumps(data, ensure_ascii=False))
    else:
        _show(data, Console(soft_wrap=True, highlight=False))


def as_data(sample: Sample, out: Path, seed: int, local: ZoneInfo) -> dict[str, Any]:
    """Return what was written, for programs."""
    burst = sample.burst
    return {
        "file": str(out),
        "feed": sample.feed,
        "requests": len(sample.rows),
        "duplicates": sample.duplicates,
        "seed": seed,
        "burst": None
        if burst is None
        else {
            "type": burst.type,
            "area": burst.area,
            "from": to_text(burst.from_at, local),
            "until": to_text(burst.until_at, local),
            "requests": burst.requests,
        },
    }


def _show(data: dict[str, Any], console: Console) -> None:
    wrote = "wrote {file}: {requests} requests for the feed {feed}, {duplicates} duplicates"
    console.print(wrote.format(**data) + f", seed {data['seed']}", markup=False)
    if data["burst"] is not None:
        burst = "a burst of {requests} {type} in {area}, from {from} until {until}"
        console.print(burst.format(**data["burst"]), markup=False)
