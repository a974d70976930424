"""Rosters (值班表): who is on duty for a unit at an instant, and who is where nobody is.

A unit's roster is kept by local days; a shift belongs to the day on which it begins, and may last
over midnight. Whoever is away has a stand-in (替班), or nobody at all. Where nobody is on duty, the
unit above is asked, up to the top: somebody always answers, or the answer says why not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple, Protocol, get_args

import msgspec

from chengyun.kernel.instants import Instant
from chengyun.kernel.limits import MAX_STAND_IN_HOPS

Post = Literal["lead", "officer", "dispatcher", "crew"]
"""What somebody is on duty as: 带班领导, 值班长, 派遣员, 处置人员."""

POSTS: Final = get_args(Post)
"""All of them, in the order in which they are asked."""

MAX_UNITS_UP: Final = 16
"""How many units are asked, one above the other; a pack's tree is not as deep."""

_DAYS_BACK: Final = 2
"""A shift that is not over began at most so many local days ago (``limits.MAX_SHIFT_H``)."""


class Shift(msgspec.Struct, frozen=True, forbid_unknown_fields=True, order=True):
    """Somebody on duty from an instant (included) until another (not included)."""

    from_at: int
    until_at: int
    post: Post
    person: str
    """``account:…`` of who signs in, else an opaque ``duty:…``; never a name."""
    skills: tuple[str, ...] = ()
    """The types of cases, or whatever words the city uses, that this person can handle."""


class StandIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, order=True):
    """Somebody is away for a time, and another one takes his shifts."""

    from_at: int
    until_at: int
    stand_in: str
    """Empty: away, and nobody stands in."""


class Roster(Protocol):
    """Where rosters are found; see ``rosters.keeping.KeptRosters``."""

    def day_of(self, at: Instant) -> date:
        """Return the local day of an instant."""
        ...

    def shifts_of(self, unit: str, day: date) -> Sequence[Shift] | None:
        """Return the shifts of a unit that begin on a day; None where it keeps no roster then."""
        ...

    def stand_ins_of(self, person: str) -> Sequence[StandIn]:
        """Return when a person is away, and who stands in."""
        ...

    def above(self, unit: str) -> str:
        """Return the unit directly above, empty at the top."""
        ...


class Duty(NamedTuple):
    """One person on duty."""

    person: str
    post: str
    until_at: Instant
    skills: tuple[str, ...]
    instead_of: str
    """Whose shift it is, where somebody stands in; otherwise empty."""


class OnDuty(NamedTuple):
    """Who is on duty: the answer to ``on_duty``."""

    asked: str
    unit: str
    """The unit whose people these are: the one asked for, or one above; empty where nobody is."""
    duties: tuple[Duty, ...]
    """By post in the order of ``POSTS``, then by person."""
    code: str
    """``on_duty``; ``gap`` where the unit asked keeps a roster but nobody suitable is on duty now;
    ``no_roster`` where it keeps none. With the last two ``unit`` and ``duties`` are those above."""


def on_duty(
    roster: Roster, unit: str, at: Instant, *, posts: Iterable[str] = POSTS, skill: str = ""
) -> OnDuty:
    """Return who is on duty for ``unit`` at ``at`` in one of ``posts`` and with ``skill``.

    Where nobody is, the units above are asked in turn, and the nearest with somebody answers;
    ``skill`` is asked of crews alone, so that whoever leads above is found.
    """
    wanted, code, asked = frozenset(posts), "", unit
    for _ in range(MAX_UNITS_UP):
        found = tuple(_duties(roster, unit, at, wanted, skill))
        if not code:
            code = "on_duty" if found else "gap" if _keeps(roster, unit, at) else "no_roster"
        if found:
            return OnDuty(asked, unit, found, code)
        unit = roster.above(unit)
        if not unit:
            break
    return OnDuty(asked, "", (), code)


def _duties(
    roster: Roster, unit: str, at: Instant, posts: frozenset[str], skill: str
) -> Iterator[Duty]:
    found: dict[tuple[int, str], Duty] = {}
    for shift in _running(roster, unit, at):
        if shift.post not in posts:
            continue
        if skill and shift.post == "crew" and skill not in shift.skills:
            continue
        person, until_at = _who(roster, shift, at)
        if not person:
            continue
        instead = "" if person == shift.person else shift.person
        duty = Duty(person, shift.post, until_at, shift.skills, instead)
        found.setdefault((POSTS.index(shift.post), person), duty)
    for key in sorted(found):
        yield found[key]


def _running(roster: Roster, unit: str, at: Instant) -> Iterator[Shift]:
    today = roster.day_of(at)
    for back in range(_DAYS_BACK + 1):
        for shift in roster.shifts_of(unit, today - timedelta(days=back)) or ():
            if shift.from_at <= at < shift.until_at:
                yield shift


def _keeps(roster: Roster, unit: str, at: Instant) -> bool:
    return roster.shifts_of(unit, roster.day_of(at)) is not None


def _who(roster: Roster, shift: Shift, at: Instant) -> tuple[str, Instant]:
    """Return who stands in at ``at``, through stand-ins of stand-ins, and until when.

    A circle of stand-ins ends as nobody after ``MAX_STAND_IN_HOPS``.
    """
    person, until_at = shift.person, shift.until_at
    for _ in range(MAX_STAND_IN_HOPS):
        away = next((one for one in roster.stand_ins_of(person) if _covers(one, at)), None)
        if away is None:
            coming = [one.from_at for one in roster.stand_ins_of(person) if one.from_at > at]
            return person, Instant(min([until_at, *coming]))
        person, until_at = away.stand_in, min(until_at, away.until_at)
        if not person:
            break
    return "", Instant(until_at)


def _covers(one: StandIn, at: int) -> bool:
    return one.from_at <= at < one.until_at


# --- what is wrong with a roster ----------------------------------------------------------------


class Gap(NamedTuple):
    """Nobody is on duty from an instant until another."""

    from_at: int
    until_at: int


class Overlap(NamedTuple):
    """The same person is on duty twice at once."""

    person: str
    from_at: int
    until_at: int


def gaps(shifts: Iterable[Shift], from_at: int, until_at: int) -> list[Gap]:
    """Return when nobody is on duty between two instants, in order.

    >>> gaps([Shift(0, 10, "crew", "a"), Shift(8, 20, "crew", "b")], 0, 30)
    [Gap(from_at=20, until_at=30)]
    """
    found, reached = [], from_at
    for shift in sorted(shifts):
        if shift.from_at > reached:
            found.append(Gap(reached, min(shift.from_at, until_at)))
        reached = max(reached, shift.until_at)
        if reached >= until_at:
            return found
    return [*found, Gap(reached, until_at)]


def overlaps(shifts: Iterable[Shift]) -> list[Overlap]:
    """Return where a person is on duty twice at once, whatever the post and the unit.

    >>> overlaps([Shift(0, 10, "crew", "a"), Shift(8, 20, "lead", "a")])
    [Overlap(person='a', from_at=8, until_at=10)]
    """
    found: list[Overlap] = []
    last: dict[str, int] = {}
    for shift in sorted(shifts):
        until_at = last.get(shift.person, shift.from_at)
        if until_at > shift.from_at:
            both = min(until_at, shift.until_at)
            found.append(Overlap(shift.person, shift.from_at, both))
        last[shift.person] = max(until_at, shift.until_at)
    return found
