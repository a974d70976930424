"""The pack's section ``signs``: what is measured, at which levels, against which baseline."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from chengyun.facts.registers import LevelName

Count = Annotated[float, Meta(gt=0, le=1_000_000)]


class Spreading(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much counts vary at a level, and from how many on they are judged."""

    min_count: Annotated[int, Meta(ge=1, le=1_000_000)]
    """Fewer in a window are never judged."""
    model_error: Annotated[float, Meta(ge=0, le=10)]
    """Share by which the expectation itself may be off: variance gains ``model_error · mu²``."""


class BaselinePolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A baseline by hour of the week; sparse cells lean on coarser ones by pseudo-counts."""

    silent_days: Annotated[int, Meta(ge=0, le=366)] = 7
    """Days of learning before anything is judged."""
    fade_shift: Annotated[int, Meta(ge=2, le=20)] = 5
    """Every midnight counts fade by ``1/2^shift``: 5 is a half-life of 22 days."""
    type_hours: Count = 24.0
    profile_weeks: Count = 2.0
    slot_weeks: Count = 4.0
    share_arrivals: Count = 20.0
    spread_arrivals: Count = 60.0
    prior_spread: Count = 1.0
    prior_per_hour: Count = 0.02


class Sign(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A vital sign."""

    name: dict[str, str]
    measures: Literal["reports", "property"]
    property: str = ""
    unit: str
    feeds: list[str]
    pane_s: Annotated[int, Meta(ge=60, le=86_400)]
    windows_s: Annotated[list[Annotated[int, Meta(ge=60, le=604_800)]], Meta(min_length=1)]
    levels: dict[LevelName, Spreading] = {}
    baseline: BaselinePolicy | None = None
    notable_milli: Annotated[int, Meta(ge=0, le=100_000)] = 2_000
    """Cells with less surprise than this are not listed in a pane."""
    owner: str
    source: str


class Signs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All vital signs by name."""

    SECTION: ClassVar[str] = "signs"
    signs: dict[str, Sign]
