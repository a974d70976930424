"""A served engine: groups fly while the next is executed, and nothing is answered before its own
is on disk."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from chengyun.adapters.keys.keyring import Keyring, master_key
from chengyun.adapters.sql.store import SqlStore
from chengyun.adapters.system.entropy import SeededEntropy
from chengyun.app import platform
from chengyun.app.serving import Server
from chengyun.app.stages import TABLES
from chengyun.engine.ports import Group, Store
from chengyun.guard.erasing import ErasePerson
from chengyun.kernel.clock import VirtualClock
from chengyun.kernel.errors import StoreFailed
from chengyun.kernel.instants import Instant
from chengyun.kernel.limits import MAX_GROUP_COMMANDS

START = Instant(1_777_600_000 * 1_000_000)
ACTOR = "person:tester"


class SlowStore:
    """Keeps a group until ``settle``; fails there, or at once, where it is told to."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.flying: list[Group] = []
        self.seen: list[str] = []
        self.fails_at = 0
        """Which ``settle`` with something to write fails (from 1); 0 is none."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def commit(self, group: Group) -> None:
        self.settle()
        self.seen.append(f"handed {len(group.entries)}")
        self.flying.append(group)

    def settle(self) -> None:
        if not self.flying:
            return
        self.fails_at -= 1
        if self.fails_at == 0:
            raise StoreFailed("the disk is full", where="here", remedy="make room")
        self.seen.append("on disk")
        self._store.commit(self.flying.pop())


class Bench:
    def __init__(self, folder: Path) -> None:
        self._inner = SqlStore(folder, TABLES)
        self.store = SlowStore(self._inner)
        entropy = SeededEntropy(1)
        keyring = Keyring(master_key(folder, entropy), {}, entropy)
        clock = VirtualClock(START)
        engine = platform.wired(self.store, keyring, partition="xiaocheng", clock=clock)
        self.server = Server(engine, clock, folder)

    def close(self) -> None:
        self._inner.close()

    def runs(self, story: Callable[[Server], Coroutine[Any, Any, Any]]) -> Any:
        """Serve while ``story`` goes on; return what it returns."""
        told: list[Any] = []

        @contextlib.asynccontextmanager
        async def door(server: Server) -> AsyncIterator[None]:
            async def whole() -> None:
                told.append(await story(server))
                server.stop()

            task = asyncio.create_task(whole())
            yield
            await task

        asyncio.run(asyncio.wait_for(self.server.run(door), 20))
        return told[0]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    found = Bench(tmp_path)
    yield found
    found.close()


def erase(name: str) -> ErasePerson:
    return ErasePerson(person=name, ground="asked")


def test_a_lone_command_is_answered_when_it_is_on_disk(bench: Bench) -> None:
    async def story(server: Server) -> list[str]:
        await server.submit(erase("a"), ACTOR)
        return list(bench.store.seen)

    assert bench.runs(story) == ["handed 1", "on disk"]


def test_while_more_wait_a_group_is_written_as_the_next_is_executed(bench: Bench) -> None:
    answered: list[tuple[int, int]] = []

    async def one(server: Server, number: int) -> None:
        await server.submit(erase(f"p{number}"), ACTOR)
        answered.append((number, bench.store.seen.count("on disk")))

    async def story(server: Server) -> None:
        await asyncio.gather(*(one(server, number) for number in range(2 * MAX_GROUP_COMMANDS + 9)))

    bench.runs(story)
    assert bench.store.seen == [
        "handed 256",
        "on disk",
        "handed 256",
        "on disk",
        "handed 9",
        "on disk",
    ]
    assert all(on_disk >= 1 + number // MAX_GROUP_COMMANDS for number, on_disk in answered)
    assert [number for number, _ in answered] == list(range(2 * MAX_GROUP_COMMANDS + 9))


@pytest.mark.parametrize("fails_at", [1, 2, 3])
def test_where_writing_fails_nobody_of_that_group_or_after_is_told_it_is_kept(
    bench: Bench, fails_at: int
) -> None:
    bench.store.fails_at = fails_at

    async def story(server: Server) -> list[Any]:
        asked = [server.submit(erase(f"p{number}"), ACTOR) for number in range(600)]
        return await asyncio.gather(*asked, return_exceptions=True)

    answers: list[Any] = []

    async def keeps(server: Server) -> None:
        answers.extend(await story(server))

    with pytest.raises(StoreFailed):
        bench.runs(keeps)
    kept = (fails_at - 1) * MAX_GROUP_COMMANDS
    assert all(not isinstance(one, BaseException) for one in answers[:kept])
    assert all(isinstance(one, Exception) for one in answers[kept:])
    on_disk = {fact.seq for fact in bench.store.read("xiaocheng", "operations")}
    assert len(on_disk) == kept
