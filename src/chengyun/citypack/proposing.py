"""Proposes a city pack from a table of requests; a person confirms what is uncertain.

What is uncertain is a question with a proposed answer. Whatever is written without having been
asked carries ``# confirm:`` in the YAML (and stands in the README for tables, which know no
comments). Reference systems and deadlines are never settled silently.
"""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Mapping
from typing import Final

import msgspec

from chengyun.citypack.guessing import (
    LATER,
    PERSONAL,
    REQUIRED,
    ROLES,
    Guess,
    guess,
    number,
    times_of,
    when,
)
from chengyun.citypack.profiling import ColumnProfile, Profile
from chengyun.citypack.writing import Draft, pack_files
from chengyun.kernel.crs import KnownCrs, to_inside
from chengyun.kernel.errors import Rejected

MIN_DURATIONS: Final = 20
"""Fewer closings than this say nothing about how long a type takes."""

MAX_CODE_CHARS: Final = 128

_CHINA: Final = (73.0, 18.0, 135.1, 53.6)
_WORLD: Final = (-180.0, -90.0, 180.0, 90.0)
_ZONES: Final = {
    "America/New_York": (-74.0, 40.7), "America/Chicago": (-87.6, 41.9),
    "America/Denver": (-105.0, 39.7), "America/Los_Angeles": (-118.2, 34.1),
    "America/Toronto": (-79.4, 43.7), "America/Vancouver": (-123.1, 49.3),
    "America/Mexico_City": (-99.1, 19.4), "America/Bogota": (-74.1, 4.7),
    "America/Sao_Paulo": (-46.6, -23.5), "America/Argentina/Buenos_Aires": (-58.4, -34.6),
    "America/Santiago": (-70.7, -33.4), "Europe/London": (-0.1, 51.5), "Europe/Paris": (2.4, 48.9),
    "Europe/Berlin": (13.4, 52.5), "Europe/Madrid": (-3.7, 40.4), "Europe/Rome": (12.5, 41.9),
    "Europe/Helsinki": (24.9, 60.2), "Europe/Athens": (23.7, 38.0), "Europe/Moscow": (37.6, 55.8),
    "Europe/Istanbul": (29.0, 41.0), "Africa/Cairo": (31.2, 30.0), "Africa/Lagos": (3.4, 6.5),
    "Africa/Nairobi": (36.8, -1.3), "Africa/Johannesburg": (28.0, -26.2),
    "Asia/Dubai": (55.3, 25.3), "Asia/Kolkata": (77.2, 28.6), "Asia/Dhaka": (90.4, 23.8),
    "Asia/Bangkok": (100.5, 13.8), "Asia/Jakarta": (106.8, -6.2), "Asia/Singapore": (103.8, 1.3),
    "Asia/Manila": (121.0, 14.6), "Asia/Hong_Kong": (114.2, 22.3), "Asia/Taipei": (121.6, 25.0),
    "Asia/Shanghai": (121.5, 31.2), "Asia/Seoul": (127.0, 37.6), "Asia/Tokyo": (139.7, 35.7),
    "Australia/Sydney": (151.2, -33.9), "Australia/Perth": (115.9, -32.0),
    "Pacific/Auckland": (174.8, -36.8),
}  # fmt: skip
"""One city of each of the more common zones: enough for a proposal."""


class Question(msgspec.Struct, frozen=True):
    """Something a person decides: with what is proposed, and why."""

    key: str
    text: str
    proposed: str
    why: str
    options: tuple[str, ...] = ()


class Proposal(msgspec.Struct, frozen=True):
    """A proposed pack, the questions about it, and what is left to confirm."""

    files: dict[str, bytes]
    questions: tuple[Question, ...]
    guess: Guess


def propose(profile: Profile, name: str, answers: Mapping[str, str] | None = None) -> Proposal:
    """Propose a pack for the requests in ``profile``; ``answers`` are by the key of a question.

    The proposed pack passes ``chengyun check``. Refuses a table in which no column can be the id,
    the time of opening or the type, unless an answer names one.
    """
    given = dict(answers or {})
    _check_columns(profile, given)
    chosen = {key.removeprefix("column."): value for key, value in given.items() if "." in key}
    guessed = guess(profile, chosen)
    missing = [role for role in REQUIRED if role not in guessed.columns]
    if missing:
        names = ", ".join(column.name for column in profile.columns if column.name)
        raise Rejected(
            "no_such_column",
            f"no column could be {', '.join(missing)}; there are {names[:500]}",
            where=profile.file,
            remedy="name them: --column opened_at=NAME",
            params={"missing": ", ".join(missing)},
        )
    draft = _draft(profile, guessed, name, given)
    return Proposal(pack_files(draft), _questions(draft), guessed)


