"""The wiring of the real loop: what points forward, what goes back, who needs what."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import msgspec
import pytest
from workbench import done, sense

from chengyun.app.stages import ALL, STAGES, TABLES
from chengyun.engine import loop
from chengyun.engine.approvals import DecideApproval
from chengyun.engine.commands import Command
from chengyun.engine.deadletters import RetryUnit
from chengyun.engine.stage import Stage
from chengyun.engine.tables import Table
from chengyun.facts import kinds
from chengyun.facts.envelope import Body
from chengyun.facts.handle import CaseClosed, CaseReturned
from chengyun.facts.kinds import KINDS, STAGE_OF
from chengyun.kernel.errors import Bug

NAMED = {stage.name: stage for stage in ALL}


def listening() -> Iterator[tuple[str, str]]:
    for stage in ALL:
        for body in stage.listens:
            yield stage.name, body.__name__


def test_every_stage_of_the_loop_is_wired_once_in_its_order() -> None:
    assert [stage.name for stage in ALL] == list(loop.ORDER)


@pytest.mark.parametrize(("stage", "kind"), sorted(listening()))
def test_a_listener_points_forward_or_is_a_declared_return(stage: str, kind: str) -> None:
    forward = loop.ORDER.index(STAGE_OF[kind]) <= loop.ORDER.index(stage)
    returns = [back for back in loop.RETURNS if (back.kind, back.to) == (kind, stage)]
    assert forward != bool(returns)


@pytest.mark.parametrize("back", loop.RETURNS, ids=lambda back: back.name)
def test_a_return_goes_back_is_heard_and_is_bounded(back: loop.Return) -> None:
    assert loop.ORDER.index(STAGE_OF[back.kind]) > loop.ORDER.index(back.to)
    assert KINDS[back.kind] in NAMED[back.to].listens
    assert 1 <= back.most <= 10


def test_a_listener_that_points_backward_is_not_started() -> None:
    twin = Stage(name="twin", listens={CaseClosed: (lambda fact, known: [done(fact)],)})
    with pytest.raises(Bug, match="later stage handle"):
        loop.check_wiring((sense(), twin))


def test_a_return_to_another_stage_than_declared_is_not_started() -> None:
    with pytest.raises(Bug, match="later stage handle"):
        loop.check_wiring((Stage(name="twin", listens={CaseReturned: (lambda *_: (),)}),))
    loop.check_wiring((Stage(name="dispatch", listens={CaseReturned: (lambda *_: (),)}),))


def test_a_view_may_follow_what_comes_later() -> None:
    loop.check_wiring((Stage(name="twin", follows={CaseClosed: (lambda *_: (),)}),))


# --- facts ------------------------------------------------------------------------------------


def bodies(file: ModuleType) -> Iterator[str]:
    for name, found in vars(file).items():
        own = isinstance(found, type) and found.__module__ == file.__name__
        if own and issubclass(found, Body):
            yield name


def test_every_kind_has_one_stage_of_the_loop() -> None:
    files = [file for file in vars(kinds).values() if isinstance(file, ModuleType)]
    names = [name for file in files for name in bodies(file) if file.__name__ != Body.__module__]
    assert sorted(names) == sorted(KINDS), "two kinds of one name, or one that is not entered"
    assert set(STAGE_OF) == set(KINDS)
    assert set(STAGE_OF.values()) <= set(loop.ORDER)


def _loose(hint: Any) -> Iterator[Any]:
    yield hint
    for inner in typing.get_args(hint):
        yield from _loose(inner)
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        for inner in typing.get_type_hints(hint).values():
            yield from _loose(inner)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_body_holds_no_floats(kind: str) -> None:
    assert float not in list(_loose(KINDS[kind]))


# --- commands ---------------------------------------------------------------------------------


def commands() -> list[type[Command]]:
    found, waiting = [], Command.__subclasses__()
    while waiting:
        command = waiting.pop()
        waiting += command.__subclasses__()
        if command.__module__.startswith("chengyun."):
            found.append(command)
    return sorted(found, key=lambda command: command.__name__)


@pytest.mark.parametrize("command", commands(), ids=lambda command: command.__name__)
def test_a_command_needs_a_permission_and_is_taken_by_one_stage(command: type[Command]) -> None:
    what, _, verb = command.NEEDS.partition(":")
    assert what.isidentifier(), f"{command.NEEDS!r} is not written as thing:verb"
    assert verb.isidentifier(), f"{command.NEEDS!r} is not written as thing:verb"
    takers = [stage.name for stage in ALL if command in stage.orders]
    assert len(takers) == (0 if command in (RetryUnit, DecideApproval) else 1)


def test_the_commands_found_are_the_doors_of_the_engine() -> None:
    wired = {command for stage in ALL for command in stage.orders} | {RetryUnit, DecideApproval}
    assert wired == set(commands())
    assert len(wired) > 8


# --- tables and handlers ----------------------------------------------------------------------


def test_no_two_tables_share_a_name() -> None:
    assert len({table.name for table in TABLES}) == len(TABLES)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_is_made_of_columns_that_exist(table: Table[Any]) -> None:
    hints = typing.get_type_hints(table.row)
    for name in (*table.key, *(name for index in table.indexes for name in index)):
        assert name in hints
    for name in table.key:
        assert hints[name] in (int, str), f"the key column {name} sorts differently in SQL"
    if table.resident is not None:
        assert isinstance(table.resident[1], hints[table.resident[0]])


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_a_handler_is_named_once_for_a_kind_so_that_it_can_be_tried_again(stage: Stage) -> None:
    for heard in (stage.listens, stage.follows):
        for body, handlers in heard.items():
            names = [handler.__name__ for handler in handlers]
            assert len(set(names)) == len(names), body
    both = {(body, handler.__name__) for body, hs in stage.listens.items() for handler in hs} & {
        (body, apply.__name__) for body, applies in stage.follows.items() for apply in applies
    }
    assert both == set()
