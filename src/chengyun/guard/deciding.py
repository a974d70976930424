"""The one place that decides who may do and see what: everything is denied unless granted.

``decide`` and ``scope_of`` are pure functions of the grants that are in force; ``Decider`` looks
those up and remembers its answers until a grant of the account, the pack or the time changes them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import msgspec

from chengyun.engine.about import About
from chengyun.engine.policies import Policies
from chengyun.engine.rows import Rows
from chengyun.facts.registers import Areas, UnitGridRegister, Units
from chengyun.guard.grants import ACCOUNT, GRANTS, HOLDERS, GrantRow, holds_at
from chengyun.guard.places import NOWHERE, Places, places_of
from chengyun.guard.roles import RoleEntry, Roles
from chengyun.kernel.errors import Forbidden
from chengyun.kernel.instants import HOUR_US, Instant
from chengyun.kernel.limits import MAX_DECISIONS_KEPT

_WHY: Final = (
    "no_grant",
    "not_permitted",
    "outside_purpose",
    "outside_area",
    "outside_unit",
    "own_work",
)
"""Why not, from the farthest to the nearest miss: told is the nearest."""

_SAYS: Final = {
    "no_grant": "you hold no grant that is in force",
    "not_permitted": "none of your roles has this permission",
    "outside_purpose": "none of your grants is for this purpose",
    "outside_area": "none of your grants reaches that far",
    "outside_unit": "none of your grants is for this department",
    "own_work": "nobody checks his own work",
}


class Verdict(NamedTuple):
    """Allowed, or why not; and whether a second person must approve."""

    why: str = ""
    two_persons: bool = False

    @property
    def allowed(self) -> bool:
        """Whether he may."""
        return not self.why


class Scope(msgspec.Struct, frozen=True):
    """Where something is allowed: pairs of area and unit, empty for the whole city and every unit.

    Two actors with the same scope see the same rows. ``places`` is that of one version of the pack.
    """

    pairs: frozenset[tuple[str, str]]
    places: Places

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out."""
        return ("", "") in self.pairs

    def covers(self, area: str, units: tuple[str, ...] = ()) -> bool:
        """Tell whether something in ``area`` that belongs to ``units`` may be seen."""
        return self.is_everything or any(
            _reaches(held, units_of, area, units, self.places) for held, units_of in self.pairs
        )

    def __hash__(self) -> int:
        return hash(self.pairs)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Scope)
            and self.pairs == other.pairs
            and (self.places is other.places or self.is_everything)
        )


EVERYTHING: Final = Scope(frozenset({("", "")}), NOWHERE)
"""What whoever sits at the machine may see."""


def decide(
    actor: str,
    needs: str,
    about: About,
    purpose: str,
    at: int,
    *,
    grants: Iterable[GrantRow],
    roles: Mapping[str, RoleEntry],
    places: Places,
) -> Verdict:
    """Tell whether the grants of an account let it do what ``needs`` names to ``about``.

    A second person is asked for where any role by which it is allowed asks for one; which command
    that is, the caller looks up in the roles (``Decider.two_persons``).
    """
    nearest = 0
    for row in grants:
        if not holds_at(row, at):
            continue
        missed = _missed(row, roles.get(row.role), needs, about, purpose, places)
        if not missed:
            return Verdict("own_work" if actor in about.barred else "")
        nearest = max(nearest, _WHY.index(missed))
    return Verdict(_WHY[nearest])


def _missed(
    row: GrantRow,
    role: RoleEntry | None,
    needs: str,
    about: About,
    purpose: str,
    places: Places,
) -> str:
    """Return what keeps one grant from allowing it, or nothing."""
    if role is None or needs not in role.permissions:
        return "not_permitted"
    if purpose and purpose not in ((row.purpose,) if row.purpose else role.purposes):
        return "outside_purpose"
    if not _reaches(row.area, "", about.area, (), places):
        return "outside_area"
    if not _reaches(row.area, row.unit, about.area, about.units, places):
        return "outside_unit"
    return ""


def _reaches(area: str, unit: str, to_area: str, to_units: tuple[str, ...], places: Places) -> bool:
    return places.area_in(area, to_area) and all(places.unit_in(unit, one) for one in to_units)


def scope_of(
    needs: str,
    purpose: str,
    at: int,
    *,
    grants: Iterable[GrantRow],
    roles: Mapping[str, RoleEntry],
    places: Places,
) -> frozenset[tuple[str, str]]:
    """Return where ``needs`` is allowed, without what lies in something else of it."""
    anywhere = About()
    pairs = {
        (places.area_or_city(row.area), row.unit)
        for row in grants
        if holds_at(row, at)
        and _missed(row, roles.get(row.role), needs, anywhere, purpose, places)
        in ("", "outside_area")
    }
    return frozenset(
        pair
        for pair in pairs
        if not any(
            other != pair
            and places.area_in(other[0], pair[0])
            and places.unit_in(other[1], pair[1])
            for other in pairs
        )
    )