def _check_columns(profile: Profile, answers: Mapping[str, str]) -> None:
    for key, value in answers.items():
        role = key.removeprefix("column.")
        if role == key:
            continue
        if role not in ROLES or (value and profile.column(value) is None):
            raise Rejected(
                "no_such_column",
                f"{role}={value!r} names no role or no column",
                where=profile.file,
                remedy=f"roles are {', '.join(ROLES)}; columns as they stand in the header",
                params={"role": role, "column": value},
            )


def _draft(profile: Profile, guessed: Guess, name: str, answers: Mapping[str, str]) -> Draft:
    lonlat = _coordinates(profile, guessed)
    zone = answers.get("zone") or _zone(lonlat, chinese=guessed.chinese)
    crs = answers.get("crs") or _crs(lonlat)
    types, areas, units = (_codes(profile, guessed, role) for role in ("type", "area", "unit"))
    named = " ".join((answers.get("name") or name).split()) or "city"
    used = set(guessed.columns.values())
    attributes, left_out, personal = [], [], []
    for column in profile.columns:
        if not column.name or (column.name in used and column.name != guessed.columns.get("group")):
            continue
        if PERSONAL.search(column.name):
            personal.append(column.name)
        elif LATER.search(column.name) or not _is_attribute(column):
            left_out.append(column.name)
        else:
            attributes.append(column.name)
    return Draft(
        profile=profile,
        guess=guessed,
        id=_slug(named),
        name=named,
        zone=zone,
        crs=crs,
        bounds=_bounds(lonlat, crs),
        placed=bool(lonlat),
        types=types[0],
        areas=areas[0],
        units=units[0],
        attributes=attributes,
        left_out=left_out,
        personal=personal,
        durations=_durations(profile, guessed),
        answered=frozenset(answers),
        unusable=[*types[1], *areas[1], *units[1]],
    )


def _questions(draft: Draft) -> tuple[Question, ...]:
    columns = tuple(column.name for column in draft.profile.columns if column.name)
    asked = [
        Question("name", "What is the city called?", draft.name, "the name of the file"),
        Question("zone", "In which time zone are the times?", draft.zone, _why_zone(draft)),
    ]
    if draft.placed:
        options = tuple(known.value for known in KnownCrs)
        asked.append(
            Question("crs", "Which reference system have the coordinates?", draft.crs,
                     _why_crs(draft), options)
        )  # fmt: skip
    for role in ROLES:
        found = draft.guess.columns.get(role, "")
        if not found and role not in REQUIRED:
            continue
        why = "by its content" if role in draft.guess.by_content else "by its name"
        read = draft.guess.times.get(role)
        if read is not None and read.formats:
            why += f", read as {', '.join(read.formats)}"
            why += "; day and month could be swapped" if read.ambiguous else ""
        asked.append(
            Question(
                f"column.{role}", f"Which column is {role} (blank: none)?", found, why, columns
            )
        )
    return tuple(asked)


def _why_zone(draft: Draft) -> str:
    if draft.placed:
        return "the nearest large city that is known here"
    return "the texts are Chinese" if draft.guess.chinese else "nothing tells"


def _why_crs(draft: Draft) -> str:
    if draft.crs == KnownCrs.GCJ_02.value:
        return (
            "the points lie in China, where maps shift coordinates: ask the sender whether they "
            "are GCJ-02 or WGS-84 (or BD-09); a wrong answer moves everything by some 500 m"
        )
    return "the numbers are degrees, outside China"


# --- what the columns hold --------------------------------------------------------------------
def _codes(profile: Profile, guessed: Guess, role: str) -> tuple[list[str], list[str]]:
    """Return the names in the column of a role, by name, and those that can be no code."""
    column = profile.column(guessed.columns.get(role, ""))
    values = sorted(column.values or {}) if column is not None else []
    good = [value for value in values if len(value) <= MAX_CODE_CHARS and value.isprintable()]
    return good, [value for value in values if value not in set(good)]


