"""The same thing again: a case of a type where one of that type was closed not long ago.

The new case is linked to the one that was closed; the window and what counts as the same place are
the pack's. The same component is the same place wherever its reports were put on the map.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from chengyun.engine.known import Known
from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change, Put, Table
from chengyun.facts.dispatch import CaseFiled
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.handle import CaseClosed, CaseRecurred
from chengyun.facts.twin import ReportLocated
from chengyun.handle import views
from chengyun.handle.voice import Voice
from chengyun.kernel.crs import Point, distance_mm
from chengyun.kernel.ids import under
from chengyun.kernel.instants import DAY_US
from chengyun.kernel.limits import MAX_ENDED_A_SPOT

_CELL_E7 = 10_000
"""Side of a cell in 1e-7 degrees; more than twice the largest radius up to 60° of latitude."""


class Ended(msgspec.Struct, frozen=True, array_like=True):
    """A case that was closed somewhere."""

    case: str
    closed_at: int
    lon_e7: int
    lat_e7: int


class EndedHere(msgspec.Struct, frozen=True):
    """The cases of a type that were closed at a component or in a cell, the newest last."""

    type: str
    spot: str
    cases: list[Ended]
    open: bool


class EndedType(msgspec.Struct, frozen=True):
    """A type of which a case with a place was closed: others need not be looked for."""

    type: str


ENDED = Table("ended_cases", EndedHere, key=("type", "spot"), resident=("open", True))
ENDED_TYPES = Table("ended_types", EndedType, key=("type",))
TABLES = (ENDED, ENDED_TYPES)


def note_place(fact: Fact[ReportLocated], rows: Rows) -> Iterable[Change]:
    """Remember where a report is, until its case is closed."""
    member, place = rows.get(views.MEMBERS, fact.subject), fact.body.place
    if member is not None and (place is not None or fact.body.asset):
        yield Put(
            views.MEMBERS,
            msgspec.structs.replace(
                member,
                asset=fact.body.asset,
                lon_e7=None if place is None else place.lon_e7,
                lat_e7=None if place is None else place.lat_e7,
            ),
        )


def note_ended(fact: Fact[CaseClosed], rows: Rows) -> Iterable[Change]:
    """A case was closed; the same thing may come back where it was."""
    member = rows.get(views.MEMBERS, _report_of(fact.body.incident))
    spot = None if member is None else _spot(member)
    if member is None or spot is None:
        return
    type_ = fact.body.type
    ended = Ended(fact.subject, fact.happened_at, member.lon_e7 or 0, member.lat_e7 or 0)
    here = rows.get(ENDED, (type_, spot))
    before = [] if here is None else [one for one in here.cases if one.case != fact.subject]
    cases = [*before, ended][-MAX_ENDED_A_SPOT:]
    yield Put(ENDED, EndedHere(type_, spot, cases, open=False))
    if rows.get(ENDED_TYPES, type_) is None:
        yield Put(ENDED_TYPES, EndedType(type_))


def on_case_filed(fact: Fact[CaseFiled], known: Known) -> Iterable[Draft]:
    """Link a case to the one that was closed at its place within the window, the last of them."""
    if known.get(ENDED_TYPES, fact.body.type) is None:
        return
    voice, member = known.policy(Voice), known.get(views.MEMBERS, fact.body.report)
    if member is None or not voice.came_back_days:
        return
    since_at = fact.happened_at - voice.came_back_days * DAY_US
    found = [
        ended
        for ended in _near(member, fact.body.type, voice.came_back_m, known)
        if since_at <= ended.closed_at <= fact.happened_at
    ]
    if found:
        last = max(found, key=lambda ended: (ended.closed_at, ended.case))
        yield Draft(
            id=under("recurred", fact.subject),
            happened_at=fact.happened_at,
            subject=fact.subject,
            area=fact.area,
            body=CaseRecurred(
                type=fact.body.type,
                of=last.case,
                code="asset" if member.asset else "place",
                closed_at=last.closed_at,
                window_days=voice.came_back_days,
            ),
        )


def _near(member: views.Member, type_: str, radius_m: int, known: Known) -> Iterator[Ended]:
    if member.asset:
        here = known.get(ENDED, (type_, f"asset:{member.asset}"))
        yield from [] if here is None else here.cases
        return
    if member.lon_e7 is None or member.lat_e7 is None:
        return
    mine = Point(member.lon_e7, member.lat_e7)
    for spot in _spots_around(mine):
        here = known.get(ENDED, (type_, spot))
        for ended in () if here is None else here.cases:
            if distance_mm(mine, Point(ended.lon_e7, ended.lat_e7)) <= radius_m * 1_000:
                yield ended


def _spot(member: views.Member) -> str | None:
    if member.asset:
        return f"asset:{member.asset}"
    if member.lon_e7 is None or member.lat_e7 is None:
        return None
    return _cell(member.lon_e7 // _CELL_E7, member.lat_e7 // _CELL_E7)


def _spots_around(at: Point) -> Iterator[str]:
    """Yield the four cells that a small circle around a point can touch."""
    half = _CELL_E7 // 2
    for lon_e7 in (at.lon_e7 - half, at.lon_e7 + half):
        for lat_e7 in (at.lat_e7 - half, at.lat_e7 + half):
            yield _cell(lon_e7 // _CELL_E7, lat_e7 // _CELL_E7)


def _cell(lon: int, lat: int) -> str:
    return f"cell:{lon}/{lat}"


def _report_of(incident: str) -> str:
    return "report:" + incident.partition(":")[2]
