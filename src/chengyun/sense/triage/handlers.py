"""Triage at the desk: a proposal for whatever waits, a person's word where it is not sure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, ClassVar, Final

import msgspec
from msgspec import Meta

from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.facts.engine import PolicyTookEffect, TimerFired
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.gridding import area_of_point, registered_grids
from chengyun.facts.places import Place
from chengyun.facts.registers import Areas, AssetRegister, CaseTypes, UnitGridRegister
from chengyun.facts.sense import ReportTaken, ReportTriaged, TriageDecided, TriageLearned
from chengyun.kernel.crs import Point
from chengyun.kernel.errors import Rejected
from chengyun.kernel.ids import join, under
from chengyun.kernel.limits import MAX_GROUND_CHARS, MAX_ID_CHARS, MAX_TRIAGE_ROWS
from chengyun.sense import waiting
from chengyun.sense.taking import received
from chengyun.sense.triage import views
from chengyun.sense.triage.features import features
from chengyun.sense.triage.finding import found
from chengyun.sense.triage.gazetteer import gazetteer
from chengyun.sense.triage.learning import Taught, learned
from chengyun.sense.triage.policy import Landmarks, Triage
from chengyun.sense.triage.ports import TRIAGE
from chengyun.sense.triage.proposing import Found, Learned, catalogue, proposed, words_of

_UNPLACED: Final = frozenset(
    {"words", "missing", "not_a_coordinate", "outside_city", "unknown_crs"}
)
"""How the place of a report is given that nobody knows yet."""

_Code = Annotated[str, Meta(max_length=MAX_ID_CHARS)]


class DecideTriage(Command, frozen=True, kw_only=True):
    """Say what a report that waits at the desk is, and where."""

    NEEDS: ClassVar[str] = "triage:decide"
    report: str
    type: _Code
    area: _Code = ""
    """Where it is; as it stands where it is left out."""
    reason: Annotated[str, Meta(max_length=MAX_GROUND_CHARS)] = ""


def proposal(text: str, place_text: str, known: Known) -> ReportTriaged:
    """Return what triage proposes now for what somebody says."""
    words = known.built(words_of, Triage)
    return proposed(
        text,
        triage=known.policy(Triage),
        types=known.policy(CaseTypes),
        words=words,
        learned=_learned(known),
        heard=words.dangers.heard(text),
        where=_where(text, place_text, known),
    )


def _where(text: str, place_text: str, known: Known) -> Found:
    grids = known.built(registered_grids, UnitGridRegister)
    names = known.built(gazetteer, Areas, Landmarks, AssetRegister)

    def area_of(place: Place) -> str:
        return area_of_point(Point(place.lon_e7, place.lat_e7), grids, known.policy(Areas))

    return found(text, place_text, names, area_of)


def _learned(known: Known) -> Learned | None:
    row = known.get(views.MODELS, views.CURRENT)
    if row is None or not row.model:
        return None
    return Learned(row.model, known.port(TRIAGE).model(row.model))


def on_report_waiting(fact: Fact[ReportTaken], known: Known) -> Iterable[Draft]:
    """Propose what a report is that waits for triage."""
    row = known.get(waiting.INTAKE, fact.subject)
    if row is None or row.waits_for != "triage" or row.diverted:
        return
    body = proposal(views.said_in(row), row.place_text, known)
    if body.placed and fact.body.place_code not in _UNPLACED:  # the reporter knows better
        body = msgspec.structs.replace(body, placed=False)
    yield Draft(
        id=under("triaged", fact.subject),
        happened_at=fact.happened_at,
        subject=fact.subject,
        area=body.places[0].area if body.placed else fact.area,
        body=body,
    )


def on_report_triaged(fact: Fact[ReportTriaged], known: Known) -> Iterable[Draft]:
    """What is sure goes on; the rest waits for a person."""
    row = known.get(waiting.INTAKE, fact.subject)
    if row is not None and row.open and fact.body.sure:
        note = f"triaged:{fact.body.confidence_ppm}"
        yield received(row, fact.body.type, known, at=fact.happened_at, notes=(note,))


def decide_triage(command: DecideTriage, known: Known) -> Iterable[Draft]:
    """Take in what a person says a report is, once."""
    row = known.get(waiting.INTAKE, command.report)
    if row is None or row.waits_for != "triage":
        raise Rejected(
            "not_waiting",
            f"{command.report[:80]!r} waits for nobody to say what it is",
            where="report",
            remedy="look at the desk again: somebody else was there first, or time ran out",
            params={"report": command.report[:80]},
        )
    if command.type not in known.policy(CaseTypes).types:
        raise Rejected(
            "unknown_type",
            f"{command.type[:80]!r} is no case type of this city",
            where="type",
            remedy="say what it is with a code of /api/v1/types",
            params={"type": command.type[:80]},
        )
    if command.area and not known.is_area(command.area):
        raise Rejected(
            "unknown_area",
            f"{command.area[:80]!r} is no area of this city",
            where="area",
            remedy="use a code of /api/v1/areas, or leave it out",
            params={"area": command.area[:80]},
        )
    yield Draft(
        id=under("decided", command.report),
        happened_at=known.now,
        subject=command.report,
        area=command.area or row.area,
        body=TriageDecided(
            type=command.type,
            proposed=row.proposed,
            area=command.area,
            reason=command.reason,
        ),
    )


def on_triage_decided(fact: Fact[TriageDecided], known: Known) -> Iterable[Draft]:
    """What somebody said it is goes on."""
    row = known.get(waiting.INTAKE, fact.subject)
    if row is not None and row.open:
        yield received(row, fact.body.type, known, at=fact.happened_at)


# --- learning -----------------------------------------------------------------------------------


def on_policy_took_effect(fact: Fact[PolicyTookEffect], known: Known) -> Iterable[Draft]:
    """With other words of the catalogue, learn at once; a pilot in one area does not change it."""
    if not fact.body.scope and known.policy(Triage).types:
        yield from _learn(fact, known)


def on_learning_due(fact: Fact[TimerFired], known: Known) -> Iterable[Draft]:
    """Learn from what was decided, where it is enough."""
    row = known.get(views.MODELS, views.CURRENT)
    if fact.body.purpose != views.LEARN or row is None:
        return
    if row.new >= known.policy(Triage).learn_after:
        yield from _learn(fact, known)


def _learn(fact: Fact[PolicyTookEffect] | Fact[TimerFired], known: Known) -> Iterable[Draft]:
    words = known.built(catalogue, Triage, CaseTypes)
    texts = sorted(known.each(views.TEXTS), key=lambda one: -one.seq)[:MAX_TRIAGE_ROWS]
    decided = [Taught(features(one.text), one.label) for one in texts]
    labels = {one.label for one in (*words, *decided)}
    if len(labels) < _LEAST_LABELS:
        return
    name = known.port(TRIAGE).keep(learned(decided, words))
    before = known.get(views.MODELS, views.CURRENT)
    if before is not None and before.model == name and not before.new:
        return
    yield Draft(
        id=join("triage-model", fact.seq),
        happened_at=fact.happened_at,
        subject="triage",
        body=TriageLearned(
            model=name, decided=len(decided), labels=len(labels), until_seq=fact.seq
        ),
    )


_LEAST_LABELS: Final = 2
