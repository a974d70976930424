"""What the registers of a pack must make sense of: city, areas, grids, units, assets, calendar."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

from chengyun.app.pack_catalogue_checks import components
from chengyun.citypack.sections import Finding, Sections
from chengyun.facts.registers import (
    Areas,
    AssetRegister,
    Bounds,
    CalendarPolicy,
    City,
    UnitGridRegister,
    Units,
)
from chengyun.kernel import areas as kernel_areas
from chengyun.kernel import calendars, grids, instants
from chengyun.kernel.areas import Area, AreaLevel
from chengyun.kernel.crs import KnownCrs, to_inside
from chengyun.kernel.errors import Rejected

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


# --- city -------------------------------------------------------------------------------------
def city(section: City, _sections: Sections) -> Iterator[Finding]:
    """Zone, names, bounds and the grid's origin."""
    try:
        instants.zone(section.zone)
    except Rejected as wrong:
        yield Finding(("zone",), wrong.what, wrong.remedy, wrong.code)
    if not section.languages:
        yield Finding(("languages",), "no language is named", "name en or zh", "missing")
    for language in section.languages:
        if not section.name.get(language, "").strip():
            what = f"the city has no name in {language!r}, one of its languages"
            yield Finding(("name",), what, f"add {language}: …", "missing")
    box = section.bounds
    if not (box.west < box.east and box.south < box.north):
        yield Finding(
            ("bounds",),
            "the bounds hold nothing: west must be less than east, south less than north",
            "put the numbers in their places",
            "empty_bounds",
        )
        return
    grid = section.generated_grid
    if grid is not None and (grid.origin_lon > box.west or grid.origin_lat > box.south):
        yield Finding(
            ("generated_grid",),
            "the grid begins inside the bounds, so places west or south of it have no cell",
            f"use the south-west corner, {box.west} and {box.south}, or farther",
            "grid_too_small",
        )
    elif grid is not None:
        yield from _grid_reaches(section)


def _grid_reaches(section: City) -> Iterator[Finding]:
    grid, box = section.generated_grid, section.bounds
    if grid is None:
        return
    try:
        origin = to_inside(KnownCrs.WGS_84, grid.origin_lon, grid.origin_lat)
        corner = to_inside(KnownCrs.WGS_84, box.east, box.north)
        cell = grids.GeneratedGrid(origin, cell_m=grid.cell_m).grid_of(corner)
    except Rejected as wrong:
        yield Finding(("generated_grid",), wrong.what, wrong.remedy, wrong.code)
        return
    if cell is None:
        yield Finding(
            ("generated_grid", "cell_m"),
            "the grid does not reach the north-east corner of the bounds",
            "choose larger cells or smaller bounds",
            "grid_too_small",
        )


def _within(box: Bounds, lon: float, lat: float) -> bool:
    return box.west <= lon <= box.east and box.south <= lat <= box.north


# --- areas, grids, units ----------------------------------------------------------------------
def areas(section: Areas, sections: Sections) -> Iterator[Finding]:
    """One root, parents above children, no cycle; unknown parents are found as references."""
    listed = [
        Area(code, AreaLevel(area.level), area.parent, {"en": area.name})
        for code, area in section.areas.items()
    ]
    from_absence = {"unknown_parent"} if sections.whole(Areas) else {"unknown_parent", "no_root"}
    for wrong in kernel_areas.mistakes(listed):
        if wrong.code not in from_absence:
            code = wrong.params.get("area", "")
            path = ("areas", code, "parent") if code else ("areas",)
            yield Finding(path, wrong.what, wrong.remedy, wrong.code)


def unit_grids(section: UnitGridRegister, _sections: Sections) -> Iterator[Finding]:
    """Codes of 15 digits, sound polygons that do not overlap."""
    sound: list[grids.RegisteredGrid] = []
    for code, entry in section.grids.items():
        try:
            sound.append(grids.RegisteredGrid(code, (polygon(entry.polygon),)))
        except ValueError:
            yield Finding(
                ("grids", code, "polygon"),
                "the polygon is no list of `lon lat` separated by commas",
                "write it as 121.47 31.23, 121.48 31.23, 121.48 31.24, 121.47 31.23",
                "bad_polygon",
            )
    for wrong in grids.mistakes(sound):
        code = wrong.params.get("grid", "")
        column = () if wrong.code == "bad_grid_code" else ("polygon",)
        yield Finding(("grids", code, *column), wrong.what, wrong.remedy, wrong.code)


