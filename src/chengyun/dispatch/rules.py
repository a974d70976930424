"""Pure rules of dispatch: the duty list, and who takes what was given back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from chengyun.dispatch.policy import Duty, DutyList
from chengyun.facts.registers import Units

CENTRE: Final = "center"
"""The kind of unit that is the operations centre of its area."""


def duties_by_type(duty_list: DutyList) -> Mapping[str, list[Duty]]:
    """Return the duty list by type."""
    found: dict[str, list[Duty]] = {}
    for _, duty in sorted(duty_list.duties.items()):
        found.setdefault(duty.type, []).append(duty)
    return found


def centres_by_area(units: Units) -> Mapping[str, str]:
    """Return the operations centre of each area that has one; "" is the whole city's."""
    return {entry.area: code for code, entry in sorted(units.units.items()) if entry.kind == CENTRE}


def next_owner(
    fallback: str, centres: Mapping[str, str], ancestors: tuple[str, ...], tried: list[str]
) -> tuple[str, str]:
    """Return who takes what was given back, and why; never one who had it, empty where nobody is.

    The type's fallback owner, then the centre of the smallest of ``ancestors`` (the area itself
    first) that has one, up to the city's: the lowest level that has not said no.
    """
    if fallback and fallback not in tried:
        return fallback, "fallback_owner"
    for area in (*ancestors, ""):
        centre = centres.get(area, "")
        if centre and centre not in tried:
            return centre, "centre_of_area"
    return "", ""


def duty_for(duties: list[Duty], ancestors: tuple[str, ...]) -> Duty | None:
    """Return the line for the smallest of ``ancestors`` (the area itself first), or ``None``."""
    for area in (*ancestors, ""):
        for duty in duties:
            if duty.area == area:
                return duty
    return None
