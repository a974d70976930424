"""What codes are called: names of a version of the pack in a language, times on its clock."""

from __future__ import annotations

from typing import Final

from chengyun.engine.policies import Policies
from chengyun.facts.registers import (
    AreaEntry,
    Areas,
    CaseTypeEntry,
    CaseTypes,
    City,
    Names,
    UnitEntry,
    Units,
)
from chengyun.kernel.instants import Instant, to_datetime, zone

LEVELS: Final[dict[str, Names]] = {
    "blue": {"zh": "蓝色", "en": "blue"},
    "yellow": {"zh": "黄色", "en": "yellow"},
    "orange": {"zh": "橙色", "en": "orange"},
    "red": {"zh": "红色", "en": "red"},
}


class Naming:
    """Names by one version of the pack, in one language; a code that it does not know stays."""

    def __init__(self, policies: Policies, version: str, language: str) -> None:
        self._policies = policies
        self._version = version
        self.language = language
        self._zone = zone(policies.pinned(City, version).zone)

    def city(self) -> str:
        """Return what the city is called."""
        names = self._policies.pinned(City, self._version).name
        return names.get(self.language) or next(iter(names.values()))

    def area(self, code: str) -> str:
        """Return what an area is called."""
        return self._called(self._policies.pinned(Areas, self._version).areas.get(code), code)

    def unit(self, code: str) -> str:
        """Return what a unit is called."""
        return self._called(self._policies.pinned(Units, self._version).units.get(code), code)

    def type(self, code: str) -> str:
        """Return what a type of case is called."""
        return self._called(self.type_entry(code), code)

    def type_entry(self, code: str) -> CaseTypeEntry | None:
        """Return what the catalogue says of a type of case."""
        return self._policies.pinned(CaseTypes, self._version).types.get(code)

    def level(self, code: str) -> str:
        """Return what a level of warning is called."""
        return LEVELS.get(code, {}).get(self.language, code)

    def time(self, at: int | None) -> str:
        """Return an instant on the city's clock, empty where there is none."""
        return "" if at is None else f"{to_datetime(Instant(at), self._zone):%Y-%m-%d %H:%M}"

    def _called(self, entry: AreaEntry | UnitEntry | CaseTypeEntry | None, code: str) -> str:
        if entry is None:
            return code
        return entry.name_zh if self.language == "zh" and entry.name_zh else entry.name
