"""Linjiang's words of triage: what people call each type, and what tells of danger to life.

Written for this city from how people speak of such things; no recorded message went into it.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Final

FILE: Final = "triage.yaml"


def triage() -> str:
    """Return the section as it is written into the pack."""
    return (files(__package__) / FILE).read_text(encoding="utf-8")
