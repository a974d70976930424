"""What an observation of a recording ends with: figures, each with where it was read."""

from __future__ import annotations

from typing import Final

import msgspec

from chengyun.sim.replay.result import WarningLine

SOURCES: Final = {
    "rows": "counted while the files were read; a refused one stands in refused.csv",
    "values": "the answers of the lane to its messages",
    "sensors": "the lane's log (store/stream/log), read again after the run; unsaid: the files",
    "flags": "the lane's log; limits from properties.yaml; every one stands in flagged.csv",
    "signs": "what the lane said at the end of each full hour",
    "warnings": "the store's projection of warnings (store/chengyun.db)",
    "silences": "facts SensorsFellSilent and SensorsSpokeAgain of the store",
}
"""Where each group of figures comes from."""


class FileLine(msgspec.Struct, frozen=True, kw_only=True):
    """How a file was read."""

    file: str
    encoding: str
    rows: int
    refused: int
    """Rows of which nobody can tell when or by whom they were said."""


class RefusedLine(msgspec.Struct, frozen=True, kw_only=True):
    """Rows or values refused for one reason."""

    code: str
    count: int
    examples: list[str]


class Values(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the values that were passed to the lane."""

    passed: int
    accepted: int
    late: int
    backfilled: int
    duplicate: int
    refused: int
    after_until: int
    """Not passed, because they come after the end of the run."""


class SensorLine(msgspec.Struct, frozen=True, kw_only=True):
    """One sensor; times are ISO 8601 in the city's zone, empty where there is none."""

    id: str
    property: str
    area: str
    state: str
    """At the end: ``speaks``, ``silent`` or ``never_spoke``; the last two are dead."""
    cadence_s: int
    slots: int
    """How often it should have spoken between beginning and end."""
    unknown: int
    """Slots without a value."""
    before_first: int
    """Those of them before its first value."""
    values: int
    """Taken."""
    believed: int
    unsaid: int
    """Cells that said nothing."""
    out_of_range: int
    jump: int
    stuck: int
    first: str
    last: str
    longest_slots: int
    """The longest run of unknown slots after its first value."""
    longest_from: str
    longest_until: str


class FlagLine(msgspec.Struct, frozen=True, kw_only=True):
    """A run of values of one sensor that were not believed for one reason."""

    sensor: str
    reason: str
    rule: str
    """The field of ``properties.yaml`` that was applied."""
    limit: str
    from_at: str
    until_at: str
    values: int
    lowest: float
    highest: float
    because: str
    """Of the first of them: the value, and what it was compared with."""


class SignLine(msgspec.Struct, frozen=True, kw_only=True):
    """A sign in an area that has a sensor for it."""

    sign: str
    area: str
    hours: int
    known: int
    unknown: int
    warnings: dict[str, int]
    """By the highest level they reached."""


class DayLine(msgspec.Struct, frozen=True, kw_only=True):
    """One day in the city's zone."""

    day: str
    values: int
    flagged: dict[str, int]


class Result(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """The report. ``--json`` prints it as one line."""

    pack: str
    recording: str
    files: list[FileLine]
    rows: int
    unsaid: int
    ambiguous: int
    """Rows whose local time exists twice; taken as the first."""
    values: Values
    refused: list[RefusedLine]
    sensors: list[SensorLine]
    dead: list[str]
    flagged: dict[str, int]
    flags: list[FlagLine]
    signs: list[SignLine]
    warnings: list[WarningLine]
    fell_silent: int
    """How often a sensor fell silent."""
    spoke_again: int
    days: list[DayLine]
    ticks: int
    facts: int
    dead_letters: int
    from_: str
    until: str
    policy_version: str
    state_hash: str
    elapsed_s: float
    peak_rss_mb: float
    sources: dict[str, str]
