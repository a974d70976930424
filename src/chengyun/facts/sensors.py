"""Records of the stream lane that are no facts: registrations, batches, ticks.

They stand in the segment log, in one order with the observations; whatever they change is computed
from that log again after a crash.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

Code = Annotated[str, Meta(max_length=128)]


class SensorEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A sensor (神经元) as it is registered; sent again with another content it is bound anew."""

    id: Annotated[str, Meta(min_length=1, max_length=128)]
    property: Code
    feed: Code
    area: Code = ""
    """The code of the area it stands in, as fine as is known; empty for a moving one."""
    asset: Code = ""
    """The component it hangs on; without ``area`` it stands where that stands."""
    gateway: Code = ""
    """What carries its words; if that dies its sensors fall silent as one."""
    device: Annotated[str, Meta(pattern=r"^(\d{20})?$")] = ""
    """The national device code of 20 digits (GB/T 28181), if it has one."""
    cadence_s: Annotated[int, Meta(ge=0, le=86_400)] = 0
    """How often it speaks; 0 is as its property says."""
    weight: Annotated[int, Meta(ge=1, le=10_000)] = 1
    lon: Annotated[float, Meta(ge=-180, le=180)] | None = None
    lat: Annotated[float, Meta(ge=-90, le=90)] | None = None
    moving: bool = False
    """It says where it is with every value."""


class BatchTaken(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was answered for a batch: counts by verdict, and its digest to know it again."""

    feed: str
    id: str = ""
    digest: str = ""
    rows: int
    accepted: int = 0
    late: int = 0
    backfilled: int = 0
    duplicate: int = 0
    refused: int = 0


class TickRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The clock went on to ``at``; ticks are numbered without a gap."""

    number: int
    at: int
