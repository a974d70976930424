"""Dispatch slips (派遣单) and reports of incidents (首报、续报、终报) as papers.

They are made of what the page of a case shows, masked as it is; data of persons stand in clear only
where whoever prints opened them, and the foot then names the look.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

from chengyun.app.documents.paper import (
    Blanks,
    Block,
    Grid,
    Heading,
    Pairs,
    Paper,
    Paragraph,
)
from chengyun.app.documents.words import WORDS, Words, state_in, told
from chengyun.app.naming import Naming
from chengyun.kernel.limits import MAX_PRINTED_FACTS, MAX_PRINTED_REPORTS
from chengyun.notices.rules import number_of

Series = Literal["first", "followup", "final"]
_MINUTE_US: Final = 60_000_000


class Printing(NamedTuple):
    """For whom it is printed, and what was opened for that."""

    actor: str
    seq: int
    """The last fact of the store when it was read."""
    at: int
    opened: Mapping[str, Mapping[str, str]] = {}
    """Fields in clear by report."""
    looks: tuple[str, ...] = ()


class Issued(NamedTuple):
    """A report of an incident that was issued."""

    series: str
    number: int
    at: int


def slip(found: Mapping[str, Any], naming: Naming, printing: Printing) -> Paper:
    """Return the dispatch slip of a case, as its page shows it."""
    words, case = WORDS[naming.language], found["case"]
    return _paper(
        words["slip"],
        case["case"],
        [
            Heading(words["case"]),
            Pairs(_about(found, naming, words)),
            Heading(words["reports"]),
            _reports(found, naming, words, printing),
            Heading(words["history"]),
            _course(found, naming, words),
            Heading(words["sign"]),
            Blanks([words["accepted"], words["handled"], words["checked"]]),
        ],
        naming,
        printing,
    )


def incident_report(
    found: Mapping[str, Any],
    series: Series,
    issued: list[Issued],
    naming: Naming,
    printing: Printing,
) -> Paper:
    """Return a report of the incident that a case came from; it names the reports before it."""
    words, case = WORDS[naming.language], found["case"]
    before = [one for one in issued if one.series != series or series == "followup"]
    rows = _about(found, naming, words)
    if before:
        named = "；" if naming.language == "zh" else "; "
        rows.append((words["series"], named.join(_series(one, naming, words) for one in before)))
    blocks: list[Block] = [
        Heading(words["summary"]),
        Pairs(rows),
        Heading(words["reports"]),
        _reports(found, naming, words, printing),
        Heading(words["measures"]),
        _course(found, naming, words),
    ]
    if series == "final":
        blocks += [Heading(words["result"]), Pairs(_result(found, naming, words))]
    asked = ["situation", "casualties", "cause", "next", "signed"]
    if series == "final":
        asked = ["casualties", "cause", "signed"]
    blocks += [Heading(words["sign"]), Blanks([words[one] for one in asked])]
    title = f"{words['incident']}（{words[series]}）"
    if naming.language != "zh":
        title = f"{words['incident']}: {words[series].lower()}"
    return _paper(title, case["incident"], blocks, naming, printing)


def _paper(title: str, name: str, blocks: list[Block], naming: Naming, printing: Printing) -> Paper:
    words = WORDS[naming.language]
    foot = words["as_of"].format(at=naming.time(printing.at), seq=printing.seq)
    foot += words["printed"].format(actor=printing.actor)
    if printing.looks:
        foot += words["opened"].format(look=", ".join(printing.looks))
    else:
        foot += words["masked"]
    blank = "" if naming.language == "zh" else " "
    return Paper(
        language=naming.language,
        head=f"{naming.city()}{blank}{words['center']}",
        title=title,
        number=f"{words['number']}: {number_of(name)}",
        blocks=blocks,
        foot=foot,
    )


def _series(one: Issued, naming: Naming, words: Words) -> str:
    number = f" {one.number}" if one.series == "followup" else ""
    return f"{words[one.series]}{number} {naming.time(one.at)}"


def _about(found: Mapping[str, Any], naming: Naming, words: Words) -> list[tuple[str, str]]:
    case = found["case"]
    entry = naming.type_entry(case["type"])
    places = [str(body.get("place_text", "")) for body in _bodies(found, "ReportReceived")]
    rows = [
        (words["case_number"], number_of(case["case"])),
        (words["type"], naming.type(case["type"])),
        (words["area"], naming.area(case["area"])),
        (words["place"], next((one for one in places if one.strip()), "")),
        (words["filed_at"], naming.time(case["filed_at"])),
        (words["due_at"], naming.time(case["due_at"]) or words["none"]),
        (words["unit"], naming.unit(case["unit"]) if case["unit"] else words["none"]),
        (words["state"], state_in(naming, case["state"])),
        (words["hops"], str(case["hops"])),
        (words["rework"], str(case["rework"])),
        (words["count"], str(case["members"])),
    ]
    if entry is not None:
        rows.append((words["filing"], entry.filing_condition))
        rows.append((words["closing"], entry.closing_condition))
    return [(label, text) for label, text in rows if text]


def _reports(found: Mapping[str, Any], naming: Naming, words: Words, printing: Printing) -> Block:
    members = found["members"]
    if not members:
        return Paragraph(words["none"])
    rows = [
        [
            naming.time(one["received_at"]),
            str(one.get("channel", "")),
            "\n".join(text for text in (one.get("title", ""), one.get("text", "")) if text),
            _reporter(one, words, printing),
        ]
        for one in members[:MAX_PRINTED_REPORTS]
    ]
    if len(members) > MAX_PRINTED_REPORTS:
        left = words["more"].format(count=len(members) - MAX_PRINTED_REPORTS)
        rows.append(["", "", left, ""])
    head = [words[one] for one in ("received_at", "channel", "words", "reporter")]
    return Grid(head, rows, [18, 12, 48, 22])


def _reporter(member: Mapping[str, Any], words: Words, printing: Printing) -> str:
    if member.get("erased_at"):
        return words["erased"]
    shown = dict(member.get("personal") or {})
    shown |= printing.opened.get(member["report"], {})
    return "\n".join(value for _, value in sorted(shown.items()) if value)


def _course(found: Mapping[str, Any], naming: Naming, words: Words) -> Block:
    rows = [
        [naming.time(fact["happened_at"]), line, naming.unit(str(fact["body"].get("unit", "")))]
        for fact in found["chain"]
        if (line := told(naming, fact))
    ]
    if len(rows) > MAX_PRINTED_FACTS:
        left = words["more"].format(count=len(rows) - MAX_PRINTED_FACTS)
        rows = [*rows[:MAX_PRINTED_FACTS], ["", left, ""]]
    return Grid([words["time"], words["what"], words["by"]], rows, [20, 50, 30])


def _result(found: Mapping[str, Any], naming: Naming, words: Words) -> list[tuple[str, str]]:
    case = found["case"]
    ended = [fact["happened_at"] for fact in found["chain"] if fact["kind"] == "CaseReportedBack"]
    outcomes = [str(body.get("outcome", "")) for body in _bodies(found, "CaseReportedBack")]
    rows = [(words["state"], state_in(naming, case["state"]))]
    rows += [(words["result"], one) for one in outcomes[-1:]]
    if ended:
        minutes = (ended[-1] - case["filed_at"]) // _MINUTE_US
        rows.append((words["lasted"], words["minutes"].format(count=minutes)))
        if case["due_at"] is not None:
            rows.append((words["in_time"], words["yes" if ended[-1] <= case["due_at"] else "no"]))
    return rows


def _bodies(found: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    return [fact["body"] for fact in found["chain"] if fact["kind"] == kind]
