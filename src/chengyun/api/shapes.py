"""The rows that the screens see, as JSON: one function a table, and nothing personal in any.

A shape takes the row and the rows around it and returns a plain object. A row that is over, or
that asks nothing of a person, leaves the screens (``is_shown``). Instants are microseconds since
1970 UTC, places 1e-7 degrees.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from chengyun.app.row_classes import shown_row
from chengyun.assess.rules import report_of
from chengyun.assess.views import COMPARABLES
from chengyun.dispatch.views import SIGHTINGS
from chengyun.engine.engine import Engine
from chengyun.engine.tables import Table
from chengyun.handle.views import CASES

Public = dict[str, Any]
Shape = Callable[[Any, Engine], Public]


def warning(row: Any, engine: Engine) -> Public:
    """A warning that stands: how high, where, since when, and why."""
    return _of(row, *_WARNING, state="below" if row.below_since is not None else "standing")


def response(row: Any, engine: Engine) -> Public:
    """A response that is proposed or approved, with the measures of its plan."""
    return _of(row, *_RESPONSE)


def case(row: Any, engine: Engine) -> Public:
    """A case, with the place of the report that opened it where that is believed."""
    first = engine.rows.get(COMPARABLES, report_of(row.incident)) if row.incident else None
    return placed_case(row, first)


def placed_case(row: Any, first: Any) -> Public:
    """A case, open or ended, with the place of ``first``, the report that opened it."""
    return _of(
        row,
        *_CASE,
        lon_e7=None if first is None else first.lon_e7,
        lat_e7=None if first is None else first.lat_e7,
    )


def listed_case(row: Any) -> Public:
    """A case in a list."""
    return _of(row, *_CASE, ended_at=row.ended_at)


def waiting_report(row: Any) -> Public:
    """A report on the intake desk; what people wrote is shown without numbers of persons."""
    found = shown_row("intake", msgspec.to_builtins(row))
    for name in ("unit", "likeness", "open", "due_at"):
        del found[name]
    return found


def listed_notice(row: Any) -> Public:
    """A notice in a list."""
    return _of(row, *_NOTICE)


def desk(row: Any, engine: Engine) -> Public:
    """A case that waits for a person to say whose it is, with the units that were proposed."""
    seen = engine.rows.get(SIGHTINGS, row.report) if row.report else None
    return _of(row, *_DESK, candidates=[] if seen is None else seen.candidates)


def vital(row: Any, engine: Engine) -> Public:
    """A notable value; a cell that is not listed is usual, or unknown where it is not fresh."""
    return _of(row, *_VITAL)


def sign(row: Any, engine: Engine) -> Public:
    """Whether a sign is fresh, and as of when."""
    return _of(row, "sign", "fresh", "as_of", "last_arrival_at")


def feed(row: Any, engine: Engine) -> Public:
    """A feed: how much it sent, when it last spoke, whether it is silent."""
    return _of(row, "feed", "taken", "refused", "last_seen_at", "silent", "silent_since_at")


def crew(row: Any, engine: Engine) -> Public:
    """A crew: where it is, what it does, for which case."""
    return _of(row, "unit", "state", "lon_e7", "lat_e7", "case", "since_at")


def area(row: Any, engine: Engine) -> Public:
    """An area: how many reports it had and how many of them are open."""
    return _of(row, "area", "reports", "open_reports", "last_report_at")


_WARNING: Final = (
    *("warning", "sign", "type", "area", "level", "highest", "onset_at", "code", "params"),
)
_RESPONSE: Final = ("proposal", "warning", "response_level", "plan", "area", "state", "measures")
_CASE: Final = (
    *("case", "incident", "type", "area", "state", "unit", "filed_at", "due_at", "fell_due"),
    *("members", "hops", "rework", "solved"),
)
_NOTICE: Final = (
    *("notice", "kind", "recipient", "post", "urgency", "case", "area", "unit", "channel"),
    *("state", "code", "asked_at", "send_at", "level"),
)
_DESK: Final = ("case", "report", "type", "area", "unit", "tried", "waits_for_person")
_VITAL: Final = (
    *("sign", "type", "area", "window_s", "value_micro", "expected_ppm", "surprise_milli"),
    "as_of",
)

Place = tuple[str, tuple[str, ...]]
"""The area and the units by which it is decided who sees a row."""
PlaceOf = Callable[[Any, Engine], Place]


def _by_area(row: Any, engine: Engine) -> Place:
    return row.area, ()


def _by_city(row: Any, engine: Engine) -> Place:
    return "", ()


def _by_unit(row: Any, engine: Engine) -> Place:
    return row.area, (row.unit,)


def _by_case(row: Any, engine: Engine) -> Place:
    """A crew is where its case is; one without a case is anywhere in the city."""
    found = engine.rows.get(CASES, row.case) if row.case else None
    return "" if found is None else found.area, (row.unit,)


class Shown(NamedTuple):
    """How a table is shown: its public name, its shape, and who sees a row of it."""

    name: str
    shape: Shape
    place: PlaceOf | None = None
    """None for what concerns the whole platform: whoever sees anything live sees it."""


LIVE: Final[Mapping[str, Shown]] = {
    "warnings": Shown("warnings", warning, _by_area),
    "responses": Shown("responses", response, _by_area),
    "cases": Shown("cases", case, _by_unit),
    "desks": Shown("desks", desk, _by_unit),
    "vitals": Shown("vitals", vital, _by_area),
    "signs": Shown("signs", sign),
    "feeds": Shown("feeds", feed, _by_city),
    "crews": Shown("crews", crew, _by_case),
    "area_states": Shown("areas", area, _by_area),
}
"""Every table that the screens see."""


def is_shown(row: Any) -> bool:
    """Tell whether screens show a row: it has not ended, and a case on the desk asks a person."""
    if row is None or getattr(row, "open", True) is False:
        return False
    return getattr(row, "waits_for_person", True) is True


def key_of(table: Table[Any], key: Any) -> Any:
    """Return a key as JSON: the value, or a list of values where the key has several columns."""
    return list(key) if len(table.key) > 1 else key


def _of(row: Any, *names: str, **more: Any) -> Public:
    found: Public = {name: getattr(row, name) for name in names}
    found.update(more)
    return found
