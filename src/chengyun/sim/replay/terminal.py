"""The report of a replay on one screen of a terminal: 80 columns, no colour needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from chengyun.sim.replay.page import FALLING, MILD, gain_points, moment, percent, share
from chengyun.sim.replay.result import Result, WarningLine

Row = tuple[str, str, str, str, str]
"""What, number, unit, share, of what."""

MAX_WARNINGS: Final = 5


def print_report(result: Result, console: Console) -> None:
    """Print the figures in the order of the loop, the last grave warnings and how to check them."""
    say = Voice(console)
    say.line(f"Replay of {result.pack}", style="bold")
    say.line(f"{moment(result.from_)} to {moment(result.until)}", style="dim")
    if result.dead_letters:
        say.line(f"{result.dead_letters:,} dead letters: units of work failed.", style="bold red")
    say.table(_stages(result))
    if result.reported_back:
        say.line(_closings(result), style="bold")
    _print_warnings(result, say)
    say.line("")
    say.line(f"state hash  {result.state_hash}")
    say.line(
        f"{result.facts:,} facts, policy {result.policy_version[:12]}, seed {result.seed},"
        f" {result.elapsed_s:,.2f} s, {result.peak_rss_mb:,.2f} MB"
    )
    say.line("Check: chengyun audit state-hash DIR; chengyun audit verify DIR", style="dim")


class Voice:
    """Prints what came from outside as plain text: no markup, no control characters."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def line(self, text: str, *, style: str = "") -> None:
        """Print a paragraph."""
        self._console.print(Text(self._plain(text), style=style, overflow="fold"))

    def cropped(self, text: str) -> None:
        """Print as much of ``text`` as one line holds."""
        self._console.print(Text(self._plain(text)), no_wrap=True, overflow="crop")

    def table(self, stages: Iterator[tuple[str, list[Row]]]) -> None:
        """Print groups of rows, each under its name."""
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
        table.add_column(style="bold", no_wrap=True)
        table.add_column()
        table.add_column(justify="right", no_wrap=True)
        table.add_column(style="dim", no_wrap=True)
        table.add_column(justify="right", no_wrap=True)
        table.add_column(style="dim")
        for stage, rows in stages:
            for at, row in enumerate(rows):
                cells = [stage if at == 0 else "", *row]
                table.add_row(*(Text(self._plain(cell)) for cell in cells))
        self._console.print(table)

    def _plain(self, text: str) -> str:
        shown = "".join(
            letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}"
            for letter in text.replace("\N{NO-BREAK SPACE}", " ")
        )
        encoding = self._console.encoding
        return shown.encode(encoding, "replace").decode(encoding)


def _stages(result: Result) -> Iterator[tuple[str, list[Row]]]:
    proposals = f"{len(result.proposals):,}"
    yield "Sense", _sense(result)
    yield "Assess", _assess(result)
    yield "Dispatch", _dispatch(result)
    yield "Handle", _handle(result)
    yield "Warn", _warn(result)
    yield "Learn", [("better policy", proposals, "proposals", "", "a person decides")]


def _part(what: str, count: int, unit: str, whole: int, of: str) -> Row:
    return (what, f"{count:,}", unit, share(count, whole), f"of {of}")


def _sense(result: Result) -> list[Row]:
    read = result.requests
    return [
        ("read", f"{read:,}", "rows", "", ""),
        _part("refused", result.refused, "rows", read, "rows"),
        _part("closing refused", result.closings_refused, "rows", read, "rows"),
        _part("taken", result.reports, "reports", read, "rows"),
    ]


def _assess(result: Result) -> list[Row]:
    same = result.duplicates
    precision = percent(same.precision) if result.merged else "n/a"
    recall = percent(same.recall) if same.labelled else "n/a"
    return [
        ("one thing", f"{result.incidents:,}", "incidents", "", ""),
        _part("merged", result.merged, "reports", result.reports, "reports"),
        _part("suspected wrong", result.suspected_wrong_merges, "reports", result.merged, "merged"),
        ("duplicates found", f"{same.found:,}", "reports", recall, f"recall of {same.labelled:,}"),
        ("", "", "", precision, "precision"),
    ]


def _dispatch(result: Result) -> list[Row]:
    routing = result.routing
    if not routing.n:
        return [("right at first", "0", "requests", "n/a", "")]
    gain = f"{gain_points(result):+.2f} points"
    return [
        ("right at first", f"{routing.n:,}", "requests", percent(routing.top1), gain),
        ("among three", "", "", percent(routing.top3), ""),
        ("baseline, area", "", "", percent(routing.baseline_top1), ""),
        ("baseline, district", "", "", percent(routing.type_district_top1), ""),
    ]


def _handle(result: Result) -> list[Row]:
    cases, due = result.cases, result.on_time + result.overdue
    return [
        ("filed", f"{cases:,}", "cases", "", ""),
        _part("reported back", result.reported_back, "cases", cases, "cases"),
        _part("verified", result.verified, "cases", cases, "cases"),
        _part("open", result.open, "cases", cases, "cases"),
        _part("on time", result.on_time, "requests", due, "those due"),
        _part("overdue", result.overdue, "requests", due, "those due"),
        _part("no deadline", result.without_deadline, "requests", result.reports, "reports"),
    ]


def _warn(result: Result) -> list[Row]:
    levels = Counter(warning.level for warning in result.warnings)
    every = len(result.warnings)
    return [_part(level, levels[level], "warnings", every, "warnings") for level in FALLING]


def _closings(result: Result) -> str:
    if not result.verified:
        return "Nobody verified these closings: reported back is not fixed."
    return f"Nobody verified {result.reported_back:,} closings: reported back is not fixed."


def _print_warnings(result: Result, say: Voice) -> None:
    severe = [warning for warning in result.warnings if warning.level not in MILD]
    if not severe:
        return
    shown = sorted(severe, key=lambda warning: warning.onset)[-MAX_WARNINGS:]
    say.line("")
    say.line(f"The last {len(shown)} of {len(severe):,} orange and red warnings", style="bold")
    for warning in shown:
        say.cropped(_warning(warning))


def _warning(warning: WarningLine) -> str:
    about = f"{warning.type or 'all types'}, {warning.area}"
    return f"{moment(warning.onset)[:16]}  {warning.level[:6]:6}  {about}"
