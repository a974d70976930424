"""Areas: the tree from the city down to the minimal management unit.

A level may be left out (a district without subdistricts has its unit grids directly below), but a
parent always stands above its child, so every way up is at most as long as there are levels. The
root is the area the platform is run for: a city, or a district that has one of its own.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final

import msgspec

from chengyun.kernel.errors import PackRefused, Rejected
from chengyun.kernel.limits import MAX_MISTAKES


class AreaLevel(StrEnum):
    """The levels of a city, from the top."""

    CITY = "city"
    DISTRICT = "district"
    SUBDISTRICT = "subdistrict"
    NEIGHBOURHOOD = "neighbourhood"
    UNIT_GRID = "unit_grid"
    MIN_UNIT = "min_unit"


_RANK: Final = {level: rank for rank, level in enumerate(AreaLevel)}


class Area(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One area: ``parent`` is the code of the area above, ``""`` at the root alone.

    ``names`` are the official names by language tag; ``aliases`` are what people say too.
    """

    code: str
    level: AreaLevel
    parent: str = ""
    names: dict[str, str] = {}
    aliases: tuple[str, ...] = ()


class AreaTree:
    """The areas of a city by code, each with its way up.

    Raises ``PackRefused`` naming all mistakes at once; ``mistakes`` gives them one by one.
    """

    def __init__(self, areas: Iterable[Area]) -> None:
        listed = tuple(areas)
        found = mistakes(listed)
        if found:
            raise PackRefused(
                f"{len(found)} mistakes: " + "; ".join(map(str, found[:MAX_MISTAKES])),
                where="areas",
                remedy="correct them all and load again",
            )
        self._areas = {area.code: area for area in listed}
        self._codes_by_name: dict[str, set[str]] = {}
        for area in listed:
            for name in (*area.names.values(), *area.aliases):
                self._codes_by_name.setdefault(_folded(name), set()).add(area.code)
        self._codes_by_name.pop("", None)

    def __len__(self) -> int:
        return len(self._areas)

    def __iter__(self) -> Iterator[Area]:
        return iter(self._areas.values())

    def __contains__(self, code: object) -> bool:
        return code in self._areas

    def area(self, code: str) -> Area:
        """Return the area ``code``; refuse an unknown one (``unknown_area``)."""
        try:
            return self._areas[code]
        except KeyError:
            raise Rejected(
                "unknown_area",
                f"{code!r} is no area of this city",
                remedy="use a code of the city pack's areas",
                params={"area": code},
            ) from None

    def ancestors(self, code: str) -> tuple[Area, ...]:
        """Return the area itself and everything above it, up to the root."""
        way = [self.area(code)]
        for _ in AreaLevel:
            if not way[-1].parent:
                break
            way.append(self._areas[way[-1].parent])
        return tuple(way)

    def contains(self, outer: str, inner: str) -> bool:
        """Tell whether ``inner`` is ``outer`` or lies somewhere below it."""
        container = self.area(outer)
        return self.at_level(inner, container.level) is container

    def at_level(self, code: str, level: AreaLevel) -> Area | None:
        """Return the area of ``level`` that ``code`` is or lies in, None where there is none."""
        return next((area for area in self.ancestors(code) if area.level is level), None)

    def find_by_name(self, text: str) -> Area | None:
        """Return the one area of this name or alias; None if there is none or more than one.

        Upper and lower case, full and half width and runs of blanks make no difference.
        """
        codes = self._codes_by_name.get(_folded(text), ())
        return self._areas[next(iter(codes))] if len(codes) == 1 else None


def mistakes(areas: Iterable[Area]) -> tuple[Rejected, ...]:
    """Return every mistake of a list of areas, in its order; none means it is a tree.

    Codes: ``missing``, ``duplicate_area``, ``unknown_parent``, ``parent_not_above``,
    ``area_cycle``, ``no_root``, ``two_roots``. Of a code given twice the first is looked at.
    """
    found: list[Rejected] = []
    known: dict[str, Area] = {}
    for area in areas:
        if not area.code:
            found.append(_mistake("missing", "", "the area has no code"))
        elif area.code in known:
            found.append(_mistake("duplicate_area", area.code, "the code is given twice"))
        else:
            known[area.code] = area
    for area in known.values():
        parent = known.get(area.parent)
        if area.parent and parent is None:
            found.append(
                _mistake("unknown_parent", area.code, f"its parent {area.parent!r} is no area")
            )
        elif parent is not None and _RANK[parent.level] >= _RANK[area.level]:
            what = f"its parent {parent.code!r} is a {parent.level}, not above a {area.level}"
            found.append(_mistake("parent_not_above", area.code, what))
    found += [
        _mistake("area_cycle", min(cycle), f"it lies in itself: {' → '.join(cycle)}")
        for cycle in _cycles(known)
    ]
    roots = [area.code for area in known.values() if not area.parent]
    if not roots:
        found.append(_mistake("no_root", "", "no area is without a parent"))
    elif len(roots) > 1:
        what = f"{len(roots)} areas have no parent: {', '.join(roots[:20])}"
        found.append(_mistake("two_roots", roots[1], what))
    return tuple(found)


def check_admin_code(code: str) -> str:
    """Check the form of a Chinese administrative code and return it.

    6 digits are GB/T 2260 (province 2, prefecture 2, county 2), 9 add the subdistrict
    (GB/T 10114), 12 the neighbourhood (statistical code, National Bureau of Statistics). A level
    left out is zeros, and nothing but zeros follows it; the county alone may be skipped, in the
    cities without counties (Dongguan 441900, Zhongshan, Danzhou, Jiayuguan).

    Whether the code is in force is for a register to say. Refuses with ``bad_admin_code``.

    >>> check_admin_code("310101002")
    '310101002'
    """
    if len(code) not in (6, 9, 12) or not (code.isascii() and code.isdigit()):
        problem = "it is not 6, 9 or 12 digits"
    elif code[:2] not in _PROVINCES:
        problem = f"there is no province {code[:2]}"
    elif code[2:4] == "00" and code[4:].strip("0"):
        problem = "something follows an empty prefecture"
    elif code[6:9] == "000" and code[9:].strip("0"):
        problem = "a neighbourhood follows an empty subdistrict"
    else:
        return code
    raise Rejected(
        "bad_admin_code",
        f"{code[:20]!r} is no administrative code: {problem}",
        remedy="use the code of GB/T 2260, with 3 digits more for each level below the county",
        params={"value": code[:20]},
    )


_PROVINCES: Final = frozenset(
    str(number)
    for first, last in (
        (11, 15),
        (21, 23),
        (31, 37),
        (41, 46),
        (50, 54),
        (61, 65),
        (71, 71),
        (81, 82),
    )
    for number in range(first, last + 1)
)


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _mistake(code: str, area: str, what: str) -> Rejected:
    return Rejected(
        code,
        what,
        where=f"area {area!r}" if area else "areas",
        remedy="correct it in the city pack's areas",
        params={"area": area},
    )


def _cycles(known: dict[str, Area]) -> list[list[str]]:
    """Return each cycle of parents once, as codes; every area is visited once."""
    cycles: list[list[str]] = []
    seen: set[str] = set()
    for start in known:
        way: dict[str, None] = {}
        code = start
        while code in known and code not in seen:
            seen.add(code)
            way[code] = None
            code = known[code].parent
        if code in way:
            steps = list(way)
            cycles.append(steps[steps.index(code) :])
    return cycles
