"""The pack's section ``response``: which plan is proposed for which level of warning."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from chengyun.facts.command import Measure
from chengyun.facts.registers import Level


class ResponsePlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A plan for warnings of a level; a person signs it."""

    plan: str
    response_level: Literal["IV", "III", "II", "I"]
    measures: list[Measure]


class Plans(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The plans for the warnings of one sign, by level."""

    levels: dict[Level, ResponsePlan]

    def at(self, level: str) -> ResponsePlan | None:
        """Return the plan for a level of warning, if there is one."""
        return next((plan for name, plan in self.levels.items() if name == level), None)


class Response(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Plans by sign and level of warning."""

    SECTION: ClassVar[str] = "response"
    plans: dict[str, Plans] = {}
    source: str = ""
