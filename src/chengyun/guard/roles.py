"""The roles of a city, a section of its pack: what people at work may do, and for what purpose."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from chengyun.facts.registers import Code, Names
from chengyun.guard.permissions import Power
from chengyun.guard.standard_roles import APPROVAL_H, PURPOSES, ROLES

Permission = Annotated[str, Meta(pattern=r"^[a-z_]+:[a-z_]+$")]
CommandName = Annotated[str, Meta(pattern=r"^[A-Z][A-Za-z]+$")]


class RoleEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A role: an account holds it by a grant, for an area, a unit, a purpose and a time."""

    name: Names
    permissions: list[Permission]
    purposes: list[Code] = []
    """For what its holders may ask to see personal data."""
    second_factor: bool = False
    """Whether its holders sign in with a second factor."""
    two_persons: list[CommandName] = []
    """Commands that another person approves before they are executed."""
    power: Power | None = None
    """The power of administration it holds; an account holds roles of one power at most."""
    gives: list[Code] = []
    """The roles that its holders may give to others."""
    excludes: list[Code] = []
    """Roles that nobody holds beside it."""


class Roles(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All roles by code, and the purposes they may name; a pack without any has the usual ones."""

    SECTION: ClassVar[str] = "roles"
    purposes: dict[Code, Names] = msgspec.field(default_factory=lambda: PURPOSES)
    roles: dict[Code, RoleEntry] = msgspec.field(
        default_factory=lambda: msgspec.convert(ROLES, dict[str, RoleEntry])
    )
    approval_h: Annotated[int, Meta(ge=1, le=168)] = APPROVAL_H
    """After so many hours a command that waits for a second person lapses."""


def exclude(one: str, other: str, roles: Roles) -> bool:
    """Tell whether nobody may hold both roles: other powers, or one excludes the other.

    Who gives grants uses none: a role with the power of security stands alone.
    """
    first, second = roles.roles.get(one), roles.roles.get(other)
    if first is None or second is None or one == other:
        return False
    if other in first.excludes or one in second.excludes:
        return True
    if "security" in (first.power, second.power):
        return True
    return first.power is not None and second.power is not None and first.power != second.power
