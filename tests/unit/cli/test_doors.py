"""Every door declares the permission it needs and passes the one gate."""

import importlib

import click
import pytest
from click.testing import CliRunner

from chengyun.app.stages import ALL
from chengyun.cli.main import COMMANDS, chengyun
from chengyun.engine.deadletters import RetryUnit
from chengyun.guard import gate
from chengyun.kernel.errors import Forbidden


def doors():
    for name, entry in COMMANDS.items():
        command = importlib.import_module(entry.module).command
        yield name, command
        if isinstance(command, click.Group):
            for inner, below in command.commands.items():
                yield f"{name} {inner}", below


@pytest.mark.parametrize(("name", "command"), list(doors()))
def test_every_command_of_the_line_says_what_it_needs(name, command):
    permission = getattr(command.callback, "__needs__", "")
    assert permission.count(":") == 1, f"chengyun {name} is a door without a permission"


def test_every_command_of_the_engine_says_what_it_needs():
    orders = [command for stage in ALL for command in stage.orders] + [RetryUnit]
    assert len(orders) > 10
    for command in orders:
        assert command.NEEDS.count(":") == 1, f"{command.__name__} is a door without a permission"


def test_a_door_passes_the_gate(monkeypatch):
    def shut(self, actor, door, needs):
        raise Forbidden("forbidden", "not today")

    monkeypatch.setattr(gate.LocalGate, "check", shut)
    done = CliRunner().invoke(chengyun, ["pack", "schemas", "nowhere"])
    assert isinstance(done.exception, Forbidden)


def test_the_table_shows_its_commands_without_loading_them():
    done = CliRunner().invoke(chengyun, ["--help"])
    assert done.exit_code == 0
    for name in COMMANDS:
        assert name in done.output


def test_an_unknown_command_is_a_clear_error():
    done = CliRunner().invoke(chengyun, ["fly"])
    assert done.exit_code == 2
    assert "fly" in done.output
