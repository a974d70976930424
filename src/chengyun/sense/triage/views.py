"""What triage remembers: texts that it proposed for until they are decided, and those that teach.

A text teaches once a person or the end of its case says what it was. It goes when the data of its
reporter go, and when so many newer ones of its type are there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change, Drop, Put, Table
from chengyun.engine.timers import TIMERS, set_timer
from chengyun.facts.envelope import Fact
from chengyun.facts.guard import PersonalDataExpired, PersonErased
from chengyun.facts.handle import CaseReclassified, ReportClosed
from chengyun.facts.sense import ReportDiverted, ReportTriaged, TriageDecided, TriageLearned
from chengyun.kernel.ids import under
from chengyun.kernel.instants import SECOND_US
from chengyun.kernel.limits import MAX_TRIAGE_CHARS, MAX_TRIAGE_ROWS_A_TYPE, TRIAGE_LEARNS_S
from chengyun.sense import waiting

LEARN: Final = "sense.triage"
CURRENT: Final = "current"
_AS_IT_WAS: Final = frozenset({"resolved", "duplicate"})
"""Ends of a case which say that its type was right."""


class TextRow(msgspec.Struct, frozen=True):
    """What a report said, and what it turned out to be."""

    report: str
    text: str
    label: str
    """Its type as decided; empty while nobody said so."""
    seq: int
    """The fact that said so last; until then the one that proposed."""
    open: bool
    """Whether it teaches."""


class ModelRow(msgspec.Struct, frozen=True):
    """The model that proposes now."""

    name: str
    model: str
    decided: int
    learned_seq: int
    new: int
    """How many decisions it has not learned from."""


TEXTS = Table(
    "triage_texts", TextRow, key=("report",), indexes=(("label",),), resident=("open", True)
)
MODELS = Table("triage_models", ModelRow, key=("name",))
TABLES = (TEXTS, MODELS)


def said_in(row: waiting.IntakeRow) -> str:
    """Return what a report says in words, its title before its text."""
    return f"{row.title}\n{row.text}" if row.title else row.text


def keep_words(fact: Fact[ReportTriaged] | Fact[ReportDiverted], rows: Rows) -> Iterable[Change]:
    """Keep the words until it is known what they meant."""
    row = rows.get(waiting.INTAKE, fact.subject)
    if row is not None:
        text = said_in(row)[:MAX_TRIAGE_CHARS]
        if text.strip():
            yield Put(TEXTS, TextRow(fact.subject, text, "", fact.seq, open=False))


def note_decided(fact: Fact[TriageDecided], rows: Rows) -> Iterable[Change]:
    """A person said what it is."""
    yield from _taught(fact.subject, fact.body.type, fact, rows)


def note_reclassified(fact: Fact[CaseReclassified], rows: Rows) -> Iterable[Change]:
    """A person said that the case is another; the words of its first report teach that."""
    report = "report:" + fact.subject.partition(":")[2]
    yield from _taught(report, fact.body.type, fact, rows)


def note_closed(fact: Fact[ReportClosed], rows: Rows) -> Iterable[Change]:
    """Where the end confirms the type it teaches; else its words are needed no more."""
    text = rows.get(TEXTS, fact.body.report)
    if text is None or text.label:
        return
    if fact.body.outcome in _AS_IT_WAS:
        yield from _taught(fact.body.report, fact.body.type, fact, rows)
    else:
        yield Drop(TEXTS, fact.body.report)


def _taught(report: str, label: str, fact: Fact[Any], rows: Rows) -> Iterator[Change]:
    text = rows.get(TEXTS, report)
    if text is None:
        return
    yield Put(TEXTS, msgspec.structs.replace(text, label=label, seq=fact.seq, open=True))
    others = [one for one in rows.find(TEXTS, 0, label) if one.report != report]
    if len(others) >= MAX_TRIAGE_ROWS_A_TYPE:
        yield Drop(TEXTS, min(others, key=lambda one: one.seq).report)
    yield from _new(fact, rows)


def _new(fact: Fact[Any], rows: Rows) -> Iterator[Change]:
    model = rows.get(MODELS, CURRENT) or ModelRow(CURRENT, "", 0, 0, 0)
    yield Put(MODELS, msgspec.structs.replace(model, new=model.new + 1))
    if rows.get(TIMERS, under(LEARN, CURRENT)) is None:
        yield set_timer(LEARN, CURRENT, fact.known_at + TRIAGE_LEARNS_S * SECOND_US, fact)


def note_erased(fact: Fact[PersonErased], rows: Rows) -> Iterable[Change]:
    """The words of an erased reporter teach nothing any more."""
    yield from _forgotten([fact.body.person], fact, rows)


def note_expired(fact: Fact[PersonalDataExpired], rows: Rows) -> Iterable[Change]:
    """Nor do those that were kept long enough."""
    yield from _forgotten(fact.body.persons, fact, rows)


def _forgotten(persons: Iterable[str], fact: Fact[Any], rows: Rows) -> Iterator[Change]:
    for person in persons:
        text = rows.get(TEXTS, person)
        if text is None:
            continue
        yield Drop(TEXTS, person)
        if text.open:
            yield from _new(fact, rows)


def note_learned(fact: Fact[TriageLearned], rows: Rows) -> Iterable[Change]:
    """Another model proposes from now on."""
    learned = fact.body
    yield Put(MODELS, ModelRow(CURRENT, learned.model, learned.decided, learned.until_seq, 0))
