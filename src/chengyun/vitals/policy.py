"""The pack's sections of vital signs: counted reports, gauged areas, and what sensors say."""

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


How = Literal["sum", "mean", "max", "min", "count", "rate", "quantile", "share"]


class InState(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sensor is in the state while its believed value lies between, ends included."""

    at_least: float = -1_000_000.0
    at_most: float = 1_000_000.0


class SensorSign(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A vital sign made of what the sensors of one property say, at every level it names.

    A window slides over its panes, the running one included; with ``tumbling`` it is the last
    whole pane. ``rate`` is the sum in ``rate_s`` seconds, ``share`` the share of the speaking
    sensors that are in ``state`` now.
    """

    name: dict[str, str]
    property: str
    how: How
    unit: str
    pane_s: Annotated[int, Meta(ge=1, le=86_400)] = 60
    window_s: Annotated[int, Meta(ge=1, le=604_800)] = 300
    tumbling: bool = False
    levels: Annotated[list[LevelName], Meta(min_length=1)]
    quantile: Annotated[float, Meta(gt=0, lt=1)] = 0.5
    bins: Annotated[int, Meta(ge=16, le=4_096)] = 256
    """For quantiles: the believed range is cut into so many equal bins."""
    rate_s: Annotated[int, Meta(ge=1, le=86_400)] = 3_600
    state: InState | None = None
    weighted: bool = False
    """A mean in which each sensor counts by its registered weight."""
    per: Literal["", "resident", "m2"] = ""
    min_coverage: Annotated[float, Meta(ge=0, le=1)] = 0.0
    """Where fewer of its sensors speak the value is unknown."""
    owner: str
    source: str


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a composite: ``bad`` scores 0, ``good`` scores 100, straight in between."""

    weight: Annotated[float, Meta(gt=0, le=1_000)] = 1.0
    bad: float
    good: float


class Composite(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A health index from 0 to 100: the weighted mean of what is known of its parts."""

    name: dict[str, str]
    parts: Annotated[dict[str, Part], Meta(min_length=1)]
    levels: Annotated[list[LevelName], Meta(min_length=1)]
    min_known: Annotated[float, Meta(ge=0, le=1)] = 0.5
    """Where less of the weight is known the index is unknown."""
    owner: str
    source: str


class SensorSigns(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All vital signs made from sensors, by name."""

    SECTION: ClassVar[str] = "sensor_signs"
    signs: dict[str, SensorSign] = {}
    composites: dict[str, Composite] = {}
