"""Evidence: photos, papers and words that show how it was and how it is, once each.

The files stand outside, under their digests, each as often as nobody needs it any more: what a
reporter gave goes with him.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Annotated, ClassVar, Final

import msgspec
from msgspec import Meta

from chengyun.engine.about import CITY, About
from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change, Drop, Put, Table
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.guard import PersonalDataExpired, PersonErased
from chengyun.facts.handle import EvidenceAdded, EvidenceKind, Moment
from chengyun.facts.places import Place
from chengyun.handle import views
from chengyun.handle.steps import standing
from chengyun.kernel.errors import Rejected
from chengyun.kernel.ids import under
from chengyun.kernel.instants import Instant
from chengyun.kernel.limits import (
    MAX_EVIDENCE_A_CASE,
    MAX_EVIDENCE_A_REPORT,
    MAX_EVIDENCE_CHARS,
    MAX_ID_CHARS,
)

_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_Name = Annotated[str, Meta(max_length=8 * MAX_ID_CHARS)]


class AddEvidence(Command, frozen=True, kw_only=True):
    """Add what shows how it was or is to a case, or to a report that has none yet."""

    NEEDS: ClassVar[str] = "evidence:add"
    BY_NAME: ClassVar[bool] = False
    case: _Name = ""
    report: _Name = ""
    area: _Name = ""
    """Of a report that is in no case."""
    kind: EvidenceKind
    moment: Moment = ""
    digest: str = ""
    """Of the file as it is kept, which stands on disk by now; empty for words."""
    media_type: Annotated[str, Meta(max_length=100)] = ""
    size_bytes: int = 0
    taken_at: Instant | None = None
    place: Place | None = None
    text: str = ""


class EvidenceRow(msgspec.Struct, frozen=True):
    """A piece of evidence."""

    evidence: str
    case: str
    report: str
    area: str
    digest: str
    media_type: str
    kind: str
    moment: str
    step: str
    by: str
    at: int
    taken_at: int | None
    size_bytes: int
    open: bool = False
    """Never: it is looked up by its case or report, in the store."""


class CaseEvidence(msgspec.Struct, frozen=True):
    """What a case has of evidence, by kind: when the last was added, which is what a move asks."""

    case: str
    latest: dict[str, int]
    count: int
    open: bool = False


class ReportEvidence(msgspec.Struct, frozen=True):
    """What was given with a report."""

    report: str
    evidence: list[str]
    open: bool = False


class KeptFile(msgspec.Struct, frozen=True):
    """A file that is needed, and by how many pieces of evidence."""

    digest: str
    needed: int
    open: bool = False


EVIDENCE = Table(
    "evidence",
    EvidenceRow,
    key=("evidence",),
    indexes=(("case",), ("report",), ("digest",)),
    resident=("open", True),
)
OF_CASES = Table("case_evidence", CaseEvidence, key=("case",), resident=("open", True))
OF_REPORTS = Table("report_evidence", ReportEvidence, key=("report",), resident=("open", True))
FILES = Table("kept_files", KeptFile, key=("digest",), resident=("open", True))
TABLES = (EVIDENCE, OF_CASES, OF_REPORTS, FILES)


# --- adding -------------------------------------------------------------------------------------


def about_evidence(command: AddEvidence, known: Known) -> About:
    """It belongs to whoever has the case; that of a report without one lies in its area."""
    case = known.get(views.CASES, _case_of(command, known))
    if case is not None:
        return About(case.area, (case.unit,))
    member = known.get(views.MEMBERS, command.report)
    area = command.area if member is None else member.area
    return About(area) if area else CITY


def _case_of(command: AddEvidence, known: Known) -> str:
    member = known.get(views.MEMBERS, command.report) if command.report else None
    return command.case or ("" if member is None else member.case)


def add_evidence(command: AddEvidence, known: Known) -> Iterable[Draft]:
    """Add a piece of evidence, once."""
    _check(command)
    name = _case_of(command, known)
    case = known.get(views.CASES, name)
    step = standing(name, known).step if name else ""
    subject = command.case or command.report
    said = command.digest or hashlib.sha256(command.text.encode()).hexdigest()
    evidence = under("evidence", subject, *filter(None, (said[:32], command.moment)))
    if known.get(EVIDENCE, evidence) is not None:
        return
    _check_room(command, known)
    yield Draft(
        id=evidence,
        happened_at=known.now,
        subject=subject,
        area=command.area if case is None else case.area,
        body=EvidenceAdded(
            case=name,
            report=command.report,
            kind=command.kind,
            moment=command.moment,
            step=step,
            digest=command.digest,
            media_type=command.media_type,
            size_bytes=command.size_bytes,
            taken_at=command.taken_at,
            place=command.place,
            text=command.text,
        ),
    )


def _check(command: AddEvidence) -> None:
    if not command.case and not command.report:
        raise Rejected("missing", "evidence belongs to a case or a report", where="case",
                       remedy="name one", params={"field": "case"})  # fmt: skip
    if len(command.text) > MAX_EVIDENCE_CHARS:
        raise Rejected(
            "too_long",
            f"text has {len(command.text)} characters, at most {MAX_EVIDENCE_CHARS} are allowed",
            where="text",
            remedy="add it as a document",
            params={"field": "text", "limit": str(MAX_EVIDENCE_CHARS)},
        )
    is_file = _DIGEST.fullmatch(command.digest) is not None
    if is_file == (command.kind == "text") or not (is_file or command.text.strip()):
        raise Rejected("no_evidence", "a file is kept under its digest, words are said",
                       where="digest", remedy="send a file or some words")  # fmt: skip


def _check_room(command: AddEvidence, known: Known) -> None:
    case, report = known.get(OF_CASES, command.case), known.get(OF_REPORTS, command.report)
    full = (case is not None and case.count >= MAX_EVIDENCE_A_CASE) or (
        report is not None and len(report.evidence) >= MAX_EVIDENCE_A_REPORT
    )
    if full:
        limit = MAX_EVIDENCE_A_REPORT if command.report else MAX_EVIDENCE_A_CASE
        raise Rejected(
            "too_much_evidence",
            f"{command.case or command.report} has {limit} pieces of evidence",
            where="case",
            remedy="put several papers into one document",
            params={"limit": str(limit)},
        )


# --- what is remembered -------------------------------------------------------------------------


def note_added(fact: Fact[EvidenceAdded], rows: Rows) -> Iterable[Change]:
    """A piece of evidence is there; its file is needed once more."""
    one = fact.body
    yield Put(
        EVIDENCE,
        EvidenceRow(
            evidence=fact.id,
            case=one.case,
            report=one.report,
            area=fact.area,
            digest=one.digest,
            media_type=one.media_type,
            kind=one.kind,
            moment=one.moment,
            step=one.step,
            by=fact.actor,
            at=fact.happened_at,
            taken_at=one.taken_at,
            size_bytes=one.size_bytes,
        ),
    )
    if one.case:
        before = rows.get(OF_CASES, one.case) or CaseEvidence(one.case, {}, 0)
        latest = before.latest | {one.kind: fact.happened_at}
        yield Put(OF_CASES, CaseEvidence(one.case, latest, before.count + 1))
    if one.report:
        given = rows.get(OF_REPORTS, one.report) or ReportEvidence(one.report, [])
        yield Put(OF_REPORTS, ReportEvidence(one.report, [*given.evidence, fact.id]))
    if one.digest:
        file = rows.get(FILES, one.digest) or KeptFile(one.digest, 0)
        yield Put(FILES, KeptFile(one.digest, file.needed + 1))


def note_erased(fact: Fact[PersonErased], rows: Rows) -> Iterable[Change]:
    """What a person gave goes with him."""
    yield from _gone(fact.body.person, rows, {})


def note_expired(fact: Fact[PersonalDataExpired], rows: Rows) -> Iterable[Change]:
    """What was kept long enough goes with its report."""
    needed: dict[str, int] = {}
    for person in fact.body.persons:
        yield from _gone(person, rows, needed)


def _gone(report: str, rows: Rows, needed: dict[str, int]) -> Iterator[Change]:
    """Yield the changes; ``needed`` counts what one fact takes from a file more than once."""
    given = rows.get(OF_REPORTS, report)
    if given is None:
        return
    yield Drop(OF_REPORTS, report)
    for evidence in given.evidence:
        row = rows.get(EVIDENCE, evidence)
        if row is None:
            continue
        yield Drop(EVIDENCE, evidence)
        file = rows.get(FILES, row.digest)
        if file is None:
            continue
        left = needed[row.digest] = needed.get(row.digest, file.needed) - 1
        yield Put(FILES, KeptFile(row.digest, left)) if left > 0 else Drop(FILES, row.digest)
