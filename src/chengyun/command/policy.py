"""The pack's section ``response``: which plan is proposed for which level of warning."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from chengyun.facts.command import Measure
from chengyun.facts.registers import Code, Level, Names


class ResponsePlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A plan for warnings of a level; a person signs it."""

    plan: str
    """Which plan; facts carry this, screens show what ``Response.names`` calls it."""
    response_level: Literal["IV", "III", "II", "I"]
    measures: list[Measure]


class Plans(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The plans for the warnings of one sign, by level."""

    levels: dict[Level, ResponsePlan]

    def at(self, level: str) -> ResponsePlan | None:
        """Return the plan for a level of warning, if there is one."""
        return next((plan for name, plan in self.levels.items() if name == level), None)


class Response(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Plans by sign and level of warning, and what they are called."""

    SECTION: ClassVar[str] = "response"
    plans: dict[str, Plans] = {}
    names: dict[Code, Names] = {}
    """What a plan is called, by language; one that is not here is called what facts call it."""
    source: str = ""
