"""The tables of Linjiang's pack: areas, unit grids, units, types of cases, duties, components."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from chengyun.sim.linjiang.case_types import CASE_KINDS
from chengyun.sim.linjiang.city import Linjiang
from chengyun.sim.linjiang.division import CITY_CODE, LEVELS
from chengyun.sim.linjiang.units import CREWS

REGISTERED: Final = (
    ("manhole", "manhole_cover", "road", 1_000),
    ("street_light", "street_light", "lighting", 1_000),
    ("lift", "lift_trapped", "lift_rescue", 500),
)
"""Components in the register: kind of place, type of case, trade of the owner, and how many.

Every registered component is a fact when the pack is adopted, so not all of a city are entered.
"""
_SOURCE: Final = "duties of the simulated city"


def tables(city: Linjiang) -> dict[str, str]:
    """Return the CSV files of the pack by path."""
    return {
        "areas.csv": _areas(city),
        "unit_grids.csv": _unit_grids(city),
        "units.csv": _units(city),
        "case_types.csv": _case_types(),
        "duty_list.csv": _duties(city),
        "assets.csv": _assets(city),
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


def _case_types() -> str:
    header = ("code", "name", "name_zh", "category", "filing_condition", "time_limit",
              "closing_condition", "owner", "fallback", "source")  # fmt: skip
    return _csv(
        header,
        (
            (
                kind.code,
                kind.en,
                kind.zh,
                kind.category,
                kind.files,
                kind.limit,
                kind.closes,
                f"dept.{CREWS[kind.crew].department}",
                f"center.{CITY_CODE}",
                kind.source,
            )
            for kind in CASE_KINDS
        ),
    )


def _duties(city: Linjiang) -> str:
    """A line for every type in every area its crews serve; what names no area goes to the top."""
    units = city.units
    first: dict[tuple[str, int], str] = {}
    for code, trade, area in zip(units.code, units.trade, units.area.tolist(), strict=True):
        first.setdefault((trade, area), code)
    rows = []
    for kind in CASE_KINDS:
        for area in city.areas.at_level(CREWS[kind.crew].level):
            code = city.areas.code[area]
            rows.append(
                (f"{kind.code}.{code}", kind.code, code, first[kind.crew, int(area)], _SOURCE)
            )
        rows.append((f"{kind.code}.{CITY_CODE}", kind.code, "", f"center.{CITY_CODE}", _SOURCE))
    return _csv(("code", "type", "area", "unit", "source"), rows)


def _assets(city: Linjiang) -> str:
    places, districts = city.places, city.areas.above("district")
    rows = []
    for kind, type_, trade, most in REGISTERED:
        ours, codes = places.of(kind), city.component_codes(kind)
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
                    degrees(int(places.lon_e7[at])),
                    degrees(int(places.lat_e7[at])),
                )
            )
    return _csv(("code", "type", "name", "owner", "lon", "lat"), rows)
