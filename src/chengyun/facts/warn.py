"""Warnings in four levels, and reasoned silence."""

from __future__ import annotations

from chengyun.facts.envelope import Body


class WarningRaised(Body, frozen=True, kw_only=True):
    """A vital sign crossed into a level; the onset stays the first one seen."""

    sign: str
    type: str
    level: str
    onset_at: int
    code: str
    params: dict[str, str]


class WarningChanged(Body, frozen=True, kw_only=True):
    """A standing warning moved to another level."""

    sign: str
    type: str
    from_level: str
    level: str
    code: str
    params: dict[str, str]


class WarningBelow(Body, frozen=True, kw_only=True):
    """The sign of a standing warning fell below; if it stays there until then, it ends."""

    sign: str
    type: str
    until_at: int


class WarningHotAgain(Body, frozen=True, kw_only=True):
    """The sign rose again before its dwell was over."""

    sign: str
    type: str


class WarningCleared(Body, frozen=True, kw_only=True):
    """A warning ended: the sign stayed below for its dwell, or became unknown."""

    sign: str
    type: str
    from_level: str
    highest_level: str
    code: str
    params: dict[str, str]


class WarningRevised(Body, frozen=True, kw_only=True):
    """Late data changed what a standing warning was raised by: it would have been lower."""

    sign: str
    type: str
    from_level: str
    level: str
    code: str
    params: dict[str, str]


class WarningRetracted(Body, frozen=True, kw_only=True):
    """Late data took away what a warning was raised by; its onset and its past remain."""

    sign: str
    type: str
    from_level: str
    code: str
    params: dict[str, str]
