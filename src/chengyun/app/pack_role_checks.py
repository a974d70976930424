"""What the roles of a pack must make sense of: permissions that exist, powers kept apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from chengyun.app.stages import ALL
from chengyun.citypack.mistakes import did_you_mean, one_of
from chengyun.citypack.sections import Finding, Path, Sections
from chengyun.facts.registers import City, Names
from chengyun.guard.permissions import PERMISSIONS, POWER_OF
from chengyun.guard.roles import RoleEntry, Roles, exclude

_ORDERS: Final = {order.__name__: order for stage in ALL for order in stage.orders}


def roles(section: Roles, sections: Sections) -> Iterator[Finding]:
    """Names in every language, known permissions and commands, powers apart, all within reach."""
    for code, purpose in section.purposes.items():
        yield from _named(purpose, ("purposes", code), sections)
    for code, role in section.roles.items():
        here: Path = ("roles", code)
        yield from _named(role.name, (*here, "name"), sections)
        yield from _permissions(role, here)
        yield from _commands(role, here)
        yield from _apart(code, section, here)
    yield from _reached(section)


def _named(names: Names, path: Path, sections: Sections) -> Iterator[Finding]:
    city = sections.get(City)
    for language in () if city is None else city.languages:
        if not names.get(language, "").strip():
            what = f"there is no name in {language!r}, a language of the city"
            yield Finding(path, what, f"add {language}: …", "missing")


def _permissions(role: RoleEntry, here: Path) -> Iterator[Finding]:
    for number, permission in enumerate(role.permissions):
        path = (*here, "permissions", number)
        if permission not in PERMISSIONS:
            what = f"nothing needs the permission {permission!r}"
            remedy = did_you_mean(permission, sorted(PERMISSIONS)) or one_of(
                sorted(PERMISSIONS), 50
            )
            yield Finding(path, what, remedy, "unknown_permission")
        power = POWER_OF.get(permission)
        if power is not None and power != role.power:
            what = f"{permission!r} belongs to the power of {power} alone"
            remedy = f"take it out, or make this a role of that power (power: {power})"
            yield Finding(path, what, remedy, "power_not_held")


def _commands(role: RoleEntry, here: Path) -> Iterator[Finding]:
    for number, name in enumerate(role.two_persons):
        path, order = (*here, "two_persons", number), _ORDERS.get(name)
        if order is None:
            remedy = did_you_mean(name, sorted(_ORDERS)) or "name a command of the engine"
            yield Finding(path, f"{name!r} is no command", remedy, "unknown_command")
        elif not order.MAY_WAIT:
            may = ", ".join(sorted(one for one, found in _ORDERS.items() if found.MAY_WAIT))
            what = f"{name!r} cannot wait for a second person"
            yield Finding(path, what, f"those that can are {may}", "cannot_wait")
        elif order.NEEDS not in role.permissions:
            what = f"the role may not send {name!r} at all"
            yield Finding(path, what, f"add {order.NEEDS}, or take it out", "not_permitted")


def _apart(code: str, section: Roles, here: Path) -> Iterator[Finding]:
    role = section.roles[code]
    if code in role.excludes:
        path = (*here, "excludes", role.excludes.index(code))
        yield Finding(path, f"{code!r} excludes itself", "take it out", "excludes_itself")
    if role.gives and "grant:give" not in role.permissions:
        what = "it gives roles and may not give grants"
        yield Finding((*here, "gives"), what, "add grant:give, or take this out", "not_permitted")
    if role.power == "security":
        operational = [one for one in role.permissions if one in _ORDERS_NEED]
        for permission in operational:
            path = (*here, "permissions", role.permissions.index(permission))
            what = f"who gives grants uses none, and {permission!r} is for those who do the work"
            yield Finding(path, what, "take it out", "power_not_apart")


_ORDERS_NEED: Final = frozenset(
    order.NEEDS for order in _ORDERS.values() if POWER_OF.get(order.NEEDS) != "security"
)


def _reached(section: Roles) -> Iterator[Finding]:
    """Every role is given by some other; powers are given by those who may hold no other."""
    given = {other for role in section.roles.values() for other in role.gives}
    for code in section.roles:
        if code not in given:
            what = f"nobody may give the role {code!r}"
            remedy = "name it under gives of the role of the security administrator"
            yield Finding(("roles", code), what, remedy, "unreachable_role", is_key=True)
    for code, role in section.roles.items():
        for other in role.gives:
            if other in section.roles and other != code and not exclude(code, other, section):
                path = ("roles", code, "gives", role.gives.index(other))
                what = f"{code!r} gives {other!r} and its holders might hold both"
                yield Finding(path, what, f"give {code!r} the power security", "power_not_apart")
