"""Writes the files of a proposed city pack; what nobody has confirmed says so."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from chengyun.citypack.guessing import Guess
from chengyun.citypack.profiling import Profile


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """All that a proposed pack is written from."""

    profile: Profile
    guess: Guess
    id: str
    name: str
    zone: str
    crs: str
    bounds: tuple[float, float, float, float]
    placed: bool
    """Whether the bounds come from coordinates."""
    types: list[str]
    areas: list[str]
    units: list[str]
    attributes: list[str]
    left_out: list[str]
    personal: list[str]
    durations: dict[str, str]
    """How long a type took, as a sentence with its source."""
    answered: frozenset[str]
    unusable: list[str]
    """Names that can be no code, and why their rows will be refused."""


def pack_files(draft: Draft) -> dict[str, bytes]:
    """Return the files of the pack by path."""
    root = _root(draft)
    texts = {
        "city.yaml": _city(draft),
        "areas.csv": _areas(draft, root),
        "units.csv": _units(draft),
        "case_types.csv": _case_types(draft),
        "calendar.yaml": _CALENDAR,
        "feeds/requests.yaml": _feed(draft),
        "signs.yaml": _SIGNS,
        "bands.yaml": _BANDS,
        "fusing.yaml": _fusing(draft),
        "routing.yaml": _routing(draft),
        "processes.yaml": _PROCESSES,
        "review.yaml": _REVIEW,
        "README.md": _readme(draft),
    }
    return {path: text.encode() for path, text in texts.items()}


def _quoted(value: str) -> str:
    """Write a text so that YAML reads exactly it."""
    return json.dumps(value, ensure_ascii=False)


def _list(values: Iterable[str]) -> str:
    return "[" + ", ".join(map(_quoted, values)) + "]"


def _confirm(draft: Draft, key: str, why: str) -> str:
    """Return the comment that asks for confirmation, nothing where it was given."""
    return "" if key in draft.answered else f"  # confirm: {why}"


def _modeline(name: str, up: str = "..") -> str:
    return f"# yaml-language-server: $schema={up}/schemas/{name}.json\n"


def _root(draft: Draft) -> str:
    return draft.id if draft.id not in draft.areas else f"{draft.id}-city"


def _csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    written = io.StringIO(newline="")
    table = csv.writer(written, lineterminator="\n")
    table.writerow(header)
    table.writerows(rows)
    return written.getvalue()


# --- city and registers -----------------------------------------------------------------------
def _city(draft: Draft) -> str:
    west, south, east, north = draft.bounds
    languages = "[zh, en]" if draft.guess.chinese else "[en, zh]"
    lines = [
        f"id: {_quoted(draft.id)}",
        f"name: {{en: {_quoted(draft.name)}, zh: {_quoted(draft.name)}}}"
        "  # confirm: the name in both languages",
        f"zone: {_quoted(draft.zone)}" + _confirm(draft, "zone", "proposed by the coordinates"),
        f"languages: {languages}",
        "crs: WGS-84",
    ]
    if draft.placed:
        lines += [
            "# confirm: the points of the sample with a margin; points outside are refused",
            f"bounds: {{west: {west}, south: {south}, east: {east}, north: {north}}}",
            "# confirm: squares, as long as the city has no registered unit grids",
            f"generated_grid: {{origin_lon: {west}, origin_lat: {south}, cell_m: 100}}",
        ]
    else:
        lines += [
            "# confirm: no coordinates were found, so nothing is outside; draw the city's box",
            f"bounds: {{west: {west}, south: {south}, east: {east}, north: {north}}}",
        ]
    lines.append(f"source: {_quoted('proposed from ' + draft.profile.file)}")
    return _modeline("city") + "\n".join(lines) + "\n"


def _areas(draft: Draft, root: str) -> str:
    rows = [[root, "city", "", f"{draft.name} (city)" if draft.name in draft.areas else draft.name]]
    rows += [[name, "neighbourhood", root, name] for name in draft.areas]
    return _csv(["code", "level", "parent", "name"], rows)


def _units(draft: Draft) -> str:
    rows = [[name, name, "queue"] for name in draft.units]
    return _csv(["code", "name", "kind"], rows or [["ops_center", "Operations centre", "centre"]])


def _case_types(draft: Draft) -> str:
    rows = [[name, name, "", draft.durations.get(name, "")] for name in draft.types]
    return _csv(["code", "name", "time_limit", "source"], rows)


# --- the feed ---------------------------------------------------------------------------------
_AS: Final = {"id": "id", "type": "case_type", "area": "area", "lon": "decimal", "lat": "decimal"}
_COLUMNS: Final = (
    *("id", "opened_at", "due_at", "type", "title", "text"),
    *("place_text", "channel", "area", "lon", "lat"),
)


def _column(draft: Draft, role: str) -> str:
    parts = [f"from: {_list([draft.guess.columns[role]])}"]
    read = draft.guess.times.get(role)
    if read is not None:
        parts.append(f"as: {read.as_}")
        if read.formats:
            parts.append(f"formats: {_list(read.formats)}")
    elif role in _AS:
        parts.append(f"as: {_AS[role]}")
    if role in ("id", "opened_at", "type"):
        parts.append("required: true")
    why = "taken by its content" if role in draft.guess.by_content else "taken by its name"
    if read is not None and read.ambiguous:
        why += "; day and month could be swapped"
    return f"{{{', '.join(parts)}}}" + _confirm(draft, f"column.{role}", why)


def _feed(draft: Draft) -> str:
    profile, columns = draft.profile, draft.guess.columns
    encoding = "detect" if profile.encoding == "xlsx" else profile.encoding
    lines = [
        "kind: reports",
        f"encoding: {encoding}  # confirm: as found in the file",
        f"delimiter: {_quoted(profile.delimiter or ',')}",
        f"zone: {_quoted(draft.zone)}" + _confirm(draft, "zone", "the times name no zone"),
        f"crs: {_quoted(draft.crs)}" + _confirm(draft, "crs", _why_crs(draft)),
        "silent_after_s: 86400  # confirm: after so long without a row the feed counts as silent",
        "columns:",
    ]
    lines += [f"  {role}: {_column(draft, role)}" for role in _COLUMNS if role in columns]
    if draft.attributes:
        lines += ["# confirm: kept because they were known when the request came in", "attributes:"]
        lines += [f"  {_quoted(name)}: {_list([name])}" for name in draft.attributes]
    if draft.left_out:
        lines.append("# confirm: left out, being known only later, or no label:")
        lines += [f"#   {' '.join(name.split())}" for name in draft.left_out]
    if draft.personal:
        lines.append("# confirm: left out, being personal data; to keep one sealed, add it to the")
        lines.append("# columns with personal: true:")
        lines += [f"#   {' '.join(name.split())}" for name in draft.personal]
    lines += _outcome(draft)
    lines.append(f"source: {_quoted(profile.file)}")
    return _modeline("feeds", "../..") + "\n".join(lines) + "\n"


def _why_crs(draft: Draft) -> str:
    if not draft.placed:
        return "no coordinates were found; declare theirs when they are mapped"
    if draft.crs == "WGS-84":
        return "the numbers are degrees outside China"
    return "GCJ-02 or WGS-84 (or BD-09)? ask the sender; a wrong answer moves all by some 500 m"


def _outcome(draft: Draft) -> list[str]:
    """Return the recorded handling, which needs at least the time of closing and the unit."""
    columns = draft.guess.columns
    if "closed_at" not in columns or "unit" not in columns:
        return []
    lines = ["# What was recorded about the handling; hidden until closed_at.", "outcome:"]
    lines += [f"  {role}: {_column(draft, role)}" for role in ("closed_at", "unit")]
    if "outcome" in columns:
        lines.append(f"  outcome: {_column(draft, 'outcome')}")
    else:
        lines.append(
            "  outcome: {from: [outcome]}  # confirm: no column was found, so all is other"
        )
    if "closing_text" in columns:
        lines.append(f"  text: {_column(draft, 'closing_text')}")
    if "duplicate_of" in columns:
        lines.append(f"  duplicate_of: {_column(draft, 'duplicate_of')}")
    return lines


# --- policies ---------------------------------------------------------------------------------
def _fusing(draft: Draft) -> str:
    group = draft.guess.columns.get("group", "")
    lines = (
        []
        if group not in draft.attributes
        else [
            f"group: {_quoted(group)}"
            + _confirm(draft, "column.group", "types under one are alike")
        ]
    )
    return _modeline("fusing") + "\n".join([*lines, "source: Defaults of the platform"]) + "\n"


def _routing(draft: Draft) -> str:
    contexts = ["  - [type]", *(["  - [type, area]"] if draft.areas else [])]
    return (
        _modeline("routing")
        + "# confirm: what the model looks at where the duty list is silent\ncontexts:\n"
        + "\n".join(contexts)
        + "\ndefault_process: grid\nsource: Defaults of the platform\n"
    )


_CALENDAR: Final = (
    _modeline("calendar")
    + """# confirm: working hours and holidays, which the table cannot tell
