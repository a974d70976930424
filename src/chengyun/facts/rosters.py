"""Rosters: who is on duty when, and who stands in; names and telephones stand in seals alone."""

from __future__ import annotations

import msgspec

from chengyun.facts.envelope import Body
from chengyun.kernel.rosters import Shift


class DayOfRoster(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """The shifts of a unit that begin on a local day."""

    day: str
    """As ``2026-10-01``."""
    shifts: list[Shift]
    """In order; none is a day on which nobody is on duty."""


class RosterImported(Body, frozen=True, kw_only=True):
    """The roster of a unit holds from now on; what stood for these days before is replaced."""

    unit: str
    days: list[DayOfRoster]
    source: str
    """Where it comes from: the name of a file, or who sent it."""


class DutyPersonNamed(Body, frozen=True, kw_only=True):
    """How somebody on duty is called and reached. Sealed for him: ``key``, ``name``, ``phone``.

    The key is what he is called by in the sheets that rosters come from: a staff number, a name.
    """

    person: str
    content: str
    """Keyed digest of what is sealed, by which the same again is nothing."""


class StandInNamed(Body, frozen=True, kw_only=True):
    """Somebody is away for a time; another one takes his shifts, or nobody."""

    person: str
    stand_in: str
    from_at: int
    until_at: int


class StandInEnded(Body, frozen=True, kw_only=True):
    """Somebody who was away, or would have been from ``from_at`` on, is there again."""

    person: str
    from_at: int
