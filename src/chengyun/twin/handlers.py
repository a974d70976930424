"""Twin: reports are located, as far as their place can be believed; registers are loaded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final

from chengyun.engine.about import About, Abouts
from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.engine.stage import Follows, Listens, Orders
from chengyun.facts.dispatch import CaseDispatched
from chengyun.facts.engine import FactArrived, PolicyTookEffect
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.gridding import registered_grids
from chengyun.facts.handle import ReportClosed
from chengyun.facts.places import Place
from chengyun.facts.registers import Areas, AssetRegister, City, UnitGridRegister, Units, city_of
from chengyun.facts.sense import ReportReceived
from chengyun.facts.twin import (
    AssetRegistered,
    CrewMoved,
    CrewState,
    DefaultGeocodeFound,
    ReportLocated,
)
from chengyun.kernel.crs import E7, Point
from chengyun.kernel.errors import Rejected
from chengyun.kernel.grids import Grids
from chengyun.kernel.ids import join, under
from chengyun.kernel.instants import Instant
from chengyun.twin import rules, views
from chengyun.twin.policy import Places
from chengyun.twin.silences import RecordSilences, record_silences


def on_report_received(fact: Fact[ReportReceived], known: Known) -> Iterable[Draft]:
    """Locate a report: its point if it is believed, its grid, the component it may mean.

    A point where reports named too many different streets is a geocoder's "unknown"; it is
    found out by this report or was before, and the place of the report is then unknown.
    """
    report = fact.body
    policy = known.policy(Places)
    street = rules.street_of(report.place_text)
    place, code = _believed(report.place, street, policy, known)
    if code == "found_default" and report.place is not None:
        yield Draft(
            id=join("default-geocode", report.place.lon_e7, report.place.lat_e7),
            happened_at=fact.happened_at,
            subject=fact.subject,
            area=fact.area,
            body=DefaultGeocodeFound(place=report.place, place_texts=policy.default_geocode_texts),
        )
        code = "default_geocode"
    asset = _asset(place, report.type, policy, known)
    yield Draft(
        id=under("located", fact.subject),
        happened_at=fact.happened_at,
        subject=fact.subject,
        area=fact.area,
        body=ReportLocated(
            report=fact.subject,
            feed=report.feed,
            type=report.type,
            place=place,
            grid=_grid(place, known),
            street=street,
            asset=asset,
            code=code,
            params={},
        ),
    )


def _believed(
    place: Place | None, street: str, policy: Places, known: Known
) -> tuple[Place | None, str]:
    if place is None:
        return None, "missing"
    point = known.get(views.POINTS, (place.lon_e7, place.lat_e7))
    if point is None:
        return place, "given"
    if point.is_default:
        return None, "default_geocode"
    streets = len(point.streets) + (bool(street) and street not in point.streets)
    if streets >= policy.default_geocode_texts:
        return None, "found_default"
    return place, "given"


def _grid(place: Place | None, known: Known) -> str:
    if place is None:
        return ""
    point = Point(place.lon_e7, place.lat_e7)
    grids: Grids | None = known.built(registered_grids, UnitGridRegister)
    grids = grids or known.built(rules.generated_grids, City)
    return "" if grids is None else grids.grid_of(point) or ""


def _asset(place: Place | None, type_: str, policy: Places, known: Known) -> str:
    if place is None or not known.policy(AssetRegister).assets:
        return ""
    around = (
        asset
        for cell in rules.cells_around(place, policy.asset_radius_m)
        for asset in known.find(views.ASSETS, 0, (type_, cell))
    )
    found = rules.nearest(place, around, policy.asset_radius_m)
    return "" if found is None else found.code


def on_policy_took_effect(fact: Fact[PolicyTookEffect], known: Known) -> Iterable[Draft]:
    """Enter the components of the pack into the register, where they are new or changed."""
    for code, entry in sorted(known.policy(AssetRegister).assets.items()):
        place = None
        if entry.lon is not None and entry.lat is not None:
            place = Place(lon_e7=round(entry.lon * E7), lat_e7=round(entry.lat * E7))
        cell = "" if place is None else rules.cell_of(place)
        before = known.get(views.ASSETS, code)
        body = AssetRegistered(
            code=code, type=entry.type, name=entry.name, owner=entry.owner, place=place, cell=cell
        )
        if before is not None and before == views.asset_row(body):
            continue
        yield Draft(
            id=join("asset", code, fact.seq),
            happened_at=fact.happened_at,
            subject=join("asset", code),
            body=body,
        )


class ReportCrew(Command, frozen=True, kw_only=True):
    """A crew says where it is and what it is doing."""

    NEEDS: ClassVar[str] = "crew:report"
    unit: str
    state: CrewState
    place: Place | None
    case: str
    at: Instant


def report_crew(command: ReportCrew, known: Known) -> Iterable[Draft]:
    """Take in the word of a crew that the city knows."""
    if command.unit not in known.policy(Units).units:
        raise Rejected(
            "unknown_unit",
            f"{command.unit!r} is no unit of this city",
            remedy="use one of units.csv",
            params={"unit": command.unit},
        )
    yield Draft(
        id=join("crew", command.unit, command.state, command.at),
        happened_at=command.at,
        subject=join("unit", command.unit),
        area=known.built(city_of, Areas),
        body=CrewMoved(
            unit=command.unit, state=command.state, place=command.place, case=command.case
        ),
    )


def about_crew(command: ReportCrew, known: Known) -> About:
    """A crew is its unit's, and goes everywhere in the city."""
    return About(units=(command.unit,))


ORDERS: Final[Orders] = {ReportCrew: report_crew, RecordSilences: record_silences}
ABOUTS: Final[Abouts] = {ReportCrew: about_crew}
LISTENS: Final[Listens] = {
    ReportReceived: (on_report_received,),
    PolicyTookEffect: (on_policy_took_effect,),
}
FOLLOWS: Final[Follows] = {
    ReportLocated: (views.note_report, views.note_street),
    DefaultGeocodeFound: (views.note_default,),
    AssetRegistered: (views.note_asset,),
    CrewMoved: (views.note_crew,),
    CaseDispatched: (views.note_dispatched,),
    ReportClosed: (views.note_closed,),
    FactArrived: (views.note_figures_below,),
}
