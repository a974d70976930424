"""Who is on duty, by the rows of an engine: what a stage that asks is wired with.

A stage that wants to know declares a port of its own with the one method below, as
``dispatch/ports.py`` does for decision tables, and ``app/platform.py`` wires ``Duties`` under it.
Whoever reads a store instead passes how a row is found there to ``rosters.keeping.KeptRosters``.
"""

from __future__ import annotations

from collections.abc import Iterable

from chengyun.engine.policies import Policies
from chengyun.engine.rows import Rows
from chengyun.facts.registers import City, Units
from chengyun.kernel.instants import Instant
from chengyun.kernel.rosters import POSTS, OnDuty, on_duty
from chengyun.rosters.keeping import KeptRosters, units_up


class Duties:
    """Answers who is on duty for a unit at an instant, by the rosters known now."""

    def __init__(self, rows: Rows, policies: Policies) -> None:
        self._rows = rows
        self._policies = policies

    def on_duty(
        self, unit: str, at: Instant, *, posts: Iterable[str] = POSTS, skill: str = ""
    ) -> OnDuty:
        """Return who is on duty for ``unit``, or for the nearest unit above that has somebody.

        ``code`` is ``no_roster`` where the unit keeps none for this day: then nothing is known of
        its people, which is another thing than a ``gap``. See ``kernel.rosters.on_duty``.
        """
        version = self._policies.version(at=at)
        up = self._policies.built(units_up, (City, Units), version)
        return on_duty(KeptRosters(self._rows.get, up), unit, at, posts=posts, skill=skill)
