"""What the doctor says: one finding a thing looked at, each with its remedy."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from chengyun.kernel.instants import Instant

Level = Literal["ok", "warn", "bad"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at."""

    check: str
    level: Level
    """``bad``: it does not work, or data are at risk. ``warn``: it will, or something is amiss."""
    what: str
    where: str = ""
    remedy: str = ""
    """What to do; empty where all is well."""


class Patient(msgspec.Struct, frozen=True, kw_only=True):
    """What the doctor looks at, and when."""

    now: Instant
    store: Path | None
    """The folder that holds the database."""
    pack: Path | None
    host: str
    port: int
    backups: Path | None
    """The folder of the backups."""
    verify: bool
    """Whether every byte of every chain is checked."""


def ok(check: str, what: str, where: object = "") -> Finding:
    """Return a finding that asks for nothing."""
    return Finding(check=check, level="ok", what=what, where=str(where))


def warn(check: str, what: str, where: object, remedy: str) -> Finding:
    """Return a finding that a person should look at."""
    return Finding(check=check, level="warn", what=what, where=str(where), remedy=remedy)


def bad(check: str, what: str, where: object, remedy: str) -> Finding:
    """Return a finding that keeps the platform from running safely."""
    return Finding(check=check, level="bad", what=what, where=str(where), remedy=remedy)