def _is_attribute(column: ColumnProfile) -> bool:
    """A label that requests share; free text and serial numbers are none."""
    return (
        column.values is not None
        and 1 < len(column.values) <= max(30, column.filled / 5)
        and max(map(len, column.values)) <= 200
        and times_of(column.sample[:200]) is None
    )


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:60] or "city"


def _coordinates(profile: Profile, guessed: Guess) -> list[tuple[float, float]]:
    """Return the sample's points, without zeros and what lies far from the middle of all."""
    lon, lat = (profile.column(guessed.columns.get(role, "")) for role in ("lon", "lat"))
    if lon is None or lat is None:
        return []
    points = [
        (x, y)
        for row in profile.sample
        if (x := number(row[lon.place])) is not None
        and (y := number(row[lat.place])) is not None
        and (x, y) != (0, 0)
        and abs(x) <= 180
        and abs(y) <= 90
    ]
    if not points:
        return []
    middle = (statistics.median(x for x, _ in points), statistics.median(y for _, y in points))
    return [(x, y) for x, y in points if abs(x - middle[0]) < 2 and abs(y - middle[1]) < 2]


def _middle(points: list[tuple[float, float]]) -> tuple[float, float]:
    return statistics.median(x for x, _ in points), statistics.median(y for _, y in points)


def _in_china(points: list[tuple[float, float]]) -> bool:
    if not points:
        return False
    west, south, east, north = _CHINA
    x, y = _middle(points)
    return west <= x <= east and south <= y <= north


def _zone(points: list[tuple[float, float]], *, chinese: bool) -> str:
    if not points:
        return "Asia/Shanghai" if chinese else "UTC"
    if chinese and _in_china(points):
        return "Asia/Shanghai"
    x, y = _middle(points)

    def far(zone: str) -> float:
        lon, lat = _ZONES[zone]
        east = (x - lon + 180) % 360 - 180
        return east * east + (y - lat) * (y - lat)

    return min(list(_ZONES), key=far)


def _crs(points: list[tuple[float, float]]) -> str:
    return str((KnownCrs.GCJ_02 if _in_china(points) else KnownCrs.WGS_84).value)


def _bounds(points: list[tuple[float, float]], crs: str) -> tuple[float, float, float, float]:
    """Return a box in WGS-84 around the points, widened to the next hundredth of a degree."""
    if not points:
        return _WORLD
    known = next((one for one in KnownCrs if one.value == crs), KnownCrs.WGS_84)
    corners = [
        to_inside(known, pick(x for x, _ in points), other(y for _, y in points))
        for pick in (min, max)
        for other in (min, max)
    ]
    lons = [corner.lon_e7 / 1e7 for corner in corners]
    lats = [corner.lat_e7 / 1e7 for corner in corners]
    return (
        max(-180.0, math.floor(min(lons) * 100 - 1) / 100),
        max(-85.0, math.floor(min(lats) * 100 - 1) / 100),
        min(180.0, math.ceil(max(lons) * 100 + 1) / 100),
        min(90.0, math.ceil(max(lats) * 100 + 1) / 100),
    )


def _durations(profile: Profile, guessed: Guess) -> dict[str, str]:
    """Say for each type how long it may take, or took: a proposal for its time limit."""
    end = next((role for role in ("due_at", "closed_at") if role in guessed.times), "")
    places = [
        column.place
        for role in ("type", "opened_at", end)
        if (column := profile.column(guessed.columns.get(role, ""))) is not None
    ]
    if not end or len(places) < 3:
        return {}
    days: dict[str, list[float]] = {}
    for row in profile.sample:
        opened = when(row[places[1]], guessed.times["opened_at"])
        ended = when(row[places[2]], guessed.times[end])
        if opened is not None and ended is not None and ended >= opened:
            days.setdefault(row[places[0]], []).append((ended - opened) / 86_400)
    return {
        kind: _sentence(sorted(took), profile.file, promised=end == "due_at")
        for kind, took in days.items()
        if len(took) >= MIN_DURATIONS
    }


def _sentence(took: list[float], file: str, *, promised: bool) -> str:
    if promised:
        typical = max(1, math.ceil(statistics.median(took)))
        return (
            f"confirm: requests carry a deadline of their own; half of {len(took)} were promised "
            f"within {typical} calendar_days ({file})"
        )
    limit = max(1, math.ceil(took[math.ceil(0.8 * len(took)) - 1]))
    return (
        f"confirm: {limit} calendar_days would have held for 80 % of {len(took)} closed ({file}); "
        "how long it took is not how long it may take"
    )
