"""The city's registers, as sections of the city pack: the nouns that every stage speaks of.

Each section is a typed record; the pack's checker derives its JSON Schema from it. Tables
(CSV) are keyed by their first column.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Final, Literal

import msgspec
from msgspec import Meta

from chengyun.kernel.areas import Area, AreaLevel, AreaTree
from chengyun.kernel.calendars import WorkingCalendar
from chengyun.kernel.errors import Bug
from chengyun.kernel.instants import zone

Code = Annotated[str, Meta(min_length=1, max_length=128, pattern=r"^\S(.*\S)?$")]
Names = dict[str, str]
"""A name by language: ``{"en": "South End", "zh": "南端"}``."""
LevelName = Literal["city", "district", "subdistrict", "neighbourhood", "unit_grid", "min_unit"]
Level = Literal["blue", "yellow", "orange", "red"]


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    SECTION: ClassVar[str] = ""


class Bounds(_Section, frozen=True, kw_only=True):
    """A box in degrees, WGS-84; a point outside is a mistake of the sender."""

    west: Annotated[float, Meta(ge=-180, le=180)]
    south: Annotated[float, Meta(ge=-90, le=90)]
    east: Annotated[float, Meta(ge=-180, le=180)]
    north: Annotated[float, Meta(ge=-90, le=90)]


class GeneratedGridPolicy(_Section, frozen=True, kw_only=True):
    """Where a city has no registered unit grids: squares counted from an origin."""

    origin_lon: Annotated[float, Meta(ge=-180, le=180)]
    origin_lat: Annotated[float, Meta(ge=-85, le=85)]
    cell_m: Annotated[int, Meta(ge=10, le=10_000)] = 100


class City(_Section, frozen=True, kw_only=True):
    """What the city is called, where it lies, how its clocks go."""

    SECTION: ClassVar[str] = "city"
    id: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
    name: Names
    zone: str
    languages: list[Literal["en", "zh"]]
    crs: Literal["WGS-84", "CGCS2000"]
    """The reference system of every coordinate in the pack itself."""
    bounds: Bounds
    generated_grid: GeneratedGridPolicy | None = None
    source: str


class AreaEntry(_Section, frozen=True, kw_only=True):
    """An area of the city."""

    level: LevelName
    parent: str = ""
    name: str
    name_zh: str = ""
    aliases: list[str] = []
    residents: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 0
    """How many live there; 0 is not known, and then nothing is told per resident."""
    area_m2: Annotated[int, Meta(ge=0, le=10_000_000_000_000)] = 0
    """Its size; 0 is not known."""


class Areas(_Section, frozen=True, kw_only=True):
    """All areas by code."""

    SECTION: ClassVar[str] = "areas"
    areas: dict[Code, AreaEntry]


def city_of(areas: Areas) -> str:
    """Return the code of the one area that is the whole city."""
    for code, area in areas.areas.items():
        if area.level == "city":
            return code
    raise Bug("the pack has no area of level city", remedy="chengyun check finds such packs")


def levels_of(areas: Areas) -> dict[str, str]:
    """Return the level of every area by its code."""
    return {code: area.level for code, area in areas.areas.items()}


def tree_of(areas: Areas) -> AreaTree:
    """Return the areas of the pack as a tree."""
    return AreaTree(
        Area(
            code=code,
            level=AreaLevel(entry.level),
            parent=entry.parent,
            names={"en": entry.name} | ({"zh": entry.name_zh} if entry.name_zh else {}),
            aliases=tuple(entry.aliases),
        )
        for code, entry in areas.areas.items()
    )


class UnitGridEntry(_Section, frozen=True, kw_only=True):
    """A registered unit grid: its polygon as ``lon lat, lon lat, …`` in WGS-84 degrees."""

    polygon: str


class UnitGridRegister(_Section, frozen=True, kw_only=True):
    """All registered unit grids by their 15-digit code."""

    SECTION: ClassVar[str] = "unit_grids"
    grids: dict[Code, UnitGridEntry] = {}


class UnitEntry(_Section, frozen=True, kw_only=True):
    """A responsible body: a department, a queue, a crew."""

    name: str
    name_zh: str = ""
    kind: str = "queue"
    parent: str = ""
    area: str = ""
    """Where it serves; empty is the whole city."""


class Units(_Section, frozen=True, kw_only=True):
    """All units by code."""

    SECTION: ClassVar[str] = "units"
    units: dict[Code, UnitEntry]


CaseTypeKind = Literal["", "component", "event", "livelihood", "task"]
"""What a type is: a component (部件) or event (事件) of GB/T 30428, a request of citizens (诉求), a
task of a plan; empty is none of these."""
ClassCode = Annotated[str, Meta(pattern=r"^[0-9]{4}$")]
"""Category and subcategory (大类, 小类) of components or of events, two digits each."""
GradedLimit = Annotated[
    str,
    Meta(pattern=r"^[a-z][a-z0-9_]{0,62}: [1-9][0-9]{0,3} (working|calendar)_(hours|days)$"),
]
"""Another time limit and what it is for: ``stop_work: 4 working_hours``."""
Evidence = Literal[
    "photo_before", "photo_after", "video", "measurement", "document", "receipt", "word_of_caller"
]
"""What proves that a case was handled."""


class CaseTypeEntry(_Section, frozen=True, kw_only=True):
    """A kind of case: when it is filed, how long it may take, when it is closed, whose it is."""

    name: str
    name_zh: str = ""
    kind: CaseTypeKind = ""
    classes: list[ClassCode] = []
    """Its class of GB/T 30428; several where a type stands for more than one."""
    category: str = ""
    category_zh: str = ""
    filing_condition: str = ""
    filing_condition_zh: str = ""
    time_limit: Annotated[
        str,
        Meta(pattern=r"^$|^[1-9][0-9]{0,3} (working|calendar)_(hours|days)$"),
    ] = ""
    """The limit that holds where no grade says otherwise."""
    graded_limits: list[GradedLimit] = []
    """Limits by grade: how bad it is, or which part of the work."""
    closing_condition: str = ""
    closing_condition_zh: str = ""
    evidence: list[Evidence] = []
    """What must be there before it may be closed."""
    owner: str = ""
    fallback: str = ""
    process: str = ""
    source: str = ""


class CaseTypes(_Section, frozen=True, kw_only=True):
    """All kinds of cases by code."""

    SECTION: ClassVar[str] = "case_types"
    types: dict[Code, CaseTypeEntry]


AssetState = Literal["", "in_use", "out_of_order", "being_repaired", "removed"]


class AssetEntry(_Section, frozen=True, kw_only=True):
    """A component (部件) of the register; its code has 16 digits where its type has a class."""

    type: str
    name: str = ""
    owner: str = ""
    """Whose it is (权属单位)."""
    maintainer: str = ""
    """Who keeps it in repair (养护单位); empty is the owner."""
    state: AssetState = ""
    lon: float | None = None
    lat: float | None = None


class AssetRegister(_Section, frozen=True, kw_only=True):
    """All registered components by code."""

    SECTION: ClassVar[str] = "assets"
    assets: dict[Code, AssetEntry] = {}


class PropertyEntry(_Section, frozen=True, kw_only=True):
    """What sensors measure (观测属性), and which of their values are believed."""

    name: Names
    unit: str
    low: Annotated[float, Meta(ge=-1_000_000, le=1_000_000)]
    """A value below is out of range: kept, flagged, and not believed."""
    high: Annotated[float, Meta(ge=-1_000_000, le=1_000_000)]
    cadence_s: Annotated[int, Meta(ge=1, le=86_400)] = 300
    """How often a sensor speaks that names no cadence of its own."""
    silent_after: Annotated[float, Meta(ge=1, le=100)] = 3.0
    """After so many cadences without a word a sensor is unknown."""
    stuck_after_s: Annotated[int, Meta(ge=0, le=2_592_000)] = 0
    """The same value for so long is flagged as stuck; 0 is never."""
    max_step: Annotated[float, Meta(ge=0, le=1_000_000)] = 0.0
    """A larger step between two neighbouring values is flagged as a jump; 0 is any."""
    lateness_s: Annotated[int, Meta(ge=0, le=3_600)] = 120
    """How late a value may come and still correct the pane it belongs to."""
    keep_days: Annotated[int, Meta(ge=0, le=36_600)] = 0
    """How long its history is kept; 0 is for ever."""
    source: str


class SenderEntry(_Section, frozen=True, kw_only=True):
    """A feed of the stream lane: a department's or an operator's gateway of sensors."""

    name: Names
    owner: str
    source: str


class Properties(_Section, frozen=True, kw_only=True):
    """All observed properties by code, and the feeds whose sensors measure them."""

    SECTION: ClassVar[str] = "properties"
    properties: dict[Code, PropertyEntry] = {}
    senders: dict[Code, SenderEntry] = {}


Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Span = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$")]
Day = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class CalendarPolicy(_Section, frozen=True, kw_only=True):
    """Working hours by weekday, holidays, and weekend days worked in exchange (调休)."""

    SECTION: ClassVar[str] = "calendar"
    hours: dict[Weekday, list[Span]]
    holidays: list[Day] = []
    make_up_days: list[Day] = []
    source: str


_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def calendar_of(policy: CalendarPolicy, city: City) -> WorkingCalendar:
    """Return the working calendar that the pack declares."""
    return WorkingCalendar(
        zone=zone(city.zone),
        hours={
            _WEEKDAYS.index(day): tuple(_minutes(span) for span in spans)
            for day, spans in policy.hours.items()
        },
        holidays={date.fromisoformat(day) for day in policy.holidays},
        make_up_days={date.fromisoformat(day) for day in policy.make_up_days},
    )


def _minutes(span: str) -> tuple[int, int]:
    start, end = (
        60 * int(hour) + int(minute)
        for hour, minute in (clock.split(":") for clock in span.split("-"))
    )
    return start, end
