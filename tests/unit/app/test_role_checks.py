"""Roles of a pack: what is wrong with them is found, and the usual ones are sound."""

from pathlib import Path

import msgspec
import pytest
import yaml

from chengyun.app.pack_role_checks import roles as check_roles
from chengyun.app.pack_sections import SECTIONS
from chengyun.app.packs import read_pack
from chengyun.citypack.checking import check
from chengyun.citypack.sections import Sections
from chengyun.guard.roles import Roles, exclude
from chengyun.guard.standard_roles import ROLES

PACK = Path(__file__).parents[3] / "cities" / "boston-311"


def found(change):
    """Return the codes of the mistakes of a pack whose roles were changed."""
    files, unreadable = read_pack(PACK)
    section = yaml.safe_load(files["roles.yaml"])
    change(section["roles"])
    files["roles.yaml"] = yaml.safe_dump(section).encode()
    verdict = check(files, SECTIONS, found=unreadable)
    assert all(one.place.file == "roles.yaml" and one.place.line for one in verdict.mistakes)
    return [one.code for one in verdict.mistakes]


def add(role, field, value):
    def change(roles):
        roles[role].setdefault(field, []).append(value)

    return change


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (lambda roles: None, []),
        (add("dispatcher", "permissions", "case:dispach"), ["unknown_permission"]),
        (add("dispatcher", "permissions", "grant:give"), ["power_not_held"]),
        (add("dispatcher", "permissions", "key:issue"), ["power_not_held"]),
        (add("system_administrator", "permissions", "audit:verify"), ["power_not_held"]),
        (add("security_administrator", "permissions", "case:verify"), ["power_not_apart"]),
        (add("dispatcher", "purposes", "curiosity"), ["unknown_reference"]),
        (add("dispatcher", "gives", "citizen"), ["not_permitted", "power_not_apart"]),
        (add("dispatcher", "excludes", "dispatcher"), ["excludes_itself"]),
        (add("dispatcher", "two_persons", "DecideRoutes"), ["unknown_command"]),
        (add("dispatcher", "two_persons", "VerifyCase"), ["not_permitted"]),
        (add("grid_officer", "two_persons", "ReceiveReport"), ["cannot_wait"]),
        (
            lambda roles: roles.update(
                mayor={"name": dict(roles["leader"]["name"]), "permissions": []}
            ),
            ["unreachable_role"],
        ),
        (lambda roles: roles["leader"].update(name={"zh": "领导"}), ["missing"]),
    ],
)
def test_every_mistake_is_found_at_its_line(change, codes):
    assert sorted(found(change)) == codes


def test_a_pack_without_roles_has_the_usual_ones_and_they_are_sound():
    usual = msgspec.json.decode(b"{}", type=Roles)
    assert set(usual.roles) == set(ROLES)
    assert list(check_roles(usual, Sections({}, frozenset()))) == []


def test_the_three_powers_exclude_each_other_and_who_gives_holds_nothing_else():
    usual = Roles()
    powers = [f"{one}_administrator" for one in ("system", "security", "audit")]
    for one in powers:
        assert [other for other in powers if exclude(one, other, usual)] == [
            other for other in powers if other != one
        ]
    others = [code for code in usual.roles if code != "security_administrator"]
    assert all(exclude("security_administrator", other, usual) for other in others)
    assert exclude("auditor", "dispatcher", usual)
    assert exclude("dispatcher", "auditor", usual)
    assert not exclude("dispatcher", "duty_officer", usual)
