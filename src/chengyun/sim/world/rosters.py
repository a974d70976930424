"""Rosters (值班表): when a unit is on duty, with how many teams, and who comes when nobody is.

A unit's duty is a tuple of spans in minutes of the local day, none over midnight. A unit that is on
duty all day takes turns: three shifts, and fewer teams at night. Off duty nobody travels; for what
is urgent one team is on call and needs a while to come.
"""

from __future__ import annotations

from random import Random
from typing import Final

Duty = tuple[tuple[int, int], ...]

DAY_MIN: Final = 1_440
ROUND: Final[Duty] = ((0, DAY_MIN),)
"""On duty all day, in turns."""
TURNS: Final = (6 * 60, 14 * 60, 22 * 60)
"""When the shifts of a unit change that is on duty all day."""
NIGHT: Final = (22 * 60, 6 * 60)
NIGHT_SHARE: Final = 0.5
"""So much of its teams such a unit has at night, and one at least."""
ON_CALL: Final = 1
"""Teams that come for what is urgent while the unit is off duty."""
CALL_OUT_MIN: Final = (15, 35)
"""How long a team on call needs before it can set out."""
HANDOVER_MIN: Final = 10
"""How long the next shift is told on the spot what it takes over."""
OVERTIME_MIN: Final = 30
"""So long a team stays to finish what is not urgent; what takes longer is handed over."""


def on_duty(duty: Duty, minute: float) -> bool:
    """Tell whether somebody is on duty at this minute of the local day.

    >>> on_duty(((480, 1080),), 479), on_duty(((480, 1080),), 480)
    (False, True)
    """
    return any(start <= minute < end for start, end in duty)


def teams_at(duty: Duty, teams: int, minute: float) -> int:
    """Return how many of a unit's teams are at work; off duty there are those on call.

    >>> teams_at(ROUND, 5, 12 * 60), teams_at(ROUND, 5, 23 * 60), teams_at(ROUND, 1, 23 * 60)
    (5, 2, 1)
    """
    if not on_duty(duty, minute):
        return ON_CALL
    if duty == ROUND and (minute >= NIGHT[0] or minute < NIGHT[1]):
        return max(1, int(teams * NIGHT_SHARE))
    return teams


def until_duty_min(duty: Duty, minute: float) -> float:
    """Return in how many minutes somebody is on duty; 0 where somebody is.

    >>> until_duty_min(((480, 1080),), 1080), until_duty_min(((480, 1080),), 600)
    (840, 0)
    """
    if on_duty(duty, minute):
        return 0
    return min((start - minute) % DAY_MIN for start, _ in duty)


def left_min(duty: Duty, minute: float) -> float:
    """Return how many minutes of duty are left; endless where the next shift takes over at once.

    >>> left_min(((480, 1080),), 1000), left_min(ROUND, 1000)
    (80, inf)
    """
    if duty == ROUND:
        return float("inf")
    return max((end - minute for start, end in duty if start <= minute < end), default=0)


def until_change_min(duty: Duty, minute: float) -> float:
    """Return in how many minutes a shift begins or ends next.

    >>> until_change_min(((480, 1080),), 1000), until_change_min(ROUND, 23 * 60)
    (80, 420)
    """
    changes = TURNS if duty == ROUND else tuple(at for span in duty for at in span)
    return min((at - minute) % DAY_MIN or DAY_MIN for at in changes)


def is_handed_over(duty: Duty, minute: float, minutes: float) -> bool:
    """Tell whether work of so many minutes that begins now goes on under the next shift."""
    return duty == ROUND and until_change_min(duty, minute) < minutes


def call_out_min(chance: Random) -> float:
    """Return how long the team on call needs this time before it can set out."""
    return chance.uniform(*CALL_OUT_MIN)
