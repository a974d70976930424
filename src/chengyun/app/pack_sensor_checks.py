"""What properties and the signs made from sensors must make sense of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from chengyun.citypack.sections import Finding, Path, Sections
from chengyun.facts.registers import Properties
from chengyun.kernel.limits import MAX_PANES
from chengyun.kernel.units import KNOWN
from chengyun.vitals.policy import Composite, SensorSign, SensorSigns, Signs
from chengyun.vitals.speaking import MAX_STATES

SHARE_UNIT = "ratio"
"""A share is told in millionths of one: 0.05 is one in twenty."""


def properties(section: Properties, sections: Sections) -> Iterator[Finding]:
    """A believed range has a width, and units are known."""
    for code, entry in section.properties.items():
        here = ("properties", code)
        if entry.low >= entry.high:
            what = f"nothing lies between {entry.low:g} and {entry.high:g}"
            yield Finding((*here, "high"), what, "put high above low", "bad_range")
        if entry.unit not in KNOWN:
            what = f"{entry.unit!r} is no unit known here"
            yield Finding((*here, "unit"), what, f"use one of {', '.join(KNOWN)}", "unknown_unit")


def sensor_signs(section: SensorSigns, sections: Sections) -> Iterator[Finding]:
    """Windows are made of panes, shares name a state, parts of composites exist."""
    counted = sections.get(Signs)
    for name, sign in section.signs.items():
        here: Path = ("signs", name)
        if counted is not None and name in counted.signs:
            what = f"{name!r} is a sign in signs.yaml already"
            yield Finding(
                here, what, "give one of them another name", "duplicate_sign", is_key=True
            )
        yield from _sign(sign, here)
    states = Counter(sign.property for sign in section.signs.values() if sign.how == "share")
    for code, count in states.items():
        if count > MAX_STATES:
            what = f"{count} states are asked of {code!r}, {MAX_STATES} are possible"
            yield Finding(("signs",), what, "ask for fewer shares of it", "too_many_states")
    for name, composite in section.composites.items():
        here = ("composites", name)
        if name in section.signs:
            what = f"{name!r} is a sign too"
            yield Finding(
                here, what, "give one of them another name", "duplicate_sign", is_key=True
            )
        yield from _composite(composite, section, here)


def _sign(sign: SensorSign, here: Path) -> Iterator[Finding]:
    if sign.window_s % sign.pane_s:
        what = f"a window of {sign.window_s} s is not made of panes of {sign.pane_s} s"
        yield Finding((*here, "window_s"), what, "use a multiple of pane_s", "bad_window")
    elif sign.window_s // sign.pane_s > MAX_PANES:
        what = f"a window of {sign.window_s // sign.pane_s} panes, {MAX_PANES} are possible"
        yield Finding((*here, "pane_s"), what, "make the panes longer", "bad_window")
    if sign.tumbling and sign.window_s != sign.pane_s:
        what = "a tumbling window is one whole pane"
        yield Finding((*here, "window_s"), what, "put window_s and pane_s equal", "bad_window")
    if (sign.how == "share") != (sign.state is not None):
        what = "a share names the state it is of, and nothing else names one"
        yield Finding((*here, "state"), what, "add state to a share, or take it out", "no_state")
    if sign.how == "share" and sign.unit != SHARE_UNIT:
        what = f"a share is a part of one, not {sign.unit!r}"
        yield Finding((*here, "unit"), what, f"use {SHARE_UNIT}", "unknown_unit")
    if sign.weighted and sign.how != "mean":
        what = f"weights make no difference to {sign.how}"
        yield Finding((*here, "weighted"), what, "only a mean is weighted", "senseless")
    if sign.unit not in KNOWN:
        what = f"{sign.unit!r} is no unit known here"
        yield Finding((*here, "unit"), what, f"use one of {', '.join(KNOWN)}", "unknown_unit")


def _composite(composite: Composite, section: SensorSigns, here: Path) -> Iterator[Finding]:
    for name, part in composite.parts.items():
        at: Path = (*here, "parts", name)
        sign = section.signs.get(name)
        if sign is None:
            remedy = f"use one of {', '.join(sorted(section.signs))}"
            yield Finding(at, f"{name!r} is no sign made from sensors", remedy, "unknown_part")
        elif not set(composite.levels) <= set(sign.levels):
            what = f"{name!r} is not measured at every level of the composite"
            yield Finding(at, what, "add the levels to the sign", "no_level")
        if part.bad == part.good:
            yield Finding(at, "bad and good are the same", "put them apart", "bad_range")
