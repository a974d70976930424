"""The pack's sections ``duty_list`` and ``routing``: whose business something is."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import Meta


class Duty(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line of the duty list (权责清单): this type in this area belongs to this unit."""

    type: str
    area: str = ""
    """The area it holds for, with all below; empty for the whole city."""
    unit: str
    source: str


class DutyList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The duty list; of several lines that fit, the one for the smallest area holds."""

    SECTION: ClassVar[str] = "duty_list"
    duties: dict[str, Duty] = {}


class Homes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which field of a report tells the place whose own unit may be meant, and for what."""

    field: str
    contexts: Annotated[list[list[str]], Meta(max_length=10)]


class Routing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a unit is proposed where the duty list is silent."""

    SECTION: ClassVar[str] = "routing"
    table: dict[str, Any] | None = None
    """A decision table (GoRules JDM) asked after the duty list and before the model."""
    contexts: list[list[str]]
    """What the model looks at: groups of ``type``, ``area``, ``title``, ``channel``, attributes."""
    homes: Homes | None = None
    """The places whose own units the model learns of; without it there are none."""
    names: dict[str, Annotated[int, Meta(ge=1, le=10)]] = {}
    """The fields whose words are compared with the names of units, each with its weight."""
    namesake_ppm: Annotated[int, Meta(ge=1, le=1_000_000)] = 500_000
    """How like its name a unit must be to a type that never closed to be proposed for it."""
    candidates: Annotated[int, Meta(ge=1, le=20)] = 3
    threshold_ppm: Annotated[int, Meta(ge=0, le=1_000_000)] = 500_000
    """Confidence below which a person decides."""
    default_process: str
    source: str


SECTIONS = (DutyList, Routing)
