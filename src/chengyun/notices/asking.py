"""From a fact to notices: the rules of the pack, who stands where, and when it may be sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from chengyun.engine.known import Known
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.notices import NoticeAsked, NoticeEscalated, NoticeSuppressed
from chengyun.facts.registers import Areas, City, tree_of
from chengyun.kernel.ids import under
from chengyun.kernel.instants import Instant, zone
from chengyun.kernel.limits import MAX_NOTICES_WAITING
from chengyun.notices import rules
from chengyun.notices.policy import Notices, Post, Rule, rules_by_kind
from chengyun.notices.views import NOTICES, NoticeRow
from chengyun.notices.whose import POST_HOLDERS, TOLD_CASES, TOLD_REPORTS, ToldCase


class Matter(NamedTuple):
    """What a fact is about, as far as somebody may be told of it."""

    kind: str
    """The kind of the fact."""
    case: str
    report: str
    type: str
    area: str
    unit: str
    due_at: int | None
    row: ToldCase | None
    """The case as it stands, where it is one."""
    above: str = ""
    """The unit that it was escalated to, where it was."""
    units: tuple[str, ...] = ()
    """All of a joint duty, where it begins."""


class Wording(NamedTuple):
    """Which rule speaks, with the parameters of its words."""

    name: str
    rule: Rule
    params: dict[str, str]


def on_told(fact: Fact[Any], known: Known) -> Iterable[Draft]:
    """Ask for a notice to everybody whom a rule of the pack names for this kind of fact."""
    section = known.policy(Notices)
    if not section.rules:
        return
    spoken = known.built(rules_by_kind, Notices).get(fact.kind, ())
    if not spoken:
        return
    matter = matter_of(fact, known)
    for name, rule in spoken:
        if rule.types and matter.type not in rule.types:
            continue
        params = _params(section, rule, fact, matter)
        for post in rule.to:
            yield from _told(fact, post, 0, Wording(name, rule, params), matter, section, known)


def on_timer(fact: Fact[Any], known: Known) -> Iterable[Draft]:
    """Nobody read it in time: tell the next post, and remember that this one was passed over."""
    row = known.get(NOTICES, fact.subject)
    if row is None or row.state == "read" or not row.unread_after_s:
        return
    section = known.pinned(Notices, row.policy_version)
    rule = section.rules.get(row.rule)
    if rule is None or rule.escalate is None or row.level >= len(rule.escalate.to):
        return
    matter = _matter_again(row, known)
    wording = Wording(row.rule, rule, row.params)
    cause = _Again(row.cause, row.kind, row.area, fact.happened_at, fact.known_at)
    for level, post in enumerate(rule.escalate.to[row.level :], row.level + 1):
        drafts = list(_told(cause, post, level, wording, matter, section, known))
        if drafts or level == len(rule.escalate.to):
            yield _escalated(row, post, level, drafts, fact.happened_at)
            yield from drafts
            return


def _escalated(row: NoticeRow, post: Post, level: int, drafts: list[Draft], at: Instant) -> Draft:
    """Return that nobody read it in time; a post that nobody holds is passed over."""
    told = [one.body.recipient for one in drafts if isinstance(one.body, NoticeAsked)]
    return Draft(
        id=under("escalated", row.notice),
        happened_at=at,
        subject=row.notice,
        area=row.area,
        body=NoticeEscalated(notice=row.notice, post=post, recipients=told, level=level),
    )


class _Again(NamedTuple):
    """What an escalated notice is caused by: the fact that the first one told of."""

    id: str
    kind: str
    area: str
    happened_at: Instant
    known_at: Instant


# --- what it is about -------------------------------------------------------------------------


def matter_of(fact: Fact[Any], known: Known) -> Matter:
    """Return what a fact is about: a case by its subject, or a report and the case it is in."""
    body = fact.body
    report = getattr(body, "report", "")
    if not report and fact.subject.startswith("report:"):
        report = fact.subject
    row = known.get(TOLD_CASES, getattr(body, "case", "") or fact.subject)
    if row is None and report:
        incident = getattr(body, "incident", "")
        if not incident:
            told = known.get(TOLD_REPORTS, report)
            incident = "" if told is None else told.incident
        row = next(known.find(TOLD_CASES, 0, incident), None) if incident else None
    due_at = getattr(body, "due_at", None)
    return Matter(
        kind=fact.kind,
        case="" if row is None else row.case,
        report=report,
        type=getattr(body, "type", "") or ("" if row is None else row.type),
        area=fact.area,
        unit=getattr(body, "unit", "") or ("" if row is None else row.unit),
        due_at=due_at if due_at is not None else (None if row is None else row.due_at),
        row=row,
        above=getattr(body, "to_unit", ""),
        units=tuple(dict.fromkeys(part.unit for part in getattr(body, "parts", ()))),
    )


def _matter_again(row: NoticeRow, known: Known) -> Matter:
    case = known.get(TOLD_CASES, row.case) if row.case else None
    report = row.params.get("report", "")
    type_ = row.params.get("type", "") if case is None else case.type
    return Matter(row.kind, row.case, report, type_, row.area, row.unit, None, case)


def _params(section: Notices, rule: Rule, fact: Fact[Any], matter: Matter) -> dict[str, str]:
    """Return the parameters that the template declares: codes and numbers, never a text."""
    said = {
        "area": matter.area,
        "at": str(fact.happened_at),
        "case": matter.case,
        "due": "" if matter.due_at is None else str(matter.due_at),
        "link": section.link,
        "number": rules.number_of(matter.report or matter.case or fact.subject),
        "report": matter.report,
        "type": matter.type,
        "unit": matter.unit,
    }
    wanted = section.templates[rule.template].params
    return {
        name: said[name] if name in said else rules.plain(getattr(fact.body, name, ""))
        for name in wanted
    }


# --- whom -------------------------------------------------------------------------------------


def recipients(
    post: Post, up: int, matter: Matter, section: Notices, at: int, known: Known
) -> list[str]:
    """Return who stands in a post for a matter; nobody is nobody.

    ``up`` is how many operations centres were told before: then it is the one above them.
    """
    case = matter.row
    if post == "reporter":
        return _reporters(matter, known)
    if post == "unit":
        return [f"unit:{one}" for one in (matter.units or (matter.unit,)) if one]
    if post == "above":
        return [f"unit:{matter.above}"] if matter.above else []
    if post in ("first_receiver", "coordinator"):
        lead = "" if case is None or post == "first_receiver" else case.lead
        unit = lead or ("" if case is None else case.first_unit)
        return [f"unit:{unit}"] if unit else []
    way = _way_up(matter.area, known)
    if post == "ops_center":
        centres = [section.ops_centers[area] for area in way if area in section.ops_centers]
        return [f"unit:{centres[min(up, len(centres) - 1)]}"] if centres else []
    return _holders(post, way, matter, at, known)


def _reporters(matter: Matter, known: Known) -> list[str]:
    """Return the reporter of a report, or every one of a case."""
    if matter.report:
        told = known.get(TOLD_REPORTS, matter.report)
        heard = told is None or (matter.kind == "ReportReceived" and told.kind == "ReportTaken")
        return [] if heard else [matter.report]  # who was told at the desk is not told again
    return [] if matter.row is None else matter.row.reports


def _holders(post: Post, way: list[str], matter: Matter, at: int, known: Known) -> list[str]:
    """Return the accounts that hold a role nearest to the place: the lowest level first."""
    found: dict[str, set[str]] = {}
    for held in known.find(POST_HOLDERS, 0, post):
        in_force = held.from_at <= at and (held.until_at is None or at < held.until_at)
        if in_force and held.unit in ("", matter.unit):
            found.setdefault(held.area, set()).add(held.account)
    return next((sorted(found[area]) for area in way if area in found), [])


def _way_up(area: str, known: Known) -> list[str]:
    """Return the areas in which a place lies, the smallest first; ``""`` is the whole city."""
    tree = known.built(tree_of, Areas)
    inner = area if area in tree else area[:12]  # a unit grid's code begins with its area's
    if inner not in tree:
        return [*(one.code for one in tree if not one.parent), ""]
    return [inner, *(one.code for one in tree.ancestors(inner)), ""]


# --- one post ---------------------------------------------------------------------------------


def _told(
    fact: Fact[Any] | _Again,
    post: Post,
    level: int,
    wording: Wording,
    matter: Matter,
    section: Notices,
    known: Known,
) -> Iterator[Draft]:
    rule = wording.rule
    grave = rule.urgency == "life_safety" or matter.type in section.life_safety
    urgency = "life_safety" if grave else rule.urgency
    send_at, why = _when(fact.known_at, rule, urgency, section, known)
    escalates = rule.escalate is not None and level < len(rule.escalate.to) and post != "reporter"
    unread_after_s = rule.escalate.after_min * 60 if escalates and rule.escalate else 0
    up = 0
    if level and rule.escalate is not None:
        up = [*rule.to, *rule.escalate.to[: level - 1]].count("ops_center")
    full = not grave and known.count(NOTICES, 0, "waiting") >= MAX_NOTICES_WAITING
    for recipient in recipients(post, up, matter, section, fact.happened_at, known):
        name = under(
            "notice", fact.id, recipient, wording.rule.template, *([level] if level else [])
        )
        if full:
            yield _suppressed(name, None, "outbox_full", fact, {"recipient": recipient})
            continue
        group = ""
        if why == "digest":
            group = under("digest", recipient, send_at, *rule.channels)
        yield Draft(
            id=name,
            happened_at=fact.happened_at,
            subject=name,
            area=fact.area,
            body=NoticeAsked(
                cause=fact.id,
                kind=fact.kind,
                rule=wording.name,
                template=rule.template,
                params=wording.params,
                recipient=recipient,
                post=post,
                urgency=urgency,
                case=matter.case,
                unit=matter.unit,
                channels=rule.channels,
                send_at=send_at,
                group=group,
                level=level,
                unread_after_s=unread_after_s,
            ),
        )
        if why:
            yield _suppressed(name, send_at, why, fact, {})
    if post == "reporter" and not matter.report and matter.row is not None and matter.row.more:
        name = under("notice", fact.id, "more", wording.rule.template)
        count = {"count": str(matter.row.more)}
        yield _suppressed(name, None, "too_many_reporters", fact, count)


def _when(at: int, rule: Rule, urgency: str, section: Notices, known: Known) -> tuple[int, str]:
    """Return when a notice may be sent, and why not at once."""
    if urgency == "life_safety":
        return at, ""
    local = zone(known.policy(City).zone)
    if rule.digest:
        digest = rules.next_of(Instant(at), section.digest_at, local)
        if digest is not None:
            return digest, "digest"
    until = None if section.quiet is None else rules.quiet_until(Instant(at), section.quiet, local)
    return (at, "") if until is None else (until, "quiet_hours")


def _suppressed(
    name: str, until: int | None, code: str, fact: Fact[Any] | _Again, params: dict[str, str]
) -> Draft:
    return Draft(
        id=under("suppressed", name),
        happened_at=fact.happened_at,
        subject=name,
        area=fact.area,
        body=NoticeSuppressed(notice=name, until_at=until, code=code, params=params),
    )
