"""The text of a notice: its template with names of the city, in the language of who is told.

A notice carries codes; the names of areas, units and types come from the pack under which it was
asked for. So the same notice has the same text whenever it is rendered, in every process.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple
from urllib.parse import quote

from chengyun.engine.policies import Policies
from chengyun.facts.registers import (
    AreaEntry,
    Areas,
    CaseTypeEntry,
    CaseTypes,
    City,
    Names,
    UnitEntry,
    Units,
)
from chengyun.kernel.instants import Instant, to_datetime, zone
from chengyun.kernel.limits import MAX_NOTICE_CHARS
from chengyun.notices.policy import Notices, Template
from chengyun.notices.rules import filled, number_of
from chengyun.notices.views import NoticeRow

_LEVELS: Final[dict[str, Names]] = {
    "blue": {"zh": "蓝色", "en": "blue"},
    "yellow": {"zh": "黄色", "en": "yellow"},
    "orange": {"zh": "橙色", "en": "orange"},
    "red": {"zh": "红色", "en": "red"},
}
_TIMES: Final = ("at", "due")
_TITLE_CHARS: Final = 60


class Words(NamedTuple):
    """What is said."""

    text: str
    title: str
    """The subject of an e-mail."""


class Wording:
    """Renders notices by the pack that each was asked for under."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies

    def language(self, row: NoticeRow) -> str:
        """Return the first language of the city."""
        return self._policies.pinned(City, row.policy_version).languages[0]

    def words(self, row: NoticeRow, language: str) -> Words:
        """Return what one notice says."""
        section = self._policies.pinned(Notices, row.policy_version)
        named = self._named(row, language)
        return _worded(section.templates[row.template], named, language)

    def texts(self, row: NoticeRow) -> dict[str, str]:
        """Return what one notice says, in every language of the city."""
        languages = self._policies.pinned(City, row.policy_version).languages
        return {language: self.words(row, language).text for language in languages}

    def digest(self, rows: Sequence[NoticeRow], language: str) -> Words:
        """Return what several notices to one recipient say in one message, a line each."""
        section = self._policies.pinned(Notices, rows[0].policy_version)
        count = {"count": str(len(rows)), "link": section.link.partition("#")[0]}
        head = _worded(section.templates[section.digest_template], count, language)
        lines = [head.text, *(self.words(row, language).text for row in rows)]
        return Words(_cut("\n".join(lines)), head.title)

    def _named(self, row: NoticeRow, language: str) -> Mapping[str, str]:
        policies, version = self._policies, row.policy_version
        local = zone(policies.pinned(City, version).zone)
        named = dict(row.params)
        for name, value in row.params.items():
            if name in _TIMES and value:
                named[name] = f"{to_datetime(Instant(int(value)), local):%Y-%m-%d %H:%M}"
            elif name == "area":
                named[name] = _name(
                    policies.pinned(Areas, version).areas.get(value), language, value
                )
            elif name == "unit":
                named[name] = _name(
                    policies.pinned(Units, version).units.get(value), language, value
                )
            elif name == "type":
                named[name] = _name(
                    policies.pinned(CaseTypes, version).types.get(value), language, value
                )
            elif name == "level":
                named[name] = _LEVELS.get(value, {}).get(language, value)
            elif name in ("case", "report"):
                named[name] = number_of(value)
            elif name == "link":
                named[name] = filled(value, {"case": quote(row.case, safe="")})
        return named


def _worded(template: Template, params: Mapping[str, str], language: str) -> Words:
    text = filled(_in(template.text, language), params)
    title = filled(_in(template.title, language), params) if template.title else text
    return Words(_cut(text), " ".join(title.split())[:_TITLE_CHARS])


def _in(texts: Mapping[str, str], language: str) -> str:
    return texts.get(language) or next(iter(texts.values()))


def _name(entry: AreaEntry | UnitEntry | CaseTypeEntry | None, language: str, code: str) -> str:
    if entry is None:
        return code
    return entry.name_zh if language == "zh" and entry.name_zh else entry.name


def _cut(text: str) -> str:
    return text if len(text) <= MAX_NOTICE_CHARS else f"{text[: MAX_NOTICE_CHARS - 1]}…"
