"""Applies facts to the projections: the same code live, on a rebuild and for an as-of view.

Each follower is a unit of its own. One that fails leaves its rows as they were and is reported;
the others go on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from chengyun.engine.rows import Rows
from chengyun.engine.stage import Apply, Stage
from chengyun.engine.tables import Put, Table
from chengyun.engine.timers import TIMERS, TimerRow
from chengyun.facts.envelope import Fact
from chengyun.kernel.errors import Bug


class Failure(NamedTuple):
    """A follower that failed on a fact."""

    handler: str
    error: Exception


class Projector:
    """Keeps the rows of one partition up to date with its facts."""

    def __init__(self, stages: Iterable[Stage], rows: Rows) -> None:
        self.rows = rows
        self._followers: dict[str, list[tuple[Stage, str, Apply]]] = {}
        self._owner: dict[Table[Any], Stage] = {}
        for stage in stages:
            for table in stage.tables:
                if table in self._owner:
                    raise Bug(f"{table} is declared by two stages")
                self._owner[table] = stage
            for body, applies in stage.follows.items():
                for apply in applies:
                    name = f"{stage.name}.{apply.__name__}"
                    self._followers.setdefault(body.__name__, []).append((stage, name, apply))

    def apply(self, fact: Fact[Any]) -> tuple[list[TimerRow], list[Failure]]:
        """Apply ``fact`` to all that follow its kind; return the timers set and what failed."""
        timers: list[TimerRow] = []
        failures: list[Failure] = []
        for stage, name, apply in self._followers.get(fact.kind, ()):
            try:
                timers += self._run(stage, name, apply, fact)
            except Exception as error:  # noqa: BLE001 - the engine's edge: a unit is set aside
                failures.append(Failure(name, error))
        return timers, failures

    def redo(self, handler: str, fact: Fact[Any]) -> Sequence[TimerRow]:
        """Apply one follower again that was set aside; raise what it raises."""
        for stage, name, apply in self._followers.get(fact.kind, ()):
            if name == handler:
                return self._run(stage, name, apply, fact)
        raise Bug(f"{handler} does not follow {fact.kind}")

    def follows(self, handler: str, kind: str) -> bool:
        """Tell whether ``handler`` is a follower of ``kind``."""
        return any(name == handler for _, name, _ in self._followers.get(kind, ()))

    def _run(self, stage: Stage, name: str, apply: Apply, fact: Fact[Any]) -> Sequence[TimerRow]:
        changes = list(apply(fact, self.rows))
        if not changes:
            return ()
        timers: list[TimerRow] = []
        for change in changes:
            if change.table is TIMERS:
                if type(change) is Put:
                    timers.append(change.row)
            elif self._owner.get(change.table) is not stage:
                raise Bug(f"{name} writes {change.table}, which is not its own")
        self.rows.apply(changes)
        return timers
