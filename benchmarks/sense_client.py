"""The sender of the sensing benchmark: bodies made beforehand, its own ledger, several connections.

Bodies are made once and sent again with other instants in them, so that making them costs the
machine next to nothing while the server is measured. No two bodies hold the same sensor, and none
is sent twice within the hundredth of a second that is put into it: so nothing is a duplicate.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
from numpy.typing import NDArray

from benchmarks.connection import Connection

Numbers = NDArray[Any]

TYPES: Final = {
    "json": "application/json",
    "columns": "application/json",
    "arrow": "application/vnd.apache.arrow.stream",
}
_BASE: Final = 100_000_000_000
"""Stands in the bodies where the hundredth of a second is put in when they are sent."""
MOST_ROWS: Final = 10_000
"""A row a microsecond, within a hundredth of a second."""


class Body(NamedTuple):
    """One body, and what the ledger must hold when it was acknowledged."""

    content: bytes
    rows: int
    handles: int
    values: int


class Ledger(msgspec.Struct):
    """What was acknowledged."""

    batches: int = 0
    rows: int = 0
    handles: int = 0
    """Sum of the handles of all rows: a checksum."""
    values: int = 0
    """Sum of the values in millionths."""
    took_ms: list[float] = msgspec.field(default_factory=list)
    refused: int = 0
    busy: int = 0


def bodies(
    form: str, sensors: int, rows: int, count: int, id_of: Callable[[int], str], seed: int
) -> list[Body]:
    """Return bodies of random values; together they draw evenly from all sensors."""
    rng = np.random.default_rng(seed)
    share = sensors // count
    return [
        _body(
            form,
            rng.integers(0, share, rows) * count + number,
            rng.integers(0, 100_000, rows),
            id_of,
        )
        for number in range(count)
    ]


def _body(form: str, handles: Numbers, values: Numbers, id_of: Callable[[int], str]) -> Body:
    at = _BASE * MOST_ROWS + np.arange(len(handles))
    if form == "json":
        rows = zip(handles.tolist(), at.tolist(), (values / 1_000).tolist(), strict=True)
        content = msgspec.json.encode(
            [{"sensor": id_of(handle), "at": one, "value": value} for handle, one, value in rows]
        )
    elif form == "columns":
        content = msgspec.json.encode(
            {"handles": handles.tolist(), "at": at.tolist(), "value": (values / 1_000).tolist()}
        )
    else:
        content = _arrow(handles, values, at)
    return Body(content, len(handles), int(handles.sum()), int(values.sum()) * 1_000)


def _arrow(handles: Numbers, values: Numbers, at: Numbers) -> bytes:
    batch = pa.record_batch(
        {
            "handle": pa.array(handles.astype(np.int32)),
            "at": pa.array(at),
            "value": pa.array(values / 1_000),
        }
    )
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue())


def stamped(form: str, body: Body, hundredth: int) -> bytes:
    """Return a body with its instants in that hundredth of a second since 1970."""
    if form != "arrow":
        return body.content.replace(b"%d" % _BASE, b"%d" % hundredth)
    rows = np.arange(body.rows)
    old = (_BASE * MOST_ROWS + rows).tobytes()
    return body.content.replace(old, (hundredth * MOST_ROWS + rows).tobytes(), 1)


class Poster(Connection):
    """A connection that posts to one way."""

    def __init__(self, port: int, path: str, key: str, kind: str) -> None:
        super().__init__(port, f"Authorization: Bearer {key}", f"Content-Type: {kind}")
        self._path = path

    def post(self, content: bytes, batch: str = "") -> tuple[int, bytes]:
        """Send one body, under an id if there is one; return status and answer."""
        named = (f"Batch-Id: {batch}",) if batch else ()
        return self.ask("POST", self._path, content, *named)


def send(
    form: str,
    made: list[Body],
    *,
    port: int,
    path: str,
    key: str,
    seconds: float,
    connections: int,
    rows_per_s: float = 0.0,
) -> tuple[Ledger, float]:
    """Send for some seconds over several connections; return the ledger and how long it took."""
    ledgers = [Ledger() for _ in range(connections)]
    started = time.perf_counter()
    ends = started + seconds

    def work(number: int) -> None:
        connection = Poster(port, path, key, TYPES[form])
        ledger, turn = ledgers[number], number
        while (now := time.perf_counter()) < ends:
            body = made[turn % len(made)]
            if rows_per_s:
                due = started + turn * body.rows / rows_per_s
                if due > now:
                    time.sleep(due - now)
            content = stamped(form, body, int(time.time() * 100))
            sent = time.perf_counter()
            status, answer = connection.post(content)
            ledger.took_ms.append((time.perf_counter() - sent) * 1_000)
            turn += connections
            if status == 200:
                _enter(ledger, body, answer)
            else:
                ledger.busy += 1
                time.sleep(0.05)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return _together(ledgers), time.perf_counter() - started


def _enter(ledger: Ledger, body: Body, answer: bytes) -> None:
    taken = msgspec.json.decode(answer)
    ledger.batches += 1
    if taken["accepted"] + taken["late"] + taken["backfilled"] != body.rows:
        ledger.refused += body.rows - taken["accepted"] - taken["late"] - taken["backfilled"]
    ledger.rows += body.rows
    ledger.handles += body.handles
    ledger.values += body.values


def _together(ledgers: list[Ledger]) -> Ledger:
    whole = Ledger()
    for one in ledgers:
        for name in ("batches", "rows", "handles", "values", "refused", "busy"):
            setattr(whole, name, getattr(whole, name) + getattr(one, name))
        whole.took_ms += one.took_ms
    return whole
