"""The tables of Linjiang's pack: areas, unit grids, units, types of cases, duties, components."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from chengyun.sim.linjiang.catalogue import HEADER, catalogue, crew_of
from chengyun.sim.linjiang.city import Linjiang
from chengyun.sim.linjiang.division import CITY_CODE, LEVELS
from chengyun.sim.linjiang.outlines import base_map
from chengyun.sim.linjiang.units import CREWS

REGISTERED: Final = (
    ("manhole", "manhole_cover", "0103", "road", 1_000),
    ("street_light", "street_light", "0118", "lighting", 1_000),
    ("lift", "lift_trapped", "0514", "lift_rescue", 500),
)
"""Components in the register: kind of place, type of case, class, trade of the owner, how many.

Every registered component is a fact when the pack is adopted, so not all of a city are entered.
"""
_SOURCE: Final = "duties of the simulated city"


def tables(city: Linjiang) -> dict[str, str]:
    """Return the CSV files of the pack by path."""
    return {
        "areas.csv": _areas(city),
        "unit_grids.csv": _unit_grids(city),
        "units.csv": _units(city),
        "case_types.csv": _csv(HEADER, catalogue()),
        "duty_list.csv": _duties(city),
        "assets.csv": _assets(city),
        "landmarks.csv": _landmarks(city),
    }


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    written = io.StringIO(newline="")
    table = csv.writer(written, lineterminator="\n")
    table.writerow(header)
    table.writerows(rows)
    return written.getvalue()


def degrees(e7: int) -> str:
    """Write 1e-7 degrees as degrees, exactly; Linjiang lies north and east.

    >>> degrees(1_213_000_001)
    '121.3000001'
    """
    return f"{e7 // 10_000_000}.{e7 % 10_000_000:07d}"


def _areas(city: Linjiang) -> str:
    areas = city.areas
    return _csv(
        ("code", "level", "parent", "name", "name_zh"),
        (
            (
                areas.code[one],
                LEVELS[int(areas.level[one])],
                areas.code[int(areas.parent[one])] if one else "",
                areas.name_en[one],
                areas.name_zh[one],
            )
            for one in range(len(areas))
        ),
    )


def _unit_grids(city: Linjiang) -> str:
    rows = []
    corners = zip(city.grids.lon_e7.tolist(), city.grids.lat_e7.tolist(), strict=True)
    for number, (lon, lat) in enumerate(corners):
        ring = [f"{degrees(x)} {degrees(y)}" for x, y in zip(lon, lat, strict=True)]
        rows.append((city.grid_code(number), ", ".join([*ring, ring[0]])))
    return _csv(("code", "polygon"), rows)


def _units(city: Linjiang) -> str:
    units = city.units
    return _csv(
        ("code", "name", "name_zh", "kind", "parent", "area"),
        zip(
            units.code,
            units.name_en,
            units.name_zh,
            units.kind,
            units.parent,
            (city.areas.code[area] for area in units.area.tolist()),
            strict=True,
        ),
    )


def _duties(city: Linjiang) -> str:
    """A line for every type in every area its crews serve; what names no area goes to the top."""
    units = city.units
    first: dict[tuple[str, int], str] = {}
    for code, trade, area in zip(units.code, units.trade, units.area.tolist(), strict=True):
        first.setdefault((trade, area), code)
    rows = []
    for type_ in (row[0] for row in catalogue()):
        crew = crew_of(type_)
        for area in city.areas.at_level(CREWS[crew].level):
            code = city.areas.code[area]
            rows.append((f"{type_}.{code}", type_, code, first[crew, int(area)], _SOURCE))
        rows.append((f"{type_}.{CITY_CODE}", type_, "", f"center.{CITY_CODE}", _SOURCE))
    return _csv(("code", "type", "area", "unit", "source"), rows)


def _assets(city: Linjiang) -> str:
    places, districts = city.places, city.areas.above("district")
    rows = []
    for kind, type_, class_, trade, most in REGISTERED:
        ours, codes = places.of(kind), city.component_codes(kind, class_)
        count = min(most, len(ours))
        for place in (np.arange(count) * len(ours) // count).tolist():
            at = int(ours[place])
            district = city.areas.code[int(districts[places.area[at]])]
            rows.append(
                (
                    codes[place],
                    type_,
                    city.address(at)[1],
                    f"{trade}.{district}",
                    f"{trade}.{district}",
                    "in_use",
                    degrees(int(places.lon_e7[at])),
                    degrees(int(places.lat_e7[at])),
                )
            )
    return _csv(("code", "type", "name", "owner", "maintainer", "state", "lon", "lat"), rows)


def _landmarks(city: Linjiang) -> str:
    """What the map names, with a point where it has one: a street or a river has none."""
    rows = []
    for number, feature in enumerate(json.loads(base_map(city))["features"], start=1):
        about, shape = feature["properties"], feature["geometry"]
        if "name" in about:
            point = shape["coordinates"] if shape["type"] == "Point" else ("", "")
            code = f"{about['kind']}.{number}"
            rows.append((code, about["kind"], about["name"], about["name_zh"], *point))
    return _csv(("code", "kind", "name", "name_zh", "lon", "lat"), rows)
