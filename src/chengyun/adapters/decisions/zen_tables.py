"""Decision tables evaluated by GoRules' ZEN engine (MIT)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import zen

from chengyun.kernel.errors import Rejected


class ZenTables:
    """Compiles each table once and evaluates it; holds the few tables that are in force."""

    def __init__(self) -> None:
        self._engine = zen.ZenEngine()
        self._compiled: dict[bytes, Any] = {}

    def decide(self, table: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the outputs of the first rule that fits ``given``; empty if none does."""
        content = msgspec.json.encode(table, order="deterministic")
        try:
            if content not in self._compiled:
                self._compiled[content] = self._engine.create_decision(content.decode())
            result = self._compiled[content].evaluate(dict(given))["result"]
        except RuntimeError as broken:
            raise Rejected(
                "decision_table",
                f"the decision table cannot be evaluated: {broken}",
                remedy="chengyun check names what is wrong with it",
            ) from broken
        return dict(result) if isinstance(result, dict) else {}
