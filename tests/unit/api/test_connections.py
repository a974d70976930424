"""No client holds a place for ever: long headers, drops of a body, unread answers, too many."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from prometheus_client import generate_latest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from chengyun.api import connections, limiting
from chengyun.api.front import Front
from chengyun.api.limiting import Buckets, RateLimit, place_of
from chengyun.api.listening import bound, uvicorn_of
from chengyun.api.metrics import Metrics

GET = b"GET /quick HTTP/1.1\r\nHost: a\r\n"
POST = b"POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n"


async def quick(request: Request) -> Response:
    return JSONResponse({"quick": True})


async def body(request: Request) -> Response:
    return JSONResponse({"size": len(await request.body())})


async def much(request: Request) -> Response:
    async def parts() -> Any:
        while True:
            yield bytes(1 << 16)
            await asyncio.sleep(0)

    return StreamingResponse(parts())


class Talking:
    """A server with short patience, and plain sockets to it."""

    def __init__(self, port: int, metrics: Metrics) -> None:
        self.port = port
        self.metrics = metrics

    def cut(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for line in generate_latest(self.metrics.registry).decode().splitlines():
            if line.startswith("chengyun_connections_cut_total"):
                found[line.split('"')[1]] = int(float(line.split()[-1]))
        return found

    @contextlib.asynccontextmanager
    async def socket(self, **how: Any) -> Any:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, **how)
        try:
            yield reader, writer
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def drip(self, first: bytes, drop: bytes, *, seconds: float = 3.0) -> bytes:
        """Send something, then a drop again and again until the server ends it; return its word."""
        async with self.socket() as (reader, writer):
            writer.write(first)
            heard: list[bytes] = []

            async def listen() -> None:
                with contextlib.suppress(OSError):
                    while part := await reader.read(1_000):
                        heard.append(part)

            answer = asyncio.create_task(listen())
            until = time.monotonic() + seconds
            while not answer.done() and time.monotonic() < until:
                writer.write(drop)
                await asyncio.sleep(0.02)
            assert answer.done(), "it still holds its place"
            return b"".join(heard)


@pytest.fixture
def talk(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    for name, value in (("HEADER_WAIT_S", 0.3), ("SLOW_LOOK_S", 0.3), ("MAX_HEADER_BYTES", 4_000)):
        monkeypatch.setattr(connections, name, value)

    def told(story: Callable[[Talking], Awaitable[None]]) -> None:
        async def served() -> None:
            metrics = Metrics()
            application = Starlette(
                routes=[
                    Route("/quick", quick),
                    Route("/body", body, methods=["POST"]),
                    Route("/much", much),
                ]
            )
            listening = bound("127.0.0.1", 0)
            server = uvicorn_of(application, metrics)
            serving = asyncio.create_task(server.serve(sockets=[listening]))
            try:
                while not server.started:
                    await asyncio.sleep(0.005)
                async with asyncio.timeout(10):
                    await story(Talking(listening.getsockname()[1], metrics))
            finally:
                server.should_exit = server.force_exit = True
                await serving

        asyncio.run(served())

    return told


def test_a_header_by_the_drop_ends(talk):
    async def story(city: Talking) -> None:
        assert b" 408 " in await city.drip(GET, b"X-A: b\r\n")
        assert b" 408 " in await city.drip(b"GET /qu", b"i")
        assert city.cut() == {"slow_header": 2}

    talk(story)


def test_empty_lines_before_a_request_keep_no_place_either(talk):
    async def story(city: Talking) -> None:
        await city.drip(b"\r\n", b"\r\n")
        assert city.cut() == {"slow_header": 1}

    talk(story)


def test_who_says_nothing_is_left_without_a_word(talk):
    async def story(city: Talking) -> None:
        async with city.socket() as (reader, _):
            assert await reader.read() == b""
        assert city.cut() == {"slow_header": 1}

    talk(story)


def test_a_second_request_by_the_drop_ends_too(talk):
    async def story(city: Talking) -> None:
        async with city.socket() as (reader, writer):
            writer.write(GET + b"\r\n")
            assert b"quick" in await reader.readuntil(b"}")
            for _ in range(100):
                writer.write(b"G" if _ == 0 else b"")
                await asyncio.sleep(0.01)
                if city.cut():
                    break
        assert city.cut() == {"slow_header": 1}

    talk(story)


def test_a_body_by_the_drop_ends(talk):
    async def story(city: Talking) -> None:
        assert b" 408 " in await city.drip(POST % 100_000, b"x")
        assert city.cut() == {"slow_body": 1}

    talk(story)


def test_a_body_for_a_door_that_does_not_read_it_ends_too(talk):
    async def story(city: Talking) -> None:
        first = b"GET /quick HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\n\r\n"
        assert b"quick" in await city.drip(first, b"x")
        assert city.cut() == {"slow_body": 1}

    talk(story)


@pytest.mark.parametrize(
    "head",
    [
        GET + b"X-Long: " + b"a" * 5_000 + b"\r\n\r\n",
        GET + b"".join(b"X-%d: b\r\n" % n for n in range(900)) + b"\r\n",
        b"GET /quick?" + b"q" * 5_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        GET + b"X-Endless: " + b"a" * 5_000,
    ],
    ids=["one", "many", "path", "endless"],
)
def test_a_long_header_is_refused(talk, head):
    async def story(city: Talking) -> None:
        async with city.socket() as (reader, writer):
            writer.write(head)
            assert b" 431 " in await reader.read()
        assert city.cut() == {"long_header": 1}

    talk(story)


@pytest.mark.parametrize(
    "head",
    [
        POST % 4,
        (POST % 4)[:-2] + b"Transfer-Encoding: chunked\r\n\r\n",
        b"POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\n",
        b"POST /body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
        b"POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: +4\r\n\r\n",
        b"POST /body HTTP/1.1\r\nHost: a\r\nContent-Length : 4\r\n\r\n",
        b"POST /body HTTP/1.1\nHost: a\nContent-Length: 4\n\n",
    ],
    ids=["plain", "both", "two", "codings", "sign", "space", "bare-lf"],
)
def test_where_a_message_ends_is_never_in_doubt(talk, head):
    """Two readings of one request are how requests are smuggled past a proxy (RFC 9112, 11.2)."""

    async def story(city: Talking) -> None:
        async with city.socket() as (reader, writer):
            writer.write(head + b"0\r\n\r" + b"GET /quick HTTP/1.1\r\nHost: a\r\n\r\n")
            answer = await asyncio.wait_for(reader.read(1_000), 5)
        if head == POST % 4:
            assert b'"size":4' in answer
        else:
            assert b" 400 " in answer
            assert b"quick" not in answer

    talk(story)


def test_who_does_not_read_is_left(talk):
    async def story(city: Talking) -> None:
        async with city.socket(limit=1) as (_, writer):
            writer.write(b"GET /much HTTP/1.1\r\nHost: a\r\n\r\n")
            for _ in range(300):
                await asyncio.sleep(0.01)
                if city.cut():
                    break
        assert city.cut() == {"slow_reader": 1}

    talk(story)


def test_who_is_quick_enough_is_served(talk):
    """A slow but steady body, and several requests on one connection, each with a pause."""

    async def story(city: Talking) -> None:
        async with city.socket() as (reader, writer):
            writer.write(POST % 8_000)
            for _ in range(8):
                writer.write(bytes(1_000))
                await asyncio.sleep(0.1)
            assert b'"size":8000' in await reader.readuntil(b"}")
            for _ in range(3):
                await asyncio.sleep(0.2)
                writer.write(GET[:20])
                await asyncio.sleep(0.1)
                writer.write(GET[20:] + b"\r\n")
                assert b"quick" in await reader.readuntil(b"}")
        assert city.cut() == {}

    talk(story)


def test_too_many_of_one_address_find_no_place_and_leave_room_when_they_go(talk, monkeypatch):
    monkeypatch.setattr(connections, "MAX_ADDRESS_CONNECTIONS", 2)
    monkeypatch.setattr(connections, "HEADER_WAIT_S", 30.0)

    async def story(city: Talking) -> None:
        async with city.socket(), city.socket():
            await asyncio.sleep(0.05)
            async with city.socket() as (reader, _):
                with contextlib.suppress(ConnectionError):
                    assert await reader.read() == b""
            assert city.cut() == {"too_many": 1}
        await asyncio.sleep(0.05)
        async with city.socket() as (reader, writer):
            writer.write(GET + b"\r\n")
            assert b"quick" in await reader.readuntil(b"}")

    talk(story)


# --- how much may be asked --------------------------------------------------------------------


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_a_bucket_fills_again_and_no_further():
    clock = Clock()
    buckets = Buckets(10.0, 3, clock=clock)
    assert [buckets.wait_s("a") for _ in range(4)] == [0, 0, 0, pytest.approx(0.1)]
    clock.now_s = 0.1
    assert buckets.wait_s("a") == 0
    assert buckets.wait_s("a") > 0
    assert buckets.wait_s("b") == 0  # another one's bucket is his own
    clock.now_s = 1_000.0
    assert [bool(buckets.wait_s("a")) for _ in range(4)] == [False, False, False, True]


def test_buckets_take_no_more_memory_than_they_may():
    buckets = Buckets(1.0, 1, most=10, clock=Clock())
    for number in range(100):
        buckets.wait_s(str(number))
    assert len(buckets) == 10
    assert buckets.wait_s("99") > 0  # who asked last is still known


@pytest.fixture
def limited(monkeypatch):
    monkeypatch.setattr(limiting, "MAX_ADDRESS_BURST", 5)
    monkeypatch.setattr(limiting, "MAX_ADDRESS_REQUESTS_S", 0.5)
    monkeypatch.setattr(limiting, "MAX_KEY_BURST", 2)
    monkeypatch.setattr(limiting, "MAX_KEY_REQUESTS_S", 0.5)
    metrics = Metrics()
    middleware = [Middleware(RateLimit, metrics=metrics, clock=Clock())]
    return Starlette(routes=[Route("/quick", quick)], middleware=middleware), metrics


def asked(application, *senders):
    """Return the answers to a request of each sender: address, and headers."""

    async def story():
        found = []
        for address, headers in senders:
            transport = httpx.ASGITransport(application, client=(address, 4))
            async with httpx.AsyncClient(transport=transport, base_url="http://a") as http:
                found.append(await http.get("/quick", headers=headers))
        return found

    return asyncio.run(story())


def test_behind_the_proxy_each_address_that_it_tells_has_a_limit_of_its_own(limited):
    _, metrics = limited
    how = {"metrics": metrics, "clock": Clock(), "front": Front(proxy="10.0.0.1")}
    routes = [Route("/quick", quick)]
    application = Starlette(routes=routes, middleware=[Middleware(RateLimit, **how)])

    def told(address):
        return {"X-Forwarded-For": f"6.6.6.6, {address}"}

    answers = asked(
        application,
        *[("10.0.0.1", told("10.9.0.1"))] * 6,
        ("10.0.0.1", told("10.9.0.2")),
        *[("10.0.0.8", told(f"10.9.1.{n}")) for n in range(6)],
    )
    codes = [one.status_code for one in answers]
    assert codes == [*[200] * 5, 429, 200, *[200] * 5, 429], "who is not the proxy names nobody"


def test_one_address_and_one_key_are_limited_and_others_are_not(limited):
    application, metrics = limited
    key = {"Authorization": "Bearer CANARYKEY"}
    answers = asked(
        application,
        *[("10.0.0.1", {})] * 6,
        ("10.0.0.2", {}),
        ("10.0.0.3", key), ("10.0.0.4", key), ("10.0.0.5", key), ("10.0.0.3", {"Cookie": "s=1"}),
        *[(f"2001:db8::{n}", {}) for n in range(1, 7)],
    )  # fmt: skip
    assert [one.status_code for one in answers] == [
        *[200] * 5, 429, 200, 200, 200, 429, 200, *[200] * 5, 429
    ]  # fmt: skip
    refused = answers[5]
    assert refused.headers["Retry-After"] == "2"
    assert refused.json()["code"] == "overload"
    figures = generate_latest(metrics.registry).decode()
    assert 'chengyun_requests_limited_total{by="address"} 2.0' in figures
    assert 'chengyun_requests_limited_total{by="key"} 1.0' in figures
    assert "CANARY" not in figures + answers[9].text


def test_what_is_no_address_is_a_sender_too():
    assert place_of("") == ""
    assert place_of("testclient") == "testclient"


def test_every_application_is_limited(city):
    named = {one.cls.__name__ for one in city.api.application.user_middleware}
    assert {"Shield", "RateLimit"} <= named


def test_who_leaves_in_the_middle_of_a_body_leaves_no_trace_in_the_log(city):
    """A trace for each would let anybody fill the disk."""
    scope = {
        "type": "http", "method": "POST", "path": "/api/v1/commands/ReceiveReport",
        "headers": [(b"host", b"127.0.0.1"), (b"content-type", b"application/json")],
        "query_string": b"", "client": ("127.0.0.1", 4), "http_version": "1.1", "scheme": "http",
        "server": ("127.0.0.1", 80), "root_path": "",
    }  # fmt: skip
    sent = []

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    asyncio.run(city.api.application(scope, receive, send))
    assert sent[0]["status"] == 400
