"""Seeded evenings: what happens on one is declared in ``evenings.yaml``, when and where is drawn.

The declaration is no secret; the draw is the world's alone, from the seed and the entry's place.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Annotated, Final

import msgspec
import yaml
from msgspec import Meta

from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import MINUTE_US, Instant
from chengyun.sim.world.events import Event
from chengyun.sim.world.scene import Scene
from chengyun.sim.world.schedule import Schedule

FILE: Final = "evenings.yaml"
Percent = Annotated[int, Meta(ge=0, le=100)]
Severity = Annotated[int, Meta(ge=1, le=4)]


class Happening(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An event that begins on the evening."""

    kind: str
    from_pct: Percent
    to_pct: Percent
    severity: tuple[Severity, Severity]
    beside: int | None = None
    """In the district of that entry; else the world finds a place."""
    unplaced: bool = False
    """Whoever reports it says where only in words: a person has to see whose it is."""


class Evening(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An evening that an operator can be put before."""

    title: dict[str, str]
    brief: dict[str, str]
    """What everybody knows beforehand."""
    start: str
    minutes: int
    ordinary: float
    happens: list[Happening]


def evenings() -> Mapping[str, Evening]:
    """Return every declared evening by its name."""
    text = resources.files("chengyun.sim.world").joinpath(FILE).read_text("utf-8")
    return msgspec.convert(yaml.safe_load(text), dict[str, Evening])


def evening_of(name: str) -> Evening:
    """Return the evening of this name; refuse an unknown one (``unknown_scenario``)."""
    known = evenings()
    if name not in known:
        raise Rejected(
            "unknown_scenario",
            f"{name[:60]!r} is no evening that can be drilled",
            where="--scenario",
            remedy=f"choose one of {', '.join(known)}",
            params={"scenario": name[:60]},
        )
    return known[name]


def arrange(scene: Scene, schedule: Schedule, evening: Evening, minutes: int) -> list[Event]:
    """Enter what happens on an evening that begins now and lasts so many minutes."""
    arranged: list[Event] = []
    for number, one in enumerate(evening.happens):
        name = f"{one.kind}:evening:{number}"
        chance = scene.dice("evening", name)
        part = chance.uniform(one.from_pct, one.to_pct) / 100
        severity = chance.randint(*one.severity)
        area = "" if one.beside is None else schedule.district_of(arranged[one.beside].area)
        at = Instant(scene.now + round(part * minutes * MINUTE_US))
        arranged.append(
            schedule.arrange(
                name, one.kind, at, area=area, severity=severity, unplaced=one.unplaced
            )
        )
    return arranged
