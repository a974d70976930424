"""The pack's sections ``feeds`` and ``recordings``: how each source is read, column by column."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import Meta

from chengyun.facts.registers import Code

As = Literal["text", "id", "case_type", "area", "local_time", "iso_time", "date", "decimal"]


class Column(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"from_": "from", "as_": "as"},
):
    """One thing that is read out of a row."""

    from_: list[str]
    """Names of the column in the source; the first that is there is taken."""
    as_: As = "text"
    formats: list[str] = []
    """For times: ``strptime`` formats, tried in order."""
    required: bool = False
    allowed: list[str] = []
    """If not empty, the only values taken."""
    empty: list[str] = []
    """Values that mean "nothing was said"."""
    unit: str = ""
    """For numbers: the unit the source counts in."""
    personal: bool = False
    """Personal data go into the seal, under a key of the person named by ``person``."""


class Outcome(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_": "from"}
):
    """How the recorded handling of a request is read; hidden until ``closed_at``."""

    closed_at: Column
    unit: Column
    outcome: Column
    text: Column | None = None
    duplicate_of: Column | None = None
    kinds: dict[str, list[str]] = {}
    """Where there is only a closing text: outcomes by patterns; of several the first by name."""


class Feed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One source and its mapping."""

    kind: Literal["reports", "observations"]
    encoding: Annotated[str, Meta(pattern=r"^[a-z0-9_-]+$")] = "detect"
    delimiter: Annotated[str, Meta(min_length=1, max_length=1)] = ","
    zone: str
    crs: str | dict[str, Any]
    channel: str = ""
    silent_after_s: Annotated[int, Meta(ge=60, le=31_536_000)]
    columns: dict[str, Column]
    attributes: dict[str, list[str]] = {}
    """Further columns kept as they are, by the name under which they are known inside."""
    outcome: Outcome | None = None
    property: str = ""
    """For observations: what is measured."""
    unit: str = ""
    """For observations: the unit inside; the source's is converted."""
    interval_s: int = 0
    """For observations: how long before ``observed_at + interval_s`` the value was gathered."""
    area: str = ""
    """For observations that name no area: the one they hold for."""
    source: str


class Feeds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All feeds by name."""

    SECTION: ClassVar[str] = "feeds"
    feeds: dict[str, Feed]


class RecordedTime(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"from_": "from", "as_": "as"},
):
    """An instant of a recorded table; several columns (year, month, …) are joined by a blank."""

    from_: Annotated[list[str], Meta(min_length=1)]
    as_: Literal["local_time", "iso_time"] = "local_time"
    formats: list[str] = []
    """For local times: ``strptime`` formats of the joined cells, tried in order."""


class RecordedSensor(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_": "from"}
):
    """A sensor that has a column of its own."""

    from_: str
    property: Code
    unit: str = ""
    """The unit the table counts in; empty is that of the property."""
    area: str = ""
    lon: Annotated[float, Meta(ge=-180, le=180)] | None = None
    lat: Annotated[float, Meta(ge=-90, le=90)] | None = None
    cadence_s: Annotated[int, Meta(ge=0, le=86_400)] = 0
    """How often it speaks; 0 is as its property says."""


class SensorTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A second file that says where each sensor stands, by the names of its columns."""

    id: str
    lon: str
    lat: str
    crs: str | dict[str, Any]
    areas: dict[str, str] = {}
    """Areas by code, each a polygon ``lon lat, lon lat, …`` in WGS-84: who stands inside belongs
    to it. One that stands in none is found by the city's unit grids."""


class NamedSensors(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sensors of one property, named in a column; each row is one value."""

    id: str
    value: str
    prefix: str = ""
    """Stands before every id inside, so that the counters of two sources are told apart."""
    property: Code
    unit: str = ""
    """The unit the table counts in; empty is that of the property."""
    area: str = ""
    """Where they stand, unless ``table`` says it of each."""
    table: SensorTable | None = None


class RecordedTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table in which what sensors said was recorded: how its rows become messages."""

    encoding: Annotated[str, Meta(pattern=r"^[a-z0-9_-]+$")] = "detect"
    delimiter: Annotated[str, Meta(min_length=1, max_length=1)] = ","
    zone: str
    feed: Code
    """Whose sensors they are: a sender of ``properties.yaml``."""
    at: RecordedTime
    interval_s: Annotated[int, Meta(ge=0, le=86_400)] = 0
    """A value was gathered for so long from ``at`` on, and is said when that is over."""
    received: RecordedTime | None = None
    """When it came in, where the table tells; else it came when it was said."""
    empty: list[str] = []
    """Cells that mean "nothing was said", beside an empty one."""
    named: NamedSensors | None = None
    sensors: dict[Code, RecordedSensor] = {}
    """Sensors with a column each, by id; either these or ``named``."""
    source: str


class Recordings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All recorded tables of sensor data, by name."""

    SECTION: ClassVar[str] = "recordings"
    recordings: dict[str, RecordedTable] = {}
