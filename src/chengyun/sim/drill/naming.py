"""What things are called in the city of a drill, in both languages."""

from __future__ import annotations

from typing import Final

from chengyun.app.packs import section
from chengyun.citypack.resolving import Resolved
from chengyun.command.policy import Response
from chengyun.facts.registers import Areas, CaseTypes, City, Names, Units
from chengyun.sim.world.kinds import BY_CODE
from chengyun.vitals.policy import Signs

CITY_LEVEL: Final = "city"


class Naming:
    """Names areas, units, types, signs, plans and kinds of events; an unknown code names itself."""

    def __init__(self, pack: Resolved) -> None:
        self._areas = section(pack, Areas).areas
        self._units = section(pack, Units).units
        self._types = section(pack, CaseTypes).types
        self._signs = section(pack, Signs).signs
        self._plans = section(pack, Response).names
        city = section(pack, City)
        self.city, self.zone, self.partition = city.name, city.zone, city.id

    def area(self, code: str) -> Names:
        """Return the name of an area."""
        found = self._areas.get(code)
        return _both(code) if found is None else _both(found.name, found.name_zh)

    def unit(self, code: str) -> Names:
        """Return the name of a unit."""
        found = self._units.get(code)
        return _both(code) if found is None else _both(found.name, found.name_zh)

    def type(self, code: str) -> Names:
        """Return the name of a case type."""
        found = self._types.get(code)
        return _both(code) if found is None else _both(found.name, found.name_zh)

    def sign(self, code: str) -> Names:
        """Return the name of a vital sign."""
        found = self._signs.get(code)
        return _both(code) if found is None else _both(code) | found.name

    def plan(self, name: str) -> Names:
        """Return the name of a response plan."""
        return _both(name) | self._plans.get(name, {})

    def kind(self, code: str) -> Names:
        """Return the name of a kind of event."""
        found = BY_CODE.get(code)
        return _both(code) if found is None else _both(found.en, found.zh)


def _both(en: str, zh: str = "") -> Names:
    return {"zh": zh or en, "en": en}
