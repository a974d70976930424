"""The debrief on one screen of a terminal: what stands out, the figures, and each decision."""

from __future__ import annotations

from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from chengyun.sim.drill.debrief import Debrief, Reason
from chengyun.sim.drill.page import LANGUAGES, clock, day, number, said
from chengyun.sim.drill.page_words import PAGE_WORDS

MOST_DECISIONS: Final = 20


def print_debrief(debrief: Debrief, console: Console, lang: str) -> None:
    """Print what stands out, the figures of both runs and the first decisions."""
    words = {name: pair[LANGUAGES.index(lang)] for name, pair in PAGE_WORDS.items()}
    plan, zone = debrief.held.plan, debrief.zone
    span = f"{day(plan.began_at, zone)} {clock(plan.began_at, zone)}"
    span += f"–{clock(debrief.held.ended_at, zone)}"
    console.print(Text(f"{words['debrief']}: {debrief.title[lang]}", style="bold"))
    ended = words[f"ended_{debrief.held.ended_by}"]
    console.print(Text(f"{span}; {ended}; {words['seed']} {plan.seed}", style="dim"))
    _reasons(console, words["strengths"], debrief.strengths, words["no_strengths"], lang)
    _reasons(console, words["again"], debrief.again, words["no_again"], lang)
    console.print()
    console.print(_figures(debrief, words, lang))
    if debrief.decisions:
        console.print()
        console.print(_decisions(debrief, words, lang))
        more = len(debrief.decisions) - MOST_DECISIONS
        if more > 0:
            console.print(Text(f"+ {more}", style="dim"))


def _reasons(console: Console, title: str, reasons: list[Reason], nothing: str, lang: str) -> None:
    console.print()
    console.print(Text(title, style="bold"))
    for one in reasons:
        console.print(Text(f"- {_plain(one.text[lang])}"))
    if not reasons:
        console.print(Text(f"  {nothing}", style="dim"))


def _figures(debrief: Debrief, words: dict[str, str], lang: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column(words["figure"])
    for side in ("you", "alone"):
        table.add_column(words[side], justify="right", no_wrap=True)
    table.add_column("", style="dim")
    for one in debrief.figures:
        ours, theirs = number(one.you, one.you_of), number(one.alone, one.alone_of)
        table.add_row(one.text[lang], ours, theirs, one.unit[lang])
    return table


def _decisions(debrief: Debrief, words: dict[str, str], lang: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("asked_at", "what", "you", "minutes", "alone", "minutes"):
        right = name == "minutes"
        table.add_column(words[name], justify="right" if right else "left", no_wrap=True)
    for one in debrief.decisions[:MOST_DECISIONS]:
        table.add_row(
            clock(one.asked_at, debrief.zone),
            Text(_plain(f"{one.what[lang]} · {one.area[lang]}"), overflow="ellipsis"),
            said(one.you, words),
            number(one.you.minutes),
            said(one.alone, words),
            number(one.alone.minutes) if one.alone else "",
        )
    return table


def _plain(text: str) -> str:
    """Return what came from outside without control characters."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
