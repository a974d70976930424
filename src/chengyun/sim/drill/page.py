"""The debrief as an HTML page a language: one file, no script, nothing to load.

The template stands beside this file and escapes every value; only the drawing, which escapes its
own text, enters it as markup.
"""

from __future__ import annotations

from functools import partial
from importlib import resources
from typing import Final

from jinja2 import Environment, StrictUndefined

from chengyun.kernel.instants import Instant, to_datetime, zone
from chengyun.sim.drill.debrief import Answer, Debrief
from chengyun.sim.drill.lanes import lanes
from chengyun.sim.drill.page_words import PAGE_WORDS

LANGUAGES: Final = ("zh", "en")
PAGE: Final = "debrief.{lang}.html"
"""The name of the page in a language."""

NOTHING: Final = "–"


def render_page(debrief: Debrief, lang: str) -> str:
    """Return the debrief in ``lang`` as one HTML document in UTF-8."""
    words = {name: pair[LANGUAGES.index(lang)] for name, pair in PAGE_WORDS.items()}
    source = resources.files("chengyun.sim.drill").joinpath("debrief.html").read_text("utf-8")
    other = LANGUAGES[1 - LANGUAGES.index(lang)]
    return (
        _environment(debrief.zone, words)
        .from_string(source)
        .render(
            d=debrief,
            lang=lang,
            other=other,
            other_page=PAGE.format(lang=other),
            w=words,
            drawing=lanes(debrief, lang, words["glance"]),
        )
    )


def number(value: float | None, of: int | None = None) -> str:
    """Return a figure as people read it.

    >>> number(3, 4), number(12.5), number(None), number(1200), number(0, 0)
    ('3 / 4', '12.5', '–', '1,200', '–')
    """
    if value is None or of == 0:
        return NOTHING
    shown = f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"
    return shown if of is None else f"{shown} / {of:,}"


def clock(at: int | None, zone_name: str) -> str:
    """Return the time of day of an instant in the city."""
    return NOTHING if at is None else f"{to_datetime(Instant(at), zone(zone_name)):%H:%M}"


def day(at: int, zone_name: str) -> str:
    """Return the day of an instant in the city."""
    return f"{to_datetime(Instant(at), zone(zone_name)):%Y-%m-%d}"


def who(actor: str) -> str:
    """Return an actor as people say it.

    >>> who("person:lin"), who("officer:duty")
    ('lin', 'officer:duty')
    """
    return actor.removeprefix("person:")


def said(answer: Answer | None, words: dict[str, str]) -> str:
    """Return in a word what somebody decided, or that nobody did."""
    return words["not_asked"] if answer is None else words[f"state_{answer.state}"]


def _environment(zone_name: str, words: dict[str, str]) -> Environment:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(
        clock=partial(clock, zone_name=zone_name),
        day=partial(day, zone_name=zone_name),
        said=partial(said, words=words),
        who=who,
    )
    environment.globals.update(number=number)
    return environment
