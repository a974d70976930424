"""What the catalogue and the register of components must make sense of (GB/T 30428).

A type without a kind is none of the catalogue, and nothing is asked of it: other cities have
catalogues of their own. What is a component or an event is asked for all that a case needs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from chengyun.citypack.sections import Finding, Sections
from chengyun.facts.registers import Areas, AssetRegister, CaseTypeEntry, CaseTypes, City

OWN_CATEGORIES: Final = range(21, 100)
"""Categories that a city adds of its own (扩展大类) begin here (?)."""

_CATEGORIES: Final = {"component": range(1, 6), "event": range(1, 7)}
_CODE: Final = re.compile(r"(?P<district>[0-9]{6})(?P<class>[0-9]{4})(?P<serial>[0-9]{6})")
_SPEAKS: Final = {"en": "", "zh": "_zh"}


# --- catalogue --------------------------------------------------------------------------------
def case_types(section: CaseTypes, sections: Sections) -> Iterator[Finding]:
    """Classes are of their kind and given once; what is of the catalogue is whole."""
    city = sections.get(City)
    languages = () if city is None else tuple(city.languages)
    given: dict[tuple[str, str], str] = {}
    for code, entry in section.types.items():
        yield from _graded(code, entry)
        yield from _classes(code, entry, given)
        if entry.kind in _CATEGORIES:
            yield from _whole(code, entry, languages)


def _graded(code: str, entry: CaseTypeEntry) -> Iterator[Finding]:
    grades = [one.partition(":")[0] for one in entry.graded_limits]
    for grade in sorted({one for one in grades if grades.count(one) > 1}):
        what = f"the grade {grade!r} has two limits"
        yield Finding(("types", code, "graded_limits"), what, "keep one", "duplicate_grade")
    if grades and not entry.time_limit:
        what = "there are limits by grade, and none for what has no grade"
        yield Finding(("types", code, "time_limit"), what, "give the usual limit", "missing")


def _classes(
    code: str, entry: CaseTypeEntry, given: dict[tuple[str, str], str]
) -> Iterator[Finding]:
    here = ("types", code, "classes")
    if entry.classes and entry.kind not in _CATEGORIES:
        what = f"a type of kind {entry.kind!r} has no class of GB/T 30428"
        yield Finding(here, what, "make it a component or an event, or remove it", "no_class")
        return
    if entry.kind in _CATEGORIES and not entry.classes:
        what = f"it is a {entry.kind} and has no class"
        yield Finding(here, what, "give its four digits, as 0110", "missing")
    for one in entry.classes:
        category = int(one[:2])
        if category not in _CATEGORIES[entry.kind] and category not in OWN_CATEGORIES:
            last = _CATEGORIES[entry.kind][-1]
            what = f"{one} lies in no category of {entry.kind}s"
            remedy = f"use 01 to {last:02d}, or {OWN_CATEGORIES[0]} to 99 for your own"
            yield Finding(here, what, remedy, "unknown_category")
        elif one[2:] == "00":
            what = f"{one} is a category, not a subcategory"
            yield Finding(here, what, "count subcategories from 01", "unknown_class")
    if len(set(entry.classes)) < len(entry.classes):
        yield Finding(here, "a class is named twice", "keep one", "duplicate_class")
    if len(entry.classes) == 1:
        first = given.setdefault((entry.kind, entry.classes[0]), code)
        if first != code:
            what = f"the class {entry.classes[0]} is that of {first!r} already"
            remedy = "give each its own; a type for several classes names them all"
            yield Finding(here, what, remedy, "duplicate_class")


def _whole(code: str, entry: CaseTypeEntry, languages: tuple[str, ...]) -> Iterator[Finding]:
    for field in ("time_limit", "owner", "fallback", "evidence", "source"):
        if not getattr(entry, field):
            what = f"a {entry.kind} of the catalogue has no {field}"
            yield Finding(("types", code, field), what, "give it", "missing")
    for language in languages:
        for field in ("name", "filing_condition", "closing_condition"):
            column = field + _SPEAKS[language]
            if not getattr(entry, column).strip():
                what = f"{column} is empty, and {language!r} is a language of the city"
                yield Finding(("types", code, column), what, "give it", "missing")


# --- components -------------------------------------------------------------------------------
def components(section: AssetRegister, sections: Sections) -> Iterator[Finding]:
    """What is of a class has a code of district, class and serial that fits its type."""
    types, areas = sections.get(CaseTypes), sections.get(Areas)
    listed: Mapping[str, CaseTypeEntry] = {} if types is None else types.types
    districts = None if areas is None or not sections.whole(Areas) else _districts(areas)
    for code, asset in section.assets.items():
        entry = listed.get(asset.type)
        if entry is None or entry.kind != "component":
            continue
        match = _CODE.fullmatch(code)
        if match is None:
            what = f"{code[:40]!r} is no code of a component"
            remedy = "16 digits: district 6, category 2, subcategory 2, serial 6"
            yield Finding(("assets", code), what, remedy, "bad_component_code", is_key=True)
            continue
        if match["class"] not in entry.classes:
            what = f"the code says class {match['class']}, the type {asset.type!r} is another one"
            remedy = f"its classes are {', '.join(entry.classes[:12])}"
            yield Finding(("assets", code, "type"), what, remedy, "other_class")
        if districts is not None and match["district"] not in districts:
            what = f"the code begins with {match['district']}, which is no district of the city"
            yield Finding(
                ("assets", code), what, "use the six digits of a district", "other_district",
                is_key=True,
            )  # fmt: skip


def _districts(areas: Areas) -> frozenset[str]:
    """Return the first six digits of every area below the city, and of the city itself."""
    return frozenset(code[:6] for code in areas.areas)
