"""The pack's section ``feeds``: how each source is read, column by column."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import Meta

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
