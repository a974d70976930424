"""The pack's section ``fusing``: when two reports tell of the same thing."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta


class Fusing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Reports are compared with those still open; the rate of true duplicates is learned."""

    SECTION: ClassVar[str] = "fusing"
    radius_m: Annotated[int, Meta(ge=0, le=10_000)] = 50
    """How far apart two reports about one thing may lie."""
    group: str = ""
    """The attribute that says which types are alike; without it only the same type is."""
    gaps_s: list[int] = msgspec.field(default_factory=lambda: [360, 7_200, 86_400, 604_800])
    """Edges of the classes of time between two reports."""
    by_channel: bool = False
    """Whether the channel a report came by makes classes of its own."""
    fine_gaps_s: Annotated[list[int], Meta(max_length=32)] = msgspec.field(default_factory=list)
    """Edges of the finest classes of time; without them the classes end before."""
    memory_shift: Annotated[int, Meta(ge=0, le=20)] = 0
    """A class forgets 1/2^n of what it learned at each closing; 0 is nothing."""
    threshold_ppm: Annotated[int, Meta(ge=1, le=1_000_000)] = 325_000
    """Learned share of true duplicates from which on a report is merged."""
    prior_ppm: Annotated[int, Meta(ge=0, le=1_000_000)] = 30_000
    """What is assumed before anything was learned."""
    pseudo_count: Annotated[int, Meta(ge=1, le=100_000)] = 16
    """How many closings a finer class needs to weigh as much as the coarser one above it."""
    source: str