class _Remembered:
    """What was decided for one account, for as long as it holds."""

    __slots__ = ("from_at", "scopes", "stamp", "until_at", "verdicts")

    def __init__(self, stamp: tuple[int, str], from_at: int, until_at: int) -> None:
        self.stamp = stamp
        self.from_at = from_at
        self.until_at = until_at
        self.verdicts: dict[tuple[str, str, About, str], Verdict] = {}
        self.scopes: dict[tuple[str, str], Scope] = {}


class Decider:
    """Decides by the grants, roles and trees of one partition."""

    def __init__(self, rows: Rows, policies: Policies) -> None:
        self._rows = rows
        self._policies = policies
        self._kept: OrderedDict[str, _Remembered] = OrderedDict()

    def decide(
        self, actor: str, needs: str, about: About, purpose: str, at: Instant, *, command: str = ""
    ) -> Verdict:
        """Tell whether an account may; remembered until something changes the answer."""
        kept = self._remembered(actor, at)
        key = (needs, command, about, purpose)
        found = kept.verdicts.get(key)
        if found is None:
            roles, places = self._roles(at), self._places(at)
            grants = list(self._rows.find(GRANTS, 0, actor))
            found = decide(
                actor, needs, about, purpose, at, grants=grants, roles=roles.roles, places=places
            )
            if found.allowed and command:
                found = Verdict(two_persons=_asks_second(grants, roles, needs, command, at))
            if len(kept.verdicts) >= MAX_DECISIONS_KEPT:
                kept.verdicts.clear()
            kept.verdicts[key] = found
        return found

    def scope(self, actor: str, needs: str, purpose: str, at: Instant) -> Scope:
        """Return where an account may; ``Forbidden`` where it may nowhere."""
        kept = self._remembered(actor, at)
        found = kept.scopes.get((needs, purpose))
        if found is None:
            roles, places = self._roles(at), self._places(at)
            grants = list(self._rows.find(GRANTS, 0, actor))
            pairs = scope_of(needs, purpose, at, grants=grants, roles=roles.roles, places=places)
            found = kept.scopes[needs, purpose] = Scope(pairs, places)
        if not found.pairs:
            everywhere = About(units=("",))
            raise refusal(self.decide(actor, needs, everywhere, purpose, at).why, needs)
        return found

    def permissions(self, actor: str, at: Instant) -> frozenset[str]:
        """Return what an account may do now, wherever that is: a screen offers nothing else."""
        roles = self._roles(at).roles
        held = (
            roles.get(row.role) for row in self._rows.find(GRANTS, 0, actor) if holds_at(row, at)
        )
        return frozenset(one for role in held if role is not None for one in role.permissions)

    def second_until(self, at: Instant) -> Instant:
        """Return until when a command may wait for a second person."""
        return Instant(at + self._roles(at).approval_h * HOUR_US)

    def _remembered(self, actor: str, at: int) -> _Remembered:
        holder = self._rows.get(HOLDERS, actor)
        version = self._policies.version(at=Instant(at))
        stamp = (0 if holder is None else holder.version, version)
        kept = self._kept.get(actor)
        if kept is not None and kept.stamp == stamp and kept.from_at <= at < kept.until_at:
            return kept
        turns = [
            turn
            for row in self._rows.find(GRANTS, 0, actor)
            for turn in (row.from_at, row.until_at)
            if turn is not None
        ]
        earlier = max((turn for turn in turns if turn <= at), default=0)
        later = min((turn for turn in turns if turn > at), default=_NEVER)
        kept = self._kept[actor] = _Remembered(stamp, earlier, later)
        self._kept.move_to_end(actor)
        if len(self._kept) > MAX_DECISIONS_KEPT:
            self._kept.popitem(last=False)
        return kept

    def _roles(self, at: int) -> Roles:
        return self._policies.section(Roles, area="", at=Instant(at))

    def _places(self, at: int) -> Places:
        version = self._policies.version(at=Instant(at))
        return self._policies.built(places_of, (Areas, Units, UnitGridRegister), version)


_NEVER: Final = 1 << 62


def _asks_second(
    grants: Iterable[GrantRow], roles: Roles, needs: str, command: str, at: int
) -> bool:
    """Tell whether any role with the permission wants two persons for this command."""
    held = (roles.roles.get(row.role) for row in grants if holds_at(row, at))
    return any(
        role is not None and needs in role.permissions and command in role.two_persons
        for role in held
    )


def refusal(why: str, needs: str) -> Forbidden:
    """Return the error that says why not; it never says what it was about."""
    return Forbidden(
        why,
        _SAYS[why],
        remedy=f"ask a security administrator for a grant with {needs}",
        params={"needs": needs},
    )


def is_account(actor: str) -> bool:
    """Tell whether an actor signed in; all others come from the machine itself."""
    return actor.startswith(ACCOUNT)
