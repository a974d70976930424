"""What a stage hands to the engine: its tables, commands, listeners and followers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chengyun.engine.about import Abouts
from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change, Table
from chengyun.facts.envelope import Body, Draft, Fact

Handler = Callable[[Fact[Any], Known], Iterable[Draft]]
"""Turns a fact into facts. May see a fact twice; ids are derived, so nothing doubles."""

Order = Callable[[Any, Known], Iterable[Draft]]
"""Turns a command into facts, or raises ``Rejected``."""

Apply = Callable[[Fact[Any], Rows], Iterable[Change]]
"""Turns a fact into row changes of the stage's own tables; pure, and the same on a rebuild."""

Listens = Mapping[type[Body], tuple[Handler, ...]]
Follows = Mapping[type[Body], tuple[Apply, ...]]
Orders = Mapping[type[Command], Order]


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One stage of the loop, or a part beside it, as the wiring sees it."""

    name: str
    listens: Listens = field(default_factory=dict)
    follows: Follows = field(default_factory=dict)
    orders: Orders = field(default_factory=dict)
    abouts: Abouts = field(default_factory=dict)
    """What each command is about; one that is not here is about the whole city."""
    tables: tuple[Table[Any], ...] = ()
