"""What signs and their bands must make sense of."""

from __future__ import annotations

from collections.abc import Iterator

from chengyun.citypack.sections import Finding, Path, Sections
from chengyun.facts.registers import Level
from chengyun.kernel.units import KNOWN
from chengyun.sense.policy import Feeds
from chengyun.vitals.policy import SensorSigns, Sign, Signs
from chengyun.warn.policy import Band, Bands

_ORDER: tuple[Level, ...] = ("blue", "yellow", "orange", "red")


def signs(section: Signs, sections: Sections) -> Iterator[Finding]:
    """Panes fill windows; a sign of a property names one that a feed measures."""
    feeds = sections.get(Feeds)
    for name, sign in section.signs.items():
        here = ("signs", name)
        if sign.unit not in KNOWN:
            what = f"{sign.unit!r} is no unit known here"
            yield Finding((*here, "unit"), what, f"use one of {', '.join(KNOWN)}", "unknown_unit")
        for place, window_s in enumerate(sign.windows_s):
            if window_s % sign.pane_s:
                what = f"a window of {window_s} s is not made of panes of {sign.pane_s} s"
                yield Finding(
                    (*here, "windows_s", place), what, "use a multiple of pane_s", "bad_window"
                )
        if sign.measures == "reports":
            yield from _counting(sign, here)
        elif feeds is not None and sections.whole(Feeds):
            measured = {feed.property for feed in feeds.feeds.values() if feed.property}
            if sign.property not in measured:
                what = f"no feed measures the property {sign.property!r}"
                remedy = f"use one of {', '.join(sorted(measured)) or 'none'}, or add a feed"
                yield Finding((*here, "property"), what, remedy, "unknown_property")


def _counting(sign: Sign, here: Path) -> Iterator[Finding]:
    if not sign.levels:
        what = "a sign that counts reports names no level of area"
        yield Finding(here, what, "add levels, at least city", "no_level")
    if sign.pane_s > 3_600 or 3_600 % sign.pane_s:
        what = f"panes of {sign.pane_s} s do not fill an hour"
        yield Finding((*here, "pane_s"), what, "use a divisor of 3600", "bad_pane")


def bands(section: Bands, sections: Sections) -> Iterator[Finding]:
    """Levels rise, a warning can end, and what is judged is measured."""
    found = sections.get(Signs)
    known = _signs_known(sections)
    for name, sign_bands in section.bands.items():
        if known is not None and name not in known:
            remedy = f"use one of {', '.join(sorted(known))}, or declare the sign"
            what = f"{name!r} is no vital sign of this city"
            yield Finding(("bands", name), what, remedy, "unknown_reference", is_key=True)
            continue
        for level, band in sign_bands.levels.items():
            here = ("bands", name, "levels", level)
            yield from _band(band, here)
            yield from _of_sensors(name, level, band, sections)
            sign = None if found is None else found.signs.get(name)
            if sign is not None and band.judge == "surprise" and sign.baseline is None:
                what = f"the sign {name!r} has no baseline, so nothing about it is surprising"
                yield Finding((*here, "judge"), what, "judge its value", "no_baseline")


def _of_sensors(name: str, level: str, band: Band, sections: Sections) -> Iterator[Finding]:
    """What is made from sensors has values alone, at the levels that it names."""
    sensed = sections.get(SensorSigns)
    sign = None if sensed is None else sensed.signs.get(name) or sensed.composites.get(name)
    if sign is None:
        return
    here = ("bands", name, "levels", level)
    if band.judge == "surprise":
        what = f"{name!r} is made from sensors and has no baseline"
        yield Finding((*here, "judge"), what, "judge its value", "no_baseline")
    if level not in sign.levels:
        what = f"{name!r} is not measured at the level {level}"
        yield Finding(here, what, f"use one of {', '.join(sign.levels)}", "no_level")


def _signs_known(sections: Sections) -> set[str] | None:
    """Return the names of all signs, None where they could not be read whole."""
    counted, sensed = sections.get(Signs), sections.get(SensorSigns)
    if counted is None or not sections.whole(Signs):
        return None
    if sensed is not None and not sections.whole(SensorSigns):
        return None
    return set(counted.signs) | (set(sensed.signs) | set(sensed.composites) if sensed else set())


def _band(band: Band, here: Path) -> Iterator[Finding]:
    rising = [band.up[level] for level in _ORDER if level in band.up]
    if rising != sorted(set(rising)):
        what = "the thresholds do not rise from blue to red"
        yield Finding((*here, "up"), what, "put them in order", "band_order")
    if rising and band.down > min(rising):
        what = f"a warning ends below {band.down:g}, above where it begins"
        yield Finding((*here, "down"), what, "put down at or below the lowest level", "band_flaps")
