"""Linjiang's catalogue as rows of ``case_types.csv``: the types that are simulated, then the rest.

The simulated types keep their codes; most of them are one subcategory of the catalogue, and
``manhole_cover`` is every cover of which a caller cannot tell whose it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from chengyun.sim.linjiang import catalogue_components, catalogue_events
from chengyun.sim.linjiang.case_types import CASE_KINDS, KIND_BY_CODE, CaseKind
from chengyun.sim.linjiang.catalogue_standards import (
    COMPONENT_STANDARDS,
    EVENT_STANDARDS,
    TIER_SOURCE,
    TIERS,
    Standard,
)
from chengyun.sim.linjiang.division import CITY_CODE
from chengyun.sim.linjiang.units import CREWS

HEADER: Final = (
    *("code", "name", "name_zh", "kind", "classes", "category", "category_zh"),
    *("filing_condition", "filing_condition_zh", "time_limit", "graded_limits"),
    *("closing_condition", "closing_condition_zh", "evidence", "owner", "fallback", "process"),
    "source",
)
_NUMBER: Final = {
    "": "class as in public code lists that follow GB/T 30428.2",
    "?": "class and wording of GB/T 30428.2 (?)",
}
_CIVIL: Final = "civil"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A subcategory as the tables of the catalogue write it."""

    kind: str
    number: str
    mark: str
    code: str
    zh: str
    en: str
    standard: str
    crew: str

    @property
    def category(self) -> tuple[str, str]:
        """Return the category in English and Chinese."""
        return _CATEGORIES[self.kind][self.number[:2]]


_CATEGORIES: Final = {
    "component": catalogue_components.CATEGORIES,
    "event": catalogue_events.CATEGORIES,
}


def _lines(kind: str, table: str) -> tuple[Line, ...]:
    names = ("number", "mark", "code", "zh", "en", "standard", "crew")
    rows = (line.split("|") for line in table.strip().splitlines())
    return tuple(Line(kind=kind, **dict(zip(names, row, strict=True))) for row in rows)


LINES: Final = (
    *_lines("component", catalogue_components.COMPONENTS),
    *_lines("event", catalogue_events.EVENTS),
)
"""All subcategories, components first."""

COVERS: Final = tuple(line.number for line in LINES if line.standard == "cover")
_SAME: Final = {
    "fallen_tree": ("component", ("0401", "0402")),
    "device_fault": ("component", ("0136", "0308", "0309", "0310", "0515")),
    "lift_trapped": ("component", ("0514",)),
    "manhole_cover": ("component", COVERS),
}
"""Simulated types that stand for subcategories of other codes; for one alone, in its place."""
_TAKEN: Final = {(kind, classes[0]) for kind, classes in _SAME.values() if len(classes) == 1}


def catalogue() -> Iterator[tuple[str, ...]]:
    """Yield the rows of the catalogue under ``HEADER``: simulated types first."""
    by_code = {line.code: line for line in LINES}
    for kind in CASE_KINDS:
        yield _simulated(kind, by_code.get(kind.code))
    for line in LINES:
        if line.code not in KIND_BY_CODE and (line.kind, line.number) not in _TAKEN:
            yield _written(line)
    for tier in TIERS:
        yield _tier(*tier)


def crew_of(code: str) -> str:
    """Return the crew that handles a type."""
    if code in KIND_BY_CODE:
        return KIND_BY_CODE[code].crew
    return next((line.crew for line in LINES if line.code == code), _CIVIL)


def _simulated(kind: CaseKind, line: Line | None) -> tuple[str, ...]:
    what, classes = (line.kind, (line.number,)) if line else _SAME.get(kind.code, ("", ()))
    if not what and not kind.code.startswith("task_"):
        what = "livelihood"
    found = next((one for one in LINES if classes and one.number == classes[0]
                  and one.kind == what), None)  # fmt: skip
    standard = None if found is None else _standard(found)
    category = found.category if found and len(classes) == 1 else (kind.category, kind.category_zh)
    return (
        *(kind.code, kind.en, kind.zh, what or "task", "|".join(classes), *category),
        *(kind.files, kind.files_zh, kind.limit, "" if standard is None else standard.graded),
        *(kind.closes, kind.closes_zh, "" if standard is None else standard.evidence),
        *(_owner(kind.crew), _FALLBACK, "", kind.source),
    )


def _written(line: Line) -> tuple[str, ...]:
    standard = _standard(line)
    return (
        *(line.code, line.en, line.zh, line.kind, line.number, *line.category),
        *(*standard.files, standard.limit, standard.graded, *standard.closes, standard.evidence),
        *(_owner(line.crew), _FALLBACK, "", f"{_NUMBER[line.mark]}; limits: {standard.source}"),
    )


def _tier(
    code: str, en: str, zh: str, limit: str, files: tuple[str, str], closes: tuple[str, str]
) -> tuple[str, ...]:
    return (
        *(code, en, zh, "livelihood", "", "Livelihood", "民生诉求", *files, limit, ""),
        *(*closes, "word_of_caller", _owner(_CIVIL), _FALLBACK, "hotline", TIER_SOURCE),
    )


def _standard(line: Line) -> Standard:
    return (COMPONENT_STANDARDS if line.kind == "component" else EVENT_STANDARDS)[line.standard]


_FALLBACK: Final = f"center.{CITY_CODE}"


def _owner(crew: str) -> str:
    department = CREWS[crew].department
    return f"dept.{department}" if department else _FALLBACK
