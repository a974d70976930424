"""The report of a replay on one screen of a terminal: 80 columns, no colour needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from chengyun.sim.replay.page import FALLING, MILD, gain_points, moment, percent, share
from chengyun.sim.replay.result import Result, WarningLine

Row = tuple[str, str, str, str]
"""What, number with unit, share, of what."""

MAX_WARNINGS = 5


def print_report(result: Result, console: Console) -> None:
    """Print the figures in the order of the loop, the last grave warnings and how to check them."""
    say = _Voice(console)
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


class _Voice:
    """Prints what came from outside as plain text: no markup, no control characters."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def plain(self, text: str) -> str:
        shown = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}"
                        for letter in text.replace("\N{NO-BREAK SPACE}", " "))
        encoding = self._console.encoding
        return shown.encode(encoding, "replace").decode(encoding)

    def line(self, text: str, style: str = "") -> None:
        self._console.print(Text(self.plain(text), style=style, overflow="fold"))

    def table(self, stages: Iterator[tuple[str, list[Row]]]) -> None:
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), expand=False)
        table.add_column(style="bold", no_wrap=True)
        table.add_column()
        table.add_column(justify="right", no_wrap=True)
        table.add_column(justify="right", no_wrap=True)
        table.add_column(style="dim")
        for stage, rows in stages:
            for at, row in enumerate(rows):
                cells = [self.plain(cell) for cell in row]
                table.add_row(self.plain(stage) if at == 0 else "", *map(Text, cells))
        self._console.print(table)


def _stages(result: Result) -> Iterator[tuple[str, list[Row]]]:
    yield "Sense", _sense(result)
    yield "Assess", _assess(result)
    yield "Dispatch", _dispatch(result)
    yield "Handle", _handle(result)
    yield "Warn", _warn(result)
    count = f"{len(result.proposals):,} proposals"
    yield "Learn", [("better policy", count, "", "a person decides")]


def _sense(result: Result) -> list[Row]:
    rows = [
        ("read", f"{result.requests:,} rows", "", ""),
        ("refused", f"{result.refused:,} rows", share(result.refused, result.requests), "of rows"),
        ("taken", f"{result.reports:,} reports", share(result.reports, result.requests), "of rows"),
    ]
    if result.closings_refused:
        refused = share(result.closings_refused, result.requests)
        rows.append(("closing refused", f"{result.closings_refused:,} rows", refused, "of rows"))
    return rows


def _assess(result: Result) -> list[Row]:
    wrong, same = result.suspected_wrong_merges, result.duplicates
    precision = percent(same.precision) if result.merged else "n/a"
    recall = percent(same.recall) if same.labelled else "n/a"
    return [
        ("one thing", f"{result.incidents:,} incidents", "", ""),
        ("merged", f"{result.merged:,} reports", share(result.merged, result.reports), "of reports"),
        ("suspected wrong", f"{wrong:,} reports", share(wrong, result.merged), "of merged"),
        ("duplicates found", f"{same.found:,} reports", recall, f"recall of {same.labelled:,}"),
        ("", "", precision, "precision"),
    ]


def _dispatch(result: Result) -> list[Row]:
    routing = result.routing
    if not routing.n:
        return [("right at first", "0 requests", "n/a", "")]
    gain = f"{gain_points(result):+.2f} points"
    return [
        ("right at first", f"{routing.n:,} requests", percent(routing.top1), gain),
        ("among three", "", percent(routing.top3), ""),
        ("baseline by area", "", percent(routing.baseline_top1), ""),
        ("by district", "", percent(routing.type_district_top1), ""),
    ]


def _handle(result: Result) -> list[Row]:
    back, due = result.reported_back, result.on_time + result.overdue
    return [
        ("filed", f"{result.cases:,} cases", "", ""),
        ("reported back", f"{back:,} cases", share(back, result.cases), "of cases"),
        ("verified", f"{result.verified:,} cases", share(result.verified, result.cases), "of cases"),
        ("open", f"{result.open:,} cases", share(result.open, result.cases), "of cases"),
        ("on time", f"{result.on_time:,} requests", share(result.on_time, due), "of those due"),
        ("overdue", f"{result.overdue:,} requests", share(result.overdue, due), "of those due"),
        ("no deadline", f"{result.without_deadline:,} requests",
         share(result.without_deadline, result.reports), "of reports"),
    ]


def _warn(result: Result) -> list[Row]:
    levels = Counter(warning.level for warning in result.warnings)
    return [
        (level, f"{levels[level]:,} warnings", share(levels[level], len(result.warnings)), "")
        for level in FALLING
    ]


def _closings(result: Result) -> str:
    if not result.verified:
        return "Nobody verified these closings: reported back is not fixed."
    return f"Nobody verified {result.reported_back:,} closings: reported back is not fixed."


def _print_warnings(result: Result, say: _Voice) -> None:
    severe = [warning for warning in result.warnings if warning.level not in MILD]
    if not severe:
        return
    shown = sorted(severe, key=lambda warning: warning.onset)[-MAX_WARNINGS:]
    say.line("")
    say.line(f"Last {len(shown):,} of {len(severe):,} warnings, orange or red")
    for warning in shown:
        say.line(_warning(warning))


def _warning(warning: WarningLine) -> str:
    about = f"{warning.type or 'all types'}, {warning.area}"
    return f"{moment(warning.onset)[:16]}  {warning.level[:6]:6}  {about[:54]}"
