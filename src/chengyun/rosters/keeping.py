"""Rosters as they are kept: read from rows, of the engine, of a store, or as of an instant."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from chengyun.engine.tables import Key, Table
from chengyun.facts.registers import City, Units
from chengyun.kernel.instants import Instant, to_datetime, zone
from chengyun.kernel.rosters import Shift, StandIn
from chengyun.rosters.views import AWAY, DUTY_DAYS


class UnitsUp(msgspec.Struct, frozen=True):
    """What of a pack a roster is asked by: the city's zone, and what stands above each unit."""

    zone: ZoneInfo
    above: Mapping[str, str]


def units_up(city: City, units: Units) -> UnitsUp:
    """Return it of a pack's sections."""
    return UnitsUp(zone(city.zone), {code: unit.parent for code, unit in units.units.items()})


class KeptRosters:
    """The ``kernel.rosters.Roster`` behind ``get``: how a row is found by table and key."""

    def __init__(self, get: Callable[[Table[Any], Key], Any], units: UnitsUp) -> None:
        self._get = get
        self._units = units

    def day_of(self, at: Instant) -> date:
        """Return the local day of an instant."""
        return to_datetime(at, self._units.zone).date()

    def shifts_of(self, unit: str, day: date) -> Sequence[Shift] | None:
        """Return the shifts of a unit that begin on a day; None where it keeps no roster then."""
        row = self._get(DUTY_DAYS, (unit, day.isoformat()))
        return None if row is None else row.shifts

    def stand_ins_of(self, person: str) -> Sequence[StandIn]:
        """Return when a person is away, and who stands in."""
        row = self._get(AWAY, person)
        return () if row is None else row.times

    def above(self, unit: str) -> str:
        """Return the unit directly above, empty at the top."""
        return self._units.above.get(unit, "")
