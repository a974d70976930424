"""What the section on privacy must make sense of."""

from __future__ import annotations

from collections.abc import Iterator

from chengyun.citypack.mistakes import did_you_mean
from chengyun.citypack.sections import Finding, Sections
from chengyun.facts.privacy import Privacy
from chengyun.facts.registers import Areas, City
from chengyun.sense.policy import Feeds


def privacy(section: Privacy, sections: Sections) -> Iterator[Finding]:
    """Purposes are named in every language of the city; figures are told of areas that exist."""
    city = sections.get(City)
    if not section.source.strip():
        what = "how long data of persons are kept has no source"
        yield Finding(("source",), what, "say which law or rule it follows", "missing")
    if not section.purposes:
        what = "there is no purpose, so nobody could ever open data of a person"
        yield Finding(("purposes",), what, "name the purposes, or leave them out", "no_purpose")
    for code, purpose in section.purposes.items():
        for language in () if city is None else city.languages:
            if not purpose.name.get(language, "").strip():
                what = f"the purpose {code!r} has no name in {language!r}, a language of the city"
                yield Finding(("purposes", code, "name"), what, f"add {language}: …", "missing")
    keep = section.keep
    if keep.sensitive_days > keep.personal_days:
        what = "sensitive data are kept longer than personal ones"
        yield Finding(("keep", "sensitive_days"), what, "keep them no longer", "senseless")
    areas = sections.get(Areas)
    levels = set() if areas is None else {one.level for one in areas.areas.values()}
    if levels and sections.whole(Areas) and section.figures.level not in levels:
        what = f"the city has no area of level {section.figures.level!r}"
        yield Finding(("figures", "level"), what, f"use one of {', '.join(sorted(levels))}")
    yield from _columns(section, sections)


def _columns(section: Privacy, sections: Sections) -> Iterator[Finding]:
    feeds = sections.get(Feeds)
    if feeds is None or not sections.whole(Feeds):
        return
    personal = {
        name
        for feed in feeds.feeds.values()
        for name, column in feed.columns.items()
        if column.personal
    }
    named = {name for feed in feeds.feeds.values() for name in feed.columns}
    for place, name in enumerate(section.sensitive):
        if name in named - personal:
            what = f"the column {name!r} is sensitive, and a feed takes it without sealing it"
            remedy = did_you_mean(name, sorted(personal)) or "add personal: true in the feed"
            yield Finding(("sensitive", place), what, remedy, "not_sealed")
