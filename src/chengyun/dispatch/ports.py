"""What dispatch needs from outside: a machine that evaluates decision tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol

from chengyun.engine.known import Port


class Tables(Protocol):
    """Evaluates a decision table in GoRules' JSON Decision Model."""

    def decide(self, table: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the outputs of the first rule that fits ``given``; empty if none does."""
        ...


DECISION_TABLES: Final[Port[Tables]] = Port("decision tables")