def polygon(text: str) -> tuple[tuple[float, float], ...]:
    """Read ``lon lat, lon lat, …``; raises ``ValueError`` for anything else.

    >>> polygon("1 2, 3 4")
    ((1.0, 2.0), (3.0, 4.0))
    """
    ring: list[tuple[float, float]] = []
    for pair in text.split(","):
        lon, lat = pair.split()
        ring.append((float(lon), float(lat)))
    return tuple(ring)


def units(section: Units, _sections: Sections) -> Iterator[Finding]:
    """No unit stands above itself."""
    sound: set[str] = set()
    for start in section.units:
        way: list[str] = []
        code = start
        while code in section.units and code not in sound and code not in way:
            way.append(code)
            code = section.units[code].parent
        if code in way:
            cycle = way[way.index(code) :]
            what = f"the unit stands above itself: {' → '.join([*cycle, code])}"
            yield Finding(("units", code, "parent"), what, "correct a parent", "unit_cycle")
        sound.update(way)


def assets(section: AssetRegister, sections: Sections) -> Iterator[Finding]:
    """A place has both coordinates and lies in the city; codes are those of the catalogue."""
    yield from components(section, sections)
    where = sections.get(City)
    for code, asset in section.assets.items():
        if (asset.lon is None) != (asset.lat is None):
            column = "lon" if asset.lon is None else "lat"
            yield Finding(
                ("assets", code, column), f"{column} is missing", "give both or none", "missing"
            )
        elif (
            where is not None
            and asset.lon is not None
            and asset.lat is not None
            and not _within(where.bounds, asset.lon, asset.lat)
        ):
            yield Finding(
                ("assets", code),
                f"{asset.lon}, {asset.lat} lies outside the city's bounds",
                "give longitude and latitude in the reference system of city.yaml",
                "outside_city",
            )


# --- calendar ---------------------------------------------------------------------------------
def calendar(section: CalendarPolicy, _sections: Sections) -> Iterator[Finding]:
    """Spans in order, real days, and no day that is both free and worked."""
    found = [*_spans(section), *_days(section)]
    yield from found
    if found:
        return
    try:
        calendars.WorkingCalendar(
            ZoneInfo("UTC"),
            {_WEEKDAYS.index(day): spans_of(spans) for day, spans in section.hours.items()},
            holidays=frozenset(map(date.fromisoformat, section.holidays)),
            make_up_days=frozenset(map(date.fromisoformat, section.make_up_days)),
        )
    except Rejected as wrong:
        yield Finding(("hours",), wrong.what, wrong.remedy, wrong.code)


def spans_of(spans: list[str]) -> tuple[tuple[int, int], ...]:
    """Return ``HH:MM-HH:MM`` as minutes of the day.

    >>> spans_of(["09:00-12:00", "13:30-24:00"])
    ((540, 720), (810, 1440))
    """
    ends = [span.split("-") for span in spans]
    return tuple((_minute(start), _minute(end)) for start, end in ends)


def _minute(clock: str) -> int:
    hours, minutes = clock.split(":")
    return 60 * int(hours) + int(minutes)


def _spans(section: CalendarPolicy) -> Iterator[Finding]:
    for day, spans in section.hours.items():
        last = 0
        for number, (start, end) in enumerate(spans_of(spans)):
            path = ("hours", day, number)
            if start >= end:
                what = f"{spans[number]} ends before it begins"
                yield Finding(path, what, "work past midnight belongs to the next day too", "span")
            elif start < last:
                what = f"{spans[number]} overlaps the span before it"
                yield Finding(path, what, "put the spans of a day in order, apart", "span")
            last = max(last, end)


def _days(section: CalendarPolicy) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for field in ("holidays", "make_up_days"):
        for number, day in enumerate(getattr(section, field)):
            path = (field, number)
            try:
                date.fromisoformat(day)
            except ValueError:
                yield Finding(path, f"{day} is no day of the calendar", "correct it", "no_day")
                continue
            if seen.get(day) == field:
                yield Finding(path, f"{day} is listed twice", "keep one", "duplicate_day")
            elif day in seen:
                what = f"{day} is a holiday and a make-up day"
                yield Finding(path, what, "keep it in one of the two lists", "holiday_worked")
            seen.setdefault(day, field)
