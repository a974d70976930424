"""Writes what an office took down as a recording, in the columns of the pack's own feeds."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from chengyun.kernel.crs import E7
from chengyun.kernel.instants import Instant, to_datetime
from chengyun.sim.world.office import Entry, Office, Rain

REQUESTS: Final = "requests.csv"
RAIN: Final = "rain.csv"
COLUMNS: Final = (
    *("id", "opened_at", "type", "title", "text", "place_text", "channel", "area", "lon", "lat"),
    *("device", "closed_at", "unit", "outcome", "closing_text", "duplicate_of"),
)
RAIN_COLUMNS: Final = ("observed_at", "value", "area")
_TIME: Final = "%Y-%m-%d %H:%M:%S"
_MICRO: Final = 1_000_000


def written(office: Office, folder: Path, zone: ZoneInfo) -> dict[str, int]:
    """Write both files into ``folder``, all or nothing each; return their numbers of rows."""
    folder.mkdir(parents=True, exist_ok=True)
    requests = [_request(one, zone) for one in office.entries.values()]
    rain = [_rain(one, zone) for one in office.rain]
    _write(folder / REQUESTS, COLUMNS, requests)
    _write(folder / RAIN, RAIN_COLUMNS, rain)
    return {REQUESTS: len(requests), RAIN: len(rain)}


def _request(entry: Entry, zone: ZoneInfo) -> dict[str, str]:
    fields, place = entry.fields, entry.fields["place"]
    return {
        "id": entry.id,
        "opened_at": _moment(fields["opened_at"], zone),
        **{name: fields[name] for name in ("type", "title", "text", "place_text", "channel")},
        "area": fields["area"],
        "lon": "" if place is None else f"{place['lon_e7'] / E7:.7f}",
        "lat": "" if place is None else f"{place['lat_e7'] / E7:.7f}",
        "device": fields["attributes"].get("device", ""),
        "closed_at": _moment(entry.closed_at, zone) if entry.closed_at else "",
        "unit": entry.unit,
        "outcome": entry.outcome,
        "closing_text": entry.text,
        "duplicate_of": entry.duplicate_of,
    }


def _rain(rain: Rain, zone: ZoneInfo) -> dict[str, str]:
    value = f"{rain.value_micro / _MICRO:.1f}"
    return {"observed_at": _moment(rain.from_at, zone), "value": value, "area": rain.area}


def _moment(at: int, zone: ZoneInfo) -> str:
    return to_datetime(Instant(at), zone).strftime(_TIME)


def _write(path: Path, columns: Iterable[str], rows: Iterable[Mapping[str, str]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_text(text.getvalue(), encoding="utf-8")
    unfinished.replace(path)
