"""``chengyun grant`` on a store that nobody serves, and through the process that does."""

import asyncio
import contextlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from chengyun.adapters.system.clock import SystemClock
from chengyun.adapters.system.entropy import SeededEntropy
from chengyun.app import packs, platform
from chengyun.app.local_door import local_door
from chengyun.app.serving import Server
from chengyun.cli import grant
from chengyun.guard.accounts import OpenAccount
from chengyun.guard.grants import GRANTS

PACK = Path(__file__).parents[2] / "scenario" / "pack"


@pytest.fixture
def store(tmp_path):
    with opened(tmp_path) as engine:
        content = packs.loaded(PACK).content
        platform.adopt(engine, content, pack="xiaocheng", effective_from=SystemClock().now())
        for number, login in enumerate(("lin", "wei")):
            account = OpenAccount(account=f"{number:016x}", login=login, name=login)
            assert engine.execute(account, actor="person:tester").refused is None
        engine.commit()
        engine.settle()
    return tmp_path


@contextlib.contextmanager
def opened(folder):
    with platform.opened(
        folder, partition="xiaocheng", clock=SystemClock(), entropy=SeededEntropy(1)
    ) as made:
        yield made.engine


def run(*arguments):
    done = CliRunner().invoke(grant.command, [str(one) for one in arguments])
    return done.exit_code, done.output, done.exception


def test_a_grant_is_given_listed_and_withdrawn(store):
    code, printed, _ = run("give", store, "lin", "dispatcher", "--area", "319901", "--json")
    assert code == 0
    name = json.loads(printed)["grant"]
    listed = [json.loads(line) for line in run("list", store, "--json")[1].splitlines()]
    assert [(row["grant"], row["area"], row["state"]) for row in listed] == [
        (name, "319901", "given")
    ]
    assert listed[0]["by"].startswith("person:")
    assert f"account:{0:016x}" in run("list", store)[1]
    assert run("list", store, "--login", "wei", "--json")[1] == ""
    assert run("withdraw", store, name, "--reason", "moved on")[0] == 0
    assert run("list", store, "--json")[1] == ""
    assert "withdrawn" in run("list", store, "--all")[1]


def test_what_makes_no_sense_is_refused(store):
    code, _, error = run("give", store, "lin", "king")
    assert code != 0
    assert error.code == "unknown_role"
    assert run("withdraw", store, "grant000", "--reason", "x")[2].code == "unknown_grant"


def test_the_process_that_serves_the_store_is_asked(store):
    with opened(store) as engine:
        server = Server(engine, SystemClock(), store)
        answered = []

        async def served():
            async def asked():
                arguments = ("give", store, "lin", "dispatcher")
                answered.append(await asyncio.to_thread(run, *arguments))
                answered.append(await asyncio.to_thread(run, "give", store, "lin", "king"))
                server.stop()

            async with local_door(server):
                asking = asyncio.create_task(asked())
                while not server._stopping:
                    await server._next()
                    server._group()
                await asking

        asyncio.run(served())
        assert [code for code, _, _ in answered] == [0, 1]
        assert [row.role for row in engine.rows.each(GRANTS)] == ["dispatcher"]
