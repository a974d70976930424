"""``chengyun observe``: recorded sensor data through the stream lane, and what it made of them."""

from __future__ import annotations

import gc
import resource
import sys
import time
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from chengyun.adapters.sql.store import FILE
from chengyun.app import packs
from chengyun.app.stream.city import city_of_sensors
from chengyun.citypack.resolving import Resolved
from chengyun.cli.doors import needs
from chengyun.cli.moments import moment_of
from chengyun.facts.registers import City
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import HOUR_US, Instant, to_text, zone
from chengyun.sense.policy import RecordedTable, Recordings
from chengyun.sim.observe.enrolling import entries_of
from chengyun.sim.observe.gathering import gather
from chengyun.sim.observe.page import render_page
from chengyun.sim.observe.refusing import Refusals
from chengyun.sim.observe.result import Result
from chengyun.sim.observe.run import Plan, observe
from chengyun.sim.observe.terminal import print_report
from chengyun.sim.observe.timeline import Timeline, read_files
from chengyun.sim.replay.run import STORE

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("observe")
@click.argument("pack", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("files", type=_FILE, nargs=-1, required=True, metavar="FILE...")
@click.option("--recording", required=True, metavar="NAME",
              help="How the files are read: recordings/NAME.yaml of the pack.")  # fmt: skip
@click.option("--sensors", type=_FILE,
              help="The table of where the sensors stand, if the recording names one.")  # fmt: skip
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True,
              help="The folder for the store and the report.")  # fmt: skip
@click.option("--until", help="The last day (2012-06-30) or moment of the run.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as one line of JSON.")
@needs("sim:observe")
def command(
    pack: Path,
    files: tuple[Path, ...],
    recording: str,
    sensors: Path | None,
    out: Path,
    until: str | None,
    *,
    as_json: bool,
) -> None:
    """Pass recorded sensor data through the stream lane, as fast as it can.

    PACK is the folder of a city pack, FILE a table of its recording NAME. The store with the lane's
    log, refused.csv, flagged.csv, report.json and report.html are written to --out.
    """
    started = time.monotonic()
    console = Console(stderr=as_json)
    resolved = packs.loaded(pack)
    table = _recording(resolved, recording, pack)
    _check_empty(out)
    out.mkdir(parents=True, exist_ok=True)
    gc.freeze()
    refusals = Refusals(out)
    try:
        plan = _plan(resolved, recording, table, files, sensors, until, refusals, console)
        with _progress(console) as bar:
            task = bar.add_task("observe", total=len(plan.timeline))
            city_zone = zone(packs.section(resolved, City).zone)

            def show(passed: int, at: Instant) -> None:
                bar.update(task, completed=passed, description=to_text(at, city_zone)[:13])

            ran = observe(plan, out / STORE, refusals, show)
        result = gather(plan, ran, out, out / STORE, refusals)
    finally:
        refusals.close()
    result = msgspec.structs.replace(
        result,
        elapsed_s=round(time.monotonic() - started, 3),
        peak_rss_mb=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    )
    _write(result, out)
    if as_json:
        click.echo(msgspec.json.encode(result).decode())
    else:
        print_report(result, console)
        console.print(f"report: {out / 'report.html'}", soft_wrap=True, highlight=False)


def _recording(pack: Resolved, name: str, folder: Path) -> RecordedTable:
    declared = packs.section_or_empty(pack, Recordings).recordings
    if name not in declared:
        known = ", ".join(sorted(declared)) or "none"
        raise Rejected(
            "no_recording",
            f"this city has no recording {name[:80]!r}; it has {known}",
            where=str(folder / "recordings"),
            remedy="declare one in the city pack (docs/recordings.md)",
            params={"recording": name[:80]},
        )
    return declared[name]


def _check_empty(out: Path) -> None:
    if (out / STORE / FILE).exists():
        raise Rejected(
            "not_empty",
            "there is a store in this folder already",
            where=str(out / STORE),
            remedy="give another --out; a run of the same input comes to the same state",
            params={"folder": str(out)},
        )


def _plan(
    pack: Resolved,
    name: str,
    table: RecordedTable,
    files: tuple[Path, ...],
    sensors: Path | None,
    until: str | None,
    refusals: Refusals,
    console: Console,
) -> Plan:
    city = city_of_sensors(pack)
    units = {code: entry.unit for code, entry in city.properties.items()}
    with console.status("reading"):
        timeline = read_files(table, units, files, refusals, lambda *_: None)
        entries = entries_of(table, timeline.sensors, sensors, city, refusals)
    for file in timeline.files:
        refused = f", {file.refused:,} refused" if file.refused else ""
        console.print(f"{file.file}: {file.rows:,} rows, {file.encoding}{refused}", highlight=False)
    from_at = Instant(min(int(timeline.first_at), int(timeline.due[0])))
    return Plan(
        pack=pack,
        city=city,
        partition=packs.section(pack, City).id,
        recording=name,
        feed=table.feed,
        sensors=entries,
        timeline=timeline,
        from_at=from_at,
        until=_until(until, pack, timeline, from_at),
    )


def _until(until: str | None, pack: Resolved, timeline: Timeline, from_at: Instant) -> Instant:
    """Return the end: of the given day, the given moment, or an hour after the last value."""
    if until is None:
        return Instant(int(timeline.due[-1]) + HOUR_US)
    end = moment_of(until, zone(packs.section(pack, City).zone))
    if end <= from_at:
        raise click.BadParameter("it lies before the first value")
    return end


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,}/{task.total:,} values"),
        TimeRemainingColumn(),
        console=console,
        disable=not sys.stderr.isatty(),
    )


def _write(result: Result, out: Path) -> None:
    (out / "report.json").write_bytes(
        msgspec.json.format(msgspec.json.encode(result), indent=2) + b"\n"
    )
    (out / "report.html").write_text(render_page(result), encoding="utf-8")
