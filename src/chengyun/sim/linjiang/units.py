"""Who works in Linjiang: centres, departments, crews and grid officers, with skills and rosters.

Units are bodies, never persons: a crew has a size and shifts, no names of people.
"""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from chengyun.sim.linjiang.case_types import CASE_KINDS
from chengyun.sim.linjiang.division import CITY_CODE, Division
from chengyun.sim.linjiang.ground import Ground, Ints, Longs
from chengyun.sim.linjiang.places import PlaceTable
from chengyun.sim.linjiang.seeds import stream


class Department(msgspec.Struct, frozen=True):
    """A department of the city."""

    en: str
    zh: str


class Crew(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of crew: its department, the level it serves, how many there are, and its roster."""

    en: str
    zh: str
    department: str
    level: str
    count: int = 1
    """Crews of the kind in every area of the level."""
    size: int = 4
    shifts: str = "round"


DEPARTMENTS: Final = {
    "water": Department("Water Affairs Bureau", "水务局"),
    "power": Department("Power Supply Bureau", "供电局"),
    "gas": Department("Gas Administration", "燃气管理处"),
    "lifts": Department("Market Supervision Bureau", "市场监督管理局"),
    "transport": Department("Transport Commission", "交通委员会"),
    "greening": Department("Greening and Appearance Bureau", "绿化市容局"),
    "police": Department("Public Security Bureau", "公安局"),
    "metro": Department("Metro Company", "地铁公司"),
    "civil": Department("Civil Affairs Bureau", "民政局"),
    "urban": Department("Urban Management Bureau", "城市管理执法局"),
    "data": Department("Data Bureau", "数据局"),
}
"""All departments by code."""

CREWS: Final = {
    "water": Crew(en="Water Repair", zh="供水抢修队", department="water", level="district"),
    "power": Crew(en="Power Repair", zh="电力抢修队", department="power", level="district"),
    "gas": Crew(en="Gas Emergency", zh="燃气抢险队", department="gas", level="district"),
    "lift_rescue": Crew(en="Lift Rescue", zh="电梯救援队", department="lifts", level="district"),
    "drainage": Crew(en="Drainage", zh="排水养护队", department="water", level="district", size=6),
    "pump_truck": Crew(
        en="Pump Truck", zh="排涝泵车", department="water", level="district", count=3, size=3
    ),
    "flood_defence": Crew(
        en="Flood Defence", zh="防汛巡堤队", department="water", level="district", size=8
    ),
    "road": Crew(en="Road Repair", zh="道路养护队", department="transport", level="district"),
    "lighting": Crew(en="Lighting", zh="路灯维修队", department="transport", level="district"),
    "greening": Crew(en="Tree", zh="绿化抢险队", department="greening", level="district"),
    "traffic_police": Crew(
        en="Traffic Police", zh="交警中队", department="police", level="district", size=8
    ),
    "public_security": Crew(
        en="Public Security", zh="治安大队", department="police", level="district", size=20
    ),
    "metro": Crew(en="Metro Operations", zh="地铁运营班", department="metro", level="district"),
    "maintenance": Crew(
        en="Device Maintenance", zh="感知设备运维队", department="data", level="district"
    ),
    "duty_office": Crew(
        en="Duty Office", zh="值班室", department="data", level="district", size=3
    ),
    "sanitation": Crew(
        en="Sanitation", zh="环卫班组", department="greening", level="subdistrict", shifts="early"
    ),
    "urban": Crew(
        en="Urban Management", zh="城管中队", department="urban", level="subdistrict", size=6
    ),
    "civil": Crew(
        en="Civil Service", zh="社区服务队", department="civil", level="subdistrict", shifts="day"
    ),
    "grid_officer": Crew(
        en="Grid Officers", zh="网格巡查队", department="", level="subdistrict", size=12,
        shifts="long",
    ),
}  # fmt: skip
"""All kinds of crews by code; grid officers find and check, the others handle."""

SHIFTS: Final = {
    "round": ((0, 1440),),
    "early": ((300, 780), (840, 1200)),
    "day": ((480, 1080),),
    "long": ((420, 1320),),
}
"""Rosters: when a unit is on duty, in minutes of the local day; ``round`` takes turns all day."""


class UnitTable(msgspec.Struct, frozen=True):
    """All units; ``area`` is a number of ``Areas``, home is where the unit waits."""

    code: list[str]
    name_en: list[str]
    name_zh: list[str]
    kind: list[str]
    """``center``, ``department``, ``crew`` or ``grid_officer``."""
    parent: list[str]
    """The code of the unit above, empty at the top."""
    trade: list[str]
    """A key of ``CREWS``, empty for centres and departments."""
    area: Ints
    skills: list[tuple[str, ...]]
    """The types of cases it handles."""
    lon_e7: Longs
    lat_e7: Longs
    size: NDArray[np.int16]
    shifts: list[str]
    """A key of ``SHIFTS``."""

    def __len__(self) -> int:
        return len(self.code)


def on_duty(shifts: str, minute: int) -> bool:
    """Tell whether a roster has someone on duty in this minute of the local day.

    >>> on_duty("day", 479), on_duty("day", 480)
    (False, True)
    """
    return any(start <= minute < end for start, end in SHIFTS[shifts])


class _Row(msgspec.Struct, frozen=True):
    code: str
    en: str
    zh: str
    kind: str
    parent: str
    area: int
    trade: str = ""
    size: int = 6
    shifts: str = "round"


def units_of(ground: Ground, division: Division, places: PlaceTable, seed: int) -> UnitTable:
    """Return all units of the divided city, from the top down."""
    areas = division.areas
    rows = [
        _Row(f"center.{CITY_CODE}", "City Operations Centre", "城市运行管理中心", "center", "", 0)
    ]
    rows += [
        _Row(f"dept.{code}", one.en, one.zh, "department", rows[0].code, 0)
        for code, one in DEPARTMENTS.items()
    ]
    for level, suffix_en, suffix_zh in (
        ("district", "District Centre", "城运中心"),
        ("subdistrict", "Subdistrict Centre", "街道城运站"),
    ):
        for area in areas.at_level(level):
            above = f"center.{areas.code[int(areas.parent[area])]}"
            en, zh = _bare(division, int(area))
            zh += "区" if level == "district" else ""
            rows.append(
                _Row(f"center.{areas.code[area]}", f"{en} {suffix_en}", zh + suffix_zh, "center",
                     above, int(area))
            )  # fmt: skip
    for trade, crew in CREWS.items():
        for area in areas.at_level(crew.level):
            rows += _crews(division, int(area), trade, crew)
    lon, lat = _homes(division, places, rows, stream(seed, ground.scale.name, "units"))
    skills = {
        trade: tuple(kind.code for kind in CASE_KINDS if kind.crew == trade) for trade in CREWS
    }
    return UnitTable(
        [row.code for row in rows],
        [row.en for row in rows],
        [row.zh for row in rows],
        [row.kind for row in rows],
        [row.parent for row in rows],
        [row.trade for row in rows],
        np.array([row.area for row in rows], np.int32),
        [skills.get(row.trade, ()) for row in rows],
        lon,
        lat,
        np.array([row.size for row in rows], np.int16),
        [row.shifts for row in rows],
    )


def _bare(division: Division, area: int) -> tuple[str, str]:
    """Return the names of an area without what says its level."""
    en, zh = division.areas.name_en[area], division.areas.name_zh[area]
    return en.rsplit(" ", 1)[0], zh.removesuffix("街道").removesuffix("区")


def _crews(division: Division, area: int, trade: str, crew: Crew) -> list[_Row]:
    areas = division.areas
    en, zh = _bare(division, area)
    parent = f"dept.{crew.department}" if crew.level == "district" else f"center.{areas.code[area]}"
    kind = "grid_officer" if trade == "grid_officer" else "crew"
    team = "" if kind == "grid_officer" else " Crew"
    rows = []
    for number in range(1, crew.count + 1):
        last = "" if crew.count == 1 else str(number)
        rows.append(
            _Row(
                f"{trade}.{areas.code[area]}" + (f".{number}" if last else ""),
                f"{en} {crew.en}{team} {last}".rstrip(),
                zh + crew.zh + (f"{last}号" if last else ""),
                kind,
                parent,
                area,
                trade,
                crew.size,
                crew.shifts,
            )
        )
    return rows


def _homes(
    division: Division, places: PlaceTable, rows: list[_Row], rng: np.random.Generator
) -> tuple[Longs, Longs]:
    """Return where each unit waits: beside the office of a neighbourhood of its area."""
    centres = places.of("community_centre")
    above = {
        level: division.areas.above(level)[places.area[centres]]
        for level in ("district", "subdistrict")
    }
    drawn = rng.random(len(rows))
    lon, lat = np.empty(len(rows), np.int64), np.empty(len(rows), np.int64)
    for number, row in enumerate(rows):
        ours = centres
        for part in above.values():
            if (part == row.area).any():
                ours = centres[part == row.area]
        home = ours[int(drawn[number] * len(ours))]
        # Units of one yard stand some 10 m apart, so that a map shows each of them.
        lon[number] = places.lon_e7[home] + (number % 5) * 1_200
        lat[number] = places.lat_e7[home] + (number % 3) * 1_000
    return lon, lat
