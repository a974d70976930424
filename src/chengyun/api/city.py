"""What changes only with the city pack: the city, its areas, units, types, plans and signs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from chengyun.api.doors import Door
from chengyun.api.packing import Packed, answered
from chengyun.app.serving import Server
from chengyun.command.policy import Response as Plans
from chengyun.facts.registers import Areas, CaseTypes, City, Names, Units, city_of
from chengyun.vitals.policy import Signs
from chengyun.warn.policy import Bands

S = TypeVar("S", bound=msgspec.Struct)


class CityPages:
    """Answers from the policy in force; made once a version, with the version as ETag."""

    def __init__(self, server: Server, *, simulated: bool) -> None:
        self._engine = server.engine
        self._clock = server.clock
        self._simulated = simulated
        self._made: dict[tuple[str, str], Packed] = {}
        self.doors = tuple(
            Door(f"/api/v1/{name}", "city:read", self._page(name, make), wide=False)
            for name, make in (
                ("city", self.city),
                ("areas", self.areas),
                ("units", self.units),
                ("types", self.types),
                ("plans", self.plans),
                ("signs", self.signs),
            )
        )

    def _page(self, name: str, make: Callable[[str], Any]) -> Any:
        async def page(request: Request) -> Response:
            version = self._engine.policies.version(at=self._clock.now())
            tag = f'"{version[:32]}"'
            headers = {"Cache-Control": "no-cache", "ETag": tag}
            if request.headers.get("if-none-match") == tag:
                return Response(status_code=304, headers=headers)
            if (version, name) not in self._made:
                self._made = {key: kept for key, kept in self._made.items() if key[0] == version}
                self._made[version, name] = Packed(msgspec.json.encode(make(version)))
            content = self._made[version, name]
            return await answered(request, content, "application/json", headers)

        return page

    def _section(self, section: type[S], version: str) -> S:
        return self._engine.policies.pinned(section, version)

    def city(self, version: str) -> dict[str, Any]:
        """Return what the city is called, where it lies, which policy is in force."""
        city = self._section(City, version)
        return {
            "id": city.id,
            "name": city.name,
            "zone": city.zone,
            "languages": city.languages,
            "bounds": city.bounds,
            "partition": self._engine.partition,
            "policy_version": version,
            "simulated": self._simulated,
            "root_area": city_of(self._section(Areas, version)),
        }

    def areas(self, version: str) -> dict[str, Any]:
        """Return all areas, as the pack lists them."""
        return {
            "areas": [
                {"code": code, "level": area.level, "parent": area.parent, "name": names_of(area)}
                for code, area in self._section(Areas, version).areas.items()
            ]
        }

    def units(self, version: str) -> dict[str, Any]:
        """Return all responsible units."""
        return {
            "units": [
                {"code": code, "name": names_of(unit), "kind": unit.kind, "parent": unit.parent}
                for code, unit in self._section(Units, version).units.items()
            ]
        }

    def types(self, version: str) -> dict[str, Any]:
        """Return all kinds of cases."""
        return {
            "types": [
                {
                    "code": code,
                    "name": names_of(kind),
                    "category": kind.category,
                    "kind": kind.kind,
                    "classes": kind.classes,
                    "time_limit": kind.time_limit,
                    "graded_limits": kind.graded_limits,
                    "evidence": kind.evidence,
                }
                for code, kind in self._section(CaseTypes, version).types.items()
            ]
        }

    def plans(self, version: str) -> dict[str, Any]:
        """Return what response plans are called; one that is not here is called by its code."""
        names = self._section(Plans, version).names
        return {"plans": [{"code": code, "name": name} for code, name in names.items()]}

    def signs(self, version: str) -> dict[str, Any]:
        """Return all vital signs with the thresholds of each level of area."""
        bands = self._section(Bands, version).bands
        return {
            "signs": [
                {
                    "name": name,
                    "label": sign.name,
                    "unit": sign.unit,
                    "measures": sign.measures,
                    "property": sign.property,
                    "levels": {
                        level: {"judge": band.judge, "up": band.up, "down": band.down}
                        for level, band in (bands[name].levels.items() if name in bands else ())
                    },
                }
                for name, sign in self._section(Signs, version).signs.items()
            ]
        }


def names_of(entry: Any) -> Names:
    """Return the names of an entry by language; Chinese where the pack has it.

    A name in the pack's own language stands under ``en``, as everywhere in the registers.
    """
    chinese = getattr(entry, "name_zh", "")
    return {"en": entry.name} | ({"zh": chinese} if chinese else {})
