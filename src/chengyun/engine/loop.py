"""The order of the loop on one screen, and the few ways back.

A listener may hear facts of its own and of earlier stages, and may emit facts of its own stage
only. What goes backward stands in ``RETURNS`` with a bound on how often one subject may do so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from chengyun.engine.stage import Stage
from chengyun.facts.kinds import STAGE_OF
from chengyun.kernel.errors import Bug

ORDER: Final = (
    "engine",
    "guard",
    "rosters",
    "sense",
    "twin",
    "vitals",
    "warn",
    "assess",
    "command",
    "dispatch",
    "handle",
    "learn",
    "notices",
)


@dataclass(frozen=True)
class Return:
    """A fact of a later stage that an earlier one hears, at most ``most`` times a subject."""

    name: str
    kind: str
    to: str
    most: int


RETURNS: Final = (Return("return", "CaseReturned", to="dispatch", most=3),)

PLACE: Final = {name: place for place, name in enumerate(ORDER)}
BACKWARD: Final = {(back.kind, back.to): back for back in RETURNS}


def check_wiring(stages: Iterable[Stage]) -> None:
    """Refuse a wiring in which a listener points backward without a ``Return``."""
    for stage in stages:
        for body in stage.listens:
            kind = body.__name__
            if PLACE[STAGE_OF[kind]] > PLACE[stage.name] and (kind, stage.name) not in BACKWARD:
                raise Bug(
                    f"{stage.name} listens to {kind} of the later stage {STAGE_OF[kind]}",
                    remedy="follow it instead, or declare it in engine/loop.py RETURNS",
                )
