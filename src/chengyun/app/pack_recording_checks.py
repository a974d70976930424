"""What the mappings of recorded sensor data must make sense of."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from decimal import Decimal

import shapely

from chengyun.app.pack_feed_checks import problem_of
from chengyun.app.pack_register_checks import polygon
from chengyun.citypack.mistakes import shown
from chengyun.citypack.sections import Finding, Path, Sections
from chengyun.facts.registers import Areas, Properties
from chengyun.kernel import crs, instants
from chengyun.kernel.errors import Rejected
from chengyun.kernel.units import convert_micro
from chengyun.sense.policy import NamedSensors, RecordedTable, RecordedTime, Recordings, SensorTable


def recordings(section: Recordings, sections: Sections) -> Iterator[Finding]:
    """Zones, encodings, times, units and places; one way to tell the sensors apart."""
    for name, table in section.recordings.items():
        here: Path = ("recordings", name)
        yield from _declared(table, here)
        for field, time in (("at", table.at), ("received", table.received)):
            if time is not None:
                yield from _time(time, (*here, field))
        if (table.named is None) == (not table.sensors):
            what = "sensors are either named in a column or have a column each"
            yield Finding(here, what, "give either named or sensors", "no_sensors")
        if table.named is not None:
            yield from _named(table.named, sections, (*here, "named"))
        for sensor, one in table.sensors.items():
            at: Path = (*here, "sensors", sensor)
            yield from _unit(one.property, one.unit, sections, at)
            if not one.area and one.lon is None:
                yield Finding(at, "nothing says where it stands", "add area: CODE", "no_place")
            if (one.lon is None) != (one.lat is None):
                yield Finding(at, "only one of lon and lat is given", "give both", "no_place")


def _declared(table: RecordedTable, here: Path) -> Iterator[Finding]:
    try:
        instants.zone(table.zone)
    except Rejected as wrong:
        yield Finding((*here, "zone"), wrong.what, wrong.remedy, wrong.code)
    if table.encoding != "detect":
        try:
            codecs.lookup(table.encoding)
        except LookupError:
            what = f"{table.encoding!r} is no encoding"
            remedy = "use detect, utf-8 or gb18030"
            yield Finding((*here, "encoding"), what, remedy, "unknown_encoding")


def _time(time: RecordedTime, here: Path) -> Iterator[Finding]:
    if time.as_ == "iso_time" and time.formats:
        what = "formats are for local times"
        yield Finding((*here, "formats"), what, "remove them", "useless_formats")
        return
    for number, form in enumerate(time.formats):
        if problem := problem_of(form):
            yield Finding(
                (*here, "formats", number),
                f"{shown(form)} {problem}",
                "write it for strptime, such as %Y %m %d %H",
                "bad_format",
            )


def _unit(code: str, unit: str, sections: Sections, here: Path) -> Iterator[Finding]:
    found = sections.get(Properties)
    entry = None if found is None else found.properties.get(code)
    if entry is None or not unit:
        return
    try:
        convert_micro(Decimal(1), unit, entry.unit)
    except Rejected as wrong:
        yield Finding((*here, "unit"), wrong.what, wrong.remedy, wrong.code)


def _named(named: NamedSensors, sections: Sections, here: Path) -> Iterator[Finding]:
    yield from _unit(named.property, named.unit, sections, here)
    if not named.area and named.table is None:
        what = "nothing says where they stand"
        yield Finding(here, what, "add area: CODE, or a table that tells it of each", "no_place")
    if named.table is not None:
        yield from _table(named.table, sections, (*here, "table"))


def _table(table: SensorTable, sections: Sections, here: Path) -> Iterator[Finding]:
    try:
        crs.crs(table.crs)
    except Rejected as wrong:
        yield Finding((*here, "crs"), wrong.what, wrong.remedy, wrong.code)
    areas = sections.get(Areas)
    sound: dict[str, shapely.Polygon] = {}
    for code, text in table.areas.items():
        path = (*here, "areas", code)
        if areas is not None and sections.whole(Areas) and code not in areas.areas:
            what = f"{code!r} is no area of this city"
            yield Finding(path, what, "declare it in areas.csv", "unknown_reference")
        try:
            shape = shapely.Polygon(polygon(text))
        except ValueError:
            shape = shapely.Polygon()
        if shape.is_empty or not shape.is_valid:
            what = "the polygon is no sound list of `lon lat` separated by commas"
            remedy = "write it as 121.47 31.23, 121.48 31.23, 121.48 31.24"
            yield Finding(path, what, remedy, "bad_polygon")
            continue
        for other, before in sound.items():
            if before.intersection(shape).area > 0:
                what = f"it overlaps {other!r}"
                yield Finding(path, what, "let each place be in one of them", "overlapping")
        sound[code] = shape
