"""A document before it has a form: headings, facts, tables and lines to be filled in by hand.

``html`` and ``docx`` write the same paper; what stands on it is plain text.
"""

from __future__ import annotations

from typing import NamedTuple


class Heading(NamedTuple):
    """A part begins."""

    text: str


class Pairs(NamedTuple):
    """What things are: a label and a value each; two pairs stand in a row where both are short."""

    rows: list[tuple[str, str]]


class Grid(NamedTuple):
    """A table with a head."""

    head: list[str]
    rows: list[list[str]]
    widths: list[int]
    """The share of each column, in hundredths of the page."""


class Paragraph(NamedTuple):
    """Running text."""

    text: str


class Blanks(NamedTuple):
    """Lines that somebody fills in by hand."""

    labels: list[str]


Block = Heading | Pairs | Grid | Paragraph | Blanks


class Paper(NamedTuple):
    """A document in one language."""

    language: str
    head: str
    """Whose it is: the city's centre."""
    title: str
    number: str
    blocks: list[Block]
    foot: str
    """As of when, and for whom."""