hours:
  mon: ["09:00-17:00"]
  tue: ["09:00-17:00"]
  wed: ["09:00-17:00"]
  thu: ["09:00-17:00"]
  fri: ["09:00-17:00"]
holidays: []
make_up_days: []
source: "confirm: nobody has named a source yet"
"""
)
_PROCESSES: Final = (
    _modeline("processes")
    + """# The steps of GB/T 30428: collect is the feed, dispatch the move from file to handle,
# evaluate the review. confirm: who takes each step
processes:
  grid:
    name: {en: Grid management, zh: 网格化管理}
    start: file
    steps:
      file: {role: dispatcher, moves: {dispatch: handle}}
      handle: {role: crew, moves: {report_back: report_back, return: file}}
      report_back: {role: verifier, moves: {pass: verify, fail: handle}}
      verify: {role: duty_officer, moves: {close: closed, fail: handle}}
      closed: {role: duty_officer, moves: {reopen: file}, ends: true}
    source: GB/T 30428.1
"""
)
_SIGNS: Final = (
    _modeline("signs")
    + """# confirm: what is measured; the numbers are the platform's defaults
signs:
  demand:
    name: {en: Requests by type and area, zh: 各类诉求数量}
    measures: reports
    unit: count
    feeds: [requests]
    pane_s: 300
    windows_s: [3600, 10800]
    levels:
      neighbourhood: {min_count: 5, model_error: 0.02}
      city: {min_count: 8, model_error: 0.05}
    baseline: {silent_days: 7}
    owner: duty officer
    source: Defaults of the platform
