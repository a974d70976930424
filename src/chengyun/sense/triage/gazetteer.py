"""The names of a city's places, ready to be found in texts: as written, as read, as misspelled.

Built once a version of the pack. Each name leads to what it may mean, and how well a text that says
it so names it: whole names best, short ones and pinyin less, misspelled and initials least.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from chengyun.facts.places import Place
from chengyun.facts.registers import Areas, AssetRegister
from chengyun.kernel.crs import E7
from chengyun.kernel.limits import MAX_PLACE_NAMES
from chengyun.sense.triage.folding import folded
from chengyun.sense.triage.policy import Landmarks
from chengyun.sense.triage.readings import readings

How = Literal["code", "name", "short", "pinyin", "sounds", "one_off", "initials"]
"""By what a text names a place."""

WEIGHT: Final[dict[How, int]] = {
    "code": 1_000,
    "name": 1_000,
    "short": 700,
    "pinyin": 800,
    "sounds": 650,
    "one_off": 500,
    "initials": 350,
}
"""How well it does, in thousandths."""

_LEVELS: Final = ("city", "district", "subdistrict", "neighbourhood", "unit_grid", "min_unit")
_ENDINGS_ZH: Final = re.compile(
    r"(?:街道办事处|居民委员会|居委会|村委会|街道|社区|居委|小区|地铁站|新村|[市区县镇乡村站])$"
)
_ENDINGS_EN: Final = re.compile(
    r" (?:city|district|subdistrict|sub-district|town|township|community|neighbou?rhood|village|"
    r"station|metro station)$"
)
_ASIDE: Final = re.compile(r"\([^)]*\)")
"""What stands in brackets, such as the line of a station, is no part of a name."""
_LETTERS: Final = re.compile(r"[^a-z0-9]+")
_CHINESE: Final = re.compile(r"[一-鿿]")
_STATION, _METRO = "站", "地铁站"
_LEAST_SHORT_ZH, _LEAST_SHORT_EN, _LEAST_PINYIN = 2, 4, 5
_LEAST_INITIALS, _LEAST_ONE_OFF_ZH, _LEAST_ONE_OFF_EN = 4, 3, 7
ANY: Final = "*"
"""Stands for the one character of a name that a text may have wrong."""


class Spot(NamedTuple):
    """What a name may mean."""

    kind: Literal["area", "asset", "landmark"]
    code: str
    area: str
    """The area the register says it lies in; itself for an area, empty where only a point is."""
    place: Place | None
    rank: int
    """How particular it is: the larger, the smaller the place."""


class Gazetteer(NamedTuple):
    """All names, each by the key under which a text is looked up."""

    written: dict[str, list[tuple[Spot, How]]]
    """By folded Chinese, or by the letters of Latin words without blanks."""
    read: dict[tuple[str, ...], list[tuple[Spot, How]]]
    """By syllables."""
    nearly: dict[str, list[tuple[Spot, How]]]
    """By a name with one character out of it (``ANY`` in its place for Chinese)."""
    codes: dict[str, Spot]
    longest: int
    """In characters, of the Chinese names."""
    above: dict[str, str]
    """The area above each area."""


def gazetteer(areas: Areas, landmarks: Landmarks, assets: AssetRegister) -> Gazetteer:
    """Return the names of the city's places."""
    above = {code: entry.parent for code, entry in areas.areas.items()}
    found = Gazetteer({}, {}, {}, {}, 0, above)
    longest = 0
    for number, (spot, names) in enumerate(_named(areas, landmarks, assets)):
        if number >= MAX_PLACE_NAMES:
            break
        found.codes[spot.code.casefold()] = spot
        for name in dict.fromkeys(_ASIDE.sub("", folded(one)).strip() for one in names):
            if name:
                longest = max(longest, len(name))
                _enter(found, spot, name)
    return found._replace(longest=longest)


def _named(
    areas: Areas, landmarks: Landmarks, assets: AssetRegister
) -> Iterator[tuple[Spot, list[str]]]:
    for code, area in areas.areas.items():
        spot = Spot("area", code, code, None, _LEVELS.index(area.level))
        yield spot, [area.name, area.name_zh, *area.aliases]
    for code, mark in landmarks.landmarks.items():
        place = _place(mark.lon, mark.lat)
        rank = len(_LEVELS) if place is not None else _LEVELS.index("subdistrict")
        names = [mark.name, mark.name_zh, *mark.aliases]
        yield Spot("landmark", code, mark.area, place, rank), names
    standing = Counter(entry.name for entry in assets.assets.values())
    for code, entry in assets.assets.items():
        names = [entry.name] if standing[entry.name] == 1 else []  # else it is that of a street
        yield Spot("asset", code, "", _place(entry.lon, entry.lat), len(_LEVELS) + 1), names


def _place(lon: float | None, lat: float | None) -> Place | None:
    if lon is None or lat is None:
        return None
    return Place(lon_e7=round(lon * E7), lat_e7=round(lat * E7))


def _enter(found: Gazetteer, spot: Spot, name: str) -> None:
    if not _CHINESE.search(name):
        _enter_latin(found, spot, letters(name), "name")
        _enter_latin(found, spot, letters(_ENDINGS_EN.sub("", name)), "short")
        return
    short = _ENDINGS_ZH.sub("", name)
    _add(found.written, name, spot, "name")
    if len(short) >= _LEAST_SHORT_ZH:
        _add(found.written, short, spot, "short")
    if name.endswith(_STATION) and not name.endswith(_METRO):
        _add(found.written, name.removesuffix(_STATION) + _METRO, spot, "name")
    for syllables in readings(name):
        _add(found.read, syllables, spot, "sounds")
        initials = "".join(one[0] for one in syllables)
        if len(initials) >= _LEAST_INITIALS:
            _add(found.written, initials, spot, "initials")
    for one in (name, short):
        for syllables in readings(one):
            if len("".join(syllables)) >= _LEAST_PINYIN:
                _add(found.written, "".join(syllables), spot, "pinyin")
    if len(name) >= _LEAST_ONE_OFF_ZH:
        for at in range(len(name)):
            _add(found.nearly, name[:at] + ANY + name[at + 1 :], spot, "one_off")


def _enter_latin(found: Gazetteer, spot: Spot, name: str, how: How) -> None:
    if len(name) < _LEAST_SHORT_EN:
        return
    _add(found.written, name, spot, how)
    if len(name) >= _LEAST_ONE_OFF_EN:
        for one in {name, *one_out(name)}:
            _add(found.nearly, one, spot, "one_off")


def _add(
    names: dict[str, list[tuple[Spot, How]]] | dict[tuple[str, ...], list[tuple[Spot, How]]],
    key: str | tuple[str, ...],
    spot: Spot,
    how: How,
) -> None:
    known = names.setdefault(key, [])  # type: ignore[arg-type]
    if all(one != spot for one, _ in known):
        known.append((spot, how))


def letters(name: str) -> str:
    """Return the letters and figures of a folded Latin name, without what stands between.

    >>> letters("yan-fang road")
    'yanfangroad'
    """
    return _LETTERS.sub("", name)


def one_out(name: str) -> Iterator[str]:
    """Yield a name with each of its characters left out once."""
    return (name[:at] + name[at + 1 :] for at in range(len(name)))
