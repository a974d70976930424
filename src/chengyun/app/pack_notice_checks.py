"""What the section on notices must make sense of: facts, posts, words, and nothing of a person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from chengyun.citypack.mistakes import did_you_mean
from chengyun.citypack.sections import Finding, Path, Sections
from chengyun.facts.privacy import Privacy
from chengyun.facts.registers import City
from chengyun.guard.roles import Roles
from chengyun.notices.handlers import TOLD_OF
from chengyun.notices.policy import Notices, Rule, Template
from chengyun.notices.rules import KNOWN_PARAMS, holes_of, why_not

_KINDS: Final = sorted(body.__name__ for body in TOLD_OF)
_DIGEST_PARAMS: Final = frozenset({"count", "link"})


def notices(section: Notices, sections: Sections) -> Iterator[Finding]:
    """Every rule tells of a fact that there is, in every language, without telling of a person."""
    if section.rules and not section.source.strip():
        what = "who is told of what has no source"
        yield Finding(("source",), what, "say which rule of the city it follows", "missing")
    city = sections.get(City)
    languages: list[str] = [] if city is None else list(city.languages)
    for code, channel in section.channels.items():
        yield from _named(channel.name, languages, ("channels", code, "name"))
    for code, template in section.templates.items():
        yield from _template(template, languages, ("templates", code))
    for code, rule in section.rules.items():
        yield from _rule(rule, section, ("rules", code))
    yield from _digest(section)
    yield from _purpose(section, sections)
    yield from _roles(section, sections)
    if section.link and (holes_of(section.link) or []) not in ([], ["case"]):
        what = "the link has another parameter than the case"
        yield Finding(("link",), what, "write it with {case} or without", "unknown_param")


def _named(name: dict[str, str], languages: list[str], here: Path) -> Iterator[Finding]:
    for language in languages:
        if not name.get(language, "").strip():
            what = f"there is no name in {language!r}, a language of the city"
            yield Finding(here, what, f"add {language}: …", "missing")


def _template(template: Template, languages: list[str], here: Path) -> Iterator[Finding]:
    yield from _named(template.text, languages, (*here, "text"))
    for part, texts in (("text", template.text), ("title", template.title)):
        for language, text in texts.items():
            holes = holes_of(text)
            if holes is None:
                what = "a brace stands in the text that is no parameter"
                remedy = "write a parameter as {name}, and no other brace"
                yield Finding((*here, part, language), what, remedy, "bad_template")
                continue
            for name in sorted(set(holes) - set(template.params)):
                what = f"the parameter {name!r} is not declared"
                remedy = did_you_mean(name, template.params) or "add it to params"
                yield Finding((*here, part, language), what, remedy, "unknown_param")


def _rule(rule: Rule, section: Notices, here: Path) -> Iterator[Finding]:
    if rule.on not in _KINDS:
        what = f"nobody can be told of {rule.on!r}"
        remedy = did_you_mean(rule.on, _KINDS) or f"use one of {', '.join(_KINDS)}"
        yield Finding((*here, "on"), what, remedy, "unknown_fact")
        return
    template = section.templates.get(rule.template)
    for name in () if template is None else template.params:
        why = why_not(rule.on, name)
        if why == "personal_param":
            what = f"{name!r} of {rule.on} may tell of a person, and no notice says such a thing"
            remedy = f"use one of {', '.join(sorted(KNOWN_PARAMS))}, or a code of the fact"
            yield Finding((*here, "template"), what, remedy, why)
        elif why:
            what = f"{rule.on} has no {name!r}"
            remedy = did_you_mean(name, sorted(KNOWN_PARAMS)) or "use another template"
            yield Finding((*here, "template"), what, remedy, why)
    if rule.digest and rule.urgency != "low":
        what = f"a notice of urgency {rule.urgency!r} does not wait for a digest"
        yield Finding((*here, "digest"), what, "make it low, or send it by itself")
    if rule.digest and rule.escalate is not None:
        what = "what may wait for a digest is not escalated"
        yield Finding((*here, "escalate"), what, "leave one of the two out")
    if rule.escalate is not None and set(rule.to) == {"reporter"}:
        what = "what a reporter does not read is not escalated"
        yield Finding((*here, "escalate"), what, "escalate what officers are told")


def _digest(section: Notices) -> Iterator[Finding]:
    if any(rule.digest for rule in section.rules.values()):
        if not section.digest_at:
            what = "a rule has a digest, and no time of day is given for it"
            yield Finding(("digest_at",), what, 'say when, as ["09:00", "17:00"]', "missing")
        if not section.digest_template:
            what = "a rule has a digest, and there are no words for it"
            yield Finding(("digest_template",), what, "name a template", "missing")
    template = section.templates.get(section.digest_template)
    if template is not None and not _DIGEST_PARAMS.issuperset(template.params):
        what = "the words around a digest know no other parameter than count and link"
        yield Finding(("digest_template",), what, "declare those alone", "unknown_param")


def _purpose(section: Notices, sections: Sections) -> Iterator[Finding]:
    privacy = sections.get(Privacy) or Privacy()
    if section.rules and section.purpose not in privacy.purposes:
        what = f"{section.purpose!r} is no purpose of this city"
        remedy = did_you_mean(section.purpose, list(privacy.purposes)) or "name one of its purposes"
        yield Finding(("purpose",), what, remedy, "unknown_purpose")


def _roles(section: Notices, sections: Sections) -> Iterator[Finding]:
    roles = sections.get(Roles) or Roles()
    for name, rule in section.rules.items():
        to = [*rule.to, *([] if rule.escalate is None else rule.escalate.to)]
        for post in sorted({*to} & {"dispatcher", "duty_officer", "leader"} - {*roles.roles}):
            what = f"no role is called {post!r}, so nobody would be told"
            yield Finding(("rules", name, "to"), what, "add the role, or tell another post",
                          "unknown_role")  # fmt: skip
        if "ops_center" in to and not section.ops_centers:
            what = "an operations centre is told, and none is named"
            yield Finding(("rules", name, "to"), what, "name them in ops_centers", "missing")
