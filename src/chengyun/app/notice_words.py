"""The text of a notice: its template with names of the city, in the language of who is told.

A notice carries codes; the names of areas, units and types come from the pack under which it was
asked for. So the same notice has the same text whenever it is rendered, in every process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple
from urllib.parse import quote

from chengyun.app.naming import Naming
from chengyun.engine.policies import Policies
from chengyun.facts.registers import City
from chengyun.kernel.limits import MAX_NOTICE_CHARS
from chengyun.notices.policy import Notices, Template
from chengyun.notices.rules import filled, number_of
from chengyun.notices.views import NoticeRow

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
        naming = Naming(self._policies, row.policy_version, language)
        called: dict[str, Callable[[str], str]] = {
            "area": naming.area,
            "unit": naming.unit,
            "type": naming.type,
            "level": naming.level,
            "case": number_of,
            "report": number_of,
            "at": lambda at: naming.time(int(at)) if at else "",
            "due": lambda at: naming.time(int(at)) if at else "",
            "link": lambda link: filled(link, {"case": quote(row.case, safe="")}),
        }
        return {
            name: called[name](value) if name in called else value
            for name, value in row.params.items()
        }


def _worded(template: Template, params: Mapping[str, str], language: str) -> Words:
    text = filled(_in(template.text, language), params)
    title = filled(_in(template.title, language), params) if template.title else text
    return Words(_cut(text), " ".join(title.split())[:_TITLE_CHARS])


def _in(texts: Mapping[str, str], language: str) -> str:
    return texts.get(language) or next(iter(texts.values()))


def _cut(text: str) -> str:
    return text if len(text) <= MAX_NOTICE_CHARS else f"{text[: MAX_NOTICE_CHARS - 1]}…"
