"""The pack's section ``bands``: from which value a sign warns, and below which it may end."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from chengyun.facts.registers import Level, LevelName


class Band(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The thresholds of a sign at one level of area.

    ``up`` holds what each warning level begins at; ``down`` what the sign must stay below for
    ``dwell_s`` before a warning ends. Values are in the sign's unit, or in thousandths of a
    decade of improbability where ``judge`` is ``surprise``.
    """

    judge: Literal["value", "surprise"]
    up: Annotated[dict[Level, float], Meta(min_length=1)]
    down: float
    dwell_s: Annotated[int, Meta(ge=0, le=2_678_400)]
    ramp_days: Annotated[int, Meta(ge=0, le=366)] = 0
    """While the baseline knows fewer days, ``ramp_extra`` is added to every threshold."""
    ramp_extra: float = 0.0


class SignBands(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The bands of a sign by level of area."""

    levels: dict[LevelName, Band]
    widened_at_most: Level = "yellow"
    """A warning beside one of its type that stands as high already rises no higher than this."""
    source: str


class Bands(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The bands of all signs."""

    SECTION: ClassVar[str] = "bands"
    bands: dict[str, SignBands]
