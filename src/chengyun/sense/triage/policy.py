"""The pack's section ``triage``: words that tell of a type, words of danger, how sure one must be.

A pack without it proposes from what people decided and from the names of its types alone; nothing
is diverted by words.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from chengyun.facts.registers import Code, Names

Word = Annotated[str, Meta(min_length=1, max_length=60)]
Ppm = Annotated[int, Meta(ge=0, le=1_000_000)]


class _Shape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Danger(_Shape, frozen=True, kw_only=True):
    """A danger to life, and the words by which people tell of it.

    Words are compared folded (one width, one case, simplified characters). One in Latin letters
    stands for itself only, between the borders of words; ``*`` at its end takes any ending.
    """

    name: Names
    type: Code
    """The type that a report of it is taken as at once; its owner is who meets it."""
    sure: list[Word] = []
    """Each tells it by itself."""
    things: list[Word] = []
    states: list[Word] = []
    """A thing and one of its states in one clause tell it together."""


class Context(_Shape, frozen=True, kw_only=True):
    """What takes the danger out of words, or puts it back."""

    harmless: list[Word] = []
    """Expressions with words of danger in them that mean none, such as ``fire hydrant``."""
    denials: list[Word] = []
    """Just before the words, or between thing and state: it is not so."""
    over: list[Word] = []
    """In the same clause or soon after: it was so, and is no more."""
    talk: list[Word] = []
    """In the same clause: it is talked about, as in a drill or a course."""
    now: list[Word] = []
    """In the same clause: it is so now, whatever else is said of it."""


class Wording(_Shape, frozen=True, kw_only=True):
    """The words of a type."""

    words: list[Word] = []


class Urgency(_Shape, frozen=True, kw_only=True):
    """What makes a report urgent, short of danger to life."""

    words: list[Word] = []
    within_h: Annotated[int, Meta(ge=0, le=72)] = 4
    """So does a time limit of at most so many hours for its type."""


class Triage(_Shape, frozen=True, kw_only=True):
    """How this city tells what a report is about."""

    SECTION: ClassVar[str] = "triage"
    threshold_ppm: Ppm = 700_000
    """With less confidence a person decides."""
    place_threshold_ppm: Ppm = 600_000
    """With less confidence a place that words name is told, and not taken as the report's."""
    learn_after: Annotated[int, Meta(ge=1, le=10_000)] = 50
    """After so many new decisions a new model is learned."""
    types: dict[Code, Wording] = {}
    """Types with what people call them; without any, none is proposed before it was decided."""
    never: list[Code] = []
    """Types that no report is of, such as tasks of a plan."""
    dangers: dict[Code, Danger] = {}
    context: Context = Context()
    urgency: Urgency = Urgency()
    source: str = ""


class Landmark(_Shape, frozen=True, kw_only=True):
    """A place that people name: a street, a station, a park, a school."""

    kind: str
    name: str
    name_zh: str = ""
    aliases: list[str] = []
    area: str = ""
    """The area it lies in; found by its point where it is left out."""
    lon: Annotated[float, Meta(ge=-180, le=180)] | None = None
    lat: Annotated[float, Meta(ge=-90, le=90)] | None = None
    """Where it is; nothing for what is long, such as a street."""


class Landmarks(_Shape, frozen=True, kw_only=True):
    """All places that people name beside the areas, by code."""

    SECTION: ClassVar[str] = "landmarks"
    landmarks: dict[Code, Landmark] = {}
