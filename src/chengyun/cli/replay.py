"""``chengyun replay``: recorded service requests in, handled cases and a lesson out."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from chengyun.app import packs
from chengyun.app.collecting import collect_seldom
from chengyun.citypack.resolving import Resolved
from chengyun.cli.doors import needs
from chengyun.cli.moments import moment_of
from chengyun.facts.registers import City
from chengyun.kernel.errors import Rejected, StoreFailed
from chengyun.kernel.instants import DAY_US, Instant, to_text, zone
from chengyun.sense.policy import Feed
from chengyun.sim.replay import recording, reporting, run
from chengyun.sim.replay.page import render_page
from chengyun.sim.replay.result import Result
from chengyun.sim.replay.terminal import print_report

TAIL_DAYS = 30
"""How long a replay goes on after the last request, unless ``--until`` says otherwise."""

HASH_WAIT_S = 600
"""How long hashing the state may take."""

"""A replay allocates much and makes no cycles: looking for them often costs a tenth of its time."""

_PATH = click.Path(exists=True, path_type=Path)


@click.command("replay")
@click.argument("pack", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--requests", "requests", type=_PATH, multiple=True, required=True,
              help="A file of recorded requests; may be given more than once.")  # fmt: skip
@click.option("--rain", type=_PATH, help="A file of recorded rain.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True,
              help="The folder for the store and the report.")  # fmt: skip
@click.option("--until", help="The last day (2011-12-10) or moment of the replay.")
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of all randomness.")
@click.option("--resume", is_flag=True, help="Go on with a replay that was cut off.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as one line of JSON.")
@needs("sim:replay")
def command(
    pack: Path,
    requests: tuple[Path, ...],
    rain: Path | None,
    out: Path,
    until: str | None,
    seed: int,
    *,
    resume: bool,
    as_json: bool,
) -> None:
    """Run the recorded requests of a city through the whole loop, as fast as it can.

    PACK is the folder of a city pack. The store, routing.csv, merges.csv, report.json and
    report.html are written to --out.
    """
    started = time.monotonic()
    console = Console(stderr=as_json)
    plan = _plan(pack, requests, rain, until, seed, console)
    out.mkdir(parents=True, exist_ok=True)
    collect_seldom()
    _run(plan, out, console, resume=resume)
    result = _gather(plan, out, started)
    _write(result, out)
    if as_json:
        click.echo(msgspec.json.encode(result).decode())
    else:
        print_report(result, console)
        console.print(f"report: {out / 'report.html'}", soft_wrap=True, highlight=False)


def _plan(
    pack: Path,
    requests: tuple[Path, ...],
    rain: Path | None,
    until: str | None,
    seed: int,
    console: Console,
) -> run.Plan:
    resolved = packs.loaded(pack)
    registers = packs.registers_of(resolved)
    feeds = packs.feeds_of(resolved).feeds
    feed_name, feed = _feed(feeds, "reports", "", pack)
    with console.status("reading"):
        read = recording.read_requests(feed, registers, requests, lambda *_: None)
        end = _until(until, resolved, read)
        rain_name = ""
        if rain is not None:
            rain_name, rain_feed = _feed(feeds, "observations", "rain", pack)
            measured, file = recording.read_observations(
                rain_feed, registers, rain, (read.first_at, end)
            )
            events = sorted([*read.events, *measured], key=recording.order_of)
            read = msgspec.structs.replace(read, events=events, files=[*read.files, file])
    for file in read.files:
        refused = f", {file.refused:,} refused" if file.refused else ""
        console.print(f"{file.file}: {file.rows:,} rows, {file.encoding}{refused}", highlight=False)
    return run.Plan(
        pack=resolved,
        partition=packs.section(resolved, City).id,
        feed=feed_name,
        rain_feed=rain_name,
        recording=read,
        until=end,
        seed=seed,
    )


def _feed(feeds: dict[str, Feed], kind: str, measured: str, pack: Path) -> tuple[str, Feed]:
    for name, feed in sorted(feeds.items()):
        if feed.kind == kind and (not measured or feed.property == measured):
            return name, feed
    raise Rejected(
        "no_feed",
        f"this city has no feed of {measured or kind}",
        where=str(pack / "feeds"),
        remedy="declare one in the city pack",
        params={"kind": kind},
    )


def _until(until: str | None, pack: Resolved, read: recording.Recording) -> Instant:
    """Return the end: the end of the given day, the given moment, or 30 days after the last."""
    if until is None:
        return Instant(read.last_at + TAIL_DAYS * DAY_US)
    return moment_of(until, zone(packs.section(pack, City).zone))


def _run(plan: run.Plan, out: Path, console: Console, *, resume: bool) -> None:
    city_zone = zone(packs.section(plan.pack, City).zone)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,}/{task.total:,} events"),
        TimeRemainingColumn(),
        console=console,
        disable=not sys.stderr.isatty(),
    ) as bar:
        task = bar.add_task("replay", total=len(plan.recording.events))

        def show(sent: int, at: Instant) -> None:
            bar.update(task, completed=sent, description=to_text(at, city_zone)[:16])

        run.replay(plan, out, resume=resume, progress=show)


def _gather(plan: run.Plan, out: Path, started: float) -> Result:
    """Return the report; the state is hashed meanwhile, by a process that only reads."""
    with subprocess.Popen(  # noqa: S603 - our own command, our own interpreter
        [sys.executable, "-m", "chengyun", "audit", "state-hash", str(out)],
        stdout=subprocess.PIPE,
        text=True,
    ) as hashing:
        result = reporting.gather(plan, out)
        told, _ = hashing.communicate(timeout=HASH_WAIT_S)
    if hashing.returncode:
        raise StoreFailed("the state could not be hashed", where=str(out), remedy="audit verify")
    return msgspec.structs.replace(
        result,
        state_hash=told.strip(),
        elapsed_s=round(time.monotonic() - started, 3),
        peak_rss_mb=round(_peak_rss_mb(), 1),
    )


def _write(result: Result, out: Path) -> None:
    (out / "report.json").write_bytes(
        msgspec.json.format(msgspec.json.encode(result), indent=2) + b"\n"
    )
    (out / "report.html").write_text(render_page(result), encoding="utf-8")


def _peak_rss_mb() -> float:
    """Return the peak of this process; the one that writes for it takes some 100 MB beside it."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
