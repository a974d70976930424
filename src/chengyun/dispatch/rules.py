"""Pure rules of dispatch: the duty list."""

from __future__ import annotations

from collections.abc import Mapping

from chengyun.dispatch.policy import Duty, DutyList


def duties_by_type(duty_list: DutyList) -> Mapping[str, list[Duty]]:
    """Return the duty list by type."""
    found: dict[str, list[Duty]] = {}
    for _, duty in sorted(duty_list.duties.items()):
        found.setdefault(duty.type, []).append(duty)
    return found


def duty_for(duties: list[Duty], ancestors: tuple[str, ...]) -> Duty | None:
    """Return the line for the smallest of ``ancestors`` (the area itself first), or ``None``."""
    for area in (*ancestors, ""):
        for duty in duties:
            if duty.area == area:
                return duty
    return None