"""
)
_BANDS: Final = (
    _modeline("bands")
    + """# confirm: thresholds in thousandths of a decade of improbability; the platform's defaults
bands:
  demand:
    levels:
      neighbourhood:
        judge: surprise
        up: {blue: 3000, yellow: 4500, orange: 8500, red: 10000}
        down: 2000
        dwell_s: 3600
        ramp_days: 14
        ramp_extra: 1000
      city:
        judge: surprise
        up: {blue: 5000, yellow: 6000, orange: 8500, red: 12000}
        down: 3000
        dwell_s: 3600
        ramp_days: 14
        ramp_extra: 1000
    source: Defaults of the platform
"""
)
_REVIEW: Final = _modeline("review") + "source: Defaults of the platform\n"


def _readme(draft: Draft) -> str:
    lines = [
        f"# {draft.name}",
        "",
        f"Proposed from {draft.profile.file}, {draft.profile.rows} rows, by `chengyun pack init`.",
        "Search the YAML files for `# confirm:`. The tables have no comments, so here is theirs:",
        "",
        f"- areas.csv: {len(draft.areas)} areas; their level, and whether two names are one area.",
        f"- units.csv: {len(draft.units)} units as the table names them.",
        f"- case_types.csv: {len(draft.types)} types. No time limit is set: where durations were",
        "  seen, the column `source` proposes one and says from what.",
    ]
    if draft.unusable:
        lines.append(f"- {len(draft.unusable)} names can be no code; their rows will be refused:")
        lines += [f"  - {_quoted(name[:80])}" for name in draft.unusable[:20]]
    return "\n".join(lines) + "\n"
