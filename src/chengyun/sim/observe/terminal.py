"""The report of an observation on a terminal: 80 columns, no colour needed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.console import Console

from chengyun.sim.observe.result import Result
from chengyun.sim.replay.page import moment, share
from chengyun.sim.replay.terminal import Row, Voice

MAX_SENSORS: Final = 12
MAX_RUNS: Final = 8


def print_report(result: Result, console: Console) -> None:
    """Print what was read, what became of it, what is unknown, what was not believed and why."""
    say = Voice(console)
    say.line(f"Recording {result.recording} through the stream lane of {result.pack}", style="bold")
    say.line(f"{moment(result.from_)} to {moment(result.until)}", style="dim")
    if result.dead_letters:
        say.line(f"{result.dead_letters:,} dead letters: units of work failed.", style="bold red")
    say.table(_groups(result))
    _print_refused(result, say)
    _print_runs(result, say)
    say.line("")
    say.line(f"state hash  {result.state_hash}")
    say.line(
        f"{result.facts:,} facts, {result.ticks:,} ticks, policy {result.policy_version[:12]},"
        f" {result.elapsed_s:,.2f} s, {result.peak_rss_mb:,.2f} MB"
    )
    say.line("All of them: report.html, refused.csv, flagged.csv", style="dim")
    say.line("Check: chengyun audit state-hash DIR; chengyun audit verify DIR", style="dim")


def _groups(result: Result) -> Iterator[tuple[str, list[Row]]]:
    yield "Rows", _rows(result)
    yield "Values", _values(result)
    yield "Gaps", list(_gaps(result))
    yield "Not believed", _flags(result)
    yield "Signs", list(_signs(result))


def _part(what: str, count: int, unit: str, whole: int, of: str) -> Row:
    return (what, f"{count:,}", unit, share(count, whole), of)


def _rows(result: Result) -> list[Row]:
    refused = sum(file.refused for file in result.files)
    return [
        ("read", f"{result.rows:,}", "rows", "", ""),
        _part("refused", refused, "rows", result.rows, "of rows"),
        ("nothing said", f"{result.unsaid:,}", "cells", "", ""),
    ]


def _values(result: Result) -> list[Row]:
    values = result.values
    return [
        ("passed", f"{values.passed:,}", "values", "", ""),
        *(
            _part(name, getattr(values, name), "values", values.passed, "of passed")
            for name in ("accepted", "late", "backfilled", "duplicate", "refused")
        ),
    ]


def _gaps(result: Result) -> Iterator[Row]:
    never = sum(line.state == "never_spoke" for line in result.sensors)
    whole = f"of {len(result.sensors):,}"
    yield ("silent at the end", f"{len(result.dead) - never:,}", "sensors", "", whole)
    yield ("never spoke", f"{never:,}", "sensors", "", whole)
    yield ("fell silent", f"{result.fell_silent:,}", "times", "", "")
    heard = [line for line in result.sensors if line.state != "never_spoke"]
    worst = sorted(heard, key=lambda line: (-line.unknown, line.id))
    for line in worst[:MAX_SENSORS]:
        if line.unknown:
            at_once = f"{line.longest_slots:,} at once" if line.longest_slots else ""
            yield _part(line.id[:24], line.unknown, "unknown", line.slots, at_once)


def _flags(result: Result) -> list[Row]:
    taken = result.values.passed - result.values.duplicate - result.values.refused
    return [
        _part(reason.replace("_", " "), count, "values", taken, "of taken")
        for reason, count in result.flagged.items()
    ]


def _signs(result: Result) -> Iterator[Row]:
    for line in result.signs:
        warned = ", ".join(f"{count} {level}" for level, count in line.warnings.items())
        yield _part(f"{line.sign[:18]} {line.area[:12]}", line.unknown, "h unknown", line.hours,
                    warned)  # fmt: skip


def _print_refused(result: Result, say: Voice) -> None:
    if not result.refused:
        return
    say.line("")
    say.line("Refused", style="bold")
    for line in result.refused:
        say.cropped(f"{line.count:>9,}  {line.code}: {line.examples[0]}")


def _print_runs(result: Result, say: Voice) -> None:
    if not result.flags:
        return
    say.line("")
    shown = result.flags[:MAX_RUNS]
    say.line(f"{len(shown)} of {len(result.flags):,} runs that were not believed", style="bold")
    for line in shown:
        say.cropped(f"{line.values:>6,}  {line.sensor}, {line.from_at[:16]}: {line.because}")
