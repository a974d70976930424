"""Which sensors a recording has and where they stand, checked as a registration over HTTP is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import shapely

from chengyun.adapters.files.tables import BadRow, Row, open_table
from chengyun.app.pack_register_checks import polygon
from chengyun.app.stream.city import CityOfSensors
from chengyun.app.stream.registering import checked
from chengyun.facts.sensors import SensorEntry
from chengyun.kernel import crs
from chengyun.kernel.crs import E7
from chengyun.kernel.errors import Rejected
from chengyun.sense.policy import NamedSensors, RecordedTable, SensorTable
from chengyun.sim.observe.refusing import Refusals


def entries_of(
    declared: RecordedTable,
    seen: list[str],
    table: Path | None,
    city: CityOfSensors,
    refusals: Refusals,
) -> list[SensorEntry]:
    """Return the sensors to register; those that cannot be are refused with their row.

    ``seen`` are the ids in the files, ``table`` says where they stand. An id that is registered
    nowhere is left to the lane, which refuses its values as ``unknown_sensor``.
    """
    named = declared.named
    if named is None:
        told = _columns(declared)
    elif named.table is None:
        told = ((0, sensor, _shared(named, sensor, area=named.area)) for sensor in seen)
    else:
        told = _listed(named, named.table, declared, _given(table), refusals)
    label = "" if table is None else table.name
    rows: list[int] = []
    entries: list[SensorEntry] = []
    for row, sensor, fields in told:
        try:
            entries.append(msgspec.convert(fields | {"feed": declared.feed}, SensorEntry))
            rows.append(row)
        except msgspec.ValidationError as wrong:
            params = {"what": str(wrong)}
            refusals.note(label, row, "bad_field", params=params, raw="", sensor=sensor)
    found = checked(enumerate(entries), declared.feed, city)
    for one in found.refused:
        refusals.note(
            label,
            rows[one.index],
            one.code,
            params=one.params,
            raw="",
            sensor=entries[one.index].id,
        )
    return _once(found.entries)


def _given(table: Path | None) -> Path:
    if table is None:
        raise Rejected(
            "no_sensor_table",
            "this recording reads from a table where its sensors stand, and none is given",
            remedy="give it with --sensors FILE",
        )
    return table


def _once(entries: list[SensorEntry]) -> list[SensorEntry]:
    """Leave out what is registered already; of two lines of a sensor the last one holds."""
    return list({entry.id: entry for entry in entries}.values())


def _columns(declared: RecordedTable) -> Iterator[tuple[int, str, dict[str, Any]]]:
    for sensor, one in declared.sensors.items():
        yield (
            0,
            sensor,
            {
                "id": sensor,
                "property": one.property,
                "area": one.area,
                "lon": one.lon,
                "lat": one.lat,
                "cadence_s": one.cadence_s,
            },
        )


def _shared(named: NamedSensors, sensor: str, *, area: str) -> dict[str, Any]:
    return {"id": sensor, "property": named.property, "area": area}


def _listed(
    named: NamedSensors,
    table: SensorTable,
    declared: RecordedTable,
    path: Path,
    refusals: Refusals,
) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Yield row, id and fields of every sensor in the table of places."""
    frame = crs.crs(table.crs)
    shapes = {code: shapely.Polygon(polygon(text)) for code, text in sorted(table.areas.items())}
    with open_table(path, encoding=declared.encoding, delimiter=declared.delimiter) as rows:
        places = _places(rows.columns, table)
        for row in rows:
            try:
                sensor, lon, lat = _cells(row, places)
                point = crs.to_inside(frame, float(lon), float(lat))
            except Rejected as wrong:
                raw = row.raw if isinstance(row, BadRow) else declared.delimiter.join(row.values)
                refusals.note(path.name, row.number, wrong.code, params=wrong.params, raw=raw)
                continue
            except ValueError:
                params = {"field": "lon, lat"}
                raw = f"{lon[:40]}, {lat[:40]}"
                refusals.note(path.name, row.number, "not_a_coordinate", params=params, raw=raw)
                continue
            degrees = point.lon_e7 / E7, point.lat_e7 / E7
            area = next(
                (code for code, shape in shapes.items() if shape.covers(shapely.Point(degrees))),
                named.area,
            )
            fields = _shared(named, named.prefix + sensor, area=area)
            yield row.number, sensor, fields | {"lon": degrees[0], "lat": degrees[1]}


def _places(columns: tuple[str, ...], table: SensorTable) -> tuple[int, int, int]:
    missing = [name for name in (table.id, table.lon, table.lat) if name not in columns]
    if missing:
        raise Rejected(
            "other_schema",
            f"the table of sensors has no column {', '.join(missing)}",
            where="--sensors",
            remedy="give the table that the recording's mapping names",
            params={"missing": ", ".join(missing)[:500]},
        )
    return columns.index(table.id), columns.index(table.lon), columns.index(table.lat)


def _cells(row: Row | BadRow, places: tuple[int, int, int]) -> tuple[str, str, str]:
    if isinstance(row, BadRow):
        raise Rejected(row.code, f"row {row.number} cannot be read", params=row.params)
    sensor, lon, lat = (row.values[place].strip() for place in places)
    if not sensor:
        raise Rejected("missing", "the row names no sensor", params={"field": "sensor"})
    return sensor, lon, lat
