"""A town of one district and six neighbourhoods, small enough to think about."""

from chengyun.sim.world.kinds import KINDS
from chengyun.sim.world.town import Spot, Town, Unit

HOODS = [f"n{number}" for number in range(6)]
TYPES = sorted({kind.type for kind in KINDS if kind.type})


class Some(list[Spot]):
    def inside(self, area: str) -> "Some":
        return Some(one for one in self if area in (one.area, "city", "d1", _ABOVE[one.area]))


_ABOVE = {hood: "s1" if number < 3 else "s2" for number, hood in enumerate(HOODS)}


def town() -> Town:
    parents = {"city": "", "d1": "city", "s1": "d1", "s2": "d1"}
    parents |= _ABOVE

    def spots(kind: str) -> Some:
        return Some(
            Spot(
                1_213_000_000 + 9_000 * number + 700 * index + len(kind),
                311_000_000 + 400 * index,
                hood,
                f"临江路{number}{index}号",
                f"{number}{index} Linjiang Rd",
            )
            for number, hood in enumerate(HOODS)
            for index in range(5)
        )

    units = {
        code: Unit(code, kind, parent, 1_213_000_000, 311_000_000, 8)
        for code, kind, parent in (
            ("center", "center", ""),
            ("water", "department", "center"),
            ("roads", "department", "center"),
            ("crew-1", "crew", "roads"),
            ("crew-2", "crew", "roads"),
            ("officer-1", "grid_officer", "center"),
            ("officer-2", "grid_officer", "center"),
        )
    }
    duties = {(type_, area): f"crew-{area[1]}" for type_ in TYPES for area in ("s1", "s2")}
    duties |= {("water_outage", "d1"): "water"}
    for area in ("s1", "s2"):
        del duties["water_outage", area]
    return Town(
        zone="Asia/Shanghai",
        root="city",
        digest="toy",
        parents=parents,
        districts=["d1"],
        residents=dict.fromkeys(HOODS, 20_000),
        spots={kind: spots(kind) for kind in ("building", "shop", "underpass", "lift")},
        riverside=["n0", "n3"],
        underpasses=["n1", "n4"],
        units=units,
        duties=duties,
        usual_rain_mm=lambda district, at: 0.0,
        usual_people=lambda area, at: 500.0,
        usual_tide_mm=lambda at: 2_500.0,
        is_worked=lambda day: day.weekday() < 5,
    )
