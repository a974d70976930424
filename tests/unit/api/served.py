"""A small served city on the virtual clock; ``calls`` runs a story against its interface."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx

from chengyun.adapters.objects.disk import DiskObjects
from chengyun.adapters.system.entropy import SeededEntropy
from chengyun.api.application import api
from chengyun.app import packs, platform
from chengyun.app.first_account import open_first
from chengyun.app.serving import Server
from chengyun.app.signing_in import SigningIn
from chengyun.kernel.clock import VirtualClock
from chengyun.kernel.instants import DAY_US, Instant

PACK = Path(__file__).parents[2] / "scenario" / "pack"
OPENS = Instant(1_777_600_000 * 1_000_000)
RESOLVED: list[Any] = []


def report(id_: str, **more: Any) -> dict[str, Any]:
    """Return the fields of a report as a client sends them."""
    found = {
        "feed": "hotline", "file": "http", "row": 1, "id": id_, "opened_at": OPENS,
        "due_at": None, "type": "manhole", "title": "cover gone", "text": "a hole",
        "channel": "app", "area": "319902001001",
        "place": {"lon_e7": 1_214_805_000, "lat_e7": 312_305_000}, "place_text": "",
        "attributes": {}, "personal": {"reporter": "Wang Wu"}, "notes": [],
    }  # fmt: skip
    return found | more


class Served:
    """The engine, server and interface of the small city."""

    def __init__(self, folder: Path, **how: Any) -> None:
        if not RESOLVED:
            RESOLVED.append(packs.loaded(PACK))
        self.clock = VirtualClock(Instant(OPENS + DAY_US))
        self._stack = ExitStack()
        opened = platform.opened(
            folder, partition="xiaocheng", clock=self.clock, entropy=SeededEntropy(1)
        )
        platform_ = self._stack.enter_context(opened)
        self.engine = platform_.engine
        self.keyring = platform_.keyring
        platform.adopt(self.engine, RESOLVED[0].content, pack="xiaocheng", effective_from=OPENS)
        self.engine.commit()
        self.server = Server(self.engine, self.clock, folder, drive=how.pop("drive", None))
        if how.pop("accounts", False):
            self.secret = open_first(self.engine, self.clock.now())
            how["signing_in"] = self.signing_in = SigningIn(
                self.server, platform_.keyring, issuer="xiaocheng", context=("xiaocheng",)
            )
            self.signing_in.recall(platform_.store)
        self.api = api(self.server, maps=how.pop("maps", folder / "map"), **how)

    def put_file(self, digest: str) -> None:
        """Keep a file under a name, as if it had been sent."""
        DiskObjects(self.server.folder).put(digest, b"picture")

    def calls(
        self,
        story: Callable[[httpx.AsyncClient], Awaitable[Any]],
        *,
        client: str = "127.0.0.1",
        base: str = "http://127.0.0.1:8311",
    ) -> Any:
        """Run ``story`` with a client while the server runs."""

        async def told() -> Any:
            self.server._wake = asyncio.Event()  # another story ran on another loop
            self.server._stopping, self.server.is_writing = False, True
            running = asyncio.create_task(self.server.run())
            transport = httpx.ASGITransport(
                self.api.application, raise_app_exceptions=False, client=(client, 4)
            )
            try:
                async with (
                    asyncio.timeout(10),
                    httpx.AsyncClient(transport=transport, base_url=base) as http,
                ):
                    return await story(http)
            finally:
                self.server.stop()
                await running

        return asyncio.run(told())

    def get(self, path: str, **how: Any) -> httpx.Response:
        """Return the answer to one GET."""
        headers = how.pop("headers", {})
        return self.calls(lambda http: http.get(path, headers=headers), **how)

    def post(self, path: str, **how: Any) -> httpx.Response:
        """Return the answer to one POST."""
        return self.calls(lambda http: http.post(path, **how))

    def close(self) -> None:
        """Close the store."""
        self._stack.close()
