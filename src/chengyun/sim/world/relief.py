"""What the tasks of a response change in the world: the right measure ends what it is for.

A pump crew that has pumped out an underpass leaves it dry; who has led a crowd away leaves the
embankment to its usual visitors. Other measures are done and change nothing that is measured.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from chengyun.kernel.instants import Instant
from chengyun.sim.world.events import Event

ENDS: Final = {"task_pump": "underpass_flooding", "task_crowd": "crowd_surge"}
"""The kind of event that a task of this type ends, in the area that it was ordered for."""


def ended_by(type_: str, area: str, events: Iterable[Event], now: Instant) -> list[Event]:
    """Return the events that a task of this type has ended in an area."""
    kind = ENDS.get(type_)
    return [
        one
        for one in events
        if one.kind == kind and one.area == area and one.starts_at <= now and not one.is_over(now)
    ]
