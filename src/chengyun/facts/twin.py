"""Where things are: reports located, registers loaded, geocodes that mean "don't know"."""

from __future__ import annotations

from typing import Literal

import msgspec

from chengyun.facts.envelope import Body
from chengyun.facts.places import Place

CrewState = Literal["free", "under_way", "on_site"]


class ReportLocated(Body, frozen=True, kw_only=True):
    """The place of a report, as far as it can be believed."""

    report: str
    feed: str
    type: str
    place: Place | None
    """``None`` where the place is unknown, whatever the sender wrote."""
    grid: str
    street: str
    """The street that the report named, as far as its address tells."""
    asset: str
    code: str
    """Why the place is believed or not: ``given``, ``missing``, ``default_geocode``."""
    params: dict[str, str]


class DefaultGeocodeFound(Body, frozen=True, kw_only=True):
    """Many unlike reports share one exact point: it is a geocoder's way to say "unknown"."""

    place: Place
    place_texts: int


class AssetRegistered(Body, frozen=True, kw_only=True):
    """A component (部件) entered the register or changed."""

    code: str
    type: str
    name: str
    owner: str
    place: Place | None
    cell: str
    """The look-up cell of its place."""


class CrewMoved(Body, frozen=True, kw_only=True):
    """A crew said where it is and what it is doing; in between nothing is known."""

    unit: str
    state: CrewState
    place: Place | None
    case: str
    """The case it is about; empty for a crew that is free."""


class SensorGroup(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Sensors to which the same happened: all behind a gateway, or of a property in an area."""

    gateway: str = ""
    property: str = ""
    area: str = ""
    count: int
    sensors: list[str]
    """The ids of the first of them."""


class SensorsFellSilent(Body, frozen=True, kw_only=True):
    """Sensors said nothing for longer than their cadence allows: what they measure is unknown."""

    tick: int
    groups: list[SensorGroup]


class SensorsSpokeAgain(Body, frozen=True, kw_only=True):
    """Sensors that had been silent speak again."""

    tick: int
    groups: list[SensorGroup]
