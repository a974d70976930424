"""Sense: what comes in becomes facts; a feed that falls silent is a fact too."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final

from chengyun.engine.about import Abouts, of_area
from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.engine.stage import Follows, Listens, Orders
from chengyun.facts.classes import sensitive_of
from chengyun.facts.engine import PolicyTookEffect, TimerFired
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.guard import PersonalDataExpired, PersonErased
from chengyun.facts.handle import CaseReclassified, ReportClosed
from chengyun.facts.places import Place
from chengyun.facts.privacy import Privacy
from chengyun.facts.registers import Areas, city_of
from chengyun.facts.sense import (
    FeedFellSilent,
    FeedResumed,
    IntakeEscalated,
    ObservationReceived,
    ReportDiverted,
    ReportReceived,
    ReportTaken,
    ReportTriaged,
    RowRefused,
    SensitiveReceived,
    SightingDecided,
    TriageDecided,
    TriageLearned,
)
from chengyun.kernel.errors import Rejected
from chengyun.kernel.ids import join
from chengyun.kernel.instants import Instant
from chengyun.sense import sighting, taking, views, waiting
from chengyun.sense.policy import Feed, Feeds
from chengyun.sense.triage import handlers as triage
from chengyun.sense.triage import views as triage_views


class ReceiveReport(Command, frozen=True, kw_only=True):
    """Take in a report that was read from a feed."""

    NEEDS: ClassVar[str] = "report:receive"
    feed: str
    file: str
    row: int
    id: str
    opened_at: Instant
    due_at: Instant | None
    type: str
    title: str
    text: str
    channel: str
    area: str
    place: Place | None
    place_text: str
    attributes: dict[str, str]
    personal: dict[str, str]
    notes: list[str]


class ReceiveObservation(Command, frozen=True, kw_only=True):
    """Take in a measured value that was read from a feed."""

    NEEDS: ClassVar[str] = "observation:receive"
    feed: str
    id: str
    area: str
    value_micro: int
    from_at: Instant
    until_at: Instant


class KeepRefused(Command, frozen=True, kw_only=True):
    """Keep a row that could not be taken, with its reason, for correction."""

    NEEDS: ClassVar[str] = "report:refuse"
    feed: str
    file: str
    row: int
    at: Instant
    field: str
    code: str
    params: dict[str, str]
    raw: str


_TOLD: Final = frozenset({"field", "chars", "limit", "missing", "id"})
"""Parameters of a reason that quote nothing from the row."""


def _feed(name: str, known: Known) -> Feed:
    feed = known.policy(Feeds).feeds.get(name)
    if feed is None:
        raise Rejected(
            "unknown_feed",
            f"{name!r} is no feed of this city",
            remedy="declare it in feeds/ of the city pack",
            params={"feed": name},
        )
    return feed


def receive_report(command: ReceiveReport, known: Known) -> Iterable[Draft]:
    """Turn a report into a fact; without an area it belongs to the whole city."""
    feed = _feed(command.feed, known)
    report = join("report", command.feed, command.id)
    area = command.area or known.built(city_of, Areas)
    grave = known.policy(Privacy).sensitive if command.personal else []
    personal = {name: text for name, text in command.personal.items() if name not in grave}
    sensitive = {name: text for name, text in command.personal.items() if name in grave}
    yield Draft(
        id=report,
        happened_at=command.opened_at,
        subject=report,
        area=area,
        sealed=personal or None,
        sealed_for=report if personal else "",
        body=ReportReceived(
            feed=command.feed,
            file=command.file,
            row=command.row,
            channel=command.channel,
            type=command.type,
            title=command.title,
            text=command.text,
            place=command.place,
            place_text=command.place_text,
            due_at=command.due_at,
            attributes=command.attributes,
            silent_after_s=feed.silent_after_s,
            notes=command.notes,
        ),
    )
    if sensitive:
        yield Draft(
            id=sensitive_of(report),
            happened_at=command.opened_at,
            subject=report,
            area=area,
            sealed=sensitive,
            sealed_for=sensitive_of(report),
            body=SensitiveReceived(report=report),
        )


def receive_observation(command: ReceiveObservation, known: Known) -> Iterable[Draft]:
    """Turn a measured value into a fact, known when its interval was over."""
    feed = _feed(command.feed, known)
    area = command.area or known.built(city_of, Areas)
    yield Draft(
        id=join("observation", command.feed, area, command.id),
        happened_at=command.until_at,
        subject=join("property", feed.property, area),
        area=area,
        body=ObservationReceived(
            feed=command.feed,
            property=feed.property,
            unit=feed.unit,
            value_micro=command.value_micro,
            from_at=command.from_at,
            until_at=command.until_at,
            silent_after_s=feed.silent_after_s,
        ),
    )


def keep_refused(command: KeepRefused, known: Known) -> Iterable[Draft]:
    """Keep a refused row; it may hold personal data in any column, so all of it is sealed."""
    row = join("refused", command.feed, command.file, command.row)
    told = {name: text for name, text in command.params.items() if name in _TOLD}
    read = {name: text for name, text in command.params.items() if name not in _TOLD}
    yield Draft(
        id=row,
        happened_at=command.at,
        subject=row,
        sealed=read | {"raw": command.raw},
        sealed_for=row,
        body=RowRefused(
            feed=command.feed,
            file=command.file,
            row=command.row,
            field=command.field,
            code=command.code,
            params=told,
        ),
    )


def on_spoken(
    fact: Fact[ReportReceived] | Fact[ObservationReceived], known: Known
) -> Iterable[Draft]:
    """A feed that was silent speaks again; what people told beside it is no word of it."""
    feed = known.get(views.FEEDS, fact.body.feed)
    if feed is not None and feed.silent and fact.body.silent_after_s:
        yield Draft(
            id=join("resumed", feed.feed, fact.happened_at),
            happened_at=fact.happened_at,
            subject=join("feed", feed.feed),
            body=FeedResumed(feed=feed.feed, silent_since_at=feed.silent_since_at),
        )


def on_timer(fact: Fact[TimerFired], known: Known) -> Iterable[Draft]:
    """The feed should have spoken by now: from its last word on, everything is unknown."""
    feed = known.get(views.FEEDS, fact.subject)
    if fact.body.purpose == views.SILENCE and feed is not None and not feed.silent:
        yield Draft(
            id=join("silent", feed.feed, feed.last_seen_at),
            happened_at=fact.happened_at,
            subject=join("feed", feed.feed),
            body=FeedFellSilent(feed=feed.feed, since_at=feed.last_seen_at),
        )


ORDERS: Final[Orders] = {
    ReceiveReport: receive_report,
    ReceiveObservation: receive_observation,
    KeepRefused: keep_refused,
    taking.TakeReport: taking.take_report,
    sighting.ConfirmSighting: sighting.confirm_sighting,
    triage.DecideTriage: triage.decide_triage,
}
ABOUTS: Final[Abouts] = {
    ReceiveReport: of_area,
    ReceiveObservation: of_area,
    taking.TakeReport: taking.about_taken,
    sighting.ConfirmSighting: taking.about_waiting,
    triage.DecideTriage: taking.about_waiting,
}
LISTENS: Final[Listens] = {
    PolicyTookEffect: (triage.on_policy_took_effect,),
    ReportTaken: (taking.on_report_taken, triage.on_report_waiting),
    ReportTriaged: (triage.on_report_triaged,),
    TriageDecided: (triage.on_triage_decided,),
    SightingDecided: (sighting.on_sighting_decided,),
    IntakeEscalated: (sighting.on_escalated,),
    ReportReceived: (on_spoken,),
    ObservationReceived: (on_spoken,),
    TimerFired: (on_timer, sighting.on_waiting, triage.on_learning_due),
}
FOLLOWS: Final[Follows] = {
    ReportTaken: (waiting.note_taken,),
    ReportDiverted: (waiting.note_diverted, triage_views.keep_words),
    ReportTriaged: (waiting.note_triaged, triage_views.keep_words),
    TriageDecided: (waiting.note_triage_decided, triage_views.note_decided),
    TriageLearned: (triage_views.note_learned,),
    CaseReclassified: (triage_views.note_reclassified,),
    ReportClosed: (triage_views.note_closed,),
    PersonErased: (triage_views.note_erased,),
    PersonalDataExpired: (triage_views.note_expired,),
    SightingDecided: (waiting.note_sighting,),
    IntakeEscalated: (waiting.note_escalated,),
    ReportReceived: (views.note_spoken, waiting.note_received),
    ObservationReceived: (views.note_spoken,),
    FeedFellSilent: (views.note_silent,),
    FeedResumed: (views.note_resumed,),
    RowRefused: (views.note_refused,),
}
