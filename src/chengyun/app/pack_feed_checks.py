"""What feeds, and the sections that speak of their attributes, must make sense of."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

from chengyun.assess.policy import Fusing
from chengyun.citypack.mistakes import did_you_mean, one_of, shown
from chengyun.citypack.sections import Finding, Path, Sections
from chengyun.dispatch.policy import Routing
from chengyun.kernel import crs, instants
from chengyun.kernel.errors import Rejected
from chengyun.kernel.units import convert_micro
from chengyun.sense.policy import Column, Feed, Feeds, Outcome

REQUIRED: Final = {
    "reports": ("id", "opened_at", "type"),
    "observations": ("observed_at", "value"),
}
TARGETS: Final = {
    "reports": (
        *REQUIRED["reports"],
        *("due_at", "title", "text", "channel", "area", "lon", "lat", "place_text"),
    ),
    "observations": (*REQUIRED["observations"], "area"),
}
TIMES: Final = frozenset({"opened_at", "due_at", "observed_at", "closed_at"})
TIME_TYPES: Final = frozenset({"local_time", "iso_time", "date"})
ROUTING_FIELDS: Final = ("type", "area", "title", "channel")

_SAMPLE: Final = datetime(2011, 7, 24, 13, 5, 0)  # noqa: DTZ001 - a wall clock, to try formats


def feeds(section: Feeds, _sections: Sections) -> Iterator[Finding]:
    """Every feed by itself: zone, crs, encoding, columns, times, units, outcome."""
    for name, feed in section.feeds.items():
        here: Path = ("feeds", name)
        yield from _declared(feed, here)
        yield from _columns(feed, here)
        if feed.outcome is not None:
            yield from _outcome(feed.outcome, (*here, "outcome"))
        if feed.kind == "observations":
            yield from _observed(feed, here)
        elif feed.property or feed.unit or feed.interval_s:
            field = "property" if feed.property else "unit" if feed.unit else "interval_s"
            what = f"{field} is for observations, and this feed brings reports"
            yield Finding((*here, field), what, "remove it, or set kind: observations")


def _declared(feed: Feed, here: Path) -> Iterator[Finding]:
    try:
        instants.zone(feed.zone)
    except Rejected as wrong:
        yield Finding((*here, "zone"), wrong.what, wrong.remedy, wrong.code)
    try:
        crs.crs(feed.crs)
    except Rejected as wrong:
        yield Finding((*here, "crs"), wrong.what, wrong.remedy, wrong.code)
    if feed.encoding != "detect":
        try:
            codecs.lookup(feed.encoding)
        except LookupError:
            what = f"{feed.encoding!r} is no encoding"
            remedy = "use detect, utf-8 or gb18030"
            yield Finding((*here, "encoding"), what, remedy, "unknown_encoding")


# --- columns ----------------------------------------------------------------------------------
def _columns(feed: Feed, here: Path) -> Iterator[Finding]:
    known = TARGETS[feed.kind]
    for needed in REQUIRED[feed.kind]:
        if needed not in feed.columns:
            yield Finding(
                (*here, "columns"),
                f"no column is read as {needed!r}, which every {feed.kind[:-1]} needs",
                f"add {needed}: {{from: [NAME OF THE COLUMN]}}",
                "missing_column",
            )
    for target, column in feed.columns.items():
        path = (*here, "columns", target)
        if target not in known and not column.personal:
            remedy = did_you_mean(target, list(known))
            yield Finding(
                path,
                f"nothing is known as {target!r} inside",
                remedy or f"known are {one_of(list(known), 20)}; others go under attributes",
                "unknown_target",
            )
        yield from _column(target, column, path)
    if ("lon" in feed.columns) != ("lat" in feed.columns):
        what = "only one of lon and lat is read"
        yield Finding((*here, "columns"), what, "map both or none", "missing_column")
    for name, sources in feed.attributes.items():
        if not sources:
            what = "no column is named"
            yield Finding((*here, "attributes", name), what, "name one", "missing")


def _column(target: str, column: Column, path: Path) -> Iterator[Finding]:
    if not [name for name in column.from_ if name.strip()]:
        yield Finding((*path, "from"), "no column is named", "name one", "missing")
    if target in TIMES and column.as_ not in TIME_TYPES:
        what = f"{target} is a time, and this column is read as {column.as_}"
        yield Finding(path, what, "add as: local_time (or iso_time, date)", "not_a_time")
    if column.formats and column.as_ not in ("local_time", "date"):
        what = f"formats are for local times and dates, not for {column.as_}"
        yield Finding((*path, "formats"), what, "remove them", "useless_formats")
        return
    for number, form in enumerate(column.formats):
        problem = problem_of(form)
        if problem:
            yield Finding(
                (*path, "formats", number),
                f"{shown(form)} {problem}",
                "write it for strptime, such as %Y-%m-%d %H:%M:%S",
                "bad_format",
            )


def problem_of(form: str) -> str:
    """Say why a format does not read a day and, where it has one, an hour."""
    try:
        written = _SAMPLE.strftime(form)
        read = datetime.strptime(written, form)  # noqa: DTZ007 - a wall clock
    except (ValueError, re.error):
        return "is no time format"
    if read.tzinfo is not None or "%Z" in form:
        return "reads an offset, which a local time has not: use as: iso_time"
    if read.date() != _SAMPLE.date():
        return "does not read year, month and day"
    if "%I" in form and "%p" not in form:
        return "reads hours of a 12-hour clock without %p"
    return ""


# --- observations and outcomes ----------------------------------------------------------------
def _observed(feed: Feed, here: Path) -> Iterator[Finding]:
    if not feed.property:
        yield Finding(here, "property is missing", "say what is measured", "missing_key")
    if feed.interval_s <= 0:
        what = "interval_s is missing or not positive"
        yield Finding((*here, "interval_s"), what, "give the seconds a value covers", "missing_key")
    if feed.outcome is not None:
        yield Finding((*here, "outcome"), "observations have no outcome", "remove it")
    if "area" not in feed.columns and not feed.area:
        what = "neither the feed nor a column says which area a value holds for"
        yield Finding(here, what, "add area: CODE", "missing_key")
    value = feed.columns.get("value")
    source = (value.unit if value is not None else "") or feed.unit
    try:
        convert_micro(Decimal(1), source, feed.unit)
    except Rejected as wrong:
        yield Finding((*here, "unit"), wrong.what, wrong.remedy, wrong.code)


def _outcome(outcome: Outcome, here: Path) -> Iterator[Finding]:
    for target in ("closed_at", "unit", "outcome", "text", "duplicate_of"):
        column: Column | None = getattr(outcome, target)
        if column is not None:
            yield from _column(target, column, (*here, target))
    if outcome.kinds and outcome.text is None:
        what = "kinds are found in a closing text, and no column is read as text"
        yield Finding((*here, "kinds"), what, "add text: {from: […]}", "missing_column")
    yield from _kinds(outcome.kinds, (*here, "kinds"))


def _kinds(kinds: Mapping[str, list[str]], here: Path) -> Iterator[Finding]:
    """Patterns that are sound, can be found, and belong to one kind alone."""
    sound: list[tuple[str, str, Path]] = []
    for kind, patterns in kinds.items():
        for number, pattern in enumerate(patterns):
            path = (*here, kind, number)
            try:
                empty = re.search(pattern, "") is not None
            except (re.error, RecursionError) as wrong:
                what = f"{shown(pattern)} is no pattern: {wrong}"
                yield Finding(path, what, "write a regular expression", "bad_pattern")
                continue
            if empty:
                what = f"{shown(pattern)} is found in every text"
                yield Finding(path, what, "make it say something", "bad_pattern")
            elif re.search(r"(?<!\\)[A-Z]", pattern):
                what = f"{shown(pattern)} is never found: texts are compared in small letters"
                yield Finding(path, what, "write small letters", "bad_pattern")
            else:
                sound.append((kind, pattern, path))
    for kind, pattern, path in sound:
        for other, wider, _ in sound:
            if other != kind and re.search(wider, _literal(pattern)):
                yield Finding(
                    path,
                    f"{shown(pattern)} for {kind} is also found by {shown(wider)} for {other}",
                    "make the wider one more particular, so that a text has one outcome",
                    "overlapping_patterns",
                )
                break


def _literal(pattern: str) -> str:
    """Return a text that the pattern is likely to be found in: itself without its operators."""
    return re.sub(r"\\[a-zA-Z]|[\\^$?*+]", "", pattern)


# --- sections that speak of attributes --------------------------------------------------------
def _attributes(sections: Sections) -> list[str] | None:
    """Return the attributes that any feed of reports keeps; None where a feed is unreadable."""
    found = sections.get(Feeds)
    if found is None or not sections.whole(Feeds):
        return None
    return sorted({name for feed in found.feeds.values() for name in feed.attributes})


def fusing(section: Fusing, sections: Sections) -> Iterator[Finding]:
    """The group is an attribute of a feed; the gaps rise."""
    known = _attributes(sections)
    if section.group and known is not None and section.group not in known:
        yield Finding(
            ("group",),
            f"no feed keeps an attribute {section.group!r}",
            did_you_mean(section.group, known) or "add it to the attributes of the feed",
            "unknown_attribute",
        )
    for name, gaps_s in (("gaps_s", section.gaps_s), ("fine_gaps_s", section.fine_gaps_s)):
        for number, gap in enumerate(gaps_s):
            if gap <= (gaps_s[number - 1] if number else 0):
                what = f"{gap} s is not more than the gap before it"
                yield Finding((name, number), what, "let the gaps rise from above 0", "order")


def _contexts(
    contexts: list[list[str]], where: tuple[str | int, ...], attributes: list[str] | None
) -> Iterator[Finding]:
    for number, context in enumerate(contexts):
        if len(set(context)) < len(context):
            what = "a context names each of its fields once"
            yield Finding((*where, number), what, "correct the list", "bad_context")
        for place, field in enumerate(context):
            yield from _looked_at(field, (*where, number, place), attributes)


def _looked_at(
    field: str, where: tuple[str | int, ...], attributes: list[str] | None
) -> Iterator[Finding]:
    known = [*ROUTING_FIELDS, *(attributes or ())]
    if attributes is not None and field not in known:
        yield Finding(
            where,
            f"there is no field {field!r} to look at",
            did_you_mean(field, known) or f"known are {one_of(known, 30)}",
            "unknown_attribute",
        )


def routing(section: Routing, sections: Sections) -> Iterator[Finding]:
    """Contexts name fields that exist; a table is a graph of nodes and edges."""
    attributes = _attributes(sections)
    if not section.contexts:
        what = "the model has nothing to look at"
        yield Finding(("contexts",), what, "add [type]", "missing")
    yield from _contexts(section.contexts, ("contexts",), attributes)
    if section.homes is not None:
        yield from _contexts(section.homes.contexts, ("homes", "contexts"), attributes)
        yield from _looked_at(section.homes.field, ("homes", "field"), attributes)
    for field in section.names:
        yield from _looked_at(field, ("names", field), attributes)
    for part in ("nodes", "edges"):
        if section.table is not None and not isinstance(section.table.get(part), list):
            what = f"the decision table has no list of {part}"
            yield Finding(("table",), what, "export it from the GoRules editor as JDM", "bad_table")
