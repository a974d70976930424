"""The pack's section ``intake``: what waits for a person, how long, and which signals mean danger.

A pack without it takes reports all the same: what names its type goes on at once, what does not
waits at the desk.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from chengyun.facts.registers import Code
from chengyun.facts.sense import DESK, Channel

Seconds = Annotated[int, Meta(ge=60, le=86_400)]
Rounds = Annotated[int, Meta(ge=1, le=10)]


class Wait(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long a report may wait, and how often that is told before the last time."""

    round_s: Seconds = 900
    rounds: Rounds = 3


class SecondLook(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a device says is looked at by a person before anybody is sent."""

    types: list[Code] = []
    """Which types; empty is every one."""
    wait: Wait = Wait()
    """After the last round it goes on as if it had been confirmed."""


class Intake(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How this city takes in what it is told."""

    SECTION: ClassVar[str] = "intake"
    second_looks: dict[Channel, SecondLook] = {}
    triage: Wait = Wait()
    """Of a report whose type nobody has said yet."""
    untyped: str = ""
    """The type it is taken as after the last round; empty lets it wait for a person."""
    signals: dict[str, Code] = {}
    """Signals of devices that mean danger to life, each with the type it is taken as."""
    counts_as: dict[Channel, Code] = {}
    """The feed whose vital signs count what comes in by a channel; else none does."""
    source: str = ""


def looks_twice(policy: Intake, channel: Channel, type_: str) -> bool:
    """Tell whether a person looks first at what comes in by ``channel`` as ``type_``."""
    look = policy.second_looks.get(channel)
    return look is not None and (not look.types or type_ in look.types)


def wait_of(policy: Intake, channel: str, waits_for: str) -> Wait:
    """Return how long a report may wait."""
    look = {str(name): look for name, look in policy.second_looks.items()}.get(channel)
    return look.wait if waits_for == "sighting" and look is not None else policy.triage


def counted_as(policy: Intake, channel: str) -> str:
    """Return the feed as which a report of ``channel`` is counted."""
    return {str(name): feed for name, feed in policy.counts_as.items()}.get(channel, DESK)
