"""Recorded service requests of a city that does not exist, in the columns of a pack's own feed.

For trying out a pack, for tests, drills and benchmarks. They have what real ones have: a rhythm
of day and week, hot spots, true duplicates that are labelled, units that depend on type and
place, late closings, requests still open, and a geocoder's point for "unknown". The same pack,
seed and numbers give the same bytes.
"""

from __future__ import annotations

import csv
import gzip
import io
from datetime import date
from pathlib import Path
from random import Random

import msgspec

from chengyun.app.packs import feeds_of
from chengyun.citypack.resolving import Resolved
from chengyun.kernel import crs, instants
from chengyun.kernel.crs import Point
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant
from chengyun.kernel.limits import MAX_ROWS
from chengyun.sense.policy import Column, Feed
from chengyun.sim.demand_city import Surroundings
from chengyun.sim.demand_requests import (
    Burst,
    Maker,
    Request,
    arrivals_of,
    burst_arrivals,
    burst_of,
)


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """Rows as texts, in the order they opened, under the names of the feed's columns."""

    feed: str
    encoding: str
    delimiter: str
    columns: tuple[str, ...]
    rows: list[dict[str, str]]
    duplicates: int
    burst: Burst | None


def generate(
    pack: Resolved,
    *,
    seed: int,
    days: int,
    per_day: int,
    start: date,
    burst: bool = False,
    feed: str = "",
) -> Sample:
    """Return about ``days * per_day`` requests from ``start`` on, local days of the feed's zone.

    ``feed`` names the feed where a pack has several of requests; the first by name otherwise. With
    ``burst`` the busiest type in the busiest area comes on top, for three hours of one day.
    """
    if days < 1 or per_day < 1 or days * per_day > MAX_ROWS:
        raise Rejected(
            "bad_size",
            f"{days} days of {per_day} requests cannot be made",
            remedy=f"give at least 1 of each, and at most {MAX_ROWS} requests in all",
        )
    name, declared = request_feed(pack, feed)
    rng = Random(seed)  # noqa: S311 - a seed is meant to be repeated
    around = Surroundings(pack, declared.attributes, rng)
    local = instants.zone(declared.zone)
    arrivals = [
        arrival for day in range(days) for arrival in arrivals_of(start, day, per_day, local, rng)
    ]
    planned = burst_of(around, start, days, per_day, local) if burst else None
    if planned is not None:
        arrivals += burst_arrivals(planned, rng)
    arrivals.sort()
    requests = list(Maker(around, local, seed, rng).requests(arrivals))
    written = _Writer(declared, around)
    return Sample(
        feed=name,
        encoding="utf-8" if declared.encoding == "detect" else declared.encoding,
        delimiter=declared.delimiter,
        columns=written.columns,
        rows=[written.row(request) for request in requests],
        duplicates=sum(bool(request.duplicate_of) for request in requests),
        burst=planned,
    )


def request_feed(pack: Resolved, name: str = "") -> tuple[str, Feed]:
    """Return the named feed of requests, or the pack's first one."""
    feeds = {key: one for key, one in feeds_of(pack).feeds.items() if one.kind == "reports"}
    if not feeds or (name and name not in feeds):
        raise Rejected(
            "no_request_feed",
            f"the pack has no feed of requests {name!r}" if name else "the pack has none",
            remedy=f"it has {', '.join(sorted(feeds)) or 'no feed of kind reports'}",
        )
    chosen = name or min(feeds)
    return chosen, feeds[chosen]


# --- as text ----------------------------------------------------------------------------------


class _Writer:
    """Writes requests in the columns that the feed reads; of several names the first."""

    def __init__(self, feed: Feed, around: Surroundings) -> None:
        self._feed = feed
        self._around = around
        self._zone = instants.zone(feed.zone)
        self._crs = crs.crs(feed.crs)
        outcome = feed.outcome
        self._outcome = (
            {}
            if outcome is None
            else {
                name: column
                for name in ("closed_at", "unit", "outcome", "text", "duplicate_of")
                if (column := getattr(outcome, name)) is not None
            }
        )
        self.columns = tuple(
            dict.fromkeys(
                [
                    *(column.from_[0] for column in feed.columns.values()),
                    *(sources[0] for sources in feed.attributes.values()),
                    *(column.from_[0] for column in self._outcome.values()),
                ]
            )
        )

    def row(self, request: Request) -> dict[str, str]:
        """Return the cells of a request by the name of their column, all of them."""
        cells: dict[str, str] = {}
        for name, column in self._feed.columns.items():
            value = self._value(name, column, request)
            cells.setdefault(column.from_[0], _allowed(value, column, request))
        attributes = self._around.attributes_at(request.kind, request.spot.area)
        for name, sources in self._feed.attributes.items():
            cells.setdefault(sources[0], attributes[name])
        for name, column in self._outcome.items():
            value = self._outcome_value(name, column, request)
            cells.setdefault(column.from_[0], _allowed(value, column, request))
        return cells

    def _value(self, name: str, column: Column, request: Request) -> str:
        if column.personal:
            return request.reporter
        if name == "opened_at":
            return self._time(request.opened_at, column)
        if name == "due_at":
            return "" if request.due_at is None else self._time(request.due_at, column)
        if name in ("lon", "lat"):
            return self._coordinate(name, request)
        return {
            "id": request.id,
            "type": request.kind.code,
            "title": request.kind.title,
            "text": f"{request.kind.title} at {request.spot.address}",
            "channel": request.channel,
            "area": request.spot.area,
            "place_text": request.spot.address,
        }.get(name, "")

    def _outcome_value(self, name: str, column: Column, request: Request) -> str:
        if request.closed_at is None:
            return ""
        if name == "closed_at":
            return self._time(request.closed_at, column)
        return {
            "unit": request.unit,
            "outcome": request.outcome,
            "text": f"case {request.outcome}",
            "duplicate_of": request.duplicate_of,
        }[name]

    def _coordinate(self, name: str, request: Request) -> str:
        if not request.has_point:
            return ""
        spot = request.spot
        lon, lat = crs.from_inside(self._crs, Point(spot.lon_e7, spot.lat_e7))
        return f"{lon if name == 'lon' else lat:.7f}"

    def _time(self, at: Instant, column: Column) -> str:
        moment = instants.to_datetime(at, self._zone)
        if column.as_ == "iso_time":
            return moment.isoformat(timespec="seconds")
        return moment.strftime(column.formats[0] if column.formats else "%Y-%m-%d %H:%M:%S")


def _allowed(value: str, column: Column, request: Request) -> str:
    """Return ``value``, or one of the allowed ones where the feed takes no other."""
    if not column.allowed or not value or value in column.allowed:
        return value
    return column.allowed[int(request.id.rpartition("-")[2]) % len(column.allowed)]


def write_csv(path: Path, sample: Sample) -> None:
    """Write ``sample`` as the feed reads it (gzipped where ``path`` ends so), all or nothing."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, sample.columns, delimiter=sample.delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(sample.rows)
    try:
        content = text.getvalue().encode(sample.encoding)
    except UnicodeEncodeError as wrong:
        raise Rejected(
            "not_encodable",
            f"{wrong.object[wrong.start : wrong.end]!r} cannot be written in {sample.encoding}",
            where=str(path),
            remedy="declare an encoding that holds the names of the pack, such as utf-8",
        ) from wrong
    if path.suffix == ".gz":
        content = gzip.compress(content, mtime=0)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_bytes(content)
    unfinished.replace(path)
