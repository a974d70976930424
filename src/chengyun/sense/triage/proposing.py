"""What is proposed for a report: type, unit, urgency and places, each with its reasons.

Pure over what it is given. The same function answers whoever asks while a report is written and
whatever comes in by itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from chengyun.facts.registers import CaseTypes
from chengyun.facts.sense import PlaceShare, Reason, ReportTriaged, TypeShare, Urgency
from chengyun.kernel.limits import MAX_TRIAGE_CANDIDATES
from chengyun.sense.triage.danger import DangerWords, Heard
from chengyun.sense.triage.features import features
from chengyun.sense.triage.folding import folded, is_cut
from chengyun.sense.triage.learning import Taught
from chengyun.sense.triage.model import PPM, Model, Ranked
from chengyun.sense.triage.policy import Triage
from chengyun.sense.triage.wordlist import any_of

_HOURS: Final = ("calendar_hours", "working_hours")


class Words(NamedTuple):
    """The words of a pack, made ready once a version."""

    dangers: DangerWords
    urgent: re.Pattern[str]


def words_of(triage: Triage) -> Words:
    """Return the words of a pack, made ready."""
    return Words(DangerWords(triage), any_of(triage.urgency.words))


class Learned(NamedTuple):
    """A model with its hash."""

    name: str
    model: Model


class Found(NamedTuple):
    """Places that a report may mean, likeliest first, and why."""

    places: Sequence[PlaceShare] = ()
    reasons: Sequence[Reason] = ()


def catalogue(triage: Triage, types: CaseTypes) -> list[Taught]:
    """Return what the pack says of its types, as texts to learn from; nothing if it names none."""
    if not triage.types:
        return []
    found = []
    for code, entry in sorted(types.types.items()):
        if code in triage.never:
            continue
        wording = triage.types.get(code)
        said = [entry.name, entry.name_zh, entry.filing_condition, entry.filing_condition_zh]
        said += wording.words if wording is not None else []
        found += [Taught(features(one), code) for one in dict.fromkeys(said) if one.strip()]
    return found


def proposed(
    text: str,
    *,
    triage: Triage,
    types: CaseTypes,
    words: Words,
    learned: Learned | None,
    heard: Heard,
    where: Found,
) -> ReportTriaged:
    """Return what is proposed for a text in which ``heard`` of danger was told."""
    pieces = features(text)
    ranked = _possible(learned.model.ranked(pieces) if learned else [], triage, types)
    best = heard.alarms[0].type if heard.alarms else ranked[0].label if ranked else ""
    confidence = PPM if heard.alarms else ranked[0].ppm if ranked else 0
    reasons = [
        Reason(code="danger_words", params={"danger": one.danger, "words": one.words})
        for one in heard.alarms
    ]
    reasons += [
        Reason(
            code="danger_set_aside",
            params={"danger": one.danger, "words": one.words, "why": one.why},
        )
        for one in heard.aside
    ]
    if not ranked:
        reasons.append(Reason(code="nothing_known", params={}))
    elif learned is not None and not heard.alarms:
        spoke = learned.model.spoke_for(pieces, best)
        reasons.append(Reason(code="words", params={"type": best, "words": "、".join(spoke)}))
    if is_cut(text):
        reasons.append(Reason(code="cut", params={"chars": str(len(text))}))
    urgency, why = _urgency(text, best, heard, triage, types, words)
    entry = types.types.get(best)
    return ReportTriaged(
        type=best,
        unit="" if entry is None else entry.owner,
        candidates=[TypeShare(type=one.label, ppm=one.ppm) for one in ranked],
        confidence_ppm=confidence,
        threshold_ppm=triage.threshold_ppm,
        sure=bool(best) and confidence >= triage.threshold_ppm,
        urgency=urgency,
        places=list(where.places),
        placed=_is_sure(where, triage),
        reasons=[*reasons, *why, *where.reasons],
        model=learned.name if learned is not None and ranked else "",
    )


def _is_sure(where: Found, triage: Triage) -> bool:
    """A place without an area is none that a report can be given."""
    first = where.places[0] if where.places else None
    return first is not None and bool(first.area) and first.ppm >= triage.place_threshold_ppm


def _possible(ranked: Sequence[Ranked], triage: Triage, types: CaseTypes) -> list[Ranked]:
    """Leave out what no report can be of under the pack in force, shared among the rest."""
    left = [one for one in ranked if one.label in types.types and one.label not in triage.never]
    whole = sum(one.ppm for one in left)
    return [
        Ranked(one.label, one.ppm * PPM // whole if whole else 0)
        for one in left[:MAX_TRIAGE_CANDIDATES]
    ]


def _urgency(
    text: str, type_: str, heard: Heard, triage: Triage, types: CaseTypes, words: Words
) -> tuple[Urgency, list[Reason]]:
    if heard.alarms:
        return "life", []
    reasons = []
    said = list(dict.fromkeys(words.urgent.findall(folded(text))))[:MAX_TRIAGE_CANDIDATES]
    if said:
        reasons.append(Reason(code="urgent_words", params={"words": "、".join(said)}))
    limit = types.types[type_].time_limit if type_ else ""
    amount, _, unit = limit.partition(" ")
    if unit in _HOURS and int(amount) <= triage.urgency.within_h:
        reasons.append(Reason(code="short_limit", params={"type": type_, "limit": limit}))
    return "urgent" if reasons else "usual", reasons
