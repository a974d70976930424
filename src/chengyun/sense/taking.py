"""Reports from every channel: a number at once, the same way on for all of them.

What means danger to life goes on at once, whatever type was given; what names its type and needs no
second look goes on too; the rest waits on the desk. Nothing is refused for its place.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, Final, NamedTuple

import msgspec
from msgspec import Meta

from chengyun.engine.about import CITY, About
from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.facts.classes import sensitive_of
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.gridding import registered_grids
from chengyun.facts.privacy import Privacy
from chengyun.facts.registers import (
    Areas,
    AssetRegister,
    CaseTypes,
    City,
    UnitGridRegister,
    city_of,
    tree_of,
)
from chengyun.facts.sense import (
    DESK,
    Channel,
    ReportDiverted,
    ReportReceived,
    ReportTaken,
    SensitiveReceived,
    Waits,
)
from chengyun.kernel import ids
from chengyun.kernel.errors import Conflict, Rejected
from chengyun.kernel.ids import join, under
from chengyun.kernel.instants import SECOND_US, Instant, to_datetime, zone
from chengyun.kernel.limits import (
    MAX_AHEAD_S,
    MAX_ATTRIBUTE_CHARS,
    MAX_ATTRIBUTES,
    MAX_ID_CHARS,
    MAX_PERSONAL_CHARS,
    MAX_REPORT_CHARS,
    MAX_TITLE_CHARS,
)
from chengyun.sense import waiting
from chengyun.sense.channels import Intake, counted_as, looks_twice, wait_of
from chengyun.sense.placing import NOWHERE, Ground, Placed, Where, placed
from chengyun.sense.policy import Feeds
from chengyun.sense.rules import possible
from chengyun.sense.triage.policy import Triage
from chengyun.sense.triage.proposing import words_of

_UNSEEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BLANKS: Final = re.compile(r"\s+")
_DIGEST: Final = re.compile(r"(|[0-9a-f]{64})", re.ASCII)

_Short = Annotated[str, Meta(max_length=MAX_ID_CHARS)]
_Key = Annotated[str, Meta(min_length=1, max_length=64)]
_Value = Annotated[str, Meta(max_length=MAX_ATTRIBUTE_CHARS)]
_Detail = Annotated[str, Meta(max_length=MAX_PERSONAL_CHARS)]
_Attributes = Annotated[dict[_Key, _Value], Meta(max_length=MAX_ATTRIBUTES)]
_Details = Annotated[dict[_Key, _Detail], Meta(max_length=MAX_ATTRIBUTES)]


class TakeReport(Command, frozen=True, kw_only=True):
    """Take in what somebody tells the city, by whichever channel."""

    NEEDS: ClassVar[str] = "report:receive"
    channel: Channel
    feed: _Short = DESK
    """The sending system, as the pack names its feeds; ``intake`` has none."""
    number: _Short = ""
    """Its number there; the desk gives one where it is empty."""
    at: Instant | None = None
    """When it was told; now where it is left out."""
    type: _Short = ""
    title: str = ""
    text: str = ""
    where: Where = NOWHERE
    desk: _Short = ""
    """The area of the desk that takes it: where it is put that names no place."""
    signal: _Short = ""
    call_sheet: _Short = ""
    may_call: bool = False
    attributes: _Attributes = msgspec.field(default_factory=dict)
    reporter: _Details = msgspec.field(default_factory=dict)
    """Who tells it and how he is reached; goes into the seal."""
    on_behalf_of: _Details = msgspec.field(default_factory=dict)
    """For whom he tells it; goes into the seal."""
    due_at: Instant | None = None
    receipt: str = ""
    """Digest of the code that the reporter was given."""
    with_files: bool = False
    """Whether pictures come with it: then it may say nothing in words."""


# --- where it is, and whose it is to take it ----------------------------------------------------


def about_taken(command: TakeReport, known: Known) -> About:
    """A report is taken where it happened, or else where the desk is that takes it."""
    return About(_placed(command, known).area or command.desk)


def _placed(command: TakeReport, known: Known) -> Placed:
    ground = Ground(
        known.policy(City),
        known.policy(Areas),
        known.built(tree_of, Areas),
        known.policy(AssetRegister),
        known.built(registered_grids, UnitGridRegister),
    )
    return placed(command.where, ground)


# --- taking -------------------------------------------------------------------------------------


def take_report(command: TakeReport, known: Known) -> Iterable[Draft]:
    """Give a report its number; the same one sent again, by anybody, is known already."""
    _check(command, known)
    title, text = _clean(command.title), _clean(command.text)
    at, notes = _when(command, known)
    if (title, text) != (command.title, command.text):
        notes.append("control_characters_removed")
    where = _placed(command, known)
    number = ids.outside(command.number, field="number") if command.number else _numbered(known)
    report = join("report", command.feed, number)
    likeness = _likeness(title, text, command.where.words)
    before = known.get(waiting.INTAKE, report)
    if before is not None:
        if before.likeness == likeness:
            return
        raise Conflict(report)
    policy = known.policy(Intake)
    type_, waits_for = _what(command, known, notes)
    grave, personal = _sealed(command, known)
    area = where.area or command.desk or known.built(city_of, Areas)
    if not where.area:
        notes.append("area_of_desk")
    yield Draft(
        id=under("taken", report),
        happened_at=at,
        subject=report,
        area=area,
        sealed=personal or None,
        sealed_for=report if personal else "",
        body=ReportTaken(
            feed=command.feed,
            number=number,
            channel=command.channel,
            type=type_,
            title=title,
            text=text,
            place=where.place,
            place_text=command.where.words.strip(),
            asset=where.asset,
            place_code=where.code,
            signal=command.signal,
            call_sheet=command.call_sheet,
            on_behalf=bool(command.on_behalf_of),
            may_call=command.may_call,
            attributes=command.attributes,
            due_at=command.due_at,
            waits_for=waits_for,
            round_s=wait_of(policy, command.channel, waits_for).round_s,
            likeness=likeness,
            receipt=command.receipt,
            notes=[*notes, *where.notes],
        ),
    )
    if grave:
        yield Draft(
            id=sensitive_of(report),
            happened_at=at,
            subject=report,
            area=area,
            sealed=grave,
            sealed_for=sensitive_of(report),
            body=SensitiveReceived(report=report),
        )


def _check(command: TakeReport, known: Known) -> None:
    if command.feed != DESK and command.feed not in known.policy(Feeds).feeds:
        raise Rejected(
            "unknown_feed",
            f"{command.feed[:80]!r} is no feed of this city",
            where="feed",
            remedy="declare it in feeds/ of the city pack, or leave it out",
            params={"feed": command.feed[:80]},
        )
    if command.feed != DESK and not command.number:
        raise Rejected(
            "missing",
            "a sending system gives its own number",
            where="number",
            remedy="send the number that the report has there",
            params={"field": "number"},
        )
    if command.feed == DESK and command.number:
        raise Rejected(
            "number_of_desk",
            "numbers of the desk are given here",
            where="number",
            remedy="leave it out, or name the feed whose number it is",
            params={"field": "number"},
        )
    if command.desk and not known.is_area(command.desk):
        raise Rejected(
            "unknown_area",
            f"{command.desk[:80]!r} is no area of this city",
            where="desk",
            remedy="use a code of /api/v1/areas, or leave it out",
            params={"area": command.desk[:80]},
        )
    if not _DIGEST.fullmatch(command.receipt):
        raise Rejected("bad_receipt", "the receipt is no digest", where="receipt",
                       remedy="leave it out")  # fmt: skip
    _check_long("title", command.title, MAX_TITLE_CHARS)
    _check_long("text", command.text, MAX_REPORT_CHARS)
    said = (command.type, command.title, command.text, command.signal, command.where.words)
    if not command.with_files and not any(map(str.strip, said)):
        raise Rejected(
            "says_nothing",
            "the report says nothing",
            where="text",
            remedy="say in a few words what it is about, or add a picture",
            params={"field": "text"},
        )


def _check_long(field: str, text: str, limit: int) -> None:
    if len(text) > limit:
        raise Rejected(
            "too_long",
            f"{field} has {len(text)} characters, at most {limit} are allowed",
            where=field,
            remedy="say the main thing here and add the rest as a document",
            params={"field": field, "chars": str(len(text)), "limit": str(limit)},
        )


def _clean(text: str) -> str:
    return _UNSEEN.sub("", text)


def _when(command: TakeReport, known: Known) -> tuple[Instant, list[str]]:
    if command.at is None:
        return known.now, []
    at = possible("at", str(command.at), command.at)
    if at > known.now + MAX_AHEAD_S * SECOND_US:
        return known.now, [f"from_the_future:{at}"]
    return min(at, known.now), []


def _what(command: TakeReport, known: Known, notes: list[str]) -> tuple[str, Waits]:
    """Return the type as it is believed, and what the report waits for."""
    type_, policy = command.type.strip(), known.policy(Intake)
    if type_ and type_ not in known.policy(CaseTypes).types:
        notes.append(f"unknown_type:{type_[:80]}")
        type_ = ""
    if danger_of(command.signal, policy):
        return type_, ""
    if looks_twice(policy, command.channel, type_):
        return type_, "sighting"
    return type_, "" if type_ else "triage"


def _sealed(command: TakeReport, known: Known) -> tuple[dict[str, str], dict[str, str]]:
    """Return what is sensitive and what is personal in a report."""
    told = dict(command.reporter)
    told |= {f"for_{name}": text for name, text in command.on_behalf_of.items()}
    told = {name: text for name, text in told.items() if text.strip()}
    sensitive = known.policy(Privacy).sensitive
    grave = {name: text for name, text in told.items() if name.removeprefix("for_") in sensitive}
    return grave, {name: text for name, text in told.items() if name not in grave}


def _numbered(known: Known) -> str:
    local = to_datetime(known.now, known.built(_zone_of, City))
    day = f"{local:%Y%m%d}"
    before = known.get(waiting.NUMBERS, day)
    return f"{day}-{1 if before is None else before.last + 1:05d}"


def _zone_of(city: City) -> Any:
    return zone(city.zone)


def _likeness(*said: str) -> str:
    """Return a digest of what was said, blank and case apart."""
    folded = "\x1f".join(_BLANKS.sub(" ", text).strip().casefold() for text in said)
    return hashlib.sha256(folded.encode()).hexdigest()[:32]


# --- going on -----------------------------------------------------------------------------------


def danger_of(signal: str, policy: Intake) -> str:
    """Return the type as which a signal of danger to life is taken, or nothing."""
    return policy.signals.get(signal, "") if signal else ""


class Danger(NamedTuple):
    """Why a report means danger to life, and what it is taken as."""

    type: str
    code: str
    params: dict[str, str]


def danger_in(taken: ReportTaken, known: Known) -> Danger | None:
    """Return the danger that a report tells of: by its signal, or by its words.

    What a device says waits for a second look where the pack demands one; a type that was given and
    is one of the dangers told stands.
    """
    type_ = danger_of(taken.signal, known.policy(Intake))
    if type_:
        return Danger(type_, "danger_signal", {"signal": taken.signal})
    if taken.waits_for == "sighting":
        return None
    alarms = known.built(words_of, Triage).dangers.heard(taken.title, taken.text).alarms
    if not alarms or taken.type in {one.type for one in alarms}:
        return None
    first = alarms[0]
    return Danger(first.type, "danger_words", {"danger": first.danger, "words": first.words})


def on_report_taken(fact: Fact[ReportTaken], known: Known) -> Iterable[Draft]:
    """Divert what means danger to life; let what waits for nobody into the loop."""
    taken = fact.body
    danger = danger_in(taken, known)
    if danger is not None:
        yield Draft(
            id=under("diverted", fact.subject),
            happened_at=fact.happened_at,
            subject=fact.subject,
            area=fact.area,
            body=ReportDiverted(
                type=danger.type,
                given_type=taken.type,
                code=danger.code,
                params=danger.params,
            ),
        )
    row = known.get(waiting.INTAKE, fact.subject)
    if row is not None and (danger is not None or not taken.waits_for):
        yield received(row, danger.type if danger else taken.type, known, at=fact.happened_at)


def received(
    row: waiting.IntakeRow, type_: str, known: Known, *, at: Instant, notes: tuple[str, ...] = ()
) -> Draft:
    """Return the draft with which a taken report enters the loop as ``type_``."""
    policy, feeds = known.policy(Intake), known.policy(Feeds).feeds
    declared = feeds.get(row.feed)
    return Draft(
        id=row.report,
        happened_at=at,
        subject=row.report,
        area=row.area,
        body=ReportReceived(
            feed=row.feed if declared else counted_as(policy, row.channel),
            file="",
            row=0,
            channel=row.channel,
            type=type_,
            title=row.title,
            text=row.text,
            place=row.place,
            place_text=row.place_text,
            due_at=row.due_at,
            attributes=row.attributes,
            silent_after_s=declared.silent_after_s if declared else 0,
            notes=[*row.notes, *notes],
        ),
    )


def about_waiting(command: Any, known: Known) -> About:
    """What is decided about a report at the desk is about its area."""
    row = known.get(waiting.INTAKE, command.report)
    return CITY if row is None else About(row.area)
