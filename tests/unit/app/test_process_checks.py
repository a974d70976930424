"""What the checker finds in processes before anybody adopts them."""

from __future__ import annotations

import copy
from typing import Any

import msgspec
import pytest
import yaml

from chengyun.app.pack_process_checks import processes
from chengyun.citypack.sections import Sections, name_of
from chengyun.dispatch.policy import DutyList, Routing
from chengyun.facts.registers import CalendarPolicy, CaseTypes, City
from chengyun.guard.roles import Roles
from chengyun.handle import handlers
from chengyun.handle.policy import MADE_BY, Move, Processes
from chengyun.sim.linjiang.pack_processes import PROCESSES

HOTLINE: dict[str, Any] = yaml.safe_load(PROCESSES)["processes"]["hotline"]
BOUNDS = {"west": 0, "south": 0, "east": 1, "north": 1}
CITY = {
    "id": "c", "name": {"en": "C"}, "zone": "Asia/Shanghai", "languages": ["en"],
    "crs": "WGS-84", "bounds": BOUNDS, "source": "s",
}  # fmt: skip
TYPE = {
    "name": "Water", "time_limit": "24 calendar_hours", "owner": "water", "fallback": "centre",
    "process": "hotline",
}  # fmt: skip


def found(change: Any = None, *, roles: bool = True, **of_type: Any) -> list[tuple[str, str]]:
    """Return code and place of what is found in the changed process, with one type of it."""
    process = copy.deepcopy(HOTLINE)
    if change is not None:
        change(process)
    sections = [
        msgspec.convert({"processes": {"hotline": process}}, Processes),
        msgspec.convert(CITY, City),
        msgspec.convert(
            {"hours": {"mon": ["09:00-12:00"], "tue": ["09:00-17:00"]}, "source": "s"},
            CalendarPolicy,
        ),
        msgspec.convert({"types": {"water": TYPE | of_type}}, CaseTypes),
        msgspec.convert(
            {"contexts": [], "default_process": "hotline", "source": "s"}, Routing
        ),
        DutyList(),
    ]  # fmt: skip
    if roles:
        sections.append(Roles())
    read = Sections({name_of(type(one)): one for one in sections}, frozenset())
    return [(one.code, "/".join(map(str, one.path[2:]))) for one in processes(sections[0], read)]


def steps(step: str, field: str, **change: Any) -> Any:
    """Return a change of one field of a step; ``None`` takes a key out."""

    def changed(process: dict[str, Any]) -> None:
        at = process["steps"][step].setdefault(field, {})
        for key, value in change.items():
            if value is None:
                at.pop(key)
            else:
                at[key] = value

    return changed


def top(**change: Any) -> Any:
    return lambda process: process.update(change)


def whole_step(step: str, **change: Any) -> Any:
    return lambda process: process["steps"][step].update(change)


def test_the_processes_of_linjiang_are_sound():
    assert found() == []


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        (steps("handle", "moves", ledger="nowhere"), "unknown_step", "steps/handle/moves/ledger"),
        (steps("deferred", "moves", resume=None), "dead_end", "steps/deferred"),
        (steps("deferred", "moves", resume=None), "no_way_back", "steps/handle/moves/defer"),
        (steps("handle", "moves", defer=None), "unreachable_step", "steps/deferred"),
        (steps("contact", "moves", contact="contact"), "unreachable_step", "steps/handle"),
        (steps("file", "moves", dispatch=None), "no_way", "steps/file/moves"),
        (steps("handle", "moves", report_back=None), "no_way", "steps/receive/moves"),
        (steps("report_back", "moves", **{"pass": None}), "no_way", "steps/report_back/moves"),
        (steps("verify", "moves", close=None), "no_way", "steps/verify/moves"),
        (whole_step("closed", ends=False), "no_end", "steps/closed"),
        (steps("closed", "moves", extend="closed"), "moves_after_end", "steps/closed/moves/extend"),
        (whole_step("handle", role="crews"), "unknown_role", "steps/handle/role"),
        (whole_step("handle", role=" "), "unknown_role", "steps/handle/role"),
        (steps("handle", "demands", accept=["cause"]), "no_move", "steps/handle/demands/accept"),
        (
            steps("handle", "demands", extend=["why"]),
            "unknown_field", "steps/handle/demands/extend/0",
        ),
        (steps("handle", "evidence", accept=["photo"]), "no_move", "steps/handle/evidence/accept"),
        (top(extension=None), "no_terms", "steps/handle/moves/extend"),
        (top(supervision=None), "no_terms", "steps/receive/moves/supervise"),
        (top(appeal=None), "no_terms", "steps/receive/moves/appeal"),
        (top(promises=["step_limits"]), "no_step_limit", "steps/contact"),
        (whole_step("handle", within="25 calendar_hours"), "too_long", "steps/handle/within"),
        (whole_step("receive", within="5 working_days"), "too_long", "steps/receive/within"),
        (
            lambda process: process["tiers"]["life"].update(contact="3 calendar_hours"),
            "too_long", "tiers/life/contact",
        ),
    ],
)  # fmt: skip
def test_a_gap_is_found_where_it_is(change, code, place):
    assert (code, place) in found(change)


@pytest.mark.parametrize(
    ("of_type", "code"),
    [
        ({"time_limit": ""}, "no_time_limit"),
        ({"time_limit": "3 calendar_days"}, "no_tier"),
        ({"fallback": ""}, "no_fallback"),
        ({"process": ""}, ""),
        ({"process": "", "fallback": ""}, "no_fallback"),
    ],
)
def test_what_a_process_promises_every_type_of_it_has(of_type, code):
    assert code in [one for one, _ in found(**of_type)] or not code


def test_an_owner_is_one_of_the_type_or_of_the_duty_list():
    assert ("no_owner", "promises") in found(top(promises=["owner"]), owner="")
    assert found(top(promises=["owner"])) == []


def test_a_pack_without_roles_names_its_hands_as_it_likes():
    assert found(whole_step("handle", role="somebody"), roles=False) == []


def test_every_move_is_made_by_a_command_that_there_is():
    names = {command.__name__ for command in handlers.ORDERS} | {"DecideRoute"}
    assert set(MADE_BY) == set(msgspec.json.schema(Move)["enum"])
    assert set(MADE_BY.values()) <= names
